"""What a person waits for: the hook with and without work, and the list of every dataset."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.fixtures import build_repository, environment, stage_irrelevant_change, stage_one_dataset
from benchmarks.processes import Candidate, Cost, alternate, middle
from benchmarks.row import Row

ROOT = Path(__file__).resolve().parents[1]
FILES = 1000
ROUNDS = 11
# `dvc data status` takes seconds; three rounds tell ten times from one.
SLOW_ROUNDS = 3


def rows() -> list[Row]:
    """The table's lines about latency."""
    folder = Path(tempfile.mkdtemp(prefix="headwater-bench-"))
    try:
        return _rows(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _rows(folder: Path) -> list[Row]:
    headwater = (str(Path(sys.executable).with_name("headwater")), "check", "--staged")
    idle, busy = build_repository(folder / "idle", FILES), build_repository(folder / "busy", FILES)
    stage_irrelevant_change(idle)
    stage_one_dataset(busy)
    bare = Candidate((sys.executable, "-c", "pass"), folder)
    listing = Candidate((sys.executable, "-m", "benchmarks.list_outs", "HEAD", str(busy)), ROOT)
    quick = _medians(
        {
            "bare": bare,
            "nothing": Candidate(headwater, idle),
            "one": Candidate(headwater, busy, codes=(0,)),
            "all": listing,
        },
        folder,
        ROUNDS,
    )
    slow = _medians(
        {"all": listing, "dvc": Candidate((sys.executable, "-m", "dvc", "data", "status", "--json"), busy)},
        folder,
        SLOW_ROUNDS,
    )
    return [
        *_times("hook, nothing relevant staged", quick, "nothing", 3),
        *_times(f"hook, {FILES:,} `.dvc` files, one changed", quick, "one", 6),
        *_times(f"every out of {FILES:,} at a revision", quick, "all", 15),
        Row(
            name=f"every out of {FILES:,}, times faster than `dvc data status` (CPU)",
            measured=slow["dvc"].cpu / slow["all"].cpu,
            goal=10,
            at_most=False,
            basis="`dvc data status`",
            details={"dvc_cpu_seconds": slow["dvc"].cpu, "headwater_cpu_seconds": slow["all"].cpu},
        ),
    ]


def _medians(candidates: Mapping[str, Candidate], folder: Path, rounds: int) -> Mapping[str, Cost]:
    # DVC's caches go into the folder that is removed; its bytecode is compiled by the warming round.
    settings = {**environment(), "DVC_SITE_CACHE_DIR": str(folder / "site"), "HOME": str(folder)}
    return {name: middle(costs) for name, costs in alternate(candidates, settings, rounds).items()}


def _times(name: str, costs: Mapping[str, Cost], which: str, goal: float) -> list[Row]:
    """CPU and wall against the bare interpreter."""
    cost, bare = costs[which], costs["bare"]
    details = {"cpu_seconds": cost.cpu, "wall_seconds": cost.wall, "bare_cpu": bare.cpu, "bare_wall": bare.wall}
    return [
        Row(f"{name}, {kind}", ratio, goal, True, "`python -c pass`", details)
        for kind, ratio in (("CPU", cost.cpu / bare.cpu), ("wall", cost.wall / bare.wall))
    ]
