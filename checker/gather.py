"""Collects, for each dataset that the change touches, what the rules ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from checker import evaluate
from checker.cards import find_base_card, find_card
from checker.discover import Discovery, lineage_of
from checker.evaluate.ratchets import Wanted
from checker.governance import Rules
from checker.measuring import Effort, Measuring, Progress
from checker.model.composition import Measurement, Unmeasured
from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion
from checker.model.evidence import OF_TEXT, Evidence, Need
from checker.model.outcome import Outcome
from checker.model.policy import RuleUse, Stage
from checker.policy.select import selects
from checker.scope import Found
from checker.shards import Store, manifests, with_shards

if TYPE_CHECKING:
    from checker.across.datasets import Across
    from checker.across.references import References
    from checker.model.likeness import Gap

# So many damaged entries are mended in one run; with more, the disk is what needs mending.
_MOST_DAMAGED = 16
# What only some policies need (measure, object store) is imported where it is used: a hook that judges lineage alone
# does not pay for it.


class Before(NamedTuple):
    """Where a change left the trusted history: the paths of all datasets there, and evidence of what it left behind.

    That are the versions that a rule for some records was for, and that are gone or others now.
    """

    known: frozenset[str]
    evidence: Mapping[str, Evidence]


class Gathered(NamedTuple):
    """Evidence by dataset name, what a reader should know of how it was had, and what a second measurement gave."""

    evidence: Mapping[str, Evidence]
    notes: tuple[str, ...] = ()
    reverified: tuple[Outcome, ...] = ()
    before: tuple[Before, ...] = ()


def evidence(
    found: Found,
    rules: Rules,
    stage: Stage,
    store: Store,
    effort: Effort,
    progress: Progress | None,
    references: Callable[[], References] | None = None,
) -> Gathered:
    """Only what some rule of this stage needs is read or measured. `references` is called if a ratchet asks."""
    gatherer = _Gatherer(found, rules, store, effort, progress)
    policies = (*rules.policies, *rules.proposed)
    gathered = {
        dataset.name: gatherer.evidence_for(
            dataset, evaluate.needs(policies, dataset, stage), evaluate.references(policies, dataset, stage)
        )
        for dataset in found.datasets
    }
    if references is not None:
        for dataset in found.datasets:
            held = _held(rules, dataset, stage)
            if held:
                earlier = gatherer.earlier(dataset, held, references)
                gathered[dataset.name] = gathered[dataset.name]._replace(earlier=earlier)
    before = gatherer.before(stage)
    return Gathered(gathered, gatherer.measuring.notes(), gatherer.measuring.reverified(), before)


def results_by(
    found: Found, rules: Rules, store: Store, effort: Effort, references: Callable[[], References]
) -> Callable[[Dataset], Collection[tuple[str, str]]]:
    """Which results, by kind and key, the evidence of a dataset takes at any stage; what is not kept is worked out."""
    gatherer = _Gatherer(found, rules, store, effort, None)
    return lambda dataset: gatherer.results(dataset, references)


def _held(rules: Rules, dataset: Dataset, stage: Stage) -> Mapping[str, Wanted]:
    """What ratchets hold a dataset against. A revision that only a proposed policy names is not looked at."""
    every = evaluate.earlier((*rules.policies, *rules.proposed), dataset, stage)
    if not every or not rules.proposed:
        return every
    from checker.across.references import FIXED

    bound = evaluate.earlier(rules.policies, dataset, stage).keys() | FIXED
    return {against: asked for against, asked in every.items() if against in bound}


class _Gatherer:
    """Gathers for one dataset after the other, from one store, one cache and one budget."""

    def __init__(self, found: Found, rules: Rules, store: Store, effort: Effort, progress: Progress | None) -> None:
        self._found, self._rules, self._store = found, rules, store
        self.measuring = Measuring(store, effort, progress)
        self._comparing: Across | None = None
        self._references: References | None = None
        self._earlier: dict[tuple[object, ...], Evidence | Gap] = {}

    def evidence_for(
        self, dataset: Dataset, wanted: frozenset[Need], references: Mapping[str, frozenset[Need]]
    ) -> Evidence:
        """What `wanted` names, of this dataset; `references` are other data that it is held against."""
        found, store = self._found, self._store
        text, signatures = Need.TEXT in wanted, bool(wanted & OF_TEXT)
        measured = text or signatures or Need.COMPOSITION in wanted
        if measured:
            self.measuring.expect(dataset.version, dataset.settings, dataset.base)
        if measured or Need.SHARDS in wanted or Need.METRICS in wanted:
            dataset = with_shards(dataset, store, base=Need.BASE in wanted)
        card, problem = find_card(dataset, found.head.tree, store) if Need.CARD in wanted else (None, None)
        measurements = (
            self.measuring.measure(dataset.version, dataset.settings, text=text, signatures=signatures)
            if measured
            else {}
        )
        before: Mapping[str, Measurement | Unmeasured] = {}
        if measured and Need.BASE_COMPOSITION in wanted and dataset.base is not None:
            left = _only_there(dataset.base, measurements)
            before = {**measurements, **self.measuring.measure(left, dataset.settings, text=text)}
        evidence = Evidence(
            dataset=dataset,
            card=card,
            card_problem=problem,
            base_card=find_base_card(dataset, found.base.tree) if wanted >= {Need.CARD, Need.BASE} else None,
            lineage=lineage_of(dataset.version, found.head, manifests(store)) if Need.LINEAGE in wanted else None,
            measurements=measurements,
            base_measurements=before,
            extras=self.measuring.extras(dataset) if Need.METRICS in wanted else {},
        )
        return self._held_against(evidence, wanted, references) if signatures or references else evidence

    def results(self, dataset: Dataset, references: Callable[[], References]) -> Collection[tuple[str, str]]:
        """See `results_by`."""
        from checker.store.results import noting

        policies = self._rules.policies
        self._earlier.clear()  # what was gathered for another dataset takes results here, too
        asked: list[tuple[object, ...]] = []
        with noting() as used:
            for stage in Stage:
                needs = evaluate.needs(policies, dataset, stage)
                others = evaluate.references(policies, dataset, stage)
                held = evaluate.earlier(policies, dataset, stage)
                if (needs, others, held) not in asked:
                    asked.append((needs, others, held))
                    self.evidence_for(dataset, needs, others)
                    self.earlier(dataset, held, references)
        return used

    def before(self, stage: Stage) -> tuple[Before, ...]:
        """What the change left behind, by each state in which it left the trusted history."""
        policies = self._rules.policies
        uses = [use for policy in policies for use in policy.rules if evaluate.is_for_some(use, stage)]
        if not uses:
            return ()
        from checker.trust.moved_out import state_at

        return tuple(self._left_behind(state_at(anchor, self._found), uses) for anchor in self._rules.anchors)

    def _left_behind(self, state: Discovery, uses: list[RuleUse]) -> Before:
        now = {version.path: version.hash for version in self._found.head.versions}
        gone = [version for version in state.versions if now.get(version.path) != version.hash]
        settings = self._rules.settings
        datasets = [Dataset(each.path, each, settings.of(each.path) or DatasetSettings()) for each in gone]
        wanted = frozenset({Need.SHARDS, Need.COMPOSITION})
        left = [each for each in datasets if any(selects(use.select, each) for use in uses)]
        return Before(
            frozenset(version.path for version in state.versions),
            {each.name: self.evidence_for(each, wanted, {}) for each in left},
        )

    def earlier(
        self, dataset: Dataset, wanted: Mapping[str, Wanted], references: Callable[[], References]
    ) -> Mapping[str, Evidence | Gap]:
        """The evidence of what ratchets hold a dataset against; the same reference is measured once."""
        self._references = self._references or references()
        return {against: self._earlier_one(dataset, against, asked) for against, asked in sorted(wanted.items())}

    def _earlier_one(self, dataset: Dataset, against: str, asked: Wanted) -> Evidence | Gap:
        from checker.across.references import merged
        from checker.model.likeness import Gap

        found = self._references.of(dataset, against) if self._references else Gap("there is no reference")
        if isinstance(found, Gap):
            return found
        if len(found.datasets) > 1 and asked.needs & OF_TEXT:
            return Gap(
                f"{found.label} is not one dataset, and documents are compared within one",
                "hold the rule against a revision, or give the role gold to one dataset",
            )
        parts = tuple((each.name, each.version.hash, repr(each.settings)) for each in found.datasets)
        key = (parts, asked.needs, tuple(sorted(asked.references.items())))
        if key not in self._earlier:
            evidence = [self.evidence_for(each, asked.needs, asked.references) for each in found.datasets]
            self._earlier[key] = merged(evidence, found.label)
        known = self._earlier[key]
        return known if isinstance(known, Gap) else known._replace(label=found.label)

    def _held_against(
        self, evidence: Evidence, wanted: frozenset[Need], references: Mapping[str, frozenset[Need]]
    ) -> Evidence:
        """The comparisons; evidence that proves damaged when it is read is gone then, so it is measured again."""
        from checker.errors import EvidenceDamaged

        for _ in range(_MOST_DAMAGED):
            try:
                return self._across().complete(evidence, wanted, references)
            except EvidenceDamaged:
                self._comparing = None
                dataset = evidence.dataset
                again = self.measuring.measure(
                    dataset.version, dataset.settings, text=Need.TEXT in wanted, signatures=True
                )
                evidence = evidence._replace(measurements=again)
        return self._across().complete(evidence, wanted, references)

    def _across(self) -> Across:
        """What holds datasets against each other: one for the run, so that gold is prepared once."""
        if self._comparing is None:
            from checker.across.datasets import Across

            self._comparing = Across(
                self._found,
                self._rules,
                self._store,
                self.measuring.expect,
                self._reference,
                self.measuring.derived(),
                self.measuring.meeting,
            )
        return self._comparing

    def _reference(
        self, version: DatasetVersion, settings: DatasetSettings, text: bool
    ) -> Mapping[str, Measurement | Unmeasured]:
        return self.measuring.measure(version, settings, text=False, signatures=text)


def _only_there(base: DatasetVersion, measured: Collection[str]) -> DatasetVersion:
    """The base with the shards that the judged version does not have: the others are measured already."""
    if base.shards is None:
        return base
    return base._replace(shards=tuple(shard for shard in base.shards if shard.hash not in measured))
