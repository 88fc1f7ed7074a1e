"""What the entries about a shard are called, known before any of its bytes are read."""

from __future__ import annotations

from dataclasses import replace

from checker.measure.shards import Plan, Task, key_of, text_key_of
from checker.model.composition import Composition
from checker.store.entries import COMPOSITION, TEXT, Name


def all_names(task: Task, plan: Plan) -> tuple[Name, ...]:
    """Every entry that there may be about the shard under these settings.

    Whether some rows are bad is not known before it is read, and other fields count then.
    """
    compositions = (Name(key_of(task, replace(plan, text=text)), COMPOSITION) for text in (True, False))
    texts = (Name(text_key_of(task, plan, found), TEXT) for found in (Composition(), Composition(bad_rows=1)))
    return tuple(dict.fromkeys((*compositions, *texts)))
