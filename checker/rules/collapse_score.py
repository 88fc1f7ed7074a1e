"""The text does not move away from gold in the direction in which recursive training moves it.

What it checks
--------------
A score at a fixed budget of tokens: the mean of the three largest z, in the direction of collapse, of cross-document
3-gram and 4-gram repetition, distinct 3-grams, conditional entropy, Vendi diversity, likeness of passages, repeated
13-grams, rare words and compression ratio. The limit comes from the reference itself, drawn as the measurement is
drawn: mean plus k standard deviations of its own blocks, k the factor of a tolerance bound (95 % confidence, 99 %
content). Text that moved as a new domain does (less likely under the reference and with many words that it lacks) is
doubtful, never broken and never passed. A two-sided drift score may only warn: it says different, not collapsed.

Of a hundred clean shards one exceeds a limit that each exceeds with 1 %: so a shard beyond it is doubtful, and broken
beyond a limit raised for their number (Bonferroni). Shards shorter than a block are judged within the dataset.

Why it matters
--------------
Provenance is the gate, statistics are the alarm for what provenance missed. Against a reference of the same sources,
in shards of 20,000 words (docs/collapse-benchmark.md, two splits), the score flagged 57 of 60 shards of school
problems and 41 of 60 of technical prose with 10 % of fourth-generation text of an n-gram model (temperature 0.8), and
60 and 58 of 60 with 40 % of its first generation. Of 204 clean shards 1 and 4 failed, drawn by source 2 and 5: text
of people that holds near-copies can fail. No shard with text of another domain did. Against a reference of other
sources it sees less. It is nearly blind below 10 %, and below 20 % for the text of modern models. So this check never
says that there is no synthetic data; it says how small a share of such text it could typically have seen.

How to fix
----------
Look at the named signals and at the shards that came since the base (`headwater diff`, or `per: [shard]`), take out
or label what a machine made, add real text. Where the reference is too small, add as much as the message says;
until then `diversity` has limits that do not come from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import isfinite

from checker.model.evidence import Evidence, Need
from checker.model.likeness import Gap
from checker.model.outcome import Figure, Judgement, Verdict
from checker.model.signals import Comparison, Score
from checker.rules import _params
from checker.rules._base import Check, Parameters, Stricter, param
from checker.rules._comparing import compared, had, listed, said_of_small, small_shards, whole, with_reference, within
from checker.rules._numbers import count, percent
from checker.rules._parts import Part
from checker.rules._rulings import Ruling, Words, judge_parts, open_ends
from checker.rules._signals import insufficient, name_of, told


class Params(Parameters):
    """Parameters of `collapse-score`."""

    reference: str = _params.reference()
    per: tuple[str, ...] = _params.per("dataset", among=("dataset", "shard"))
    drift: str = param(
        {"enum": ["ignored", "warns"]},
        "What a two-sided drift beyond its limit means; it never breaks the rule.",
        stricter=Stricter.ORDERED,
        order=("ignored", "warns"),
        default="warns",
    )
    max_detectable_share: float = _params.share(
        "The smallest share of contamination that the sample could see must not be larger, else the result is open.",
        stricter=Stricter.LOWER,
        default=1.0,
    )


def needs(params: Params) -> frozenset[Need]:
    """The statistics of the text, of single shards only where asked."""
    shards = {Need.SHARD_COMPARISON} if "shard" in params.per else set()
    return frozenset({Need.SHARDS, Need.COMPOSITION, Need.COMPARISON} | shards)


def references(params: Params) -> tuple[str, ...]:
    """What the text is compared with."""
    return (params.reference,)


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """The dataset as a whole, and where asked each shard."""
    known = whole(evidence)
    if not known.complete:
        yield from open_ends(known)
        return
    found = had(
        evidence.comparisons.get(params.reference), f"the comparison of {known.dataset.name} with {params.reference}"
    )
    small = small_shards(evidence, params.reference, params.per, 1)
    rule = partial(_rule, evidence=evidence, params=params, small=small, lacking=_lacking(evidence, params))
    yield from with_reference(judge_parts(known, within(params.per, small), rule), found)


def _lacking(evidence: Evidence, params: Params) -> tuple[str, ...]:
    """The shards for which the reference is too small; it is one reason, so it is told once."""
    paths = sorted(shard.path for shard in evidence.dataset.version.shards or ())
    found = ((path, evidence.comparisons.get(f"{params.reference} shard {path}")) for path in paths)
    return tuple(path for path, each in found if isinstance(each, Comparison) and each.blocks and each.insufficient)


def _rule(part: Part, evidence: Evidence, params: Params, small: int, lacking: tuple[str, ...]) -> Iterator[Ruling]:
    found = compared(evidence, part, params.reference)
    if part.shard and isinstance(found, Comparison) and (not found.blocks or part.name in lacking[1:]):
        return
    if found is None or isinstance(found, Gap):
        gap = found or Gap(f"{part.label} was not compared with {params.reference}", "run `headwater measure`")
        yield Ruling(Verdict.UNKNOWN, 0.0, part, lambda: Words(gap.what, fix=gap.fix))
        return
    score = found.collapse
    if found.insufficient or score is None or not isfinite(score.value + score.threshold):
        yield Ruling(Verdict.UNKNOWN, 0.0, part, partial(_insufficient, part, found, len(lacking)))
        return
    shards = len(evidence.dataset.version.shards or ()) - small if part.shard else 1
    warn, fail = score.threshold, score.threshold * _for_many(shards)
    blind = params.max_detectable_share < 1 and not _sees(found, params.max_detectable_share)
    if blind and score.value <= fail:
        yield Ruling(Verdict.UNKNOWN, 0.0, part, partial(_blind, part, found, params))
        return
    verdict = _verdict(found, score, warn, fail, params)
    limit = fail if verdict is Verdict.BROKEN else warn
    words = partial(_words, part, found, score, limit, verdict, said_of_small(part, small))
    yield Ruling(verdict, limit - score.value, part, words)


def _for_many(shards: int) -> float:
    """By how much a limit of 1 % a shard is raised so that all shards together exceed it with 1 %."""
    if shards < 2:
        return 1.0
    from statistics import NormalDist

    normal = NormalDist()
    return normal.inv_cdf(1 - 0.01 / shards) / normal.inv_cdf(0.99)


def _sees(found: Comparison, share: float) -> bool:
    return found.detectable_share is not None and found.detectable_share <= share


def _verdict(found: Comparison, score: Score, warn: float, fail: float, params: Params) -> Verdict:
    if score.value > fail:
        return Verdict.DOUBTFUL if found.shifted else Verdict.BROKEN
    if score.value > warn or found.shifted or _drifts(found, params):
        return Verdict.DOUBTFUL
    return Verdict.HOLDS


def _drifts(found: Comparison, params: Params) -> bool:
    drift = found.drift
    return params.drift == "warns" and drift is not None and not drift.value <= drift.threshold


def _words(part: Part, found: Comparison, score: Score, limit: float, verdict: Verdict, small: str) -> Words:
    against = f"{found.reference} ({count(found.reference_blocks, 'blocks')})"
    seen = f"smallest share this sample could see: {_detectable(found)}{small}"
    beyond = score.value > limit
    held = Figure(score.value, f"as collapse score against {found.reference}")
    scored = f"collapse score {score.value:.2f} against {against}, limit {limit:.2f}"
    if verdict is Verdict.HOLDS:
        message = f"{part.label}: no drift from {found.reference} detected ({scored}); {seen}"
        return Words(message, score.value, limit, "score", figure=held)
    led = f", led by {told(found.signals, score.signals) or listed([name_of(name) for name in score.signals])}"
    if beyond and not found.shifted:
        lower = f"the score falls by {score.value - limit:.2f}"
        fix = f"take out or label the machine-made text that came since the base until {lower}, or add real text"
        return Words(f"{part.label}: {scored}{led}; {seen}", score.value, limit, "score", fix, held)
    if found.shifted:
        why = f"the text moved away from {found.reference} as a change of domain does, so nobody can tell collapse"
        fix = f"state the origin of its records, or add text of this domain to {found.reference}"
        return Words(f"{part.label}: {why} ({scored}); {seen}", score.value, limit, "score", fix, held)
    return _drifted(part, found, seen)._replace(figure=held)


def _drifted(part: Part, found: Comparison, seen: str) -> Words:
    drift = found.drift or Score(0.0, 0.0, ())
    return Words(
        f"{part.label}: the text differs from {found.reference} (drift score {drift.value:.2f}, limit"
        f" {drift.threshold:.2f}: {listed([name_of(name) for name in drift.signals])}), which another kind of human"
        f" text explains as well as machine-made text; {seen}",
        drift.value,
        drift.threshold,
        "score",
        f"state the origin of its records, or add text of this kind to {found.reference}",
    )


def _insufficient(part: Part, found: Comparison, shards: int) -> Words:
    message, fix = insufficient(found, part.label)
    if part.shard and shards > 1:
        message += f"; so it is for {shards:,} shards"
    return Words(message, found.reference_blocks, None, "reference blocks", fix)


def _blind(part: Part, found: Comparison, params: Params) -> Words:
    return Words(
        f"{part.label}: the smallest share this sample could see is {_detectable(found)}; demanded is"
        f" {percent(params.max_detectable_share)}, so silence would say nothing",
        found.detectable_share,
        params.max_detectable_share,
        "share of contamination",
        f"add data to {part.label} or to {found.reference}, or raise max_detectable_share",
    )


def _detectable(found: Comparison) -> str:
    return "unknown" if found.detectable_share is None else percent(round(found.detectable_share, 3))


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    from checker.rules._workings_text import of_scores

    small = small_shards(evidence, params.reference, params.per, 1)
    return of_scores(evidence.comparisons, _for_many(len(evidence.dataset.version.shards or ()) - small))


CHECK = Check(
    id="collapse-score",
    group="documents",
    params=Params,
    needs=needs,
    judge=judge,
    workings=workings,
    references=references,
    worse="higher",
)
