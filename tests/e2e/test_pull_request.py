"""The gate as a reviewer meets it: a change against the default branch, judged by the trusted policy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, write_shard

LOOSE = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.1}
select: {datasets: ["data/**"]}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.95}}
"""


@pytest.fixture
def proposal(repository: DataRepository) -> DataRepository:
    """On branch `proposal`, with the data of `main` pushed to the DVC remote."""
    repository.run("dvc", "push", "--quiet")
    repository.git("switch", "--quiet", "-c", "proposal")
    return repository


def judge(repository: DataRepository, *options: str) -> tuple[int, dict[str, dict[str, object]], str]:
    done = repository.headwater("check", "--base", "main", "--head", "proposal", "--format", "json", *options)
    outcomes = json.loads(done.stdout)["outcomes"] if done.stdout else []
    return done.returncode, {outcome["rule"]: outcome for outcome in reversed(outcomes)}, done.stderr


def propose(repository: DataRepository, humans: int, machines: int) -> None:
    write_shard(repository.path / "data/train/c.jsonl", humans, machines)
    repository.track("data/train")
    repository.run("dvc", "push", "--quiet")
    repository.git("commit", "--no-verify", "-m", "Add a shard")


def test_clean_change_passes(proposal: DataRepository) -> None:
    propose(proposal, 95, 5)
    code, outcomes, said = judge(proposal)
    assert (code, said) == (0, "")
    assert outcomes["team/cap"]["status"] == "pass"


def test_change_over_the_cap_is_refused_with_both_numbers(proposal: DataRepository) -> None:
    propose(proposal, 60, 40)
    code, outcomes, _ = judge(proposal)
    cap = outcomes["team/cap"]
    assert code == 1
    assert (cap["status"], cap["measured"], cap["limit"], cap["scope"]) == ("fail", 0.402, 0.2, {"shard": "c.jsonl"})
    assert cap["location"] == {"path": "data/train.dvc", "line": 2, "column": 8}
    assert cap["evidence"]


def test_policy_of_the_change_does_not_bind(proposal: DataRepository) -> None:
    (proposal.path / "policies/team.yaml").write_text(LOOSE)
    propose(proposal, 60, 40)
    code, outcomes, _ = judge(proposal)
    assert code == 1
    assert outcomes["headwater/policy-changed"]["status"] == "warn"


def test_deleting_the_policy_does_not_help(proposal: DataRepository) -> None:
    proposal.git("rm", "--quiet", "-r", "policies")
    propose(proposal, 60, 40)
    code, outcomes, _ = judge(proposal)
    assert code == 1
    assert outcomes["team/cap"]["status"] == "fail"


def test_mapping_of_the_change_does_not_turn_machine_into_human(proposal: DataRepository) -> None:
    (proposal.path / "headwater.yaml").write_text(
        "datasets:\n  - path: data/**\n    values: {origin: {machine: human}}\n    role: train\n"
    )
    propose(proposal, 60, 40)
    assert judge(proposal)[0] == 1


def test_remotes_of_the_change_are_not_used(proposal: DataRepository, tmp_path: Path) -> None:
    propose(proposal, 95, 5)
    config = proposal.path / ".dvc/config"
    config.write_text(config.read_text().replace("../store", str(tmp_path / "elsewhere")))
    proposal.git("commit", "--no-verify", "-a", "-m", "Point the remote elsewhere")
    shutil.rmtree(proposal.path / ".dvc/cache")
    code, outcomes, _ = judge(proposal)
    assert code == 0
    assert outcomes["headwater/remote-config"]["status"] == "warn"
    assert outcomes["headwater/remote-config"]["location"]["path"] == ".dvc/config"  # type: ignore[index]
    assert outcomes["team/cap"]["status"] == "pass"


def test_without_cache_shards_are_streamed_and_nothing_is_left(proposal: DataRepository) -> None:
    propose(proposal, 60, 40)
    shutil.rmtree(proposal.path / ".dvc/cache")
    assert judge(proposal)[0] == 1
    assert not list((proposal.path / ".dvc").glob("cache/**/*"))


def test_calling_data_a_model_does_not_take_it_out_of_judgement(proposal: DataRepository) -> None:
    write_shard(proposal.path / "data/train/c.jsonl", 60, 40)
    proposal.track("data/train")
    pointer = proposal.path / "data/train.dvc"
    pointer.write_text(pointer.read_text() + "  type: model\n")
    proposal.git("add", "--all")
    proposal.git("commit", "--no-verify", "-m", "Call it a model")
    code, outcomes, _ = judge(proposal)
    assert (code, outcomes["team/cap"]["status"]) == (1, "fail")


def test_a_model_beside_the_data_is_told_and_left_alone(proposal: DataRepository) -> None:
    (proposal.path / "weights.pkl").write_bytes(b"not data")
    proposal.track("weights.pkl")
    proposal.git("commit", "--no-verify", "-m", "Add weights")
    code, outcomes, _ = judge(proposal)
    assert code == 0
    assert outcomes["headwater/not-judged"]["dataset"] == "weights.pkl"


def test_missing_evidence_is_not_a_pass(proposal: DataRepository) -> None:
    propose(proposal, 95, 5)
    shutil.rmtree(proposal.path / ".dvc/cache")
    code, outcomes, _ = judge(proposal, "--offline")
    assert code == 3
    assert outcomes["team/cap"]["status"] == "not-evaluated"
    assert outcomes["team/cap"]["reason"]


def test_measured_once_no_byte_is_needed_again(proposal: DataRepository, tmp_path: Path) -> None:
    propose(proposal, 60, 40)
    assert judge(proposal)[0] == 1
    for shard in (proposal.path / ".dvc/cache/files/md5").glob("*/*"):
        if not shard.name.endswith(".dir"):
            shard.unlink()
    shutil.rmtree(tmp_path / "store", ignore_errors=True)
    code, outcomes, _ = judge(proposal, "--offline")
    assert code == 1
    assert outcomes["team/cap"]["measured"] == 0.402


def test_shallow_clone_says_fetch_depth(proposal: DataRepository, tmp_path: Path) -> None:
    propose(proposal, 95, 5)
    clone = tmp_path / "shallow"
    proposal.git("clone", "--quiet", "--depth", "1", "--branch", "proposal", f"file://{proposal.path}", str(clone))
    done = DataRepository(clone).headwater("check", "--base", "main", "--stage", "pr")
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stderr


def test_unknown_policy_revision_is_a_wrong_command(proposal: DataRepository) -> None:
    code, outcomes, said = judge(proposal, "--policy-ref", "no-such-branch")
    assert (code, outcomes) == (2, {})
    assert "no-such-branch" in said


def test_two_runs_give_equal_bytes(proposal: DataRepository) -> None:
    propose(proposal, 60, 40)
    first = proposal.headwater("check", "--base", "main", "--head", "proposal", "--format", "json")
    second = proposal.headwater("check", "--base", "main", "--head", "proposal", "--format", "json")
    assert first.stdout == second.stdout


def test_several_formats_at_once(proposal: DataRepository, tmp_path: Path) -> None:
    propose(proposal, 60, 40)
    names = ("json", "sarif", "junit", "gitlab", "markdown", "html")
    wanted = [part for name in names for part in ("--format", f"{name}={tmp_path / 'out' / name}")]
    done = proposal.headwater("check", "--base", "main", "--head", "proposal", "--format", "github", *wanted)
    assert done.returncode == 1
    assert "::error file=data/train.dvc,line=2," in done.stdout
    assert all((tmp_path / "out" / name).stat().st_size > 100 for name in names)
