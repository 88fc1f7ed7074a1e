"""What can be wrong with a policy file: place, words and next step of each fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.errors import HeadwaterError, PolicyError
from checker.policy.lint import lint

Write = Callable[[str], bytes]
RULE = "rules: [{id: a, check: card-required, level: warn}]\n"


def only(faults: list[HeadwaterError]) -> HeadwaterError:
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            "rules: [{id: a, check: card-required, levl: warn}]",
            ["p.yaml:4:9: the rule a has no level", "p.yaml:4:39: unknown key levl in rules[0]; did you mean level?"][
                1:
            ],
            id="a misspelt key",
        ),
        pytest.param(
            "rules: [{id: a, check: card-required, colour: red, level: warn}]",
            ["p.yaml:4:39: unknown key colour in rules[0]; expected one of: check, fix, id, level, ratchet, rationale"],
            id="a key that is like no other",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cup, level: warn}]",
            ["p.yaml:4:24: rules[0].check is synthetic-cup; did you mean synthetic-cap?"],
            id="an unknown check",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn, with: {mx: 0.2}}]",
            ["p.yaml:4:59: unknown key mx in rules[0].with; did you mean max?"],
            id="an unknown parameter",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn, with: {max: 1.01}}]",
            ["p.yaml:4:64: rules[0].with.max is 1.01, the most is 1; the largest allowed share of machine-made data"],
            id="a share over one",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn, with: {max: -0.1}}]",
            ["p.yaml:4:64: rules[0].with.max is -0.1, the least is 0"],
            id="a share under zero",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn, with: {max: '0.2'}}]",
            ["p.yaml:4:64: rules[0].with.max is 0.2, a number is expected"],
            id="a number in quotes",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn, with: {max: true}}]",
            ["p.yaml:4:64: rules[0].with.max is true, a number is expected"],
            id="a bool is no number",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn, with: {max: 0.1, confidence: 1}}]",
            ["p.yaml:4:81: rules[0].with.confidence is 1, less than 1 is expected"],
            id="on an excluded bound",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn, with: {max: 0.1, per: [shard, shard]}}]",
            ["p.yaml:4:74: rules[0].with.per names something twice"],
            id="a list with one name twice",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn, with: {max: 0.1, per: []}}]",
            ["p.yaml:4:74: rules[0].with.per is empty"],
            id="an empty list",
        ),
        pytest.param(
            "rules: [{id: a, check: synthetic-cap, level: warn}]",
            ["p.yaml:4:9: the rule a does not say max, which synthetic-cap needs"],
            id="a required parameter is left out",
        ),
        pytest.param(
            "rules: [{id: a, check: card-required}]",
            ["p.yaml:4:9: the rule a has no level; say block, warn, audit or off"],
            id="no level",
        ),
        pytest.param(
            "rules: [{check: card-required, level: warn}]",
            ["p.yaml:4:9: the key id is missing in rules[0]"],
            id="no id",
        ),
        pytest.param(
            "rules: [{id: A_b, check: card-required, level: warn}]",
            ["p.yaml:4:14: rules[0].id is A_b; use lower-case letters, digits and hyphens, at most 63"],
            id="an id in capitals",
        ),
        pytest.param(
            'rules: [{id: "a\\n", check: card-required, level: warn}]',
            ["p.yaml:4:14: rules[0].id is a"],
            id="an id that ends in a line break",
        ),
        pytest.param(
            f"{RULE.rstrip()[:-1]}, {{id: a, check: card-required, level: block}}]",
            ["p.yaml:4:58: the rule id a is used twice, first in line 4; give each rule an id of its own"],
            id="a rule id twice",
        ),
        pytest.param(
            "rules: [{id: a, check: card-required, level: warn, ratchet: {against: base}}]",
            [
                "p.yaml:4:61: the rule a has a ratchet, but card-required measures nothing that can get worse; remove "
                "the ratchet, or use a check that measures"
            ],
            id="a ratchet on a check that measures nothing",
        ),
        pytest.param(
            f"waivers: {{max_days: 0, signatures: yes please, min_approvers: -1}}\n{RULE}",
            [
                "p.yaml:4:21: waivers.max_days is 0, the least is 1; the most days that a waiver may last",
                "p.yaml:4:36: waivers.signatures is yes please; expected one of: optional, required",
                "p.yaml:4:63: waivers.min_approvers is -1, the least is 0; how many must approve",
            ],
            id="terms of waivers out of bounds",
        ),
        pytest.param(
            "rules: [{id: a, check: card-required, level: warn, rationale: {why: x, review_by: 2027-13-01}}]",
            ["p.yaml:4:83: rules[0].rationale.review_by is 2027-13-01; write a day as YYYY-MM-DD"],
            id="a thirteenth month",
        ),
        pytest.param(
            "rules: [{id: a, check: card-required, level: warn, rationale: {confidence: sure}}]",
            ["p.yaml:4:76: rules[0].rationale.confidence is sure; did you mean measured?"],
            id="an unknown confidence",
        ),
        pytest.param(
            f"select: {{where: {{domain: 5, topic: x}}}}\n{RULE}",
            [
                "p.yaml:4:26: select.where.domain is 5, text or a list is expected",
                "p.yaml:4:29: unknown key topic in select.where",
            ],
            id="a scope that does not exist",
        ),
        pytest.param(
            "select: {roles: [train]}\nrules: [{id: a, check: card-required, level: warn, select: {roles: [eval]}}]",
            ["p.yaml:5:68: the policy selects by roles already, so the rule a cannot"],
            id="policy and rule select by the same key",
        ),
        pytest.param(
            "rules: []",
            ["p.yaml:4:8: rules is empty; write the rules, each with an id of its own, or leave the key out"],
            id="no rules",
        ),
        pytest.param("", ["p.yaml:1:1: the file states none of: rules, extends"], id="neither rules nor packs"),
        pytest.param(
            'rules: [{id: a, check: card-required, level: "off"}]',
            ["p.yaml:1:1: the policy team demands nothing: every rule is off"],
            id="every rule is off",
        ),
    ],
)
def test_a_fault_says_where_what_and_what_to_do(policy: Write, body: str, expected: list[str]) -> None:
    faults = [str(fault) for fault in lint({"p.yaml": policy(body + "\n")})]

    assert len(faults) == len(expected), faults
    for fault, words in zip(faults, expected, strict=True):
        assert fault.startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "p.yaml: the file holds no policy", id="an empty file"),
        pytest.param("# nothing yet\n", "p.yaml: the file holds no policy", id="only a comment"),
        pytest.param("- a\n", "p.yaml:1:1: a policy is a mapping of keys", id="a list"),
        pytest.param("a: 1\n", "p.yaml:1:1: the key kind is missing; write kind: Policy", id="no kind"),
        pytest.param(
            "kind: Polisy\n",
            "p.yaml:1:7: kind is Polisy, Policy or PolicyTest is expected; did you mean Policy?",
            id="kind misspelt",
        ),
        pytest.param("kind: [x]\n", "p.yaml:1:7: kind is ", id="a kind that is a list"),
        pytest.param(
            "apiVersion: headwater/v1\nkind: Waiver\nrule: team/a\n",
            "p.yaml:2:7: a waiver (kind: Waiver) does not belong here; move it to waivers/",
            id="a waiver",
        ),
        pytest.param(
            "kind: PolicyTest\n",
            "p.yaml:1:7: the file holds policy tests and no policy; move it to policies/tests/",
            id="a policy test",
        ),
        pytest.param(
            "kind: Groups\n",
            "p.yaml:1:7: a list of approver groups (kind: Groups) does not belong here; move it to governance/groups",
            id="approver groups",
        ),
        pytest.param("a: [", "p.yaml:", id="not YAML"),
    ],
)
def test_a_file_that_is_no_policy_is_never_passed_over(text: str, words: str) -> None:
    assert str(only(lint({"p.yaml": text.encode()}))).startswith(words)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        pytest.param(
            "apiVersion: headwater/v2\nkind: Policy\nmetadata: {id: a}\n",
            "p.yaml:1:13: apiVersion is headwater/v2; did you mean headwater/v1?",
            id="a later format",
        ),
        pytest.param(
            "kind: Policy\nmetadata: {id: a}\n", "p.yaml:1:1: the key apiVersion is missing", id="no format version"
        ),
        pytest.param(
            "apiVersion: headwater/v1\nkind: Policy\n",
            "p.yaml:1:1: the key metadata is missing; write metadata: {id: team, version: 1.0.0}",
            id="no metadata",
        ),
        pytest.param(
            "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: a, version: 1.10}\n",
            "p.yaml:3:28: metadata.version is 1.1, text is expected; put it in quotes",
            id="a version that YAML takes for a number",
        ),
    ],
)
def test_the_head_of_a_file(head: str, words: str) -> None:
    assert str(only(lint({"p.yaml": (head + RULE).encode()}))).startswith(words)


def test_a_policy_id_is_used_once(policy: Write) -> None:
    fault = only(lint({"a.yaml": policy(RULE), "b.yaml": policy(RULE)}))

    assert isinstance(fault, PolicyError)
    assert str(fault).startswith("b.yaml:3:16: the policy id team is used already at a.yaml:3:16")


def test_lint_tells_every_fault_of_every_file_in_order(policy: Write) -> None:
    files = {
        "policies/b.yaml": policy("rules: [{id: a, check: card, level: blok}]\n"),
        "policies/a.yaml": b"kind: [",
        "headwater.yaml": b"datasets: [{path: x, rol: train}]\nbudget: -1\n",
    }

    faults = [str(fault).split(": ")[0] for fault in lint(files)]

    assert [place.rsplit(":", 2)[0] for place in faults] == [
        *["headwater.yaml"] * 2,
        "policies/a.yaml",
        *["policies/b.yaml"] * 2,
    ]


def test_good_files_have_no_faults(policy: Write) -> None:
    assert lint({"p.yaml": policy(RULE), "headwater.yaml": b""}) == []


def test_a_flood_of_faults_is_cut(policy: Write) -> None:
    rules = "".join(f"  - {{id: r{number}, check: nope, level: no-level}}\n" for number in range(600))

    assert 200 <= len(lint({"p.yaml": policy("rules:\n" + rules)})) < 600
