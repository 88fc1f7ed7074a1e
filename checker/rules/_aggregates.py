"""The variables of an expression: aggregates of one dataset, each with its type, its meaning and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from math import isfinite
from typing import NamedTuple

from checker.model.evidence import Need
from checker.model.lineage import GapKind
from checker.rules._base import Missing
from checker.rules._facts import Facts

ORIGINS = ("human", "machine", "mixed", "unknown")
AXES = ("domain", "language", "source")
ACROSS = ("gold", "eval")
RECORDS = frozenset({Need.SHARDS, Need.COMPOSITION})
TOKENS = RECORDS | {Need.TEXT}
BEFORE = RECORDS | {Need.BASE, Need.BASE_COMPOSITION}
COPIES = RECORDS | {Need.DUPLICATES}
OVERLAP = RECORDS | {Need.OVERLAP}
CARD = frozenset({Need.CARD})
LARGEST = 2**63 - 1
MOST_TEXT = 2_000
# They tell of an edge, they do not break the trail.
_INFORM = frozenset({GapKind.CROSS_REPOSITORY, GapKind.FROZEN})


class Variable(NamedTuple):
    """`type` is CEL's. `read` gives the value or raises Missing. `against` names other data that it looks at."""

    name: str
    type: str
    doc: str
    needs: frozenset[Need]
    read: Callable[[Facts], object]
    unit: str = ""
    against: str = ""

    def value(self, facts: Facts) -> object:
        """The value, made sure of: a number that is none, or is too large, is no evidence. Raises Missing."""
        found = self.read(facts)
        for number in found.values() if isinstance(found, Mapping) else [found]:
            if isinstance(number, float) and not isfinite(number):
                raise Missing(f"{facts.name}: {self.name} is {number}, which is no number", "measure the dataset again")
            if isinstance(number, int) and abs(number) > LARGEST:
                raise Missing(f"{facts.name}: {self.name} is larger than an expression can count", "split the dataset")
        for text in _texts(found):
            if len(text) > MOST_TEXT:
                raise Missing(
                    f"{facts.name}: {self.name} holds a text of {len(text):,} letters", f"keep it to {MOST_TEXT:,}"
                )
        return found


def _texts(found: object) -> Iterable[str]:
    if isinstance(found, str):
        return (found,)
    return [text for text in found if isinstance(text, str)] if isinstance(found, list | dict) else ()


@cache
def variables() -> Mapping[str, Variable]:
    """Every variable by name, sorted."""
    rows = (*_of_dataset(), *_of_records(), *_of_parts(), *_of_text(), *_of_others(), *_of_card(), *_of_lineage())
    return {row.name: row for row in sorted(rows)}


def _of_dataset() -> Iterable[Variable]:
    shards = frozenset({Need.SHARDS})
    yield Variable("dataset.shards", "int", "shards of the dataset", shards, lambda facts: len(facts.shards), "shards")
    yield Variable("dataset.bytes", "int", "size that DVC recorded", shards, Facts.size_bytes, "bytes")
    yield Variable("dataset.role", "string", "train, eval, gold, raw or other", frozenset(), Facts.role)
    yield Variable("dataset.labels", "list<string>", "DVC labels", frozenset(), Facts.labels)


def _of_records() -> Iterable[Variable]:
    for origin in ORIGINS:
        yield Variable(
            f"records.{origin}",
            "int",
            f"records of {origin} origin",
            RECORDS,
            partial(Facts.records_of, origin=origin),
            "records",
        )
        yield Variable(
            f"share.{origin}",
            "double",
            f"share of records of {origin} origin",
            RECORDS,
            partial(Facts.share_of, origin=origin),
            "share of records",
        )
        yield Variable(
            f"base.{origin}",
            "int",
            f"records of {origin} origin in the version before",
            BEFORE,
            partial(Facts.before_of, origin=origin),
            "records",
        )
    yield Variable("records.total", "int", "readable records", RECORDS, lambda facts: facts.total, "records")
    yield Variable("records.bad", "int", "rows that cannot be read", RECORDS, Facts.bad_rows, "rows")
    yield Variable("records.reviewed", "int", "records that passed a review", RECORDS, Facts.reviewed, "records")
    yield Variable(
        "base.total",
        "int",
        "records of the version before",
        BEFORE,
        lambda facts: sum(facts.before.values()),
        "records",
    )


def _of_parts() -> Iterable[Variable]:
    for origin in ORIGINS:
        for verb, read in (("largest", Facts.largest), ("smallest", Facts.smallest)):
            yield Variable(
                f"shard.{verb}_{origin}",
                "double",
                f"the {verb} share of records of {origin} origin in any shard with records",
                RECORDS,
                partial(read, origin=origin),
                "share of records",
            )
        for axis in AXES:
            yield Variable(
                f"{axis}.{origin}",
                "map<string,double>",
                f"{axis} -> share of its records of {origin} origin; `(not stated)` is a {axis} too",
                RECORDS,
                partial(Facts.shares_by, axis=axis, origin=origin),
            )
    for axis in AXES:
        yield Variable(
            f"{axis}.records", "map<string,int>", f"{axis} -> records", RECORDS, partial(Facts.counts_by, axis=axis)
        )


def _of_text() -> Iterable[Variable]:
    for origin in ORIGINS:
        yield Variable(
            f"tokens.{origin}",
            "int",
            f"tokens of records of {origin} origin",
            TOKENS,
            partial(Facts.tokens_of, origin=origin),
            "tokens",
        )
    yield Variable("tokens.total", "int", "tokens", TOKENS, lambda facts: sum(facts.tokens.values()), "tokens")
    near = COPIES | {Need.NEAR_DUPLICATES}
    yield Variable(
        "copies.documents", "int", "documents with text", COPIES, lambda facts: facts.copies.documents, "documents"
    )
    yield Variable(
        "copies.exact",
        "int",
        "documents beyond the first of each text",
        COPIES,
        lambda facts: facts.copies.exact,
        "documents",
    )
    yield Variable(
        "copies.near",
        "int",
        "documents beyond the first of each group of near-copies, exact ones included",
        near,
        Facts.near_copies,
        "documents",
    )


def _of_others() -> Iterable[Variable]:
    for there in ACROSS:
        rows: tuple[tuple[str, str, str, Callable[..., object], frozenset[Need], str], ...] = (
            (
                "records",
                "int",
                f"records of the {there} data",
                Facts.records_there,
                frozenset({Need.REFERENCE}),
                "records",
            ),
            (
                "exact",
                "int",
                f"documents whose text is found in the {there} data",
                Facts.found_exact,
                OVERLAP,
                "documents",
            ),
            (
                "near",
                "int",
                f"documents near to one of the {there} data, exact ones included",
                Facts.found_near,
                OVERLAP,
                "documents",
            ),
            (
                "fragments",
                "double",
                f"share of the sampled 13-grams of the {there} data that stand here",
                Facts.found_fragments,
                OVERLAP,
                "share of 13-grams",
            ),
        )
        for name, kind, doc, read, needs, unit in rows:
            yield Variable(f"{there}.{name}", kind, doc, needs, partial(read, there=there), unit, there)


def _of_card() -> Iterable[Variable]:
    yield Variable(
        "card.present", "bool", "a card that can be read", CARD, lambda facts: facts.evidence.card is not None
    )
    yield Variable("card.problems", "int", "what a reader would misread", CARD, lambda facts: len(facts.card.problems))
    yield Variable(
        "card.fields", "list<string>", "canonical fields that are filled (docs/cards.md)", CARD, Facts.filled
    )
    for field in ("synthetic", "ongoing"):
        yield Variable(
            f"card.{field}", "bool", f"what the card says of `{field}`", CARD, partial(Facts.flag, field=field)
        )
    for field in ("license", "language", "domain", "tags"):
        yield Variable(
            f"card.{field}", "list<string>", f"what the card says of `{field}`", CARD, partial(Facts.texts, field=field)
        )
    for field in ("version", "name"):
        yield Variable(
            f"card.{field}", "string", f"what the card says of `{field}`", CARD, partial(Facts.text, field=field)
        )
    yield Variable(
        "card.synthetic_share",
        "double",
        "what the card says of `synthetic_share`",
        CARD,
        partial(Facts.number, field="synthetic_share"),
        "share",
    )
    yield Variable(
        "card.size_records",
        "int",
        "what the card says of `size_records`",
        CARD,
        partial(Facts.whole, field="size_records"),
        "records",
    )


def _of_lineage() -> Iterable[Variable]:
    needs = frozenset({Need.LINEAGE})
    yield Variable(
        "lineage.gaps",
        "int",
        "breaks in the trail",
        needs,
        lambda facts: sum(gap.kind not in _INFORM for gap in facts.lineage.gaps),
        "breaks",
    )
    yield Variable(
        "lineage.unchecked",
        "int",
        "edges that nothing here can compare",
        needs,
        lambda facts: len(facts.lineage.unchecked),
        "edges",
    )
    yield Variable(
        "lineage.steps", "int", "stages behind the dataset", needs, lambda facts: len(facts.lineage.steps), "stages"
    )
    yield Variable(
        "lineage.roots", "list<string>", "where the trail starts", needs, lambda facts: list(facts.lineage.roots)
    )


def of_records(names: Iterable[str]) -> bool:
    """Whether any of the variables counts records of the judged version, so that unmeasured shards leave it open."""
    known = variables()
    return any(Need.COMPOSITION in known[name].needs for name in names)


def digests(facts: Facts, names: Iterable[str]) -> tuple[str, ...]:
    """What the values were made from."""
    known = variables()
    needs = frozenset[Need]().union(*(known[name].needs for name in names))
    against = sorted({known[name].against for name in names if known[name].against})
    return facts.digests(needs, against)
