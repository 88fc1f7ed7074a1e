"""Policies that extend other policies of the same repository."""

from __future__ import annotations

from typing import Any

import pytest

from checker.model.location import Location
from checker.model.policy import Level, Policy
from checker.policy.inherit import MOST_LEVELS
from checker.policy.load import MOST_RULES, Loaded, collect

CORE = """\
select: {datasets: ["data/train/**"]}
waivers: {max_days: 30, min_approvers: 2, approver_groups: [data, safety], signatures: required}
rules:
  - id: cap
    check: synthetic-cap
    level: warn
    with: {max: 0.30, per: [dataset]}
    ratchet: {against: release, max_worse: 0.05}
"""


def file(policy_id: str, body: str) -> bytes:
    return f"apiVersion: headwater/v1\nkind: Policy\nmetadata: {{id: {policy_id}}}\n{body}".encode()


def load(**bodies: str) -> Loaded:
    return collect({f"policies/{name}.yaml": file(name, body) for name, body in bodies.items()})


def faults(loaded: Loaded) -> list[str]:
    return [str(fault) for fault in loaded.faults]


def by_id(loaded: Loaded) -> dict[str, Policy]:
    assert faults(loaded) == []
    return {policy.id: policy for policy in loaded.policies}


def test_the_rules_of_the_other_apply_with_its_selection_and_it_judges_by_itself_too() -> None:
    team = "extends: [{pack: core}]\nselect: {labels: [text]}\nrules: [{id: cap, check: synthetic-cap, level: block}]\n"
    found = by_id(load(core=CORE, team=team))

    (core,), (own,) = found["core"].rules, found["team"].rules
    assert (core.id, core.level, core.select.labels, core.origin) == ("core/cap", Level.WARN, (), "")
    assert (own.id, own.level, own.origin) == ("team/cap", Level.BLOCK, "core")
    assert own.select.datasets == ("data/train/**",)
    assert own.select.labels == ("text",)
    assert own.ratchet == core.ratchet
    assert found["team"].packs == ("core",)
    assert found["team"].waivers == found["core"].waivers


def test_the_order_of_the_files_does_not_matter() -> None:
    first = by_id(load(core=CORE, team="extends: [{pack: core}]\n"))
    last = by_id(load(core=CORE, a="extends: [{pack: core}]\n"))

    assert [rule.params for rule in first["team"].rules] == [rule.params for rule in last["a"].rules]


def test_the_digest_of_a_policy_covers_the_one_that_it_extends() -> None:
    before = by_id(load(core=CORE, team="extends: [{pack: core}]\n"))["team"].digest
    after = by_id(load(core=CORE.replace("0.30", "0.29"), team="extends: [{pack: core}]\n"))["team"].digest

    assert before != after


def test_a_policy_here_may_have_the_id_of_a_shipped_pack() -> None:
    found = by_id(load(baseline=CORE, team="extends:\n  - pack: baseline\n  - pack: baseline@1\n"))

    assert found["team"].rules[0].id == "team/cap"
    assert len(found["team"].rules) > 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, level: audit}]\n",
            "policies/team.yaml:5:48: the rule cap would loosen level from warn in core to audit",
            id="level",
        ),
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, with: {max: 0.31}}]\n",
            "policies/team.yaml:5:53: the rule cap would loosen max from 0.3 in core to 0.31; it may only get lower",
            id="limit",
        ),
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, with: {per: [shard]}}]\n",
            "policies/team.yaml:5:53: the rule cap would loosen per from [dataset] in core to [shard]",
            id="scope of the limit",
        ),
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, select: {datasets: [x]}}]\n",
            "policies/team.yaml:5:60: the datasets of the rule cap (core) are selected by datasets already",
            id="selection",
        ),
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, stages: [release]}]\n",
            "policies/team.yaml:5:49: the rule cap would no longer be judged at commit, push, pr, as core demands",
            id="stages",
        ),
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, when_missing: warn}]\n",
            "policies/team.yaml:5:55: the rule cap would loosen when_missing from block at pr and release in core",
            id="missing evidence",
        ),
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, ratchet: {max_worse: 0.06}}]\n",
            "policies/team.yaml:5:62: the rule cap would loosen ratchet.max_worse from 0.05 in core to 0.06; it may",
            id="bound of the ratchet",
        ),
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, ratchet: {against: base}}]\n",
            "policies/team.yaml:5:60: the rule cap would loosen ratchet.against from release in core to base; it may",
            id="reference of the ratchet",
        ),
        pytest.param(
            "rules: [{id: cap, check: synthetic-cap, ratchet: {when_missing: warn}}]\n",
            "policies/team.yaml:5:65: the rule cap would loosen ratchet.when_missing from block in core to warn",
            id="missing reference",
        ),
        pytest.param(
            "waivers: {max_days: 31}\n",
            "policies/team.yaml:5:21: the policy team would loosen waivers.max_days from 30 in core to 31; keep it",
            id="days of waivers",
        ),
        pytest.param(
            "waivers: {min_approvers: 1}\n",
            "policies/team.yaml:5:26: the policy team would loosen waivers.min_approvers from 2 in core to 1",
            id="number of approvers",
        ),
        pytest.param(
            "waivers: {approver_groups: [data, safety, everybody]}\n",
            "policies/team.yaml:5:28: the policy team would loosen waivers.approver_groups from [data, safety] in core",
            id="one more group of approvers",
        ),
        pytest.param(
            "waivers: {signatures: optional}\n",
            "policies/team.yaml:5:23: the policy team would loosen waivers.signatures from required in core to",
            id="signatures",
        ),
    ],
)
def test_loosening_is_a_fault_with_its_place(body: str, words: str) -> None:
    (fault,) = faults(load(core=CORE, team=f"extends: [{{pack: core}}]\n{body}"))

    assert fault.startswith(words)


def test_tightening_ratchets_and_terms() -> None:
    body = (
        "extends: [{pack: core}]\n"
        "waivers: {max_days: 7, approver_groups: [safety]}\n"
        "rules: [{id: cap, check: synthetic-cap, ratchet: {max_worse: 0.01, max_worse_share: 0.1}}]\n"
    )
    team = by_id(load(core=CORE, team=body))["team"]

    assert team.waivers == (7, 2, ("safety",), "required")
    assert team.rules[0].ratchet == ("release", 0.01, 0.1, None)


def test_a_ratchet_may_be_added_and_has_to_be_whole() -> None:
    core = CORE.replace("    ratchet: {against: release, max_worse: 0.05}\n", "")
    body = "extends: [{pack: core}]\nrules: [{id: cap, check: synthetic-cap, ratchet: %s}]\n"

    assert by_id(load(core=core, team=body % "{against: base, max_worse: 0}"))["team"].rules[0].ratchet is not None
    assert (
        "has no reference; say against: base, release, gold or a revision"
        in faults(load(core=core, team=body % "{max_worse: 0}"))[0]
    )
    assert "bounds nothing; say max_worse" in faults(load(core=core, team=body % "{against: base}"))[0]


@pytest.mark.parametrize("against", ["HEAD", "HEAD~1", "main..dev", "--upload-pack=x", "a b", ""])
def test_a_reference_that_is_no_name(against: str) -> None:
    body = CORE.replace("release", f'"{against}"')

    (fault,) = faults(load(core=body))
    assert fault.startswith("policies/core.yaml:11:24: rules[0].ratchet.against ")


def test_terms_of_several_packs_are_the_strictest_of_all() -> None:
    a = CORE
    b = (
        CORE.replace("id: cap", "id: other")
        .replace("max_days: 30", "max_days: 60")
        .replace("[data, safety]", "[safety]")
    )
    found = by_id(load(a=a, b=b.replace("min_approvers: 2", "min_approvers: 3"), c="extends:\n- pack: a\n- pack: b\n"))

    assert found["c"].waivers == (30, 3, ("safety",), "required")


@pytest.mark.parametrize("order", [pytest.param("ab", id="after one without"), pytest.param("ba", id="before one")])
def test_approvers_that_one_of_several_packs_asks_for_are_asked_for(order: str) -> None:
    a = CORE.replace(", approver_groups: [data, safety]", "")
    assert a != CORE
    b = CORE.replace("id: cap", "id: other")
    extends = "".join(f"- pack: {name}\n" for name in order)

    assert by_id(load(a=a, b=b, c=f"extends:\n{extends}"))["c"].waivers.approver_groups == ("data", "safety")


def test_packs_that_leave_no_approver() -> None:
    b = CORE.replace("id: cap", "id: other").replace("[data, safety]", "[legal]")
    (fault,) = faults(load(a=CORE, b=b, c="extends:\n- pack: a\n- pack: b\n"))

    assert fault.startswith(
        "policies/c.yaml:5:1: no group may approve waivers: b and the packs before it name different"
    )


@pytest.mark.parametrize(
    ("bodies", "words"),
    [
        pytest.param({"a": "a"}, ["policies/a.yaml:4:18: policies extend each other in a circle: a -> a"], id="itself"),
        pytest.param(
            {"a": "b", "b": "a"},
            ["policies/b.yaml:4:18: policies extend each other in a circle: a -> b -> a; remove one"],
            id="two",
        ),
        pytest.param(
            {"a": "b", "b": "c", "c": "b"},
            ["policies/c.yaml:4:18: policies extend each other in a circle: b -> c -> b"],
            id="two, and one that leads to them",
        ),
    ],
)
def test_a_circle_is_named_once(bodies: dict[str, str], words: list[str]) -> None:
    found = faults(load(**{name: f"extends: [{{pack: {other}}}]\n" for name, other in bodies.items()}))

    assert len(found) == len(words)
    assert all(fault.startswith(start) for fault, start in zip(found, words, strict=True))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("cores", "cores is not a policy or pack here; did you mean core?", id="misspelt"),
        pytest.param("core@1", "core@1 is not a pack that headwater ships or a policy includes", id="with a version"),
        pytest.param("baseline", "the pack baseline is named without its version; write baseline@1", id="shipped"),
    ],
)
def test_a_policy_that_is_not_here(name: str, words: str) -> None:
    (fault,) = faults(load(core=CORE, team=f"extends: [{{pack: {name}}}]\n"))

    assert fault.startswith(f"policies/team.yaml:4:18: {words}")


def test_what_is_wrong_with_a_policy_is_told_once_however_many_extend_it() -> None:
    users = dict.fromkeys("ab", "extends: [{pack: core}]\n")
    (fault,) = faults(load(core=CORE.replace("max: 0.30, ", ""), **users))

    assert fault.startswith("policies/core.yaml:7:5: the rule cap does not say max, which synthetic-cap needs")


def test_what_a_file_that_cannot_be_read_may_have_is_not_missed() -> None:
    (fault,) = faults(load(core=CORE + "  - {", a="extends: [{pack: core}]\n"))

    assert fault.startswith("policies/core.yaml:13:1: not valid YAML")


def test_of_two_tightenings_of_one_rule_the_stricter_wins_in_either_order() -> None:
    cap = "extends: [{pack: core}]\nrules: [{id: cap, check: synthetic-cap, with: {max: %s}}]\n"
    for order in (("a", "b"), ("b", "a")):
        both = "extends:\n" + "".join(f"  - pack: {name}\n" for name in order)
        params: Any = by_id(load(core=CORE, a=cap % 0.1, b=cap % 0.2, c=both))["c"].rules[0].params
        assert params.max == 0.1


def test_two_versions_of_a_rule_of_which_none_is_the_stricter() -> None:
    cap = "extends: [{pack: core}]\nrules: [{id: cap, check: synthetic-cap, with: {max: %s, confidence: %s}}]\n"
    (fault,) = faults(load(core=CORE, a=cap % (0.1, 0.95), b=cap % (0.2, 0.99), c="extends:\n- pack: a\n- pack: b\n"))

    assert fault.startswith(
        "policies/c.yaml:6:9: the rule cap of core comes in two versions, none of them the stricter"
    )


def chain(length: int) -> dict[str, str]:
    """Policies each of which extends the next; the last one has the rules."""
    links = {f"p{number:03}": f"extends: [{{pack: p{number + 1:03}}}]\n" for number in range(length)}
    return {**links, f"p{length:03}": CORE}


def test_a_chain_has_an_end() -> None:
    assert len(by_id(load(**chain(MOST_LEVELS)))) == MOST_LEVELS + 1

    found = faults(load(**chain(MOST_LEVELS + 100)))
    assert f"is extended over more than {MOST_LEVELS} levels" in found[0]


def test_policies_that_multiply_each_other_are_cut() -> None:
    rules = "rules:\n" + "".join(f"- {{id: r{number}, check: card-required, level: warn}}\n" for number in range(1000))
    users = {f"u{number:03}": "extends: [{pack: core}]\n" for number in range(MOST_RULES // 1000 + 50)}
    loaded = load(core=rules, **users)

    assert len(loaded.faults) == 1
    assert "the policies come to more than 20,000 rules with what they extend" in faults(loaded)[0]
    assert len(loaded.policies) <= MOST_RULES // 1000 + 1


def test_a_policy_file_may_hold_its_tests_which_are_not_policies() -> None:
    data = file("core", CORE) + b"---\napiVersion: headwater/v1\nkind: PolicyTest\nmetadata: {id: t}\nanything: [1]\n"
    loaded = collect({"policies/core.yaml": data})

    assert faults(loaded) == []
    assert [policy.id for policy in loaded.policies] == ["core"]


def test_places_of_everything_that_is_stated() -> None:
    body = (
        "extends: [{pack: core}]\nselect: {labels: [text]}\n"
        "rules:\n  - id: cap\n    check: synthetic-cap\n    with:\n      max: 0.1\n"
    )
    (rule,) = by_id(load(core=CORE, team=body))["team"].rules

    assert rule.stated["with.max"] == Location("policies/team.yaml", 10, 7)
    assert rule.stated["with.per"] == Location("policies/core.yaml", 10, 23)
    assert rule.stated["level"] == Location("policies/core.yaml", 9, 5)
    assert rule.stated["select.datasets"] == Location("policies/core.yaml", 4, 10)
    assert rule.stated["select.labels"] == Location("policies/team.yaml", 5, 10)
    assert rule.stated["ratchet.against"] == Location("policies/core.yaml", 11, 15)
    assert "with.confidence" not in rule.stated
    assert set(rule.stated) == {
        *("check", "level", "with.max", "with.per", "ratchet.against", "ratchet.max_worse"),
        *("select.datasets", "select.labels"),
    }


def test_paths_are_for_checks_that_count_records() -> None:
    body = "rules: [{id: a, check: %s, level: warn, select: {paths: ['x/**']}%s}]\n"
    fine = by_id(load(team=body % ("synthetic-cap", ", with: {max: 0.1}")))["team"]
    (fault,) = faults(load(team=body % ("card-required", "")))

    assert fine.rules[0].select.paths == ("x/**",)
    assert fault.startswith(
        "policies/team.yaml:4:68: the rule a selects by paths, but card-required judges a dataset as one"
    )


def test_paths_of_the_policy_are_refused_where_a_rule_cannot_have_them() -> None:
    body = "select: {paths: ['x/**']}\nrules: [{id: a, check: card-required, level: warn}]\n"
    (fault,) = faults(load(team=body))

    assert fault.startswith("policies/team.yaml:4:17: the rule a selects by paths")
