"""Few documents are near-copies of another one, and their share does not grow.

What it checks
--------------
The share of documents beyond the first of each cluster of near-copies: word 5-grams with a Jaccard similarity of
about 0.75 and more, as MinHash signatures tell it (of pairs at 0.65, 0.75, 0.80 and 0.85 they take 2, 60, 94 and
99.7 %); exact copies count too. For the dataset, where asked for each shard, against each dataset named under
`across`, and with `max_growth` against the share that the base version had.

Why it matters
--------------
Near-copies are pervasive in common corpora, more than 4 % of validation documents had one in training, and removing
them made models emit memorized text about ten times less often (Lee et al. 2021). The defaults, a warning beyond 1 %
and a failure beyond 5 %, are limits of hygiene by policy. They are no signal of collapse: recursive text repeats
phrases, not documents; in the experiments behind these limits 0.2 % were near-copies while 88 % of 8-grams repeated.

How to fix
----------
Keep one document of each cluster: remove as many as the message says. `headwater diff` shows with which shard they
came.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

from checker.model.evidence import Evidence, Need
from checker.model.likeness import Copies, Duplication, Gap
from checker.model.outcome import Figure, Judgement, Verdict
from checker.rules import _digests, _params
from checker.rules._base import Check, Parameters, Stricter
from checker.rules._comparing import not_made, to_remove, whole
from checker.rules._copies import example, judge_across, most_in
from checker.rules._numbers import count, exact, percent
from checker.rules._parts import Part, Survey
from checker.rules._rulings import Ruling, Words, judge_parts, open_ends


class Params(Parameters):
    """Parameters of `near-duplication`."""

    max: float = _params.share(
        "The largest allowed share of documents that are near-copies.", stricter=Stricter.LOWER, default=0.05
    )
    warn: float = _params.share(
        "Beyond this share, and up to `max`, the result is doubtful: a warning.", stricter=Stricter.LOWER, default=0.01
    )
    per: tuple[str, ...] = _params.per("dataset", among=("dataset", "shard"))
    across: tuple[str, ...] = _params.across()
    max_across: float = _params.share(
        "The largest allowed share of documents with a near-copy in one of the datasets of `across`.",
        stricter=Stricter.LOWER,
        default=0.05,
    )
    max_growth: float = _params.share(
        "By how much the share may exceed that of the base version; 1 asks for no comparison.",
        stricter=Stricter.LOWER,
        default=1.0,
    )


def needs(params: Params) -> frozenset[Need]:
    """Signatures of the documents; of the base and of other datasets only where asked."""
    wanted = {Need.SHARDS, Need.COMPOSITION, Need.DUPLICATES, Need.NEAR_DUPLICATES}
    if params.across:
        wanted |= {Need.OVERLAP}
    if params.max_growth < 1:
        wanted |= {Need.BASE}
    return frozenset(wanted)


def references(params: Params) -> tuple[str, ...]:
    """The datasets that it shall share little with."""
    return params.across


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """Near-copies within the dataset, their growth, then those of other datasets."""
    known = whole(evidence)
    if not known.complete:
        yield from open_ends(known)
        return
    found = evidence.duplication
    if found is None or isinstance(found, Gap):
        yield not_made(known, found, "the comparison of its documents")
    else:
        most, doubt = exact(params.max, "max"), exact(params.warn, "warn")
        yield from judge_parts(known, params.per, partial(_rule, found=found, most=most, doubt=doubt))
        if params.max_growth < 1:
            yield _growth(evidence, known, found.whole, exact(params.max_growth, "max_growth"))
    yield from judge_across(evidence, known, params.across, params.max_across, near=True)


def _rule(part: Part, found: Duplication, most: Fraction, doubt: Fraction) -> Iterator[Ruling]:
    copies = found.shards.get(part.shard.path) if part.shard else found.whole
    if copies is None or not copies.documents or copies.near is None:
        lacking = "no text" if copies is None or not copies.documents else "no signatures"
        words = Words(f"{part.label} has records but {lacking}, so no near-copies can be told", fix="measure it again")
        yield Ruling(Verdict.UNKNOWN, Fraction(0), part, lambda: words)
        return
    share = Fraction(copies.near, copies.documents)
    limit = most if share > most else min(most, doubt)
    verdict = Verdict.BROKEN if share > most else Verdict.DOUBTFUL if share > limit else Verdict.HOLDS
    yield Ruling(verdict, limit - share, part, partial(_words, part, copies, found, most, limit))


def _words(part: Part, copies: Copies, found: Duplication, most: Fraction, limit: Fraction) -> Words:
    near = copies.near or 0
    share = Fraction(near, copies.documents)
    bands = f"allowed is {percent(most, share)}" + ("" if limit == most else f", a warning beyond {percent(limit)}")
    cluster = f", in clusters of up to {found.largest_cluster:,}" if found.largest_cluster and not part.name else ""
    chained = (
        f"; {count(found.boilerplate, 'sets')} of boilerplate were chained, not compared all with all"
        if found.boilerplate and not part.name
        else ""
    )
    return Words(
        f"{part.label}: {near:,} of {count(copies.documents, 'documents')} ({percent(share, limit)}) are near-copies,"
        f" {copies.exact:,} of them exact{cluster}{example(found, part, equal=False)}{chained}; {bands}",
        float(share),
        float(limit),
        "share of documents",
        f"remove {count(to_remove(near, copies.documents, limit), 'near-copies')} from"
        f" {part.label}{most_in(found, part, near=True)}"
        if share > limit
        else "",
        Figure(share, "near-copies", copies.documents),
    )


def _growth(evidence: Evidence, known: Survey, now: Copies, most: Fraction) -> Judgement:
    """The share now minus that of the base."""
    dataset, before = evidence.dataset, evidence.base_duplication
    if dataset.base is None:
        if dataset.base_problem:
            gap = Gap(f"the base cannot be read: {dataset.base_problem}", "fetch the base version")
            return not_made(known, gap, "", "base")
        message = f"{dataset.name} is new, so its near-copies have not grown"
        digests = known.digests()
        return Judgement(Verdict.HOLDS, message, known.location, scope=(("against", "base"),), evidence=digests)
    if before is None or isinstance(before, Gap):
        return not_made(known, before, "the comparison of the documents of the base", "base")
    if now.near is None or before.whole.near is None or not now.documents:
        gap = Gap("near-copies were not looked for on both sides", "run `headwater measure`")
        return not_made(known, gap, "", "base")
    return _grown(known, now, before.whole, most)._replace(
        evidence=(*known.digests(), *_digests.of_version(dataset.base))
    )


def _grown(known: Survey, now: Copies, before: Copies, most: Fraction) -> Judgement:
    share = Fraction(now.near or 0, now.documents)
    base = Fraction(before.near or 0, before.documents) if before.documents else Fraction(0)
    growth, target = share - base, base + most
    holds = growth <= most
    return Judgement(
        Verdict.HOLDS if holds else Verdict.BROKEN,
        f"{known.dataset.name}: {percent(share, base)} of documents are near-copies, {percent(base, share)} in the"
        f" base; their share may grow by {percent(most, growth)} of all documents",
        known.location,
        scope=(("against", "base"),),
        measured=float(growth),
        limit=float(most),
        unit="share of documents",
        fix=""
        if holds
        else f"remove {count(to_remove(now.near or 0, now.documents, target), 'near-copies')} that came since the base",
    )


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_text import of_copies, of_growth, of_overlaps

    yield from of_copies(evidence.dataset.name, evidence.duplication, params.max, near=True)
    if params.max_growth < 1:
        yield from of_growth(evidence.duplication, evidence.base_duplication)
    yield from of_overlaps({name: evidence.overlaps[name] for name in params.across if name in evidence.overlaps})


CHECK = Check(
    id="near-duplication",
    group="documents",
    params=Params,
    needs=needs,
    judge=judge,
    workings=workings,
    references=references,
    worse="higher",
)
