"""`headwater diff` on a real repository: what changed between two releases, what it costs, and what is wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, build
from e2e.releases import SETTINGS, records, release, write

PAGE = Path(__file__).resolve().parents[2] / "docs" / "diff.md"
EXAMPLE = re.compile(r"```console\n\$ headwater diff v1 v2\n(?P<body>.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """v1 has two shards; v2 loses records, gains a shard of repeated machine text, and renames one."""
    repository = build(tmp_path_factory.mktemp("releases"), [("headwater.yaml", SETTINGS)])
    train = repository.path / "data/train"
    field, notes = records(1, 240, "human", "nnnnsse"), records(2, 160, "human", "nnnnsse")
    write(train / "a.jsonl", field)
    write(train / "b.jsonl", notes)
    write(repository.path / "data/gold/gold.jsonl", records(3, 90, "human", "nnsse"))
    release(repository, "v1")
    write(train / "a.jsonl", [row for row in field if row["dialect"] != "e"])
    (train / "b.jsonl").rename(train / "notes.jsonl")
    write(train / "c.jsonl", [*records(4, 20, "machine", "n") * 5, field[6]])
    release(repository, "v2")
    return repository


@pytest.fixture
def repository(template: DataRepository, tmp_path: Path) -> DataRepository:
    """A copy that the test may change."""
    path = tmp_path / "data-repository"
    shutil.copytree(template.path, path, symlinks=True)
    return DataRepository(path)


def test_the_page_shows_what_the_command_prints(repository: DataRepository) -> None:
    done = repository.headwater("diff", "v1", "v2")
    found = EXAMPLE.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None, "docs/diff.md has no example"
    # Ids of commits hold the hour of the commit. When this differs, look at it, then paste what is printed.
    assert re.sub(r"\([0-9a-f]{12}\)", "(…)", done.stdout) == found["body"]
    assert (done.returncode, done.stderr) == (0, "")


def test_the_figures_are_those_of_the_records(repository: DataRepository) -> None:
    gold, train = json.loads(repository.headwater("diff", "v1", "v2", "--format", "json").stdout)["datasets"]
    assert gold == {"name": "data/gold", "change": "unchanged"}
    lost = len([index for index in range(240) if index % 7 == 6])
    assert train["records"] == {"kept": 240 - lost + 160, "moved": 1, "added": 100, "removed": lost - 1}
    assert [(shard["path"], shard["change"]) for shard in train["shards"]] == [
        ("a.jsonl", "changed"),
        ("c.jsonl", "new"),
        ("notes.jsonl", "moved"),
    ]
    before, after = train["before"], train["after"]
    assert before["origin"] == {"human": 400}
    assert after["origin"] == {"human": 400 - lost + 1, "machine": 100}
    assert before["copies"]["exact"] == 0
    assert after["copies"]["exact"] == 80
    assert after["slices"]["dialect"]["e"] == 22 + 1
    assert before["figures"]["budget_tokens"] == after["figures"]["budget_tokens"]
    assert after["figures"]["means"].keys() == before["figures"]["means"].keys() >= {"distinct3", "selfrep4"}


def test_the_index_is_the_other_side_by_default(repository: DataRepository) -> None:
    write(repository.path / "data/gold/more.jsonl", records(9, 5, "human", "n"))
    repository.track("data/gold")
    said = repository.headwater("diff", "HEAD", "--dataset", "data/gold").stdout
    assert "dataset data/gold: changed\n  records by text: 5 added, 0 removed, 90 kept\n" in said
    assert "data/train" not in said


def test_new_and_removed_datasets(repository: DataRepository) -> None:
    write(repository.path / "data/extra/x.jsonl", records(11, 4, "human", "n"))
    repository.track("data/extra")
    repository.git("rm", "--quiet", "data/gold.dvc")
    found = json.loads(repository.headwater("diff", "v2", "--format", "json").stdout)
    assert {entry["name"]: entry["change"] for entry in found["datasets"]} == {
        "data/extra": "new",
        "data/gold": "removed",
        "data/train": "unchanged",
    }


def test_unchanged_datasets_read_nothing(repository: DataRepository) -> None:
    shutil.rmtree(repository.path / ".dvc/cache")
    shutil.rmtree(repository.path / "data")
    done = repository.headwater("diff", "v2", "v2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == [
        "dataset data/gold: unchanged",
        "dataset data/train: unchanged",
        "headwater: 2 datasets: 2 unchanged",
    ]


def test_a_second_look_reads_no_shard(repository: DataRepository) -> None:
    first = repository.headwater("diff", "v1", "v2")
    for folder, _, names in os.walk(repository.path / ".dvc/cache/files"):
        for name in names:
            if not name.endswith(".dir"):
                (Path(folder) / name).unlink()
    shutil.rmtree(repository.path / "data/train")
    second = repository.headwater("diff", "v1", "v2")
    assert (second.returncode, second.stdout) == (0, first.stdout)


def test_damaged_evidence_is_measured_again_within_the_run(repository: DataRepository, tmp_path: Path) -> None:
    first = repository.headwater("diff", "v1", "v2")
    entries = sorted(tmp_path.rglob("*.text"))
    assert entries
    for entry in entries:
        data = bytearray(entry.read_bytes())
        data[len(data) // 2] ^= 255
        entry.write_bytes(data)
    for result in tmp_path.rglob("*.json"):
        if result.parent.name == "duplication":
            result.unlink()
    again = repository.headwater("diff", "v1", "v2")
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr


def test_what_is_not_here_is_said_and_ends_with_3(repository: DataRepository) -> None:
    shutil.rmtree(repository.path / ".dvc/cache")
    shutil.rmtree(repository.path / "data/train")
    done = repository.headwater("diff", "v1", "v2", "--offline")
    assert done.returncode == 3
    assert "dataset data/train: changed\n" in done.stdout
    assert "  not measured: data/train" in done.stdout
    assert "1 of them not wholly measured" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("v9",), "v9", id="no such revision"),
        pytest.param(("v1", "v2", "--dataset", "data/trian"), "names no dataset", id="a glob that fits none"),
        pytest.param(("v1", "--offline", "--download"), "exclude each other", id="with and without remotes"),
        pytest.param(("v1", "--jobs", "0"), "--jobs 0", id="no worker"),
        pytest.param(("v1", "--output", "headwater.yaml/x"), "cannot write", id="a file below a file"),
    ],
)
def test_a_wrong_question_ends_with_2(repository: DataRepository, arguments: tuple[str, ...], said: str) -> None:
    done = repository.headwater("diff", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_written_to_a_file(repository: DataRepository) -> None:
    done = repository.headwater("diff", "v1", "v2", "--format", "markdown", "--output", "out/diff.md")
    assert (done.returncode, done.stdout) == (0, "")
    assert "#### <code>data/train</code>: changed" in (repository.path / "out/diff.md").read_text("utf-8")
