"""Other programs that find near-copies, each in an environment and a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.environments import python_with
from benchmarks.near_dup.product import Found
from benchmarks.signatures import DAFT
from checker.compare.verifying import NEAR_ESTIMATE

ROOT = Path(__file__).resolve().parents[2]
PEERS: Mapping[str, Sequence[str]] = {
    "daft": (*DAFT, "numpy"),
    "polars_textproc": ("polars_textproc==0.1.6", "numpy"),
    "rensa": ("rensa==0.5.0", "numpy"),
    "datasketch": ("datasketch==2.0.0",),
    "text-dedup": ("text-dedup==0.4.0",),
}


class NotMeasured(Exception):
    """Why an engine has no figures."""


def search(engine: str, texts: Path, folder: Path) -> Found:
    """What an engine finds among the texts of a file, a JSON list. Raises NotMeasured."""
    target = folder / f"{engine}.json"
    script = ROOT / "benchmarks" / "peers" / "near_dup.py"
    try:
        python = python_with(f"near-{engine}", *PEERS[engine])
    except subprocess.CalledProcessError as error:
        raise NotMeasured(f"pip could not install {PEERS[engine][0]}") from error
    command = [str(part) for part in (python, script, engine, texts, target, NEAR_ESTIMATE)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise NotMeasured(f"{PEERS[engine][0]} failed: {reason[:120]}")
    return _read(target, json.loads(texts.read_text(encoding="utf-8")))


def _read(path: Path, texts: Sequence[str]) -> Found:
    found = json.loads(path.read_text(encoding="utf-8"))
    pairs = frozenset((min(pair), max(pair)) for pair in found["pairs"])
    exact = frozenset(pair for pair in pairs if texts[pair[0]] == texts[pair[1]])
    return Found(exact, pairs - exact, found["seconds"], found["version"])
