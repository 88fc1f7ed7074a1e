"""Whoever extends a pack may tighten it and never loosen it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.model.location import Location
from checker.model.policy import Level, Policy, Stage, WhenMissing
from checker.policy.load import collect
from checker.policy.strictness import at_least_as_strict
from checker.rules._base import ParamInfo, Stricter

Write = Callable[[str], bytes]
WritePack = Callable[[str, str], Path]

PACK = """\
select: {roles: [train]}
rules:
  - id: cap
    check: synthetic-cap
    level: warn
    stages: [push, pr]
    with: {max: 0.30, per: [dataset], unknown_as: prior, confidence: 0.9}
    rationale: {why: because, source: someone, confidence: default}
  - id: card
    check: card-required
    level: block
    waivable: false
    when_missing: warn
    with: {fields: [license]}
"""


@pytest.fixture
def extend(policy: Write, write_pack: WritePack) -> Callable[[str], tuple[Policy | None, list[str]]]:
    """Load a policy that extends PACK, with a rule of its own in line 6 and below."""
    folder = write_pack("house", PACK)

    def load(body: str) -> tuple[Policy | None, list[str]]:
        loaded = collect({"p.yaml": policy("extends: [{pack: house@1}]\n" + body)}, packs=folder)
        return next(iter(loaded.policies), None), [str(fault) for fault in loaded.faults]

    return load


Extend = Callable[[str], tuple[Policy | None, list[str]]]


@pytest.mark.parametrize(
    ("rule", "field", "value"),
    [
        pytest.param("{id: cap, check: synthetic-cap, level: block}", "level", Level.BLOCK, id="warn becomes block"),
        pytest.param("{id: cap, check: synthetic-cap, level: warn}", "level", Level.WARN, id="the same level"),
        pytest.param("{id: cap, check: synthetic-cap, waivable: false}", "waivable", False, id="no waiver any more"),
        pytest.param("{id: card, check: card-required, waivable: false}", "level", Level.BLOCK, id="still no waiver"),
        pytest.param(
            "{id: cap, check: synthetic-cap, stages: [commit, push, pr]}",
            "stages",
            (Stage.COMMIT, Stage.PUSH, Stage.PR),
            id="one more stage",
        ),
        pytest.param(
            "{id: card, check: card-required, when_missing: block}",
            "when_missing",
            WhenMissing.BLOCK,
            id="missing blocks",
        ),
        pytest.param(
            "{id: cap, check: synthetic-cap, when_missing: block}",
            "when_missing",
            WhenMissing.BLOCK,
            id="and at commit",
        ),
        pytest.param("{id: cap, check: synthetic-cap, title: Ours}", "title", "Ours", id="another title"),
        pytest.param("{id: cap, check: synthetic-cap, fix: Do it}", "fix", "Do it", id="another fix"),
    ],
)
def test_a_rule_may_be_tightened(extend: Extend, rule: str, field: str, value: object) -> None:
    loaded, faults = extend(f"rules:\n  - {rule}\n")

    assert faults == []
    assert loaded is not None
    assert value in [getattr(use, field) for use in loaded.rules]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        pytest.param(
            "{id: cap, check: synthetic-cap, level: audit}",
            "p.yaml:6:44: the rule cap would loosen level from warn in house@1 to audit",
            id="warn becomes audit",
        ),
        pytest.param(
            '{id: card, check: card-required, level: "off"}',
            "p.yaml:6:45: the rule card would loosen level from block in house@1 to off",
            id="a rule is switched off",
        ),
        pytest.param(
            "{id: card, check: card-required, waivable: true}",
            "p.yaml:6:48: the rule card would loosen waivable from false in house@1 to true",
            id="waivers are let in",
        ),
        pytest.param(
            "{id: cap, check: synthetic-cap, stages: [pr, release]}",
            "p.yaml:6:45: the rule cap would no longer be judged at push, as house@1 demands",
            id="a stage is left out",
        ),
        pytest.param(
            "{id: card, check: card-required, stages: [commit, push, pr]}",
            "p.yaml:6:46: the rule card would no longer be judged at release, as house@1 demands",
            id="a stage of all is left out",
        ),
        pytest.param(
            "{id: card, check: card-required, when_missing: skip}",
            "p.yaml:6:52: the rule card would loosen when_missing from warn in house@1 to skip",
            id="missing is skipped",
        ),
        pytest.param(
            "{id: cap, check: synthetic-cap, when_missing: warn}",
            "p.yaml:6:51: the rule cap would loosen when_missing from block at pr and release in house@1 to warn",
            id="missing would no longer block at a release",
        ),
        pytest.param(
            "{id: cap, check: synthetic-cap, with: {max: 0.31}}",
            "p.yaml:6:49: the rule cap would loosen max from 0.3 in house@1 to 0.31; it may only get lower",
            id="the cap is raised",
        ),
        pytest.param(
            "{id: cap, check: synthetic-cap, with: {confidence: 0.8}}",
            "p.yaml:6:56: the rule cap would loosen confidence from 0.9 in house@1 to 0.8; it may only get higher",
            id="less sure",
        ),
        pytest.param(
            "{id: cap, check: synthetic-cap, with: {per: [shard]}}",
            "p.yaml:6:49: the rule cap would loosen per from [dataset] in house@1 to [shard]; it may only gain members",
            id="another part instead",
        ),
        pytest.param(
            "{id: cap, check: synthetic-cap, with: {unit: tokens}}",
            "p.yaml:6:50: the rule cap would loosen unit from records in house@1 to tokens; it may not change",
            id="a unit that the pack left at its default",
        ),
        pytest.param(
            "{id: card, check: card-required, with: {fields: [sources]}}",
            "p.yaml:6:53: the rule card would loosen fields from [license] in house@1 to [sources]",
            id="a field is dropped",
        ),
        pytest.param(
            "{id: card, check: synthetic-cap, with: {max: 0.1}}",
            "p.yaml:6:23: the rule card uses card-required in house@1, so it cannot use synthetic-cap",
            id="another check under the same id",
        ),
        pytest.param(
            "{id: cap, check: synthetic-cap, select: {roles: [eval]}}",
            "p.yaml:6:53: the datasets of the rule cap (house@1) are selected by roles already",
            id="other datasets",
        ),
    ],
)
def test_loosening_is_a_fault_in_words(extend: Extend, rule: str, words: str) -> None:
    loaded, faults = extend(f"rules:\n  - {rule}\n")

    assert loaded is None
    assert len(faults) == 1
    assert faults[0].startswith(words)
    assert "leave the key out" in faults[0] or "id of its own" in faults[0]


def test_parameters_are_merged_one_by_one(extend: Extend) -> None:
    loaded, faults = extend(
        "rules:\n  - {id: cap, check: synthetic-cap, with: {max: 0.1, per: [dataset, shard], unknown_as: machine}}\n"
    )

    assert faults == []
    assert loaded is not None
    params: Any = loaded.rules[0].params
    assert (params.max, params.per, params.unknown_as, params.confidence) == (0.1, ("dataset", "shard"), "machine", 0.9)


def test_what_is_inherited_unchanged_is_placed_where_the_pack_is_named(extend: Extend) -> None:
    loaded, _ = extend("rules:\n  - {id: cap, check: synthetic-cap, level: block}\n")

    assert loaded is not None
    cap, card = loaded.rules
    assert cap.id == "team/cap"
    assert cap.origin == card.origin == "house@1"
    assert cap.location == Location("p.yaml", 6, 10)
    assert card.location == Location("p.yaml", 4, 18)
    assert cap.rationale.source == "someone"
    assert loaded.packs == ("house@1",)


def test_what_a_pack_selects_by_stays_and_what_it_leaves_open_is_filled(extend: Extend) -> None:
    loaded, faults = extend(
        "select: {roles: [eval], datasets: [x], require_match: true}\n"
        "rules: [{id: own, check: card-required, level: warn}]\n"
    )

    assert faults == []
    assert loaded is not None
    by_id = {rule.id: rule.select for rule in loaded.rules}
    assert by_id["team/cap"].roles == ("train",)
    assert by_id["team/own"].roles == ("eval",)
    assert {select.datasets for select in by_id.values()} == {("x",)}
    assert all(select.require_match for select in by_id.values())


def test_a_match_is_demanded_of_what_the_policy_selects_and_not_of_what_a_pack_is_for(extend: Extend) -> None:
    loaded, _ = extend(
        "select: {datasets: [x], require_match: true}\n"
        "rules:\n"
        "  - {id: own, check: card-required, level: warn}\n"
        "  - {id: card, check: card-required, select: {require_match: true}}\n"
    )

    assert loaded is not None
    by_id = {rule.id: rule.select for rule in loaded.rules}
    assert {name: select.narrowed_by_pack for name, select in by_id.items()} == {
        "team/cap": ("roles",),
        "team/card": (),  # the match is demanded at this very rule
        "team/own": (),
    }


def test_a_pack_alone_is_a_policy(extend: Extend) -> None:
    loaded, faults = extend("")

    assert faults == []
    assert loaded is not None
    assert [rule.id for rule in loaded.rules] == ["team/cap", "team/card"]


def test_packs_of_packs(policy: Write, write_pack: WritePack) -> None:
    write_pack("house", PACK)
    folder = write_pack(
        "strict", "extends: [{pack: house@1}]\nrules: [{id: cap, check: synthetic-cap, with: {max: 0.2}}]\n"
    )
    body = "extends: [{pack: strict@1}]\nrules: [{id: cap, check: synthetic-cap, with: {max: %s}}]\n"

    fine = collect({"p.yaml": policy(body % "0.1")}, packs=folder)
    assert fine.faults == ()
    assert fine.policies[0].packs == ("house@1", "strict@1")

    [fault] = collect({"p.yaml": policy(body % "0.25")}, packs=folder).faults
    assert "would loosen max from 0.2 in" in fault.message


def test_packs_that_extend_each_other(policy: Write, write_pack: WritePack) -> None:
    write_pack("a", "extends: [{pack: b@1}]\n")
    folder = write_pack("b", "extends: [{pack: a@1}]\n")

    [fault] = collect({"p.yaml": policy("extends: [{pack: a@1}]\n")}, packs=folder).faults

    assert fault.message == "policies extend each other in a circle: a@1 -> b@1 -> a@1"


def test_two_packs_with_the_same_rule(policy: Write, write_pack: WritePack) -> None:
    write_pack("a", PACK)
    folder = write_pack("b", PACK)

    faults = collect({"p.yaml": policy("extends:\n  - pack: a@1\n  - pack: b@1\n")}, packs=folder).faults

    assert [str(fault).partition(";")[0] for fault in faults] == [
        "p.yaml:6:11: the rule cap comes from a@1 and from b@1",
        "p.yaml:6:11: the rule card comes from a@1 and from b@1",
    ]


def test_a_pack_that_two_packs_share_is_taken_once(policy: Write, write_pack: WritePack) -> None:
    write_pack("house", PACK)
    write_pack("a", "extends: [{pack: house@1}]\n")
    folder = write_pack("b", "extends: [{pack: house@1}]\n")

    loaded = collect({"p.yaml": policy("extends:\n  - pack: a@1\n  - pack: b@1\n")}, packs=folder)

    assert loaded.faults == ()
    assert [rule.id for rule in loaded.policies[0].rules] == ["team/cap", "team/card"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param(
            "hous@1",
            "hous@1 is not a pack that headwater ships or a policy includes; did you mean house?",
            id="misspelt",
        ),
        pytest.param("house", "the pack house is named without its version; write house@1", id="no version"),
        pytest.param("house@2", "house@2 does not exist in this version of headwater; write house@1", id="a later one"),
        pytest.param("house@1.2", "house@1.2 does not exist in this version of headwater", id="more than the major"),
        pytest.param("../house@1", "../house@1 is not a pack that headwater ships or a policy includes", id="a path"),
    ],
)
def test_a_pack_that_does_not_exist(policy: Write, write_pack: WritePack, name: str, words: str) -> None:
    folder = write_pack("house", PACK)

    [fault] = collect({"p.yaml": policy(f"extends: [{{pack: {name}}}]\n")}, packs=folder).faults

    assert str(fault).startswith(f"p.yaml:4:18: {words}")


def info(stricter: Stricter, default: object = None, order: tuple[str, ...] = ()) -> ParamInfo:
    return ParamInfo("x", "", {}, default, False, "", stricter, order, lambda name: len(name) == 1)


@pytest.mark.parametrize(
    ("stricter", "old", "same_or_tighter", "looser"),
    [
        pytest.param(Stricter.LOWER, 0.3, [0.3, 0.29, 0], [0.31, 1, None], id="lower"),
        pytest.param(Stricter.HIGHER, 5, [5, 6], [4, 0, None], id="higher"),
        pytest.param(Stricter.MORE, ("a",), [["a"], ["b", "a"]], [[], ["b"], None], id="more members"),
        pytest.param(Stricter.FEWER, ("a", "b"), [["b", "a"], ["b"], []], [["a", "c"], None], id="fewer members"),
        pytest.param(Stricter.MORE, ("a",), [["*"], ["a", "*"]], [["b"]], id="more members up to all"),
        pytest.param(Stricter.MORE, ("*",), [["*"], ["*", "a"]], [["a", "b"]], id="all members"),
        pytest.param(Stricter.FEWER, ("*",), [["*"], ["a", "b"]], [["a", "odd"], None], id="fewer members than all"),
        pytest.param(Stricter.MORE, ("odd",), [["odd", "*"]], [["*"]], id="a member that a star is not for"),
        pytest.param(Stricter.FEWER, ("a",), [["a"]], [["*"], ["a", "*"]], id="not all members again"),
        pytest.param(Stricter.TRUE, False, [False, True], [None], id="may become true"),
        pytest.param(Stricter.TRUE, True, [True], [False, None], id="stays true"),
        pytest.param(Stricter.FIXED, "tokens", ["tokens"], ["records", None], id="fixed"),
        pytest.param(Stricter.LOWER, None, [0.3, None], [], id="no limit so far"),
        pytest.param(Stricter.FIXED, None, [None], ["tokens"], id="fixed at nothing"),
        pytest.param(Stricter.FIXED, {"a": 1}, [{"a": 1.0}], [{"a": 1, "b": 2}, {}], id="fixed by name"),
        pytest.param(
            Stricter.LOWER, {"a": 0.1, "b": 0.3}, [{"a": 0.1, "b": 0.2}, {"a": 0, "b": 0.3, "c": 1}],
            [{"a": 0.1}, {"a": 0.2, "b": 0.3}, {}], id="limits by name",
        ),
    ],
)  # fmt: skip
def test_each_direction_of_strictness(
    stricter: Stricter, old: object, same_or_tighter: list[Any], looser: list[Any]
) -> None:
    assert [at_least_as_strict(new, old, info(stricter)) for new in same_or_tighter] == [True] * len(same_or_tighter)
    assert [at_least_as_strict(new, old, info(stricter)) for new in looser] == [False] * len(looser)


def test_an_order_of_names() -> None:
    order = ("allowed", "doubtful", "denied")

    fits = [at_least_as_strict(new, "doubtful", info(Stricter.ORDERED, order=order)) for new in order]

    assert fits == [False, True, True]
