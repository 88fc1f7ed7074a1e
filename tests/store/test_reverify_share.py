"""Which entries are measured again, and what counts as a difference."""

from __future__ import annotations

import pytest
from store.texts import shard_text

from checker.errors import UsageError
from checker.model.composition import Cell, Composition, Origin, Tally
from checker.store.entries import Kept
from checker.store.reverify import differs, pick_share, share_of

KEYS = [f"{number:064x}" for number in range(200)]


@pytest.mark.parametrize(
    ("keys", "share", "count"),
    [
        pytest.param([], 0.05, 0, id="nothing to pick from"),
        pytest.param(KEYS[:1], 0.05, 1, id="one is picked although it is more than the share"),
        pytest.param(KEYS[:20], 0.05, 1, id="exactly one"),
        pytest.param(KEYS[:21], 0.05, 2, id="one more than exactly one"),
        pytest.param(KEYS, 1.0, 200, id="all"),
        pytest.param(KEYS + KEYS, 0.05, 10, id="each key counts once"),
    ],
)
def test_how_many_are_picked(keys: list[str], share: float, count: int) -> None:
    picked = pick_share(keys, share)
    assert len(picked) == count
    assert picked <= set(keys)


def test_nobody_can_foresee_the_choice_without_the_seed() -> None:
    picks = {pick_share(KEYS, 0.05) for _ in range(20)}
    assert len(picks) > 1
    assert pick_share(KEYS, 0.05, "one") != pick_share(KEYS, 0.05, "two")


def test_a_seed_gives_the_same_choice_in_any_order() -> None:
    assert pick_share(KEYS, 0.1, "seed") == pick_share(KEYS[::-1], 0.1, "seed")


def test_every_key_has_the_same_chance() -> None:
    counts = dict.fromkeys(KEYS, 0)
    for number in range(400):
        for key in pick_share(KEYS, 0.1, str(number)):
            counts[key] += 1
    assert sum(counts.values()) == 400 * 20
    assert min(counts.values()) > 10  # 40 are expected; 10 are five standard deviations below
    assert max(counts.values()) < 75


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), ("100%", 1.0), ("0.25", 0.25), (" 1% ", 0.01), ("1", 1.0)])
def test_a_share_is_read(text: str, share: float) -> None:
    assert share_of(text) == share


@pytest.mark.parametrize("text", ["0", "0%", "101%", "1.5", "-1%", "nan", "inf%", "", "%", "five"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write a percentage"):
        share_of(text)


def test_a_composition_differs_by_one_record() -> None:
    one, two = (Kept(Composition({Cell(Origin.HUMAN): Tally(records=count)}), "same") for count in (1, 2))
    assert differs(one, two)
    assert not differs(one, one._replace(digest="another claim about the same counts"))


def test_text_differs_by_one_bit() -> None:
    text = shard_text(5)
    hashes = text.documents.hashes.copy()
    hashes[4, 1] ^= 1
    assert differs(text, text._replace(documents=text.documents._replace(hashes=hashes)))
    assert not differs(text, shard_text(5))


def test_counts_are_not_held_against_text() -> None:
    with pytest.raises(TypeError):
        differs(shard_text(1), Kept(Composition(), ""))
