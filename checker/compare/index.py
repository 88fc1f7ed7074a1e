"""The texts of a large dataset in files, kept from one check to the next: a change costs what it adds.

Each file holds some shards and never changes; its name says which. Small files are merged into larger ones, as in a
log-structured merge tree (O'Neil et al. 1996). The folder itself is the list of what there is, so there is nothing
that two processes could overwrite for each other, and nothing to repair after one was killed.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from checker.compare.runfile import SUFFIX, Mapped, open_run, write_run
from checker.compare.runs import SLICE
from checker.compare.segments import Part, Segment, segment_of
from checker.compare.shelf import Shelf
from checker.model.text import TextEntry, TextSource
from checker.store.files import sweep, write_whole

_STAMPS = "verified.json"
# Documents that are read from evidence and sorted at once.
_BATCH = 1 << 20
# A file is merged with smaller ones when these have together at least this share of its texts.
_MERGE_SHARE = 0.5
_MOST_DEAD = 0.25
# What nobody asked for stays that long: the version before and the one under review take turns.
GRACE_SECONDS = 24 * 3600
_TRIES = 5


class Index:
    """A folder of files. All of it can be thrown away: it is made again from the evidence."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: dict[str, list[int]] = {}

    def shelf(self, sources: Sequence[TextSource]) -> Shelf:
        """The texts of these shards; those not indexed yet are added. Raises EvidenceDamaged, OSError."""
        entries = {source.entry.digest: source.entry for source in sources}
        self._folder.mkdir(parents=True, exist_ok=True)
        sweep(self._folder)
        for _ in range(_TRIES):
            # Another process may merge files away between our look at the folder and our opening them.
            with contextlib.suppress(FileNotFoundError):
                self._add(entries, self._open())
                runs = self._tidy(entries, self._open())
                if entries.keys() <= {part.digest for run in runs for part in run.parts}:
                    return Shelf(sources, runs)
        raise OSError(f"{self._folder.name} changes faster than it can be read")

    def _open(self) -> list[Mapped]:
        """All files that are whole, the largest first; a damaged one is removed."""
        stamps, found = {**self._stamps(), **self._written}, {}
        runs: list[Mapped] = []
        for path in sorted(self._folder.glob(f"*{SUFFIX}")):
            stamp = _stamp_of(path)
            try:
                runs.append(open_run(path, verified=stamps.get(path.name) == stamp))
                found[path.name] = stamp
            except (ValueError, TypeError, KeyError):
                path.unlink(missing_ok=True)
        if found != stamps or self._written:
            self._stamp(found)
        return sorted(runs, key=lambda run: (-run.count, run.path.name))

    def _add(self, entries: Mapping[str, TextEntry], runs: Iterable[Mapped]) -> None:
        """Index the shards that no file has, so many at once as are sorted in memory."""
        known = {part.digest for run in runs for part in run.parts}
        batch: list[TextEntry] = []
        for digest in sorted(entries.keys() - known):
            if batch and sum(entry.records for entry in batch) + entries[digest].records > _BATCH:
                self._write([segment_of(batch, near=True)], lambda *_: True)
                batch = []
            batch.append(entries[digest])
        if batch:
            self._write([segment_of(batch, near=True)], lambda *_: True)

    def _write(self, segments: Sequence[Segment], wanted: Callable[[int, Part], bool]) -> Path:
        path = write_run(self._folder, segments, wanted)
        # What was just written and has reached the disk need not be read to be trusted.
        self._written[path.name] = _stamp_of(path)
        return path

    def _tidy(self, entries: Mapping[str, TextEntry], runs: Sequence[Mapped]) -> list[Mapped]:
        """Remove what is dead, rebuild what is dead in part, merge what is small; returns what is left, open."""
        kept = self._kept_parts(entries, runs)
        alive = {run.path.name: sum(part.texts for part in kept[run.path.name]) for run in runs}
        rest = []
        for run in runs:
            if not kept[run.path.name]:
                run.path.unlink(missing_ok=True)
            elif run.count - alive[run.path.name] > _MOST_DEAD * run.count:
                self._replace([run], kept)
            else:
                rest.append(run)
        group = _mergeable(sorted(rest, key=lambda run: run.count))
        if len(group) > 1:
            self._replace(group, kept)
        return self._open()

    def _kept_parts(self, entries: Mapping[str, TextEntry], runs: Sequence[Mapped]) -> dict[str, set[Part]]:
        """Of each file the shards that no larger one has and that are wanted, or were not long ago."""
        seen: set[str] = set()
        kept: dict[str, set[Part]] = {}
        for run in runs:
            young = time.time() - run.path.stat().st_mtime < GRACE_SECONDS
            mine = {part for part in run.parts if part.digest not in seen and (young or part.digest in entries)}
            kept[run.path.name] = mine
            seen |= {part.digest for part in mine}
        return kept

    def _replace(self, runs: Sequence[Mapped], kept: Mapping[str, set[Part]]) -> None:
        """Write the kept shards of some files into one, then remove these."""
        written = self._write(runs, lambda number, part: part in kept[runs[number].path.name])
        for run in runs:
            if run.path != written:
                run.path.unlink(missing_ok=True)

    def _stamps(self) -> dict[str, list[int]]:
        """Size and time of the files that were read and found whole; without them all are read again."""
        try:
            check, _, body = (self._folder / _STAMPS).read_bytes().partition(b"\n")
            if check.decode("ascii") != sha256(body).hexdigest():
                return {}
            stamps: dict[str, list[int]] = json.loads(body)
        except (OSError, ValueError):
            return {}
        return stamps

    def _stamp(self, stamps: Mapping[str, list[int]]) -> None:
        body = json.dumps(stamps, sort_keys=True).encode("ascii")
        write_whole(self._folder / _STAMPS, [sha256(body).hexdigest().encode("ascii"), b"\n", body])


def _stamp_of(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _mergeable(runs: Sequence[Mapped]) -> list[Mapped]:
    """From the smallest on, as long as what was taken is not small beside the next one."""
    group: list[Mapped] = []
    total = 0
    for run in runs:
        if group and (total < _MERGE_SHARE * run.count or total + run.count > SLICE):
            break
        group.append(run)
        total += run.count
    return group
