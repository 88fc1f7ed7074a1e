"""An old repository adopts headwater: init, look, baseline, commit with real hooks, tighten; then pull requests."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest
import repos
from e2e.data_repository import DataRepository, empty, write_shard

from checker import cli

BASELINE = "governance/baseline.txt"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Years of data and nobody who ever looked: half of one dataset machine-made, no card, no policy, no hook."""
    repository = empty(tmp_path_factory.mktemp("old"))
    write_shard(repository.path / "data/train/2019.jsonl", 10, 40)
    write_shard(repository.path / "data/train/2020.jsonl", 80, 20)
    write_shard(repository.path / "data/notes/a.jsonl", 50, 0)
    repository.track("data/train", "data/notes")
    repository.git("commit", "--quiet", "-m", "As it always was")
    return repository


def tighten(repository: DataRepository, cap: str) -> None:
    policy = repository.path / "policies/data-repository.yaml"
    rule = f"  - {{id: cap, check: synthetic-cap, level: block, with: {{max: {cap}, per: [shard]}}}}\n"
    policy.write_text(f"{policy.read_text()}rules:\n{rule}")


@pytest.fixture(scope="module")
def adopted(template: DataRepository, tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """The same repository on the evening of its first day, by what `init` told to do."""
    folder = tmp_path_factory.mktemp("adopted") / "data-repository"
    shutil.copytree(template.path, folder, symlinks=True)
    repository = DataRepository(folder)
    told = repository.headwater("init")
    assert told.returncode == 0
    assert "pre-commit install -t pre-commit" in told.stdout
    tighten(repository, "0.15")
    repository.git("add", "--all")
    repository.run("pre-commit", "install", "-t", "pre-commit", "-t", "pre-merge-commit")
    assert repository.commit("Adopt").returncode == 1
    created = repository.headwater("baseline", "create")
    assert created.returncode == 0, created.stderr
    repository.git("add", "--all")
    done = repository.commit("Adopt headwater")
    assert done.returncode == 0, done.stdout + done.stderr
    return repository


@pytest.fixture
def repository(adopted: DataRepository, tmp_path: Path) -> DataRepository:
    shutil.copytree(adopted.path, tmp_path / "data-repository", symlinks=True)
    return DataRepository(tmp_path / "data-repository")


def grow(repository: DataRepository, shard: str, humans: int, machines: int) -> None:
    write_shard(repository.path / f"data/train/{shard}", humans, machines)
    repository.track("data/train")


def shards_known(repository: DataRepository) -> set[str]:
    lines = (repository.path / BASELINE).read_text().splitlines()
    return {line.split()[2] for line in lines if line.startswith("data-repository/cap ")}


def test_the_first_day(repository: DataRepository) -> None:
    assert shards_known(repository) == {"shard=2019.jsonl", "shard=2020.jsonl"}

    # Known shards stay known while others come; the card, which claims a number of records, has to keep up.
    grow(repository, "2026.jsonl", 900, 0)
    assert "card-truthful, claim size_records" in repository.commit("Add clean data").stderr
    card = repository.path / "data/train.md"
    text = card.read_text().replace("n<1K", "1K<n<10K").replace("size_records: 150", "size_records: 1050")
    card.write_text(text.replace("synthetic_share: 0.4", "synthetic_share: 0.0571"))
    repository.git("add", "--all")
    done = repository.commit("Add clean data")
    assert done.returncode == 0, done.stdout + done.stderr

    grow(repository, "2027.jsonl", 0, 5)
    refused = repository.commit("Add machine text")
    assert refused.returncode == 1
    assert "shard 2027.jsonl" in refused.stderr
    assert "shard 2019.jsonl" not in refused.stderr


def test_a_limit_that_gets_stricter_meets_the_same_content_as_known(repository: DataRepository) -> None:
    policy = repository.path / "policies/data-repository.yaml"
    policy.write_text(policy.read_text().replace("max: 0.15", "max: 0.05"))
    repository.git("add", "--all")
    assert repository.commit("Tighten").returncode == 0


def test_two_branches_adopt_and_prune_without_a_conflict(repository: DataRepository) -> None:
    for branch, shard in (("one", "2019.jsonl"), ("two", "2020.jsonl")):
        repository.git("switch", "--quiet", "--create", branch, "main")
        lines = (repository.path / BASELINE).read_text().splitlines(keepends=True)
        (repository.path / BASELINE).write_text("".join(line for line in lines if f"shard={shard} " not in line))
        repository.git("add", "--all")
        repository.git("commit", "--quiet", "--no-verify", "-m", f"{shard} is mended")
    merged = repository.git("merge", "--no-edit", "--no-verify", "one", check=False)
    assert merged.returncode == 0, merged.stdout + merged.stderr
    assert shards_known(repository) <= {"shard=2019.jsonl", "shard=2020.jsonl"}
    assert repository.headwater("baseline", "list", "--offline").returncode == 0


def test_in_a_pull_request_the_baseline_of_the_default_branch_counts(repository: DataRepository) -> None:
    repository.git("switch", "--quiet", "--create", "change")
    (repository.path / BASELINE).unlink()
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--no-verify", "-m", "Take the baseline away")
    judged = repository.headwater("check", "--base", "main", "--offline")
    assert "fail data-repository/cap" not in judged.stdout, judged.stdout

    repository.git("switch", "--quiet", "--force", "--create", "grown", "main")
    grow(repository, "bad.jsonl", 0, 9)
    assert repository.headwater("baseline", "create", "--grow", "--offline").returncode == 0
    assert "shard=bad.jsonl" in shards_known(repository)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--no-verify", "-m", "Baseline what the change brings")
    judged = repository.headwater("check", "--base", "main", "--offline")
    assert judged.returncode == 1, judged.stdout
    assert "fail data-repository/cap, shard bad.jsonl" in judged.stdout


@pytest.mark.shared
@pytest.mark.skipif(
    not (repos.SHARED / "data" / "dvc").is_dir(), reason="the shared data are not beside the repository"
)
def test_real_repositories_are_set_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    for name, (repo, _) in repos.real_histories(tmp_path).items():
        monkeypatch.chdir(repo.folder)
        before = set(repo.git("ls-files").splitlines())
        for words in (["init", "--budget", "2"], ["policy", "lint"]):
            assert cli.main(words) == 0, f"{name}: {capsys.readouterr()}"
        assert set(repo.git("diff", "--name-only").splitlines()) & before <= {".pre-commit-config.yaml"}, name
        repo.git("add", "--all")
        assert cli.main(["baseline", "create", "--offline"]) == 0, f"{name}: {capsys.readouterr()}"
