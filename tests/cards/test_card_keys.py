"""The canonical keys: one table for people, one for the checks, kept equal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.model.card_packs import CARD_KEYS, CARD_PACKS
from checker.read.cards import _croissant_terms, _hub_terms
from checker.read.cards.plain import ALIASES

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "cards.md").read_text(encoding="utf-8")
ROWS = [line.split("|") for line in DOCS.splitlines() if line.startswith("| `")]


def test_the_table_in_the_docs_has_the_keys_in_order() -> None:
    documented = [key for row in ROWS for key in re.findall(r"`([a-z_.]+)`", row[1])]
    assert documented == list(CARD_KEYS)


@pytest.mark.parametrize("pack", sorted(CARD_PACKS))
def test_a_pack_asks_for_keys_that_exist_once_each(pack: str) -> None:
    keys = CARD_PACKS[pack]
    assert keys
    assert set(keys) <= CARD_KEYS.keys()
    assert len(set(keys)) == len(keys)


def test_the_docs_name_every_pack() -> None:
    assert all(f"`{pack}`" in DOCS for pack in CARD_PACKS)


def test_whatever_a_reader_writes_to_is_a_key() -> None:
    written = {
        *ALIASES.values(),
        *_hub_terms.FRONT_MATTER.values(),
        *_hub_terms.BULLETS.values(),
        *_hub_terms.FALLBACK_BULLETS.values(),
        *(key for keys in _hub_terms.HEADINGS.values() for key in keys),
        *_croissant_terms.RAI.values(),
        *_croissant_terms.ACTIVITIES.values(),
        *(key for key, _ in _croissant_terms.PLAIN),
    }
    assert written <= CARD_KEYS.keys()


def test_an_alias_is_not_a_key_itself() -> None:
    assert not ALIASES.keys() & CARD_KEYS.keys()


def test_the_docs_name_the_front_matter_that_is_read() -> None:
    column = " ".join(row[2] for row in ROWS)
    assert [key for key in _hub_terms.FRONT_MATTER if key not in column] == []
