"""What changes between two rulebooks, in words: tightened, loosened, relieved or neutral."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion
from checker.model.location import Location
from checker.policy.comparing.change import Change, Direction, neutral
from checker.policy.comparing.relief import compare_relief
from checker.policy.comparing.rules import compare_policies
from checker.policy.comparing.settings import compare_settings
from checker.policy.places import Kind, kind_of
from checker.policy.rulebook import Rulebook

__all__ = ["Change", "Direction", "compare", "loosening"]

_ORDER = list(Direction)
_JUDGING = frozenset({Kind.SETTINGS, Kind.POLICY})


def compare(old: Rulebook, new: Rulebook, known: Iterable[DatasetVersion] = ()) -> tuple[Change, ...]:
    """Every difference, what loosens first, then by place.

    `known` are the datasets of either state: of them it is also told which rules judge them no longer.
    """
    versions = {version.path: version for version in known}
    before = _datasets(old, versions.values())
    after = _datasets(new, versions.values())
    found = [
        *compare_policies(old, new, before, after),
        *compare_settings(old, new, tuple(versions)),
        *compare_relief(old, new),
    ]
    found += _unspoken(old, new, {change.place.path for change in found})
    return tuple(sorted(dict.fromkeys(found), key=_order))


def loosening(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Those that loosen."""
    return tuple(change for change in changes if change.direction is Direction.LOOSENED)


def _datasets(book: Rulebook, versions: Iterable[DatasetVersion]) -> tuple[Dataset, ...]:
    """The known datasets as the settings of a rulebook have them."""
    return tuple(
        Dataset(version.path, version, book.settings.of(version.path) or DatasetSettings()) for version in versions
    )


def _unspoken(old: Rulebook, new: Rulebook, spoken: set[str]) -> Iterator[Change]:
    """Files that differ in nothing that judges: comments, order, titles."""
    for path in sorted(old.files.keys() | new.files.keys()):
        if path in spoken or old.files.get(path) == new.files.get(path):
            continue
        if kind_of(path, (*old.settings.policies, *new.settings.policies)) in _JUDGING:
            how = "is new" if path not in old.files else "is gone" if path not in new.files else "changed"
            yield neutral(Location(path), f"{path} {how}, and judges as before")


def _order(change: Change) -> tuple[int, str, int, str]:
    return _ORDER.index(change.direction), change.place.path, change.place.line or 0, change.words
