"""`headwater explain`: it says what `check` says, where each number comes from, and what would make it pass."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from e2e.data_repository import DataRepository, empty, environment, record
from redteam.pull_request import PullRequest

from checker import cli, rules
from checker.errors import UsageError
from checker.explaining import explain
from checker.model.explanation import Explanation
from checker.model.outcome import Status, Verdict
from checker.policytest.given import evidence
from checker.report import _explained
from checker.rules._base import Missing
from checker.run import Request, check

CASES = sorted((Path(__file__).parents[1] / "rules").glob("*/*.yaml"))
PACK = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.2.0}
select: {datasets: ["data/**"]}
rules:
  - id: cap
    title: little machine text
    check: synthetic-cap
    level: block
    with: {max: 0.2, per: [dataset, shard]}
    ratchet: {against: release, max_worse: 0.02}
    rationale: {why: caps feedback loops, source: ablation/2026-10-03}
  - {id: flags, check: origin-flags, level: warn, stages: [pr, release]}
  - {id: eval-only, check: synthetic-cap, level: block, with: {max: 0.0}, select: {roles: [eval]}}
"""


def shard(machines: int, of: int = 100) -> bytes:
    made = [record(number, "machine" if number < machines else "human") for number in range(of)]
    return "".join(json.dumps({**row, "origin_confidence": None}) + "\n" for row in made).encode()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither git's settings nor the evidence of this machine take part."""
    for name, value in environment(tmp_path).items():
        if name.startswith(("GIT_", "XDG_", "HOME", "DVC_", "CI")):
            monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = PullRequest(empty(tmp_path_factory.mktemp("explained")).path)
    repository.track("data/train", {"a.jsonl": shard(10), "b.jsonl": shard(5)})
    repository.write("policies/team.yaml", PACK)
    repository.commit("Start")
    repository.git("tag", "v1")
    repository.track("data/train", {"a.jsonl": shard(10), "b.jsonl": shard(40)})
    repository.git("add", "--all")
    return repository.path


@pytest.fixture
def repository(started: Path, tmp_path: Path) -> PullRequest:
    return PullRequest(Path(shutil.copytree(started, tmp_path / "data-repository", symlinks=True)))


def explained(repository: PullRequest, rule: str = "team/cap", **asked: Any) -> Explanation:
    request = Request(folder=str(repository.path), budget_seconds=60.0, jobs=1, **asked)
    return explain(request, rule, "data/train")


def section(found: Explanation, title: str) -> str:
    return "\n".join(line for part in found.sections if part.title == title for line in part.lines)


def test_it_has_the_very_outcomes_of_a_check(repository: PullRequest) -> None:
    found = explained(repository)
    report = check(Request(folder=str(repository.path), budget_seconds=60.0, jobs=1))
    same = tuple(one for one in report.outcomes if one.rule == "team/cap" and one.dataset == "data/train")
    assert found.outcomes == same
    assert {one.status for one in same} == {Status.FAIL, Status.PASS}


def test_it_says_who_wrote_what(repository: PullRequest) -> None:
    said = section(explained(repository), "the rule")
    assert "team/cap: little machine text, check synthetic-cap at level block, written at policies/team.yaml:6:" in said
    assert "policy team 1.2.0 (sha256:" in said
    assert "max = 0.2 share (stated at policies/team.yaml:10:" in said
    assert "unit = 'records' (the default)" in said
    assert "ratchet against release (stated at policies/team.yaml:11:" in said
    assert "max_worse = 0.02 (stated at policies/team.yaml:11:" in said
    assert "caps feedback loops (ablation/2026-10-03)" in said


def test_it_names_what_it_saw_by_digest(repository: PullRequest) -> None:
    found = explained(repository)
    said = section(found, "the evidence")
    assert "2 of 2 shards are measured" in said
    assert "by data/train.dvc:" in said
    assert "the reference release v1 (" in said
    own = next(one for one in found.outcomes if one.scope == (("shard", "b.jsonl"),))
    assert own.evidence
    assert all(digest in said for digest in own.evidence)


def test_it_computes_with_the_numbers_of_the_outcomes(repository: PullRequest) -> None:
    found = explained(repository)
    said = section(found, "the computation")
    assert "data/train/b.jsonl: 100 records by origin: human 60, machine 40" in said
    assert "data/train/b.jsonl: no bound is needed" in said
    assert "the limit 20% of 100 records is 20 records; 20 records over it" in said
    for outcome in found.outcomes:
        if outcome.status is Status.FAIL:
            assert repr(outcome.measured) in said


def test_it_names_the_bound_where_labels_have_scores(repository: PullRequest) -> None:
    rows = [record(number, "machine" if number < 12 else "human") for number in range(100)]
    repository.track("data/train", {"a.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()})
    repository.git("add", "--all")
    found = explained(repository)
    said = section(found, "the computation")
    assert "by their scores 12 x 0.99 + 88 x 0.01" in said
    assert "bound used: Poisson-binomial quantile, exact at 95% = " in said
    (whole,) = (one for one in found.outcomes if not one.scope)
    assert repr(whole.measured) in said


def test_it_says_what_would_make_it_pass(repository: PullRequest) -> None:
    said = section(explained(repository), "what would make it pass")
    assert "shard b.jsonl: move 25 machine-made records out of data/train/b.jsonl, or add 100 real records" in said
    assert "shard b.jsonl, ratchet release: take " in said


def test_a_rule_of_another_stage_and_one_for_other_data_say_so(repository: PullRequest) -> None:
    later = explained(repository, "flags")
    assert later.outcomes == ()
    assert "not active at stage commit" in section(later, "why it is not for this dataset")
    other = explained(repository, "eval-only")
    assert "its role is other; select.roles has eval" in section(other, "why it is not for this dataset")
    assert "so the rule does not judge it" in section(other, "why it is not for this dataset")


def test_it_explains_a_pull_request_by_the_trusted_policy(repository: PullRequest) -> None:
    repository.git("switch", "--quiet", "-c", "proposal")
    repository.write("policies/team.yaml", PACK.replace("max: 0.2", "max: 0.9"))
    repository.commit("Loosen")
    asked = {"rev": "HEAD", "base": "refs/heads/main", "policy_ref": "refs/heads/main"}
    done = DataRepository(repository.path).headwater(
        "explain", "cap", "data/train", "--base", asked["base"], "--policy-ref", asked["policy_ref"], "--offline"
    )
    assert done.returncode == 0, done.stderr
    assert "stage pr" in done.stdout
    assert "max = 0.2 share" in done.stdout


@pytest.mark.parametrize(
    ("rule", "dataset", "says"),
    [
        pytest.param("team/cup", "data/train", "did you mean team/cap?", id="a rule with a slip"),
        pytest.param("cop", "data/train", "did you mean cap?", id="a short name with a slip"),
        pytest.param("cap", "data/trian", "did you mean data/train?", id="a dataset with a slip"),
        pytest.param("cap", "\x1b[31mdata", "there is no dataset", id="a name that steers a terminal"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest_name(
    repository: PullRequest, rule: str, dataset: str, says: str
) -> None:
    with pytest.raises(UsageError) as caught:
        explain(Request(folder=str(repository.path), jobs=1), rule, dataset)
    assert says in str(caught.value)


def test_a_short_name_that_two_policies_have_asks_which(repository: PullRequest) -> None:
    repository.write("policies/more.yaml", PACK.replace("id: team", "id: more"))
    repository.git("add", "--all")
    with pytest.raises(UsageError, match="more/cap or team/cap"):
        explained(repository, "cap")


Captured = pytest.CaptureFixture[str]


@pytest.fixture
def told(repository: PullRequest, capsys: Captured) -> Callable[..., tuple[int, str, str]]:
    def run(*options: str) -> tuple[int, str, str]:
        code = cli.main(["explain", *options, "-C", str(repository.path), "--budget", "60", "--jobs", "1"])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_json_has_sections_and_the_outcomes_of_the_report(told: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = told("cap", "data/train", "--format", "json")
    document = json.loads(out)
    assert (code, document["schema"], document["rule"]) == (0, "headwater/explanation/v1", "team/cap")
    assert [part["title"] for part in document["sections"]] == [
        "the rule",
        "why it is for this dataset",
        "the evidence",
        "the computation",
        "what would make it pass",
    ]
    worst = next(one for one in document["outcomes"] if one["scope"] == {"shard": "b.jsonl", "ratchet": "release"})
    assert (worst["measured"], worst["limit"]) == (0.4, 0.07)
    assert worst["reference"].startswith("release v1 (")


def test_text_is_for_people(told: Callable[..., tuple[int, str, str]]) -> None:
    code, out, _ = told("team/cap", "data/train/")
    assert code == 0
    assert out.startswith("team/cap on data/train, the index at stage commit\n")
    assert "outcome: fail, shard b.jsonl, blocking\n" in out


def test_a_name_that_is_not_there_is_a_wrong_question(told: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = told("cap", "data/\x1b[2Jtrain")
    assert (code, out) == (2, "")
    assert "\x1b" not in err
    assert "\\x1b[2J" in err


def test_what_the_repository_names_cannot_steer_a_terminal(repository: PullRequest) -> None:
    evil = "b\x1b[2J\x07\u202e.jsonl"
    repository.track("data/train", {"a.jsonl": shard(10), evil: shard(40)})
    repository.git("add", "--all")
    found = explained(repository)
    text = _explained.text(found)
    assert not any(char in text for char in "\x1b\x07\u202e")
    assert json.loads(_explained.document(found))["outcomes"]


@pytest.mark.parametrize("path", [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in CASES])
def test_every_check_can_tell_how_its_numbers_come_about(path: Path) -> None:
    """Over every case: no fault, plain lines; and each share that a judgement carries stands among them."""
    case = yaml.safe_load(path.read_text("utf-8"))
    made = rules.by_id(path.parent.name)
    seen, params = evidence(case), made.build(case.get("params", {}))
    try:
        lines = list(made.workings(seen, params))
        said = list(made.judge(seen, params))
    except Missing:
        return
    assert all(line and "\n" not in line for line in lines)
    if path.parent.name == "expression":
        return
    told = "\n".join(lines)
    for judgement in said:
        shown = judgement.verdict is not Verdict.HOLDS or not judgement.scope
        if judgement.figure is not None and isinstance(judgement.measured, float) and judgement.measured and shown:
            assert repr(judgement.measured) in told, (judgement, lines)
