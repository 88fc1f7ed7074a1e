"""`headwater waiver` and `check` on a real repository: ask, approve, let stand, warn, bite again."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from e2e.data_repository import DataRepository, empty, write_shard

from checker import cli
from checker.errors import UsageError
from checker.policy.rulebook import read_rulebook

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
waivers: {max_days: 60, min_approvers: 1}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.2, per: [shard]}}
  - {id: url, check: source-metadata, level: block, with: {fields: [url, license], per: [dataset]}}
  - {id: strict, check: synthetic-cap, level: block, waivable: false, with: {max: 0.9, per: [dataset]}}
  - {id: trail, check: lineage-complete, level: warn}
"""
DAY = "2026-11-23"
WHY = ("--reason", "the vendor delivers new notes in december", "--requested-by", "ana@example.org", "--at", DAY)
BY = ("--approver", "bo@example.org")
NAME = "cap-data-old-2026-12-23"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Two shards over the cap."""
    repository = empty(tmp_path_factory.mktemp("waived"))
    top = repository.path
    (top / "policies").mkdir()
    (top / "policies/team.yaml").write_text(POLICY)
    write_shard(top / "data/old/a.jsonl", 50, 50)
    write_shard(top / "data/old/b.jsonl", 70, 30)
    write_shard(top / "data/old/c.jsonl", 100, 0)
    repository.track("data/old")
    repository.git("commit", "--quiet", "-m", "As it always was")
    return repository


@pytest.fixture
def repository(template: DataRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRepository:
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "data-repository"
    shutil.copytree(template.path, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return DataRepository(folder)


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    ended = cli.main([*words])
    shown = capsys.readouterr()
    assert ended == code, shown
    return shown.out + shown.err


def report(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(capsys, "check", "--all", "--format", "json", *words, code=code))
    return found


def by_shard(found: dict[str, Any]) -> dict[str, str]:
    return {one["scope"].get("shard", "whole"): one["status"] for one in found["outcomes"] if one["rule"] == "team/cap"}


def another_change(repository: DataRepository) -> None:
    """A branch with a commit that main does not have."""
    repository.git("checkout", "-q", "-b", "another")
    (repository.path / "notes.txt").write_text("more\n")
    repository.git("add", "notes.txt")
    repository.commit("Add notes")


def headwater(found: dict[str, Any]) -> list[str]:
    return [one["check"] for one in found["outcomes"] if one["rule"].startswith("headwater/waiver")]


def test_new_fills_in_what_is_measured_and_check_obeys(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, *BY, "--ticket", "D-1")
    assert f"wrote waivers/{NAME}.yaml\n" in shown
    text = (repository.path / f"waivers/{NAME}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=../.headwater/schema/waiver.schema.json\n")
    schema = json.loads((repository.path / ".headwater/schema/waiver.schema.json").read_text())
    assert schema["title"] == "headwater waiver"
    # More than the share of half: the labels carry a confidence, which the cap has to hold with.
    limit = next(json.loads(line[7:]) for line in text.splitlines() if line.startswith("relax: "))["max"]
    assert 0.5 <= limit <= 0.53
    repository.git("add", "-A")
    found = report(capsys, "--at", DAY)
    assert by_shard(found) == {"a.jsonl": "waived", "b.jsonl": "waived", "c.jsonl": "pass"}
    assert (found["as_of"], found["verdict"]) == (DAY, "pass")
    (first, _) = (one for one in found["outcomes"] if one["status"] == "waived")
    assert first["exemption"] == {
        "kind": "waiver",
        "id": NAME,
        "expires": "2026-12-23",
        "days_left": 30,
        "limit": limit,
        "approved_by": ["bo@example.org"],
        "verified": [],
        "ticket": "D-1",
        "location": {"path": f"waivers/{NAME}.yaml", "line": 4, "column": 18},
        "others": [],
    }
    text = said(capsys, "check", "--all", "--at", DAY)
    assert f"waived: 2 findings by {NAME} until 2026-12-23 (30 days left)" in text
    assert "approved by bo@example.org (approver not verified): team/cap on data/old" in text
    assert "2 waived" in text


def test_a_waiver_for_one_shard_lets_the_other_fail(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "waiver", "new", "team/cap", "data/old", "--shard", "b.*", *WHY, *BY)
    repository.git("add", "-A")
    assert by_shard(report(capsys, "--at", DAY, code=1)) == {"a.jsonl": "fail", "b.jsonl": "waived", "c.jsonl": "pass"}


def test_it_warns_before_its_end_and_bites_after(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, *BY)
    repository.git("add", "-A")
    assert headwater(report(capsys, "--at", "2026-12-08")) == []
    assert headwater(report(capsys, "--at", "2026-12-09")) == ["waiver-expiring"]
    assert headwater(report(capsys, "--at", "2026-12-23")) == ["waiver-expiring"]
    after = report(capsys, "--at", "2026-12-24", code=1)
    assert headwater(after) == ["waiver-expired"]
    assert by_shard(after)["a.jsonl"] == "fail"


def test_at_a_pull_request_only_what_is_merged_counts(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.git("checkout", "-q", "-b", "ask")
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, *BY)
    repository.git("add", "-A")
    repository.commit("Ask for time")
    before = report(capsys, "--base", "main", "--offline", "--at", DAY, code=1)
    binding = [one for one in before["outcomes"] if not one["informs_only"]]
    assert {one["status"] for one in binding if one["rule"] == "team/cap"} == {"fail", "pass"}
    informing = [one for one in before["outcomes"] if one["informs_only"] and one["rule"] == "team/cap"]
    assert {one["status"] for one in informing} == {"waived", "pass"}
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--ff-only", "ask")
    another_change(repository)
    merged = report(capsys, "--base", "main", "--offline", "--at", DAY)
    assert by_shard(merged) == {"a.jsonl": "waived", "b.jsonl": "waived", "c.jsonl": "pass"}


@pytest.mark.parametrize("stage", ["commit", "pr"])
def test_without_an_approval_it_has_no_effect(
    stage: str, repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = said(capsys, "waiver", "new", "team/cap", "data/old", *WHY)
    assert "it has no effect yet: it needs 1 approver, and has none (name them under approved_by)" in shown
    repository.git("add", "-A")
    repository.commit("Ask for time")
    another_change(repository)
    words = ("--base", "main", "--offline") if stage == "pr" else ()
    found = report(capsys, *words, "--at", DAY, code=1)
    assert by_shard(found)["a.jsonl"] == "fail"
    (one,) = (one for one in found["outcomes"] if one["check"] == "waiver-unapproved")
    assert one["blocking"] is (stage == "pr")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        pytest.param(("team/capp", "data/old", *WHY), "did you mean team/cap?", id="unknown rule"),
        pytest.param(("team/strict", "data/old", *WHY), "team/strict cannot be waived", id="unwaivable rule"),
        pytest.param(
            ("team/cap", "data/new", *WHY), "there is no dataset data/new; there are data/old", id="no dataset"
        ),
        pytest.param(
            ("team/cap", "data/old", "--shard", "c.*", *WHY), "there is nothing to waive", id="nothing broken"
        ),
        pytest.param(("team/cap", "data/old"), "a waiver needs a reason", id="no reason, and nobody to ask"),
        pytest.param(("team/cap", "data/old", *WHY[:2]), "say who: --requested-by", id="nobody asks"),
        pytest.param(
            ("team/cap", "data/old", *WHY[2:], "--reason", "legacy"), "reason has 6 letters", id="short reason"
        ),
        pytest.param(
            ("team/cap", "data/old", *WHY, "--relax", "max"), "write NAME=VALUE", id="a limit without a value"
        ),
        pytest.param(("team/cap", "data/old", *WHY, "--relax", "mx=0.5"), "did you mean max?", id="unknown parameter"),
        pytest.param(("team/cap", "data/old", *WHY, "--relax", "max=1"), "would switch team/cap off", id="off"),
        pytest.param(("team/cap", "data/old", *WHY, "--relax", "max=much"), "a number is expected", id="no number"),
        pytest.param(("team/cap", "data/old", *WHY, "--days", "61"), "would hold for 61 days", id="a day too long"),
        pytest.param(("team/cap", "data/old", *WHY, "--days", "-1"), "--days is '-1'", id="days backwards"),
        pytest.param(("team/cap", "data/old", *WHY, "--days", "99999"), "would hold for 99,999 days", id="very long"),
        pytest.param(("team/cap", "data/old", *WHY, "--expires", "tomorrow"), "--expires names no day", id="no day"),
        pytest.param(("team/cap", "data/old", *WHY, "--expires", "2026-11-22"), "which is over", id="yesterday"),
        pytest.param(
            ("team/cap", "data/old", *WHY, "--expires", "2026-12-01", "--days", "3"), "exclude each other", id="both"
        ),
        pytest.param(
            ("team/cap", "data/old", *WHY, "--id", "../x"), "use lower-case letters", id="an id that is a path"
        ),
        pytest.param(
            ("team/cap", "data/old", *WHY, "--approver", "a b"), "write one name", id="an approver with a blank"
        ),
        pytest.param(
            ("team/cap", "data/old", *WHY[:-1], "2026-02-30"), "--at names no day", id="an odd day to count from"
        ),
    ],
)
def test_what_is_refused_writes_nothing(
    words: tuple[str, ...], problem: str, repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert problem in said(capsys, "waiver", "new", *words, code=2)
    assert not (repository.path / "waivers").exists()


def test_nothing_is_overwritten(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, *BY)
    first = (repository.path / f"waivers/{NAME}.yaml").read_bytes()
    assert f"wrote waivers/{NAME}-2.yaml" in said(
        capsys, "waiver", "new", "team/cap", "data/old", *WHY, *BY, "--relax", "max=0.6"
    )
    assert "already" in said(
        capsys, "waiver", "new", "team/cap", "data/old", *WHY, "--relax", "max=0.7", "--id", NAME, code=2
    )
    (repository.path / "waivers/here.yaml").symlink_to(repository.path / "outside.yaml")
    words = ("--relax", "max=0.7", "--id", "here")
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, *words, code=2)
    assert (repository.path / f"waivers/{NAME}.yaml").read_bytes() == first
    assert not (repository.path / "outside.yaml").exists()


def test_no_folder_is_written_through_a_link(
    repository: DataRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (repository.path / "waivers").symlink_to(tmp_path / "elsewhere")
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, "--relax", "max=0.7", code=2)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_text_of_the_command_line_stays_text(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    reason = "first line of the reason\nrelax: {max: 1.0}\n- \"quoted\" 'text' # and a comment\x1b[2J \u202e"
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, "--reason", reason, "--ticket", "yes", *BY)
    files = {
        path.relative_to(repository.path).as_posix(): path.read_bytes() for path in repository.path.glob("*/*.yaml")
    }
    (one,) = read_rulebook({name: data for name, data in files.items() if not name.startswith(".")}).waivers
    assert (one.reason, one.ticket) == (reason, "yes")
    repository.git("add", "-A")
    shown = said(capsys, "waiver", "list", "--at", DAY) + said(capsys, "check", "--all", "--at", DAY)
    assert "\x1b" not in shown and "\u202e" not in shown
    assert not any(line.startswith(("relax:", "- ")) for line in shown.splitlines())


def test_on_a_terminal_it_asks_why(
    repository: DataRepository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("the vendor delivers new notes in december\n"))
    monkeypatch.setattr("sys.stderr", Terminal())
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY[2:], *BY)
    assert "the vendor delivers new notes" in (repository.path / f"waivers/{NAME}.yaml").read_text()


def test_the_limit_is_below_where_less_is_worse(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [json.loads(line) for line in (repository.path / "data/old/c.jsonl").read_text().splitlines()]
    for row in rows[:30]:
        del row["url"]
    (repository.path / "data/old/c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    repository.track("data/old")
    said(capsys, "waiver", "new", "team/url", "data/old", *WHY, *BY)
    text = (repository.path / "waivers/url-data-old-2026-12-23.yaml").read_text()
    assert 'relax: {"min": 0.9}' in text
    repository.git("add", "-A")
    found = report(capsys, "--at", DAY, code=1)
    assert [one["status"] for one in found["outcomes"] if one["rule"] == "team/url"].count("waived") == 1


def test_list_shows_every_state(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "waiver", "list") == "no waivers: nothing is let stand\n"
    for name, words in {
        "lapsed": ("--expires", "2026-11-25"),
        "soon": ("--expires", "2026-12-01"),
        "long": ("--expires", "2027-01-10"),
        "later": ("--not-before", "2026-12-20"),
        "open": ("--approver", "ana@example.org"),
    }.items():
        by = () if name == "open" else BY
        said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, "--relax", "max=0.6", "--id", name, *words, *by)
    shown = said(capsys, "waiver", "list", "--at", "2026-11-26")
    heads = [line for line in shown.splitlines() if not line.startswith(" ")]
    assert heads == [
        "lapsed: expired, until 2026-11-25 (lapsed 1 day ago)",
        "open: unapproved, until 2026-12-23 (27 days left)",
        "soon: expiring, until 2026-12-01 (5 days left)",
        "long: active, until 2027-01-10 (45 days left)",
        "later: not yet, from 2026-12-20 until 2027-01-19 (54 days left)",
        "5 waivers: 1 active, 1 expiring, 1 not yet, 1 expired, 1 unapproved",
    ]
    assert "  allows: max 0.6 for team/cap on data/old\n" in shown
    assert "problem: it needs 1 approver, and has none (ana@example.org asked for it or owns it)" in shown
    found = json.loads(said(capsys, "waiver", "list", "--at", "2026-11-26", "--format", "json"))
    assert [(one["id"], one["state"], one["days_left"]) for one in found] == [
        ("lapsed", "expired", -1),
        ("open", "unapproved", 27),
        ("soon", "expiring", 5),
        ("long", "active", 45),
        ("later", "not yet", 54),
    ]
    assert found[0]["match"] == {"dataset": "data/old"} and found[0]["relax"] == {"max": 0.6}


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on this machine")
def test_where_signatures_are_required_only_a_signed_waiver_counts(
    repository: DataRepository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    top = repository.path
    policy = top / "policies/team.yaml"
    policy.write_text(policy.read_text().replace("min_approvers: 1", "min_approvers: 1, signatures: required"))
    key = tmp_path / "bo"
    repository.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key))
    (top / "governance").mkdir()
    (top / "governance/allowed_signers").write_text(f"bo@example.org {key.with_suffix('.pub').read_text()}")
    shown = said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, *BY)
    assert "a signature is not required here" not in shown
    repository.git("add", "-A")
    repository.commit("Ask for time")
    another_change(repository)
    words = ("--base", "main", "--offline", "--at", DAY)
    unsigned = report(capsys, *words, code=1)
    assert headwater(unsigned) == ["waiver-unapproved"] and by_shard(unsigned)["a.jsonl"] == "fail"
    path = f"waivers/{NAME}.yaml"
    repository.git("checkout", "-q", "main")
    repository.run("ssh-keygen", "-q", "-Y", "sign", "-f", str(key), "-n", "headwater-waiver", path)
    repository.git("add", "-A")
    repository.commit("Approve")
    repository.git("checkout", "-q", "another")
    repository.git("merge", "-q", "main", "-m", "Take main")
    signed = report(capsys, *words)
    assert by_shard(signed)["a.jsonl"] == "waived"
    assert {tuple(one["exemption"]["verified"]) for one in signed["outcomes"] if one["exemption"]} == {
        ("bo@example.org",)
    }
    assert "approved by: bo@example.org (verified)" in said(capsys, "waiver", "list", "--at", DAY)
    # One more day, by who has no key: the signature is over another file.
    repository.git("checkout", "-q", "main")
    (top / path).write_text((top / path).read_text().replace("2026-12-23", "2026-12-24"))
    repository.git("add", "-A")
    repository.commit("Extend")
    assert headwater(report(capsys, *words, code=1)) == ["waiver-unapproved"]


def test_a_hook_validates_an_unchanged_waiver_once(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, *BY)
    repository.git("add", "-A")
    words = ("check", "--staged")
    repository.headwater(*words)
    done = repository.headwater(*words, env={"PYTHONPROFILEIMPORTTIME": "1"})
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "checker.evaluate.waiving" in imported
    assert imported & {"jsonschema", "dvc", "git", "subprocess", "checker.discover.signed_commits"} == set()


def test_there_is_no_inline_suppression(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    """Comments in data, metadata, cards, settings and policies change nothing."""
    plain = by_shard(report(capsys, code=1))
    words = [
        "# headwater: ignore",
        "# headwater:skip=team/cap:legacy",
        "# noqa",
        "# nosemgrep",
        "# headwater: waive team/cap until 2099-01-01",
        "# checkov:skip=cap",
    ]
    comments = "".join(f"{word}\n" for word in words)
    top = repository.path
    for name in ("data/old.dvc", "policies/team.yaml"):
        (top / name).write_text(comments + (top / name).read_text().rstrip("\n") + "  " + words[0] + "\n")
    (top / "headwater.yaml").write_text(comments)
    card = "---\nlicense: mit\nheadwater: {ignore: [team/cap], waive: true}\n---\n<!-- headwater: ignore -->\n# Card\n"
    (top / "data/old.md").write_text(card)
    repository.git("add", "-A")
    found = report(capsys, code=1)
    assert by_shard(found) == plain
    assert not any(one["status"] == "waived" for one in found["outcomes"])
    assert found["as_of"] == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(".headwaterignore", "data/old\n", id="a list of what to ignore"),
        pytest.param("waivers/all.txt", "team/cap data/old\n", id="a waiver in another format"),
        pytest.param("waivers.yaml", "kind: Waiver\n", id="a waiver in another place"),
        pytest.param("data/waivers/x.yaml", "kind: Waiver\n", id="a waiver beside the data"),
    ],
)
def test_other_files_waive_nothing(
    name: str, text: str, repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.path / name).parent.mkdir(exist_ok=True)
    (repository.path / name).write_text(text)
    repository.git("add", "-A", "-f")
    assert by_shard(report(capsys, code=1))["a.jsonl"] == "fail"


def test_a_waiver_behind_a_link_is_refused(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    (repository.path / "waivers").mkdir()
    (repository.path / "waivers/x.yaml").symlink_to("../policies/team.yaml")
    repository.git("add", "-A")
    assert "waivers/x.yaml is a symlink, which is not followed" in said(capsys, "check", code=2)


def test_lint_reads_waivers(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "waiver", "new", "team/cap", "data/old", *WHY, *BY)
    assert "2 files, 0 faults" in said(capsys, "policy", "lint")
    path = repository.path / f"waivers/{NAME}.yaml"
    path.write_text(path.read_text().replace("team/cap", "team/gone"))
    assert f"waivers/{NAME}.yaml:5:7: {NAME} is for team/gone" in said(capsys, "policy", "lint", code=2)


def test_an_odd_day_is_refused() -> None:
    from checker.commands.check import day_of

    assert day_of(None) is None
    assert day_of("2026-12-31") == "2026-12-31"
    for text in ("", "2026-2-3", "20261231", "2026-W01-1", "2026-13-01", "2026-12-31 ", "٢٠٢٦-12-31"):
        with pytest.raises(UsageError, match="--at names no day"):
            day_of(text)
