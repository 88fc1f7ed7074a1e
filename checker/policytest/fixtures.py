"""Measures a fixture: a folder of real shards and a card, by the readers that measure real datasets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from checker import evaluate
from checker.errors import CardError, PolicyError
from checker.model.card import Card
from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import DatasetVersion, Shard
from checker.model.evidence import OF_TEXT, Evidence
from checker.model.likeness import Duplication, Gap
from checker.model.policy import Policy, Stage
from checker.policytest import given

# A test is about a few records; what is larger belongs under DVC.
MOST_FILES = 1000
MOST_BYTES = 64 * 1024 * 1024
_CARD_HEAD = 65536


class Fixtures:
    """The fixtures of one folder. Each is read once for each way in which its records are to be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._measured: dict[tuple[Path, str, str, bool], Evidence] = {}

    def measure(self, name: str, described: Mapping[str, Any], policy: Policy, stages: tuple[Stage, ...]) -> Evidence:
        """The evidence of a fixture, with what is given beside it (card, lineage, comparisons, ...) in its place.

        Raises PolicyError where there is no such fixture, or one that no test should have.
        """
        place, evidence = self._place(name), given.evidence(described)
        needs = frozenset(need for stage in stages for need in evaluate.needs((policy,), evidence.dataset, stage))
        signatures = bool(needs & OF_TEXT)
        dataset = evidence.dataset
        key = (place, dataset.name, repr(dataset.settings), signatures)
        if key not in self._measured:
            self._measured[key] = _measured(place, evidence, signatures=signatures)
        found = self._measured[key]
        version = found.dataset.version._replace(labels=dataset.version.labels)
        card = evidence.card or (None if "card_problem" in described else found.card)
        return evidence._replace(
            dataset=dataset._replace(version=version),
            card=card,
            card_problem=evidence.card_problem if card is None else None,
            measurements=found.measurements,
            duplication=evidence.duplication or found.duplication,
        )

    def _place(self, name: str) -> Path:
        place = self._folder / name
        if not place.exists():
            raise PolicyError(f"there is no fixture {name}", hint=f"make the folder {name} beside the tests")
        if not place.resolve().is_relative_to(self._folder.resolve()):
            raise PolicyError(f"the fixture {name} leads out of the folder of the tests", hint="copy it there")
        return place


class _Files(NamedTuple):
    """Where the bytes of the shards come from."""

    folder: Path

    def open(self, version: DatasetVersion, shard: Shard) -> BinaryIO:
        """The file itself: nothing else is behind a fixture."""
        return (self.folder / shard.path).open("rb")


def _measured(place: Path, described: Evidence, *, signatures: bool) -> Evidence:
    from checker.measure import EvidenceCache, Plan, measure_shards

    dataset = described.dataset
    folder = place if place.is_dir() else place.parent
    files = _files(place)
    cards = [path for path in files if _is_card(folder, path)]
    shards = tuple(_shard(folder, path) for path in files if path not in cards)
    version = DatasetVersion(
        dataset.name,
        "",
        hash=f"{hashlib.md5(repr(shards).encode(), usedforsecurity=False).hexdigest()}.dir",
        definition=dataset.version.definition,
        is_dir=True,
        size_bytes=sum(shard.size_bytes or 0 for shard in shards),
        file_count=len(shards),
        shards=shards,
    )
    plan = Plan(text=True, signatures=signatures, settings=dataset.settings)
    found = measure_shards(
        ((version, shard) for shard in shards), _Files(folder), plan, EvidenceCache(None), budget_seconds=None
    )
    return described._replace(
        dataset=dataset._replace(version=version),
        card=_card(folder, dataset.name, cards),
        measurements=found,
        duplication=_duplication(version, found) if signatures else None,
    )


def _files(place: Path) -> list[str]:
    """The files of a fixture, sorted. Raises PolicyError for a symlink, which may lead anywhere, and for too much."""
    found = sorted(path for path in place.rglob("*") if not path.is_dir() or path.is_symlink()) or [place]
    link = next((path for path in found if path.is_symlink()), None)
    if link is not None:
        raise PolicyError(f"{link.name} in the fixture {place.name} is a symlink", hint="copy the file there")
    strange = next((path for path in found if not path.is_file() and path != place), None)
    if strange is not None:
        raise PolicyError(f"{strange.name} in the fixture {place.name} is no regular file", hint="remove it")
    if found == [place] and place.is_dir():
        raise PolicyError(f"the fixture {place.name} is empty", hint="put shards there, and a card where it matters")
    if len(found) > MOST_FILES:
        hint = "test with a few records, or with `given`"
        raise PolicyError(
            f"the fixture {place.name} has {len(found):,} files, at most {MOST_FILES:,} are read", hint=hint
        )
    size_bytes = sum(path.stat().st_size for path in found)
    if size_bytes > MOST_BYTES:
        hint = "test with a few records, or with `given`"
        raise PolicyError(
            f"the fixture {place.name} has {size_bytes:,} bytes, at most {MOST_BYTES:,} are read", hint=hint
        )
    folder = place if place.is_dir() else place.parent
    return [path.relative_to(folder).as_posix() for path in found]


def _is_card(folder: Path, path: str) -> bool:
    from checker.read.cards import card_format

    with (folder / path).open("rb") as file:
        return card_format(f"fixture/{path}", file.read(_CARD_HEAD)) is not None


def _card(folder: Path, name: str, paths: list[str]) -> Card | None:
    """The first card, as it would lie in the dataset. Raises PolicyError when it cannot be read."""
    from checker.read.cards import read_card

    if not paths:
        return None
    try:
        return read_card(f"{name}/{paths[0]}", (folder / paths[0]).read_bytes())
    except CardError as error:
        raise PolicyError(f"the card of the fixture {folder.name}: {error.message}", hint=error.hint) from error


def _shard(folder: Path, path: str) -> Shard:
    data = (folder / path).read_bytes()
    return Shard(path, hashlib.md5(data, usedforsecurity=False).hexdigest(), size_bytes=len(data))


def _duplication(version: DatasetVersion, measured: Mapping[str, Measurement | Unmeasured]) -> Duplication | Gap | None:
    """Copies within the fixture; None where a shard cannot be read, of which its measurement tells."""
    from checker.compare import duplication
    from checker.model.text import TextSource

    texts: list[TextSource] = []
    for shard in version.shards or ():
        found = measured[shard.hash]
        if isinstance(found, Unmeasured) or found.text is None:
            return Gap(f"{shard.path} of the fixture cannot be read")
        texts.append(TextSource(version.path, shard.path, shard.hash, found.text))
    return duplication(texts, near=True) if texts else None
