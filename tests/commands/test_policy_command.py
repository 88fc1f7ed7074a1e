"""`headwater policy` from anywhere in a repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker import cli

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
rules:
  - {id: cap, title: Few machine-made records, check: synthetic-cap, level: block, with: {max: MAX}}
"""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in (".git", "policies", "policies/below", "rules/health", "data/deep"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "policies" / "team.yaml").write_text(POLICY.replace("MAX", "0.2"))
    (tmp_path / "policies" / "other.yml").write_text(POLICY.replace("MAX", "20").replace("team", "other"))
    monkeypatch.chdir(tmp_path / "data" / "deep")
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    code = cli.main(["policy", *words])
    shown = capsys.readouterr()
    return code, [*shown.out.splitlines(), *shown.err.splitlines()]


def test_lint_finds_the_policies_from_a_folder_below(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = said(capsys, "lint")

    assert code == 2
    assert lines[0].startswith("policies/other.yml:5:96: rules[0].with.max is 20, the most is 1")
    assert lines[-1] == "2 files, 1 fault"


@pytest.mark.parametrize(
    "glob", [pytest.param("rules/**", id="a folder"), pytest.param("**/strict.yaml", id="anywhere")]
)
def test_lint_reads_what_the_settings_name(repository: Path, capsys: pytest.CaptureFixture[str], glob: str) -> None:
    (repository / "headwater.yaml").write_text(f'policies: ["{glob}"]\n')
    (repository / "rules" / "health" / "strict.yaml").write_text(POLICY.replace("MAX", "2"))

    code, lines = said(capsys, "lint")

    assert code == 2
    assert lines[0].startswith("rules/health/strict.yaml:5:")
    assert lines[-1] == "2 files, 1 fault"


def test_lint_takes_folders(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = said(capsys, "lint", str(repository / "policies"))

    assert code == 2
    assert lines[-1] == "2 files, 1 fault"


def test_lint_without_a_policy_says_what_applies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert said(capsys, "lint") == (0, ["no policy file here: baseline@1 applies"])


@pytest.mark.parametrize("name", ["team/cap", "cap"])
def test_a_rule_that_a_finding_names_is_explained(
    repository: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, lines = said(capsys, "explain", name)

    assert code == 0
    assert lines[:2] == ["team/cap: Few machine-made records", "policies/team.yaml:5:10, check synthetic-cap"]
    assert "    max: 0.2" in [line.partition("#")[0].rstrip() for line in lines]
    assert "How to fix" in lines
    assert "Parameters" not in lines


@pytest.mark.parametrize("name", ["baseline", "baseline@1"])
def test_a_pack_is_shown_as_it_is_shipped(repository: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    code, lines = said(capsys, "explain", name)

    assert code == 0
    assert "kind: Policy" in lines


def test_a_rule_of_a_policy_that_cannot_be_read_is_met_with_its_fault(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = said(capsys, "explain", "other/cap")
    assert code == 2
    assert lines[0].startswith("headwater: policies/other.yml:5:96: rules[0].with.max is 20, the most is 1")


def test_a_rule_among_many_is_met_with_the_nearest_alone(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (repository / "policies" / "other.yml").write_text(
        "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: other, version: 1.0.0}\n"
        "extends: [{pack: model-collapse@1}]\n"
    )
    code, [line] = said(capsys, "explain", "xx")
    assert code == 2
    assert re.fullmatch(r"headwater: xx is no check, pack or rule here; nearest of \d\d names: (\S+, ){2}\S+", line)


def test_a_name_that_means_nothing_is_met_with_the_nearest(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "explain", "synthetic_cap") == (
        2,
        ["headwater: synthetic_cap is no check, pack or rule here; did you mean synthetic-cap?"],
    )


@pytest.mark.parametrize(
    ("link", "target"),
    [
        pytest.param("policies/more.yaml", "rules/more.yaml", id="a policy"),
        pytest.param("waivers", "rules", id="the folder of waivers"),
        pytest.param("headwater.yaml", "rules/settings", id="the settings"),
    ],
)
def test_lint_refuses_what_check_refuses(
    repository: Path, capsys: pytest.CaptureFixture[str], link: str, target: str
) -> None:
    (repository / "policies" / "other.yml").unlink()
    (repository / "rules" / "more.yaml").write_text(POLICY.replace("MAX", "0.2").replace("team", "more"))
    (repository / "rules" / "settings").write_text("datasets: []\n")
    (repository / link).symlink_to(repository / target)

    code, lines = said(capsys, "lint")

    assert code == 2
    assert lines[0].startswith(f"headwater: {link}")
    assert "lies behind a symlink, which is not followed" in lines[0]
