"""What is measured is what DVC and git make of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fixtures import (
    build_repository,
    dvc_file,
    environment,
    git,
    stage_irrelevant_change,
    stage_one_dataset,
)
from benchmarks.processes import Candidate, Cost, alternate, cost_of, middle


def _staged(folder: Path) -> list[str]:
    shown = subprocess.run(
        ["git", "diff", "--cached", "--name-only"], cwd=folder, capture_output=True, text=True, check=True
    )
    return shown.stdout.split()


def _dvc(folder: Path, *arguments: str) -> str:
    settings = {**environment(), "DVC_SITE_CACHE_DIR": str(folder.parent / "site")}
    command = [sys.executable, "-m", "dvc", *arguments]
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, check=True).stdout


def test_the_written_file_is_the_one_that_dvc_writes(tmp_path: Path) -> None:
    folder = build_repository(tmp_path / "data", 1)
    (folder / "new.jsonl").write_bytes(b'{"text": "x"}\n')
    _dvc(folder, "add", "-q", "new.jsonl")
    by_dvc = (folder / "new.jsonl.dvc").read_text(encoding="utf-8").splitlines()
    by_hand = dvc_file("new.jsonl").splitlines()
    assert [line.split(":")[0] for line in by_hand] == [line.split(":")[0] for line in by_dvc]
    assert by_hand[3:] == by_dvc[3:]


def test_dvc_finds_every_out(tmp_path: Path) -> None:
    folder = build_repository(tmp_path / "data", 101)
    found = json.loads(_dvc(folder, "data", "status", "--json"))
    assert len(found["not_in_cache"]) == 101


def test_headwater_lists_what_dvc_finds(tmp_path: Path) -> None:
    folder = build_repository(tmp_path / "data", 3)
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "benchmarks.list_outs", "HEAD", str(folder)]
    listed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split()
    assert listed[1::2] == [f"data/part-000/shard-0000{number}.jsonl" for number in range(3)]


def test_one_change_is_staged(tmp_path: Path) -> None:
    folder = build_repository(tmp_path / "data", 2)
    stage_irrelevant_change(folder)
    assert _staged(folder) == ["src/train.py"]
    stage_one_dataset(folder)
    [changed] = _staged(folder)
    assert changed.endswith(".dvc")
    git(folder, "commit", "-q", "-m", "A new version")


def test_a_program_that_fails_is_not_measured(tmp_path: Path) -> None:
    candidate = Candidate((sys.executable, "-c", "raise SystemExit(4)"), tmp_path)
    with pytest.raises(RuntimeError, match=r"ended with 4, expected \(0,\)"):
        cost_of(candidate, environment())


def test_a_program_that_is_not_there_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 127"):
        cost_of(Candidate((str(tmp_path / "no-program"),), tmp_path), environment())


def test_children_are_paid_for(tmp_path: Path) -> None:
    work = "sum(range(3_000_000))"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', '{work}'])"
    costs = alternate(
        {
            "bare": Candidate((sys.executable, "-c", "pass"), tmp_path),
            "child": Candidate((sys.executable, "-c", child), tmp_path),
        },
        environment(),
        rounds=3,
    )
    assert [len(taken) for taken in costs.values()] == [3, 3]
    assert middle(costs["child"]).cpu > 1.5 * middle(costs["bare"]).cpu


def test_the_middle_is_the_median_of_each() -> None:
    assert middle([Cost(1, 9), Cost(2, 7), Cost(50, 8)]) == Cost(2, 8)
