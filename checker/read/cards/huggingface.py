"""Hugging Face dataset cards: YAML front matter and a Markdown body, current and legacy template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from checker.errors import YamlError
from checker.model.card import Card, CardFormat
from checker.model.location import Location
from checker.read.cards import _terms
from checker.read.cards._draft import Draft, Keys, Source, at, leaves, pointer_of, shown
from checker.read.cards._markdown import Body, FrontMatter, front_matter, plain_title, without_bullets
from checker.read.cards._yaml import load_yaml
from checker.read.cards.plain import read_headwater

# The Hub's key -> canonical key. The second of two names is the old one; the Hub no longer reads it.
FRONT_MATTER: Mapping[str, str] = MappingProxyType(
    {
        "pretty_name": "name",
        "version": "version",
        "license": "license",
        "licenses": "license",
        "license_name": "license_name",
        "license_link": "license_link",
        "license_details": "license_details",
        "language": "language",
        "languages": "language",
        "language_bcp47": "language",
        "multilinguality": "multilinguality",
        "size_categories": "size_category",
        "annotations_creators": "annotations_creators",
        "language_creators": "language_creators",
        "task_categories": "tasks",
        "task_ids": "tasks",
        "tags": "tags",
        "extra_gated_prompt": "confidentiality",
    }
)
OTHER_KEYS = frozenset(
    (
        "source_datasets",
        "dataset_info",
        "configs",
        "config_names",
        "paperswithcode_id",
        "train-eval-index",
        "headwater",
        "viewer",
        "extra_gated_fields",
    )
)
# The heading in lower case -> canonical keys; the first that is filled is the best.
HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dataset summary": ("description",),
        "dataset description": ("description",),
        "dataset details": ("description",),
        "data collection and processing": ("acquisition",),
        "initial data collection and normalization": ("acquisition",),
        "source data": ("acquisition",),
        "annotations": ("annotation",),
        "annotation process": ("annotation",),
        "personal and sensitive information": ("personal_data",),
        "direct use": ("intended_use",),
        "intended use": ("intended_use",),
        "intended uses": ("intended_use",),
        "uses": ("intended_use",),
        "supported tasks and leaderboards": ("intended_use",),
        "supported tasks": ("intended_use",),
        "out-of-scope use": ("out_of_scope",),
        "out of scope use": ("out_of_scope",),
        "social impact of dataset": ("social_impact",),
        "social impact": ("social_impact",),
        "discussion of biases": ("biases",),
        "bias, risks, and limitations": ("biases", "limitations"),
        "bias, risks and limitations": ("biases", "limitations"),
        "biases": ("biases",),
        "other known limitations": ("limitations",),
        "limitations": ("limitations",),
        "known limitations": ("limitations",),
        "dataset curators": ("issuer",),
        "dataset card contact": ("contact",),
        "contact": ("contact",),
        "licensing information": ("license_details",),
        "citation information": ("citation",),
        "citation": ("citation",),
        "maintenance": ("maintenance",),
        "changelog": ("change_log",),
        "change log": ("change_log",),
        "version history": ("change_log",),
        "revisions": ("change_log",),
        "synthetic data": ("synthetic_note",),
        "deduplication": ("dedup",),
    }
)
BULLETS: Mapping[str, str] = MappingProxyType(
    {
        "homepage": "url",
        "repository": "url",
        "curated by": "issuer",
        "shared by": "issuer",
        "point of contact": "contact",
        "contact": "contact",
    }
)
# Said in the body only where the front matter says nothing: there it is prose, not an identifier.
FALLBACK_BULLETS: Mapping[str, str] = MappingProxyType(
    {"license": "license", "language(s) (nlp)": "language", "language(s)": "language"}
)
_DESCRIPTIONS = ("dataset summary", "dataset description", "dataset details")
_WITHOUT_SUBSECTIONS = frozenset((*_DESCRIPTIONS, "uses"))
_TITLE = re.compile(r"dataset card for[\s:]*", re.IGNORECASE)
_SYNTHETIC_TAGS = frozenset(("synthetic", "synthetic-data", "synthetic_data", "synthetic data"))
_LISTED = re.compile(r",|;|/|&|\band\b", re.IGNORECASE)
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
    _read_dataset_info(draft, source)
    _read_configs(draft, source)


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


def _read_dataset_info(draft: Draft, source: Source) -> None:
    """Records and bytes of every configuration, summed; one configuration without a figure leaves no sum."""
    content = at(source.data, ("dataset_info",))
    if content is None:
        return
    listed = isinstance(content, list)
    infos: list[Keys] = [("dataset_info", index) for index in range(len(content))] if isinstance(content, list) else []
    infos = infos if listed else [("dataset_info",)]
    records: list[tuple[object, Keys]] = []
    sizes: list[tuple[object, Keys]] = []
    for keys in infos:
        if not isinstance(at(source.data, keys), dict):
            draft.problem("dataset_info is not a mapping or a list of mappings", source.where(*keys))
            return
        _read_info_texts(draft, source, keys)
        records += _read_splits(draft, source, keys)
        sizes.append((at(source.data, (*keys, "download_size")), (*keys, "download_size")))
    _add_sum(draft, source, "size_records", records)
    _add_sum(draft, source, "size_bytes", sizes)


def _read_info_texts(draft: Draft, source: Source, keys: Keys) -> None:
    for part in ("description", "version"):
        content = at(source.data, (*keys, part))
        if isinstance(content, str | int | float):
            place = (*keys, part)
            draft.add(part, content, source.where(*place), pointer_of(place), source.raw(*place))


def _read_splits(draft: Draft, source: Source, keys: Keys) -> list[tuple[object, Keys]]:
    splits = at(source.data, (*keys, "splits"))
    found: list[tuple[object, Keys]] = []
    for index, split in enumerate(splits if isinstance(splits, list) else []):
        place = (*keys, "splits", index)
        config = at(source.data, (*keys, "config_name"))
        if isinstance(split, dict):
            content = {**({"config": config} if config is not None else {}), **split}
            draft.add("splits", content, source.where(*place), pointer_of(place))
            found.append((split.get("num_examples"), (*place, "num_examples")))
    return found or [(None, keys)]


def _add_sum(draft: Draft, source: Source, key: str, parts: list[tuple[object, Keys]]) -> None:
    counts = [_terms.count(content) for content, _ in parts]
    for (content, keys), number in zip(parts, counts, strict=True):
        if content is not None and number is None:
            message = f"{keys[-1]} is {shown(content)}, a whole number is expected"
            draft.problem(message, source.where(*keys))
    known = [number for number in counts if number is not None]
    if known and len(known) == len(counts):
        place = parts[0][1]
        draft.add(key, sum(known), source.where(*place), pointer_of(place))


def _read_configs(draft: Draft, source: Source) -> None:
    configs = at(source.data, ("configs",))
    if not isinstance(configs, list):
        return
    counted = "splits" in draft.fields
    for index, config in enumerate(configs):
        keys: Keys = ("configs", index)
        if not isinstance(config, dict) or not config.get("config_name"):
            draft.problem("a configuration without config_name", source.where(*keys))
            continue
        files = config.get("data_files")
        for number, part in enumerate(files if isinstance(files, list) else []):
            place = (*keys, "data_files", number)
            if isinstance(part, dict) and part.get("split") is not None and not counted:
                content = {"name": part["split"], "config": config["config_name"], "path": part.get("path")}
                draft.add("splits", content, source.where(*place), pointer_of(place))


def _read_body(draft: Draft, body: Body) -> None:
    silent = {key for key in FALLBACK_BULLETS.values() if key not in draft.fields}
    for bullet in body.bullets():
        key = BULLETS.get(bullet.label)
        if FALLBACK_BULLETS.get(bullet.label) in silent:
            key = FALLBACK_BULLETS[bullet.label]
        parts = _LISTED.split(bullet.text) if key == "language" else [bullet.text]
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
