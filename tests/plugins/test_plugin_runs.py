"""Plug-ins in real runs: who may switch one on, workers, kept summaries, and what a run without any pays."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from e2e.data_repository import DataRepository
from plugins.conftest import SHARD, Page, write
from plugins.wheels import build_wheel, unpack


def committed(repository: DataRepository, message: str) -> None:
    repository.git("add", "--all", ".")
    repository.git("commit", "--quiet", "--no-verify", "-m", message)


def test_a_pull_request_switches_nothing_on(repository: DataRepository, site: Path) -> None:
    settings = (repository.path / "headwater.yaml").read_text("utf-8")
    policy = (repository.path / "policies/team.yaml").read_text("utf-8")
    plain = policy.replace("check: few-shards, level: block, with: {max: 3}", "check: lineage-complete, level: warn")
    write(repository, "headwater.yaml", settings.replace("plugins: [acme-headwater]\n", ""))
    write(
        repository, "policies/team.yaml", "\n".join(line for line in plain.splitlines() if "enough" not in line) + "\n"
    )
    committed(repository, "Start without plug-ins")
    repository.git("switch", "--quiet", "--create", "change")
    write(repository, "headwater.yaml", settings)
    committed(repository, "Name a plug-in")
    done = repository.headwater(
        "check",
        "--base",
        "main",
        "--policy-ref",
        "main",
        "--offline",
        "--format",
        "json",
        env={"PYTHONPATH": str(site)},
    )
    report = json.loads(done.stdout)
    assert report["plugins"] == []
    [alarm] = [outcome for outcome in report["outcomes"] if outcome["rule"] == "policy/loosened"]
    assert "acme-headwater" in alarm["message"]
    assert alarm["blocking"]


def test_the_trusted_settings_switch_it_on(repository: DataRepository, site: Path) -> None:
    committed(repository, "Start with a plug-in")
    repository.git("switch", "--quiet", "--create", "change")
    settings = (repository.path / "headwater.yaml").read_text("utf-8")
    write(repository, "headwater.yaml", settings.replace("plugins: [acme-headwater]\n", ""))
    committed(repository, "Name no plug-in")
    done = repository.headwater(
        "check",
        "--base",
        "main",
        "--policy-ref",
        "main",
        "--offline",
        "--format",
        "json",
        env={"PYTHONPATH": str(site)},
    )
    report = json.loads(done.stdout)
    assert [plugin["name"] for plugin in report["plugins"]] == ["acme-headwater"]
    assert "few-shards" in {outcome["check"] for outcome in report["outcomes"]}


def test_a_plug_in_in_the_judged_tree_ends_with_2(page: Page, repository: DataRepository, tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path, "acme-headwater", "1.0.0", page.package, page.points)
    inside = unpack(wheel, repository.path / "lib")
    done = repository.headwater("check", env={"PYTHONPATH": str(inside)})
    assert done.returncode == 2
    assert "inside the repository that is judged" in done.stderr


def test_without_it_the_policy_is_refused_and_not_skipped(repository: DataRepository) -> None:
    done = repository.headwater("check")
    assert done.returncode == 2
    assert "the plug-in acme-headwater, which headwater.yaml names, is not installed" in done.stderr


def test_workers_read_its_shards_too(repository: DataRepository, site: Path) -> None:
    for number in range(3):
        write(repository, f"data/notes/{number}.pipes", SHARD * (number + 2))
    policy = (repository.path / "policies/team.yaml").read_text("utf-8")
    counted = "  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.5}}\n"
    write(repository, "policies/team.yaml", policy.replace("max: 3", "max: 9") + counted)
    repository.track("data/notes")
    committed(repository, "More shards")
    arguments = ("check", "--rev", "HEAD", "--all", "--format", "json")
    done = [
        repository.headwater(
            *arguments, "--jobs", jobs, env={"PYTHONPATH": str(site), "HEADWATER_CACHE_DIR": str(cache)}
        )
        for jobs, cache in (("1", repository.path.parent / "one"), ("3", repository.path.parent / "three"))
    ]
    reports = [json.loads(each.stdout) for each in done]
    assert reports[0] == reports[1]
    [dataset] = reports[0]["datasets"]
    assert dataset["composition"]["records"] == 20


def test_a_new_version_measures_anew_and_an_old_one_does_not(
    page: Page, repository: DataRepository, site: Path, tmp_path: Path
) -> None:
    def mean(folder: Path) -> float:
        done = repository.headwater("check", "--format", "json", env={"PYTHONPATH": str(folder)})
        outcomes = {outcome["rule"]: outcome for outcome in json.loads(done.stdout)["outcomes"]}
        measured: float = outcomes["team/enough-words"]["measured"]
        return measured

    assert mean(site) == 5.0
    kept = list((tmp_path / "cache").rglob("metric/*.json"))
    assert len(kept) == 1
    assert mean(site) == 5.0
    altered = {**page.package, "acme_headwater/words.py": page.files["acme_headwater/words.py"].replace("+ 1,", "+ 2,")}
    newer = unpack(build_wheel(tmp_path, "acme-headwater", "1.0.1", altered, page.points), tmp_path / "newer")
    assert mean(newer) == 2.5
    assert len(list((tmp_path / "cache").rglob("metric/*.json"))) == 2


def test_a_metric_that_fails_leaves_its_rule_open(page: Page, repository: DataRepository, tmp_path: Path) -> None:
    broken = {
        **page.package,
        "acme_headwater/words.py": page.files["acme_headwater/words.py"].replace("len(text.split())", "1 / 0"),
    }
    site = unpack(build_wheel(tmp_path, "acme-headwater", "1.0.2", broken, page.points), tmp_path / "broken")
    done = repository.headwater("check", "--format", "json", env={"PYTHONPATH": str(site)})
    outcomes = {outcome["rule"]: outcome for outcome in json.loads(done.stdout)["outcomes"]}
    assert outcomes["team/enough-words"]["status"] == "not-evaluated"
    assert "the metric words of a plug-in failed (ZeroDivisionError" in outcomes["team/enough-words"]["message"]
    assert outcomes["team/few-shards"]["status"] == "pass"


def test_a_card_that_the_plug_in_cannot_read_is_a_broken_card(repository: DataRepository, site: Path) -> None:
    write(repository, "cards/notes.ini", "no section = here\n")
    repository.git("add", "--all", ".")
    done = repository.headwater("check", env={"PYTHONPATH": str(site)})
    assert done.returncode == 1
    assert "the plug-in cannot read the card (MissingSectionHeaderError" in done.stdout


def test_a_run_without_plug_ins_does_not_look_for_any(repository: DataRepository) -> None:
    write(repository, "headwater.yaml", "datasets: []\n")
    write(
        repository,
        "policies/team.yaml",
        'apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: team, version: "1.0.0"}\n'
        "rules:\n  - {id: trail, check: lineage-complete, level: warn}\n",
    )
    repository.git("add", "--all", ".")
    script = (
        "import sys\nfrom checker.cli import main\nmain(['check'])\n"
        "found = [name for name in sys.modules if name.startswith(('importlib', 'checker.plug'))]\n"
        "sys.stderr.write(' '.join(found))\n"
    )
    repository.run(sys.executable, "-c", script, check=False)  # remembers the accepted policy
    done = repository.run(sys.executable, "-c", script, check=False)
    loaded = done.stderr.rpartition("\n")[2].split()
    assert "importlib" in loaded
    assert "importlib.metadata" not in loaded
    assert not [name for name in loaded if name.startswith("checker.plug")]


def test_the_commands_about_policies_know_its_checks(repository: DataRepository, site: Path) -> None:
    env = {"PYTHONPATH": str(site)}
    linted = repository.headwater("policy", "lint", env=env)
    assert (linted.returncode, linted.stdout) == (0, "2 files, 0 faults\n"), linted.stderr
    assert repository.headwater("policy", "lint", "policies/team.yaml", env=env).returncode == 0
    assert "few-shards" in repository.headwater("policy", "list", env=env).stdout
    explained = repository.headwater("policy", "explain", "few-shards", env=env).stdout
    assert "The most shards." in explained
    assert "stricter: lower" in explained


def test_a_typo_below_its_check_is_found(repository: DataRepository, site: Path) -> None:
    policy = (repository.path / "policies/team.yaml").read_text("utf-8")
    write(repository, "policies/team.yaml", policy.replace("with: {max: 3}", "with: {maxx: 3}"))
    linted = repository.headwater("policy", "lint", env={"PYTHONPATH": str(site)})
    assert linted.returncode == 2
    assert "unknown key maxx" in linted.stdout
    assert "did you mean max?" in linted.stdout


def test_a_check_that_fails_leaves_its_rule_open(page: Page, repository: DataRepository, tmp_path: Path) -> None:
    code = page.files["acme_headwater/checks.py"].replace("holds = 1 <=", "holds = 1 // 0 <=")
    files = {**page.package, "acme_headwater/checks.py": code}
    site = unpack(build_wheel(tmp_path, "acme-headwater", "1.0.3", files, page.points), tmp_path / "broken")
    done = repository.headwater("check", "--format", "json", env={"PYTHONPATH": str(site)})
    outcomes = {outcome["rule"]: outcome for outcome in json.loads(done.stdout)["outcomes"]}
    assert outcomes["team/few-shards"]["status"] == "not-evaluated"
    said = "the check few-shards of the plug-in acme-headwater failed (ZeroDivisionError"
    assert said in outcomes["team/few-shards"]["message"]
    assert outcomes["team/enough-words"]["status"] == "pass"


@pytest.mark.parametrize("words", [pytest.param((), id="in the hook"), pytest.param(("--all",), id="asked for all")])
def test_a_check_that_ends_the_program_does_not_end_it_well(
    page: Page, repository: DataRepository, tmp_path: Path, words: tuple[str, ...]
) -> None:
    code = page.files["acme_headwater/checks.py"].replace("holds = 1 <=", "raise SystemExit(0)\n    holds = 1 <=")
    files = {**page.package, "acme_headwater/checks.py": code}
    site = unpack(build_wheel(tmp_path, "acme-headwater", "1.0.4", files, page.points), tmp_path / "ending")
    done = repository.headwater("check", *words, env={"PYTHONPATH": str(site), "TMPDIR": str(tmp_path)})
    assert done.returncode == 4, done.stdout + done.stderr
    [log] = tmp_path.glob("headwater-*.log")
    assert "something ended the program with 0" in log.read_text("utf-8")


def test_a_renderer_that_fails_is_not_called_unknown(page: Page, repository: DataRepository, tmp_path: Path) -> None:
    [path] = [path for path in page.package if "def render" in page.files[path]]
    code = re.sub(r"(def render\(.*?:\n)", r"\1    raise KeyError('of its own')\n", page.files[path])
    site = unpack(
        build_wheel(tmp_path, "acme-headwater", "1.0.5", {**page.package, path: code}, page.points), tmp_path / "keys"
    )
    env = {"PYTHONPATH": str(site), "TMPDIR": str(tmp_path)}
    [name] = page.points["headwater.renderers"]
    done = repository.headwater("check", "--format", f"acme-headwater:{name}", env=env)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "there is no format" not in done.stderr


def test_its_rules_can_be_tested(repository: DataRepository, site: Path) -> None:
    write(
        repository,
        "policies/tests/team.yaml",
        "apiVersion: headwater/v1\nkind: PolicyTest\nmetadata: {id: team-tests}\npolicy: team\ncases:\n"
        "  - {name: enough, given: {shards: {a.pipes: [{origin: human, records: 1}]}, extras: {words: 3}},"
        " expect: {enough-words: pass, few-shards: pass}}\n"
        "  - {name: too few, given: {extras: {words: 2.9}}, expect: {enough-words: fail}}\n"
        "  - {name: not measured, given: {extras: {words: {gap: offline}}}, expect: {enough-words: not-evaluated}}\n",
    )
    done = repository.headwater("policy", "test", env={"PYTHONPATH": str(site)})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3" in done.stdout
