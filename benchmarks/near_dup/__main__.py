"""`python -m benchmarks.near_dup [MEGABYTES]`: recall, precision and rate of signatures, as a Markdown table."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.environments import python_with
from benchmarks.near_dup.finding import candidates, verified
from benchmarks.near_dup.planted import Planted, plant
from benchmarks.signatures import DAFT, arrays, signing
from checker.kernels import jaccard

ROOT = Path(__file__).resolve().parents[2]
PEERS = {
    "daft": (*DAFT, "numpy"),
    "rensa": ("rensa==0.5.0", "numpy"),
    "datasketch": ("datasketch==2.0.0",),
}
JUDGED = 800  # pairs of which the exact similarity is computed
ALIKE = 0.7  # a pair that was found rightly


class Signed(NamedTuple):
    """Signatures of all texts, the chance that two values agree by accident, and the CPU seconds it took."""

    signatures: NDArray[np.generic]
    chance: float
    seconds: float


def main(megabytes: float) -> None:
    """Print one row an engine."""
    planted = plant(megabytes)
    size = sum(len(text.encode()) for text in planted.texts) / 1e6
    print(
        f"{len(planted.texts)} documents, {size:.0f} MB, {len(planted.exact)} copies, {len(planted.near)} near-copies"
    )
    print("| engine | recall, copies | recall, near-copies | precision | MB a CPU second | times slower |")
    print("|---|---|---|---|---|---|")
    first = 0.0
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "texts.json")
        path.write_text(json.dumps(planted.texts), encoding="utf-8")
        for engine in ("headwater, numba", "headwater, numpy", *PEERS):
            signed = _peer(engine, path) if engine in PEERS else _ours(engine.split()[1], planted)
            first = first or signed.seconds
            print(_row(engine, signed, planted, size, signed.seconds / first), flush=True)


def _ours(backend: str, planted: Planted) -> Signed:
    data, offsets = arrays([text.encode() for text in planted.texts])
    sign = signing(backend)
    sign(data, offsets[:10])
    started = time.process_time()
    found = sign(data, offsets)
    return Signed(found, 1 / 256, time.process_time() - started)


def _peer(engine: str, path: Path) -> Signed:
    target = path.with_name(f"{engine}.npy")
    script = ROOT / "benchmarks" / "peers" / "near_dup_signatures.py"
    python = python_with(f"near-{engine}", *PEERS[engine])
    done = subprocess.run([python, script, engine, path, target], stdout=subprocess.PIPE, text=True, check=True)
    return Signed(np.load(target), 0.0, float(json.loads(done.stdout.splitlines()[-1])["seconds"]))


def _row(engine: str, signed: Signed, planted: Planted, size: float, slower: float) -> str:
    found = verified(signed.signatures, candidates(signed.signatures), signed.chance)
    judged = random.Random(1).sample(sorted(found), min(JUDGED, len(found)))
    right = sum(jaccard(planted.texts[one], planted.texts[other]) >= ALIKE for one, other in judged)
    exact, near = (sum(pair in found for pair in pairs) / len(pairs) for pairs in (planted.exact, planted.near))
    quality = f"{exact:.4f} | {near:.4f} | {right / len(judged):.4f}"
    return f"| {engine} | {quality} | {size / signed.seconds:.1f} | {slower:.1f} |"


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20)
