"""`headwater baseline` on a real repository: written once, it only shrinks, and it hides nothing new."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, empty, write_shard

from checker import cli

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.2, per: [shard]}}
  - {id: card, check: card-required, level: warn, with: {fields: [description, license]}}
  - {id: strict, check: synthetic-cap, level: block, waivable: false, with: {max: 0.9, per: [dataset]}}
  - {id: noted, check: synthetic-cap, level: audit, with: {max: 0.1, per: [dataset]}}
"""
CARD = "---\nlicense: {license}\n---\n# Dataset Card for old notes\n\n## Dataset Description\n\nNotes of long ago.\n"
WAIVER = """\
apiVersion: headwater/v1
kind: Waiver
metadata: {id: w-1}
rule: team/cap
match: {dataset: data/old, shard: "a b.jsonl"}
relax: {max: 0.95}
reason: the vendor delivers the missing half again next month
ticket: DATA-1
owner: ben
requested_by: ana
approved_by: [cleo]
expires: "EXPIRES"
"""
BASELINE = "governance/baseline.txt"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """An old repository: two shards over the cap, a card without a license."""
    repository = empty(tmp_path_factory.mktemp("old"))
    top = repository.path
    (top / "policies").mkdir()
    (top / "policies/team.yaml").write_text(POLICY)
    write_shard(top / "data/old/a b.jsonl", 5, 5)
    write_shard(top / "data/old/b.jsonl", 6, 4)
    write_shard(top / "data/old/c.jsonl", 10, 0)
    (top / "data/old.md").write_text(CARD.format(license=""))
    repository.track("data/old")
    repository.git("commit", "--quiet", "-m", "As it always was")
    return repository


@pytest.fixture
def repository(template: DataRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataRepository:
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    folder = tmp_path / "data-repository"
    shutil.copytree(template.path, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return DataRepository(folder)


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    ended = cli.main([*words])
    shown = capsys.readouterr()
    assert ended == code, shown
    return shown.out + shown.err


def create(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    return said(capsys, "baseline", "create", "--offline", *words, code=code)


def adopted(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> list[str]:
    create(capsys)
    repository.git("add", "--all")
    return entries(repository)


def entries(repository: DataRepository) -> list[str]:
    lines = (repository.path / BASELINE).read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def change(repository: DataRepository, shard: str, humans: int, machines: int) -> None:
    write_shard(repository.path / f"data/old/{shard}", humans, machines)
    repository.track("data/old")


def test_what_is_broken_today_no_longer_blocks(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    assert "refused: 2 blocking findings" in said(capsys, "check", "--all", code=1)

    told = create(capsys)

    assert "governance/baseline.txt: 3 known findings in 1 dataset\n       2  team/cap\n       1  team/card\n" in told
    assert [line.split()[:3] for line in entries(repository)] == [
        ["team/cap", "data/old", "shard=a%20b.jsonl"],
        ["team/cap", "data/old", "shard=b.jsonl"],
        ["team/card", "data/old", "field=license"],
    ]
    repository.git("add", "--all")
    shown = said(capsys, "check", "--all")
    assert "3 waived" in shown


def test_what_only_audits_is_not_written_down(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    assert not any("team/noted" in line for line in adopted(repository, capsys))


def test_the_same_state_gives_the_same_bytes(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    create(capsys)
    first = (repository.path / BASELINE).read_bytes()
    (repository.path / BASELINE).unlink()
    create(capsys)
    assert (repository.path / BASELINE).read_bytes() == first


def test_git_is_told_once_how_to_merge_it(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    attributes = repository.path / ".gitattributes"
    attributes.write_bytes(b"*.csv text")
    attributes.chmod(0o640)
    assert ".gitattributes: added governance/baseline.txt merge=union" in create(capsys)
    assert ".gitattributes" not in create(capsys)
    assert attributes.read_bytes() == b"*.csv text\ngovernance/baseline.txt merge=union\n"
    assert stat.S_IMODE(attributes.stat().st_mode) == 0o640


def test_a_new_breach_blocks_and_is_not_added(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    before = adopted(repository, capsys)
    change(repository, "new.jsonl", 1, 9)
    shown = said(capsys, "check", "--all", code=1)
    assert "refused: 1 blocking finding" in shown
    assert "shard new.jsonl" in shown

    told = create(capsys)
    assert "1 finding not in governance/baseline.txt stay: a baseline only shrinks, unless you say --grow" in told
    assert entries(repository) == before

    assert "4 known findings in 1 dataset (1 new, 0 void ones taken out)" in create(capsys, "--grow")
    assert len(entries(repository)) == 4


def test_changed_content_is_no_longer_known(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    adopted(repository, capsys)
    change(repository, "b.jsonl", 6, 5)
    shown = said(capsys, "check", "--all", code=1)
    assert "refused: 1 blocking finding" in shown
    assert "shard b.jsonl" in shown
    assert "1 entry of the baseline is void: `headwater baseline prune` takes it out" in shown
    assert "void: the content changed" in said(capsys, "baseline", "list", "--offline")


def test_what_is_mended_is_pruned(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    before = adopted(repository, capsys)
    change(repository, "b.jsonl", 9, 1)
    shown = said(capsys, "baseline", "prune", "--offline")
    assert "1 void entry taken out, 2 kept" in shown
    assert "void: nothing is broken there any more" in shown
    assert entries(repository) == [line for line in before if "b.jsonl" not in line.replace("a%20b", "")]
    repository.git("add", "--all")
    assert "void" not in said(capsys, "check", "--all")
    assert "nothing is void, 2 entries kept" in said(capsys, "baseline", "prune", "--offline")


def test_a_rule_that_went_takes_its_entries_along(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    adopted(repository, capsys)
    (repository.path / "policies/team.yaml").write_text(POLICY.replace("id: card,", "id: papers,"))
    repository.git("add", "--all")
    listed = json.loads(said(capsys, "baseline", "list", "--offline", "--format", "json"))
    assert [(row["rule"], row["scope"], row["state"], row["void"]) for row in listed] == [
        ("team/cap", {"shard": "a b.jsonl"}, "known", False),
        ("team/cap", {"shard": "b.jsonl"}, "known", False),
        ("team/card", {"field": "license"}, "no-rule", True),
    ]


def test_what_could_not_be_judged_stays(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has no data at hand does not prune what others know."""
    adopted(repository, capsys)
    shutil.rmtree(repository.path.parent / "cache", ignore_errors=True)
    shutil.rmtree(repository.path / ".dvc/cache")
    shown = said(capsys, "baseline", "prune", "--offline")
    assert "nothing is void, 3 entries kept" in shown
    assert said(capsys, "baseline", "list", "--offline").count("not judged in this run") == 2


def test_what_no_baseline_may_hold_is_told(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    (repository.path / "policies/team.yaml").write_text(POLICY.replace("max: 0.9", "max: 0.05"))
    repository.git("add", "--all")
    shown = create(capsys)
    assert "1 blocking finding to mend by hand, since no baseline may cover it:\n  team/strict: data/old:" in shown
    assert not any("team/strict" in line for line in entries(repository))
    repository.git("add", "--all")
    assert "refused: 1 blocking finding" in said(capsys, "check", "--all", code=1)


def test_what_was_not_evaluated_is_told_and_not_covered(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(repository.path / ".dvc/cache")
    shown = create(capsys)
    assert "2 blocking findings not evaluated, which no baseline covers:" in shown
    assert [line.split()[0] for line in entries(repository)] == ["team/card"]


def test_where_nothing_is_broken_nothing_is_written(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.path / "policies/team.yaml").write_text(POLICY.split("  - {id: card,", 1)[0].replace("0.2", "0.9"))
    repository.git("add", "--all")
    assert "nothing to write" in create(capsys)
    assert not (repository.path / BASELINE).exists()
    assert not (repository.path / ".gitattributes").exists()


def test_another_file_rules_nothing(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    create(capsys, "-o", "seen.txt")
    assert (repository.path / "seen.txt").read_text().count("team/cap") == 2
    assert not (repository.path / BASELINE).exists()
    assert not (repository.path / ".gitattributes").exists()


def test_a_policy_that_is_not_staged_rules_with_worktree(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository.path / "policies/team.yaml").write_text(POLICY.replace("max: 0.2", "max: 0.99"))
    create(capsys, "--worktree")
    assert [line.split()[0] for line in entries(repository)] == ["team/card"]


@pytest.mark.parametrize(
    ("link", "told"),
    [
        pytest.param(BASELINE, "governance/baseline.txt is a symlink", id="the file"),
        pytest.param("governance", "governance is a symlink", id="its folder"),
        pytest.param(".gitattributes", ".gitattributes is a symlink", id="the attributes"),
    ],
)
def test_no_symlink_is_written_through(
    repository: DataRepository, capsys: pytest.CaptureFixture[str], link: str, told: str
) -> None:
    victim = repository.path.parent / "victim"
    victim.mkdir() if link == "governance" else victim.write_text("mine")
    place = repository.path / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(victim)
    assert told in create(capsys, code=2)
    assert list(victim.iterdir()) == [] if victim.is_dir() else victim.read_text() == "mine"


def test_a_broken_baseline_stops_every_command(repository: DataRepository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.path.joinpath("governance").mkdir()
    (repository.path / BASELINE).write_text("# ours\nteam/cap data old - md5:1\n")
    repository.git("add", "--all")
    for words in (["check"], ["baseline", "create"], ["baseline", "prune"]):
        assert "governance/baseline.txt:2:1: 5 words where RULE DATASET SCOPE DIGEST" in said(capsys, *words, code=2)


def test_a_hook_without_a_baseline_imports_nothing_of_it(repository: DataRepository) -> None:
    asked = {"PYTHONPROFILEIMPORTTIME": "1"}
    change(repository, "b.jsonl", 9, 1)
    without = repository.headwater("check", "--staged", env=asked).stderr
    assert "checker.evaluate" in without
    assert "checker.policy.baseline" not in without
    assert "checker.evaluate.baselined" not in without
    assert "checker.adopt" not in without
    repository.path.joinpath("governance").mkdir()
    (repository.path / BASELINE).write_text(f"team/gone data/old - md5:{'0' * 32}\n")
    repository.git("add", "--all")
    assert "checker.policy.baseline" in repository.headwater("check", "--staged", env=asked).stderr


def test_what_a_waiver_covers_is_not_written_down(
    repository: DataRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else it would stay covered when the waiver lapses."""
    (repository.path / "waivers").mkdir()
    (repository.path / "waivers/w.yaml").write_text(WAIVER.replace("EXPIRES", f"{date.today() + timedelta(days=30)}"))
    repository.git("add", "--all")
    create(capsys)
    assert [line.split()[2] for line in entries(repository) if "team/cap" in line] == ["shard=b.jsonl"]


def test_outside_of_a_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bare").mkdir()
    assert "headwater: " in create(capsys, "-C", str(tmp_path / "bare"), code=2)
