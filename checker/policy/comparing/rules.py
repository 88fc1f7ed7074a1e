"""Policies compared: their rules by id, and what they ask of waivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import nsmallest
from typing import Any, NamedTuple

from checker import rules
from checker.model.dataset import Dataset
from checker.model.location import Location
from checker.model.policy import Level, Policy, Ratchet, RuleUse, Stage, WaiverTerms, WhenMissing
from checker.policy.comparing.change import Change, Direction, counted, from_to, loosened, neutral, shown, tightened
from checker.policy.comparing.select import compare_select, judged_no_more
from checker.policy.rulebook import Rulebook
from checker.policy.strictness import at_least_as_strict

# What says what a rule is for and where it stands, and judges nothing.
_WORDS = ("title", "rationale", "fix", "tags", "origin")
_SILENT = frozenset({*_WORDS, "id", "location", "stated"})
_COMPARED = frozenset({"check", "params", "level", "select", "stages", "waivable", "when_missing", "ratchet"})
_POLICY_WORDS = ("version", "owners", "refs", "packs", "title")
_POLICY_SILENT = frozenset({*_POLICY_WORDS, "id", "digest", "rules", "location", "stated", "revision", "waivers"})
# A rule that is gone is looked for under other names among so many.
_MOST_TRIED = 50


class _Side(NamedTuple):
    """The rules of one rulebook, by id and by the check they use, with the policies they are in."""

    uses: Mapping[str, RuleUse]
    policy_of: Mapping[str, Policy]
    by_check: Mapping[str, tuple[RuleUse, ...]]


def compare_policies(
    old: Rulebook, new: Rulebook, before: Sequence[Dataset], after: Sequence[Dataset]
) -> Iterator[Change]:
    """What rules come, go and change. `before` and `after` are the known datasets as each rulebook's settings say."""
    was, now = _side(old), _side(new)
    heirs: set[str] = set()
    for rule_id, rule in was.uses.items():
        heir = now.uses.get(rule_id)
        if heir is not None:
            yield from compare_uses(rule, heir)
            yield from judged_no_more(rule, heir, before, after)
            continue
        heir = _heir(rule, was, now)
        heirs |= {heir.id} if heir else set()
        yield _gone(rule, heir, was, now, new.files)
        if heir is not None:
            yield from judged_no_more(rule, heir, before, after)
    for rule_id, rule in now.uses.items():
        if rule_id not in was.uses and rule_id not in heirs and rule.level is not Level.OFF:
            words = f"the rule {rule_id} is new ({rule.check}, {rule.level.value})"
            yield tightened(rule.location, words, rule_id)
    by_id = {policy.id: policy for policy in old.policies}
    for policy in new.policies:
        if policy.id in by_id:
            yield from _compare_heads(by_id[policy.id], policy)


def compare_uses(old: RuleUse, new: RuleUse) -> Iterator[Change]:
    """Everything in which two rules differ; `new` may have another id."""
    place, name = new.location, new.id
    if old.level is Level.OFF or new.level is Level.OFF:
        if old.level is not new.level:
            yield _by_order(list(Level), old.level, new.level, new, "level")
        return
    if old.check != new.check:
        yield loosened(place, f"{name}: another check, {new.check}, was {old.check}", name)
        return
    if old.level is not new.level:
        yield _by_order(list(Level), old.level, new.level, new, "level")
    yield from _stages(old, new)
    yield from _params(old, new)
    yield from compare_select(old, new)
    if old.waivable != new.waivable:
        words = f"{name}: waivable {from_to(old.waivable, new.waivable)}"
        yield (loosened if new.waivable else tightened)(place, words, name)
    yield from _when_missing(old, new)
    yield from _ratchet(old, new)
    for field in _WORDS:
        if getattr(old, field) != getattr(new, field):
            words = f"{name}: {field} {from_to(getattr(old, field), getattr(new, field))}"
            yield neutral(place, words, name)
    yield from _other_fields(old, new, _SILENT | _COMPARED, place, name)


def _side(book: Rulebook) -> _Side:
    uses = {rule.id: rule for policy in book.policies for rule in policy.rules}
    by_check: dict[str, list[RuleUse]] = {}
    for rule in uses.values():
        by_check.setdefault(rule.check, []).append(rule)
    policy_of = {rule.id: policy for policy in book.policies for rule in policy.rules}
    return _Side(uses, policy_of, {check: tuple(found) for check, found in by_check.items()})


def _heir(rule: RuleUse, was: _Side, now: _Side) -> RuleUse | None:
    """A rule of another name that demands no less: the same one renamed, else one that stood beside it."""
    same = now.by_check.get(rule.check, ())
    tried = nsmallest(_MOST_TRIED, same, key=lambda use: (use.id in was.uses, use.params != rule.params))
    terms = was.policy_of[rule.id].waivers
    for use in tried:
        looser_terms = _terms(terms, now.policy_of[use.id].waivers, use.location, use.id)
        if not loosening_of(rule, use) and not any(one.direction is Direction.LOOSENED for one in looser_terms):
            return use
    return None


def _gone(rule: RuleUse, heir: RuleUse | None, was: _Side, now: _Side, files: Mapping[str, bytes]) -> Change:
    if heir is not None and heir.id in was.uses:
        return neutral(heir.location, f"the rule {rule.id} is gone, and {heir.id} demands no less", rule.id)
    if heir is not None:
        words = f"the rule {rule.id} is called {heir.id}: waivers and baseline entries of the old name no longer fit"
        return neutral(heir.location, words, rule.id)
    place = rule.location if rule.location.path in files else Location(rule.location.path)
    if rule.level is Level.OFF:
        return neutral(place, f"the rule {rule.id}, which was off, is gone", rule.id)
    words = f"the rule {rule.id} is gone"
    near = next((use for use in now.by_check.get(rule.check, ()) if use.id not in was.uses), None)
    if near is not None:
        lost = [change.words.removeprefix(f"{near.id}: ") for change in loosening_of(rule, near)]
        words += f"; {near.id} comes nearest to it, with {counted(lost, 3)}" if lost else ""
    return loosened(place, words, rule.id)


def loosening_of(old: RuleUse, new: RuleUse) -> list[Change]:
    """In what a rule would be looser than another one."""
    return [change for change in compare_uses(old, new) if change.direction is Direction.LOOSENED]


def _by_order(order: list[Any], old: Any, new: Any, rule: RuleUse, what: str) -> Change:
    words = f"{rule.id}: {what} {from_to(old, new)}"
    return (loosened if order.index(new) < order.index(old) else tightened)(rule.location, words, rule.id)


def _stages(old: RuleUse, new: RuleUse) -> Iterator[Change]:
    lost = [stage.value for stage in old.stages if stage not in new.stages]
    won = [stage.value for stage in new.stages if stage not in old.stages]
    if lost:
        yield loosened(new.location, f"{new.id}: not judged at {', '.join(lost)} any more", new.id)
    if won:
        yield tightened(new.location, f"{new.id}: judged at {', '.join(won)} too", new.id)


def _params(old: RuleUse, new: RuleUse) -> Iterator[Change]:
    for attribute, info in rules.by_id(new.check).params.declared.items():
        was, now = getattr(old.params, attribute), getattr(new.params, attribute)
        if was == now and isinstance(was, bool) is isinstance(now, bool):
            continue
        words = f"{new.id}: {info.name} {from_to(was, now)}"
        if at_least_as_strict(now, was, info):
            yield tightened(new.location, words, new.id)
        elif at_least_as_strict(was, now, info):
            yield loosened(new.location, words, new.id)
        else:
            yield loosened(new.location, f"{words}, which is neither stricter nor looser", new.id)


def _when_missing(old: RuleUse, new: RuleUse) -> Iterator[Change]:
    if old.when_missing is new.when_missing:
        return
    order = list(WhenMissing)
    steps = [
        order.index(_in_force(new.when_missing, stage)) - order.index(_in_force(old.when_missing, stage))
        for stage in new.stages
    ]
    was = old.when_missing or "block at pr and release"
    words = f"{new.id}: when_missing {from_to(was, new.when_missing or 'block at pr and release')}"
    if min(steps, default=0) < 0:
        yield loosened(new.location, words, new.id)
    elif max(steps, default=0) > 0:
        yield tightened(new.location, words, new.id)
    else:
        yield neutral(new.location, words, new.id)


def _in_force(stated: WhenMissing | None, stage: Stage) -> WhenMissing:
    if stated is not None:
        return stated
    return WhenMissing.BLOCK if stage in (Stage.PR, Stage.RELEASE) else WhenMissing.WARN


def _ratchet(old: RuleUse, new: RuleUse) -> Iterator[Change]:
    was, now, place, name = old.ratchet, new.ratchet, new.location, new.id
    if was == now:
        return
    if was is None or now is None:
        gone = now is None
        words = f"{name}: the ratchet {shown(was)} is gone" if gone else f"{name}: a ratchet, {shown(now)}"
        yield (loosened if gone else tightened)(place, words, name)
        return
    words = f"{name}: ratchet {from_to(was, now)}"
    yield (tightened if _no_looser(was, now, new.when_missing) else loosened)(place, words, name)


def _no_looser(was: Ratchet, now: Ratchet, as_rule: WhenMissing | None) -> bool:
    """Another reference cannot be compared, so it counts as looser."""
    order = list(WhenMissing)
    missing = [
        order.index(_in_force(now.when_missing or as_rule, stage))
        - order.index(_in_force(was.when_missing or as_rule, stage))
        for stage in Stage
    ]
    bounds = ((was.max_worse, now.max_worse), (was.max_worse_share, now.max_worse_share))
    return (
        was._replace(max_worse=None, max_worse_share=None, when_missing=None)
        == now._replace(max_worse=None, max_worse_share=None, when_missing=None)
        and min(missing) >= 0
        and all(before is None or (after is not None and after <= before) for before, after in bounds)
    )


def _compare_heads(old: Policy, new: Policy) -> Iterator[Change]:
    """What policies say of themselves, and of waivers of their rules."""
    yield from _terms(old.waivers, new.waivers, new.location, new.id)
    for field in _POLICY_WORDS:
        if getattr(old, field) != getattr(new, field):
            words = f"the policy {new.id}: {field} {from_to(getattr(old, field), getattr(new, field))}"
            yield neutral(new.location, words)
    yield from _other_fields(old, new, _POLICY_SILENT, new.location, f"the policy {new.id}")


def _terms(old: WaiverTerms, new: WaiverTerms, place: Location, name: str) -> Iterator[Change]:
    """The terms of waivers: longer, with fewer or other approvers, and unsigned are looser."""
    stricter = {
        "max_days": new.max_days <= old.max_days,
        "min_approvers": new.min_approvers >= old.min_approvers,
        "approver_groups": not old.approver_groups
        or (bool(new.approver_groups) and set(new.approver_groups) <= set(old.approver_groups)),
        "signatures": new.signatures == "required",
    }
    for field in WaiverTerms._fields:
        was, now = getattr(old, field), getattr(new, field)
        if was != now:
            words = f"{name}: waivers.{field} {from_to(was, now)}"
            yield (tightened if stricter.get(field) else loosened)(place, words)


def _other_fields(old: Any, new: Any, told: frozenset[str], place: Location, name: str) -> Iterator[Change]:
    """Whatever a later version of headwater adds may loosen until somebody says how it compares."""
    for field in (field for field in new._fields if field not in told):
        if getattr(old, field) != getattr(new, field):
            words = f"{name}: {field} {from_to(getattr(old, field), getattr(new, field))}, which may loosen"
            yield loosened(place, words)
