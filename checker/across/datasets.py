"""Holds a dataset against its own copies, its version before, gold, eval and other datasets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from checker.across.comparisons import BASE
from checker.across.rereading import Rereader
from checker.discover import discover
from checker.globs import matches
from checker.governance import Rules
from checker.model.composition import Absence, Composition, Measurement, Unmeasured
from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion, Role
from checker.model.evidence import OF_TEXT, Evidence, Need
from checker.model.likeness import Duplication, Gap, Overlap
from checker.model.text import TextSource
from checker.rules import _digests
from checker.scope import Found
from checker.shards import Store, listed, records_only
from checker.store.results import Results

if TYPE_CHECKING:
    from pathlib import Path

    from checker.compare.chains import Meet
    from checker.model.signals import Comparison

Measured = Mapping[str, Measurement | Unmeasured]
# Measures the shards of a version, with their text when the last argument is true.
Measure = Callable[[DatasetVersion, DatasetSettings, bool], Measured]
# Says that a version is measured next.
Expect = Callable[[DatasetVersion, DatasetSettings], None]
# What lets the texts of a version meet in place of this process, where there is such a thing.
Meeting = Callable[[DatasetVersion, DatasetSettings, "tuple[TextSource, ...]"], "Meet | None"]
# With less of its records having text, a dataset is not judged by what the others say.
_LEAST_TEXT = 0.5
_COPIES = frozenset({Need.DUPLICATES, Need.NEAR_DUPLICATES})
_COMPARED = frozenset({Need.COMPARISON, Need.SHARD_COMPARISON})


class Side(NamedTuple):
    """The data on one side of a comparison, every shard of it measured: text by shard, and what the records are.

    `evidence`: digests of the versions and of what was measured of them. `read_as`: how the records were read, where it
    is one version.
    """

    texts: tuple[TextSource, ...]
    compositions: tuple[Composition, ...]
    evidence: tuple[str, ...]
    read_as: tuple[DatasetVersion, DatasetSettings] | None = None


class Across:
    """Compares one dataset after the other; what they are compared with is found and measured once."""

    def __init__(
        self,
        found: Found,
        rules: Rules,
        store: Store,
        expect: Expect,
        measure: Measure,
        cache: Path | None,
        meeting: Meeting,
    ) -> None:
        self._found, self._settings, self._store = found, rules.settings, store
        self._expect, self._measure, self._meeting = expect, measure, meeting
        self._cache, self._rereader = cache, Rereader(store, Results(cache))
        self._versions: tuple[DatasetVersion, ...] | None = None
        self._sides: dict[tuple[str, str | None, bool], Side | Gap] = {}

    def complete(
        self, evidence: Evidence, wanted: frozenset[Need], references: Mapping[str, frozenset[Need]]
    ) -> Evidence:
        """The evidence with the comparisons that the rules ask for; one that cannot be made is a Gap."""
        own = evidence.dataset
        here = self._side(own.version, own.settings, evidence.measurements, text=bool(wanted & OF_TEXT))
        if wanted & _COPIES:
            evidence = self._with_copies(evidence, here, wanted)
        overlaps: dict[str, Overlap | Gap] = {}
        comparisons: dict[str, Comparison | Gap] = {}
        compositions: dict[str, Composition | Gap] = {}
        digests: dict[str, tuple[str, ...]] = {}
        for name, needs in sorted(references.items()):
            if Need.OVERLAP in needs:
                overlaps[name] = self._overlap(here, self._named(name, evidence.dataset, latest=True))
            if needs & _COMPARED:
                there = self._named(name, evidence.dataset, latest=False)
                comparisons.update(self._comparisons(name, here, there, by_shard=Need.SHARD_COMPARISON in needs))
            if Need.REFERENCE in needs:
                there = self._named(name, evidence.dataset, latest=False, text=False)
                compositions[name] = _composition(there)
                digests[name] = there.evidence if isinstance(there, Side) else ()
        return evidence._replace(
            overlaps=overlaps, comparisons=comparisons, references=compositions, reference_digests=digests
        )

    def _with_copies(self, evidence: Evidence, here: Side | Gap, wanted: frozenset[Need]) -> Evidence:
        near = Need.NEAR_DUPLICATES in wanted
        base = evidence.dataset.base if Need.BASE in wanted else None
        before = None if base is None else self._version(base, evidence.dataset.settings)
        return evidence._replace(
            duplication=self._copies(here, near=near),
            base_duplication=None if before is None else self._copies(before, near=near),
        )

    def _copies(self, side: Side | Gap, *, near: bool) -> Duplication | Gap:
        from checker.compare import duplication

        if isinstance(side, Gap):
            return side
        meet = self._meeting(*side.read_as, side.texts) if near and side.read_as is not None else None
        found = duplication(side.texts, near=near, cache=self._cache, meet=meet)
        lacking = _without_text(side, found.whole.documents)
        return lacking or found._replace(pairs=self._rereader.exact(found.pairs))

    def _overlap(self, here: Side | Gap, there: Side | Gap) -> Overlap | Gap:
        from checker.compare import overlap

        if isinstance(here, Gap):
            return here
        if isinstance(there, Gap):
            return there
        found = overlap(here.texts, there.texts, near=True, cache=self._cache)
        lacking = _without_text(here, found.documents) or _without_text(there, found.against_documents)
        return lacking or found._replace(pairs=self._rereader.exact(found.pairs), evidence=there.evidence)

    def _comparisons(
        self, name: str, here: Side | Gap, there: Side | Gap, *, by_shard: bool
    ) -> Mapping[str, Comparison | Gap]:
        """Of the dataset, under the name of the reference; of each shard, under `NAME shard PATH`."""
        if isinstance(here, Gap):
            return {name: here}
        if isinstance(there, Gap):
            return {name: there}
        from checker.across.comparisons import Comparisons

        made = Comparisons(name, there.texts, there.evidence, Results(self._cache))
        found: dict[str, Comparison | Gap] = {name: made.of(here.texts, by_source=False)}
        if by_shard:
            found.update({f"{name} shard {text.shard}": made.of((text,), by_source=True) for text in here.texts})
        return found

    def _named(self, name: str, dataset: Dataset, *, latest: bool, text: bool = True) -> Side | Gap:
        """The data that a rule names: the base, the datasets of a role, or those that a glob fits.

        A change could bring its own yardstick along, so statistics are held against what was there before it; a leak
        is looked for in both.
        """
        if name == BASE:
            if dataset.base is None:
                return Gap(f"{dataset.name} has no version before", "the first version has nothing to be compared with")
            return self._version(dataset.base, dataset.settings, text=text)
        chosen = [version for version in self._all() if version.path != dataset.name and self._fits(version, name)]
        if not chosen:
            return _nobody(name)
        before = {version.path: version for version in self._found.base.versions}
        sides = []
        for version in chosen:
            settings = self._settings.of(version.path) or DatasetSettings()
            old = before.get(version.path)
            states = (version,) if old is None or old.hash == version.hash else (version, old) if latest else (old,)
            sides += [self._version(state, settings, text=text) for state in states]
        return _together(sides)

    def _fits(self, version: DatasetVersion, name: str) -> bool:
        if name in Role._value2member_map_:
            return (self._settings.of(version.path) or DatasetSettings()).role.value == name
        return version.role == "out" and version.type != "model" and matches(name, version.path)

    def _all(self) -> tuple[DatasetVersion, ...]:
        """Every dataset of the judged state; a commit reads only the definitions that it touches."""
        if self._versions is None:
            found = self._found
            self._versions = (found.head if found.complete else discover(found.head.tree, None)).versions
        return self._versions

    def _version(self, version: DatasetVersion, settings: DatasetSettings, *, text: bool = True) -> Side | Gap:
        """One version, measured; remembered, since many datasets are held against the same gold."""
        place = (version.path, version.hash, text)
        if place not in self._sides:
            self._expect(version, settings)
            whole = records_only(listed(version, self._store), self._store)
            measured = self._measure(whole, settings, text)
            self._sides[place] = self._side(whole, settings, measured, text=text)
        return self._sides[place]

    def _side(
        self, version: DatasetVersion, settings: DatasetSettings, measured: Measured, *, text: bool
    ) -> Side | Gap:
        """The side, or why it is not whole: a comparison with a part of the data would say too little."""
        side = _whole(version, measured, text=text)
        if isinstance(side, Side):
            shards = {shard.path: shard for shard in version.shards or ()}
            for source in side.texts:
                self._rereader.know(source, version, shards[source.shard], settings)
            return side._replace(read_as=(version, settings))
        return side


def _whole(version: DatasetVersion, measured: Measured, *, text: bool) -> Side | Gap:
    if version.shards is None:
        return Gap(version.shards_problem or f"the shards of {version.path} are not known", version.shards_fix)
    texts, compositions, digests = [], [], []
    for shard in version.shards:
        found = measured.get(shard.hash)
        if isinstance(found, Unmeasured):
            return Gap(found.reason, found.fix, deferred=found.absence is Absence.DEFERRED)
        if found is None or (text and found.text is None):
            return Gap(f"{shard.path} of {version.path} was not measured", "run `headwater measure`")
        compositions.append(found.composition)
        digests.append(found.digest if found.text is None else found.text.digest)
        if found.text is not None:
            texts.append(TextSource(version.path, shard.path, shard.hash, found.text))
    return Side(tuple(texts), tuple(compositions), _digests.of_parts(version, digests))


def _together(sides: list[Side | Gap]) -> Side | Gap:
    texts: list[TextSource] = []
    compositions: list[Composition] = []
    evidence: list[str] = []
    for side in sides:
        if isinstance(side, Gap):
            return side
        texts += side.texts
        compositions += side.compositions
        evidence += side.evidence
    return Side(tuple(texts), tuple(compositions), tuple(evidence))


def _without_text(side: Side, documents: int) -> Gap | None:
    """Why a comparison would say nothing: most records have no text, most likely since it stands in another field."""
    records = sum(composition.records for composition in side.compositions)
    if documents >= _LEAST_TEXT * records:
        return None
    dataset = side.texts[0].dataset if side.texts else "the dataset"
    return Gap(
        f"only {documents:,} of {records:,} records of {dataset} have text that is seen",
        "name the field of the text under fields: {text: ...} in headwater.yaml",
    )


def _composition(side: Side | Gap) -> Composition | Gap:
    from checker.measure import merge

    return side if isinstance(side, Gap) else merge(side.compositions)


def _nobody(name: str) -> Gap:
    if name in Role._value2member_map_:
        return Gap(f"no other dataset has the role {name}", f"give one `role: {name}` in headwater.yaml")
    return Gap(f"no other dataset fits {name}", "correct the glob, or track the dataset with DVC")
