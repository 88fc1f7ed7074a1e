"""Changes one thing of a policy at a time: what no test notices, nobody would notice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from checker import rules
from checker.evaluate import MUST_EVALUATE
from checker.model.exemption import Approvers
from checker.model.location import Location
from checker.model.policy import Level, Policy, Ratchet, RuleUse, Stage, WaiverTerms, WhenMissing
from checker.policytest.cases import Case, Failure, Result
from checker.policytest.judging import NOBODY, rule_over, run_case, unmet
from checker.policytest.mutate_limits import Value, changed_values
from checker.policytest.mutate_select import changed_selectors
from checker.rules._base import ParamInfo


class Mutant(NamedTuple):
    """A policy in which `rule` (None: removed) is not as it was. `what` says how, `kill` which case would notice.

    Without a `rule_id` it is the policy's terms of waivers. `side` is `looser` or `tighter` for the smallest step of
    the limit `limit`.
    """

    policy: Policy
    rule_id: str
    rule: RuleUse | None
    what: str
    kill: str
    location: Location
    limit: str = ""
    side: str = ""


class Verdict(NamedTuple):
    """A mutant, and the case and stage that noticed it; None for a survivor."""

    mutant: Mutant
    killed_by: str | None


def mutants(policy: Policy) -> Iterator[Mutant]:
    """Every mutant of every own rule that judges, in order; those that resolve to the same policy are left out."""
    for rule in policy.rules:
        if rule.level is not Level.OFF and is_own(policy, rule):
            seen: set[tuple[object, ...] | None] = {_behavior(rule)}
            for mutant in _of_rule(policy, rule):
                behavior = None if mutant.rule is None else _behavior(mutant.rule)
                if behavior not in seen:
                    seen.add(behavior)
                    yield mutant
    if policy.waivers != WaiverTerms():
        for terms, what, kill in _terms(policy.waivers):
            yield Mutant(policy._replace(waivers=terms), "", None, what, kill, policy.location)


def is_own(policy: Policy, rule: RuleUse) -> bool:
    """Whether the policy itself says something of the rule; what a pack says is tested with the pack."""
    return not rule.origin or any(place.path == policy.location.path for place in rule.stated.values())


def judge(mutant: Mutant, results: Sequence[Result], approvers: Approvers = NOBODY) -> Verdict:
    """Whether an expectation about the rule, all of which hold in `results`, does not hold any more."""
    for result in results:
        mine = result.case.policy.id == mutant.policy.id and (not mutant.rule_id or mutant.rule_id in result.rulings)
        if mine and _notices(result.case, result.stage, mutant, approvers):
            return Verdict(mutant, f"{result.case.suite}: {result.name}")
    return Verdict(mutant, None)


def _notices(case: Case, stage: Stage, mutant: Mutant, approvers: Approvers) -> bool:
    if not mutant.rule_id:
        return bool(case.waivers) and bool(run_case(case._replace(policy=mutant.policy), stage, approvers).failures)
    for expected in case.expect:
        if expected.rule != mutant.rule_id:
            continue
        if mutant.rule is None:
            return expected.status != "not-judged"
        ruling = rule_over(case, mutant.rule, stage, approvers)
        if isinstance(ruling, Failure) or unmet(expected, mutant.rule, ruling):
            return True
    return False


def _of_rule(policy: Policy, rule: RuleUse) -> Iterator[Mutant]:
    def mutant(changed: RuleUse | None, what: str, kill: str, *, limit: str = "", side: str = "") -> Mutant:
        return Mutant(policy, rule.id, changed, what, kill, rule.location, limit, side)

    yield mutant(None, "the rule is removed", "expect anything of it")
    for level in Level:
        if level is not rule.level:
            kill = f"a breach with expect: {{status: {_broken(rule)}, level: {rule.level.value}}}"
            yield mutant(rule._replace(level=level), f"level {rule.level.value} -> {level.value}", kill)
    yield from (mutant(*change) for change in _stages(rule))
    yield from (mutant(*change) for change in _when_missing(rule))
    yield mutant(
        rule._replace(waivable=not rule.waivable),
        f"waivable {_word(rule.waivable)} -> {_word(not rule.waivable)}",
        f"a breach with a waiver, or expect: {{waivable: {_word(rule.waivable)}}}",
    )
    for selector, what, kill in changed_selectors(rule.select):
        yield mutant(rule._replace(select=selector), what, kill)
    for info, value in limits(rule):
        for change in changed_values(info, value):
            changed = _with(rule, info, change)
            if changed is not None:
                yield mutant(changed, f"with.{info.name} {change.what}", change.kill, limit=info.name, side=change.side)
    if rule.ratchet is not None:
        yield from (mutant(*change) for change in _ratchet(rule, rule.ratchet))


def limits(rule: RuleUse) -> Iterator[tuple[ParamInfo, Any]]:
    """The parameters that the policy (or its packs) states, with their values."""
    given = vars(rule.params)
    for name, info in type(rule.params).declared.items():  # type: ignore[attr-defined]
        if f"with.{info.name}" in rule.stated or given[name] != info.default:
            yield info, given[name]


def _with(rule: RuleUse, info: ParamInfo, change: Value) -> RuleUse | None:
    """The rule with another value of one parameter; None where its check refuses that."""
    check = rules.by_id(rule.check)
    declared = check.params.declared
    given = {named.name: vars(rule.params)[attribute] for attribute, named in declared.items()}
    changed = check.build({**given, info.name: change.value})
    return rule._replace(params=changed) if not any(check.refuse(changed)) else None


def _stages(rule: RuleUse) -> Iterator[tuple[RuleUse, str, str]]:
    for stage in Stage:
        if stage in rule.stages:
            left = tuple(kept for kept in rule.stages if kept is not stage)
            kill = f"any case at stage: {stage.value}"
            yield rule._replace(stages=left), f"stages without {stage.value}", kill
        else:
            more = tuple(kept for kept in Stage if kept in (*rule.stages, stage))
            kill = f"a case at stage: {stage.value} that expects not-judged"
            yield rule._replace(stages=more), f"stages with {stage.value}", kill


def _when_missing(rule: RuleUse) -> Iterator[tuple[RuleUse, str, str]]:
    before = rule.when_missing.value if rule.when_missing else "as the stage says"
    for choice in (None, *WhenMissing):
        changed = rule._replace(when_missing=choice)
        differing = sorted(_missing_blocks(rule) ^ _missing_blocks(changed), key=list(Stage).index)
        if differing:
            kill = f"missing evidence at stage: {differing[0].value}, with blocking in expect"
            yield changed, f"when_missing {before} -> {choice.value if choice else 'not stated'}", kill


def _ratchet(rule: RuleUse, ratchet: Ratchet) -> Iterator[tuple[RuleUse, str, str]]:
    yield rule._replace(ratchet=None), "the ratchet is removed", "a case that only the ratchet fails"
    for against in ("base", "release", "gold"):
        if against != ratchet.against:
            kill = f"a case whose earlier has {ratchet.against} and not {against}"
            yield rule._replace(ratchet=ratchet._replace(against=against)), f"ratchet against {against}", kill
    for choice in (None, *WhenMissing):
        what = f"ratchet.when_missing -> {choice.value if choice else 'not stated'}"
        kill = "a case without the reference, with blocking in expect"
        yield rule._replace(ratchet=ratchet._replace(when_missing=choice)), what, kill
    for name in ("max_worse", "max_worse_share"):
        value = getattr(ratchet, name)
        if value is not None:
            yield from _ratchet_limit(rule, ratchet, name, value)


def _ratchet_limit(rule: RuleUse, ratchet: Ratchet, name: str, value: float) -> Iterator[tuple[RuleUse, str, str]]:
    step = 0.001 if value < 1 else max(1.0, round(value / 100))
    for other in (None, max(0.0, round(value - step, 6)), round(value + step, 6), value * 2, value / 2):
        wanted: dict[str, Any] = {name: other}
        changed = ratchet._replace(**wanted)
        if changed.max_worse is not None or changed.max_worse_share is not None:
            what = f"ratchet.{name} {value:g} -> {'not set' if other is None else f'{other:g}'}"
            kill = f"cases that are worse by exactly {value:g}, and by one step more"
            yield rule._replace(ratchet=changed), what, kill


def _terms(terms: WaiverTerms) -> Iterator[tuple[WaiverTerms, str, str]]:
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


def _missing_blocks(rule: RuleUse, when_missing: WhenMissing | None = None) -> frozenset[Stage]:
    """The stages at which missing evidence of the rule blocks: `skip` and `warn` come to the same there."""
    choice = when_missing or rule.when_missing
    if rule.level is not Level.BLOCK or choice in (WhenMissing.SKIP, WhenMissing.WARN):
        return frozenset()
    return frozenset(rule.stages) if choice is WhenMissing.BLOCK else frozenset(rule.stages) & MUST_EVALUATE


def _behavior(rule: RuleUse) -> tuple[object, ...]:
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


def _plain(value: object) -> object:
    """Something hashable; the order of lists does not matter to a check."""
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), _plain(inner)) for key, inner in value.items()))
    if isinstance(value, tuple | list):
        return tuple(sorted((_plain(inner) for inner in value), key=repr))
    return value


def _broken(rule: RuleUse) -> str:
    return "fail" if rule.level is Level.BLOCK else "warn"


def _word(value: bool) -> str:
    return str(value).lower()
