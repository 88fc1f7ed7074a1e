"""Copies within a dataset: against an oracle that compares all with all, and at the edges."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from compare import corpora
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compare import duplication, with_exact
from checker.compare.banding import candidates
from checker.compare.grouping import Held, group, near_pairs
from checker.compare.shelf import in_memory
from checker.compare.verifying import NEAR_ESTIMATE, agreement, estimates
from checker.model.likeness import Copies, Duplication, Pair, Place
from checker.model.text import TextSource


def of(*shards: Sequence[str]) -> list[TextSource]:
    return [corpora.source(texts, f"{number}.jsonl") for number, texts in enumerate(shards)]


def counts(found: Duplication) -> tuple[object, ...]:
    """What must not depend on how documents are split."""
    return found.whole, found.largest_cluster, found.boilerplate


@st.composite
def texts(draw: st.DrawFn) -> list[str]:
    """Few base texts, each many times: equal, with some words changed, or cut short."""
    bases = [corpora.written(draw(st.integers(1, 60)), seed) for seed in draw(st.lists(st.integers(0, 9), max_size=4))]
    found = ["", " ", "..."][: draw(st.integers(0, 3))]
    for base in bases:
        words = len(base.split(" "))
        edits = draw(st.lists(st.integers(0, min(3, words)), max_size=5))
        found += [corpora.edited(base, edit, number) for number, edit in enumerate(edits)]
    return draw(st.permutations(found))


@settings(deadline=None, max_examples=60)
@given(texts(), st.data())
def test_counts_are_those_of_comparing_all_with_all(documents: list[str], data: st.DataObject) -> None:
    full = [text for text in documents if corpora.tokens_of(text)]
    cut = data.draw(st.integers(0, len(documents)))
    found = duplication(of(documents[:cut], documents[cut:]), near=True)
    assert found.whole.documents == len(full)
    assert found.whole.exact == len(full) - len(set(full))
    assert found.whole.near == len(full) - clusters(full)
    assert found.shards["0.jsonl"].near == len([t for t in documents[:cut] if corpora.tokens_of(t)]) - clusters(
        [text for text in documents[:cut] if corpora.tokens_of(text)]
    )


def clusters(full: Sequence[str]) -> int:
    """Components of "shares a band, and signatures agree enough", by comparing all pairs one by one."""
    distinct = sorted(set(full))
    signatures = [corpora.signature(text) for text in distinct]
    labels = list(range(len(distinct)))
    for one in range(len(distinct)):
        for other in range(one):
            equal = signatures[one] == signatures[other]
            similar = (equal.mean() - 1 / 256) / (1 - 1 / 256)
            if corpora.share_a_band(equal) and similar >= NEAR_ESTIMATE:
                old, new = labels[one], labels[other]
                labels = [new if label == old else label for label in labels]
    return len(set(labels))


def test_planted_pairs_are_found_and_little_else() -> None:
    """Similarities are spread from 0.80 to 0.97; what is banded and verified is the same for any words."""
    bases = [corpora.written(300, seed) for seed in range(600)]
    copies = [corpora.edited(base, 1 + seed % 6, seed) for seed, base in enumerate(bases)]
    every = bases + copies
    shelf = in_memory(of(every), near=True)
    edges = near_pairs(shelf)
    by_hash = {tuple(corpora.documents([text]).hashes[0].tolist()): text for text in every}

    def text_of(text: int) -> str:
        return by_hash[tuple(shelf.hashes(np.array([text]))[0].tolist())]

    found = {frozenset((text_of(int(a)), text_of(int(b)))) for a, b in zip(edges.one, edges.other, strict=True)}
    planted = {frozenset(pair) for pair in zip(bases, copies, strict=True) if corpora.exact_jaccard(*pair) >= 0.8}
    assert len(planted) > 550
    assert len(found & planted) >= 0.99 * len(planted)
    right = [pair for pair in found if corpora.exact_jaccard(*pair) >= 0.7]
    assert len(right) >= 0.98 * len(found)


@pytest.mark.parametrize("seed", range(3))
def test_neither_order_nor_split_matters(seed: int) -> None:
    bases = [corpora.written(80, number) for number in range(60)]
    documents = bases + [corpora.edited(base, 1, number) for number, base in enumerate(bases[:40])] + bases[:10]
    template = corpora.written(200, 99)
    documents += [corpora.edited(template, 2, number) for number in range(60)]
    whole = duplication(of(documents), near=True)
    assert whole.boilerplate > 0
    chance = random.Random(seed)
    chance.shuffle(documents)
    cuts = sorted(chance.sample(range(len(documents)), 4))
    shards = [documents[a:b] for a, b in zip([0, *cuts], [*cuts, len(documents)], strict=True)]
    sources = of(*shards)
    chance.shuffle(sources)
    assert counts(duplication(sources, near=True)) == counts(whole)


def test_a_range_of_keys_at_a_time_gives_the_same_clusters() -> None:
    bases = [corpora.written(60, number) for number in range(200)]
    near = [corpora.edited(base, 1, number) for number, base in enumerate(bases[:80])]
    documents = corpora.documents(bases + near)
    held = Held(documents.hashes, documents.signatures)
    whole = group(held)
    assert len(list(candidates(held, 0, most=16))) >= 16
    for most in (1 << 20, 100, 16):
        assert np.array_equal(group(held, most).labels, whole.labels)


def test_a_bucket_of_boilerplate_takes_bounded_time() -> None:
    """50,000 documents that share the whole of 19 bands: comparing all with all would take 10**9 pairs a band."""
    chance = np.random.default_rng(1)
    signatures = np.tile(chance.integers(0, 256, 128, dtype=np.uint8), (50_000, 1))
    signatures[:, 120:] = chance.integers(0, 256, (50_000, 8), dtype=np.uint8)
    hashes = chance.integers(0, 2**64, (50_000, 2), dtype=np.uint64)
    started = time.process_time()
    found = group(Held(hashes, signatures))
    assert time.process_time() - started < 20
    assert not found.labels.any()
    assert found.boilerplate == 19


def test_pairs_are_found_within_boilerplate() -> None:
    """Documents of one template are no copies of each other; those within it that are copies are still found."""
    chance = np.random.default_rng(2)
    count = 5_000
    signatures = chance.integers(0, 256, (count, 128), dtype=np.uint8)
    signatures[:, :16] = signatures[0, :16]
    copies = signatures[: count // 10].copy()
    changed = chance.random(copies.shape) < 0.1
    changed[:, :16] = False
    copies[changed] = chance.integers(0, 256, int(changed.sum()), dtype=np.uint8)
    both = np.concatenate((signatures, copies))
    hashes = chance.integers(0, 2**64, (len(both), 2), dtype=np.uint64)
    labels = group(Held(hashes, both)).labels
    found = (labels[count:] == labels[: count // 10]).mean()
    assert found >= 0.99
    assert len(np.unique(labels)) >= count * 0.999


def test_a_chain_is_one_cluster() -> None:
    chain = [corpora.written(300, 5)]
    for step in range(30):
        chain.append(corpora.edited(chain[-1], 4, step))
    assert corpora.exact_jaccard(chain[0], chain[-1]) < 0.3
    found = duplication(of(chain), near=True)
    assert found.whole == Copies(31, 0, 30)
    assert found.largest_cluster == 31


@pytest.mark.parametrize(
    ("shards", "whole"),
    [
        pytest.param([], Copies(0, 0, 0), id="no shard"),
        pytest.param([[]], Copies(0, 0, 0), id="a shard without documents"),
        pytest.param([["", " ", "!"]], Copies(0, 0, 0), id="no document with a token"),
        pytest.param([["one"]], Copies(1, 0, 0), id="one document of one token"),
        pytest.param([["one", "one", "two"]], Copies(3, 1, 1), id="one token, twice"),
        pytest.param([["One", "one"]], Copies(2, 0, 1), id="one token in another case is near"),
        pytest.param([["a b c d", "a b c d", "a b c"]], Copies(3, 1, 1), id="less than five tokens"),
        pytest.param([["a b c d e", "a b c d x"]], Copies(2, 0, 0), id="five tokens, one of them changed"),
        pytest.param([["one two"], ["one two"], []], Copies(2, 1, 1), id="a copy in another shard"),
    ],
)
def test_at_the_edges(shards: list[list[str]], whole: Copies) -> None:
    assert duplication(of(*shards), near=True).whole == whole
    assert duplication(of(*shards), near=False).whole == whole._replace(near=None)


def test_copies_in_other_shards_are_not_of_the_shard() -> None:
    found = duplication(of(["one two", "three"], ["one two", "one two", "four"]), near=True)
    assert found.shards == {"0.jsonl": Copies(2, 0, 0), "1.jsonl": Copies(3, 1, 1)}
    assert found.whole == Copies(5, 2, 2)


def test_the_same_content_under_two_names_counts_twice() -> None:
    found = duplication(of(["one two", "three"], ["one two", "three"]), near=True)
    assert found.whole == Copies(4, 2, 2)
    assert found.pairs[0] == Pair(Place("data", "0.jsonl", 1), Place("data", "1.jsonl", 1), 1.0, exact=True) or (
        found.pairs[0] == Pair(Place("data", "0.jsonl", 2), Place("data", "1.jsonl", 2), 1.0, exact=True)
    )


def test_two_texts_whose_hashes_begin_alike_are_not_equal() -> None:
    """All but the last bit of the first 64, and the whole of them, may be equal by accident in large datasets."""
    text = corpora.shard_text(["one two three four five six", "seven eight nine ten eleven twelve", "thirteen", "x y"])
    hashes = np.array([[7, 1], [7, 2], [6, 1], [7, 1]], dtype=np.uint64)
    documents = text.documents._replace(hashes=hashes)
    found = duplication([corpora.held(text._replace(documents=documents))], near=False)
    assert found.whole == Copies(4, 1)
    assert found.pairs == (Pair(Place("data", "a.jsonl", 1), Place("data", "a.jsonl", 4), 1.0, exact=True),)


def test_the_most_alike_pair_of_each_cluster_is_shown() -> None:
    base, lone = corpora.written(200, 1), corpora.written(200, 2)
    documents = [base, corpora.edited(base, 3, 1), corpora.edited(base, 1, 2), lone, "other words here", lone]
    found = duplication(of(documents), near=True)
    equal, near = found.pairs
    assert equal == Pair(Place("data", "0.jsonl", 4), Place("data", "0.jsonl", 6), 1.0, exact=True)
    assert (near.one.row, near.other.row, near.exact) == (1, 3, False)
    assert abs(near.similarity - corpora.exact_jaccard(documents[0], documents[2])) < 0.1


def test_few_of_many_pairs_are_shown() -> None:
    bases = [corpora.written(60, number) for number in range(50)]
    near = [corpora.edited(base, 1, number) for number, base in enumerate(bases[:25])]
    found = duplication(of(bases, near, bases[25:]), near=True)
    assert len(found.pairs) == 20
    assert [pair.exact for pair in found.pairs] == [True] * 10 + [False] * 10


def test_shown_pairs_get_the_similarity_of_their_texts() -> None:
    base = corpora.written(100, 3)
    documents = [base, corpora.edited(base, 1, 1), "a b", "a b"]
    found = duplication(of(documents), near=True)
    exact = with_exact(found.pairs, lambda place: documents[place.row - 1])
    assert [pair.exact for pair in exact] == [True, True]
    assert exact[0] == found.pairs[0]
    assert exact[1].similarity == pytest.approx(corpora.exact_jaccard(documents[0], documents[1]))
    assert with_exact(found.pairs, lambda place: None) == found.pairs


def test_the_estimate_has_no_bias() -> None:
    chance = np.random.default_rng(3)
    similar = 0.8
    one = chance.integers(0, 256, (20_000, 128), dtype=np.uint8)
    other = np.where(chance.random(one.shape) < similar, one, chance.integers(0, 256, one.shape, dtype=np.uint8))
    found = estimates(agreement(one, other))
    assert abs(found.mean() - similar) < 0.002
    assert abs(found.std() - (similar * (1 - similar) / 128) ** 0.5) < 0.003


@pytest.mark.parametrize(
    ("similar", "taken"),
    [
        pytest.param(0.60, 0.001, id="alike"),
        pytest.param(0.65, 0.016, id="below what counts as right"),
        pytest.param(0.75, 0.596, id="just above the threshold"),
        pytest.param(0.80, 0.935, id="the least that is to be found"),
        pytest.param(0.85, 0.997, id="near"),
    ],
)
def test_so_many_pairs_of_a_similarity_are_taken(similar: float, taken: float) -> None:
    """The curve that the docs of `near-duplication` tell of."""
    chance, pairs = np.random.default_rng(4), 10_000
    one = chance.integers(0, 256, (pairs, 128), dtype=np.uint8)
    other = np.where(chance.random(one.shape) < similar, one, chance.integers(0, 256, one.shape, dtype=np.uint8))
    hashes = chance.integers(0, 2**64, (2 * pairs, 2), dtype=np.uint64)
    edges = near_pairs(Held(hashes, np.concatenate((one, other))))
    assert np.array_equal(edges.other - edges.one, np.full(len(edges.one), pairs))
    assert abs(len(edges.one) / pairs - taken) < 4 * (taken * (1 - taken) / pairs) ** 0.5 + 0.001


def test_documents_keep_their_lines_where_others_have_no_token() -> None:
    found = duplication(of(["", "a b", "", "a b"]), near=False)
    assert [place.row for place in found.pairs[0][:2]] == [2, 4]


def test_evidence_is_not_changed() -> None:
    text = corpora.shard_text(["a b", "a b", "c d e f g h"])
    columns: tuple[np.ndarray[Any, Any], ...] = tuple(text.documents)
    before = [column.tobytes() for column in columns]
    duplication([corpora.held(text)], near=True)
    for column, old in zip(columns, before, strict=True):
        assert column.tobytes() == old
