"""Copies as messages tell of them, and those that other datasets have."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from checker.model.evidence import Evidence
from checker.model.likeness import Duplication, Gap, Overlap
from checker.model.outcome import Figure, Judgement, Verdict
from checker.rules._comparing import at, not_made, to_remove
from checker.rules._numbers import count, exact, percent
from checker.rules._parts import Part, Survey


def example(found: Duplication, part: Part, *, equal: bool) -> str:
    """`, such as data/train/07.jsonl:12 and data/train/03.jsonl:7`: two places of the part, never their text."""
    for pair in found.pairs:
        same = pair.exact and pair.similarity == 1
        inside = part.shard is None or pair.one.shard == pair.other.shard == part.shard.path
        if inside and (same or not equal):
            alike = "" if same else f" (similarity {'' if pair.exact else 'about '}{pair.similarity:.2f})"
            return f", such as {at(pair.one)} and {at(pair.other)}{alike}"
    return ""


def most_in(found: Duplication, part: Part, *, near: bool) -> str:
    """`; 07.jsonl alone holds 120 of them`, where a shard repeats itself."""
    if part.shard is not None:
        return ""
    within = {path: (copies.near or 0) if near else copies.exact for path, copies in found.shards.items()}
    worst = max(sorted(within), key=within.__getitem__, default="")
    if len(within) < 2 or not within[worst]:
        return ""
    return f"; {worst} alone holds {within[worst]:,}"


def judge_across(
    evidence: Evidence, known: Survey, names: tuple[str, ...], most: float, *, near: bool
) -> Iterator[Judgement]:
    """The share of documents that each of the named datasets has too."""
    limit = exact(most, "max_across")
    for name in names:
        found = evidence.overlaps.get(name)
        if found is None or isinstance(found, Gap):
            yield not_made(known, found, f"the comparison with {name}", name)
            continue
        shared = found.near if near else found.exact
        if shared is None:
            gap = Gap(f"near-copies of {name} were not looked for", "run `headwater measure`")
            yield not_made(known, gap, "", name)
        elif not found.documents or not found.against_documents:
            yield _nothing_there(known, found, name)
        else:
            yield _shared(known, found, name, shared, limit, near=near)


def _shared(known: Survey, found: Overlap, name: str, shared: int, most: Fraction, *, near: bool) -> Judgement:
    share = Fraction(shared, found.documents)
    holds = share <= most
    kind = "near-copies of documents" if near else "found"
    pair = next((pair for pair in found.pairs if near or (pair.exact and pair.similarity == 1)), None)
    places = f", such as {at(pair.one)} and {at(pair.other)}" if pair else ""
    return Judgement(
        Verdict.HOLDS if holds else Verdict.BROKEN,
        f"{known.dataset.name}: {shared:,} of {count(found.documents, 'documents')} ({percent(share, most)}) are"
        f" {kind} in {name}{places}; allowed is {percent(most, share)}",
        known.location,
        scope=(("against", name),),
        measured=float(share),
        limit=float(most),
        unit="share of documents",
        fix=""
        if holds
        else f"remove {count(to_remove(shared, found.documents, most), 'documents')} that {name} has"
        f" from {known.dataset.name}",
        evidence=(*known.digests(), *found.evidence),
        figure=Figure(share, f"found in {name}", found.documents),
    )


def _nothing_there(known: Survey, found: Overlap, name: str) -> Judgement:
    empty = name if found.documents else known.dataset.name
    gap = Gap(f"{empty} has no document with text, so nothing can be compared", "name its text field, or add data")
    return not_made(known, gap, "", name)
