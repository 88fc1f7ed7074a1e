"""The text is as varied as the reference, both measured at the same budget of tokens.

What it checks
--------------
Signals of variety over blocks of `budget_tokens` tokens, against the same signals of the reference: by which part
they moved in the direction of collapse (4-gram repetition across documents and compression ratio up; distinct
3-grams, conditional entropy and Vendi diversity down), and the share of repeated 13-grams as it is. Values at another
budget are not compared, since all of these grow or fall with length. Beyond `limits` the rule is broken, beyond `warn`
the result is doubtful. Where the text moved away as a change of domain does, it is at most doubtful.

Why it matters
--------------
Diversity falls in each generation that learns from the last one, while correctness may stay (Briesch et al. 2023; Guo
et al. 2024), so accuracy alone does not show it. The defaults rest on two human corpora and n-gram models: clean
blocks of one source varied by 0.5 % in distinct 3-grams (1.5 % between sources) and by 2 to 4 % in 4-gram repetition;
after one generation distinct 3-grams had fallen by 3 to 21 %, Vendi diversity by 15 to 30 %, and repetition was two to
six times as high. MATTR, hapax and type-token ratio are not used: they rose while the text collapsed.

Where the reference has fewer than `min_reference_blocks` blocks, its mean says too little, and the limits in
`absolute` apply: those at which the second generation stood in both corpora. They are a choice of policy.

How to fix
----------
Take out the repeated or machine-made text that the signal points at, add real text of the kinds that the reference
has, or correct the reference where it is another kind of text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from math import isfinite
from typing import Any, NamedTuple

from checker.model.evidence import Evidence, Need
from checker.model.likeness import Gap
from checker.model.outcome import Figure, Judgement, Verdict
from checker.model.signals import Comparison, Signal
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter, param
from checker.rules._comparing import compared, had, said_of_small, small_shards, whole, with_reference, within
from checker.rules._numbers import count, percent
from checker.rules._parts import Part
from checker.rules._rulings import Ruling, Words, judge_parts, open_ends
from checker.rules._signals import figure, insufficient, name_of

# Each signal and the direction in which collapse moves it.
DIRECTIONS: Mapping[str, int] = {
    "selfrep4": 1,
    "distinct3": -1,
    "cond_entropy": -1,
    "vendi": -1,
    "zlib": 1,
    "dup13": 1,
}
# Judged as they are: the reference may well have none, and then no ratio exists.
AS_THEY_ARE = frozenset({"dup13"})


def _limits(doc: str, default: Mapping[str, float], stricter: Stricter) -> Any:
    signals = {name: {"type": "number", "minimum": 0, "description": f"For {name_of(name)}."} for name in DIRECTIONS}
    schema = {"type": "object", "properties": signals, "additionalProperties": False}
    return param(schema, doc, stricter=stricter, default=default)


class Params(Parameters):
    """Parameters of `diversity`."""

    reference: str = _params.reference()
    per: tuple[str, ...] = _params.per("dataset", among=("dataset", "shard"))
    limits: Mapping[str, float] = _limits(
        "For each signal that is judged, by which part of the reference's value it may move towards collapse"
        " (0.08 is 8 %); `dup13` is the largest allowed share of repeated 13-grams.",
        {"selfrep4": 1.0, "distinct3": 0.08, "cond_entropy": 0.08, "vendi": 0.2, "zlib": 0.15, "dup13": 0.1},
        Stricter.LOWER,
    )
    warn: Mapping[str, float] = _limits(
        "The same limits for a doubtful result (a warning); a signal that is left out has none.",
        {"selfrep4": 0.3, "distinct3": 0.03, "cond_entropy": 0.03, "vendi": 0.08, "zlib": 0.05, "dup13": 0.03},
        Stricter.LOWER,
    )
    absolute: Mapping[str, float] = _limits(
        "Limits of the values themselves (the most for `selfrep4`, `zlib` and `dup13`, the least for the others), for"
        " a reference that is too small; without any, the result is then open.",
        {"selfrep4": 0.5, "distinct3": 0.46, "cond_entropy": 3.5, "dup13": 0.1},
        Stricter.FIXED,
    )
    budget_tokens: int = param(
        {"type": "integer", "minimum": 1},
        "The budget that the limits were chosen for; values measured at another one are not judged.",
        stricter=Stricter.FIXED,
        default=20_000,
        unit="tokens",
    )
    min_blocks: int = param(
        {"type": "integer", "minimum": 1},
        "A shard with fewer blocks is judged within the dataset only; a dataset with fewer leaves the result open.",
        # More would let a shard off that is judged alone, fewer would judge where little is known.
        stricter=Stricter.FIXED,
        default=5,
        unit="blocks",
    )
    min_reference_blocks: int = param(
        {"type": "integer", "minimum": 1},
        "So many blocks of the reference are needed to hold values against their mean.",
        # It chooses between two sorts of limits, of which either may be the stricter.
        stricter=Stricter.FIXED,
        default=5,
        unit="blocks",
    )


def needs(params: Params) -> frozenset[Need]:
    """The statistics of the text, of single shards only where asked."""
    shards = {Need.SHARD_COMPARISON} if "shard" in params.per else set()
    return frozenset({Need.SHARDS, Need.COMPOSITION, Need.COMPARISON} | shards)


def references(params: Params) -> tuple[str, ...]:
    """What the text is compared with."""
    return (params.reference,)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """Each part, each signal."""
    known = whole(evidence)
    if not known.complete:
        yield from open_ends(known)
        return
    found = had(
        evidence.comparisons.get(params.reference), f"the comparison of {known.dataset.name} with {params.reference}"
    )
    small = small_shards(evidence, params.reference, params.per, params.min_blocks)
    rule = partial(_rule, evidence=evidence, params=params, small=small)
    yield from with_reference(judge_parts(known, within(params.per, small), rule), found)


class Reading(NamedTuple):
    """How one signal stands: `moved` is what the limits are for, `room` the distance to the nearest one not passed."""

    name: str
    signal: Signal
    moved: float
    fail: float
    warn: float
    relative: bool


def _rule(part: Part, evidence: Evidence, params: Params, small: int) -> Iterator[Ruling]:
    found = compared(evidence, part, params.reference)
    if found is None or isinstance(found, Gap):
        gap = found or Gap(f"{part.label} was not compared with {params.reference}", "run `headwater measure`")
        yield _unknown(part, gap.what, gap.fix)
    elif found.budget_tokens != params.budget_tokens:
        yield _unknown(
            part,
            f"{part.label} was measured in blocks of {found.budget_tokens:,} tokens, and the limits are for"
            f" {params.budget_tokens:,}: values at different budgets are not compared",
            f"measure it at {params.budget_tokens:,} tokens, or set budget_tokens with limits of your own",
        )
    elif part.shard and found.blocks < params.min_blocks:
        return
    elif not found.signals:
        yield _unknown(part, *insufficient(found, part.label))
    elif found.blocks < params.min_blocks:
        yield _too_short(part, found, params)
    else:
        yield from _signals(part, found, params, said_of_small(part, small))


def _signals(part: Part, found: Comparison, params: Params, small: str) -> Iterator[Ruling]:
    relative = _carries(found, params)
    if not relative and not params.absolute:
        yield _unknown(part, *_insufficient(part, found, params))
        return
    for name in params.limits if relative else params.absolute:
        signal = found.signals.get(name)
        reading = None if signal is None else _reading(name, signal, params, relative=relative)
        if reading is None:
            what = f"{part.label}: {name_of(name)} could not be held against {found.reference}"
            yield _unknown(part, what, "measure it again", name)
            continue
        verdict = _verdict(reading, shifted=found.shifted)
        limit = reading.fail if verdict is Verdict.BROKEN else min(reading.warn, reading.fail)
        yield Ruling(
            verdict,
            (limit - reading.moved) / (abs(limit) or 1.0),
            part,
            partial(_words, part, found, reading, limit, params, small),
            facet=(("signal", name),),
        )


def _reading(name: str, signal: Signal, params: Params, *, relative: bool) -> Reading | None:
    """How far the signal has moved towards collapse; None where that is no number."""
    if relative and name not in AS_THEY_ARE:
        moved = None if signal.relative is None else signal.relative * DIRECTIONS[name]
        fail, warn = params.limits[name], params.warn.get(name, params.limits[name])
    else:
        moved = signal.value * DIRECTIONS[name]
        table = params.limits if relative else params.absolute
        fail = table[name] * DIRECTIONS[name]
        warn = params.warn.get(name, fail) if relative else fail
    if moved is None or not isfinite(moved):
        return None
    return Reading(name, signal, moved, fail, warn, relative and name not in AS_THEY_ARE)


def _verdict(reading: Reading, *, shifted: bool) -> Verdict:
    if reading.moved > reading.fail:
        return Verdict.DOUBTFUL if shifted and reading.relative else Verdict.BROKEN
    return Verdict.DOUBTFUL if reading.moved > reading.warn else Verdict.HOLDS


def _words(part: Part, found: Comparison, reading: Reading, limit: float, params: Params, small: str) -> Words:
    value, name = figure(reading.signal.value), name_of(reading.name)
    blocks = f"over {count(found.blocks, 'blocks')} of {found.budget_tokens:,} tokens"
    if reading.relative:
        words = _against(part, found, reading, limit, f"{name} {value} {blocks}")
        return words._replace(message=f"{words.message}{small}")
    few = "" if _carries(found, params) else f"{_few(found, params)}; so absolutely: "
    side = "most" if DIRECTIONS[reading.name] > 0 else "least"
    least = limit * DIRECTIONS[reading.name]
    return Words(
        f"{part.label}: {few}{name} {value} {blocks}; the {side} is {figure(least)}{small}",
        reading.signal.value,
        least,
        "share of 13-grams" if reading.name in AS_THEY_ARE else "",
        f"take out the text that repeats itself until {name} is {'at most' if side == 'most' else 'at least'}"
        f" {figure(least)}" + ("" if not few else f", or {_more(found, params)}"),
        Figure(reading.signal.value, f"as {name}", worse=_worse(reading.name)),
    )


def _against(part: Part, found: Comparison, reading: Reading, limit: float, said: str) -> Words:
    direction = DIRECTIONS[reading.name]
    goal = reading.signal.reference * (1 + direction * limit)
    moved = reading.moved * direction
    domain = ", though a change of domain may explain it" if found.shifted else ""
    return Words(
        f"{part.label}: {said}, {figure(reading.signal.reference)} in {found.reference} ({_signed(moved)}){domain};"
        f" allowed is {_signed(limit * direction)}",
        moved,
        limit * direction,
        "share of the reference",
        f"take out repeated or machine-made text, or add real text, until {name_of(reading.name)} is"
        f" {'at most' if direction > 0 else 'at least'} {figure(goal)}",
        Figure(moved, f"in {name_of(reading.name)} beside {found.reference}", worse=_worse(reading.name)),
    )


def _worse(signal: str) -> str:
    """In which direction collapse moves it."""
    return "higher" if DIRECTIONS[signal] > 0 else "lower"


def _signed(share: float) -> str:
    return f"{'+' if share >= 0 else ''}{percent(share)}"


def _too_short(part: Part, found: Comparison, params: Params) -> Ruling:
    lacking = (params.min_blocks - found.blocks) * found.budget_tokens
    return _unknown(
        part,
        f"{part.label} has {count(found.blocks, 'blocks')} of {found.budget_tokens:,} tokens, and"
        f" {params.min_blocks:,} are needed to judge its diversity",
        f"add about {lacking:,} tokens, or lower min_blocks",
    )


def _insufficient(part: Part, found: Comparison, params: Params) -> tuple[str, str]:
    return f"{part.label}: {_few(found, params)}", _more(found, params)


def _more(found: Comparison, params: Params) -> str:
    lacking = (params.min_reference_blocks - found.reference_blocks) * found.budget_tokens
    if found.insufficient or lacking <= 0:
        return f"add what is lacking to {found.reference}"
    return f"add about {lacking:,} tokens to {found.reference}"


def _carries(found: Comparison, params: Params) -> bool:
    """Whether the mean of the reference says enough, and what it tells of a change of domain is known."""
    return not found.insufficient and found.reference_blocks >= params.min_reference_blocks


def _few(found: Comparison, params: Params) -> str:
    blocks = (
        f"{found.reference} has {count(found.reference_blocks, 'blocks')}, {params.min_reference_blocks:,} are needed"
    )
    return f"insufficient-reference: {found.insufficient or blocks}"


def _unknown(part: Part, what: str, fix: str, signal: str = "") -> Ruling:
    facet = (("signal", signal),) if signal else ()
    return Ruling(Verdict.UNKNOWN, 0.0, part, lambda: Words(what, fix=fix), facet=facet)


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_text import of_signals

    return of_signals(evidence.comparisons, params.limits, params.warn)


CHECK = Check(
    id="diversity",
    group="documents",
    params=Params,
    needs=needs,
    judge=judge,
    workings=workings,
    references=references,
    worse="higher",
)
