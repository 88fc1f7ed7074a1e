"""Waiver files: what is read, and everything that is refused with its place."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.errors import HeadwaterError, PolicyError
from checker.model.exemption import Match
from checker.policy.lint import lint
from checker.policy.rulebook import Rulebook, read_rulebook
from checker.policy.waivers.reading import MOST_SIGNATURES, read_waivers
from checker.policy.waivers.relaxing import given as stated
from checker.policy.waivers.relaxing import relaxed
from checker.rules import by_id

POLICY = b"""\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
waivers: {max_days: 90, min_approvers: 1}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.2, kinds: [generative, paraphrased], confidence: 0.9}}
  - {id: fixed, check: unknown-provenance, level: block, waivable: false}
  - {id: allow, check: license-allowed, level: block, with: {allow: [MIT], deny: [GPL-3.0]}}
  - {id: fields, check: source-metadata, level: block, with: {min: 0.95, fields: [url, license]}}
  - {id: variety, check: diversity, level: block, with: {limits: {distinct3: 0.1, zlib: 0.2}}}
  - {id: whole, check: lineage-complete, level: block}
  - {id: any, check: synthetic-cap, level: block, with: {max: 0.2}}
"""
BODY = {
    "apiVersion": "headwater/v1",
    "kind": "Waiver",
    "metadata": "{id: wv-1}",
    "rule": "team/cap",
    "match": "{dataset: data/train}",
    "relax": "{max: 0.4}",
    "reason": "the export of 2019 has no capture metadata",
    "requested_by": "ana",
    "approved_by": "[bo]",
    "not_before": "2026-11-20",
    "expires": "2026-12-15",
}


def waiver(**changes: str | None) -> bytes:
    """The usual waiver with some lines changed, None for a line that is left out."""
    lines = {**BODY, **changes}
    return "".join(f"{key}: {value}\n" for key, value in lines.items() if value is not None).encode()


def book(*files: bytes, **others: bytes) -> Rulebook:
    named = {f"waivers/{number}.yaml": data for number, data in enumerate(files, 1)}
    return read_rulebook({"policies/team.yaml": POLICY, **named, **others})


def fault(data: bytes, *more: bytes) -> str:
    with pytest.raises(HeadwaterError) as caught:
        book(data, *more)
    return str(caught.value)


def test_what_a_waiver_says_is_read() -> None:
    (found,) = book(
        waiver(match='{dataset: data/train, shard: "2019-*", domain: health}', ticket="DATA-1", owner="cy")
    ).waivers
    assert found.match == Match("data/train", shard="2019-*", domain="health")
    assert (found.id, found.rule, dict(found.relax)) == ("wv-1", "team/cap", {"max": 0.4})
    assert (found.requested_by, found.owner, found.ticket, found.approved_by) == ("ana", "cy", "DATA-1", ("bo",))
    assert (found.not_before, found.expires) == ("2026-11-20", "2026-12-15")
    assert str(found.location) == "waivers/1.yaml:3:16"
    assert found.digest.startswith("sha256:")


def test_waivers_lie_in_folders_of_any_depth_and_come_by_id() -> None:
    files = {"waivers/a/b/z.yaml": waiver(), "waivers/a.yml": waiver(metadata="{id: a-1}")}
    found = read_rulebook({"policies/team.yaml": POLICY, **files}).waivers
    assert [one.id for one in found] == ["a-1", "wv-1"]


def test_without_waivers_nothing_is_read() -> None:
    assert book().waivers == ()


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        pytest.param(
            {"rule": "team/capp"},
            "4:7",
            "wv-1 is for team/capp, which no policy here has; did you mean",
            id="unknown rule",
        ),
        pytest.param({"rule": "cap"}, "4:7", "rule is cap; write policy/rule", id="a rule without its policy"),
        pytest.param(
            {"rule": "team/fixed"},
            "4:7",
            "cannot be waived (policies/team.yaml:7",
            id="a rule that no waiver may relax",
        ),
        pytest.param(
            {"relax": "{maximum: 0.4}"},
            "6:9",
            "unknown key maximum in relax; did you mean max?",
            id="unknown parameter",
        ),
        pytest.param({"relax": "{}"}, "6:8", "relax is empty", id="nothing relaxed"),
        pytest.param(
            {"relax": "{max: 1.0}"}, "6:14", "relax.max is 1.0, which would switch team/cap off", id="at the loose end"
        ),
        pytest.param(
            {"relax": "{max: 1}"}, "6:14", "which would switch team/cap off", id="at the loose end, as a whole number"
        ),
        pytest.param({"relax": "{max: 1.01}"}, "6:14", "relax.max is 1.01, the most is 1", id="beyond the schema"),
        pytest.param({"relax": "{max: 0.2}"}, "6:14", "which is no looser than 0.2", id="exactly the rule's own"),
        pytest.param({"relax": "{max: 0.1}"}, "6:14", "relax.max is 0.1, which is no looser than 0.2", id="stricter"),
        pytest.param({"relax": "{max: null}"}, "6:14", "relax.max is empty, a number is expected", id="no limit"),
        pytest.param({"relax": "{max: .nan}"}, "6:14", ".nan is not a limit", id="not a number"),
        pytest.param({"relax": "{max: .inf}"}, "6:14", ".inf is not a limit", id="infinite"),
        pytest.param({"relax": '{max: "0.4"}'}, "6:14", "a number is expected", id="a number in quotes"),
        pytest.param(
            {"relax": "{max: {parameter: cap}}"}, "6:14", "relax.max is a mapping", id="a parameter of a pack"
        ),
        pytest.param({"relax": "{unit: tokens}"}, "6:15", "relax.unit says what is measured", id="a fixed parameter"),
        pytest.param({"relax": "{per: [dataset]}"}, "6:14", "relax.per says which parts are judged", id="fewer parts"),
        pytest.param({"relax": "{per: [dataset, shard, domain]}"}, "6:14", "relax.per says which", id="more parts"),
        pytest.param({"relax": "{confidence: 0.5}"}, "6:21", "which would switch team/cap off", id="no confidence"),
        pytest.param(
            {"relax": "{unknown_as: prior}"}, "6:21", "which would switch team/cap off", id="the loosest word"
        ),
        pytest.param({"relax": "{kinds: []}"}, "6:16", "relax.kinds is empty", id="an empty list"),
        pytest.param(
            {"relax": "{kinds: [generative, other]}"},
            "6:16",
            "no looser than [generative, paraphrased]",
            id="another list",
        ),
        pytest.param(
            {"rule": "team/allow", "relax": '{allow: ["*"]}'},
            "6:16",
            "which would switch team/allow off",
            id="everything allowed",
        ),
        pytest.param(
            {"rule": "team/allow", "relax": "{allow: [Apache-2.0]}"},
            "6:16",
            "no looser than [MIT]",
            id="what was allowed is not",
        ),
        pytest.param(
            {"rule": "team/allow", "relax": "{deny: []}"},
            "6:15",
            "which would switch team/allow off",
            id="nothing denied",
        ),
        pytest.param(
            {"rule": "team/fields", "relax": "{min: 0}"},
            "6:14",
            "which would switch team/fields off",
            id="at the loose end below",
        ),
        pytest.param(
            {"rule": "team/variety", "relax": "{limits: {vendi: 0.4}}"},
            "6:17",
            "no looser than distinct3 0.1, zlib 0.2",
            id="a limit that is not set",
        ),
        pytest.param(
            {"rule": "team/whole", "relax": "{require_source: false}"},
            "6:25",
            "which would switch team/whole off",
            id="the only demand",
        ),
        pytest.param(
            {"rule": "team/any", "relax": "{kinds: [none-of-them]}"},
            "6:16",
            "all that it does not name would count no longer",
            id="some of all kinds",
        ),
        pytest.param({"reason": "legacy"}, "7:9", "reason has 6 letters, at least 20", id="a short reason"),
        pytest.param(
            {"reason": '"' + "1 2 3 4 5 6 7 8 9 " * 3 + '"'},
            "7:9",
            "reason has 0 letters, at least 20",
            id="a reason without letters",
        ),
        pytest.param({"reason": None}, "1:1", "the key reason is missing", id="no reason"),
        pytest.param({"expires": None}, "1:1", "the key expires is missing", id="no end"),
        pytest.param(
            {"expires": "2026-02-30", "not_before": None},
            "10:10",
            "expires is 2026-02-30, which no calendar has",
            id="a day that is none",
        ),
        pytest.param(
            {"expires": "15.12.2026"}, "11:10", "expires is 15.12.2026; write a day as YYYY-MM-DD", id="another order"
        ),
        pytest.param({"expires": "2026-12-15T00:00:00+02:00"}, "11:10", "write a day as YYYY-MM-DD", id="a time zone"),
        pytest.param(
            {"expires": "2026-11-19"}, "11:10", "expires on 2026-11-19, before it begins", id="ends before it begins"
        ),
        pytest.param(
            {"expires": "2027-02-19"},
            "3:16",
            "would hold for 91 days from 2026-11-20; team/cap allows 90",
            id="a day too long",
        ),
        pytest.param({"expires": "9999-12-31"}, "3:16", "team/cap allows 90", id="for ever"),
        pytest.param({"requested_by": None}, "1:1", "the file states none of: requested_by, owner", id="nobody asks"),
        pytest.param({"approved_by": "[bo, bo]"}, "9:14", "approved_by names something twice", id="one approver twice"),
        pytest.param(
            {"approved_by": '["*"]'}, "9:15", "write one name without spaces or wildcards", id="anybody approves"
        ),
        pytest.param({"approved_by": "bo"}, "9:14", "a list is expected", id="approvers as text"),
        pytest.param({"match": "{shard: a}"}, "5:8", "the key dataset is missing in match", id="no dataset"),
        pytest.param({"match": "{dataset: d, scope: a}"}, "5:21", "unknown key scope in match", id="an unknown axis"),
        pytest.param({"metadata": "{id: Wv_1}"}, "3:16", "use lower-case letters", id="an odd id"),
        pytest.param(
            {"kind": "Policy"},
            "2:7",
            "a policy (kind: Policy) does not belong here; move it to policies/",
            id="a policy in its place",
        ),
        pytest.param({"level": "warn"}, "12:1", "unknown key level", id="a key of rules"),
        pytest.param({"apiVersion": "headwater/v2"}, "1:13", "apiVersion is headwater/v2", id="another version"),
    ],
)
def test_what_is_refused(changes: dict[str, str | None], place: str, words: str) -> None:
    said = fault(waiver(**changes))
    assert said.startswith(f"waivers/1.yaml:{place}: ")
    assert words in said


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "waivers/1.yaml: the file holds no waiver", id="empty"),
        pytest.param(b"# nothing\n", "waivers/1.yaml: the file holds no waiver", id="a comment"),
        pytest.param(b"- a\n", "waivers/1.yaml:1:1: a waiver is a mapping of keys", id="a list"),
        pytest.param(b"\xff\xfe", "waivers/1.yaml", id="no text"),
        pytest.param(waiver() + b"rule: team/cap\n", "waivers/1.yaml:12:1", id="a key twice"),
        pytest.param(waiver() + b"---\n" + waiver(), "a second YAML document", id="two in one file"),
        pytest.param(b"a: &a [1]\nb: *a\n", "waivers/1.yaml:1:4", id="an anchor"),
    ],
)
def test_files_that_hold_no_waiver(data: bytes, words: str) -> None:
    assert words in fault(data)


def test_exactly_the_longest_time_is_allowed() -> None:
    assert book(waiver(expires="2027-02-18")).waivers[0].expires == "2027-02-18"


def test_one_day_is_a_time() -> None:
    assert len(book(waiver(expires="2026-11-20")).waivers) == 1


def test_ids_are_used_once_and_the_other_faults_are_counted() -> None:
    assert "the waiver id wv-1 is used already at waivers/1.yaml:3:16" in fault(waiver(), waiver())
    assert fault(waiver(rule="team/none"), waiver(metadata="{id: b}", expires="x")).endswith(
        "1 more fault: headwater policy lint"
    )


def test_lint_tells_every_fault_of_every_waiver() -> None:
    files = {
        "policies/team.yaml": POLICY,
        "waivers/a.yaml": waiver(rule="team/none"),
        "waivers/b.yaml": waiver(metadata="{id: b}", relax="{max: 1.0, unit: tokens}", expires="2030-01-01"),
    }
    places = [str(one).split(": ")[0] for one in lint(files)]
    assert places == ["waivers/a.yaml:4:7", "waivers/b.yaml:6:14", "waivers/b.yaml:6:25"]


def test_rules_are_not_looked_up_beside_a_policy_that_cannot_be_read() -> None:
    found = lint({"policies/team.yaml": b"kind: Policy\n", "waivers/a.yaml": waiver()})
    assert {one.location.path for one in found if one.location} == {"policies/team.yaml"}


_JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["2026-12-15", "*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_RULES = st.sampled_from(["team/cap", "team/allow", "team/fields", "team/variety", "team/whole"])
_RELAX = st.dictionaries(st.sampled_from(["max", "kinds", "allow", "deny", "min", "limits", "per", "unit"]), _JUNK)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changed=st.sampled_from([*BODY, "owner", "ticket", "other"]), junk=_JUNK, rule=_RULES, relax=_RELAX)
def test_whatever_is_written_is_a_waiver_or_a_fault(changed: str, junk: Any, rule: str, relax: dict[str, Any]) -> None:
    body = yaml.safe_load(waiver(rule=rule))
    policies = book().policies
    for made in ({**body, changed: junk}, {**body, "relax": relax}):
        data = yaml.safe_dump(made, allow_unicode=True).encode("utf-8", "surrogatepass")
        waivers, faults = read_waivers({"waivers/a.yaml": data}, policies)
        assert bool(waivers) is not bool(faults)
        assert all(fault.location is not None for fault in faults)
        for one in waivers:
            loosened = relaxed(next(use for use in policies[0].rules if use.id == one.rule), one.relax)
            assert loosened.params is not None


def test_a_limit_of_a_mapping_leaves_the_others_as_they_are() -> None:
    found = book(waiver(rule="team/variety", relax="{limits: {zlib: 0.3}}"))
    rule = next(rule for rule in found.policies[0].rules if rule.id == "team/variety")
    loosened = relaxed(rule, found.waivers[0].relax)
    limits: Any = stated(by_id("diversity"), loosened.params)["limits"]
    assert dict(limits) == {"distinct3": 0.1, "zlib": 0.3}
    assert relaxed(rule, {}) == rule


def test_a_waiver_of_the_shipped_pack_needs_no_policy_file() -> None:
    data = waiver(rule="baseline/no-such-rule")
    with pytest.raises(PolicyError, match="which no policy here has"):
        read_rulebook({"waivers/a.yaml": data})


def test_too_many_signatures_and_huge_ones_are_refused() -> None:
    many = {f"waivers/1.yaml.{number}.sig": b"x" for number in range(MOST_SIGNATURES + 1)}
    with pytest.raises(PolicyError, match=r"has 21 signatures, at most 20"):
        book(waiver(), **many)
    with pytest.raises(PolicyError, match=r"waivers/1\.yaml\.sig: a signature has at most 65,536 bytes"):
        book(waiver(), **{"waivers/1.yaml.sig": b"x" * 65_537})
    assert book(waiver(), **{"waivers/1.yaml.bo.sig": b"x", "waivers/10.yaml.sig": b"y"}).waivers[0].signatures == (
        b"x",
    )


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        pytest.param(
            "governance/groups.yaml", b"kind: Waiver\n", "does not belong here; move it to waivers/", id="another kind"
        ),
        pytest.param(
            "governance/groups.yaml",
            b"apiVersion: headwater/v1\nkind: Groups\nmetadata: {id: g}\ngroups: {a: []}\n",
            "governance/groups.yaml:4:13: groups.a is empty",
            id="an empty group",
        ),
        pytest.param(
            "governance/groups.yaml",
            b"apiVersion: headwater/v1\nkind: Groups\nmetadata: {id: g}\ngroups: {a: [bo]}\ngpg: {bo: [ABCD]}\n",
            "write the whole fingerprint",
            id="a short fingerprint",
        ),
        pytest.param(
            "governance/allowed_signers",
            b"# ours\n\nbo ssh-ed25519\n",
            "governance/allowed_signers:3: this line is no key",
            id="a key without a key",
        ),
        pytest.param(
            "governance/allowed_signers",
            b"bo ssh-ed25519 !!!!\n",
            "governance/allowed_signers:1: ",
            id="a key that is no base64",
        ),
        pytest.param(
            "governance/allowed_signers", b"\xff", "governance/allowed_signers: the file is not UTF-8", id="no text"
        ),
        pytest.param("governance/allowed_signers", b"#" * 300_000, "at most 262,144 are read", id="a huge file"),
    ],
)
def test_faults_of_who_may_approve(path: str, data: bytes, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        book(**{path: data})
    assert words in str(caught.value)


def test_groups_and_keys_are_read() -> None:
    groups = (
        b"apiVersion: headwater/v1\nkind: Groups\nmetadata: {id: g}\ngroups: {safety: [bo, cy]}\n"
        b"gpg: {bo: [0123456789abcdef0123456789abcdef01234567]}\n"
    )
    found = book(**{"governance/groups.yaml": groups, "governance/a.asc": b"key"}).approvers
    assert dict(found.groups) == {"safety": ("bo", "cy")}
    assert dict(found.gpg) == {"bo": ("0123456789ABCDEF0123456789ABCDEF01234567",)}
    assert found.gpg_keys == (b"key",)
