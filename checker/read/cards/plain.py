"""Canonical keys written as such: a plain YAML or JSON card, and the `headwater` mapping of any other card."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from checker.errors import CardError, YamlError
from checker.model.card import Card, CardFormat
from checker.model.card_packs import CARD_KEYS
from checker.model.location import Location
from checker.read.cards._draft import Draft, Keys, Source, at, pointer_of
from checker.read.cards._yaml import load_yaml

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "title": "name",
        "pretty_name": "name",
        "licenses": "license",
        "licence": "license",
        "languages": "language",
        "modalities": "modality",
        "domains": "domain",
        "source": "sources",
        "generator": "generators",
        "size_categories": "size_category",
        "transform": "transforms",
        "transformations": "transforms",
        "deduplication": "dedup",
        "changelog": "change_log",
        "changes": "change_log",
        "approval": "approvals",
        "creator": "issuer",
        "creators": "issuer",
        "publisher": "issuer",
        "bias": "biases",
        "limitation": "limitations",
        "intended_uses": "intended_use",
        "personal_information": "personal_data",
        "is_synthetic": "synthetic",
        "has_synthetic_data": "synthetic",
        "origin.synthetic": "synthetic",
        "origin.synthetic_share": "synthetic_share",
        "origin.generators": "generators",
        "synthetic.share": "synthetic_share",
        "synthetic.generators": "generators",
        "synthetic.note": "synthetic_note",
        "synthetic.any": "synthetic",
        "synthetic.present": "synthetic",
        "size.records": "size_records",
        "size.bytes": "size_bytes",
        "size.tokens": "size_tokens",
        "size.category": "size_category",
        "sizes.records": "size_records",
        "sizes.bytes": "size_bytes",
        "sizes.tokens": "size_tokens",
        "sizes.category": "size_category",
        "records": "size_records",
        "copyright": "ip.copyright",
        "patent": "ip.patent",
        "trademark": "ip.trademark",
    }
)
_DEEPEST_PART = 4
# Keys that half of all configuration files have.
_COMMON = frozenset(
    ("name", "version", "id", "description", "url", "date", "tags", "size", "sources", "contact", "license")
)
_KNOWN = frozenset(("headwater", *(key.partition(".")[0] for key in (*CARD_KEYS, *ALIASES))))
_PARTS_ONLY = frozenset(("synthetic", "size", "sizes", "ip", "origin"))


def read_plain(path: str, data: bytes) -> Card:
    """Read a card of canonical keys, at the top or under `headwater`."""
    draft = Draft(path)
    source = _load(path, data, draft)
    if not isinstance(source.data, dict):
        raise CardError("not a card: no mapping of keys to statements", location=Location(path, 1))
    if _KNOWN.isdisjoint(canonical(str(key)) for key in source.data):
        hint = "write some of the keys of docs/cards.md, such as name or license"
        raise CardError("not a card: none of its keys is a card's", hint=hint, location=Location(path, 1))
    read_headwater(draft, source)
    for key in source.data:
        if key != "headwater":
            read_canonical(draft, source, (key,), canonical(str(key)))
    return draft.card(CardFormat.YAML, "", data)


def read_headwater(draft: Draft, source: Source) -> None:
    """Read the `headwater` mapping at the top of a card, if there is one."""
    block = at(source.data, ("headwater",))
    if isinstance(block, dict):
        for key in block:
            read_canonical(draft, source, ("headwater", key), canonical(str(key)))
    elif block is not None:
        draft.problem("headwater is not a mapping of canonical keys to statements", source.where("headwater"))


def canonical(name: str) -> str:
    """The canonical key that `name` stands for."""
    plain = name.replace("-", "_")
    return ALIASES.get(plain, plain)


def read_canonical(draft: Draft, source: Source, keys: Keys, name: str) -> None:
    """Take down what stands at `keys` as statements on `name`, a mapping also by its parts."""
    content = at(source.data, keys)
    if not isinstance(content, dict):
        _read_leaf(draft, source, keys, name, content)
        return
    if name == "license":
        _read_license(draft, source, keys, content)
        return
    if name not in _PARTS_ONLY:
        draft.add(name, content, source.where(*keys), pointer_of(keys))
    if name.count(".") >= _DEEPEST_PART:
        return
    for part in content:
        read_canonical(draft, source, (*keys, part), canonical(f"{name}.{part}"))


def _read_leaf(draft: Draft, source: Source, keys: Keys, name: str, content: object) -> None:
    if isinstance(content, list) and name == "license" and any(isinstance(item, dict) for item in content):
        for index in range(len(content)):
            read_canonical(draft, source, (*keys, index), name)
        return
    draft.each(name, source, keys)


def _read_license(draft: Draft, source: Source, keys: Keys, content: Mapping[object, object]) -> None:
    """A license as a mapping: {id, name, link}."""
    for part in content:
        names = {"id": "license", "spdx": "license", "name": "license_name"}
        links = {"link": "license_link", "url": "license_link"}
        key = {**names, **links}.get(str(part), f"license.{part}")
        if key == "license_name" and not {"id", "spdx"} & {str(other) for other in content}:
            key = "license"
        draft.each(key, source, (*keys, part))  # type: ignore[arg-type]  # keys of YAML are text or numbers


def looks_plain(names: frozenset[str]) -> bool:
    """Whether top-level keys are those of a card: `headwater`, or two canonical keys of which one tells."""
    known = {canonical(name) for name in names} & CARD_KEYS.keys()
    return "headwater" in names or (len(known) >= 2 and not known <= _COMMON)


def _load(path: str, data: bytes, draft: Draft) -> Source:
    if not path.lower().endswith((".yaml", ".yml")) and data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        from checker.read.cards._json import load_json

        document = load_json(data, path)
        draft.problems.extend(document.problems)
        return document
    if data.startswith(b"\xef\xbb\xbf"):
        draft.problem("a byte-order mark stands before the card; save the card without it", Location(path, 1, 1))
        data = data[3:]
    try:
        source = load_yaml(data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        place = Location(path, data.count(b"\n", 0, error.start) + 1)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise CardError(message, hint="save the card as UTF-8", location=place) from error
    except YamlError as error:
        raise CardError(error.message, hint=error.hint, location=error.location) from error
    draft.problems.extend(source.problems)
    return source
