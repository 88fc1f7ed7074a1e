"""A condition of your own, over aggregates of the dataset, holds.

What it checks
--------------
The condition `cel`, written in the Common Expression Language over the variables of `docs/expressions.md`: counts and
shares of records, tokens and copies, what the card says, the trail. It states what is good. It is compiled and typed
when the policy is loaded, and only what its variables need is measured. A variable without evidence, a division by
zero and whatever else is no plain `true` or `false` leaves the rule not evaluated: no such thing counts as a pass.

Why it matters
--------------
Some teams have a condition that no check knows ("at least 10,000 gold records, and no copy of them here"). The other
checks tell more: they explain, they name the shard and the next step, they can be relaxed by a waiver and tightened by
whoever extends the policy. An expression can be neither; take one only where no check will do.

How to fix
----------
The message gives the value of each variable. Bring the data to where the condition holds; a condition that asks for
the wrong thing is changed by the owners of the policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement, Number, Verdict
from checker.rules import _digests
from checker.rules._aggregates import digests, of_records, variables
from checker.rules._base import Check, Complaint, Missing, Parameters, Stricter, param
from checker.rules._conditions import Condition, Fault, condition
from checker.rules._facts import Facts
from checker.rules._rulings import open_ends
from checker.rules._where import axes, settings_say

_SHOWN = 200
_MOST_LISTED = 12


class Params(Parameters):
    """Parameters of `expression`."""

    cel: str = param(
        {"type": "string", "minLength": 1, "examples": ["share.machine <= 0.2 && records.total >= 1000"]},
        "The good condition, at most 2,048 bytes of CEL over the variables of docs/expressions.md.",
        stricter=Stricter.FIXED,
    )
    message: str = param(
        {"type": "string", "maxLength": 300},
        "What is demanded, in the words of this team; said in place of the condition.",
        stricter=Stricter.FIXED,
        default="",
    )


class Readings(NamedTuple):
    """The value of each variable."""

    values: Mapping[str, object]

    def shown(self) -> str:
        """`share.machine is 0.31 and records.total is 1,000`."""
        each = [f"{name} is {_plain(value)}" for name, value in self.values.items()]
        more = len(each) - _MOST_LISTED
        return ", ".join(each[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")

    def measured(self) -> Number | str:
        """The number, where there is one only."""
        [*numbers] = [value for value in self.values.values() if isinstance(value, int | float)]
        single = len(self.values) == 1 and len(numbers) == 1 and not isinstance(numbers[0], bool)
        return numbers[0] if single else _clipped(self.shown())

    def unit(self) -> str:
        """The unit of that number."""
        [first, *others] = self.values
        return "" if others else variables()[first].unit


def needs(params: Params) -> frozenset[Need]:
    """What the variables of the condition need, and nothing else."""
    known = variables()
    return frozenset[Need]().union(*(known[name].needs for name in _made(params).names))


def references(params: Params) -> tuple[str, ...]:
    """Gold and evaluation data, where a variable looks at them."""
    known = variables()
    return tuple(sorted({known[name].against for name in _made(params).names if known[name].against}))


def refuse(params: Params) -> Iterator[Complaint]:
    """What is wrong with the condition, and where in its text."""
    for fault in condition(params.cel).faults:
        yield _complaint(fault)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """The condition over the values of its variables, each of which must be known."""
    made, facts, known = _made(params), Facts(evidence), variables()
    if of_records(made.names):
        if not facts.survey.complete or facts.survey.unstated:
            yield from open_ends(facts.survey)
            return
    elif evidence.where and not settings_say(evidence.where, evidence.dataset.settings):
        wanted = " and ".join(axes(evidence.where))
        raise Missing(
            f"{evidence.dataset.name}: nobody knows whether it has records of {wanted}, which this rule is for",
            "use a variable that counts records, or state the domain or language in headwater.yaml",
        )
    readings = Readings({name: known[name].value(facts) for name in made.names})
    answer = made.value(readings.values)
    if isinstance(answer, str):
        raise Missing(
            f"{evidence.dataset.name}: the condition cannot be computed ({answer}), where {readings.shown()}",
            "write the condition so that it has an answer for this data too",
        )
    yield _judgement(evidence, facts, params, readings, made, holds=answer)


def _made(params: Params) -> Condition:
    """The condition. Raises Missing where it is none, which loading a policy has refused before."""
    made = condition(params.cel)
    if made.faults:
        raise Missing(f"the condition is wrong: {made.faults[0].what}", made.faults[0].fix)
    return made


def _judgement(
    evidence: Evidence, facts: Facts, params: Params, readings: Readings, made: Condition, *, holds: bool
) -> Judgement:
    said = params.message.strip() or _clipped(params.cel)
    verb = "holds" if holds else "does not hold"
    return Judgement(
        Verdict.HOLDS if holds else Verdict.BROKEN,
        f"{evidence.dataset.name}: {said}: this {verb}, as {readings.shown()}",
        evidence.dataset.version.definition,
        measured=readings.measured(),
        limit=_clipped(params.cel),
        unit=readings.unit(),
        fix="" if holds else "bring the data to where the condition holds, or have the owners of the policy change it",
        evidence=digests(facts, made.names) or _digests.of_version(evidence.dataset.version),
    )


def _complaint(fault: Fault) -> Complaint:
    return Complaint(fault.what, fault.fix, "cel", fault.line, fault.column)


def _clipped(text: str) -> str:
    """One line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        each = [f"{name} {_plain(number)}" for name, number in sorted(value.items())]
        return f"({_first(each)})"
    if isinstance(value, list):
        return f"[{_first([str(item) for item in value])}]"
    return _clipped(f"“{value}”")


def _first(each: list[str]) -> str:
    """The first few of many."""
    more = len(each) - _MOST_LISTED
    return _clipped(", ".join(each[:_MOST_LISTED])) + (f" and {more:,} more" if more > 0 else "")


CHECK = Check(
    id="expression",
    group="composition",
    params=Params,
    needs=needs,
    judge=judge,
    references=references,
    refuse=refuse,
)
