"""`python -m benchmarks.run --only signatures`: hashes and MinHash signatures against daft, and the whole sweep.

Every engine reads the same documents in a process of its own, in turns; counted is the CPU time of all its threads.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks import prose
from benchmarks.environments import python_with
from benchmarks.row import Row
from checker.kernels import _numpy
from checker.kernels._numba import Sweeper
from checker.kernels.backend import text_pass
from checker.kernels.compiled import keeping
from checker.kernels.hashing import padded

ROOT = Path(__file__).resolve().parents[1]
DAFT = ("daft==0.7.26",)
OURS = ("numba", "numpy", "numba whole", "numpy whole")
BLOCK_DOCUMENTS = 400
Work = Callable[[NDArray[np.uint8], NDArray[np.int64]], object]


class Timing(NamedTuple):
    """CPU seconds to get ready, and of the quickest round."""

    load: float
    seconds: float


def rows(megabytes: float = 64, rounds: int = 3) -> list[Row]:
    """Rates of all engines as ratios."""
    peer = python_with("daft", *DAFT)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "texts.json")
        texts = list(prose.documents(megabytes))
        path.write_text(json.dumps(texts), encoding="utf-8")
        size = sum(len(text.encode()) for text in texts) / 1e6
        commands = {engine: [sys.executable, "-m", "benchmarks.signatures", engine, str(path), "2"] for engine in OURS}
        commands["daft"] = [str(peer), str(ROOT / "benchmarks" / "peers" / "daft_signatures.py"), str(path), "1"]
        found: dict[str, list[Timing]] = {engine: [] for engine in commands}
        for _ in range(rounds):
            for engine, command in commands.items():
                found[engine].append(_timed(command))
    return _compared(
        {engine: min(timing.seconds for timing in timings) for engine, timings in found.items()},
        size,
        min(timing.load for timing in found["numba"]),
    )


def _timed(command: list[str]) -> Timing:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return Timing(found["load"], min(found["seconds"]))


def _compared(cost: dict[str, float], size: float, load: float) -> list[Row]:
    rates = {engine: round(size / seconds, 1) for engine, seconds in cost.items()}
    details: dict[str, object] = {
        "megabytes": round(size),
        "megabytes per CPU second": rates,
        "CPU seconds to load numba's compiled code, not counted": round(load, 2),
    }
    print(json.dumps(details), file=sys.stderr)
    basis = "rate of daft's normalize and minhash"
    return [
        Row("signatures, numba", cost["daft"] / cost["numba"], 6, False, basis, details),
        Row("signatures, numpy only", cost["daft"] / cost["numpy"], 1.3, False, basis, details),
        Row("whole sweep, numba", cost["numba"] / cost["numba whole"], 0.2, False, "rate of signatures alone", details),
    ]


def main(engine: str, path: Path, rounds: int) -> None:
    """Measure one of our engines and print as the peers do."""
    data, offsets = arrays([text.encode() for text in json.loads(path.read_text(encoding="utf-8"))])
    started = time.process_time()
    sweep = _sweeping(engine.split()[0]) if engine.endswith("whole") else signing(engine)
    sweep(data, offsets[:10])
    load, seconds = time.process_time() - started, []
    for _ in range(rounds):
        started = time.process_time()
        sweep(data, offsets)
        seconds.append(time.process_time() - started)
    print(json.dumps({"load": load, "seconds": seconds}))


def arrays(texts: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """As they come from a reader: one buffer, and where each document starts."""
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])]).astype(np.int64)
    return np.frombuffer(b"".join(texts), np.uint8), offsets


def _sweeping(backend: str) -> Work:
    """All that a pass over a shard finds."""

    def run(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        made = text_pass(backend)
        if made.backend != backend:
            raise RuntimeError(made.note)
        made.add(data, offsets, np.ones(len(offsets) - 1, np.uint32))
        made.finish()

    return run


def signing(backend: str) -> Callable[[NDArray[np.uint8], NDArray[np.int64]], NDArray[np.uint8]]:
    """Hash, number of tokens and signature of each document, and nothing else; gives the signatures."""
    text_pass("numpy")  # what a pass sets for the process
    sign = Sweeper(keeping(os.environ).folder).sign if backend == "numba" else _numpy.sign

    def run(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint8]:
        found = []
        for first in range(0, len(offsets) - 1, BLOCK_DOCUMENTS):
            part = offsets[first : first + BLOCK_DOCUMENTS + 1]
            found.append(sign(padded(data[part[0] : part[-1]]), part - part[0])[1])
        return np.concatenate(found)

    return run


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
