"""Near-copies that meet on an engine: the verdict of one process, and keys that the evidence commands know."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from e2e.data_repository import DataRepository, empty, environment
from e2e.test_text_checks import POLICY, SETTINGS, texts, write

from checker.cli import main
from checker.engine import choosing
from checker.engine.embedded import Embedded
from checker.engine.seam import Descriptor, Work
from checker.store.entries import KEYS

Run = Callable[..., tuple[int, Any]]


class Recording(Embedded):
    """Notes which kernels it is given, and that it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.kernels: list[str] = []
        self.closed = False

    def map_shards(self, descriptors: Iterable[Descriptor], work: Work) -> Any:
        self.kernels.append(work.kernel.__name__)
        return super().map_shards(descriptors, work)

    def close(self) -> None:
        self.closed = True


def with_near_copies(folder: Path, settings: str = SETTINGS) -> DataRepository:
    """Two shards with copies and near-copies, over the cap; a template in more records than are all compared."""
    made = empty(folder)
    first, template = list(texts(1, 40)), next(iter(texts(9, 1))).split()
    near = [" ".join([*text.split()[:20], "changed", *text.split()[21:]]) for text in first[:9]]
    crowd = [" ".join([*template, f"number{number}"]) for number in range(20)]
    write(made.path / "data/train/0.jsonl", [*first, *crowd[:8], ""])
    write(made.path / "data/train/1.jsonl", [*texts(2, 30), *near, *first[20:24], *crowd[8:]])
    write(made.path / "data/gold/gold.jsonl", list(texts(3, 20)))
    (made.path / "headwater.yaml").write_text(settings, encoding="utf-8")
    (made.path / "policies").mkdir()
    (made.path / "policies/text.yaml").write_text(POLICY, encoding="utf-8")
    made.track("data/train", "data/gold")
    assert made.commit("Data with near-copies").returncode == 0
    return made


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    return with_near_copies(tmp_path_factory.mktemp("near"))


@pytest.fixture
def run(
    repository: DataRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Runs headwater in this process, so that a test can bring the engine; the evidence is the test's own."""
    for name, value in environment(repository.path.parent).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HEADWATER_BACKEND", "numpy")
    monkeypatch.chdir(repository.path)

    def run(*arguments: str) -> tuple[int, Any]:
        code = main(list(arguments))
        said = capsys.readouterr()
        assert code in (0, 1, 3), said.err
        return code, said.out

    return run


CHECK = ("check", "--rev", "HEAD", "--all", "--stage", "push", "--format", "json")


def judged(told: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told)["outcomes"]
    return found


def test_the_verdict_is_that_of_one_process(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, alone = run(*CHECK)
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(tmp_path / "engine"))
    engine = Recording()
    monkeypatch.setattr(choosing, "open_engine", lambda choice: engine)
    on_engine = run(*CHECK, "--engine", "spark", "--master", "local")
    assert (on_engine[0], judged(on_engine[1])) == (code, judged(alone))
    assert code == 1
    assert engine.kernels.count("keys_one") == 1
    assert engine.closed
    assert len(list((tmp_path / "engine").rglob("*.keys"))) == 2
    # What is kept is not grouped again, whoever asks.
    kernels = len(engine.kernels)
    assert judged(run(*CHECK, "--engine", "spark", "--master", "local")[1]) == judged(alone)
    assert len(engine.kernels) == kernels
    near = [outcome for outcome in judged(alone) if outcome["rule"] == "text/copies"]
    assert "fail" in {outcome["status"] for outcome in near}


def test_keys_that_are_damaged_are_made_again(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "open_engine", lambda choice: Recording())
    code, told = run(*CHECK, "--engine", "spark", "--master", "local")
    file = next((tmp_path / "cache").rglob("*.keys"))
    whole = file.read_bytes()
    file.write_bytes(whole[:700] + bytes([whole[700] ^ 1]) + whole[701:])
    shutil.rmtree(tmp_path / "cache" / "measurements" / "derived")
    again = run(*CHECK, "--engine", "spark", "--master", "local")
    assert (again[0], judged(again[1])) == (code, judged(told))
    assert file.read_bytes() == whole


def test_evidence_commands_know_keys(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "open_engine", lambda choice: Recording())
    run(*CHECK, "--engine", "spark", "--master", "local")
    listed = json.loads(run("evidence", "ls", "--json")[1])["entries"]
    assert sorted((row["dataset"], row["shard"]) for row in listed if row["kind"] == KEYS) == [
        ("data/train", "0.jsonl"),
        ("data/train", "1.jsonl"),
    ]
    assert run("evidence", "gc", "--keep", "HEAD")[1].startswith("0 entries")
    pushed = run("evidence", "push", "--store", str(tmp_path / "store"))[1]
    assert f"{len(listed)} entries pushed" in pushed
    file = next((tmp_path / "store").rglob("*.keys"))
    file.write_bytes(file.read_bytes()[:-1])
    code, told = run("evidence", "verify", "--store", str(tmp_path / "store"))
    assert code == 1
    assert f"{file.parent.name}/{file.name} cannot be used as evidence" in told
    # What is known to be damaged there by its size is sent anew.
    assert "1 entry pushed" in run("evidence", "push", "--store", str(tmp_path / "store"))[1]
    assert run("evidence", "verify", "--store", str(tmp_path / "store"))[0] == 0
