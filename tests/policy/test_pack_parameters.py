"""Packs with typed parameters, which whoever extends them may set, and only tighten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checker.model.location import Location
from checker.policy.load import Loaded, collect

PACK = """\
parameters:
  cap: {type: number, minimum: 0, maximum: 0.5, default: 0.2, stricter: lower, description: The cap on machine text.}
  parts: {type: array, enum: [dataset, shard, domain], default: [dataset], stricter: more}
  unknown: {type: string, enum: [excluded, prior, machine], default: prior, stricter: ordered}
  scored: {type: boolean, default: false, stricter: "true"}
  least: {type: integer, minimum: 1, default: 10, stricter: fixed}
rules:
  - id: cap
    check: synthetic-cap
    level: warn
    with: {max: {parameter: cap}, per: {parameter: parts}, unknown_as: {parameter: unknown}, confidence: 0.9}
  - id: scored
    check: origin-flags
    level: warn
    with: {require_scores: {parameter: scored}}
  - id: cap-of-shards
    check: synthetic-cap
    level: audit
    with: {max: {parameter: cap}, per: [shard], min_records: {parameter: least}}
"""


def file(policy_id: str, body: str) -> bytes:
    return f"apiVersion: headwater/v1\nkind: Policy\nmetadata: {{id: {policy_id}}}\n{body}".encode()


def load(**bodies: str) -> Loaded:
    return collect({f"{name}.yaml": file(name, body) for name, body in bodies.items()})


def faults(loaded: Loaded) -> list[str]:
    return [str(fault) for fault in loaded.faults]


def params(loaded: Loaded, rule: str) -> Any:
    assert faults(loaded) == []
    return next(use.params for policy in loaded.policies for use in policy.rules if use.id == rule)


def test_a_policy_with_parameters_judges_by_its_defaults() -> None:
    loaded = load(core=PACK)

    cap, scored, shards = (params(loaded, f"core/{name}") for name in ("cap", "scored", "cap-of-shards"))
    assert (cap.max, cap.per, cap.unknown_as) == (0.2, ("dataset",), "prior")
    assert scored.require_scores is False
    assert (shards.max, shards.min_records) == (0.2, 10)


def test_who_extends_sets_them_for_every_rule() -> None:
    given = "{cap: 0.1, parts: [dataset, shard], unknown: machine, scored: true, least: 10}"
    loaded = load(core=PACK, team=f"extends: [{{pack: core, with: {given}}}]\n")

    cap, scored, shards = (params(loaded, f"team/{name}") for name in ("cap", "scored", "cap-of-shards"))
    assert (cap.max, cap.per, cap.unknown_as) == (0.1, ("dataset", "shard"), "machine")
    assert scored.require_scores is True
    assert shards.max == 0.1
    assert params(loaded, "core/cap").max == 0.2


def test_where_a_value_was_said() -> None:
    loaded = load(core=PACK, team="extends: [{pack: core, with: {cap: 0.1}}]\n")
    stated = {use.id: use.stated for policy in loaded.policies for use in policy.rules}

    assert stated["team/cap"]["with.max"] == Location("team.yaml", 4, 31)
    assert stated["team/cap"]["with.per"] == Location("core.yaml", 6, 56)
    assert stated["core/cap"]["with.max"] == Location("core.yaml", 5, 49)


def test_a_pack_hands_a_value_on() -> None:
    middle = (
        "parameters: {share: {type: number, default: 0.15, stricter: lower}}\n"
        "extends: [{pack: core, with: {cap: {parameter: share}}}]\n"
    )
    loaded = load(core=PACK, middle=middle, team="extends: [{pack: middle, with: {share: 0.05}}]\n")

    assert params(loaded, "middle/cap").max == 0.15
    assert params(loaded, "team/cap").max == 0.05


def test_a_rule_may_tighten_what_a_parameter_says() -> None:
    team = "extends: [{pack: core, with: {cap: 0.1}}]\nrules: [{id: cap, check: synthetic-cap, with: {max: %s}}]\n"

    assert params(load(core=PACK, team=team % 0.05), "team/cap").max == 0.05
    assert "would loosen max from 0.1 in core to 0.15" in faults(load(core=PACK, team=team % 0.15))[0]


def test_two_ways_to_set_a_pack_keep_the_stricter_rules() -> None:
    team = "extends:\n  - {pack: core, with: {cap: 0.1}}\n  - {pack: core, with: {cap: 0.05}}\n"
    other = "extends:\n  - {pack: core, with: {cap: 0.05}}\n  - pack: core\n"

    assert params(load(core=PACK, team=team), "team/cap").max == 0.05
    assert params(load(core=PACK, team=other), "team/cap").max == 0.05


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(
            "{cap: 0.21}",
            "team.yaml:4:36: the parameter cap would loosen core from 0.2 to 0.21; it may only get lower, or leave",
            id="a higher cap",
        ),
        pytest.param(
            "{parts: [shard]}",
            "team.yaml:4:38: the parameter parts would loosen core from [dataset] to [shard]; it may only gain members",
            id="a member less",
        ),
        pytest.param(
            "{unknown: excluded}",
            "team.yaml:4:40: the parameter unknown would loosen core from prior to excluded; from loose to strict: "
            "excluded, prior, machine",
            id="earlier in the order",
        ),
        pytest.param(
            "{least: 9}", "team.yaml:4:38: the parameter least would loosen core from 10 to 9; it may not", id="fixed"
        ),
        pytest.param(
            "{cap: 0.6}",
            "team.yaml:4:36: the parameter cap of core is 0.6, the most is 0.5; The cap on machine text.",
            id="over the maximum",
        ),
        pytest.param(
            "{cap: -0.1}", "team.yaml:4:36: the parameter cap of core is -0.1, the least is 0", id="under the minimum"
        ),
        pytest.param(
            "{cap: low}",
            "team.yaml:4:36: the parameter cap of core is low, a number is expected",
            id="another type",
        ),
        pytest.param(
            "{unknown: maybe}",
            "team.yaml:4:40: the parameter unknown of core is maybe, one of excluded, prior, machine is expected",
            id="not among the values",
        ),
        pytest.param(
            "{parts: [record]}",
            "team.yaml:4:38: the parameter parts of core is record, one of dataset, shard, domain is expected",
            id="a member that is not among the values",
        ),
        pytest.param("{scored: 1}", "team.yaml:4:39: the parameter scored of core is 1, true", id="one for true"),
        pytest.param("{max: 0.1}", "team.yaml:4:36: core has no parameter max; expected one of: cap", id="unknown"),
        pytest.param("{cop: 0.1}", "team.yaml:4:36: core has no parameter cop; did you mean cap?", id="misspelt"),
        pytest.param("{}", "team.yaml:4:30: extends[0].with is empty", id="nothing set"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit(given: str, words: str) -> None:
    (fault,) = faults(load(core=PACK, team=f"extends: [{{pack: core, with: {given}}}]\n"))

    assert fault.startswith(words)


RULE = "rules: [{id: a, check: synthetic-cap, level: warn, with: {max: {parameter: cap}}}]\n"


@pytest.mark.parametrize(
    ("declared", "rules", "words"),
    [
        pytest.param(
            "cap: {type: number, stricter: lower}",
            RULE,
            "core.yaml:4:14: the parameter cap of core has no value; give it a default",
            id="no value",
        ),
        pytest.param(
            "cap: {type: number, default: 2, maximum: 1, stricter: lower}",
            RULE,
            "core.yaml:4:43: the default of the parameter cap is 2, the most is 1",
            id="a default out of bounds",
        ),
        pytest.param(
            "cap: {type: number, minimum: 1, maximum: 0, default: 0, stricter: lower}",
            RULE,
            "core.yaml:4:43: the parameter cap has a minimum over its maximum, so no value fits; swap them",
            id="bounds crossed",
        ),
        pytest.param(
            "cap: {type: number, default: 0.2, stricter: more}",
            RULE,
            "core.yaml:4:58: the parameter cap is a number, which has no direction more; expected one of: lower",
            id="a direction of lists",
        ),
        pytest.param(
            "cap: {type: string, default: a, stricter: ordered}",
            RULE,
            "core.yaml:4:19: the parameter cap is ordered and does not say the order; list the values in enum",
            id="an order without values",
        ),
        pytest.param(
            "cap: {type: number, default: 0.2, stricter: higher}",
            RULE,
            "core.yaml:5:64: the parameter cap of core gets stricter otherwise (higher) than max (lower); say "
            "stricter: lower, or stricter: fixed",
            id="against the direction of the check",
        ),
        pytest.param(
            "cap: {type: number, default: 2, stricter: lower}",
            RULE,
            "core.yaml:5:64: the parameter cap of core goes to max, where it is 2, the most is 1",
            id="a value that the check refuses",
        ),
        pytest.param(
            "cop: {type: number, default: 0.2, stricter: lower}",
            RULE,
            "core.yaml:5:64: core declares no parameter cap; did you mean cop?",
            id="a name that is not declared",
        ),
        pytest.param(
            "cap: {type: number, default: 0.2, stricter: lower}",
            "rules: [{id: a, check: card-required, level: warn}]\n",
            "core.yaml:4:14: the parameter cap of core is used by no rule; write {parameter: cap} where it belongs",
            id="not used",
        ),
        pytest.param(
            "cap: {type: number, default: 0.2}",
            RULE,
            "core.yaml:4:19: the key stricter is missing in parameters.cap",
            id="no direction",
        ),
        pytest.param(
            "cap: {type: float, default: 0.2, stricter: lower}",
            RULE,
            "core.yaml:4:26: parameters.cap.type is float; expected one of: array, boolean, integer, number, string",
            id="a type of another language",
        ),
        pytest.param(
            "Cap: {type: number, default: 0.2, stricter: lower}",
            RULE,
            "core.yaml:4:13: parameters is Cap; use lower-case letters",
            id="a name in capitals",
        ),
    ],
)
def test_a_declaration_that_does_not_fit(declared: str, rules: str, words: str) -> None:
    found = faults(load(core=f"parameters: {{{declared}}}\n{rules}"))

    assert any(fault.startswith(words) for fault in found), found


def test_a_pack_that_needs_a_value_gets_it_from_who_extends_it() -> None:
    pack = "parameters: {cap: {type: number, stricter: lower}}\n" + RULE
    alone = faults(load(core=pack, team="extends: [{pack: core, with: {cap: 0.1}}]\n"))
    without = faults(load(core=pack, team="extends: [{pack: core}]\n"))

    assert alone == ["core.yaml:4:14: the parameter cap of core has no value; give it a default"]
    assert without[0] == "core.yaml:4:14: the parameter cap of core has no value; give it a default"


def test_a_parameter_without_parameters() -> None:
    (fault,) = faults(load(core=RULE))

    assert fault == "core.yaml:4:64: core declares no parameter cap; declare it under parameters"


def test_a_pack_without_parameters_takes_none() -> None:
    core = RULE.replace("{parameter: cap}", "0.2")
    (fault,) = faults(load(core=core, team="extends: [{pack: core, with: {cap: 0.1}}]\n"))

    assert fault == "team.yaml:4:36: core has no parameter cap; remove it"


@pytest.mark.parametrize("value", ["{parameter: 5}", "{parameter: cap, more: 1}", "{parameter: [cap]}"])
def test_what_only_looks_like_the_use_of_a_parameter(value: str) -> None:
    pack = "parameters: {cap: {type: number, default: 0.2, stricter: lower}}\n" + RULE.replace(
        "{parameter: cap}", value
    )

    assert faults(load(core=pack))[0].startswith("core.yaml:5:")


def test_values_that_were_accepted_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "core.yaml"
    path.write_bytes(file("core", PACK))
    script = (
        "import sys\nfrom pathlib import Path\nfrom checker.policy.load import load_policies\n"
        "load_policies({'core.yaml': Path(sys.argv[1]).read_bytes()})\nprint('jsonschema' in sys.modules)\n"
    )
    seen = [
        subprocess.run([sys.executable, "-c", script, path], check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    ]

    assert seen == ["True\n", "False\n"]


def test_values_that_multiply_are_cut() -> None:
    """Each level hands on all that it got, in two ways: twice as many sets of values at each level."""
    bodies = {}
    for level in range(20):
        names = [f"p{number}" for number in range(level + 1)]
        declared = ", ".join(f"{name}: {{type: integer, default: 0, stricter: higher}}" for name in names)
        handed = ", ".join(f"{name}: {{parameter: {name}}}" for name in names)
        entries = "".join(f"  - {{pack: l{level + 1:02}, with: {{{handed}, p{level + 1}: {bit}}}}}\n" for bit in (0, 1))
        bodies[f"l{level:02}"] = f"parameters: {{{declared}}}\nextends:\n{entries}"
    declared = ", ".join(f"p{number}: {{type: integer, default: 0, stricter: higher}}" for number in range(21))
    rules = "".join(
        f"- {{id: r{number}, check: synthetic-cap, level: warn,\n"
        f"   with: {{max: 0.1, min_records: {{parameter: p{number}}}}}}}\n"
        for number in range(21)
    )
    bodies["l20"] = f"parameters: {{{declared}}}\nrules:\n{rules}"

    found = faults(load(**bodies))
    assert any("is extended in more ways than can be worked out; extend fewer policies" in fault for fault in found)
