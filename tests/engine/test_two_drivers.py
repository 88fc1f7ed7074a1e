"""Two drivers that measure the same shards into the same store at once, neither of which knows of the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from engine.clusters import ROOT, import_path, need_pyspark
from engine.shards import FolderStore, notes

pytestmark = pytest.mark.timeout(600)
_SECONDS = 400


@pytest.mark.parametrize(
    "where",
    [
        pytest.param("embedded", id="embedded-in-one-folder"),
        pytest.param("connect", id="spark-connect", marks=pytest.mark.engines),
        pytest.param("sail", id="sail", marks=pytest.mark.engines),
    ],
)
def test_both_succeed_and_leave_the_same_evidence(where: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    shards = FolderStore(tmp_path / "shards")
    shards.folder.mkdir()
    for number in range(8):
        shards.add(f"{number}.jsonl", *notes(20 * number))
    alone = drive(["embedded"], tmp_path / "shards", tmp_path / "alone")
    if where == "embedded":
        together = drive([where, where], shards.folder, tmp_path / "together")
    else:
        need_pyspark()
        address = request.getfixturevalue(f"{where}_address")
        together = drive([address, address], shards.folder, tmp_path / "together")
    assert together == [alone[0], alone[0]]
    assert evidence_in(tmp_path / "together") == evidence_in(tmp_path / "alone")
    assert not list((tmp_path / "together").rglob("*partial*"))


def drive(engines: list[str], shards: Path, folder: Path) -> list[list[str]]:
    """What as many drivers as there are engines print, after all of them were told to go at once."""
    (folder / "store").mkdir(parents=True)
    arguments = [str(shards), str(folder / "evidence"), str(folder / "store")]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "engine.driver", *arguments, engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT / "tests",
            env={**os.environ, **import_path()},
            text=True,
        )
        for engine in engines
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        printed = [process.communicate(timeout=_SECONDS)[0] for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert [process.returncode for process in started] == [0] * len(engines)
    return [json.loads(line) for line in printed]


def evidence_in(folder: Path) -> dict[str, bytes]:
    """Every entry, in the drivers' folder or in the store."""
    found: dict[str, bytes] = {}
    for top in (folder / "evidence", folder / "store" / "v1"):
        for file in top.glob("[0-9a-f][0-9a-f]/*"):
            assert found.setdefault(file.relative_to(top).as_posix(), file.read_bytes()) == file.read_bytes()
    return found
