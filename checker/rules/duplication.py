"""Few documents repeat the text of another one.

What it checks
--------------
The share of documents that are exact copies: documents minus distinct texts, divided by documents with text. Within
the whole dataset, where asked within each shard, and for each dataset named under `across` the share of documents
whose text is found there too. Texts are compared by a 128-bit hash of their bytes; records without text do not count.

Why it matters
--------------
What is repeated is learned by heart: removing duplicates made models emit memorized text about ten times less often,
and one sentence of 61 words stood 60,000 times in C4 (Lee et al. 2021). Copies between datasets make a count of
records say more than it holds. The default of 1 % is a choice of policy: no study gives a harmless share.

How to fix
----------
Remove as many copies as the message says and keep one of each; `headwater diff` shows with which shard they came.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from checker.model.evidence import Evidence, Need
from checker.model.likeness import Copies, Duplication, Gap
from checker.model.outcome import Figure, Judgement, Verdict
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter
from checker.rules._comparing import not_made, to_remove, whole
from checker.rules._copies import example, judge_across, most_in
from checker.rules._numbers import count, exact, percent
from checker.rules._parts import Part
from checker.rules._rulings import Ruling, Words, judge_parts, open_ends


class Params(Parameters):
    """Parameters of `duplication`."""

    max: float = _params.share(
        "The largest allowed share of documents that are copies.", stricter=Stricter.LOWER, default=0.01
    )
    per: tuple[str, ...] = _params.per("dataset", among=("dataset", "shard"))
    across: tuple[str, ...] = _params.across()
    max_across: float = _params.share(
        "The largest allowed share of documents whose text is found in one of the datasets of `across`.",
        stricter=Stricter.LOWER,
        default=0.01,
    )


def needs(params: Params) -> frozenset[Need]:
    """The documents of the dataset; those of others only where asked."""
    return frozenset({Need.SHARDS, Need.COMPOSITION, Need.DUPLICATES} | ({Need.OVERLAP} if params.across else set()))


def references(params: Params) -> tuple[str, ...]:
    """The datasets that it shall share little with."""
    return params.across


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """Copies within the dataset, then those that others have."""
    known = whole(evidence)
    if not known.complete:
        yield from open_ends(known)
        return
    found = evidence.duplication
    if found is None or isinstance(found, Gap):
        yield not_made(known, found, "the comparison of its documents")
    else:
        rule = partial(_rule, found=found, params=params, most=exact(params.max, "max"))
        yield from judge_parts(known, params.per, rule)
    yield from judge_across(evidence, known, params.across, params.max_across, near=False)


def _rule(part: Part, found: Duplication, params: Params, most: Fraction) -> Iterator[Ruling]:
    copies = found.shards.get(part.shard.path) if part.shard else found.whole
    if copies is None or not copies.documents:
        words = Words(f"{part.label} has records but no text, so no copies can be told", fix="name its text field")
        yield Ruling(Verdict.UNKNOWN, Fraction(0), part, lambda: words)
        return
    room = most - Fraction(copies.exact, copies.documents)
    verdict = Verdict.HOLDS if room >= 0 else Verdict.BROKEN
    yield Ruling(verdict, room, part, partial(_words, part, copies, found, params, most))


def _words(part: Part, copies: Copies, found: Duplication, params: Params, most: Fraction) -> Words:
    share = Fraction(copies.exact, copies.documents)
    return Words(
        f"{part.label}: {copies.exact:,} of {count(copies.documents, 'documents')} ({percent(share, most)}) repeat the"
        f" text of another one{example(found, part, equal=True)}; allowed is {percent(most, share)}",
        float(share),
        params.max,
        "share of documents",
        f"remove {count(to_remove(copies.exact, copies.documents, most), 'copies')} from"
        f" {part.label}{most_in(found, part, near=False)}"
        if share > most
        else "",
        Figure(share, "copies", copies.documents),
    )


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_text import of_copies, of_overlaps

    yield from of_copies(evidence.dataset.name, evidence.duplication, params.max, near=False)
    yield from of_overlaps({name: evidence.overlaps[name] for name in params.across if name in evidence.overlaps})


CHECK = Check(
    id="duplication",
    group="documents",
    params=Params,
    needs=needs,
    judge=judge,
    workings=workings,
    references=references,
    worse="higher",
)
