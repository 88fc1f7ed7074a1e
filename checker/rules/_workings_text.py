"""How the numbers of the checks of text come about: what was compared with what, by which statistic and bound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import floor

from checker.model.likeness import Copies, Duplication, Gap, Overlap
from checker.model.signals import Comparison
from checker.rules._numbers import count, percent
from checker.rules._proportions import EXACT_FOUND, EXACT_TOTAL
from checker.rules._signals import name_of
from checker.rules._workings import MOST_PARTS, exactly


def of_copies(name: str, found: Duplication | Gap | None, most: float, *, near: bool) -> Iterator[str]:
    """`duplication` and `near-duplication`: the dataset, and the shards that repeat themselves most."""
    if found is None or isinstance(found, Gap):
        return
    shards = sorted(found.shards.items(), key=lambda item: (-_copies(item[1], near=near), item[0]))[:MOST_PARTS]
    for label, copies in (((name, found.whole)), *((f"{name}/{path}", copies) for path, copies in shards)):
        if not copies.documents:
            continue
        number = _copies(copies, near=near)
        told = "documents minus clusters of near-copies" if near else "documents minus distinct texts"
        yield f"{label}: {count(copies.documents, 'documents')}, {number:,} copies ({told}) =" + (
            f" {exactly(Fraction(number, copies.documents))}; the limit {percent(most)} allows"
            f" {floor(Fraction(repr(most)) * copies.documents):,}"
        )
    if near and found.largest_cluster:
        yield f"{name}: the largest cluster has {count(found.largest_cluster, 'documents')}"


def of_growth(now: Duplication | Gap | None, before: Duplication | Gap | None) -> Iterator[str]:
    """`near-duplication`: the share now beside that of the base."""
    if not isinstance(now, Duplication) or not isinstance(before, Duplication) or not now.whole.documents:
        return
    share, base = (
        Fraction(side.near or 0, side.documents) if side.documents else Fraction(0)
        for side in (now.whole, before.whole)
    )
    yield f"near-copies now {exactly(share)}, in the base {exactly(base)}: the share grew by {exactly(share - base)}"


def _copies(copies: Copies, *, near: bool) -> int:
    return (copies.near or 0) if near else copies.exact


def of_overlaps(overlaps: Mapping[str, Overlap | Gap]) -> Iterator[str]:
    """What was found of other data, by each way of looking."""
    for name, found in sorted(overlaps.items()):
        if isinstance(found, Gap):
            yield f"{name}: not compared, {found.what}"
            continue
        near = "not looked for" if found.near is None else f"{found.near:,}"
        yield f"{name}: of {count(found.documents, 'documents')} here {found.exact:,} are equal to one of its" + (
            f" {count(found.against_documents, 'documents')}, near-copies (equal ones included) {near}"
        )
        if found.documents:
            equal, alike = (Fraction(number or 0, found.documents) for number in (found.exact, found.near))
            yield f"{name}: of the documents here {exactly(equal)} are equal, {exactly(alike)} equal or near"
        if found.fragments:
            share = Fraction(found.shared_fragments, found.fragments)
            yield f"{name}: {found.shared_fragments:,} of {count(found.fragments, 'sampled 13-grams')} stand here =" + (
                f" {exactly(share)}; a passage shows with 95% from about {found.smallest_visible_tokens:,} tokens on"
            )


def of_signals(
    comparisons: Mapping[str, Comparison | Gap], limits: Mapping[str, float], warn: Mapping[str, float]
) -> Iterator[str]:
    """`diversity`: each signal at its budget, beside the reference."""
    for label, found in _compared(comparisons):
        yield f"{label}: {count(found.blocks, 'blocks')} of {found.budget_tokens:,} tokens," + (
            f" {count(found.reference_blocks, 'blocks')} of {found.reference}"
        )
        for name in limits:
            signal = found.signals.get(name)
            if signal is None:
                continue
            moved = "no ratio" if signal.relative is None else f"moved by {signal.relative!r}"
            z = "" if signal.z is None else f", {signal.z:+.2f} standard deviations of its blocks"
            doubt = f", doubtful beyond {warn[name]!r}" if name in warn else ""
            yield (
                f"{label}: {name_of(name)} {signal.value!r}, {signal.reference!r} in {found.reference}: {moved}{z};"
                + (f" broken beyond {limits[name]!r}{doubt}")
            )


def of_scores(comparisons: Mapping[str, Comparison | Gap], raised: float) -> Iterator[str]:
    """`collapse-score`: the mean of the three largest signed z; `raised` is the factor for many shards."""
    for label, found in _compared(comparisons):
        score = found.collapse
        if score is None:
            yield f"{label}: no score, {found.insufficient or 'the reference is too small'}"
            continue
        led = ", ".join(
            f"{name_of(name)} {found.signals[name].z:+.2f}"
            for name in score.signals
            if name in found.signals and found.signals[name].z is not None
        )
        yield f"{label}: score {score.value!r} = the mean of the three largest signed z ({led or 'none'})"
        shard = " shard " in label
        if found.drift is not None:
            yield f"{label}: drift {found.drift.value!r}, which only warns, beyond {found.drift.threshold!r}"
        yield f"{label}: doubtful beyond {score.threshold!r}, which one clean part in 100 exceeds; broken beyond" + (
            f" {score.threshold * (raised if shard else 1)!r}"
        )


def of_classes(rows: Iterator[tuple[str, int, int, int, int, float]], confidence: float) -> Iterator[str]:
    """`tail-coverage`: (class, records, all, records there, all there, part of the share there) by class."""
    for label, records, total, there, there_total, part in sorted(rows, key=lambda row: (row[5], row[0]))[:12]:
        exact = total <= EXACT_TOTAL or records <= EXACT_FOUND or total - records <= EXACT_FOUND
        bound = "Clopper-Pearson" if exact else "Wilson, with continuity correction"
        yield f"{label}: {records:,} of {total:,} here, {there:,} of {there_total:,} there; lower bound used:" + (
            f" {bound} at {percent(confidence)}, one-sided; as a part of the share there {part!r}"
        )


def of_tail(comparisons: Mapping[str, Comparison | Gap]) -> Iterator[str]:
    """`tail-coverage`: rare words."""
    for label, found in _compared(comparisons):
        tail = found.tail
        if tail is not None and tail.reference_present > 0:
            yield (
                f"{label}: {tail.present!r} of {tail.types:,} rare words are found, {tail.reference_present!r} by the"
                + (f" reference itself: {tail.present / tail.reference_present!r}")
            )


def _compared(comparisons: Mapping[str, Comparison | Gap]) -> Iterator[tuple[str, Comparison]]:
    for name, found in sorted(comparisons.items())[: MOST_PARTS + 1]:
        if isinstance(found, Comparison):
            yield f"against {name}", found
