"""What is wrong with a condition is said when the policy is loaded: where, what, and the nearest name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from checker import rules
from checker.errors import PolicyError
from checker.model.evidence import Need
from checker.policy.load import load_policies
from checker.rules import _cel, _conditions
from checker.rules._aggregates import variables

pytestmark = pytest.mark.skipif(not _cel.installed(), reason="the extra `cel` is not installed")

HEAD = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: "1.0.0"}
rules:
  - id: own
    check: expression
    level: block
    with:
"""


def refusal(written: str) -> str:
    """What loading a policy with this text under `cel` says."""
    with pytest.raises(PolicyError) as caught:
        load_policies({"policies/team.yaml": f"{HEAD}      cel: {written}\n".encode()})
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "place"),
    [
        pytest.param("records.total > 0 && share.machin <= 0.2", "9:33", id="plain"),
        pytest.param('"records.total > 0 && share.machin <= 0.2"', "9:34", id="double quotes"),
        pytest.param("'card.name == ''x'' && share.machin <= 0.2'", "9:35", id="after doubled quotes"),
        pytest.param('"card.name == \\"x\\" && share.machin <= 0.2"', "9:35", id="after escaped quotes"),
        pytest.param("|\n        records.total > 0 &&\n          share.machin <= 0.2", "11:11", id="literal block"),
        pytest.param(">-\n        records.total > 0\n        && share.machin <= 0.2", "11:12", id="folded block"),
        pytest.param('"records.total > 0\n        && share.machin <= 0.2"', "9:12", id="folded quotes: the start"),
    ],
)
def test_a_fault_has_its_place_in_the_file(written: str, place: str) -> None:
    said = refusal(written)
    assert said.startswith(f"policies/team.yaml:{place}: the rule own cannot be judged: share.machin is no variable")
    assert said.endswith("did you mean share.machine?")


@pytest.mark.parametrize(
    ("cel", "says"),
    [
        pytest.param("share.machine", "it gives double, true or false is expected", id="a number"),
        pytest.param("card.name", "it gives string, true or false is expected", id="a text"),
        pytest.param("null", "it gives null, true or false is expected", id="null"),
        pytest.param("1 == 1", "it looks at no variable", id="always true"),
        pytest.param("'share.machine' == 'share.machine'", "it looks at no variable", id="a variable within a text"),
        pytest.param("share .machine <= 0.2", "it looks at no variable", id="a variable written apart"),
        pytest.param("share.machine <= 1", "write 1.0 for 1, or double(x) of a count", id="double and int"),
        pytest.param("records.total > 1.0", "write 1.0 for 1, or double(x) of a count", id="int and double"),
        pytest.param("records.total == 1.0", "write 1.0 for 1, or double(x) of a count", id="equality of both"),
        pytest.param("share.machine / share.human <= 0.2", "0.0 / 0.0 is no number", id="division of doubles"),
        pytest.param("double('nan') < share.machine", "no matching overload for 'double'", id="NaN from a text"),
        pytest.param("records.totl > 0", "did you mean records.total?", id="a typo"),
        pytest.param("metrics.synthetic_fraction <= 0.2", "is no variable and no function here", id="made up"),
        pytest.param("share <= 0.2", "did you mean share.", id="half a name"),
        pytest.param(
            "records.total > 0 && now() > timestamp('2026-01-01T00:00:00Z')", "now is no variable", id="clock"
        ),
        pytest.param("timestamp('2026-01-01T00:00:00Z') > timestamp(card.version)", "timestamp is no", id="timestamp"),
        pytest.param("duration('1s') < duration(card.version)", "duration is no variable", id="duration"),
        pytest.param("card.name.matches('(a+)+$')", "matches is no variable and no function", id="regular expression"),
        pytest.param("dyn(records.total) == 1.0", "dyn is no variable", id="dyn, which hides types"),
        pytest.param("type(records.total) == int", "type is no variable", id="type"),
        pytest.param("[records.total].map(x, x + x) == [2]", "is no variable and no function", id="map"),
        pytest.param("card.name + card.name == 'xx'", "no matching overload for '_+_'", id="joining texts"),
        pytest.param("card.license + card.license == []", "no matching overload for '_+_'", id="joining lists"),
        pytest.param("records.total > 9223372036854775808", "invalid int literal", id="an integer of 64 bits and more"),
        pytest.param("records.total > 0 // && share.machine <= 0.2", "// starts a comment", id="comment"),
        pytest.param("records.total > 0 /* x */", "Syntax error", id="another comment"),
        pytest.param("card.name == '''x'''", "''' is not taken", id="triple quotes"),
        pytest.param("card.name == r'\\'", "\\ is not taken", id="backslash"),
        pytest.param("card.name == 'a\u202e'", "U+202E is not taken here", id="right to left"),
        pytest.param("card.name == 'a\u200b'", "U+200B is not taken here", id="invisible"),
        pytest.param("records\u00a0.total > 0", "U+00A0 is not taken here", id="another blank"),
        pytest.param("sh\u0430re.machine <= 0.2", "token recognition error", id="a letter of another script"),
        pytest.param("records.total > 0 &&", "Syntax error", id="unfinished"),
        pytest.param("records.total > 0; true", "Syntax error", id="two statements"),
        pytest.param("records.total = 0", "Syntax error", id="one equals sign"),
        pytest.param("share.machine <= 0.2 and records.total > 0", "Syntax error", id="python's and"),
        pytest.param(" ", "it is empty", id="blank"),
        pytest.param("é" * 1025, "it has 2,050 bytes, the most are 2,048", id="bytes, not letters, are counted"),
    ],
)
def test_a_wrong_condition_is_refused(cel: str, says: str) -> None:
    faults = _conditions.condition(cel).faults
    assert len(faults) == 1
    assert says in f"{faults[0].what}; {faults[0].fix}"
    assert "\n" not in faults[0].what


def test_2048_bytes_are_taken() -> None:
    start = "records.total > 0"
    assert not _conditions.condition(start + " " * (2048 - len(start))).faults


@pytest.mark.parametrize(
    ("cel", "wanted", "others"),
    [
        pytest.param("card.present", {Need.CARD}, (), id="a card opens no shard"),
        pytest.param("dataset.shards < 5", {Need.SHARDS}, (), id="nor does the list of shards"),
        pytest.param("dataset.role == 'train'", set(), (), id="settings need nothing"),
        pytest.param("lineage.gaps == 0", {Need.LINEAGE}, (), id="lineage"),
        pytest.param("share.human > 0.5", {Need.SHARDS, Need.COMPOSITION}, (), id="records without their text"),
        pytest.param("tokens.total > 5", {Need.SHARDS, Need.COMPOSITION, Need.TEXT}, (), id="tokens"),
        pytest.param(
            "copies.exact == 0", {Need.SHARDS, Need.COMPOSITION, Need.DUPLICATES}, (), id="copies without near-copies"
        ),
        pytest.param("gold.records > 5", {Need.REFERENCE}, ("gold",), id="gold is only counted"),
        pytest.param(
            "eval.exact == 0", {Need.SHARDS, Need.COMPOSITION, Need.OVERLAP}, ("eval",), id="eval, and not gold"
        ),
        pytest.param("card.present && card.name != 'gold.exact'", {Need.CARD}, (), id="a name within a text"),
    ],
)
def test_only_what_the_variables_need_is_gathered(cel: str, wanted: set[Need], others: tuple[str, ...]) -> None:
    check = rules.by_id("expression")
    params = check.build({"cel": cel})
    assert check.needs(params) == wanted
    assert check.references(params) == others


def test_without_the_extra_the_policy_is_refused_and_not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    _conditions.condition.cache_clear()
    try:
        said = refusal("share.machine <= 0.2")
    finally:
        _conditions.condition.cache_clear()
    assert "cel-expr-python, which reads expressions, is not installed; install it beside headwater" in said
    assert "headwater[cel]" in said


def test_another_condition_is_no_tightening() -> None:
    pack = HEAD.replace("id: team", "id: base") + "      cel: share.machine <= 0.2\n"
    child = (
        'apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: team, version: "1.0.0"}\nextends: [{pack: base}]\n'
        "rules:\n  - {id: own, check: expression, with: {cel: share.machine <= 0.1}}\n"
    )
    with pytest.raises(PolicyError, match="cel"):
        load_policies({"policies/base.yaml": pack.encode(), "policies/team.yaml": child.encode()})


def test_every_variable_is_typed_and_told() -> None:
    names = variables()
    assert len(names) > 60
    for name, row in names.items():
        assert row.doc
        assert name.count(".") == 1
        program = _cel.compiled(_condition_over(name, row.type), {each: other.type for each, other in names.items()})
        assert program.type == "bool"
    groups = {name.partition(".")[0] for name in names}
    assert not groups & set(names), "a variable that begins another one's name would hide it"


def _condition_over(name: str, kind: str) -> str:
    fits: Mapping[str, str] = {
        "bool": name,
        "int": f"{name} >= 0",
        "double": f"{name} >= 0.0",
        "string": f"{name} == ''",
    }
    return fits.get(kind, f"size({name}) >= 0")


def test_a_value_that_is_no_number_is_no_evidence() -> None:
    from checker.rules._aggregates import Variable
    from checker.rules._base import Missing

    class Facts:
        name = "data/train"

    facts: Any = Facts()
    for value in (float("nan"), float("inf"), {"a": float("nan")}, 2**63, "x" * 2001, ["x" * 2001]):
        row = Variable("share.machine", "double", "", frozenset(), lambda _, value=value: value)  # type: ignore[misc]  # bound now: a loop
        with pytest.raises(Missing):
            row.value(facts)
