"""Ratchets in real repositories: which version is the reference, and who may choose it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from e2e.data_repository import DataRepository, empty, environment, record
from redteam.pull_request import PullRequest

from checker.errors import PolicyError
from checker.model.outcome import Outcome, Status
from checker.model.policy import Stage
from checker.run import Request, Target, check

CAP = "check: synthetic-cap, with: {max: 0.9, per: [dataset, shard]}"
ORDER = (Status.FAIL, Status.NOT_EVALUATED, Status.PASS)


def policy(ratchet: str, rest: str = CAP) -> str:
    return f"""\
apiVersion: headwater/v1
kind: Policy
metadata: {{id: team, version: 1.0.0}}
select: {{datasets: ["data/train*"]}}
rules:
  - {{id: cap, {rest}, level: block, ratchet: {ratchet}}}
"""


RELEASE = policy("{against: release, max_worse: 0.02}")
BASE = policy("{against: base, max_worse: 0.02}")


def shard(machines: int, of: int = 100) -> bytes:
    """Records that are sure of their origin, so that shares are as written."""
    made = [record(number, "machine" if number < machines else "human") for number in range(of)]
    return "".join(json.dumps({**row, "origin_confidence": None}) + "\n" for row in made).encode()


def dataset(repository: PullRequest, name: str = "data/train", **machines_of: int) -> None:
    """Track a dataset of shards of 100 records, so many of them machine-made."""
    repository.track(name, {f"{shard_name}.jsonl": shard(made) for shard_name, made in machines_of.items()})


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither git's settings nor the evidence of this machine take part."""
    for name, value in environment(tmp_path).items():
        if name.startswith(("GIT_", "XDG_", "HOME", "DVC_")):
            monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real git and DVC: of 100 records, 10 are machine-made in a.jsonl, and 5 in b.jsonl."""
    repository = PullRequest(empty(tmp_path_factory.mktemp("ratchets")).path)
    dataset(repository, a=10, b=5)
    repository.commit("Start")
    return repository.path


@pytest.fixture
def repository(started: Path, tmp_path: Path) -> PullRequest:
    """A copy that the test may change."""
    return PullRequest(Path(shutil.copytree(started, tmp_path / "data-repository", symlinks=True)))


def rule_with(repository: PullRequest, text: str) -> None:
    repository.write("policies/team.yaml", text)
    repository.commit("Hold data against what it was")


def judged(repository: PullRequest, target: Target = Target.INDEX, **asked: Any) -> tuple[int, list[Outcome]]:
    """The exit code, and what the ratchet said: the worst first, of shards before the whole."""
    repository.git("add", "--all")
    asked = {"stage": Stage.COMMIT, "budget_seconds": 60.0, **asked}
    report = check(Request(folder=str(repository.path), target=target, jobs=1, **asked))
    found = [one for one in report.outcomes if one.rule == "team/cap" and "ratchet" in dict(one.scope)]
    return report.exit_code, sorted(found, key=lambda one: (ORDER.index(one.status), -len(one.scope)))


def proposed(repository: PullRequest, base: str = "refs/heads/main", **asked: Any) -> tuple[int, list[Outcome]]:
    """What is said of the committed change as a pull request."""
    asked = {"stage": Stage.PR, "policy_ref": "refs/heads/main", **asked}
    return judged(repository, Target.CHANGE, rev="HEAD", base=base, **asked)


def branch(repository: PullRequest, name: str = "proposal") -> None:
    repository.git("switch", "--quiet", "-c", name)


def commit_of(repository: PullRequest, revision: str) -> str:
    return repository.git("rev-parse", "--short=12", f"{revision}^{{commit}}").strip()


def test_at_commit_the_nearest_release_is_the_reference(repository: PullRequest) -> None:
    rule_with(repository, RELEASE)
    repository.git("tag", "v1.2")
    dataset(repository, a=10, b=10)
    code, (worst, *_) = judged(repository)
    assert code == 1
    assert worst.scope == (("shard", "b.jsonl"), ("ratchet", "release"))
    label = f"release v1.2 ({commit_of(repository, 'v1.2')})"
    assert worst.message == (
        f"data/train/b.jsonl: 10% machine-made, 5% at {label}; it may get worse by 2 points: at most 7%"
    )
    assert (worst.measured, worst.limit, worst.reference) == (0.1, 0.07, label)
    assert worst.fix == "take 4 records that are machine-made out of data/train/b.jsonl"
    dataset(repository, a=10, b=7)
    code, found = judged(repository)
    assert (code, {one.status for one in found}) == (0, {Status.PASS})
    assert all(label in one.message for one in found)


def test_the_command_line_reports_the_reference(repository: PullRequest) -> None:
    rule_with(repository, RELEASE)
    repository.git("tag", "v1.2")
    dataset(repository, a=10, b=10)
    repository.git("add", "--all")
    done = DataRepository(repository.path).headwater("check", "--staged", "--format", "json")
    found = [one for one in json.loads(done.stdout)["outcomes"] if one["scope"].get("ratchet")]
    assert done.returncode == 1
    assert {one["reference"] for one in found} == {f"release v1.2 ({commit_of(repository, 'v1.2')})"}


def test_a_better_release_in_between_counts_and_not_the_run_before(repository: PullRequest) -> None:
    """Three commits, each worse by one point: no creeping away from a release."""
    rule_with(repository, RELEASE)
    repository.git("tag", "v1")
    dataset(repository, a=10, b=0)
    repository.commit("Better")
    repository.git("tag", "v2")
    for made in (1, 2, 3):
        dataset(repository, a=10, b=made)
        repository.commit(f"Worse by one point, {made}")
    code, (worst, *_) = judged(repository, Target.REVISION, rev="HEAD", stage=Stage.PUSH)
    assert (code, worst.measured, worst.limit) == (1, 0.03, 0.02)
    assert "0% at release v2" in worst.message


def test_a_release_is_held_against_the_one_before_it(repository: PullRequest) -> None:
    rule_with(repository, RELEASE)
    repository.git("tag", "v1")
    dataset(repository, a=10, b=20)
    repository.commit("Worse")
    repository.git("tag", "v2")
    code, (worst, *_) = judged(repository, Target.REVISION, rev="v2", stage=Stage.RELEASE, policy_ref="v1")
    assert code == 1
    assert "at release v1" in worst.message


def test_without_a_release_the_ratchet_is_open_and_blocks_a_pull_request(repository: PullRequest) -> None:
    rule_with(repository, RELEASE)
    branch(repository)
    dataset(repository, a=10, b=5, c=1)
    repository.commit("Add a shard")
    code, (only,) = proposed(repository)
    assert (code, only.status, only.blocking) == (3, Status.NOT_EVALUATED, True)
    assert "no release tag comes before" in only.message
    assert "fetch-tags" in only.fix


def test_a_tag_on_the_proposals_own_commit_is_no_reference(repository: PullRequest) -> None:
    rule_with(repository, RELEASE)
    repository.git("tag", "v1")
    branch(repository)
    dataset(repository, a=10, b=50)
    repository.commit("Worse")
    repository.git("tag", "v9")
    repository.commit("And another commit")
    code, (worst, *_) = proposed(repository)
    assert code == 1
    assert "at release v1 " in worst.message
    # Where nobody but the one who commits judges, the nearest tag is simply the nearest.
    code, (nearest, *_) = judged(repository, everything=True)
    assert (code, nearest.status) == (0, Status.PASS)
    assert "at release v9 " in nearest.message


def test_a_base_that_nobody_accepted_is_no_reference(repository: PullRequest) -> None:
    """A pull request on top of another branch, whose data is bad already, is held against where that branch left."""
    rule_with(repository, BASE)
    start = commit_of(repository, "HEAD")
    branch(repository, "stack")
    dataset(repository, a=10, b=50)
    repository.commit("Worse")
    branch(repository)
    repository.commit("Nothing of note")
    code, (worst, *_) = proposed(repository, "refs/heads/stack")
    assert code == 1
    assert worst.reference == f"base {start}"
    assert (worst.measured, worst.limit) == (0.5, 0.07)


def test_a_renamed_dataset_is_not_taken_for_a_new_one_that_passes(repository: PullRequest) -> None:
    rule_with(repository, BASE)
    branch(repository)
    repository.remove("data/train.dvc")
    dataset(repository, "data/train2", a=10, b=50)
    repository.commit("Rename and worsen")
    _, (only,) = proposed(repository)
    assert (only.dataset, only.status, only.blocking) == ("data/train2", Status.NOT_EVALUATED, True)
    assert "has no data/train2" in only.message
    assert "if it was renamed, keep its name" in only.fix


def test_a_new_dataset_may_be_let_in_by_the_ratchets_own_word(repository: PullRequest) -> None:
    rule_with(repository, policy("{against: base, max_worse: 0.02, when_missing: skip}"))
    branch(repository)
    dataset(repository, "data/train-new", a=5)
    repository.commit("Add a dataset")
    code, found = proposed(repository)
    assert code == 0
    (new,) = (one for one in found if one.dataset == "data/train-new")
    assert (new.status, new.blocking) == (Status.NOT_EVALUATED, False)


GOLD = "datasets:\n  - {path: data/gold*, role: gold}\n"


def test_gold_is_what_it_was_before_the_change(repository: PullRequest) -> None:
    """The change makes gold worse, and adds gold of its own; neither moves the yardstick."""
    repository.write("headwater.yaml", GOLD)
    dataset(repository, "data/gold", g=6)
    rule_with(repository, policy("{against: gold, max_worse: 0.02}", "check: synthetic-cap, with: {max: 0.9}"))
    branch(repository)
    dataset(repository, "data/gold", g=90)
    dataset(repository, "data/gold-mine", g=90)
    repository.commit("Move the yardstick")
    code, (worst, *_) = proposed(repository)
    assert code == 1
    assert worst.reference.startswith("gold data/gold (")
    assert "6% in gold data/gold" in worst.message
    assert worst.limit == 0.08


def test_several_gold_datasets_are_one(repository: PullRequest) -> None:
    repository.write("headwater.yaml", GOLD)
    dataset(repository, "data/gold-a", g=0)
    dataset(repository, "data/gold-b", g=20)
    whole = "check: synthetic-cap, with: {max: 0.9, per: [dataset]}"
    rule_with(repository, policy("{against: gold, max_worse: 0.0}", whole))
    dataset(repository, a=10, b=10)
    code, (only,) = judged(repository)
    assert (code, only.status, only.measured, only.limit) == (0, Status.PASS, 0.1, 0.1)
    assert "gold of 2 datasets" in only.reference


def test_documents_of_several_gold_datasets_are_not_taken_for_those_of_one(repository: PullRequest) -> None:
    repository.write("headwater.yaml", GOLD)
    dataset(repository, "data/gold-a", g=0)
    dataset(repository, "data/gold-b", g=20)
    rule_with(repository, policy("{against: gold, max_worse: 0.0}", "check: duplication, with: {max: 0.9}"))
    dataset(repository, a=10, b=10)
    code, (only,) = judged(repository)
    assert (code, only.status) == (0, Status.NOT_EVALUATED)
    assert "is not one dataset" in only.message


@pytest.mark.parametrize("by", ["tag", "id"])
def test_a_named_revision(repository: PullRequest, by: str) -> None:
    repository.git("tag", "golden")
    commit_id = repository.git("rev-parse", "HEAD").strip()
    name = "golden" if by == "tag" else commit_id
    rule_with(repository, policy(f'{{against: "{name}", max_worse_share: 0.5}}'))
    dataset(repository, a=10, b=20)
    code, (worst, *_) = judged(repository)
    assert (code, worst.reference, worst.limit) == (1, f"{name} ({commit_id[:12]})", 0.075)


def test_a_revision_that_is_not_here_is_open(repository: PullRequest) -> None:
    rule_with(repository, policy("{against: v7, max_worse: 0.1}"))
    dataset(repository, a=10, b=20)
    code, (only,) = judged(repository)
    assert (code, only.status) == (0, Status.NOT_EVALUATED)
    assert "v7 is not a revision of this repository" in only.message


def test_a_revision_that_holds_no_dvc_is_open(repository: PullRequest) -> None:
    repository.git(
        "tag",
        "bare",
        repository.git("commit-tree", "-m", "Nothing", "4b825dc642cb6eb9a060e54bf8d69288fbee4904").strip(),
    )
    rule_with(repository, policy("{against: bare, max_worse: 0.1}"))
    dataset(repository, a=10, b=20)
    _, (only,) = judged(repository)
    assert only.status is Status.NOT_EVALUATED
    assert "holds no DVC repository" in only.message


def test_a_revision_outside_of_the_trusted_history_is_open(repository: PullRequest) -> None:
    """Whoever may push a tag, but not to main, could make any data the reference."""
    rule_with(repository, policy("{against: golden, max_worse: 0.1}"))
    branch(repository)
    dataset(repository, a=10, b=80)
    repository.commit("Worse")
    repository.git("tag", "golden")
    code, (only,) = proposed(repository)
    assert (code, only.status) == (3, Status.NOT_EVALUATED)
    assert "golden is not part of the history of" in only.message


def test_a_name_that_means_two_things_is_refused(repository: PullRequest) -> None:
    rule_with(repository, policy("{against: main, max_worse: 0.1}"))
    branch(repository)
    dataset(repository, a=10, b=80)
    repository.commit("Worse")
    repository.git("tag", "main")
    with pytest.raises(PolicyError, match="main is ambiguous") as caught:
        proposed(repository)
    assert str(caught.value.location).startswith("policies/team.yaml:6:")


def test_a_proposed_policy_cannot_stop_the_run_by_its_ratchet(repository: PullRequest) -> None:
    rule_with(repository, BASE)
    branch(repository)
    repository.write("policies/more.yaml", policy("{against: main, max_worse: 0.1}").replace("id: team", "id: more"))
    repository.commit("Propose a policy")
    repository.git("tag", "main")
    code, _ = proposed(repository)
    assert code in (0, 1, 3)


def test_text_is_compared_with_the_reference_too(repository: PullRequest) -> None:
    rule_with(repository, policy("{against: release, max_worse: 0.02}", "check: duplication, with: {max: 0.9}"))
    repository.track("data/train", {"a.jsonl": shard(0)})
    repository.commit("One of a kind")
    repository.git("tag", "v1")
    repository.track("data/train", {"a.jsonl": shard(0) + shard(0, 60)})
    code, (worst, *_) = judged(repository)
    assert (code, worst.status, worst.measured, worst.limit) == (1, Status.FAIL, 60 / 160, 0.02)
    assert "37.5% copies, 0% at release v1 (" in worst.message
    assert worst.fix == "take 58 documents that are copies out of data/train"


def test_a_reference_whose_bytes_are_gone_is_open_and_says_how_to_get_them(repository: PullRequest) -> None:
    rule_with(repository, RELEASE)
    repository.git("tag", "v1")
    shutil.rmtree(repository.path / ".dvc/cache")
    dataset(repository, a=0, b=0)
    repository.commit("Better")
    code, (first, *_) = judged(repository, Target.REVISION, rev="HEAD", stage=Stage.PUSH)
    assert (code, first.status) == (0, Status.NOT_EVALUATED)
    assert "data/train cannot be held against release v1 (" in first.message
    assert "dvc fetch" in first.fix


def test_the_reference_is_measured_once_for_all_datasets_and_rules(repository: PullRequest) -> None:
    """A second run asks for nothing but what is known: the bytes of the reference may be gone by then."""
    rule_with(repository, RELEASE)
    repository.git("tag", "v1")
    dataset(repository, a=0, b=0)
    assert judged(repository)[0] == 0
    gone = [path for path in (repository.path / ".dvc/cache/files/md5").rglob("*") if path.is_file()]
    kept = {path for path in gone if path.suffix == ".dir"}
    for path in set(gone) - kept:
        path.unlink()
    code, found = judged(repository)
    assert (code, {one.status for one in found}) == (0, {Status.PASS})


def test_what_the_budget_does_not_reach_is_deferred(repository: PullRequest) -> None:
    rule_with(repository, RELEASE)
    repository.git("tag", "v1")
    dataset(repository, a=10, b=6)
    code, found = judged(repository, budget_seconds=0.0)
    assert (code, {one.status for one in found}) == (0, {Status.NOT_EVALUATED})
    assert all(one.reason.startswith("deferred to a later stage") for one in found)


def test_a_shallow_clone_is_told_to_fetch_more(repository: PullRequest, tmp_path: Path) -> None:
    rule_with(repository, RELEASE)
    repository.git("tag", "v1")
    dataset(repository, a=10, b=6)
    repository.commit("A little worse")
    repository.git("clone", "--quiet", "--depth", "1", f"file://{repository.path}", str(tmp_path / "shallow"))
    shutil.copytree(repository.path / ".dvc/cache", tmp_path / "shallow/.dvc/cache")
    code, (only,) = judged(PullRequest(tmp_path / "shallow"), everything=True)
    assert (code, only.status) == (0, Status.NOT_EVALUATED)
    assert "no release tag comes before" in only.message
    assert "fetch-depth: 0" in only.fix


def test_a_rule_for_some_shards_is_held_against_those_of_the_reference(repository: PullRequest) -> None:
    """The reference as a whole has more machine text than the shards that the rule is for."""
    narrow = RELEASE.replace('datasets: ["data/train*"]', 'datasets: ["data/train*"], paths: ["b*"]')
    rule_with(repository, narrow.replace("[dataset, shard]", "[dataset]"))
    repository.git("tag", "v1")
    dataset(repository, a=10, b=8)
    code, (only,) = judged(repository)
    assert (code, only.measured, only.limit) == (1, 0.08, 0.07)
