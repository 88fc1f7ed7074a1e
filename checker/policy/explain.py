"""Policies in words: what a check demands, a rule that uses it, a policy with all that it inherits."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from checker import rules
from checker.errors import UsageError
from checker.model.policy import Policy, RuleUse
from checker.policy.load import collect, default_policies, load_policies, resolved_pack
from checker.policy.nearest import did_you_mean
from checker.policy.packs import Sources, find_pack, list_packs
from checker.policy.places import Kind, kind_of
from checker.policy.resolved import resolved_rule, resolved_text, value_text
from checker.policy.schemas.policies import API_VERSION
from checker.policy.schemas.rules import example_value
from checker.rules._base import Check, ParamInfo, Stricter

SETTINGS = "headwater.yaml"
_WIDTH = 100


def explain(name: str, files: Callable[[], Mapping[str, bytes]], sources: Callable[[], Sources] = Sources) -> str:
    """The page for a check, for a rule (`team/cap` or `cap`) of these policy files, or the text of a shipped pack."""
    if name in rules.check_ids():
        return explain_check(name)
    packs = {reference.partition("@")[0]: reference for reference, _ in list_packs()}
    if name in (*packs, *packs.values()):
        return find_pack(packs.get(name, name), None).data.decode()
    found = collect(_policy_files(files()), sources=sources())
    here = {rule.id: (policy, rule) for policy in found.policies for rule in policy.rules}
    for rule_id, (policy, rule) in here.items():
        if name in (rule_id, rule_id.partition("/")[2]):
            return _explain_rule(policy, rule)
    if found.faults and "/" in name:
        raise found.faults[0]  # the rule may be one of a policy that cannot be read
    known = (*rules.check_ids(), *packs.values(), *here)
    raise UsageError(f"{name} is no check, pack or rule here", hint=did_you_mean(name, known))


def _explain_rule(policy: Policy, rule: RuleUse) -> str:
    """What the rule itself demands, and where each line of it is written; then what its check is about."""
    title = f": {rule.title}" if rule.title else ""
    stated = textwrap.dedent(resolved_rule(policy, rule))
    return (
        f"{rule.id}{title}\n{rule.location}, check {rule.check}\n\n{stated}\n{rules.by_id(rule.check).doc.strip()}\n\n"
        f"`headwater policy explain {rule.check}` tells of each parameter,\n"
        f"`headwater explain {rule.id} DATASET` how the rule comes to its outcome.\n"
    )


def explain_resolved(name: str | None, files: Mapping[str, bytes], sources: Sources) -> str:
    """A policy of these files, or a shipped pack, with all that it inherits; without a name, every policy.

    Raises UsageError for a name that nothing has, PolicyError for a policy that is wrong.
    """
    loaded = load_policies(_policy_files(files), "", sources) or default_policies()
    policies = {policy.id: policy for policy in loaded}
    if name is None:
        return "---\n".join(resolved_text(policy) for policy in policies.values())
    if name in policies:
        return resolved_text(policies[name])
    packs = {reference.partition("@")[0]: reference for reference, _ in list_packs()}
    if name in (*packs, *packs.values()):
        return resolved_text(resolved_pack(packs.get(name, name)))
    hint = did_you_mean(name, (*policies, *packs.values()))
    raise UsageError(f"{name} is no policy or pack here", hint=hint)


def _policy_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    named = {path: data for path, data in files.items() if path.rpartition("/")[2] != SETTINGS}
    return {path: data for path, data in named.items() if kind_of(path) in (None, Kind.POLICY)}


def explain_check(check_id: str) -> str:
    """The page of one check: what, why, how to fix, parameters, an example. Raises UsageError for an unknown name."""
    if check_id not in rules.check_ids():
        hint = did_you_mean(check_id, rules.check_ids())
        raise UsageError(f"{check_id} is not a check", hint=hint)
    check = rules.by_id(check_id)
    parameters = "\n\n".join(_parameter(info) for info in check.parameters())
    sections = [
        f"{check.id} ({check.group})\n{'=' * (len(check.id) + len(check.group) + 3)}",
        check.doc.strip(),
        f"Parameters\n----------\n{parameters or 'None.'}",
        f"Example\n-------\n{example(check)}",
    ]
    return "\n\n".join(sections) + "\n"


def example(check: Check[Any]) -> str:
    """A policy with one rule that uses the check, with every parameter written out."""
    lines = [
        f"apiVersion: {API_VERSION}",
        "kind: Policy",
        "metadata: {id: team, version: 1.0.0}",
        "rules:",
        f"  - id: {check.id}",
        f"    check: {check.id}",
        "    level: block",
    ]
    given = [f"      {info.name}: {value_text(example_value(info))}" for info in check.parameters()]
    return "\n".join([*lines, *(["    with:", *given] if given else [])])


def _parameter(info: ParamInfo) -> str:
    facts = [
        "required" if info.required else f"default {value_text(info.default)}",
        *bounds(info.schema),
        *([f"unit {info.unit}"] if info.unit else []),
        f"stricter: {direction(info)}",
    ]
    text = textwrap.fill(info.doc, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return f"{info.name}\n{text}\n    ({'; '.join(facts)})"


def bounds(schema: Mapping[str, Any]) -> Iterator[str]:
    """What values are accepted."""
    inner = schema.get("items", schema)
    if "enum" in inner:
        names = ", ".join(str(value) for value in inner["enum"])
        yield f"any of {names}" if inner is not schema else f"one of {names}"
    signs = {
        "minimum": "at least",
        "exclusiveMinimum": "more than",
        "maximum": "at most",
        "exclusiveMaximum": "less than",
    }
    yield from (f"{words} {schema[key]}" for key, words in signs.items() if key in schema)


def direction(info: ParamInfo) -> str:
    return {
        Stricter.LOWER: "lower",
        Stricter.HIGHER: "higher",
        Stricter.MORE: "more members",
        Stricter.FEWER: "fewer members",
        Stricter.TRUE: "true",
        Stricter.ORDERED: f"towards {info.order[-1]}" if info.order else "later in the list",
        Stricter.FIXED: "may not change in a policy that extends another",
    }[info.stricter]
