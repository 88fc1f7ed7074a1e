"""Cards: four kinds of document about a dataset, one model."""

from __future__ import annotations

import re

from checker import added
from checker.errors import CardError
from checker.model.card import Card, CardFormat
from checker.model.location import Location

__all__ = ["MAX_BYTES", "card_format", "read_card"]

MAX_BYTES = 16 * 1024 * 1024
_HEAD = 65_536
_MARKDOWN = (".md", ".markdown")
_YAML = (".yaml", ".yml")
_JSON = (".json", ".jsonld")
# Compiled by `re` when a file is first asked about: most cards are named, or Markdown.
_CROISSANT = rb'"@context"|mlcommons\.org/(?:croissant|schema)'
_DTA = rb"dataandtrustalliance\.org|docs\.oasis-open\.org/dps/"
_KEY = rb'(?m)^(?:["\']?)([A-Za-z_][A-Za-z0-9_.-]{0,60})["\']?[ \t]*:'
_QUOTED_KEY = rb'"([A-Za-z_][A-Za-z0-9_.-]{0,60})"\s{0,20}:'


def card_format(path: str, head: bytes) -> CardFormat | None:
    """The kind of card a file is by its name and its first bytes (64 KiB are enough), or None when it is not a card.

    The README.md of the repository is a card only with a dataset's front matter; any other Markdown file is one.
    """
    from checker.read.cards.huggingface import has_dataset_keys

    name, head = path.lower(), head[:_HEAD]
    if name.endswith(_MARKDOWN):
        if name == "readme.md" and not has_dataset_keys(head.decode("utf-8", errors="replace")):
            return None
        return CardFormat.HUGGING_FACE
    if name.endswith(_YAML):
        return CardFormat.YAML if _looks_plain(_KEY, head) else None
    return _json_format(head) if name.endswith(_JSON) else None


def read_card(path: str, data: bytes) -> Card:
    """Read a card that someone named or that `card_format` knows.

    What is wrong with it becomes a problem in the card. Raises CardError, and nothing else, when nothing can be read.
    """
    if len(data) > MAX_BYTES:
        raise CardError(f"the card has {len(data)} bytes, at most {MAX_BYTES} are read", location=Location(path))
    if (of_plugin := added.card_format(path)) is not None:
        from checker.read.cards._plugin import read_with

        return read_with(of_plugin, path, data)
    form = _form_by_name(path, data)
    if form is CardFormat.HUGGING_FACE:
        from checker.read.cards.huggingface import read_huggingface

        return read_huggingface(path, data)
    if form is CardFormat.CROISSANT:
        from checker.read.cards.croissant import read_croissant

        return read_croissant(path, data)
    if form is CardFormat.DTA:
        from checker.read.cards.dta import read_dta

        return read_dta(path, data)
    from checker.read.cards.plain import read_plain

    return read_plain(path, data)


def _form_by_name(path: str, data: bytes) -> CardFormat:
    """The reader for a file that is said to be a card. Raises CardError when none fits its name."""
    name = path.lower()
    if name.endswith(_MARKDOWN):
        if card_format(path, data) is None:
            hint = "start it with --- and the dataset's keys, or write a card beside the dataset"
            raise CardError("not a card: no front matter of a dataset", hint=hint, location=Location(path, 1))
        return CardFormat.HUGGING_FACE
    if name.endswith(_YAML):
        return CardFormat.YAML
    if not name.endswith(_JSON):
        hint = "name it .md, .yaml, .json or .jsonld"
        raise CardError("a card is Markdown, YAML or JSON", hint=hint, location=Location(path))
    form = _json_format(data[:_HEAD])
    return CardFormat.CROISSANT if name.endswith(".jsonld") else form or CardFormat.YAML


def _json_format(head: bytes) -> CardFormat | None:
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return None
    if re.search(_CROISSANT, head):
        return CardFormat.CROISSANT
    keys = set(re.findall(_QUOTED_KEY, head))
    if re.search(_DTA, head) or {b"source", b"provenance", b"use"} <= keys:
        return CardFormat.DTA
    return CardFormat.YAML if _looks_plain(_QUOTED_KEY, head) else None


def _looks_plain(pattern: bytes, head: bytes) -> bool:
    from checker.read.cards.plain import looks_plain

    return looks_plain(frozenset(key.decode("ascii") for key in re.findall(pattern, head)))
