"""What is known of one dataset as aggregates, each counted when it is first asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from checker.model.card import Card
from checker.model.composition import Cell, Tally
from checker.model.dataset import Shard
from checker.model.evidence import Evidence, Need
from checker.model.likeness import Copies, Overlap
from checker.model.lineage import Lineage
from checker.rules import _digests
from checker.rules._base import Missing
from checker.rules._comparing import had
from checker.rules._parts import NOT_STATED, Survey, parts, shards_of, survey, survey_shards

Cells = Iterable[tuple[Cell, Tally]]


class Facts:
    """Aggregates of the evidence. Each raises Missing where it is not known: nothing is guessed."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.name = evidence.dataset.name

    @cached_property
    def shards(self) -> tuple[Shard, ...]:
        """The shards of the judged version."""
        return shards_of(self.evidence.dataset.version)

    @cached_property
    def survey(self) -> Survey:
        """The records of the judged version, within the rule's `where`."""
        return survey(self.evidence)

    @cached_property
    def records(self) -> Counter[str]:
        """Records by origin."""
        return _by_origin(self._cells())

    @property
    def total(self) -> int:
        """Readable records."""
        return sum(self.records.values())

    @cached_property
    def before(self) -> Counter[str]:
        """Records by origin in the version before."""
        base = self.evidence.dataset.base
        if base is None:
            why = self.evidence.dataset.base_problem or "it is new"
            raise Missing(f"{self.name} has no version before: {why}", "use base.* in rules for what exists already")
        measured = {**self.evidence.measurements, **self.evidence.base_measurements}
        known = survey_shards(self.evidence, base, shards_of(base, may_be_empty=True), measured)
        if not known.complete:
            shard, problem = known.unmeasured[0]
            raise Missing(f"{self.name}: {shard.path} of the version before: {problem.reason}", problem.fix)
        return _by_origin(pair for _, _, tallies in known.measured for pair in tallies)

    @cached_property
    def tokens(self) -> Counter[str]:
        """Tokens by origin."""
        found: Counter[str] = Counter()
        for cell, tally in self._cells():
            if tally.tokens is None:
                raise Missing(f"the tokens of {self.name} were not counted", "measure the dataset with its text")
            found[cell.origin.value] += tally.tokens
        return found

    @property
    def copies(self) -> Copies:
        """Copies within the dataset, whichever records a rule selects."""
        return had(self.evidence.duplication, f"the comparison of the documents of {self.name}").whole

    @property
    def card(self) -> Card:
        """The card."""
        if self.evidence.card is None:
            why = f": {self.evidence.card_problem}" if self.evidence.card_problem else ""
            raise Missing(f"{self.name} has no card{why}", "add a card; card.present tells whether there is one")
        return self.evidence.card

    @property
    def lineage(self) -> Lineage:
        """The trail."""
        if self.evidence.lineage is None:
            raise Missing(f"the lineage of {self.name} was not followed", "run the check again")
        return self.evidence.lineage

    def records_of(self, origin: str) -> int:
        """Records of an origin."""
        return self.records[origin]

    def before_of(self, origin: str) -> int:
        """Records of an origin in the version before."""
        return self.before[origin]

    def tokens_of(self, origin: str) -> int:
        """Tokens of an origin."""
        return self.tokens[origin]

    def share_of(self, origin: str) -> float:
        """The share of an origin."""
        return self._share(self.records, origin)

    def largest(self, origin: str) -> float:
        """The largest share in any shard that has records."""
        return max(self._over_shards(origin))

    def smallest(self, origin: str) -> float:
        """The smallest one."""
        return min(self._over_shards(origin))

    def counts_by(self, axis: str) -> dict[str, int]:
        """Records by domain, language or source."""
        return {name: sum(found.values()) for name, found in self._by(axis).items()}

    def shares_by(self, axis: str, origin: str) -> dict[str, float]:
        """The share of an origin in each domain, language or source that has records."""
        return {name: self._share(found, origin) for name, found in self._by(axis).items()}

    def bad_rows(self) -> int:
        """Rows that cannot be read, of whatever domain they were."""
        return sum(measurement.composition.bad_rows for _, measurement, _ in self.survey.measured)

    def reviewed(self) -> int:
        """Records that passed a review."""
        return sum(tally.reviewed for _, tally in self._cells())

    def size_bytes(self) -> int:
        """The sum of what DVC recorded."""
        sizes = [shard.size_bytes for shard in self.shards]
        if None in sizes:
            raise Missing(f"DVC recorded no size for {sizes.count(None):,} shards of {self.name}", "run `dvc commit`")
        return sum(size for size in sizes if size is not None)

    def role(self) -> str:
        """As `headwater.yaml` says."""
        return self.evidence.dataset.settings.role.value

    def labels(self) -> list[str]:
        """As DVC has them."""
        return list(self.evidence.dataset.version.labels)

    def near_copies(self) -> int:
        """Copies and near-copies."""
        if self.copies.near is None:
            raise Missing(f"near-copies within {self.name} were not looked for", "run `headwater measure`")
        return self.copies.near

    def records_there(self, there: str) -> int:
        """Records of gold or evaluation data."""
        return had(self.evidence.references.get(there), f"the count of {there}").records

    def found_exact(self, there: str) -> int:
        """Documents whose text stands there too."""
        return self._overlap(there).exact

    def found_near(self, there: str) -> int:
        """The same with near-copies."""
        near = self._overlap(there).near
        if near is None:
            raise Missing(f"near-copies of {there} were not looked for", "run `headwater measure`")
        return near

    def found_fragments(self, there: str) -> float:
        """The share of its sampled 13-grams that stand here."""
        found = self._overlap(there)
        if not found.fragments:
            raise Missing(f"{there} is too short for a sample of its 13-grams", f"use {there}.near, or add to it")
        return found.shared_fragments / found.fragments

    def filled(self) -> list[str]:
        """The fields of the card that say something."""
        return sorted(field for field in self.card.fields if self.card.filled(field))

    def flag(self, field: str) -> bool:
        """Yes or no."""
        content = self._said(field)
        if not isinstance(content, bool):
            raise Missing(f"{self.card.path} says of {field} neither yes nor no", f"write {field}: true or false")
        return content

    def text(self, field: str) -> str:
        """One text."""
        content = self._said(field)
        if not isinstance(content, str):
            raise Missing(f"{self.card.path} says of {field} no text", f"write {field} as text")
        return content

    def texts(self, field: str) -> list[str]:
        """Every statement that is text."""
        self._said(field)
        return [value.content for value in self.card.filled(field) if isinstance(value.content, str)]

    def number(self, field: str) -> float:
        """A number."""
        content = self._said(field)
        if isinstance(content, bool) or not isinstance(content, int | float):
            raise Missing(f"{self.card.path} says of {field} no number", f"write {field} as a number")
        return float(content)

    def whole(self, field: str) -> int:
        """A whole number."""
        content = self._said(field)
        if isinstance(content, bool) or not isinstance(content, int):
            raise Missing(f"{self.card.path} says of {field} no whole number", f"write {field} as a whole number")
        return content

    def digests(self, needs: Collection[Need], against: Iterable[str]) -> tuple[str, ...]:
        """What the facts of these needs were made from."""
        version = self.evidence.dataset.version
        own = self.survey.digests() if Need.COMPOSITION in needs else _digests.of_version(version)
        base = self.evidence.dataset.base if Need.BASE in needs else None
        card = _digests.of_card(self.evidence.card) if Need.CARD in needs else ()
        others = [digest for there in against for digest in self._digests_there(there)]
        return tuple(dict.fromkeys((*own, *(_digests.of_version(base) if base else ()), *card, *others)))

    def _share(self, found: Mapping[str, int], origin: str) -> float:
        """Nothing has no shares."""
        total = sum(found.values())
        if not total:
            raise Missing(f"{self.name} has no records{self.survey.within}, so it has no shares", "add data")
        return found.get(origin, 0) / total

    def _over_shards(self, origin: str) -> list[float]:
        shares = [self._share(_by_origin(part.tallies), origin) for part in parts(self.survey, "shard")]
        if not shares:
            raise Missing(f"{self.name} has no shard with records{self.survey.within}", "add data")
        return shares

    def _digests_there(self, there: str) -> tuple[str, ...]:
        found = self.evidence.overlaps.get(there)
        overlap = found.evidence if isinstance(found, Overlap) else ()
        return (*overlap, *self.evidence.reference_digests.get(there, ()))

    def _overlap(self, there: str) -> Overlap:
        found = had(self.evidence.overlaps.get(there), f"the comparison with {there}")
        if not found.documents or not found.against_documents:
            empty = there if found.documents else self.name
            raise Missing(f"{empty} has no document with text, so no leak can be ruled out", "name its text field")
        return found

    def _said(self, field: str) -> object:
        value = self.card.first(field)
        if value is None:
            raise Missing(f"{self.card.path} does not state {field}", f"state {field} in the card")
        return value.content

    def _cells(self) -> Cells:
        return (pair for _, _, tallies in self.survey.measured for pair in tallies)

    def _by(self, axis: str) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for cell, tally in self._cells():
            if tally.records:
                found.setdefault(getattr(cell, axis) or NOT_STATED, Counter())[cell.origin.value] += tally.records
        return found


def _by_origin(cells: Cells) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell, tally in cells:
        found[cell.origin.value] += tally.records
    return found
