"""A day in the life of a gate: adopt, tighten, break, waive, let lapse, try to loosen, release."""

from __future__ import annotations

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from e2e.data_repository import CARD, HOOKS, empty, write_shard

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0, owners: ["@org/data"]}
select: {datasets: ["data/**"], require_match: true}
waivers: {max_days: 60, min_approvers: 1, approver_groups: ["@org/data"], signatures: required}
rules:
  - id: cap
    check: synthetic-cap
    level: block
    with: {max: 0.2, per: [shard]}
  - id: card
    check: card-required
    level: block
    waivable: false
    with: {fields: [license]}
"""
GROUPS = """\
apiVersion: headwater/v1
kind: Groups
metadata: {id: groups}
groups:
  "@org/data": [bo@example.org]
"""


def day_from(waiver: Path, days: int) -> str:
    """So many days from the last one of a waiver."""
    last = date.fromisoformat(re.findall(r'expires: "(.*)"', waiver.read_text())[0])
    return (last + timedelta(days=days)).isoformat()


class Life:
    """The repository, its origin, and the approver's key."""

    def __init__(self, folder: Path) -> None:
        self.repository = empty(folder)
        self.path = self.repository.path
        self.key = folder / "bo"
        self.repository.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bo@example.org", "-f", str(self.key))
        self.repository.git("init", "--quiet", "--bare", "--initial-branch=main", "../origin.git")
        self.repository.git("remote", "add", "origin", "../origin.git")

    def write(self, name: str, text: str) -> None:
        """A file of the repository."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def commit(self, message: str) -> tuple[int, str]:
        """`git commit` of everything, through real pre-commit; the exit code and all that was printed."""
        self.repository.git("add", "--all")
        done = self.repository.commit(message)
        return done.returncode, done.stdout + done.stderr

    def merge(self) -> None:
        """What is on the branch becomes the default branch of origin, as after a merged pull request."""
        self.repository.git("push", "--quiet", "--no-verify", "origin", "HEAD:main")
        self.repository.git("fetch", "--quiet", "origin")
        self.repository.git("remote", "set-head", "origin", "main")

    def pull_request(self, *more: str) -> tuple[int, list[dict[str, object]]]:
        """The check of CI on the current branch: exit code and outcomes."""
        done = self.repository.headwater("check", "--base", "origin/main", "--format", "json", *more)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)["outcomes"]


@pytest.fixture
def life(tmp_path: Path) -> Life:
    """An old repository with a dataset over the cap, a policy, and the hooks of pre-commit."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not here, so nobody can sign")
    life = Life(tmp_path)
    write_shard(life.path / "data/train/a.jsonl", 90, 10)
    write_shard(life.path / "data/train/b.jsonl", 60, 40)
    life.write("data/train.md", CARD.replace("synthetic: false", "synthetic: true"))
    life.write("policies/team.yaml", POLICY)
    life.write("governance/groups.yaml", GROUPS)
    life.write("governance/allowed_signers", f"bo@example.org {life.key.with_suffix('.pub').read_text()}")
    life.write(".pre-commit-config.yaml", HOOKS)
    life.repository.track("data/train")
    life.repository.git("commit", "--quiet", "-m", "Start")
    life.merge()
    life.repository.run("pre-commit", "install", "-t", "pre-commit")
    return life


def statuses(outcomes: list[dict[str, object]], rule: str) -> list[object]:
    return [outcome["status"] for outcome in outcomes if outcome["rule"] == rule]


@pytest.mark.slow
def test_a_day_in_the_life(life: Life) -> None:
    repository = life.repository
    # Adopt: what is known does not block, what is new does.
    refused = repository.headwater("check", "--all")
    assert refused.returncode == 1 and "b.jsonl" in refused.stdout
    assert "1 known finding in 1 dataset" in repository.headwater("baseline", "create").stdout
    assert life.commit("Adopt headwater")[0] == 0
    life.merge()
    adopted = repository.headwater("check", "--all")
    assert adopted.returncode == 0
    assert "waived: 1 finding known since adoption: team/cap on data/train" in adopted.stdout

    # Tighten: said in words, and no alarm.
    life.write("policies/team.yaml", POLICY.replace("max: 0.2", "max: 0.15"))
    repository.git("switch", "--quiet", "-c", "tighten")
    assert "from 0.2 to 0.15" in repository.headwater("policy", "diff", "HEAD", "--worktree").stdout
    assert life.commit("Tighten the cap")[0] == 0
    code, outcomes = life.pull_request()
    assert (code, statuses(outcomes, "policy/loosened")) == (0, [])
    life.merge()

    # Break: refused at the commit, with what to do.
    repository.git("switch", "--quiet", "-c", "more")
    write_shard(life.path / "data/train/c.jsonl", 70, 30)
    repository.track("data/train")
    code, said = life.commit("Add a shard")
    assert code == 1
    assert "c.jsonl" in said and "the cap is 15%" in said and "move 20 most likely machine-made records" in said

    # Waive: without the approver's signature it counts for nothing.
    written = repository.headwater(
        *("waiver", "new", "team/cap", "data/train", "--shard", "c.jsonl", "--relax", "max=0.4", "--days", "30"),
        *("--reason", "the vendor delivers the transcripts again", "--ticket", "DATA-7", "--owner", "ana@example.org"),
        *("--approver", "bo@example.org"),
    )
    assert written.returncode == 0, written.stderr
    (waiver,) = (life.path / "waivers").glob("*.yaml")
    assert "unapproved" in repository.headwater("waiver", "list").stdout
    assert life.commit("Add a shard and its waiver")[0] == 1
    repository.run("ssh-keygen", "-q", "-Y", "sign", "-n", "headwater-waiver", "-f", str(life.key), str(waiver))
    assert "1 active" in repository.headwater("waiver", "list").stdout
    code, said = life.commit("Add a shard and its signed waiver")
    assert code == 0, said

    # A pull request cannot bring its own waiver: it counts once it is merged.
    code, outcomes = life.pull_request()
    assert code == 1 and "fail" in statuses(outcomes, "team/cap")
    data = repository.git("show", "HEAD:data/train.dvc").stdout
    repository.git("switch", "--quiet", "-c", "waiver-only", "origin/main")
    repository.git("checkout", "more", "--", "waivers")
    assert life.commit("Waive the cap for the shard of the vendor")[0] == 0
    code, outcomes = life.pull_request()
    assert (code, statuses(outcomes, "headwater/waiver-added")) == (0, ["warn"])
    life.merge()
    repository.git("switch", "--quiet", "-c", "data-only", "origin/main")
    life.write("data/train.dvc", data)
    assert life.commit("Add the shard of the vendor")[0] == 0
    code, outcomes = life.pull_request()
    assert code == 0 and "waived" in statuses(outcomes, "team/cap")
    life.merge()

    # Lapse: told two weeks before, and the rule bites after.
    soon = repository.headwater("check", "--all", "--at", day_from(waiver, -10))
    assert soon.returncode == 0 and "10 days" in soon.stdout
    late = repository.headwater("check", "--all", "--at", day_from(waiver, 1))
    assert late.returncode == 1 and "expired" in late.stdout and "c.jsonl" in late.stdout

    # Loosen: the pull request is refused by the policy that it would change.
    repository.git("switch", "--quiet", "-c", "loosen", "origin/main")
    life.write("policies/team.yaml", POLICY.replace("max: 0.2", "max: 0.3"))
    code, said = life.commit("Give us more room")
    assert code == 0, said
    code, outcomes = life.pull_request()
    assert (code, statuses(outcomes, "policy/loosened")) == (1, ["fail"])
    repository.git("switch", "--quiet", "data-only")

    # Release: judged by the trusted revision, with all that is waived on record.
    repository.git("tag", "v1")
    done = repository.headwater("check", "--rev", "v1", "--stage", "release", "--format", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["verdict"] == "pass"
    waived = [outcome["exemption"]["kind"] for outcome in report["outcomes"] if outcome["status"] == "waived"]
    assert sorted(waived) == ["baseline", "waiver"]
