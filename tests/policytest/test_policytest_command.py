"""`headwater policy test` in a real repository: exit codes, formats, what is required, what a commit changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from policytest.conftest import HEAD
from repos import SHARED, GitRepo, init

from checker import cli
from checker.resources import policy_root

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
extends: [{pack: baseline@1}]
rules:
  - id: cap
    check: synthetic-cap
    level: block
    with: {max: 0.2, per: [dataset]}
"""
PASSES = """\
  - name: at the cap
    stage: [commit, push, pr, release]
    given: {shards: {a: [{origin: machine, records: 200}, {origin: human, records: 800}]}}
    expect: {cap: {status: pass, waivable: true, count: 1}}
"""
FAILS = """\
  - name: over the cap
    given: {shards: {a: [{origin: machine, records: 401}, {origin: human, records: 1599}]}}
    expect: {cap: fail}
"""
WRONG = FAILS.replace("cap: fail", "cap: pass").replace("over the cap", "wrong")
REST = """\
  - name: unmeasured
    stage: [commit, push]
    given: {shards: {a: {unmeasured: OFFLINE}}}
    expect: {cap: {status: not-evaluated, blocking: false}}
  - name: unmeasured at last
    stage: [pr, release]
    given: {shards: {a: {unmeasured: OFFLINE}}}
    expect: {cap: {status: not-evaluated, blocking: true}}
  - name: all of it in one part
    given:
      shards:
        a: [{origin: machine, domain: x, language: x, source: x, records: 1}]
        b: [{origin: human, domain: y, language: y, source: y, records: 9}]
    expect: {cap: pass}
"""
Test = Callable[..., tuple[int, str, str]]


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    made = init(tmp_path / "repo")
    monkeypatch.chdir(made.folder)
    made.write("policies/team.yaml", POLICY)
    return made


@pytest.fixture
def test(capsys: pytest.CaptureFixture[str]) -> Test:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["policy", "test", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_all_cases_hold(repo: GitRepo, test: Test) -> None:
    repo.write("policies/tests/team.yaml", HEAD + PASSES + FAILS)
    assert test() == (0, "headwater: 5 cases, 0 failed\n", "")


def test_a_case_that_fails(repo: GitRepo, test: Test) -> None:
    repo.write("policies/tests/team.yaml", HEAD + PASSES + WRONG)
    code, said, _ = test()
    assert code == 1
    assert said.splitlines() == [
        "policies/tests/team.yaml:12:14: team-tests, wrong: team/cap is fail, pass is expected: data/train: 401 of "
        "2,000 records (20.05%) are machine-made; the cap is 20%",
        "headwater: 5 cases, 1 failed",
    ]


def test_every_fault_is_told(repo: GitRepo, test: Test) -> None:
    repo.write("policies/tests/a.yaml", HEAD + PASSES.replace("cap:", "cpa:"))
    repo.write("policies/tests/b.yaml", "kind: Policy\n")
    code, said, wrong = test()
    assert (code, said) == (2, "")
    first, second = wrong.splitlines()
    assert first.startswith("headwater: policies/tests/a.yaml:9:14: cpa is no rule of team; did you mean cap?")
    assert second.startswith("headwater: policies/tests/b.yaml:1:7: a policy (kind: Policy) does not belong here")


def test_a_policy_that_is_wrong_ends_with_2(repo: GitRepo, test: Test) -> None:
    repo.write("policies/team.yaml", POLICY.replace("block", "blok"))
    repo.write("policies/tests/team.yaml", HEAD + PASSES)
    code, _, wrong = test()
    assert code == 2
    assert "policies/team.yaml:8:12: rules[0].level is blok; did you mean block?" in wrong


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param((), 0, id="nothing is required"),
        pytest.param(("--require-tests",), 3, id="tests are required"),
        pytest.param(("--mutate",), 3, id="mutants need cases"),
        pytest.param(("policies/tests",), 3, id="a folder was named"),
        pytest.param(("--staged",), 0, id="a commit without tests"),
    ],
)
def test_no_tests_at_all(repo: GitRepo, test: Test, arguments: tuple[str, ...], code: int) -> None:
    repo.write("policies/tests/fixtures/card.yaml", "license: mit\n")
    ended, said, _ = test(*arguments)
    assert (ended, said) == (code, "")


@pytest.mark.parametrize(
    ("cases", "arguments", "code", "said"),
    [
        pytest.param(PASSES + FAILS, ["--require-tests"], 0, "1 rule, 0 not covered", id="one of each kind"),
        pytest.param(PASSES, ["--require-tests"], 1, "team/cap lacks a case that fails", id="no case that fails"),
        pytest.param(PASSES + FAILS, ["--coverage"], 1, "lacks a case without its evidence", id="evidence never lacks"),
        pytest.param(PASSES + FAILS + REST, ["--coverage"], 0, "1 rule, 0 not covered", id="all covered"),
        pytest.param(FAILS + REST, ["--coverage"], 1, "passes at 0.2 and would not at 0.199", id="one side of the cap"),
        pytest.param(
            PASSES + FAILS, ["--mutate"], 1, "no case notices with.per dataset -> shard; add a", id="a mutant"
        ),
        pytest.param(PASSES + FAILS + REST, ["--mutate"], 0, " mutants, 0 alive", id="no mutant lives"),
        pytest.param(PASSES + WRONG, ["--mutate"], 1, "5 cases, 1 failed\n", id="no mutants where a case fails"),
    ],
)
def test_what_is_asked_of_the_tests(
    repo: GitRepo, test: Test, cases: str, arguments: list[str], code: int, said: str
) -> None:
    repo.write("policies/tests/team.yaml", HEAD + cases)
    ended, told, wrong = test(*arguments)
    assert (ended, wrong) == (code, "")
    assert said in told


def test_tests_may_stand_beside_their_policy(repo: GitRepo, test: Test) -> None:
    repo.write("policies/team.yaml", f"{POLICY}---\n{HEAD}{PASSES}")
    assert test()[:2] == (0, "headwater: 4 cases, 0 failed\n")


def test_a_pack_can_be_tested_by_name(repo: GitRepo, test: Test) -> None:
    cases = PASSES.replace("cap:", "synthetic-cap:")
    repo.write("policies/tests/a.yaml", HEAD.replace("team\n", "baseline@1\n") + cases)
    repo.write("policies/tests/b.yaml", HEAD.replace("team\n", "baseline\n").replace("team-", "b-") + cases)
    assert test()[:2] == (0, "headwater: 8 cases, 0 failed\n")
    repo.write("policies/tests/b.yaml", HEAD.replace("team\n", "basline\n").replace("team-", "b-") + cases)
    code, _, wrong = test()
    assert code == 2
    assert "policies/tests/b.yaml:4:9: basline is no policy here and no shipped pack; did you mean baseline@1?" in wrong


def test_only_the_named_files_are_run(repo: GitRepo, test: Test) -> None:
    repo.write("policies/tests/a.yaml", HEAD + PASSES)
    repo.write("elsewhere/b.yaml", HEAD + WRONG)
    assert test("policies/tests")[0] == 0
    assert test("policies/tests/a.yaml")[0] == 0
    assert test("elsewhere")[:2] != (0, "")
    code, _, wrong = test("policies/team.yaml")
    assert code == 2
    assert "policies/team.yaml:2:7: the file holds no policy test" in wrong
    assert "cannot read nowhere.yaml" in test("nowhere.yaml")[2]


def test_outside_a_repository_packs_can_be_tested(tmp_path: Path, test: Test, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (folder / "a.yaml").write_bytes((policy_root() / "tests" / "baseline.yaml").read_bytes())
    assert test("a.yaml")[0] == 0
    assert test("--packs")[0] == 0
    assert test()[0] == 2


@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_the_report_is_written_to_a_file_and_always_the_same(
    repo: GitRepo, test: Test, tmp_path: Path, form: str
) -> None:
    repo.write("policies/tests/team.yaml", HEAD + PASSES + FAILS)
    arguments = ("--coverage", "--mutate", "--format", form, "--output")
    first, second = tmp_path / "first", tmp_path / "second"
    assert test(*arguments, str(first)) == (1, "", "")
    assert test(*arguments, str(second)) == (1, "", "")
    assert first.read_bytes() == second.read_bytes() != b""
    assert test(*arguments, str(tmp_path / "no" / "folder"))[0] == 2


def test_json_has_every_case_rule_and_survivor(repo: GitRepo, test: Test) -> None:
    repo.write("policies/tests/team.yaml", HEAD + PASSES + FAILS)
    code, said, _ = test("--coverage", "--mutate", "--format", "json")
    report = json.loads(said)
    assert (report["schema"], report["exit_code"]) == ("headwater/policy-test/v1", code)
    assert [case["status"] for case in report["cases"]] == ["pass"] * 5
    assert [(rule["rule"], rule["passed"], rule["failed"]) for rule in report["rules"]] == [("team/cap", True, True)]
    alive = report["mutants"]["alive"]
    assert {survivor["rule"] for survivor in alive} == {"team/cap"}
    assert all(survivor["change"] and survivor["add"] for survivor in alive)
    assert report["mutants"]["total"] > len(alive)
    plain = json.loads(test("--format", "json")[1])
    assert plain["rules"] is None
    assert plain["mutants"] is None


EVIL = 'a ]]>&<\\"\\e[31m::error::x\\r\\n|@org\\u202e'


def test_junit_counts_and_no_name_breaks_out(repo: GitRepo, test: Test) -> None:
    evil = WRONG.replace("name: wrong", f'name: "{EVIL}"')
    repo.write("policies/tests/team.yaml", HEAD + PASSES + evil)
    code, said, _ = test("--format", "junit")
    root = ElementTree.fromstring(said)
    assert code == 1
    assert (root.get("tests"), root.get("failures")) == ("5", "1")
    (failing,) = [case for case in root.iter("testcase") if case.find("failure") is not None]
    assert failing.get("name") == 'a ]]>&<"\\x1b[31m::error::x\\x0d\\x0a|@org\\u202e'
    text = test()[1]
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == 2


@pytest.mark.shared
def test_junit_is_valid(repo: GitRepo, test: Test) -> None:
    schema = SHARED / "data" / "schemas" / "junit-10.xsd"
    if not schema.is_file():
        pytest.skip("the JUnit schema is not beside the repository")
    from lxml import etree

    repo.write("policies/tests/team.yaml", HEAD + PASSES + FAILS)
    said = test("--coverage", "--mutate", "--format", "junit")[1]
    etree.XMLSchema(etree.parse(str(schema))).assertValid(etree.fromstring(said.encode()))


class TestStaged:
    """What the hook runs: lint, then the tests of what the commit changes."""

    @pytest.fixture
    def committed(self, repo: GitRepo) -> GitRepo:
        other = POLICY.replace("id: team", "id: other")
        repo.write("policies/other.yaml", other)
        repo.write("policies/tests/team.yaml", HEAD + PASSES)
        repo.write("policies/tests/other.yaml", HEAD.replace("team", "other") + WRONG)
        repo.write("policies/tests/fixtures/a/a.jsonl", '{"origin": "human"}\n')
        repo.commit()
        return repo

    def test_nothing_changed(self, committed: GitRepo, test: Test) -> None:
        assert test("--staged") == (0, "", "")

    def test_only_the_tests_of_a_changed_policy_run(self, committed: GitRepo, test: Test) -> None:
        committed.add({"policies/team.yaml": POLICY.replace("0.2", "0.19")})
        code, said, _ = test("--staged")
        assert code == 1
        assert "headwater: 4 cases, 4 failed" in said
        committed.add({"policies/team.yaml": POLICY.replace("0.2", "0.25")})
        assert test("--staged")[:2] == (0, "headwater: 4 cases, 0 failed\n")

    def test_what_is_not_staged_is_not_judged(self, committed: GitRepo, test: Test) -> None:
        committed.write("policies/team.yaml", POLICY.replace("0.2", "0.19"))
        assert test("--staged") == (0, "", "")

    def test_a_changed_test_runs(self, committed: GitRepo, test: Test) -> None:
        committed.add({"policies/tests/other.yaml": HEAD.replace("team", "other") + PASSES})
        assert test("--staged")[:2] == (0, "headwater: 4 cases, 0 failed\n")

    def test_a_changed_fixture_runs_every_test(self, committed: GitRepo, test: Test) -> None:
        committed.add({"policies/tests/fixtures/a/a.jsonl": '{"origin": "machine"}\n'})
        assert "5 cases, 1 failed" in test("--staged")[1]

    def test_every_fault_of_a_policy_is_told(self, committed: GitRepo, test: Test) -> None:
        committed.add({"policies/team.yaml": POLICY.replace("block", "blok").replace("synthetic-cap", "cap")})
        code, said, wrong = test("--staged")
        assert (code, said) == (2, "")
        assert len(wrong.splitlines()) == 2

    def test_what_mends_a_broken_policy_is_tested(self, committed: GitRepo, test: Test) -> None:
        committed.commit({"policies/team.yaml": "kind: Policy\n"})
        committed.add({"policies/team.yaml": POLICY})
        code, said, _ = test("--staged")
        assert code == 1
        assert "5 cases, 1 failed" in said

    def test_it_is_one_choice_among_three(self, committed: GitRepo, test: Test) -> None:
        code, _, wrong = test("--staged", "--packs")
        assert code == 2
        assert "use one of PATH, --packs, --staged" in wrong
