"""Licenses of the card and of the records are within the allow list.

What it checks
--------------
Every license that the records and the card state, normalized to SPDX ids: Hugging Face ids, Creative Commons URLs and
the long names of the Common Pile are understood. A list of licenses means that all of them apply, so all must be
allowed; `A OR B` needs one. A license that is not stated, or not understood, counts as `unknown_as` says.

Why it matters
--------------
One record under a license that forbids the use taints the model that was trained on it, and cannot be taken out
afterwards. (EU AI Act Art. 53(1)(c); California AB 2013 (5), (6).)

How to fix
----------
Remove or replace the records, state their license, or add the license to the allow list of the policy.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from checker.model.card import Card, Value
from checker.model.evidence import Evidence, Need
from checker.model.location import Location
from checker.model.outcome import Figure, Judgement, Verdict
from checker.rules import _digests, _params
from checker.rules._base import Check, Complaint, Missing, Parameters, Stricter, everything, param
from checker.rules._licenses import Standing, terms, understood
from checker.rules._licenses import judge as standing_of
from checker.rules._numbers import count
from checker.rules._parts import Part, Survey, survey
from checker.rules._ranking import Fact, ranking
from checker.rules._rulings import Found, Line, Ruling, Words, bad_rows, found_on, judge_parts

PLACES = ("records", "card")
_OK = Standing.ALLOWED


class Params(Parameters):
    """Parameters of `license-allowed`."""

    allow: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "uniqueItems": True},
        "Allowed licenses: SPDX or Hugging Face ids. A star at the end stands for a version (`CC-BY-*` is not"
        " CC-BY-NC-4.0); a star alone is every license that is understood.",
        stricter=Stricter.FEWER,
        star=understood,
    )
    deny: tuple[str, ...] = param(
        {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
        "Licenses that are refused although `allow` has them; a star stands for anything.",
        stricter=Stricter.MORE,
        default=(),
        star=everything,
    )
    unknown_as: str = param(
        {"enum": ["allowed", "doubtful", "denied"]},
        "How a license that is not stated or not understood counts; `doubtful` warns.",
        stricter=Stricter.ORDERED,
        order=("allowed", "doubtful", "denied"),
        default="denied",
    )
    places: tuple[str, ...] = param(
        {"type": "array", "items": {"enum": list(PLACES)}, "minItems": 1, "uniqueItems": True},
        "Whose licenses are judged: those of the records, that of the card.",
        stricter=Stricter.MORE,
        default=PLACES,
    )
    per: tuple[str, ...] = _params.per("dataset", "shard")
    max_bad_rows: int = _params.max_bad_rows()


def needs(params: Params) -> frozenset[Need]:
    """The card, the composition of every shard, or both."""
    wanted = {"card": {Need.CARD}, "records": {Need.SHARDS, Need.COMPOSITION}}
    return frozenset(need for place in params.places for need in wanted[place])


def refuse(params: Params) -> Iterator[Complaint]:
    """A rule that nothing can satisfy."""
    denied = [name for name in params.allow if standing_of(name, params.allow, params.deny) is Standing.DENIED]
    if len(denied) == len(params.allow):
        listed = ", ".join(denied[:5])
        yield Complaint(f"deny refuses all that allow has ({listed})", "take them out of one of the two", "deny")


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """The card's licenses, then those of the records."""
    if "card" in params.places:
        yield from _card(evidence, params)
    if "records" in params.places:
        known = survey(evidence)
        yield from bad_rows(known, params.max_bad_rows)
        yield from judge_parts(known, params.per, partial(_rule, params=params), partial(_find, known, params))


def _find(known: Survey, params: Params, dimension: str) -> Found:
    key = ("license-allowed", params.allow, params.deny, params.unknown_as)
    found = ranking(known, dimension, key, partial(_fact, params, {}), high=True)
    failing = found.failing(Fraction(0))
    verdicts = set(found.columns[2][:failing]) if failing else set()
    verdict = _GRAVITY[verdicts.pop()] if len(verdicts) == 1 else None
    line = Line(found.parts, failing, lambda at: _ruling(found.parts[at], params), verdict)
    return found_on([line], len(found.parts))


def _fact(params: Params, known: dict[str, int], part: Part) -> Fact:
    """How many records are refused, of how many, and how grave that is. `known` remembers what names come to."""
    bad = grave = 0
    silent = part.records
    for _, tally in part.tallies:
        for name, records in tally.licenses.items():
            silent -= records
            if name not in known:
                known[name] = _GRAVITY.index(_of(standing_of(name, params.allow, params.deny), params))
            if known[name] and records:
                bad, grave = bad + records, max(grave, known[name])
    unstated = _GRAVITY.index(_of(Standing.UNKNOWN, params))
    if silent > 0 and unstated:
        bad, grave = bad + silent, max(grave, unstated)
    return bad, part.records, grave


def _card(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    card = evidence.card
    if card is None:
        if params.places == ("card",) or evidence.card_problem:
            reason = evidence.card_problem or f"{evidence.dataset.name} has no card"
            raise Missing(f"no license of a card can be read: {reason}", "write a card that names the license")
        return
    stated = card.filled("license")
    if not stated:
        yield Judgement(
            _of(Standing.UNKNOWN, params),
            f"{card.path} names no license",
            next((value.location for value in card.fields.get("license", ())), Location(card.path, 1)),
            scope=(("card", card.path),),
            limit=_limit(params),
            fix="name the license in the card",
            evidence=_digests.of_card(card),
        )
    for value in stated:
        name = _name(value, card)
        standing = standing_of(name, params.allow, params.deny)
        verdict = _of(standing, params)
        yield Judgement(
            verdict,
            f"{card.path} names the license {name}, which {_phrase(standing)}",
            value.location,
            scope=(("card", card.path),),
            measured=name,
            limit=_limit(params),
            unit="license",
            fix="" if verdict is Verdict.HOLDS else f"change the license, or {_accept([name], params)}",
            evidence=_digests.of_card(card),
        )


def _name(value: Value, card: Card) -> str:
    """`other` of the Hub stands for the license that `license_name` names."""
    own = card.first("license_name")
    return str(own.content) if own is not None and str(value.content).casefold() == "other" else str(value.content)


def _accept(names: list[str], params: Params) -> str:
    """What the policy would have to say for these licenses, by SPDX id where they are known."""
    choices = {choice for name in names for choice in terms(name).every}
    refused = [choice[0] for choice in sorted(choices) if standing_of(choice[0], params.allow, params.deny) is not _OK]
    banned = [name for name in refused if params.deny and standing_of(name, params.allow, ()) is _OK]
    unlisted = [name for name in refused if name not in banned]
    steps = [f"take {', '.join(banned[:3])} off the policy's deny list"] if banned else []
    return " and ".join([*steps, *([f"add {', '.join(unlisted[:3])} to the policy's allow list"] if unlisted else [])])


def _rule(part: Part, params: Params) -> Iterator[Ruling]:
    yield _ruling(part, params)


def _ruling(part: Part, params: Params) -> Ruling:
    counts = _by_standing(part, params)
    bad, records, grave = _fact(params, {}, part)
    verdict = _GRAVITY[grave]
    return Ruling(
        verdict,
        Fraction(-bad, records),
        part,
        partial(_words, part, counts, bad, params),
        verdict is not Verdict.HOLDS,
    )


_GRAVITY = (Verdict.HOLDS, Verdict.DOUBTFUL, Verdict.BROKEN)


def _by_standing(part: Part, params: Params) -> dict[Standing, dict[str, int]]:
    """How many records have which license, by what the policy makes of it. "" is no license."""
    by_name: dict[str, int] = {}
    for _, tally in part.tallies:
        for name, records in tally.licenses.items():
            by_name[name] = by_name.get(name, 0) + records
    counts: dict[Standing, dict[str, int]] = {standing: {} for standing in Standing}
    for name, records in by_name.items():
        if records:
            counts[standing_of(name, params.allow, params.deny)][name] = records
    silent = part.records - sum(by_name.values())
    if silent > 0:
        counts[Standing.UNKNOWN][""] = silent
    return counts


def _of(standing: Standing, params: Params) -> Verdict:
    if standing is Standing.UNKNOWN:
        return {"allowed": Verdict.HOLDS, "doubtful": Verdict.DOUBTFUL, "denied": Verdict.BROKEN}[params.unknown_as]
    return Verdict.HOLDS if standing is Standing.ALLOWED else Verdict.BROKEN


def _words(part: Part, counts: dict[Standing, dict[str, int]], bad: int, params: Params) -> Words:
    listed = []
    for standing in (Standing.DENIED, Standing.UNKNOWN):
        if _of(standing, params) is Verdict.HOLDS:
            continue
        worst = sorted(counts[standing].items(), key=lambda item: (-item[1], item[0]))
        listed += [f"{records:,} {_called(name, standing)}" for name, records in worst[:3]]
        if worst[3:]:
            listed.append(f"{sum(records for _, records in worst[3:]):,} under {len(worst) - 3:,} more")
    if not bad:
        unstated = sum(counts[Standing.UNKNOWN].values())
        note = f"; {unstated:,} of them state none that is understood, which is allowed" if unstated else ""
        message = f"{part.label}: the licenses of {count(part.records, 'records')} are allowed{note}"
    else:
        message = f"{part.label}: of {count(part.records, 'records')}, {' and '.join(listed)}"
    refused = {
        name for standing, found in counts.items() if _of(standing, params) is not Verdict.HOLDS for name in found
    }
    steps = [f"remove {count(bad, 'records')} from {part.label}"]
    if "" in refused:
        steps.append("state their license")
    if named := sorted(refused - {""}):
        steps.append(_accept(named, params))
    figure = Figure(bad, "whose license is not allowed")
    return Words(message, bad, 0, "records", ", or ".join(steps), figure)


def _called(name: str, standing: Standing) -> str:
    return f"under {name}, which {_phrase(standing)}" if name else "without a license"


def _phrase(standing: Standing) -> str:
    return {
        Standing.ALLOWED: "is allowed",
        Standing.DENIED: "is not allowed",
        Standing.UNKNOWN: "is no license that is understood",
    }[standing]


def _limit(params: Params) -> str:
    return ", ".join(params.allow)


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings import worst_parts
    from checker.rules._workings_records import of_licenses

    if "records" in params.places:
        for part in worst_parts(survey(evidence), params.per, lambda part: _fact(params, {}, part)[0]):
            yield from of_licenses(part.label, _by_standing(part, params), _fact(params, {}, part)[0])


CHECK = Check(
    id="license-allowed",
    group="provenance",
    params=Params,
    needs=needs,
    judge=judge,
    workings=workings,
    worse="higher",
    refuse=refuse,
)
