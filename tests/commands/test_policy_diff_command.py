"""`headwater policy diff` on a real repository, and what a commit hears of policies that it loosens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import repos

from checker import cli
from checker.model.policy import Stage
from checker.run import Request, check

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: "1.0.0"}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.2}}
"""
LOOSE, STRICT = POLICY.replace("0.2", "0.35"), POLICY.replace("0.2", "0.1")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> repos.GitRepo:
    """A repository with one policy, and the working folder below its top."""
    made = repos.init_dvc(tmp_path / "repository")
    made.commit({"policies/team.yaml": POLICY, "below/x": ""})
    monkeypatch.chdir(made.folder / "below")
    return made


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.main(["policy", "diff", *words])
    shown = capsys.readouterr()
    return code, shown.out + shown.err


def short(repository: repos.GitRepo) -> str:
    return repository.git("rev-parse", "HEAD").strip()[:12]


def test_the_index_is_compared_unless_something_else_is_named(
    repository: repos.GitRepo, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.add({"policies/team.yaml": LOOSE})
    repository.write("policies/team.yaml", STRICT)
    assert said(capsys, "HEAD") == (
        0,
        f"from HEAD ({short(repository)}) to the index\n"
        "loosened (1)\n  policies/team.yaml:5:10: team/cap: max from 0.2 to 0.35\n1 loosened\n"
        "policies/team.yaml: edited and not staged; --worktree compares the work tree\n",
    )
    assert said(capsys, "HEAD", "--exit-code")[0] == 1
    assert said(capsys, "HEAD", "--worktree", "--exit-code") == (
        0,
        f"from HEAD ({short(repository)}) to the work tree\n"
        "tightened (1)\n  policies/team.yaml:5:10: team/cap: max from 0.2 to 0.1\n1 tightened\n",
    )


def test_two_revisions_as_json(repository: repos.GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repository.git("branch", "before")
    repository.commit({"policies/team.yaml": LOOSE})
    code, text = said(capsys, "before", "main", "--format", "json")
    document = json.loads(text)
    assert (code, document["schema"]) == (0, "headwater/policy-diff/v1")
    assert (document["before"], document["after"]) == ("before", "main")
    assert document["changes"] == [
        {
            "direction": "loosened",
            "rule": "team/cap",
            "words": "team/cap: max from 0.2 to 0.35",
            "location": {"path": "policies/team.yaml", "line": 5, "column": 10},
        }
    ]


def test_equal_rules_are_said_to_be_equal(repository: repos.GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "HEAD", "--exit-code") == (
        0,
        f"from HEAD ({short(repository)}) to the index\nthe rules are the same\n",
    )


@pytest.mark.parametrize(
    ("paths", "named"),
    [
        pytest.param(("policies/new.yaml",), "policies/new.yaml", id="a file that git does not know yet"),
        pytest.param(("headwater.yaml", "waivers/a.yaml"), "headwater.yaml and 1 more", id="several files"),
    ],
)
def test_rules_that_are_not_staged_are_named(
    repository: repos.GitRepo, capsys: pytest.CaptureFixture[str], paths: tuple[str, ...], named: str
) -> None:
    for path in paths:
        repository.write(path, "not even: [yaml")
    repository.write("notes.txt", "no rule")
    told = said(capsys, "HEAD")[1].splitlines()
    assert told[1:] == [
        "the rules are the same",
        f"{named}: edited and not staged; --worktree compares the work tree",
    ]
    assert said(capsys, "HEAD", "HEAD")[1].splitlines()[1:] == ["the rules are the same"]


def test_a_commit_is_named_once(repository: repos.GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    head = short(repository)
    assert said(capsys, head, "main")[1].startswith(f"from {head} to main ({head})\n")


def test_words_of_others_are_made_harmless(repository: repos.GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    title = 'title: "\\e[2J##[error]\\u202e", check'
    repository.add({"policies/team.yaml": POLICY.replace("check", title)})
    code, text = said(capsys, "HEAD")
    assert code == 0
    assert r"\x1b[2J\x23#[error]\u202e" in text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param(("no-such-branch",), "no-such-branch is not a revision", id="unknown"),
        pytest.param(("",), "an empty name names no revision", id="empty"),
        pytest.param(("HEAD", "main", "--worktree"), "both B and --worktree are named", id="two targets"),
        pytest.param(("twice",), "twice is ambiguous", id="a tag and a branch"),
    ],
)
def test_a_wrong_question_is_a_usage_error(
    repository: repos.GitRepo, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], expected: str
) -> None:
    repository.git("branch", "twice")
    repository.git("tag", "twice")
    code, text = said(capsys, *words)
    assert code == 2
    assert expected in text


def test_a_policy_that_cannot_be_read_is_named(repository: repos.GitRepo, capsys: pytest.CaptureFixture[str]) -> None:
    repository.add({"policies/team.yaml": POLICY.replace("max: 0.2", "max: 20")})
    code, text = said(capsys, "HEAD")
    assert code == 2
    assert "policies/team.yaml:5:" in text


@pytest.mark.parametrize(
    ("staged", "expected"),
    [
        pytest.param(
            LOOSE,
            ["policies/team.yaml:5:10: team/cap: max from 0.2 to 0.35; a pull request with this is refused"],
            id="looser",
        ),
        pytest.param(STRICT, [], id="stricter"),
        pytest.param(POLICY, [], id="as before"),
    ],
)
def test_a_commit_hears_what_a_pull_request_will_be_refused_for(
    repository: repos.GitRepo, staged: str, expected: list[str]
) -> None:
    repository.add({"policies/team.yaml": staged})
    report = check(Request(folder=str(repository.folder), stage=Stage.COMMIT))
    notes = [note.partition(" (policy/loosened)")[0] for note in report.notes if "policy/loosened" in note]
    assert (notes, report.verdict) == (expected, "pass")


def test_the_first_rules_of_all_are_adopted_without_a_word_about_loosening(tmp_path: Path) -> None:
    made = repos.init_dvc(tmp_path / "new")
    made.commit({"README.md": ""})
    made.add({"policies/team.yaml": POLICY})
    report = check(Request(folder=str(made.folder), stage=Stage.COMMIT))
    assert (report.notes, report.verdict) == ((), "pass")


def test_a_pull_request_with_the_first_rules_hears_who_merges_them(tmp_path: Path) -> None:
    made = repos.init_dvc(tmp_path / "new")
    made.commit({"README.md": ""})
    made.git("switch", "-q", "-c", "adopt")
    made.commit({"policies/team.yaml": POLICY})
    report = check(Request(folder=str(made.folder), stage=Stage.PR, base="main"))
    refused = [outcome for outcome in report.outcomes if outcome.rule == "policy/loosened"]
    assert refused
    assert {outcome.fix.partition(",")[0] for outcome in refused} == {
        "have those who own the rules merge the first ones"
    }
