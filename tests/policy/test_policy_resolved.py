"""The resolved policy: YAML that loads to the same rules, and says where each line comes from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import safeyaml
from checker.model.location import Location
from checker.model.policy import Policy, RuleUse
from checker.policy.load import collect
from checker.policy.packs import list_packs
from checker.policy.resolved import resolved_text, value_text

CORE = """\
select: {datasets: ["data/train/**"]}
waivers: {max_days: 30}
rules:
  - id: cap
    check: synthetic-cap
    level: warn
    with: {max: 0.30, per: [dataset]}
    ratchet: {against: release, max_worse: 0.05, when_missing: block}
    rationale: {why: "it says \\"no\\": twice", review_by: 2027-04-01}
  - {id: card, check: card-required, level: "off", with: {fields: [license]}}
"""
TEAM = """\
extends: [{pack: core}, {pack: high-stakes@1}]
select: {labels: ["a b", "no"], require_match: true}
waivers: {min_approvers: 2, approver_groups: [data]}
rules:
  - id: cap
    check: synthetic-cap
    level: block
    stages: [commit, push, pr, release]
    with: {max: 0.1}
  - {id: own, check: duplication, level: audit, when_missing: skip, with: {max_across: 1e-5}, fix: "Ä: #\\u2028"}
"""


def file(policy_id: str, body: str) -> bytes:
    return f'apiVersion: headwater/v1\nkind: Policy\nmetadata: {{id: {policy_id}, version: "1.10"}}\n{body}'.encode()


def load(**bodies: str) -> dict[str, Policy]:
    loaded = collect({f"policies/{name}.yaml": file(name, body) for name, body in bodies.items()})
    assert [str(fault) for fault in loaded.faults] == []
    return {policy.id: policy for policy in loaded.policies}


def again(policy: Policy) -> Policy:
    loaded = collect({"again.yaml": resolved_text(policy).encode()})
    assert [str(fault) for fault in loaded.faults] == [], resolved_text(policy)
    (found,) = loaded.policies
    return found


def without_places(rule: RuleUse) -> RuleUse:
    """A rule without where it was written and by whom; values as YAML has them."""
    where = {axis: tuple(values) for axis, values in rule.select.where.items()}
    select = rule.select._replace(where=where, narrowed_by_pack=tuple(sorted(rule.select.narrowed_by_pack)))
    return rule._replace(location=Location(""), origin="", stated={}, select=select)


def same(one: Policy, other: Policy) -> None:
    assert (one.id, one.version, one.title, one.owners, one.refs) == (
        *(other.id, other.version, other.title),
        *(other.owners, other.refs),
    )
    assert one.waivers == other.waivers
    assert list(map(without_places, one.rules)) == list(map(without_places, other.rules))


@pytest.mark.parametrize("name", ["core", "team"])
def test_what_is_printed_loads_to_the_same_rules(name: str) -> None:
    policy = load(core=CORE, team=TEAM)[name]

    same(again(policy), policy)
    same(again(again(policy)), policy)


@pytest.mark.parametrize("pack", [name for name, _ in list_packs()])
def test_each_shipped_pack_resolved_loads_to_the_same_rules(pack: str) -> None:
    policy = load(team=f"extends: [{{pack: {pack}}}]\nselect: {{roles: [train], require_match: true}}\n")["team"]

    same(again(policy), policy)


def origins(text: str) -> dict[str, str]:
    """What each line says -> where it comes from."""
    return {line.partition("  # ")[0].strip(): line.partition("  # ")[2] for line in text.splitlines()}


def test_every_line_says_where_it_comes_from() -> None:
    head, cap, *_, own = resolved_text(load(core=CORE, team=TEAM)["team"]).split("  - ")

    assert origins(head) == {
        "apiVersion: headwater/v1": "",
        "kind: Policy": "",
        "metadata:": "",
        "id: team": "policies/team.yaml:3",
        'version: "1.10"': "policies/team.yaml:3",
        "waivers:": "",
        "max_days: 30": "policies/core.yaml:5",
        "min_approvers: 2": "policies/team.yaml:6",
        "approver_groups: [data]": "policies/team.yaml:6",
        "signatures: optional": "default",
        "rules:": "",
    }
    said = origins(cap)
    assert said["id: cap"] == "policies/team.yaml:8, of core"
    assert said["check: synthetic-cap"] == "policies/team.yaml:9"
    assert said["level: block"] == "policies/team.yaml:10"
    assert said["waivable: true"] == "default"
    assert said["max: 0.1"] == "policies/team.yaml:12"
    assert said["per: [dataset]"] == "policies/core.yaml:10"
    assert said["unit: records"] == "default of synthetic-cap"
    assert said['datasets: ["data/train/**"]'] == "policies/core.yaml:4"
    assert said['labels: ["a b", "no"]'] == "policies/team.yaml:5"
    assert said["against: release"] == "policies/core.yaml:11"
    assert said["rationale:"] == "policies/core.yaml:12"
    assert origins(own)["max_across: 1e-05"] == "policies/team.yaml:13"


def test_a_path_that_would_end_the_comment_does_not() -> None:
    loaded = collect({"policies/a\nrules: []\x1b[2J.yaml": file("core", CORE)})
    text = resolved_text(loaded.policies[0])

    assert "\x1b" not in text
    assert "policies/a\\u000arules: []\\u001b[2J.yaml:3" in text
    same(again(loaded.policies[0]), loaded.policies[0])


@given(
    st.recursive(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.integers() | st.booleans(),
        lambda inner: st.lists(inner, max_size=3),
        max_leaves=6,
    )
)
@settings(max_examples=200, deadline=None)
def test_a_value_is_read_as_what_it_was(value: object) -> None:
    text = f"a: {value_text(value)}  # a comment\n"

    assert text.isprintable() or text.rstrip("\n").isprintable()
    assert safeyaml.load(text.encode(), "x").data == {"a": value}


def test_a_resolved_policy_cannot_smuggle_its_key_into_another(
    policy: Callable[[str], bytes], write_pack: Callable[[str, str], Path]
) -> None:
    folder = write_pack(
        "house", "rules: [{id: a, check: card-required, level: block, select: {require_match: true}}]\n"
    )
    body = (
        "extends: [{pack: house@1}]\n"
        "rules: [{id: a, check: card-required, select: {narrowed_by_pack: [datasets], datasets: [x]}}]\n"
    )
    (fault,) = collect({"p.yaml": policy(body)}, packs=folder).faults

    assert str(fault).startswith("p.yaml:5:66: the rule a comes from house@1, so it cannot say narrowed_by_pack")
