"""What the entries about a shard are called, known before any of its bytes are read."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from checker.kernels import KERNEL_VERSION
from checker.measure.shards import METRIC_VERSION, Plan, Task, how_read, key_of, text_key_of
from checker.measure.tokens import TOKENIZER_VERSION
from checker.model.composition import Composition
from checker.model.dataset import DatasetSettings, DatasetVersion
from checker.read.records import READER_VERSION
from checker.store.encoding import canonical
from checker.store.entries import COMPOSITION, ROLLUP, TEXT, Name


def all_names(task: Task, plan: Plan) -> tuple[Name, ...]:
    """Every entry that there may be about the shard under these settings.

    Whether some rows are bad is not known before it is read, and other fields count then.
    """
    compositions = (Name(key_of(task, replace(plan, text=text)), COMPOSITION) for text in (True, False))
    texts = (Name(text_key_of(task, plan, found), TEXT) for found in (Composition(), Composition(bad_rows=1)))
    return tuple(dict.fromkeys((*compositions, *texts)))


def rollup_name(version: DatasetVersion, settings: DatasetSettings) -> Name | None:
    """The rollup of a version, by all that decides what its entries are called; None before the version has a hash."""
    if version.hash is None:
        return None
    meta = version.meta.get("headwater")
    parts = {
        "version": [version.hash_name, version.hash, version.path, version.is_dir],
        "metrics": [METRIC_VERSION, KERNEL_VERSION, READER_VERSION, TOKENIZER_VERSION],
        "meta": repr(meta),
        "origins": [list(rule) for rule in settings.origins],
        "format": settings.format,
        **how_read(settings),
    }
    return Name(sha256(canonical(parts)).hexdigest(), ROLLUP)
