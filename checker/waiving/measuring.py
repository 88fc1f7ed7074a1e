"""The limit that a waiver would need: what is measured now, rounded so that it is enough."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from checker.discover.repository import Repository
from checker.errors import UsageError
from checker.globs import matches
from checker.model.exemption import Match
from checker.model.outcome import Outcome, Status
from checker.model.policy import RuleUse, Stage
from checker.policy.relaxing import given
from checker.rules import by_id
from checker.rules._base import ParamInfo, Stricter
from checker.run import Request, Target, check

_STEP = Decimal("0.001")
_NUMBERS = (Stricter.LOWER, Stricter.HIGHER)


def needed(repository: Repository, rule: RuleUse, match: Match, today: str, *, offline: bool) -> dict[str, object]:
    """`{"max": 0.313}` for what breaks the rule there today. Raises UsageError where no single limit can be told."""
    request = Request(
        str(repository.top),
        Target.WORKTREE,
        Stage.PUSH if Stage.PUSH in rule.stages else rule.stages[0],
        policy_ref=None,
        everything=True,
        every_finding=True,
        download=not offline,
        today=today,
    )
    judged = [outcome for outcome in check(request).outcomes if outcome.rule == rule.id and not outcome.informs_only]
    here = [outcome for outcome in judged if matches(match.dataset, outcome.dataset)]
    if not here:
        raise UsageError(f"{rule.id} judges no dataset {match.dataset}", hint=_datasets(judged))
    broken = [outcome for outcome in here if outcome.status in (Status.FAIL, Status.WARN) and _covers(match, outcome)]
    if not broken:
        open_ones = [outcome for outcome in here if outcome.status is Status.NOT_EVALUATED]
        if open_ones:
            raise UsageError(f"{rule.id} could not be evaluated: {open_ones[0].message}", hint=_say(rule))
        raise UsageError(f"{rule.id} holds there, so there is nothing to waive", hint="see headwater check --all")
    limits = {_limit(rule, outcome) for outcome in broken}
    if None in limits or len({found[0] for found in limits if found}) != 1:
        raise UsageError(f"no single limit of {rule.id} would cover what it finds there", hint=_say(rule))
    found = [limit for limit in limits if limit]
    name, info = found[0][0], next(info for info in by_id(rule.check).parameters() if info.name == found[0][0])
    return {name: (max if info.stricter is Stricter.LOWER else min)(value for _, value in found)}


def _limit(rule: RuleUse, outcome: Outcome) -> tuple[str, float] | None:
    """The parameter that an outcome was held against, and the value that would have been enough."""
    check_of = by_id(rule.check)
    own = given(check_of, rule.params)
    measured, limit = outcome.measured, outcome.limit
    if isinstance(measured, str | bool) or isinstance(limit, str | bool) or measured is None or limit is None:
        return None
    if outcome.reference:
        # A ratchet's limit is that of its reference, which no parameter is.
        return None
    worse = Stricter.LOWER if measured > limit else Stricter.HIGHER
    fitting = [info for info in check_of.parameters() if info.stricter is worse and _is(own[info.name], limit)]
    if len(fitting) != 1 or fitting[0].stricter not in _NUMBERS:
        return None
    return fitting[0].name, _rounded(measured, fitting[0])


def _is(value: object, limit: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == limit


def _rounded(measured: float, info: ParamInfo) -> float:
    """On the loose side, to a thousandth; counts stay whole."""
    up = info.stricter is Stricter.LOWER
    exact = Decimal(str(measured))
    if info.schema.get("type") == "integer":
        return int(exact.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))
    return float(exact.quantize(_STEP, ROUND_CEILING if up else ROUND_FLOOR))


def _covers(match: Match, outcome: Outcome) -> bool:
    parts = dict(outcome.scope)
    axes = ("shard", "domain", "language", "source")
    stated = [(getattr(match, axis), parts.get(axis)) for axis in axes if getattr(match, axis)]
    return all(name is not None and matches(glob, name) for glob, name in stated)


def _say(rule: RuleUse) -> str:
    names = [
        info.name
        for info in by_id(rule.check).parameters()
        if info.stricter is not Stricter.FIXED and info.name != "per"
    ]
    return f"say it yourself: --relax NAME=VALUE, with one of {', '.join(names)}"


def _datasets(judged: list[Outcome]) -> str:
    names = sorted({outcome.dataset for outcome in judged if outcome.dataset})
    return f"it judges {', '.join(names[:5])}" if names else "see headwater check --all"
