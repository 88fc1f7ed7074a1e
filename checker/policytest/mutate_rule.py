"""One rule with one thing changed: its level, stages, selection, parameters, ratchet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from checker import rules
from checker.evaluate import MUST_EVALUATE
from checker.model.policy import Level, Ratchet, RuleUse, Stage, WaiverTerms, WhenMissing
from checker.policytest.mutate_limits import Value, changed_values
from checker.policytest.mutate_select import changed_selectors
from checker.rules._base import ParamInfo


class Change(NamedTuple):
    """Another rule (None: none any more), what changed in words, and the case that would notice.

    `side` is `looser` or `tighter` for the smallest step of a limit.
    """

    rule: RuleUse | None
    what: str
    kill: str
    side: str = ""


def changed_rules(rule: RuleUse) -> Iterator[Change]:
    """Every change; some come to the same rule, see `behavior`."""
    yield Change(None, "the rule is removed", "expect anything of it")
    for level in Level:
        if level is not rule.level:
            kill = f"a breach with expect: {{status: {_broken(rule)}, level: {rule.level.value}}}"
            yield Change(rule._replace(level=level), f"level {rule.level.value} -> {level.value}", kill)
    yield from _stages(rule)
    yield from _when_missing(rule)
    before, after = str(rule.waivable).lower(), str(not rule.waivable).lower()
    kill = f"a breach with a waiver, or expect: {{waivable: {before}}}"
    yield Change(rule._replace(waivable=not rule.waivable), f"waivable {before} -> {after}", kill)
    for selector, what, kill in changed_selectors(rule.select):
        yield Change(rule._replace(select=selector), what, kill)
    for info, value in _limits(rule):
        for other in changed_values(info, value):
            changed = _with(rule, info, other)
            if changed is not None:
                yield Change(changed, f"with.{info.name} {other.what}", other.kill, other.side)
    if rule.ratchet is not None:
        yield from _ratchet(rule, rule.ratchet)


def behavior(rule: RuleUse) -> tuple[object, ...]:
    """All by which a rule judges: two rules that have it in common are the same, however they are written."""
    if rule.level is Level.OFF or not rule.stages:
        return ("nothing is judged",)
    ratchet, select = rule.ratchet, rule.select
    if rule.level is not Level.BLOCK:
        # What is not matched blocks nothing then, whether a match is demanded or not.
        select = select._replace(require_match=False)
    reference = None if ratchet is None else (*ratchet[:3], _missing_blocks(rule, ratchet.when_missing))
    return (
        rule.level,
        rule.stages,
        rule.waivable,
        _missing_blocks(rule),
        _plain(select._asdict()),
        _plain(vars(rule.params)),
        reference,
    )


def changed_terms(terms: WaiverTerms) -> Iterator[tuple[WaiverTerms, str, str]]:
    """What the policy asks of waivers, a little more and a little less."""
    for name in ("max_days", "min_approvers"):
        value = getattr(terms, name)
        for other in (value - 1, value + 1):
            if other >= (1 if name == "max_days" else 0):
                wanted: dict[str, Any] = {name: other}
                kill = f"a waiver that needs {name} {value}, at the limit, and one beyond it"
                yield terms._replace(**wanted), f"waivers.{name} {value} -> {other}", kill
    other_signatures = "required" if terms.signatures == "optional" else "optional"
    what = f"waivers.signatures {terms.signatures} -> {other_signatures}"
    yield terms._replace(signatures=other_signatures), what, "a waiver that nobody of signed_by approved"
    for group in terms.approver_groups:
        left = tuple(kept for kept in terms.approver_groups if kept != group)
        kill = f"a waiver that only {group} approved, and one that nobody of the groups did"
        yield terms._replace(approver_groups=left), f"waivers.approver_groups without {group}", kill


def _limits(rule: RuleUse) -> Iterator[tuple[ParamInfo, Any]]:
    """The parameters that the policy (or its packs) states, with their values."""
    given = vars(rule.params)
    for name, info in rules.by_id(rule.check).params.declared.items():
        if f"with.{info.name}" in rule.stated or given[name] != info.default:
            yield info, given[name]


def _with(rule: RuleUse, info: ParamInfo, other: Value) -> RuleUse | None:
    """The rule with another value of one parameter; None where its check refuses that."""
    check = rules.by_id(rule.check)
    declared = check.params.declared
    given = {named.name: vars(rule.params)[attribute] for attribute, named in declared.items()}
    changed = check.build({**given, info.name: other.value})
    return rule._replace(params=changed) if not any(check.refuse(changed)) else None


def _stages(rule: RuleUse) -> Iterator[Change]:
    for stage in Stage:
        if stage in rule.stages:
            left = tuple(kept for kept in rule.stages if kept is not stage)
            kill = f"any case at stage: {stage.value}"
            yield Change(rule._replace(stages=left), f"stages without {stage.value}", kill)
        else:
            more = tuple(kept for kept in Stage if kept in (*rule.stages, stage))
            kill = f"a case at stage: {stage.value} that expects not-judged"
            yield Change(rule._replace(stages=more), f"stages with {stage.value}", kill)


def _when_missing(rule: RuleUse) -> Iterator[Change]:
    before = rule.when_missing.value if rule.when_missing else "as the stage says"
    for choice in (None, *WhenMissing):
        changed = rule._replace(when_missing=choice)
        differing = sorted(_missing_blocks(rule) ^ _missing_blocks(changed), key=list(Stage).index)
        if differing:
            kill = f"missing evidence at stage: {differing[0].value}, with blocking in expect"
            yield Change(changed, f"when_missing {before} -> {choice.value if choice else 'not stated'}", kill)


def _ratchet(rule: RuleUse, ratchet: Ratchet) -> Iterator[Change]:
    yield Change(rule._replace(ratchet=None), "the ratchet is removed", "a case that only the ratchet fails")
    for against in ("base", "release", "gold"):
        if against != ratchet.against:
            kill = f"a case whose earlier has {ratchet.against} and not {against}"
            other = ratchet._replace(against=against)
            yield Change(rule._replace(ratchet=other), f"ratchet against {against}", kill)
    for choice in (None, *WhenMissing):
        what = f"ratchet.when_missing -> {choice.value if choice else 'not stated'}"
        kill = "a case without the reference, with blocking in expect"
        yield Change(rule._replace(ratchet=ratchet._replace(when_missing=choice)), what, kill)
    for name in ("max_worse", "max_worse_share"):
        value = getattr(ratchet, name)
        if value is not None:
            yield from _ratchet_limit(rule, ratchet, name, value)


def _ratchet_limit(rule: RuleUse, ratchet: Ratchet, name: str, value: float) -> Iterator[Change]:
    step = 0.001 if value < 1 else max(1.0, round(value / 100))
    for other in (None, max(0.0, round(value - step, 6)), round(value + step, 6), value * 2, value / 2):
        wanted: dict[str, Any] = {name: other}
        changed = ratchet._replace(**wanted)
        if changed.max_worse is not None or changed.max_worse_share is not None:
            what = f"ratchet.{name} {value:g} -> {'not set' if other is None else f'{other:g}'}"
            kill = f"cases that are worse by exactly {value:g}, and by one step more"
            yield Change(rule._replace(ratchet=changed), what, kill)


def _missing_blocks(rule: RuleUse, when_missing: WhenMissing | None = None) -> frozenset[Stage]:
    """The stages at which missing evidence of the rule blocks: `skip` and `warn` come to the same there."""
    choice = when_missing or rule.when_missing
    if rule.level is not Level.BLOCK or choice in (WhenMissing.SKIP, WhenMissing.WARN):
        return frozenset()
    return frozenset(rule.stages) if choice is WhenMissing.BLOCK else frozenset(rule.stages) & MUST_EVALUATE


def _plain(value: object) -> object:
    """Something hashable; the order of lists does not matter to a check."""
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), _plain(inner)) for key, inner in value.items()))
    if isinstance(value, tuple | list):
        return tuple(sorted((_plain(inner) for inner in value), key=repr))
    return value


def _broken(rule: RuleUse) -> str:
    return "fail" if rule.level is Level.BLOCK else "warn"
