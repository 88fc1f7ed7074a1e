"""Passages in common where shards are so large that only their smallest 13-gram hashes are kept."""

from __future__ import annotations

import numpy as np
from compare import corpora
from numpy.typing import NDArray

from checker.compare.fragments import shared_fragments, smallest_visible_tokens
from checker.kernels.vocabulary import MOST_FRAGMENTS
from checker.model.text import ShardText, TextEntry, TextSource

STEP = 64


def shard(fragments: NDArray[np.uint64]) -> TextSource:
    whole = corpora.source(["one"], "a").entry.load()
    held = ShardText(whole.stats._replace(fragments=fragments), whole.documents, whole.sample)
    return TextSource("data", "a", "a", TextEntry("", str(len(fragments)), 1, lambda: held))


def hashes(first: int, number: int) -> NDArray[np.uint64]:
    found: NDArray[np.uint64] = (np.arange(first, first + number, dtype=np.uint64) + np.uint64(1)) * np.uint64(STEP)
    return found


FULL = shard(hashes(0, MOST_FRAGMENTS))
LAST = MOST_FRAGMENTS * STEP


def test_nothing_is_said_of_hashes_above_the_last_of_a_full_shard() -> None:
    gold = shard(hashes(MOST_FRAGMENTS - 10, 30))
    assert shared_fragments([FULL], [gold]) == (10, 10, LAST)
    assert shared_fragments([FULL, gold], [gold]) == (10, 10, LAST)


def test_a_full_reference_is_not_taken_for_all_there_is() -> None:
    wider = shard(hashes(MOST_FRAGMENTS // 2, MOST_FRAGMENTS - 1))
    assert shared_fragments([wider], [FULL]) == (MOST_FRAGMENTS, MOST_FRAGMENTS // 2, LAST)
    assert shared_fragments([shard(hashes(0, 0))], [FULL, wider]) == (MOST_FRAGMENTS, 0, LAST)


def test_one_hash_less_than_are_kept_is_all_there_is() -> None:
    nearly = shard(hashes(0, MOST_FRAGMENTS - 1))
    gold = shard(hashes(MOST_FRAGMENTS - 11, 30))
    assert shared_fragments([nearly], [gold])[:2] == (30, 10)


def test_a_passage_must_be_longer_to_be_seen_where_less_is_known() -> None:
    usual, half = smallest_visible_tokens(), smallest_visible_tokens(2**63 - 1)
    assert (127 / 128) ** (half - 12) <= 0.05 < (127 / 128) ** (half - 13)
    assert half > usual
