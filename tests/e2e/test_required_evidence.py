"""`check --require-evidence`: nothing is measured, no shard is opened, and what is not known is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from e2e.data_repository import CARD, DataRepository, write_shard

from checker.discover import discover, open_repository
from checker.model.likeness import Gap
from checker.model.outcome import Status
from checker.required import Required
from checker.scope import Found

ALL = ("check", "--rev", "HEAD", "--all", "--require-evidence")
GOLD = "datasets:\n  - {path: data/gold, role: gold}\n  - {path: data/train, role: train}\n"
LEAKS = """\
  - {id: leaks, check: gold-overlap, level: block, with: {against: [gold], methods: [exact]}}
"""


@pytest.fixture
def repository(template: DataRepository, tmp_path: Path) -> DataRepository:
    """A copy whose DVC cache holds all data, and of which nothing is measured."""
    path = tmp_path / "data-repository"
    shutil.copytree(template.path, path, symlinks=True)
    return DataRepository(path)


def judged(repository: DataRepository, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what is said to be lacking."""
    done = repository.headwater(*arguments, "--format", "json")
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode
    return done.returncode, [one for one in report["outcomes"] if one["rule"] == "headwater/evidence-required"]


def kept(repository: DataRepository) -> list[Path]:
    folder = repository.path.parent / "cache" / "headwater" / "measurements"
    return [path for path in folder.glob("*/*") if path.suffix in (".json", ".text")]


@pytest.mark.parametrize("stage", ["commit", "push", "pr", "release"])
def test_data_that_is_here_is_not_measured_at_any_stage(repository: DataRepository, stage: str) -> None:
    code, (lacking,) = judged(repository, *ALL, "--stage", stage, "--policy-ref", "HEAD")
    assert (code, lacking["status"], lacking["blocking"]) == (3, "not-evaluated", True)
    assert lacking["message"] == "data/train: the evidence of 2 of 2 shards is not known (a.jsonl, b.jsonl)"
    assert lacking["fix"].startswith("run `headwater measure data/train` where the data is")
    assert kept(repository) == []


def test_what_is_known_is_judged_without_the_data(repository: DataRepository) -> None:
    repository.headwater("measure")
    shutil.rmtree(repository.path / ".dvc" / "cache")
    shutil.rmtree(repository.path / "data" / "train")
    assert judged(repository, *ALL) == (0, [])


def test_what_blocks_is_told_before_all_is_known(repository: DataRepository) -> None:
    write_shard(repository.path / "data/train/c.jsonl", 10, 90)
    repository.track("data/train")
    repository.commit("Add far too much")
    codes = set()
    for share in ("1/2", "2/2"):
        repository.headwater("measure", "--slice", share)
        codes.add(judged(repository, *ALL)[0])
    assert 1 in codes
    assert judged(repository, *ALL) == (1, [])


def test_the_slices_to_run_again_are_named_and_run_again_they_are_enough(repository: DataRepository) -> None:
    for number in range(20):
        write_shard(repository.path / f"data/train/{number}.jsonl", 10 + number)
    repository.track("data/train")
    repository.commit("Add shards")
    for share in ("1/5", "4/5"):
        repository.headwater("measure", "--slice", share, "--store", "../shared")
    shutil.rmtree(repository.path.parent / "cache")
    code, (lacking,) = judged(repository, *ALL, "--slices", "5", "--store", "../shared")
    assert code == 3
    assert "`headwater measure data/train --slice 2/5 --store ../shared`" in lacking["fix"]
    assert lacking["fix"].endswith("; the same for 3/5, 5/5")
    for share in ("2/5", "3/5", "5/5"):
        repository.headwater("measure", "--slice", share, "--store", "../shared")
    shutil.rmtree(repository.path.parent / "cache")
    assert judged(repository, *ALL, "--slices", "5", "--store", "../shared") == (0, [])


def test_a_version_before_is_named_with_its_revision(repository: DataRepository) -> None:
    policy = repository.path / "policies/team.yaml"
    near = "  - {id: near, check: near-duplication, level: block, with: {max: 1.0, max_growth: 0.5}}\n"
    policy.write_text(policy.read_text("utf-8") + near, encoding="utf-8")
    repository.commit("Ask for growth")
    base = repository.git("rev-parse", "HEAD").stdout.strip()
    write_shard(repository.path / "data/train/a.jsonl", 70, 5)
    repository.track("data/train")
    repository.git("commit", "--quiet", "-a", "-m", "Change a shard")
    repository.headwater("measure")
    code, (lacking,) = judged(repository, "check", "--base", base, "--stage", "push", "--require-evidence")
    assert code == 3
    assert lacking["message"].startswith(f"data/train at {base[:12]}: the evidence of 1 shards is not known (a.jsonl")
    assert f"`headwater measure data/train --rev {base[:12]}`" in lacking["fix"]
    repository.headwater("measure", "--rev", base[:12])
    assert judged(repository, "check", "--base", base, "--stage", "push", "--require-evidence")[1] == []


def test_gold_that_is_not_known_is_named(repository: DataRepository) -> None:
    write_shard(repository.path / "data/gold/gold.jsonl", 30)
    (repository.path / "headwater.yaml").write_text(GOLD)
    policy = repository.path / "policies/team.yaml"
    policy.write_text(policy.read_text("utf-8") + LEAKS, encoding="utf-8")
    repository.track("data/gold")
    repository.commit("Hold gold back")
    repository.headwater("measure", "data/train")
    code, lacking = judged(repository, *ALL, "--stage", "push")
    assert code == 3
    assert [one["dataset"] for one in lacking] == ["data/gold"]


def test_a_list_that_is_not_known_is_named(repository: DataRepository) -> None:
    shutil.rmtree(repository.path / ".dvc" / "cache")
    code, (lacking,) = judged(repository, *ALL)
    assert code == 3
    assert lacking["message"].startswith("the shards of data/train are not known: ")
    assert "headwater evidence push" in lacking["fix"]


def test_a_card_among_the_shards_is_read_and_nothing_else(repository: DataRepository) -> None:
    (repository.path / "data/train/README.md").write_text(CARD)
    repository.track("data/train")
    repository.commit("Put the card among the shards")
    repository.headwater("measure")
    repository.run("dvc", "push", "--quiet")
    shutil.rmtree(repository.path / ".dvc" / "cache")
    code, (lacking,) = judged(repository, *ALL)
    assert (code, "README.md is told from records by its bytes: add --download" in lacking["fix"]) == (3, True)
    assert judged(repository, *ALL, "--download")[1] == []


def test_a_store_inside_the_repository_is_refused(repository: DataRepository) -> None:
    done = repository.headwater(*ALL, "--store", "evidence")
    assert done.returncode == 2
    assert "lies in the repository, where a change could bring along its own evidence" in done.stderr


def test_a_named_store_is_asked_first_and_also_for_a_check_that_measures(repository: DataRepository) -> None:
    repository.headwater("measure", "--store", "../shared")
    shutil.rmtree(repository.path.parent / "cache")
    shutil.rmtree(repository.path / ".dvc" / "cache")
    assert repository.headwater("check", "--rev", "HEAD", "--all", "--store", "../shared").returncode == 0


def test_a_rule_is_explained_without_the_data(repository: DataRepository) -> None:
    said = repository.headwater("explain", "team/cap", "data/train", "--rev", "HEAD", "--require-evidence")
    assert said.returncode == 0
    assert "its evidence is not known, and nothing is measured here" in said.stdout
    assert "a.jsonl: a.jsonl" not in said.stdout  # a shard is named once
    assert kept(repository) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--slices", "4"], "use both, or neither", id="slices of nothing"),
        pytest.param(["--require-evidence", "--slices", "0"], "'0' is no number of slices", id="no slices"),
        pytest.param(["--require-evidence", "--slices", "3/4"], "'3/4' is no number of slices", id="one slice"),
        pytest.param(["--require-evidence", "--reverify", "5%"], "--reverify does", id="measured again"),
        pytest.param(["--offline", "--store", "s3://team/x"], "which --offline forbids", id="a store and no network"),
        pytest.param(["--store", "s3://a:b@team/x"], "holds credentials", id="a password in the address"),
    ],
)
def test_a_wrong_command_says_what_is_right(template: DataRepository, arguments: list[str], words: str) -> None:
    done = template.headwater("check", "--rev", "HEAD", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_metric_of_a_plugin_that_is_not_kept_here_blocks(template: DataRepository) -> None:
    state = discover(open_repository(str(template.path)).index())
    (version,) = state.versions
    required = Required()
    made = {"acme:length": Gap("a.jsonl: it is not read", "measure it"), "acme:other": 3}
    assert required.extras(version, made) is made
    (lacking,) = required.outcomes(Found((), state, state, complete=True))
    assert (lacking.status, lacking.blocking, lacking.fix) == (Status.NOT_EVALUATED, True, "measure it")
    assert lacking.message == "data/train: what a metric of a plug-in says is not known: a.jsonl: it is not read"
