"""What a Croissant file must get right so that readers can follow it: types, references, what files and fields need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from checker.read.cards._draft import Draft, at, shown
from checker.read.cards._json import JsonDocument
from checker.read.cards._jsonld import Item, Node

_FILES = ("sc:distribution", "cr:distribution")
_FILE_TYPES = ("cr:FileObject", "cr:FileSet")
_OLD_FILE_TYPES = (*_FILE_TYPES, "sc:FileObject", "sc:FileSet")
_CONTAINED = ("cr:containedIn", "sc:containedIn")
_REFERENCES = ("cr:fileObject", "cr:fileSet", "cr:field", "cr:recordSet", "sc:distribution", "cr:distribution")
_MAX_FIELDS = 20_000
_HEX = frozenset("0123456789abcdefABCDEF")


@dataclass(slots=True)
class _Field:
    """A field with what is needed to follow it: its record set and the field around it."""

    node: Node
    records: Node
    parent: _Field | None = None


def check_structure(
    draft: Draft, document: JsonDocument, dataset: Node, by_id: Mapping[str, Node], version: str
) -> None:
    """Add a problem for each break. Missing statements about the dataset are for `card-required`, not for here."""
    _Structure(draft, document, dataset, by_id, version).check()


class _Structure:
    def __init__(
        self, draft: Draft, document: JsonDocument, dataset: Node, by_id: Mapping[str, Node], version: str
    ) -> None:
        self.draft = draft
        self.document = document
        self.dataset = dataset
        self.by_id = by_id
        self.old = version == "0.8"
        self.files = [self._full(node) for node in dataset.nodes(*_FILES)]
        self.record_sets = [self._full(node) for node in dataset.nodes("cr:recordSet")]
        self.fields = tuple(islice(self._all_fields(), _MAX_FIELDS))
        self.fields_of: dict[int, list[_Field]] = {}
        for found in self.fields:
            self.fields_of.setdefault(id(found.records), []).append(found)
        self.field_by_id = {name: found for found in self.fields for name in _field_names(found)}
        self.groups = self._joined()
        self.known = {name for node in (*self.files, *self.record_sets) for name in _names(node)}
        self.known |= self.field_by_id.keys() | by_id.keys()

    def check(self) -> None:
        """All checks, in the order of the file."""
        self._check_type(self.dataset, ("sc:Dataset",))
        self._check_lost_terms()
        self._check_objects(_FILES, "distribution")
        self._check_objects(("cr:recordSet",), "recordSet")
        self._check_ids()
        for node in self.files:
            self._check_file(node)
        for records in self.record_sets:
            self._check_type(records, ("cr:RecordSet",))
            self._check_joins(records)
        for found in self.fields:
            self._check_field(found)

    def _full(self, node: Node) -> Node:
        return self.by_id.get(node.id, node) if node.id and not node.properties else node

    def _all_fields(self) -> Iterator[_Field]:
        return (found for records in self.record_sets for found in self._fields_in(records))

    def _fields_in(self, records: Node) -> Iterator[_Field]:
        waiting = [_Field(self._full(node), records) for node in reversed(list(records.nodes("cr:field")))]
        seen: set[int] = set()
        while waiting:
            found = waiting.pop()
            if id(found.node) in seen:  # a field that contains itself by reference
                continue
            seen.add(id(found.node))
            yield found
            inner = [_Field(self._full(node), records, found) for node in found.node.nodes("cr:subField")]
            waiting.extend(reversed(inner))

    def _problem(self, message: str, node: Node | Item, *names: str) -> None:
        """At the value of the first of the keys `names` of the node, or at the node."""
        data = at(self.document.data, node.keys)
        name = next((name for name in names if isinstance(data, dict) and name in data), None)
        keys = (*node.keys, name) if name else node.keys
        self.draft.problem(message, self.document.where(*keys))

    def _check_type(self, node: Node, allowed: tuple[str, ...]) -> None:
        if not set(node.types) & set(allowed):
            given = f"@type is {', '.join(node.types)}" if node.types else "there is no @type"
            self._problem(f"{_called(node)}: {given}, {' or '.join(allowed)} is expected", node, "@type")

    def _check_lost_terms(self) -> None:
        """A bare `recordSet` that `@context` does not map is a word of schema.org to readers, and is dropped."""
        if not self.dataset.has("cr:recordSet") and self.dataset.has("sc:recordSet"):
            item = next(self.dataset.items("sc:recordSet"))
            self._problem(
                'recordSet is not mapped in @context, so readers drop it; add "recordSet": "cr:recordSet"', item
            )

    def _check_objects(self, names: tuple[str, ...], called: str) -> None:
        for item in self.dataset.items(*names):
            if not isinstance(item.content, Node):
                self._problem(f"{called} holds {shown(item.content)}, an object is expected", item)

    def _check_ids(self) -> None:
        places: dict[str, Node] = {}
        for node in (*self.files, *self.record_sets, *(found.node for found in self.fields)):
            if any(char.isspace() for char in node.id):
                self._problem(f"the @id {shown(node.id)} contains a space, which readers refuse", node, "@id")
            first = places.setdefault(node.id, node) if node.id else node
            if first is not node:
                line = self.document.where(*first.keys).line
                self._problem(f"the @id {shown(node.id)} stands twice, first in line {line}", node, "@id")

    def _check_file(self, node: Node) -> None:
        self._check_type(node, _OLD_FILE_TYPES if self.old else _FILE_TYPES)
        is_set = bool({"cr:FileSet", "sc:FileSet"} & set(node.types))
        if not node.has("sc:encodingFormat"):
            self._problem(f"{_called(node)} has no encodingFormat", node)
        if is_set and not node.has("cr:includes", "sc:includes"):
            self._problem(f"{_called(node)} has no includes, the pattern of its files", node)
        if not is_set and not node.has("sc:contentUrl") and not node.has(*_CONTAINED):
            self._problem(f"{_called(node)} has no contentUrl", node)
        for digest, length in (("sc:sha256", 64), ("cr:md5", 32), ("sc:md5", 32)):
            for item in node.items(digest):
                self._check_digest(digest[3:], length, item)
        self._check_references(node, _CONTAINED, "containedIn")

    def _check_digest(self, name: str, length: int, item: Item) -> None:
        text = item.content
        # Exporters write a URL here for a git repository, which has no such digest.
        if not isinstance(text, str) or (text and set(text) <= _HEX and len(text) != length):
            self._problem(f"{name} is {shown(text)}, {length} hexadecimal digits are expected", item)

    def _check_field(self, found: _Field) -> None:
        node = found.node
        self._check_type(node, ("cr:Field",))
        called = _called(node)
        self._check_references(node, ("cr:parentField",), "parentField")
        for name in ("cr:source", "cr:references"):
            for item in node.items(name):
                if isinstance(item.content, Node) and not self._refers(item.content):
                    self._problem(f"{called}: {name[3:]} names no fileObject, fileSet, field or recordSet", item)
                elif isinstance(item.content, Node):
                    self._check_references(item.content, _REFERENCES, name[3:])
                else:
                    self._check_target(item.content, item, name[3:])
        if not self._has_values(found):
            lost = "source" if node.has("sc:source") else ""
            reason = ', and "source" is not mapped in @context, so readers drop it' if lost else ""
            self._problem(f"{called} has neither source nor value{reason}", node, lost)
        elif not self._data_type(found):
            lost = "dataType" if node.has("sc:dataType") else ""
            reason = '; "dataType" is not mapped in @context, so readers drop it' if lost else ""
            self._problem(f"{called} has no dataType, nor has what it comes from{reason}", node, lost)

    def _refers(self, source: Node) -> bool:
        return source.has(*_REFERENCES) or bool(source.id)

    def _check_references(self, node: Node, names: tuple[str, ...], called: str) -> None:
        for item in node.items(*names):
            target = item.content.id if isinstance(item.content, Node) else item.content
            if not (isinstance(item.content, Node) and item.content.properties):
                self._check_target(target, item, called)

    def _check_target(self, target: object, item: Item, called: str) -> None:
        if not isinstance(target, str) or not target:
            self._problem(f"{called} is {shown(target)}, a reference to an @id is expected", item)
        elif _reference(target) not in self.known and not self._known_part(target):
            self._problem(f"{called} refers to {shown(target)}, which is nowhere in the card", item)

    def _known_part(self, target: str) -> bool:
        """Croissant 0.8 writes `#{file/column}` and takes the column on trust."""
        return self.old and _reference(target).partition("/")[0] in self.known

    def _has_values(self, found: _Field) -> bool:
        node = found.node
        if node.has("cr:source", "cr:references", "cr:value", "cr:data", "cr:subField", "cr:parentField"):
            return True
        return found.records.has("cr:data") or bool(
            found.parent and self._has_values(found.parent) and not node.has("sc:source")
        )

    def _data_type(self, found: _Field) -> bool:
        """A type of its own, or of the field it comes from or refers to, or of the one around it."""
        waiting, seen = [found], {id(found)}
        while waiting:
            current = waiting.pop()
            if current.node.has("cr:dataType", "cr:subField"):
                return True
            targets = (
                _target_field(item) for item in current.node.items("cr:source", "cr:references", "cr:parentField")
            )
            others = [self.field_by_id.get(target) for target in targets]
            for other in (*others, current.parent):
                if other is not None and id(other) not in seen:
                    seen.add(id(other))
                    waiting.append(other)
        return False

    def _joined(self) -> _Groups:
        """What the references of all fields tie together: files, and the record sets that they fill."""
        groups = _Groups()
        for found in self.fields:
            others = [
                origin for item in found.node.items("cr:references") for origin in self._origins(item, through=True)
            ]
            sources = [origin for item in found.node.items("cr:source") for origin in self._origins(item)]
            for origin in (*sources, *_names(found.records)) if others else ():
                groups.join(origin, others[0])
            for other in others:
                groups.join(other, others[0])
        return groups

    def _check_joins(self, records: Node) -> None:
        """Fields from two files, or two record sets, need a field that says how the rows match."""
        inside = self.fields_of.get(id(records), ())
        used = {
            origin: None for found in inside for item in found.node.items("cr:source") for origin in self._origins(item)
        }
        apart = {self.groups.root(origin): origin for origin in reversed(used)}
        if len(apart) > 1:
            named = " and ".join(shown(name) for name in [*reversed(apart.values())][:3])
            message = (
                f"{_called(records)} takes fields from {named} without a join; add references to one of the fields"
            )
            self._problem(message, records)

    def _origins(self, item: Item, *, through: bool = False) -> Iterator[str]:
        """The file or record set that a source or reference takes rows from; `through` a field, also that field's."""
        if not isinstance(item.content, Node):
            return
        for name in _REFERENCES:
            for part in item.content.items(name):
                target = _reference(part.content.id if isinstance(part.content, Node) else str(part.content))
                found = self.field_by_id.get(target) if name == "cr:field" else None
                yield next(_names(found.records), target) if found else target
                for source in found.node.items("cr:source") if found and through else ():
                    yield from self._origins(source)


class _Groups:
    """Names that belong together; `join` merges the groups of two."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def join(self, left: str, right: str) -> None:
        self._parent[self.root(left)] = self.root(right)

    def root(self, name: str) -> str:
        parent = self._parent.setdefault(name, name)
        while parent != name:
            self._parent[name] = self._parent[parent]
            name, parent = parent, self._parent[parent]
        return name


def _names(node: Node) -> Iterator[str]:
    """What others call the node: its @id, and its name."""
    if node.id:
        yield node.id
    if name := node.text("sc:name"):
        yield name


def _field_names(found: _Field) -> Iterator[str]:
    yield from _names(found.node)
    for outer in _names(found.records):
        for own in _names(found.node):
            yield f"{outer}/{own}"


def _target_field(item: Item) -> str:
    if not isinstance(item.content, Node):
        return _reference(str(item.content))
    inner = next(item.content.items("cr:field"), None)
    if inner is None:
        return item.content.id
    return _reference(inner.content.id if isinstance(inner.content, Node) else str(inner.content))


def _reference(target: str) -> str:
    """The name in a reference: `#{movies/title}` of Croissant 0.8 is `movies/title`."""
    return target[2:-1] if target.startswith("#{") and target.endswith("}") else target


def _called(node: Node) -> str:
    kind = node.types[0].partition(":")[2] if node.types else "object"
    return f"{kind} {shown(next(_names(node), '(no name)'))}"
