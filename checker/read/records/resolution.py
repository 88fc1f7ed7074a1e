"""Who made a record, in which words it says so, and which provenance fields it fills (`docs/records.md`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, TypeVar

from checker.model.composition import Origin
from checker.model.dataset import DatasetSettings
from checker.model.languages import TWO_LETTER_CODES
from checker.read.records import vocabulary as words
from checker.read.records.batch import Key, Layout
from checker.read.records.fields import FieldMap, Use, field_map
from checker.read.records.roles import RoleMap
from checker.read.records.values import OBJECT

_LONGEST_VALUE = 200
_MOST_LAYOUTS = 256
_MOST_REMEMBERED = 20_000
_APART = ("domain", "language", "license")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stated:
    """An origin and who says so."""

    origin: Origin
    basis: str
    kind: str = ""
    confidence: float | None = None
    flag: bool = False


UNSTATED = Stated(Origin.UNKNOWN, "default")


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Who made a record. `filled` are canonical fields; licence, language, source and numbers are read apart."""

    stated: Stated
    filled: tuple[str, ...]
    reviewed: bool
    turns: bool


class Resolved(NamedTuple):
    """What the head of a key says; empty texts are what the record does not state."""

    made: Made
    domain: str
    language: str
    license: str


class Resolver:
    """Reads keys under the user's settings; `fallback` is what path, role of the folder or DVC meta say."""

    def __init__(self, settings: DatasetSettings, fallback: Stated) -> None:
        self.fields: FieldMap = field_map(settings)
        self.settings = settings
        self.fallback = fallback
        self.roles = RoleMap(settings)
        self._layouts: dict[Layout, Mapping[str, tuple[str, ...]]] = {}
        self._values = {
            field: {**{raw.casefold(): value for raw, value in table.items()}, **table}
            for field, table in settings.values.items()
        }

    def reader(self, layout: Layout) -> Callable[[Key], Resolved]:
        """A function that interprets the keys of a layout.

        Each axis is remembered by its own values, since their combinations are many more.
        """
        made = self._remembered(layout, self._made, self._other_places(layout))
        domain = self._remembered(layout, self._domain, self._places(layout, "domain"))
        language = self._remembered(layout, self._language, self._places(layout, "language"))
        licence = self._remembered(layout, self._license, self._places(layout, "license"))
        return lambda key: Resolved(made(key), domain(key), language(key), licence(key))

    def _remembered(self, layout: Layout, read: Callable[[_Record], T], places: tuple[int, ...]) -> Callable[[Key], T]:
        known = self._known(layout)
        if not places:
            always = read(_Record(layout, (None,) * len(layout.paths), known))
            return lambda key: always
        part_of, memory = itemgetter(*places), dict[object, T]()

        def remembered(key: Key) -> T:
            part = part_of(key)
            found = memory.get(part)
            if found is None:
                if len(memory) > _MOST_REMEMBERED:
                    memory.clear()
                found = memory[part] = read(_Record(layout, key, known))
            return found

        return remembered

    def _places(self, layout: Layout, field: str) -> tuple[int, ...]:
        paths = self.fields.paths[field]
        return tuple(layout.place[path] for path in paths if layout.place.get(path, layout.head) < layout.head)

    def _other_places(self, layout: Layout) -> tuple[int, ...]:
        """The places that licence, domain and language leave, with those that they share."""
        fields = [field for field in self.fields.paths if field not in _APART]
        return tuple(sorted({place for field in fields for place in self._places(layout, field)}))

    def _made(self, record: _Record) -> Made:
        stated = self._origin(record)
        reviewed, has_review = self._review(record)
        filled = [*self._present(record, stated)]
        filled += ["review"] if has_review else []
        filled += ["origin"] if stated.origin is not Origin.UNKNOWN else []
        filled += ["origin_flag"] if stated.flag else []
        return Made(stated, tuple(filled), reviewed, self._turns(record) is not None)

    def _known(self, layout: Layout) -> Mapping[str, tuple[str, ...]]:
        """For each field the paths that the layout has: few of all that are looked for."""
        found = self._layouts.get(layout)
        if found is None:
            if len(self._layouts) > _MOST_LAYOUTS:
                self._layouts.clear()
            there = layout.filled.union(layout.paths)
            found = self._layouts[layout] = {
                field: known
                for field, paths in self.fields.paths.items()
                if (known := tuple(path for path in paths if path in there))
            }
        return found

    def mapped_value(self, field: str, raw: object) -> str | None:
        """What the user's value table says of a raw value."""
        table = self._values.get(field)
        if table is None:
            return None
        text = _text(raw)
        return table.get(text, table.get(text.strip().casefold()))

    def _candidates(self, record: _Record, field: str) -> Iterable[tuple[str, object]]:
        return [(path, record.value(path)) for path in self._filled(record, field)]

    def _filled(self, record: _Record, field: str) -> Sequence[str]:
        """The paths of a field that the record fills, in order."""
        known = record.known.get(field)
        return [path for path in known if record.fills(path)] if known else ()

    # -- origin ---------------------------------------------------------------------------------------------------

    def _origin(self, record: _Record) -> Stated:
        """The user's mapping, the record's own words, its turns, its path, DVC meta, else unknown."""
        kind = self._kind(record)
        own = self._own_origin(record)
        generator = self._has_generator(record)
        if own is not None and own.basis == "policy-mapping":
            stated = own
        elif own is not None and own.origin is Origin.HUMAN and self._is_denied(record, kind, generator=generator):
            stated = Stated(Origin.MACHINE, "conflict", flag=own.flag)
        elif own is not None:
            stated = own
        elif (turns := self._turns(record)) is not None and (origin := self.roles.origin(turns)):
            stated = Stated(origin, "role")
        elif generator and self._turns(record) is None:
            stated = Stated(Origin.MACHINE, "generator")
        elif kind in words.TELLING_KINDS:
            stated = Stated(Origin.HUMAN if kind in words.HUMAN_KINDS else Origin.MACHINE, "declared-record")
        else:
            stated = self.fallback
        return Stated(stated.origin, stated.basis, kind or stated.kind, stated.confidence, stated.flag)

    def _is_denied(self, record: _Record, kind: str, *, generator: bool) -> bool:
        """Whether a record that calls itself human says otherwise elsewhere. In a chat a generator tells nothing."""
        return (
            (generator and self._turns(record) is None)
            or (kind in words.TELLING_KINDS and kind not in words.HUMAN_KINDS)
            or any(self._read_origin(path, raw) is Origin.MACHINE for path, raw in self._candidates(record, "origin"))
        )

    def _own_origin(self, record: _Record) -> Stated | None:
        mapped = "origin" in self.fields.mapped
        for path, raw in self._candidates(record, "origin"):
            given = self.mapped_value("origin", raw)
            if given is not None:
                origin = origin_word(given)
                return Stated(origin, "policy-mapping") if origin is not Origin.UNKNOWN else None
            origin = self._read_origin(path, raw)
            if origin is not Origin.UNKNOWN:
                basis = "policy-mapping" if mapped else "declared-record"
                return Stated(origin, basis, flag=_truth(raw) is not None)
        return None

    def _read_origin(self, path: str, raw: object) -> Origin:
        """A yes/no field says machine or not machine; `label` and `kind` speak of other things unless told."""
        if path == "label":
            return Origin.UNKNOWN
        if path == "kind":
            return {"synthetic": Origin.MACHINE, "actual": Origin.HUMAN}.get(_word(raw), Origin.UNKNOWN)
        if path in words.FLAG_FIELDS or ("origin" in self.fields.mapped and _truth(raw) is not None):
            truth = _truth(raw)
            if truth is not None:
                return Origin.MACHINE if truth else Origin.HUMAN
        return origin_word(_text(raw))

    def _kind(self, record: _Record) -> str:
        for _path, raw in self._candidates(record, "origin_kind"):
            word = (self.mapped_value("origin_kind", raw) or _word(raw)).replace("-", "_").replace(" ", "_")
            word = words.KIND_SYNONYMS.get(word, word)
            if word in words.KINDS:
                return word
        return ""

    def _has_generator(self, record: _Record) -> bool:
        """A model that was judged, as in preference and evaluation sets, did not make the record."""
        judged = self.settings.role.value == "eval" or bool(self._filled(record, "preference"))
        return any(
            not (path == "model" and judged and "generator" not in self.fields.mapped) and _truth(raw) is not False
            for path, raw in self._candidates(record, "generator")
        )

    def _turns(self, record: _Record) -> tuple[object, ...] | None:
        """Of all fields that hold turns: one that a reader passes over may be the one that another trains on."""
        found = [raw for _path, raw in self._candidates(record, "turns") if isinstance(raw, tuple) and raw]
        return tuple(turn for turns in found for turn in turns) if found else None

    # -- the other fields -----------------------------------------------------------------------------------------

    def _present(self, record: _Record, stated: Stated) -> Iterator[str]:
        for field in ("id", "url", "author", "capture_method", "transforms", "vendor"):
            if self._filled(record, field):
                yield field
        crawled = bool(self._filled(record, "snapshot") or self._filled(record, "file_path"))
        has_url = bool(self._filled(record, "url"))
        for field, is_crawl in (("collected_at", True), ("created_at", False)):
            ambiguous = {"date": crawled is is_crawl, "timestamp": has_url is is_crawl}
            allowed = ambiguous if field not in self.fields.mapped else {}
            if any(allowed.get(path, True) for path in self._filled(record, field)):
                yield field
        made_by_machine = stated.origin in (Origin.MACHINE, Origin.MIXED)
        if made_by_machine and self._has_generator(record):
            yield "generator"
        if any(path != "warc_record_id" or made_by_machine for path in self._filled(record, "parents")):
            yield "parents"

    def _domain(self, record: _Record) -> str:
        """The subject; a value with a dot is a web host, which is not a subject."""
        for path, raw in self._candidates(record, "domain"):
            word = self.mapped_value("domain", raw) or _word(raw)
            if word and not (path == "domain" and "." in word):
                return word[:_LONGEST_VALUE]
        return ""

    def _language(self, record: _Record) -> str:
        """A natural language as BCP 47; the name of a programming language is not one."""
        for _path, raw in self._candidates(record, "language"):
            given = self.mapped_value("language", raw)
            if given is not None:
                return given.casefold()
            word = _word(raw)
            if word and word.replace(" ", "-") not in words.PROGRAMMING_LANGUAGES:
                base, _, rest = word.replace("_", "-").partition("-")
                base = TWO_LETTER_CODES.get(base, base)
                # FLORES codes (`eng_Latn`) name the script, which BCP 47 leaves out where it is the usual one.
                return "-".join(part for part in (base, "" if len(rest) == 4 else rest) if part)[:_LONGEST_VALUE]
        return ""

    def _license(self, record: _Record) -> str:
        """The raw words, several joined by AND; `rules` bring them to SPDX."""
        for path, raw in self._candidates(record, "license"):
            parts = raw if isinstance(raw, tuple) else (raw,)
            texts = sorted({" ".join(_text(part).split()) for part in parts if part not in words.BLANKS} - {""})
            if texts:
                text = " AND ".join(texts)[:_LONGEST_VALUE]
                text = self.mapped_value("license", text) or text
                return f"class:{text}" if path == "license_type" else text
        return ""

    def _review(self, record: _Record) -> tuple[bool, bool]:
        """Whether a review was passed, and whether one is on record. Who labelled a record did not review it."""
        for _path, raw in self._candidates(record, "review"):
            word = _word(self.mapped_value("review", raw) or raw)
            if word:
                return word in words.REVIEW_PASSED, True
        names = [*self._filled(record, "reviewer")]
        return "approved_by" in names, bool(names)


class _Record:
    """A key seen as a record: a value for a path, or whether it is filled."""

    def __init__(self, layout: Layout, key: Key, known: Mapping[str, tuple[str, ...]]) -> None:
        self.known = known
        self._layout = layout
        self._key = key

    def value(self, path: str) -> object:
        place = self._layout.place.get(path)
        return None if place is None else self._key[place]

    def fills(self, path: str) -> bool:
        if path in self._layout.filled:
            return True
        place = self._layout.place.get(path)
        if place is None or place >= self._layout.head:
            return False
        raw = self._key[place]
        if self._layout.uses[place] is Use.PRESENCE:
            return raw is False
        return is_filled(raw)


def is_filled(raw: object) -> bool:
    """Whether a value says something: not null, not an empty text or list, not a word for unknown."""
    if isinstance(raw, str):
        return raw.strip().casefold() not in words.BLANK_WORDS
    if isinstance(raw, float):
        return not math.isnan(raw)  # as Parquet may hold
    return raw is not None and raw != ()


def _text(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float) and raw.is_integer():
        return str(int(raw))
    if isinstance(raw, str):
        return "" if raw == OBJECT else raw
    return str(raw) if isinstance(raw, int) else ""


def _word(raw: object) -> str:
    return _text(raw).strip().casefold()


def _truth(raw: object) -> bool | None:
    word = _word(raw)
    return True if word in words.YES else False if word in words.NO else None


def origin_word(text: str) -> Origin:
    """Read an origin by name; vocabularies that use addresses (IPTC) tell it in the last part."""
    word = text.strip().casefold()
    if "://" in word:
        word = word.rstrip("/").rpartition("/")[2]
    word = word.replace("_", "-").replace(" ", "-")
    if word in words.HUMAN_WORDS:
        return Origin.HUMAN
    if word in words.MACHINE_WORDS:
        return Origin.MACHINE
    return Origin.MIXED if word in words.MIXED_WORDS else Origin.UNKNOWN
