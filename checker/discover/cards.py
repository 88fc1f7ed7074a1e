"""Where the card of a dataset is looked for among the files in git."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import PurePosixPath

_OUT = (".md", ".card.md", ".card.yaml", ".card.yml", ".card.json", ".yaml", ".yml", ".jsonld", ".json")
_FOLDER = ("README.md", "readme.md", "croissant.json", "croissant.jsonld", "card.md", "card.yaml", "card.json")
_ROOT_README = ("README.md", "readme.md")


def card_paths(version_path: str, existing: Collection[str], named: str | None = None) -> tuple[str, ...]:
    """The paths in `existing` that may hold the card of the dataset at `version_path`, best first.

    A card that `headwater.yaml` names is the only one; nothing takes its place when it is missing. The README.md of the
    repository comes last. Whether a file is a card is for `card_format` to say. `existing` is best a set.
    """
    if named is not None:
        return (named,) if named in existing else ()
    return tuple(dict.fromkeys(path for path in _candidates(version_path) if path in existing))


def _candidates(version_path: str) -> Iterator[str]:
    from pathlib import PurePosixPath  # slow to import, and not needed where `headwater.yaml` names the card

    out = PurePosixPath(version_path)
    for name in dict.fromkeys((str(out), str(_bare(out)))):
        yield from (name + ending for ending in _OUT)
    for folder in out.parents:
        for name in dict.fromkeys((out.name, _bare(out).name)):
            yield from (str(folder / "cards" / (name + ending)) for ending in _OUT)
    yield from (str(out / name) for name in _FOLDER)
    if "/" in str(out):
        yield from (str(out.parent / name) for name in _FOLDER)
    yield from (name for name in _FOLDER if name not in _ROOT_README) if "/" not in str(out) else ()
    yield from _ROOT_README


def _bare(out: PurePosixPath) -> PurePosixPath:
    """The out without its endings: `data/train.jsonl.gz` is `data/train`."""
    name = out.name.lstrip(".").split(".")[0]
    return out.with_name(name) if name else out
