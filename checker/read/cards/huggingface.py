"""Hugging Face dataset cards: YAML front matter and a Markdown body, current and legacy template."""

from __future__ import annotations

import re

from checker.errors import YamlError
from checker.model.card import Card, CardFormat
from checker.model.location import Location
from checker.read.cards import _terms
from checker.read.cards._dataset_info import read_configs, read_dataset_info
from checker.read.cards._draft import Draft, Keys, Source, at, leaves, pointer_of
from checker.read.cards._hub_terms import BULLETS, FALLBACK_BULLETS, FRONT_MATTER, HEADINGS, OTHER_KEYS
from checker.read.cards._markdown import Body, FrontMatter, front_matter, plain_title, without_bullets
from checker.read.cards._yaml import load_yaml
from checker.read.cards.plain import read_headwater

_DESCRIPTIONS = ("dataset summary", "dataset description", "dataset details")
_WITHOUT_SUBSECTIONS = frozenset((*_DESCRIPTIONS, "uses"))
_TITLE = re.compile(r"dataset card for[\s:]*", re.IGNORECASE)
_SYNTHETIC_TAGS = frozenset(("synthetic", "synthetic-data", "synthetic_data", "synthetic data"))
_LISTED = r"(?i),|;|/|&|\band\b"
_YAML_1_1_WORDS = frozenset(("yes", "no", "on", "off"))


def read_huggingface(path: str, data: bytes) -> Card:
    """Read a Markdown card. Whatever is wrong with the front matter is a problem; the body is read all the same."""
    draft = Draft(path)
    text = _decode(draft, data)
    block = front_matter(text)
    if block is None:
        message = "the card has no front matter: the Hub sees no license, language or tags; start it with --- and keys"
        draft.problem(message, Location(path, 1))
    else:
        _read_front_matter(draft, block)
    _read_body(draft, Body(text, block.end_line - 1 if block else 0))
    return draft.card(CardFormat.HUGGING_FACE, "", data)


def has_dataset_keys(text: str) -> bool:
    """Whether a text starts with front matter of a dataset: with one of the Hub's keys at the start of a line."""
    if not re.match(r"\ufeff?\s*---\s*$", text[:200], re.MULTILINE):
        return False
    keys = re.findall(r"^([a-z_-]{4,30}):", text, re.MULTILINE)
    telling = (FRONT_MATTER.keys() | OTHER_KEYS) - {"version", "license", "tags", "language", "licenses"}
    return any(key in telling for key in keys) or ("license" in keys and "language" in keys)


def _decode(draft: Draft, data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = Location(draft.path, data.count(b"\n", 0, error.start) + 1)
        draft.problem(f"byte 0x{data[error.start]:02x} is not UTF-8; save the card as UTF-8", place)
        text = data.decode("utf-8", errors="replace")
    if text.startswith("\ufeff"):
        message = "a byte-order mark stands before the front matter, so the Hub sees none; save the card without it"
        draft.problem(message, Location(draft.path, 1, 1))
        text = text[1:]
    return text


def _read_front_matter(draft: Draft, block: FrontMatter) -> None:
    if block.late:
        message = "text stands before the front matter, so the Hub sees none; move the first --- to line 1"
        draft.problem(message, Location(draft.path, block.first_line - 1))
    try:
        source = load_yaml(block.text, draft.path, block.first_line)
    except YamlError as error:
        hint = f"; {error.hint}" if error.hint else ""
        place = error.location or Location(draft.path, block.first_line)
        draft.problem(f"the front matter cannot be read: {error.message}{hint}", place)
        return
    draft.problems.extend(source.problems)
    if not isinstance(source.data, dict):
        message = "the front matter is not a mapping of keys to values"
        draft.problem(message, Location(draft.path, block.first_line))
        return
    read_headwater(draft, source)
    for key, canonical in FRONT_MATTER.items():
        if key in source.data:
            _read_key(draft, source, key, canonical)
    _read_sources(draft, source)
    _read_tags(draft, source)
    _read_language_creators(draft, source)
    read_dataset_info(draft, source)
    read_configs(draft, source)


def _read_key(draft: Draft, source: Source, key: str, canonical: str) -> None:
    """One key of the Hub: a scalar, a list, or (in old cards) a mapping from configuration to either."""
    if canonical == "language":
        _check_words(draft, source, (key,))
    content = at(source.data, (key,))
    if not isinstance(content, dict):
        draft.each(canonical, source, (key,))
        return
    _check_mapping(draft, source, key)
    for config in content:
        draft.each(canonical, source, (key, config))


def _check_mapping(draft: Draft, source: Source, key: str) -> None:
    if isinstance(at(source.data, (key,)), dict):
        message = f"{key} is a mapping by configuration, the Hub expects a list and ignores it; list the values"
        draft.problem(message, source.where_key(key))


def _check_words(draft: Draft, source: Source, keys: Keys) -> None:
    for place, item in leaves(source.data, keys):
        if isinstance(item, str) and item.casefold() in _YAML_1_1_WORDS and source.raw(*place) == item:
            meant = "true" if item.casefold() in ("yes", "on") else "false"
            message = f'the language {item} is {meant} to readers of YAML 1.1; write "{item}" in quotes'
            draft.problem(message, source.where(*place))


def _read_sources(draft: Draft, source: Source) -> None:
    """`original` and `extended` say how the data was had, the rest from what."""
    _check_mapping(draft, source, "source_datasets")
    for keys, item in leaves(source.data, ("source_datasets",)):
        how = item.partition("|")[0] if isinstance(item, str) else ""
        if how in ("original", "extended"):
            draft.add("acquisition", how, source.where(*keys), pointer_of(keys))
        if how != "original" and item != "extended":
            name = item.removeprefix("extended|") if isinstance(item, str) else item
            draft.add("sources", name, source.where(*keys), pointer_of(keys))


def _read_tags(draft: Draft, source: Source) -> None:
    for keys, tag in leaves(source.data, ("tags",)):
        name = tag.casefold().removeprefix("modality:") if isinstance(tag, str) else ""
        if name in _SYNTHETIC_TAGS:
            draft.add("synthetic", True, source.where(*keys), pointer_of(keys))
        elif name in _terms.MODALITIES:
            draft.add("modality", name, source.where(*keys), pointer_of(keys))


def _read_language_creators(draft: Draft, source: Source) -> None:
    for keys, who in leaves(source.data, ("language_creators",)):
        if who == "machine-generated":
            draft.add("synthetic", True, source.where(*keys), pointer_of(keys))


def _read_body(draft: Draft, body: Body) -> None:
    silent = {key for key in FALLBACK_BULLETS.values() if key not in draft.fields}
    for bullet in body.bullets():
        key = BULLETS.get(bullet.label)
        if FALLBACK_BULLETS.get(bullet.label) in silent:
            key = FALLBACK_BULLETS[bullet.label]
        parts = re.split(_LISTED, bullet.text) if key == "language" else [bullet.text]
        for part in parts if key else ():
            draft.add(key or "", part.strip(), Location(draft.path, bullet.line), f"body: {bullet.label}")
    _read_title(draft, body)
    for index, section in enumerate(body.sections):
        title = plain_title(section.title)
        for key in HEADINGS.get(title, ()):
            text = (
                without_bullets(body.own(section))
                if title in _WITHOUT_SUBSECTIONS
                else body.whole(index, HEADINGS.keys())
            )
            draft.add(key, text, Location(draft.path, section.line), f"body: {section.title}")


def _read_title(draft: Draft, body: Body) -> None:
    """The first heading of level 1 names the dataset; the text right under it describes it."""
    title = next((section for section in body.sections if section.level == 1), None)
    if title is None:
        return
    place = Location(draft.path, title.line)
    named = _TITLE.sub("", title.title).strip(" \"'`*")
    draft.add("name", named, place, f"body: {title.title}")
    text = without_bullets(body.own(title))
    if text and not _follows_summary(body):
        draft.add("description", text, place, f"body: {title.title}")


def _follows_summary(body: Body) -> bool:
    return any(plain_title(section.title) in _DESCRIPTIONS and body.own(section) for section in body.sections)
