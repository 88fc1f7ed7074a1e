"""`python -m benchmarks.key_grouping [DOCUMENTS [SHARDS]]`: links and components of simulated key files, embedded.

A fresh process reads the files, groups them and joins the links: all of it counts, imports too. Writing the files does
not. `digest` is the sha256 over all links: the same for any memory, any parts, any engine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.composition import ROOT, peak_of_this_process
from benchmarks.keyfiles import simulate
from benchmarks.row import Row, table
from checker.engine.seam import KeyFile, Links
from checker.model.text import BANDS
from checker.store import EvidenceCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DOCUMENTS, SHARDS = 2_000_000, 100


def rows(documents: int = DOCUMENTS, shards: int = SHARDS) -> list[Row]:
    """CPU a row and memory of the whole process."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), documents, shards)
        found = measured(Path(name), documents)
    million = f"{documents * BANDS / 1e6:g} M rows in {shards:,} files"
    return [
        Row(f"grouping {million}, CPU µs a row", found["us_a_row"], 0.5, True, "whole process, imports too", found),
        Row("peak memory of it, GB", found["peak_gigabytes"], 1.0, True, "whole process", found),
    ]


def write(folder: Path, documents: int, shards: int) -> list[KeyFile]:
    """Key files in `folder`, and the list of them in `files.json`."""
    files = simulate(EvidenceCache(folder), documents, shards)
    (folder / "files.json").write_text(json.dumps(files))
    return files


def read(folder: Path) -> list[KeyFile]:
    """What `write` wrote."""
    return [KeyFile(*file) for file in json.loads((folder / "files.json").read_text())]


def measured(folder: Path, documents: int) -> dict[str, float]:
    """Group the files of a folder in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.key_grouping", "group", str(folder), str(documents)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def group(folder: Path, documents: int) -> dict[str, object]:
    """Links and components, in this process; seconds are those of CPU since the process began."""
    import numpy as np

    from checker.compare import bucket_edges, components
    from checker.engine.embedded import Embedded
    from checker.engine.ranges import parts_for

    files, began = read(folder), time.perf_counter()
    check, times = sha256(), Watch()
    links = Embedded().group(files, bucket_edges, EvidenceCache(folder), parts_for(sum(file.entries for file in files)))
    labels = components(times.hashed(links, check), documents)
    seconds, wall = time.process_time(), time.perf_counter() - began
    return {
        "us_a_row": round(seconds / (documents * BANDS) * 1e6, 4),
        "seconds": round(seconds, 3),
        "wall_seconds": round(wall, 3),
        "of it for the links": round(times.links, 3),
        "peak_gigabytes": round(peak_of_this_process() / 1000, 3),
        "links": times.count,
        "near": int(np.count_nonzero(labels != np.arange(documents, dtype=labels.dtype))),
        "digest": check.hexdigest(),
    }


class Digest(Protocol):
    """What hashlib makes."""

    def update(self, data: bytes, /) -> None: ...


class Watch:
    """Counts links and the CPU seconds that they take."""

    def __init__(self) -> None:
        self.links, self.count = 0.0, 0

    def hashed(self, links: Iterable[Links], check: Digest) -> Iterator[NDArray[np.int64]]:
        """The arrays of links, each put into the digest."""
        source = iter(links)
        while True:
            began = time.process_time()
            found = next(source, None)
            self.links += time.process_time() - began
            if found is None:
                return
            check.update(found.edges.astype("<i8").tobytes())
            self.count += len(found.edges)
            yield found.edges


if __name__ == "__main__":
    if sys.argv[1:2] == ["group"]:
        print(json.dumps(group(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        print(table(found := rows(*map(int, sys.argv[1:3]))), json.dumps(found[0].details, indent=2))
