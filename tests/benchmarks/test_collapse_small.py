"""Recursive text among text of people, in small: flagged, while people's text is not, nor another domain's."""

from __future__ import annotations

import random
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from benchmarks.collapse.corpora import Document, Split, by_source, docstrings, library, numpy_sources, split
from benchmarks.collapse.experiments import failed, over_limit
from benchmarks.collapse.recursion import Regime, decode, encode, recur, take, vocabulary
from benchmarks.collapse.shards import Mixture, drawn, drawn_by_source, mixed, sample_of
from checker.compare import Reference, make_reference
from checker.model.signals import Comparison

BLOCK = 5_000
WORDS = 8.1 * BLOCK


class Small(NamedTuple):
    """`machine`: the fourth generation under replace at T = 0.8."""

    parts: Split
    machine: tuple[Document, ...]
    reference: Reference


@cache
def small() -> Small:
    parts = split(docstrings(library()), 1)
    known = vocabulary(parts.train)
    real = encode(random.Random(1).sample(parts.train, len(parts.train)), known)
    *_, last = recur(real, len(known.words), temperature=0.8, regime=Regime.REPLACE, tokens=60_000, last=4, seed=1)
    texts = dict.fromkeys(decode(last.documents, known))
    machine = tuple(Document(text, "machine", len(text.split())) for text in texts)
    samples = [sample_of(members) for members in by_source(parts.gold).values()]
    return Small(parts, machine, make_reference(samples, name="gold", apart=True, block_tokens=BLOCK))


@cache
def other_domain() -> tuple[Document, ...]:
    return docstrings(numpy_sources())


def judged(mixture: Mixture, seed: int) -> Comparison:
    return small().reference.compare(sample_of(mixed(mixture, WORDS, random.Random(seed))))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fifth_of_fourth_generation_text_is_flagged(seed: int) -> None:
    assert failed(judged(Mixture(small().parts.pool, small().machine, 0.2), seed))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_text_of_people_is_not_flagged(seed: int) -> None:
    assert over_limit(judged(Mixture(small().parts.pool, (), 0.0), seed), "collapse") < 0


@pytest.mark.parametrize("share", [0.05, 0.2, 1.0])
def test_text_of_people_of_another_domain_is_at_most_a_warning(share: float) -> None:
    assert not failed(judged(Mixture(small().parts.pool, other_domain(), share), 4))


def test_another_domain_alone_is_seen_as_a_shift() -> None:
    found = judged(Mixture(small().parts.pool, other_domain(), 1.0), 4)
    assert found.shifted
    assert over_limit(found, "drift") > 0


def test_a_comparison_can_be_repeated() -> None:
    mixture = Mixture(small().parts.pool, small().machine, 0.4)
    assert judged(mixture, 5) == judged(mixture, 5)


def test_no_source_is_in_two_parts_and_the_shares_are_those_asked_for() -> None:
    parts = small().parts
    sources = [set(by_source(part)) for part in parts]
    assert not sources[0] & sources[1] and not sources[0] & sources[2] and not sources[1] & sources[2]
    words = np.array([sum(document.words for document in part) for part in parts])
    assert (words / words.sum()).tolist() == pytest.approx([0.35, 0.25, 0.40], abs=0.03)


def test_a_shard_by_source_holds_whole_sources() -> None:
    sources = by_source(small().parts.pool)
    found = drawn_by_source(sources, 10_000, random.Random(1))
    assert sum(document.words for document in found) >= 10_000
    assert all(set(sources[document.source]) <= set(found) for document in found)


def test_documents_are_drawn_once_and_too_few_are_refused() -> None:
    pool = small().parts.pool[:50]
    words = sum(document.words for document in pool)
    assert sorted(drawn(pool, words, random.Random(1))) == sorted(pool)
    with pytest.raises(ValueError, match="too few"):
        drawn(pool, words + 1, random.Random(1))


@pytest.mark.parametrize(
    ("skip", "tokens", "expected"),
    [
        pytest.param(0, 4, [[1, 2, 3], [4]], id="from the start, the last one cut"),
        pytest.param(3, 3, [[4, 5, 6]], id="from the second"),
        pytest.param(4, 5, [[4, 5, 6], [1, 2]], id="within the second, and around"),
    ],
)
def test_text_is_taken_in_a_circle(skip: int, tokens: int, expected: list[list[int]]) -> None:
    documents = [np.array([1, 2, 3]), np.array([4, 5, 6])]
    assert [document.tolist() for document in take(documents, skip, tokens)] == expected
