"""Pull requests that bend a policy: each is refused, and told in words what it would loosen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from redteam.pull_request import CLINICAL, PACK, TEAM, PullRequest, blocking, rows, told

LOOSENED = "policy/loosened"
INVALID = "headwater/policy-invalid"
POLICY, CLINIC, CRAWL, SETTINGS = (
    "policies/team.yaml",
    "policies/clinical.yaml",
    "policies/crawl.yaml",
    "headwater.yaml",
)
Trick = Callable[[PullRequest], None]


def edited(path: str, old: str, new: str) -> Trick:
    """One text of a file replaced by another."""
    return lambda change: change.edit(path, old, new)


def added(path: str, text: str) -> Trick:
    """Text at the end of a file, which may be new."""
    return lambda change: change.write(path, (change.read(path) if (change.path / path).exists() else "") + text)


def removed(*paths: str) -> Trick:
    """Files taken away."""
    return lambda change: change.remove(*paths)


def default_policies(change: PullRequest) -> None:
    """Everything that rules goes, so that the shipped pack would apply."""
    change.remove("policies", "waivers", "headwater.yaml", "governance")


def another_folder(change: PullRequest) -> None:
    """The settings name a folder with one harmless policy."""
    change.write(SETTINGS, f"policies: [rules/*.yaml]\n{change.read(SETTINGS)}")
    change.write("rules/soft.yaml", CLINICAL.replace("clinical", "soft").replace("max: 0.1", "max: 0.9"))
    change.remove("waivers")


def pack_and_pin(change: PullRequest) -> None:
    """The included pack is loosened, and its pin follows."""
    old, new = PACK, PACK.replace("0.9", "0.1")
    change.write("packs/org.yaml", new)
    pins = [hashlib.sha256(text.encode()).hexdigest() for text in (old, new)]
    change.edit(CRAWL, *pins)


def split_in_two(change: PullRequest) -> None:
    """The policy goes on under another name, without one of its rules."""
    change.remove(POLICY, "waivers")
    text = TEAM.replace("id: team", "id: squad")
    change.write("policies/squad.yaml", text[: text.index("  - {id: flags")])


def renamed_and_looser(change: PullRequest) -> None:
    change.edit(POLICY, "  - id: cap", "  - id: share")
    change.edit(POLICY, "max: 0.2", "max: 0.5")
    change.remove("waivers")


RULES = [
    pytest.param(edited(POLICY, "max: 0.2", "max: 0.35"), "team/cap: max from 0.2 to 0.35", id="limit"),
    pytest.param(
        edited(POLICY, "check: synthetic-cap\n    level: block", "check: synthetic-cap\n    level: warn"),
        "team/cap: level from block to warn",
        id="level",
    ),
    pytest.param(
        edited(POLICY, "check: synthetic-cap\n    level: block", 'check: synthetic-cap\n    level: "off"'),
        "team/cap: level from block to off",
        id="switched off",
    ),
    pytest.param(
        edited(POLICY, "    waivable: true", "    stages: [release]"),
        "team/cap: not judged at commit, push, pr any more",
        id="stages",
    ),
    pytest.param(
        edited(POLICY, "when_missing: block", "when_missing: skip"),
        "team/cap: when_missing from block to skip",
        id="when missing",
    ),
    pytest.param(
        edited(POLICY, "level: block, waivable: false", "level: block"),
        "team/flags: waivable from false to true",
        id="waivable",
    ),
    pytest.param(edited(POLICY, "max_worse: 0.1", "max_worse: 0.9"), "team/cap: ratchet from", id="ratchet made wider"),
    pytest.param(
        edited(POLICY, "    ratchet: {against: base, max_worse: 0.1, when_missing: warn}\n", ""),
        "team/cap: the ratchet",
        id="ratchet taken away",
    ),
    pytest.param(
        edited(POLICY, "against: base", "against: proposal"),
        "team/cap: ratchet from",
        id="ratchet against the change itself",
    ),
    pytest.param(edited(POLICY, "per: [shard, dataset]", "per: [dataset]"), "team/cap: per from", id="parts left out"),
    pytest.param(
        edited(POLICY, "max: 0.2,", "max: 0.2, unit: weight,"), "team/cap: unit from records to weight", id="unit"
    ),
    pytest.param(
        edited(POLICY, "max: 0.2,", "max: 0.2, kinds: [paraphrased],"), "team/cap: kinds from", id="kinds that count"
    ),
    pytest.param(
        edited(
            POLICY,
            "  - {id: flags, check: origin-flags, level: block, waivable: false, with: {min_coverage: 0.9}}\n",
            "",
        ),
        "the rule team/flags is gone",
        id="rule deleted",
    ),
    pytest.param(renamed_and_looser, "the rule team/cap is gone", id="rule renamed and loosened"),
    pytest.param(
        edited(POLICY, "extends: [{pack: baseline@1}]\n", ""), "the rule team/card-truthful is gone", id="pack left out"
    ),
    pytest.param(
        edited(POLICY, "pack: baseline@1", "pack: model-collapse@1"),
        "the rule team/card-truthful is gone",
        id="another pack",
    ),
    pytest.param(
        edited(POLICY, 'datasets: ["data/**"]', 'datasets: ["data/gold"]'),
        "team/cap: select.datasets [data/**] to [data/gold]",
        id="select narrowed",
    ),
    pytest.param(
        edited(POLICY, 'datasets: ["data/**"]', 'datasets: ["date/**"]'),
        "which is neither wider nor narrower",
        id="select with a typo",
    ),
    pytest.param(
        edited(POLICY, "require_match: true", "require_match: false"),
        "select.require_match from true to false",
        id="no match demanded",
    ),
    pytest.param(
        edited(CLINIC, "domain: [health]", "domain: [healthcare]"),
        "clinical/no-machine: select.where from domain health to domain healthcare",
        id="where for other records",
    ),
    pytest.param(
        edited(CLINIC, "domain: [health]", "domain: [health, sport]"),
        "so other records count",
        id="where for more records, which thins a share",
    ),
    pytest.param(
        edited(CLINIC, "roles: [train]", "roles: [eval]"), "clinical/no-machine: select.roles", id="another role"
    ),
    pytest.param(edited(CRAWL, "labels: [web]", "labels: [www]"), "crawl/cap: select.labels", id="another label"),
    pytest.param(edited(POLICY, "max_days: 60", "max_days: 600"), "waivers.max_days from 60 to 600", id="waiver days"),
    pytest.param(
        edited(POLICY, "min_approvers: 1", "min_approvers: 0"), "waivers.min_approvers from 1 to 0", id="no approvers"
    ),
    pytest.param(
        edited(POLICY, ", approver_groups: [governance]", ""), "waivers.approver_groups", id="anybody may approve"
    ),
    pytest.param(pack_and_pin, "crawl/flags: min_coverage from 0.9 to 0.1", id="included pack loosened, pin and all"),
    pytest.param(
        edited(CRAWL, "extends: [{pack: org@1}]\n", ""), "the rule crawl/flags is gone", id="included pack not extended"
    ),
    pytest.param(removed(CLINIC), "the rule clinical/no-machine is gone", id="policy deleted"),
    pytest.param(removed("policies", "waivers"), "the rule team/cap is gone", id="all policies deleted"),
    pytest.param(default_policies, "the rule team/flags is gone", id="all that rules deleted"),
    pytest.param(split_in_two, "the rule team/flags is gone", id="policy renamed, with a rule lost"),
    pytest.param(another_folder, "policies are read from [rules/*.yaml]", id="settings name another folder"),
]
SETTING = [
    pytest.param(
        edited(SETTINGS, "{bot: machine}", "{bot: human}"),
        "the origin bot counts as human, was machine",
        id="machine counts as human",
    ),
    pytest.param(
        edited(SETTINGS, "    values: {origin: {bot: machine}}\n", ""),
        "the origin bot counts as what it says, was machine",
        id="machine counts as nothing",
    ),
    pytest.param(
        edited(SETTINGS, "{bot: machine}", "{bot: machine, unknown: human}"),
        "the origin unknown counts as human",
        id="unknown counts as human",
    ),
    pytest.param(
        edited(SETTINGS, "{bot: machine}", "{bot: machine, machine: human}"),
        "the origin machine counts as human",
        id="the very word counts as human",
    ),
    pytest.param(
        edited(SETTINGS, "    domain: sport\n", '    domain: sport\n    fields: {origin: "meta.claimed"}\n'),
        "the field origin is read from meta.claimed",
        id="origin read from a column that lies",
    ),
    pytest.param(
        edited(SETTINGS, "    domain: sport\n", '    domain: sport\n    fields: {origin: ""}\n'),
        "the field origin is read from nowhere",
        id="origin not read",
    ),
    pytest.param(
        edited(SETTINGS, "    domain: sport\n", '    domain: sport\n    origins: [{path: "**", origin: human}]\n'),
        "so records may count as made by others",
        id="all shards called human",
    ),
    pytest.param(
        edited(SETTINGS, "    domain: sport\n", "    domain: sport\n    format: lines\n"),
        "format from nothing to lines",
        id="a format in which no record has an origin",
    ),
    pytest.param(
        edited(SETTINGS, "    domain: sport\n", "    domain: sport\n    card: data/other.md\n"),
        "card from nothing to data/other.md",
        id="another card",
    ),
    pytest.param(edited(SETTINGS, "    domain: sport\n", ""), "domain from sport to nothing", id="domain left out"),
    pytest.param(
        edited(SETTINGS, "    role: train\n", "    role: raw\n"),
        "judged by clinical/no-machine no longer, the role is raw, was train",
        id="training data called raw",
    ),
    pytest.param(
        edited(SETTINGS, "role: gold}", "role: train}"), "the role is train, was gold", id="gold called training data"
    ),
    pytest.param(
        edited(SETTINGS, "datasets:\n", "datasets:\n  - {path: data/old, role: eval}\n"),
        "judged by clinical/no-machine no longer",
        id="an entry put before the one that counts",
    ),
    pytest.param(removed(SETTINGS), "evidence.signed from required to optional", id="settings deleted"),
    pytest.param(
        edited(SETTINGS, "signed: required", "signed: optional"),
        "evidence.signed from required to optional",
        id="unsigned evidence",
    ),
    pytest.param(
        edited(SETTINGS, "signed: required", "signed: required, stores: [s3://attacker/evidence]"),
        "evidence is believed from s3://attacker/evidence too",
        id="evidence from a store of one's own",
    ),
    pytest.param(
        edited(SETTINGS, "budget: 5", "budget: 0"), "the budget of a commit from 5 to 0 seconds", id="no budget"
    ),
    pytest.param(added(SETTINGS, "loosening: warn\n"), "loosening from block to warn", id="loosening only warned of"),
    pytest.param(added(SETTINGS, "plugins: [evil-checks]\n"), "plugins from [] to [evil-checks]", id="a plug-in named"),
]
RELIEF = [
    pytest.param(
        edited("waivers/old.yaml", "dataset: data/old", 'dataset: "**"'),
        "the waiver wv-old: match.dataset from data/old to **",
        id="waiver widened",
    ),
    pytest.param(
        edited("waivers/old.yaml", "max: 0.4", "max: 0.9"),
        "the waiver wv-old: relax.max from 0.4 to 0.9",
        id="waiver relaxed",
    ),
    pytest.param(
        edited("waivers/old.yaml", "2026-12-20", "2026-12-30"),
        "the waiver wv-old: expires from 2026-12-20 to 2026-12-30",
        id="waiver extended",
    ),
    pytest.param(
        edited("waivers/old.yaml", "rule: team/cap", "rule: clinical/no-machine"),
        "the waiver wv-old: for another rule",
        id="waiver for another rule",
    ),
    pytest.param(
        edited("waivers/old.yaml", "2026-11-01", "2026-10-25"),
        "the waiver wv-old: not_before from 2026-11-01 to 2026-10-25",
        id="waiver that begins sooner",
    ),
    pytest.param(
        added("governance/baseline.txt", "team/cap data/train - md5:d8acabbe38a3afb2b8ab15bdcb1ea1b8\n"),
        "the baseline has grown by 1: team/cap for data/train",
        id="baseline grown",
    ),
    pytest.param(
        edited("governance/groups.yaml", "[gita]", "[gita, mallory]"),
        "the group governance gains mallory",
        id="approver added",
    ),
    pytest.param(
        added(
            "governance/allowed_signers",
            "gita ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHTbWBzkRMbXbqTzgv1BcSYdcVZNVY0lO8MyNzFYhKb4\n",
        ),
        "a key is added or changed: signatures with it count as those of gita",
        id="key of an approver added",
    ),
    pytest.param(
        edited("governance/vendors.yaml", "2026-12-31", "2036-12-31"),
        "governance/vendors.yaml changed: 1 line added, 1 line removed",
        id="contract extended",
    ),
    pytest.param(
        edited("governance/incidents.yaml", "- {dataset: data/x}\n", ""),
        "governance/incidents.yaml changed: 1 line removed",
        id="incident deleted",
    ),
]


@pytest.mark.parametrize(("trick", "words"), [*RULES, *SETTING, *RELIEF])
def test_what_loosens_is_refused_in_words(pull_request: PullRequest, trick: Trick, words: str) -> None:
    trick(pull_request)
    report = pull_request.judge()
    assert report.verdict != "pass"
    found = [outcome for outcome in blocking(report) if outcome.rule == LOOSENED]
    assert words in told(found), told(blocking(report))


@pytest.mark.parametrize(("trick", "words"), [*RULES, *SETTING, *RELIEF][::9])
def test_with_bad_data_the_rules_of_main_still_bite(pull_request: PullRequest, trick: Trick, words: str) -> None:
    trick(pull_request)
    pull_request.track("data/train", {"a.jsonl": rows(50, 50)})
    broken = [outcome for outcome in blocking(pull_request.judge()) if outcome.rule.startswith("team/")]
    assert "data/train" in {outcome.dataset for outcome in broken}, words
