"""The limit that a waiver would need: what is measured now, tried until it is enough."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from checker import evaluate
from checker.discover.repository import Repository
from checker.errors import UsageError
from checker.evaluate.relief import Relief
from checker.evaluate.waiving import covers
from checker.globs import matches
from checker.model.evidence import Evidence
from checker.model.exemption import Match
from checker.model.outcome import Outcome, Status
from checker.model.policy import Policy, RuleUse, Stage
from checker.policy.waivers.relaxing import given, relaxed
from checker.rules import by_id
from checker.rules._base import ParamInfo, Stricter
from checker.run import Request, Target, check

_STEP = Decimal("0.001")
# What breaks a limit by its mean may break the next one by its bound; then nothing is left to find.
_ROUNDS = 5
Limit = tuple[str, int | float]


def needed(repository: Repository, rule: RuleUse, match: Match, today: str, *, offline: bool) -> dict[str, object]:
    """`{"max": 0.313}` for what breaks the rule there today. Raises UsageError where no single limit can be told."""
    stage = Stage.PUSH if Stage.PUSH in rule.stages else rule.stages[0]
    gathered = _gathered(repository, stage, match, today, offline=offline)
    relax: dict[str, object] = {}
    for _ in range(_ROUNDS):
        broken = _broken(relaxed(rule, relax), match, gathered, stage)
        if not broken and not relax:
            raise UsageError(f"{rule.id} holds there, so there is nothing to waive", hint="see headwater check --all")
        if not broken:
            return relax
        relax = dict((_one_limit(rule, relaxed(rule, relax), broken),))
    raise UsageError(f"no single limit of {rule.id} would cover what it finds there", hint=_say(rule))


def _gathered(
    repository: Repository, stage: Stage, match: Match, today: str, *, offline: bool
) -> Mapping[str, Evidence]:
    """The evidence of the datasets that a waiver is for, measured as at push."""
    seen: dict[str, Evidence] = {}

    def witness(_: tuple[Policy, ...], evidence: Mapping[str, Evidence]) -> None:
        seen.update(evidence)

    top = str(repository.top)
    request = Request(
        top, Target.WORKTREE, stage, everything=True, every_finding=True, download=not offline, today=today
    )
    check(request, witness=witness)
    found = {name: evidence for name, evidence in seen.items() if matches(match.dataset, name)}
    if not found:
        names = ", ".join(sorted(seen)[:5])
        hint = f"there are {names}" if names else "track the data with DVC"
        raise UsageError(f"there is no dataset {match.dataset}", hint=hint)
    return found


def _broken(rule: RuleUse, match: Match, gathered: Mapping[str, Evidence], stage: Stage) -> list[Outcome]:
    """What breaks the rule where the waiver is for. Raises UsageError where nobody can tell."""
    policy = Policy(rule.id.partition("/")[0], "", "", (rule,), rule.location)
    judged = evaluate.apply((policy,), gathered, stage, everything=False, relief=Relief(every_part=True))
    if not judged:
        hint = "see headwater policy explain --resolved"
        raise UsageError(f"{rule.id} does not judge {match.dataset} at stage {stage.value}", hint=hint)
    unknown = next((outcome for outcome in judged if outcome.status is Status.NOT_EVALUATED), None)
    if unknown is not None:
        raise UsageError(f"{rule.id} could not be evaluated: {unknown.message}", hint=unknown.fix or _say(rule))
    return [
        outcome
        for outcome in judged
        if outcome.status in (Status.FAIL, Status.WARN)
        and covers(match, outcome.scope, rule, gathered[outcome.dataset])
    ]


def _one_limit(rule: RuleUse, judged: RuleUse, broken: list[Outcome]) -> Limit:
    """The one parameter that all findings are held against, loose enough for the worst of them."""
    limits = [_limit(judged, outcome) for outcome in broken]
    known = [limit for limit in limits if limit is not None]
    if len(known) < len(limits) or len({name for name, _ in known}) != 1:
        raise UsageError(f"no single limit of {rule.id} would cover what it finds there", hint=_say(rule))
    name = known[0][0]
    info = next(info for info in by_id(rule.check).parameters() if info.name == name)
    return name, (max if info.stricter is Stricter.LOWER else min)(value for _, value in known)


def _limit(rule: RuleUse, outcome: Outcome) -> Limit | None:
    """The parameter that an outcome was held against, and the value that would have been enough."""
    check_of = by_id(rule.check)
    own = given(check_of, rule.params)
    measured, limit = outcome.measured, outcome.limit
    # The limit of a ratchet is that of its reference, which no parameter is.
    if outcome.reference or not (_is_number(measured) and _is_number(limit)):
        return None
    worse = Stricter.LOWER if float(measured or 0) > float(limit or 0) else Stricter.HIGHER
    fitting = [info for info in check_of.parameters() if info.stricter is worse and own[info.name] == limit]
    fitting = [info for info in fitting if _is_number(own[info.name])]
    return (fitting[0].name, _rounded(float(measured or 0), fitting[0])) if len(fitting) == 1 else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rounded(measured: float, info: ParamInfo) -> int | float:
    """On the loose side, to a thousandth; counts stay whole."""
    side = ROUND_CEILING if info.stricter is Stricter.LOWER else ROUND_FLOOR
    exact = Decimal(str(measured))
    if info.schema.get("type") == "integer":
        return int(exact.to_integral_value(side))
    return float(exact.quantize(_STEP, side))


def _say(rule: RuleUse) -> str:
    names = [
        info.name
        for info in by_id(rule.check).parameters()
        if info.stricter is not Stricter.FIXED and info.name != "per"
    ]
    return f"say it yourself: --relax NAME=VALUE, with one of {', '.join(names)}"
