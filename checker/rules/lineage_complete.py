"""Every step from the sources to the dataset is recorded, locked and fresh.

What it checks
--------------
The trail of DVC stages behind the dataset: each stage is in `dvc.lock` and agrees with `dvc.yaml` (E1); each consumer
used the version that its producer has now (E2); each dependency is tracked by git or DVC and unchanged (E3); each
root names its source, in the card (`sources` or `acquisition`) or the `.dvc` file's `meta` (E4); each import is locked
to a revision (E5). Sources in other repositories (E6) and frozen stages are told, and do not break the rule.

Why it matters
--------------
Without the trail nobody can say whether a dataset holds the output of a model that was trained on its ancestors.
`dvc status` does not see an untracked dependency, nor a producer that changed after its consumer ran.

How to fix
----------
Run `dvc repro` and commit `dvc.lock`; track what is untracked (`dvc add`, `git add`); name the source of each root in
the dataset's card.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.model.card import Card
from checker.model.evidence import Evidence, Need
from checker.model.lineage import Gap, GapKind, Lineage, Link
from checker.model.outcome import Judgement, Verdict
from checker.rules import _digests
from checker.rules._base import MOST_SHOWN, THEN_AGAIN, Check, Missing, Parameters, Stricter, param

INFORMS = frozenset({GapKind.FROZEN, GapKind.CROSS_REPOSITORY})


class Params(Parameters):
    """Parameters of `lineage-complete`."""

    require_source: bool = param(
        {"type": "boolean"},
        "Whether every root must name its source (edge E4).",
        stricter=Stricter.TRUE,
        default=True,
    )


def needs(params: Params) -> frozenset[Need]:
    """The lineage, and the card that may name the sources of roots."""
    return frozenset({Need.LINEAGE, Need.CARD} if params.require_source else {Need.LINEAGE})


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    """One judgement a break; what only informs is told when the trail holds."""
    lineage, dataset = evidence.lineage, evidence.dataset
    if lineage is None:
        raise Missing(f"the lineage of {dataset.name} was not read", "run the check inside the data repository")
    if not (lineage.steps or lineage.roots or lineage.gaps):
        raise Missing(f"{dataset.name} has no trail: no stage or .dvc file makes it", "track the dataset with DVC")
    shown = None if evidence.every_part else MOST_SHOWN
    broken = [gap for gap in lineage.gaps if _breaks(gap, lineage, evidence.card, params)]
    for gap in broken[:shown]:
        yield _edge(evidence, gap)._replace(verdict=Verdict.BROKEN, measured=gap.kind.value, limit="no break")
    for gap in lineage.unchecked[:shown]:
        yield _edge(evidence, gap)
    for gaps, verdict, what in (
        (broken, Verdict.BROKEN, "breaks in the trail"),
        (lineage.unchecked, Verdict.UNKNOWN, "edges that cannot be checked"),
    ):
        if shown is not None and len(gaps) > shown:
            yield _whole(evidence, verdict, f"{len(gaps):,} {what}, the first {shown} are listed", len(gaps))
    if not broken and not lineage.unchecked:
        yield _whole(evidence, Verdict.HOLDS, f"the trail is whole, {_size(lineage)}{_told(lineage, params)}", 0)


def _edge(evidence: Evidence, gap: Gap) -> Judgement:
    """What is known of one edge; that it cannot be checked, until the caller knows better."""
    name, itself = evidence.dataset.name, f"{evidence.dataset.name!r} "
    said = gap.message.removeprefix(itself)
    return Judgement(
        Verdict.UNKNOWN,
        f"{name} {said}" if gap.message.startswith(itself) else f"{name}: {said}",
        gap.location,
        scope=(("path", gap.path),),
        unit="edge",
        fix=gap.fix,
        evidence=_seen_of(gap, evidence),
    )


def _whole(evidence: Evidence, verdict: Verdict, message: str, number: int) -> Judgement:
    dataset = evidence.dataset
    return Judgement(
        verdict,
        f"{dataset.name}: {message}",
        dataset.version.definition,
        measured=number,
        limit=0,
        unit="edges" if verdict is Verdict.UNKNOWN else "breaks",
        fix="" if verdict is Verdict.HOLDS else THEN_AGAIN,
        evidence=_seen(evidence),
    )


def _seen(evidence: Evidence) -> tuple[str, ...]:
    return (*_digests.of_version(evidence.dataset.version), *_digests.of_card(evidence.card))


def _seen_of(gap: Gap, evidence: Evidence) -> tuple[str, ...]:
    """The version and the links at which the trail breaks; the card only where it could have named the source."""
    lineage = evidence.lineage or Lineage()
    links = ((step.name, link) for step in lineage.steps for link in (*step.deps, *step.outs) if link.path == gap.path)
    kind = (gap.kind.name, Link(gap.path))
    card = _digests.of_card(evidence.card) if gap.kind is GapKind.ROOT_UNKNOWN else ()
    return (*_digests.of_version(evidence.dataset.version), *card, *_digests.of_trail((kind, *links)))


def _breaks(gap: Gap, lineage: Lineage, card: Card | None, params: Params) -> bool:
    if gap.kind in INFORMS:
        return False
    if gap.kind is not GapKind.ROOT_UNKNOWN:
        return True
    if gap.path not in lineage.roots:
        # A trail that leads back to itself has no root whose source a card could name.
        return True
    named = card is not None and bool(card.filled("sources") or card.filled("acquisition"))
    return params.require_source and not named


def _size(lineage: Lineage) -> str:
    steps, roots = len(lineage.steps), len(lineage.roots)
    return f"{steps:,} {'step' if steps == 1 else 'steps'} from {roots:,} {'root' if roots == 1 else 'roots'}"


def _told(lineage: Lineage, params: Params) -> str:
    """What does not break the trail but a reader should know."""
    frozen = sum(1 for gap in lineage.gaps if gap.kind is GapKind.FROZEN)
    elsewhere = sum(1 for gap in lineage.gaps if gap.kind is GapKind.CROSS_REPOSITORY)
    unnamed = sum(1 for gap in lineage.gaps if gap.kind is GapKind.ROOT_UNKNOWN)
    sourced = "named by the card" if params.require_source else "not required to name its source"
    notes = (
        (frozen, f"{frozen} frozen"),
        (elsewhere, f"{elsewhere} from another repository, recorded and not followed"),
        (unnamed, f"{unnamed} {sourced}"),
    )
    return "".join(f"; {text}" for number, text in notes if number)


def workings(evidence: Evidence, params: Params) -> Iterator[str]:
    """How the numbers come about."""
    lineage = evidence.lineage
    if lineage is None:
        return
    for step in lineage.steps:
        yield f"step {step.name} at {step.definition}: {len(step.deps):,} in, {len(step.outs):,} out"
    yield f"roots: {', '.join(lineage.roots) or 'none'}"
    for kind in GapKind:
        number = sum(gap.kind is kind for gap in lineage.gaps)
        if number:
            yield f"{kind.value}: {number:,}{' (informs only)' if kind in INFORMS else ''}"
    yield f"edges that cannot be checked: {len(lineage.unchecked):,}"


CHECK = Check(id="lineage-complete", group="lineage", params=Params, needs=needs, judge=judge, workings=workings)
