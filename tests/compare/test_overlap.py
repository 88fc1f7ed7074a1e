"""What one dataset holds of another: texts, near-copies and passages, against an oracle."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest
from compare import corpora
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compare import overlap
from checker.compare.crossing import cross
from checker.compare.grouping import Held
from checker.compare.verifying import LEAST_AGREEMENT
from checker.model.likeness import Overlap, Pair, Place
from checker.model.text import TextSource

BASES = [corpora.written(40, number) for number in range(12)]


def train(*texts: str) -> list[TextSource]:
    return [corpora.source(texts, "train.jsonl", "train")]


def gold(*texts: str) -> list[TextSource]:
    return [corpora.source(texts, "gold.jsonl", "gold")]


def banded(one: str, other: str) -> bool:
    """Equal, or sharing a band and agreeing enough."""
    equal = corpora.signature(one) == corpora.signature(other)
    near = corpora.share_a_band(equal) and int(equal.sum()) >= LEAST_AGREEMENT
    return bool(corpora.tokens_of(one) and corpora.tokens_of(other)) and (one == other or near)


TEXTS = st.lists(
    st.one_of(
        st.sampled_from(BASES),
        st.builds(corpora.edited, st.sampled_from(BASES), st.integers(1, 2), st.integers(0, 3)),
        st.sampled_from(["", "one", "One", "one two"]),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=80)
@given(TEXTS, TEXTS, st.integers(0, 14))
def test_counts_are_those_of_comparing_all_with_all(ours: list[str], theirs: list[str], cut: int) -> None:
    sources = [*train(*ours[:cut]), *train(*ours[cut:])]
    found = overlap(sources, gold(*theirs), near=True)
    full = [text for text in ours if corpora.tokens_of(text)]
    other = [text for text in theirs if corpora.tokens_of(text)]
    assert (found.documents, found.against_documents) == (len(full), len(other))
    assert found.exact == sum(text in other for text in full)
    assert found.covered_exact == sum(text in full for text in other)
    assert found.near == sum(any(banded(text, rival) for rival in other) for text in full)
    assert found.covered_near == sum(any(banded(text, rival) for rival in full) for text in other)


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param([], [], (0, 0, 0, 0, 0, 0), id="nothing on either side"),
        pytest.param(["a b"], [], (1, 0, 0, 0, 0, 0), id="nothing to be held against"),
        pytest.param([], ["a b"], (0, 1, 0, 0, 0, 0), id="nothing here"),
        pytest.param(["", "!"], ["", "!"], (0, 0, 0, 0, 0, 0), id="no token on either side"),
        pytest.param(["a b", "a b", "c"], ["a b"], (3, 1, 2, 2, 1, 1), id="copies here count each"),
        pytest.param(["a b"], ["a b", "a b", "c"], (1, 3, 1, 1, 2, 2), id="copies there count each"),
        pytest.param(["A b"], ["a b"], (1, 1, 0, 1, 0, 1), id="another case is near"),
    ],
)
def test_at_the_edges(ours: list[str], theirs: list[str], expected: tuple[int, ...]) -> None:
    found = overlap(train(*ours), gold(*theirs), near=True)
    assert found[:6] == expected
    exact = overlap(train(*ours), gold(*theirs), near=False)
    assert (exact.near, exact.covered_near) == (None, None)
    assert (exact.exact, exact.covered_exact) == (found.exact, found.covered_exact)


def test_a_much_larger_side_gives_the_same_counts() -> None:
    """The larger side is then searched with its copies apart."""
    many = [corpora.written(30, number) for number in range(60)]
    near = [corpora.edited(text, 1, 1) for text in many[:3]]
    repeated = [corpora.source([*many[at : at + 20], many[0], many[1]], f"{at}", "train") for at in (0, 20, 40)]
    few = gold(many[0], *near)
    found, turned = overlap(repeated, few, near=True), overlap(few, repeated, near=True)
    assert found.documents > 4 * found.against_documents
    assert (found.exact, found.covered_exact) == (4, 1)
    assert (turned.covered_exact, turned.exact, turned.covered_near, turned.near) == (
        found.exact,
        found.covered_exact,
        found.near,
        found.covered_near,
    )
    banded_here = sum(any(banded(text, rival) for rival in [many[0], *near]) for text in [*many, *(many[:2] * 3)])
    assert found.near == banded_here


def test_boilerplate_on_both_sides_is_bounded_and_still_searched() -> None:
    chance = np.random.default_rng(4)

    def drawn(count: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        signatures = chance.integers(0, 256, (count, 128), dtype=np.uint8)
        signatures[:, :32] = 7  # four bands that all share
        return signatures

    ours, theirs = drawn(20_000), drawn(10_000)
    changed = chance.random((5_000, 128)) < 0.1
    changed[:, :32] = False
    theirs[:5_000] = np.where(changed, theirs[:5_000], ours[:5_000])
    hashes = chance.integers(0, 2**64, (30_000, 2), dtype=np.uint64)
    found = cross(Held(hashes[:20_000], ours), Held(hashes[20_000:], theirs), near=True).near
    assert len(found.one) < 100_000
    for side in (found.one, found.other):
        assert set(np.unique(side)) <= set(range(5_000))
        assert len(np.unique(side)) >= 4_990


def passage(words: Sequence[str], shard: str) -> list[TextSource]:
    return [corpora.source([" ".join(words)], shard)]


def test_a_passage_within_other_text_is_seen_by_its_fragments() -> None:
    shared = corpora.written(2_000, 1, vocabulary=10**6).split(" ")
    ours = passage([*corpora.written(3_000, 2, 10**6).split(" "), *shared], "a")
    theirs = passage([*shared, *corpora.written(3_000, 3, 10**6).split(" ")], "b")
    found = overlap(ours, theirs, near=True)
    assert found.near == 0
    sampled = corpora.fragments([" ".join(shared)])
    assert found.shared_fragments == len(sampled) > 10
    assert found.fragments == len(theirs[0].entry.load().stats.fragments)
    several = [*theirs, *passage(shared, "c"), *passage(["x"], "d")]
    assert overlap(ours, several, near=True).fragments == found.fragments
    assert overlap([*ours, *passage(["x"], "d")], several, near=True).shared_fragments == found.shared_fragments


def test_the_shortest_passage_that_is_seen() -> None:
    tokens = overlap([], [], near=False).smallest_visible_tokens
    assert (63 / 64) ** (tokens - 12) <= 0.05 < (63 / 64) ** (tokens - 13)
    chance = random.Random(1)
    seen = 0
    for number in range(200):
        words = [f"w{chance.randrange(10**9)}" for _ in range(tokens)]
        seen += overlap(passage(words, "a"), passage([*words, f"v{number}"], "b"), near=False).shared_fragments > 0
    assert seen >= 0.9 * 200


def test_examples_name_the_places() -> None:
    base = corpora.written(100, 3)
    ours = train("", "one two", base, "one two")
    found: Overlap = overlap(ours, gold("three", "one two", corpora.edited(base, 1, 1)), near=True)
    equal, near = found.pairs
    assert equal == Pair(Place("train", "train.jsonl", 2), Place("gold", "gold.jsonl", 2), 1.0, exact=True)
    assert (near.one, near.other) == (Place("train", "train.jsonl", 3), Place("gold", "gold.jsonl", 3))
    assert not near.exact
