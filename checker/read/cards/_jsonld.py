"""JSON-LD as Croissant uses it: one short name for each key and type, whatever prefix or full IRI was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from checker.read.cards._draft import Keys

_SPACES: tuple[tuple[str, str], ...] = (
    ("http://mlcommons.org/croissant/RAI/1.0/", "rai:"),
    ("http://mlcommons.org/croissant/RAI/", "rai:"),
    ("http://mlcommons.org/croissant/1.0/", "cr:"),
    ("http://mlcommons.org/croissant/", "cr:"),
    ("http://mlcommons.org/schema/", "cr:"),  # Croissant 0.8
    ("http://schema.org/", "sc:"),
    ("http://www.w3.org/ns/prov#", "prov:"),
    ("http://purl.org/dc/terms/", "dct:"),
    ("http://www.w3.org/ns/odrl/2/", "odrl:"),
    ("http://www.w3.org/2000/01/rdf-schema#", "rdfs:"),
    ("http://www.wikidata.org/wiki/", "wd:"),
    ("http://www.wikidata.org/entity/", "wd:"),
)
PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "sc": "https://schema.org/",
        "schema": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "ml": "http://mlcommons.org/schema/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "prov": "http://www.w3.org/ns/prov#",
        "dct": "http://purl.org/dc/terms/",
        "odrl": "http://www.w3.org/ns/odrl/2/",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "wd": "https://www.wikidata.org/wiki/",
    }
)
_CROISSANT_TERMS = (
    "annotation arrayShape citeAs column containedIn data dataType equivalentProperty examples excludes extract field "
    "fileObject fileProperty fileSet format includes isArray isLiveDataset jsonPath key md5 parentField path recordSet "
    "references regex repeated replace samplingRate sdVersion separator source subField transform value"
)
_DEFAULT_TERMS: Mapping[str, str] = MappingProxyType(
    {**{term: f"cr:{term}" for term in _CROISSANT_TERMS.split()}, "conformsTo": "dct:conformsTo"}
)
_MAX_HOPS = 8
_LONGEST_IRI = 500


@dataclass(slots=True)
class Node:
    """An object of the graph: its properties by short name, and where it stands in the JSON."""

    keys: Keys
    id: str = ""
    types: tuple[str, ...] = ()
    properties: dict[str, list[Item]] = field(default_factory=dict)

    def items(self, *names: str) -> Iterator[Item]:
        """The values of the first of `names` that is there, then of the others."""
        for name in names:
            yield from self.properties.get(name, ())

    def nodes(self, *names: str) -> Iterator[Node]:
        """Those values that are objects."""
        return (item.content for item in self.items(*names) if isinstance(item.content, Node))

    def text(self, *names: str) -> str:
        """The first text among the values."""
        return next((item.content for item in self.items(*names) if isinstance(item.content, str)), "")

    def has(self, *names: str) -> bool:
        """Whether there is any value."""
        return any(self.properties.get(name) for name in names)


class Item(NamedTuple):
    """One value of a property: a scalar, an object, or JSON taken as it is."""

    content: object
    keys: Keys


@dataclass(slots=True)
class Context:
    """What `@context` says. `undeclared` gathers well-known prefixes that it does not declare."""

    terms: dict[str, str] = field(default_factory=dict)
    opaque: set[str] = field(default_factory=set)
    translated: set[str] = field(default_factory=set)
    vocabulary: str = ""
    undeclared: dict[str, Keys] = field(default_factory=dict)

    def name(self, key: str, keys: Keys = ()) -> str:
        """The short name of a key or type: `sc:name`, `cr:recordSet`, or the full IRI."""
        return _short(self._expand(key, keys))

    def _expand(self, key: str, keys: Keys) -> str:
        for _ in range(_MAX_HOPS):
            if key in self.terms and self.terms[key] != key:
                key = self.terms[key]
                continue
            prefix, colon, rest = key.partition(":")
            if not colon:
                return self.vocabulary + key if self.vocabulary else key
            if rest.startswith("//") or prefix == "_":
                return key
            if prefix in self.terms:
                key = self.terms[prefix] + rest
            elif prefix in PREFIXES:
                self.undeclared.setdefault(prefix, keys)
                return PREFIXES[prefix] + rest
            else:
                return key
        return key


def read_context(data: object) -> Context:
    """The context of a document; one that lies elsewhere (a URL) stands for Croissant's own."""
    context = Context()
    parts = data if isinstance(data, list) else [data]
    if data is None or any(isinstance(part, str) for part in parts):
        context.terms.update(PREFIXES)
        context.terms.update(_DEFAULT_TERMS)
        context.opaque.update(("data", "examples"))
        context.vocabulary = PREFIXES["sc"]
    for part in parts:
        if isinstance(part, dict):
            _add_terms(context, part)
    return context


def _add_terms(context: Context, part: dict[str, object]) -> None:
    for term, meaning in part.items():
        if term == "@vocab" and isinstance(meaning, str) and len(meaning) <= _LONGEST_IRI:
            context.vocabulary = meaning
        elif term.startswith("@"):
            continue
        elif isinstance(meaning, str):
            _add_term(context, term, meaning)
        elif isinstance(meaning, dict):
            _add_term(context, term, meaning.get("@id"))
            if meaning.get("@type") == "@json":
                context.opaque.add(term)
            if meaning.get("@container") == "@language":
                context.translated.add(term)


def _add_term(context: Context, term: str, iri: object) -> None:
    if isinstance(iri, str) and len(iri) <= _LONGEST_IRI:
        context.terms[term] = iri


def read_node(data: dict[str, object], keys: Keys, context: Context) -> Node:
    """An object and, in it, all objects below; depth is bounded by the reader of the JSON."""
    node = Node(keys)
    for key, value in data.items():
        place = (*keys, key)
        word = context.terms.get(key, key)
        if word == "@id":
            node.id = value if isinstance(value, str) else ""
        elif word == "@type":
            types = value if isinstance(value, list) else [value]
            node.types = tuple(context.name(item, place) for item in types if isinstance(item, str))
        elif key == "@graph" or not key.startswith("@"):
            name = key if key == "@graph" else context.name(key, place)
            node.properties.setdefault(name, []).extend(_values(key, name, value, place, context))
    return node


def _values(key: str, name: str, value: object, keys: Keys, context: Context) -> list[Item]:
    if key in context.opaque or name in ("cr:data", "cr:examples"):
        return [Item(value, keys)]
    if key in context.translated and isinstance(value, dict) and not any(part.startswith("@") for part in value):
        return [item for part, text in value.items() for item in _items(text, (*keys, part), context)]
    return _items(value, keys, context)


def _items(value: object, keys: Keys, context: Context) -> list[Item]:
    if isinstance(value, list):
        return [item for index, part in enumerate(value) for item in _items(part, (*keys, index), context)]
    if not isinstance(value, dict):
        return [Item(value, keys)]
    for wrapper in ("@list", "@set", "@value"):
        if wrapper in value:
            return _items(value[wrapper], (*keys, wrapper), context)
    return [Item(read_node(value, keys, context), keys)]


def walk(node: Node) -> Iterator[Node]:
    """The node and every object below it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        inner = [item.content for items in current.properties.values() for item in items]
        waiting.extend(part for part in reversed(inner) if isinstance(part, Node))


def _short(iri: str) -> str:
    plain = "http://" + iri.removeprefix("https://") if iri.startswith("https://") else iri
    plain = plain.replace("http://www.mlcommons.org/", "http://mlcommons.org/", 1)
    for space, prefix in _SPACES:
        if plain.startswith(space):
            return prefix + plain[len(space) :]
    return iri
