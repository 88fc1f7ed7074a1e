"""The 4-gram model of a reference, against plain Python that interpolates as Witten and Bell do."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import log2

import numpy as np
import pytest
from compare.writing import sample_of
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compare.blocks import hash_ordered, stream_of, tokens_of
from checker.compare.ngram_model import build

DOCUMENTS = st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=15), min_size=2, max_size=8)
Documents = Sequence[Sequence[int]]


def expected(reference: Documents, text: Documents) -> list[float]:
    counts: Counter[tuple[int, ...]] = Counter()
    followers: dict[tuple[int, ...], set[int]] = defaultdict(set)
    followed: Counter[tuple[int, ...]] = Counter()
    for document in reference:
        for end in range(1, len(document) + 1):
            for size in range(1, min(4, end) + 1):
                gram = tuple(document[end - size : end])
                counts[gram] += 1
                followed[gram[:-1]] += 1
                followers[gram[:-1]].add(gram[-1])
    found = []
    for document in text:
        for at, word in enumerate(document):
            chance = 1 / (len(followers[()]) + 1)
            for size in range(min(4, at + 1)):
                context = tuple(document[at - size : at])
                if total := followed[context]:
                    kinds = len(followers[context])
                    gram = (*context, word)
                    chance = (counts[gram] + kinds * chance) / (total + kinds)
            found.append(log2(chance))
    return found


@given(DOCUMENTS, DOCUMENTS)
@settings(max_examples=80, deadline=None)
def test_other_text_is_as_likely_as_witten_and_bell_say(reference: Documents, text: Documents) -> None:
    reference_stream, stream = stream_of([sample_of(reference)]), stream_of([sample_of(text)])
    model = build(reference_stream)
    found = model.log_probabilities(model.lookup(stream), slice(0, len(stream.tokens)))
    assert found == pytest.approx(expected(unpacked(reference), unpacked(text)), abs=1e-9)


@given(DOCUMENTS, st.data())
@settings(max_examples=80, deadline=None)
def test_what_is_taken_out_was_never_there(documents: Documents, data: st.DataObject) -> None:
    stream = stream_of([sample_of(documents)])
    every = unpacked(documents)
    out = data.draw(st.integers(1, len(every) - 1)) if len(every) > 1 else 0
    held_out = np.arange(out)
    model = build(stream).without(tokens_of(stream, held_out))
    grams = model.own(hash_ordered(stream, 1, 0))
    start = int(stream.starts[out])
    found = model.log_probabilities(grams, slice(0, len(stream.tokens)))
    assert found[:start] == pytest.approx(expected(every[out:], every[:out]), abs=1e-9)
    assert found[start:] == pytest.approx(expected(every[out:], every[out:]), abs=1e-9)


def test_a_block_in_the_middle_sees_the_words_before_it() -> None:
    stream = stream_of([sample_of([[1, 2, 3, 4, 5, 6], [1, 2, 3, 9]])])
    model = build(stream)
    grams = model.lookup(stream)
    whole = model.log_probabilities(grams, slice(0, 10))
    assert model.log_probabilities(grams, slice(3, 8)) == pytest.approx(whole[3:8])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param([[77, 78, 79, 80]], id="no word is known"),
        pytest.param([[1], [77]], id="documents of one word"),
        pytest.param([[1, 2, 77, 1, 2, 3]], id="a new word in the middle"),
    ],
)
def test_new_words_have_a_chance_above_zero(text: Documents) -> None:
    model = build(stream_of([sample_of([[1, 2, 3], [1, 2, 4]])]))
    stream = stream_of([sample_of(text)])
    found = model.log_probabilities(model.lookup(stream), slice(0, len(stream.tokens)))
    assert found == pytest.approx(expected([[1, 2, 3], [1, 2, 4]], unpacked(text)))
    assert np.isfinite(found).all()


def unpacked(documents: Documents) -> list[list[int]]:
    """The documents as the sample has them: each once, by their keys."""
    sample = sample_of(documents)
    return [part.tolist() for part in np.split(sample.tokens, np.cumsum(sample.lengths)[:-1])]
