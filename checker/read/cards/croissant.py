"""Croissant JSON-LD 0.8, 1.0 and 1.1 with the Responsible AI and PROV terms, in every spelling seen in the wild."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checker.errors import CardError
from checker.model.card import Card, CardFormat
from checker.model.location import Location
from checker.read.cards._croissant_structure import check_structure
from checker.read.cards._croissant_terms import (
    ACTIVITIES,
    MACHINE_MEDIA,
    MADE_BY_MACHINE,
    NAMED_BY,
    NAMES,
    PLAIN,
    RAI,
    RAI_SPACES,
)
from checker.read.cards._draft import Draft, pointer_of, shown
from checker.read.cards._json import JsonDocument, load_json
from checker.read.cards._jsonld import Context, Item, Node, read_context, read_node, walk
from checker.read.cards.plain import read_headwater

_VERSION = re.compile(r"(?:https?://(?:www\.)?mlcommons\.org/croissant/)([0-9]+\.[0-9]+)/?\Z")
_SEMVER = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,9}(?:[-+][0-9A-Za-z.+-]{1,60})?\Z")
_BYTES = re.compile(r"([0-9]{1,18}) ?(?:B|bytes)?\Z")
_MAX_DEPTH = 5
_MAX_NODES = 100_000


def read_croissant(path: str, data: bytes) -> Card:
    """Read a Croissant file; raises CardError when it is not a JSON object."""
    document = load_json(data, path)
    if not isinstance(document.data, dict):
        raise CardError("the card is not a JSON object", location=Location(path, 1))
    draft = Draft(path)
    draft.problems.extend(document.problems)
    if "@context" not in document.data:
        draft.problem("the card has no @context, so its keys mean nothing to readers of JSON-LD", document.where())
    context = read_context(document.data.get("@context"))
    root = read_node(document.data, (), context)
    reader = _Reader(draft, document, root)
    version = reader.read()
    check_structure(draft, document, reader.dataset, reader.by_id, version)
    _check_prefixes(draft, document, context)
    return draft.card(CardFormat.CROISSANT, version, data)


def _check_prefixes(draft: Draft, document: JsonDocument, context: Context) -> None:
    for prefix, keys in context.undeclared.items():
        message = f'the prefix {prefix}: is not declared in @context, so readers drop it; add "{prefix}"'
        draft.problem(message, document.where_key(*keys))


class _Reader:
    """The statements of one document."""

    def __init__(self, draft: Draft, document: JsonDocument, root: Node) -> None:
        self.draft = draft
        self.document = document
        self.by_id: dict[str, Node] = {}
        for node in walk(root):
            if node.id and (node.properties or node.types):
                self.by_id.setdefault(node.id, node)
        self.dataset = self._find_dataset(root)
        self.budget = _MAX_NODES  # references could multiply nodes without end

    def read(self) -> str:
        """Take down every statement; give the version of Croissant."""
        read_headwater(self.draft, self.document)
        for key, names in PLAIN:
            for item in self.dataset.items(*names):
                self._add(key, item)
        if not self.dataset.has("sc:identifier") and self.dataset.id:
            keys = (*self.dataset.keys, "@id")
            self.draft.add("id", self.dataset.id, self.document.where(*keys), pointer_of(keys))
        self._read_rai()
        self._read_contacts()
        self._read_provenance()
        self._read_distribution()
        version = self._croissant_version()
        self._check_version()
        return version

    def _find_dataset(self, root: Node) -> Node:
        graph = list(root.nodes("@graph"))
        typed = (node for node in (root, *graph) if "sc:Dataset" in node.types)
        return next(typed, graph[0] if graph and not root.types else root)

    def _add(self, key: str, item: Item) -> None:
        content = _as_text(key, self._plain(item.content))
        self.draft.add(
            key, content, self.document.where(*item.keys), pointer_of(item.keys), self.document.raw(*item.keys)
        )

    def _plain(self, content: object, depth: int = 0) -> object:
        """A node as a mapping with bare names; a reference to a node as that node; a bare reference as text."""
        if not isinstance(content, Node):
            return content
        node = self._resolved(content)
        self.budget -= 1
        if self.budget < 0 or (not node.properties and not node.types):
            return node.id
        parts: dict[str, object] = {"id": node.id} if node.id else {}
        if node.types:
            parts["type"] = node.types[0].partition(":")[2] or node.types[0]
        for name, items in node.properties.items() if depth < _MAX_DEPTH else ():
            values = [self._plain(item.content, depth + 1) for item in items]
            bare = name.partition(":")[2] if not name.startswith("http") else name
            parts.setdefault(NAMES.get(bare, bare), values[0] if len(values) == 1 else values)
        return parts

    def _resolved(self, node: Node) -> Node:
        return self.by_id.get(node.id, node) if node.id and not node.properties else node

    def _read_rai(self) -> None:
        for name, items in self.dataset.properties.items():
            space, _, local = name.partition(":")
            key = RAI.get(local.casefold()) if f"{space}:" in RAI_SPACES else None
            for item in items if key else ():
                self._add(key or "", item)
                if local.casefold() == "datacollectiontype" and str(item.content).casefold() in MADE_BY_MACHINE:
                    self._say_synthetic(item)
        for item in self.dataset.items("sc:digitalSourceType"):
            text = item.content.id if isinstance(item.content, Node) else str(item.content)
            if text.endswith(MACHINE_MEDIA):
                self._say_synthetic(item)

    def _say_synthetic(self, item: Item) -> None:
        self.draft.add("synthetic", True, self.document.where(*item.keys), pointer_of(item.keys))

    def _read_contacts(self) -> None:
        for found in self.dataset.nodes("sc:creator", "sc:publisher"):
            node = self._resolved(found)
            for item in node.items("sc:email", "sc:contactPoint"):
                self._add("contact", item)

    def _read_provenance(self) -> None:
        seen: set[int] = set()
        for activity in self.dataset.nodes("prov:wasGeneratedBy"):
            node = self._resolved(activity)
            if id(node) in seen:
                continue
            seen.add(id(node))
            kind = next((ACTIVITIES[code] for code in self._codes(node) if code in ACTIVITIES), "")
            if kind:
                self._add(kind, Item(node, activity.keys))
            if kind in ("", "acquisition"):
                self._read_agents(node.items("prov:wasAssociatedWith", "prov:isAssociatedWith", "prov:used"))
        self._read_agents(self.dataset.items("prov:wasAttributedTo"))

    def _codes(self, node: Node) -> Iterator[str]:
        for item in node.items("prov:type", "sc:type", "dct:type", "sc:additionalType"):
            code = item.content.id if isinstance(item.content, Node) else str(item.content)
            yield code.rpartition("/")[2].rpartition(":")[2]

    def _read_agents(self, items: Iterator[Item]) -> None:
        for item in items:
            node = item.content
            if isinstance(node, str):
                node = self.by_id.get(node, node)
            if isinstance(node, Node) and "prov:SoftwareAgent" in self._resolved(node).types:
                self._add("generators", Item(node, item.keys))

    def _read_distribution(self) -> None:
        total: int | None = 0
        for item in self.dataset.items("sc:distribution", "cr:distribution"):
            self._add("distribution", item)
            node = self._resolved(item.content) if isinstance(item.content, Node) else Node(item.keys)
            self._read_modality(node)
            if not node.has("cr:containedIn", "sc:containedIn"):
                size = self._size(node)
                total = None if size is None or total is None else total + size
        if total:
            keys = next(self.dataset.items("sc:distribution", "cr:distribution")).keys
            self.draft.add("size_bytes", total, self.document.where(*keys), pointer_of(keys))

    def _size(self, node: Node) -> int | None:
        """The size in bytes where it is said exactly: "117743 B", not "36.8 KB"."""
        content = next((item.content for item in node.items("sc:contentSize")), None)
        match = _BYTES.match(str(content).strip())
        return int(match[1]) if match and "cr:FileSet" not in node.types else None

    def _read_modality(self, node: Node) -> None:
        for item in node.items("sc:encodingFormat"):
            main = str(item.content).partition("/")[0].casefold()
            if main in ("image", "audio", "video"):
                self.draft.add("modality", main, self.document.where(*item.keys), pointer_of(item.keys))

    def _croissant_version(self) -> str:
        """The first version among what the card conforms to; 0.8 had no such statement."""
        stated = list(self.dataset.items("dct:conformsTo", "sc:conformsTo", "cr:conformsTo"))
        names = [item.content.id if isinstance(item.content, Node) else str(item.content) for item in stated]
        found = next((match[1] for name in names if (match := _VERSION.match(name))), "")
        if found and found not in ("0.8", "1.0", "1.1"):
            message = f"conformsTo names Croissant {found}, known are 0.8, 1.0 and 1.1"
            self.draft.problem(message, self.document.where(*stated[0].keys))
        if stated and not found:
            message = f"conformsTo is {shown(names[0])}, which names no version of Croissant"
            self.draft.problem(message, self.document.where(*stated[0].keys))
        return found or ("" if stated else "0.8")

    def _check_version(self) -> None:
        for item in self.dataset.items("sc:version"):
            content = item.content if isinstance(item.content, str | int) else "1.0.0"
            if not _SEMVER.match(str(content)):
                message = f"version is {shown(item.content)}, MAJOR.MINOR.PATCH is expected, as 1.0.0"
                self.draft.problem(message, self.document.where(*item.keys))


def _as_text(key: str, content: object) -> object:
    """A license or language that is an object, by what names it best."""
    if key not in NAMED_BY or not isinstance(content, dict):
        return content
    return next((content[part] for part in NAMED_BY[key] if isinstance(content.get(part), str)), content)
