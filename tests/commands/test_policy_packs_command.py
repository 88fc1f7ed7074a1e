"""Packs of the organization, from the command line: fetched when asked, never on the word of a proposal."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import pytest
import repos

from checker import cli

PACK = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: org-core, version: 2.3.0}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.2}}
"""
TEAM = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
include:
  - %s
extends: [{pack: org-core@2}]
"""


class Setting(NamedTuple):
    """A data repository on branch main, and a repository of packs beside it."""

    data: repos.GitRepo
    packs: repos.GitRepo
    first: str

    def include(self, commit: str, packs: repos.GitRepo | None = None) -> str:
        return f'{{git: "file://{(packs or self.packs).folder}", commit: "{commit}", path: packs/org-core.yaml}}'


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(tmp_path / "cache"))
    packs = repos.init(tmp_path / "packs")
    first = packs.commit({"packs/org-core.yaml": PACK})
    made = Setting(repos.init_dvc(tmp_path / "data"), packs, first)
    made.data.commit({"policies/team.yaml": TEAM % made.include(first)})
    monkeypatch.chdir(made.data.folder)
    return made


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = cli.main(list(words))
    shown = capsys.readouterr()
    return code, shown.out + shown.err


def fetched(setting: Setting) -> list[str]:
    folder = setting.data.folder.parent / "cache" / "packs"
    return sorted(path.name[:40] for path in folder.iterdir() if path.name != ".gitignore") if folder.exists() else []


def test_a_commit_asks_nobody_and_says_what_to_run(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (("check", "--all"), ("check", "--stage", "push", "--all"), ("policy", "lint")):
        code, text = said(capsys, *words)
        assert code == 2
        assert "has not been fetched to this machine; run `headwater policy fetch`" in text
    assert fetched(setting) == []

    code, text = said(capsys, "policy", "fetch")
    assert code == 0
    assert text.startswith("policies/team.yaml:5:5: packs/org-core.yaml of file://")
    assert text.endswith(f"at {setting.first[:12]} is here and is what is pinned, not signed\n")
    assert fetched(setting) == [setting.first]

    assert said(capsys, "policy", "lint") == (0, "1 file, 0 faults\n")
    assert said(capsys, "check", "--all")[0] != 2


def test_the_policies_of_a_revision_can_be_fetched(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    setting.data.write("policies/team.yaml", "not a policy")

    assert said(capsys, "policy", "fetch")[0] == 2
    assert said(capsys, "policy", "fetch", "--rev", "main")[0] == 0
    assert fetched(setting) == [setting.first]


def test_there_may_be_nothing_to_fetch(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    setting.data.write("policies/team.yaml", PACK)

    assert said(capsys, "policy", "fetch") == (0, "no policy here includes a pack\n")


def change(setting: Setting, files: dict[str, str]) -> None:
    """Commit on a branch of its own."""
    setting.data.git("switch", "-q", "-c", "change")
    setting.data.commit(files)


PR = ("check", "--base", "main", "--head", "change", "--stage", "pr", "--policy-ref", "main")


def test_a_pull_request_has_what_the_trusted_policy_includes_fetched(
    setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    change(setting, {"README.md": "x"})

    code, text = said(capsys, *PR, "--offline")
    assert (code, "run `headwater policy fetch`" in text) == (2, True)
    assert fetched(setting) == []

    assert said(capsys, *PR)[0] != 2
    assert fetched(setting) == [setting.first]
    assert said(capsys, *PR, "--offline")[0] != 2


def findings(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, str]:
    code = cli.main([*PR, "--format", "json", *options])
    shown = capsys.readouterr()
    assert code in (0, 1, 3), shown.err
    return {outcome["rule"]: outcome["message"] for outcome in json.loads(shown.out)["outcomes"] if outcome["blocking"]}


def test_a_proposal_may_name_another_commit_of_a_trusted_repository(
    setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    looser = setting.packs.commit({"packs/org-core.yaml": PACK.replace("0.2}", "0.4}")})
    change(setting, {"policies/team.yaml": TEAM % setting.include(looser)})

    found = findings(capsys)
    assert fetched(setting) == sorted([setting.first, looser])
    assert "headwater/policy-invalid" not in found
    assert any("max from 0.2 to 0.4" in message for message in found.values())


def test_a_repository_that_only_a_proposal_names_is_not_asked(
    setting: Setting, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = repos.init(tmp_path / "evil")
    commit = evil.commit({"packs/org-core.yaml": PACK.replace("0.2}", "0.9}")})
    change(setting, {"policies/team.yaml": TEAM % setting.include(commit, evil)})

    found = findings(capsys)
    assert fetched(setting) == [setting.first]
    assert "has not been fetched to this machine" in found["headwater/policy-invalid"]


def by_file(text: str) -> str:
    return f"{{file: governance/packs/org-core.yaml, sha256: {hashlib.sha256(text.encode()).hexdigest()}}}"


def test_a_pack_in_a_file_is_read_from_the_tree_that_binds(
    setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    looser = PACK.replace("0.2}", "0.4}")
    setting.data.commit({"policies/team.yaml": TEAM % by_file(PACK), "governance/packs/org-core.yaml": PACK})
    change(setting, {"policies/team.yaml": TEAM % by_file(looser), "governance/packs/org-core.yaml": looser})

    assert any("max from 0.2 to 0.4" in message for message in findings(capsys, "--offline").values())


def test_a_pack_in_a_file_that_is_changed_alone_is_told_before_it_breaks_the_policy(
    setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    setting.data.commit({"policies/team.yaml": TEAM % by_file(PACK), "governance/packs/org-core.yaml": PACK})
    change(setting, {"governance/packs/org-core.yaml": PACK.replace("0.2}", "0.4}")})

    assert "another one is pinned" in findings(capsys)["headwater/policy-invalid"]


@pytest.mark.parametrize("words", [("policy", "lint"), ("check", "--all")])
def test_a_pack_behind_a_link_is_not_read(
    setting: Setting, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    folder = setting.data.folder / "governance" / "packs"
    folder.mkdir(parents=True)
    (folder / "real.yaml").write_text(PACK)
    (folder / "org-core.yaml").symlink_to("real.yaml")
    setting.data.commit({"policies/team.yaml": TEAM % by_file(PACK)})

    code, text = said(capsys, *words)
    assert code == 2
    assert "symlink" in text


def test_a_pack_that_is_far_too_large_is_called_that(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    huge = PACK + "# " + "x" * 2**20
    setting.data.commit({"policies/team.yaml": TEAM % by_file(huge), "governance/packs/org-core.yaml": huge})

    code, text = said(capsys, "policy", "lint")
    assert code == 2
    assert f"org-core.yaml has {len(huge):,} bytes, which no pack has" in text


def test_resolved_policies_are_printed(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "policy", "fetch")

    code, text = said(capsys, "policy", "explain", "--resolved")
    assert code == 0
    assert "# policies/team.yaml:6, of org-core@2\n" in text
    assert "# org-core@2:5\n" in text
    assert said(capsys, "policy", "explain", "--resolved", "team") == (0, text)
    assert said(capsys, "policy", "explain", "team/cap")[1].startswith("team/cap\npolicies/team.yaml:6:18, check")
    assert said(capsys, "policy", "explain") == (
        2,
        "headwater: no name to explain; name a check, a rule, a policy or a pack, or say --resolved\n",
    )


def test_the_list_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = said(capsys, "policy", "list", "--format", "json")
    document = json.loads(text)

    assert (code, document["schema"]) == (0, "headwater/policy-list/v1")
    cap = next(check for check in document["checks"] if check["id"] == "synthetic-cap")
    assert (cap["group"], cap["docs"], cap["ratchet"]) == ("composition", "docs/rules.md#synthetic-cap", "higher")
    assert cap["parameters"][0]["stricter"] == "lower"


def test_what_a_file_says_does_not_move_the_cursor(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    setting.data.write("policies/team.yaml", TEAM.replace("team", "team\x1b]0;owned\x07") % "{}")

    _, text = said(capsys, "policy", "lint")
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("day", "count"),
    [pytest.param("2027-04-01", 0, id="on its day"), pytest.param("2027-04-02", 1, id="the day after")],
)
def test_a_rule_past_its_review_is_warned_of(
    setting: Setting, capsys: pytest.CaptureFixture[str], day: str, count: int
) -> None:
    reason = ", rationale: {why: a law, review_by: 2027-04-01}"
    setting.data.commit({"policies/team.yaml": PACK.replace("{max: 0.2}", f"{{max: 0.2}}{reason}")})

    code, text = said(capsys, "check", "--all", "--at", day, "--format", "json")
    due = [outcome for outcome in json.loads(text)["outcomes"] if outcome["rule"] == "headwater/review-due"]
    assert code == 0
    assert len(due) == count
    assert all(outcome["status"] == "warn" and not outcome["blocking"] for outcome in due)
