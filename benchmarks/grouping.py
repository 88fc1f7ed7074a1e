"""`python -m benchmarks.run --only grouping`: copies among ten million documents, and a new shard against them.

Simulated: hashes and signatures are random numbers in the files of the index, 100 shards, no text is read. One document
in twenty is an exact copy of one of the shard before it, one in twenty a near-copy whose 128 values were each kept with
a probability drawn from 0.80 to 0.97. Writing the files, which sorts each shard on its own, is not part of the time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from benchmarks.composition import ROOT, peak_of_this_process
from benchmarks.row import Row
from checker.compare.crossing import cross
from checker.compare.grouping import group
from checker.compare.runfile import SUFFIX, open_run, write_run
from checker.compare.segments import Part, Segment
from checker.compare.shelf import Shelf
from checker.model.text import BANDS, TextEntry, TextSource

DOCUMENTS = 10_000_000
SHARDS = 100
NEW = 10_000
_COPIES = 20  # one in so many is an exact copy, and as many are near ones


class Texts(NamedTuple):
    """Simulated documents of a shard."""

    hashes: NDArray[np.uint64]
    signatures: NDArray[np.uint8]


def rows(documents: int = DOCUMENTS, shards: int = SHARDS) -> list[Row]:
    """Grouping and search, each in a fresh process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        planted = simulate(folder, documents, shards)
        grouped = [_measured("group", folder) for _ in range(3)]
        one = folder / "one"
        one.mkdir()
        _merge(folder, one)
        searched = [_measured("search", one) for _ in range(3)]
    best = min(grouped, key=lambda run: run["seconds"])
    quickest = min(searched, key=lambda run: run["seconds"])
    million = f"{documents / 1e6:g} M"
    details: dict[str, object] = {"planted copies": planted, **best}
    return [
        Row(
            f"grouping {million} documents x {BANDS} bands, CPU s",
            best["seconds"],
            10,
            True,
            "simulated signatures",
            details,
        ),
        Row(
            "peak memory of it, GB",
            max(run["peak_gigabytes"] for run in grouped),
            1.1,
            True,
            "whole process, its files mapped",
            details,
        ),
        Row(
            f"{NEW:,} new documents against {million}, CPU s",
            quickest["seconds"],
            0.5,
            True,
            "index opened, all bands, candidates verified",
            {**quickest},
        ),
    ]


def simulate(folder: Path, documents: int, shards: int) -> int:
    """Write the files, one a shard; returns how many copies were planted, exact and near."""
    chance = np.random.default_rng(7)
    before: Texts | None = None
    planted = 0
    for number in range(shards):
        texts = _drawn(chance, documents // shards)
        if before is not None:
            planted += _plant(chance, texts, before)
        write_run(folder, [_segment(number, texts)], lambda *_: True)
        before = texts
    return planted


def _drawn(chance: np.random.Generator, count: int) -> Texts:
    return Texts(
        chance.integers(0, 2**64, (count, 2), dtype=np.uint64), chance.integers(0, 256, (count, 128), dtype=np.uint8)
    )


def _plant(chance: np.random.Generator, texts: Texts, before: Texts) -> int:
    """Overwrite the last documents with copies of different ones of the shard before."""
    few = len(texts.hashes) // _COPIES
    originals = chance.permutation(len(before.hashes) - 2 * few)[: 2 * few]
    exact, near = originals[:few], originals[few:]
    texts.hashes[-few:] = before.hashes[exact]
    texts.signatures[-few:] = before.signatures[exact]
    texts.signatures[-2 * few : -few] = _changed(chance, before.signatures[near])
    return 2 * few


def _changed(chance: np.random.Generator, signatures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    similar = chance.uniform(0.8, 0.97, (len(signatures), 1))
    kept = chance.random(signatures.shape) < similar
    return np.where(kept, signatures, chance.integers(0, 256, signatures.shape, dtype=np.uint8))


def _segment(number: int, texts: Texts) -> Segment:
    count = len(texts.hashes)
    lines = np.arange(1, count + 1, dtype=np.uint32)
    arrays = {**texts._asdict(), "first_rows": lines, "last_rows": lines, "copies": np.ones(count, np.uint32)}
    return Segment([Part(f"{number:04}", 0, count, count, 0)], arrays)


def _sources(shards: int) -> list[TextSource]:
    return [
        TextSource("data", f"{number:04}", "", TextEntry("", f"{number:04}", 0, _unread)) for number in range(shards)
    ]


def _unread() -> NoReturn:
    raise RuntimeError("no evidence is read here")


def _merge(folder: Path, target: Path) -> None:
    runs = [open_run(path, verified=True) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    write_run(target, runs, lambda *_: True)


def _measured(what: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.grouping", what, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _opened(folder: Path) -> Shelf:
    runs = [open_run(path, verified=True) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    return Shelf(_sources(sum(len(run.parts) for run in runs)), runs)


def grouped(folder: Path) -> dict[str, float]:
    """Open all files, collapse equal texts, group the rest: CPU seconds, and what was found."""
    before = peak_of_this_process()
    started = time.process_time()
    shelf = _opened(folder)
    shelf.collapse()
    collapsed = time.process_time()
    grouping = group(shelf)
    texts = shelf.texts()
    clusters = int(np.count_nonzero(grouping.labels[texts] == texts))
    ended, peak = time.process_time(), peak_of_this_process()
    numbers = np.random.default_rng(9).integers(0, 2**64, shelf.count, dtype=np.uint64)
    sorting = time.process_time()
    numbers.sort()
    return {
        "seconds": round(ended - started, 3),
        "one plain sort of as many numbers": round(time.process_time() - sorting, 3),
        "of it for equal texts": round(collapsed - started, 3),
        "peak_gigabytes": round(peak / 1000, 3),
        "of it before the start": round(before / 1000, 3),
        "exact": shelf.documents - len(texts),
        "near": len(texts) - clusters,
        "verified pairs": len(grouping.edges.one),
    }


def searched(folder: Path) -> dict[str, float]:
    """Open the index and find which of the new documents, half of them near-copies, are near to one in it."""
    chance = np.random.default_rng(8)
    [path] = folder.glob(f"*{SUFFIX}")
    run = open_run(path, verified=True)
    originals = np.sort(chance.choice(run.count, NEW // 2, replace=False))
    new = _drawn(chance, NEW)
    new.signatures[: NEW // 2] = _changed(chance, run.arrays["signatures"][originals])
    segment = _segment(9999, new)
    source = TextSource("new", "9999", "", TextEntry("", "9999", 0, _unread))
    del run
    started = time.process_time()
    shelf = _opened(folder)
    fresh = Shelf([source], [segment])
    fresh.collapse()
    found = cross(fresh, shelf, near=True)
    seconds = time.process_time() - started
    return {
        "seconds": round(seconds, 3),
        "peak_gigabytes": round(peak_of_this_process() / 1000, 3),
        "planted": NEW // 2,
        "found": len(np.unique(found.near.one)),
        "found among the planted": int((np.unique(found.near.one) < NEW // 2).sum()),
    }


def main(arguments: Sequence[str]) -> None:
    """Print the figures of one process."""
    what, folder = arguments
    print(json.dumps((grouped if what == "group" else searched)(Path(folder))))


if __name__ == "__main__":
    main(sys.argv[1:])
