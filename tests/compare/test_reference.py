"""Samples against a reference: what must change nothing, what must be seen, and where nothing can be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from math import isfinite

import numpy as np
import pytest
from compare.writing import BLOCK, sample_of, texts

from checker.compare import Reference, compare, make_reference
from checker.compare.scores import DIRECTIONS
from checker.kernels import merge_samples
from checker.model.signals import Comparison
from checker.model.text import BLOCK_TOKENS, Sample

LANGUAGE = 11
Documents = Sequence[Sequence[int]]


@cache
def gold() -> tuple[Documents, Documents]:
    """Documents of one language, for the reference and to be compared."""
    written = texts(LANGUAGE, 700)
    return written[:400], written[400:]


@cache
def reference(*, by_source: bool = False) -> Reference:
    documents = gold()[0]
    parts = [documents[at : at + 20] for at in range(0, 400, 20)] if by_source else [documents]
    return make_reference([sample_of(part) for part in parts], name="gold", by_source=by_source, block_tokens=BLOCK)


def compared(documents: Documents, against: Reference | None = None) -> Comparison:
    return (against or reference()).compare(sample_of(documents))


def values(found: Comparison) -> dict[str, float]:
    return {name: signal.value for name, signal in found.signals.items()}


def numbers(found: Comparison) -> list[float]:
    scores = [score for score in (found.collapse, found.drift) if score is not None]
    every = [number for signal in found.signals.values() for number in signal if number is not None]
    return [*every, *(score.value for score in scores), *(score.threshold for score in scores)]


def templated(documents: Documents, share: float) -> list[list[int]]:
    """The documents, a share of them replaced by one template with a number filled in."""
    template = texts(99, 1)[0]
    changed = round(share * len(documents))
    return [*([n, *template] for n in range(changed)), *(list(document) for document in documents[changed:])]


def test_a_sample_of_the_same_language_is_not_flagged() -> None:
    found = compared(gold()[1])
    assert found.blocks >= 30
    assert not found.insufficient
    assert found.collapse is not None and found.collapse.value < found.collapse.threshold
    assert found.drift is not None and found.drift.value < found.drift.threshold
    assert not found.shifted
    assert set(found.signals) == set(DIRECTIONS)


def test_the_reference_itself_does_not_differ_from_itself() -> None:
    found = compared(gold()[0])
    assert all(abs(signal.z or 0.0) < 1 for signal in found.signals.values())


def test_a_version_with_few_new_documents_does_not_differ() -> None:
    """Documents that stand in the reference are not held against themselves, so they do not look too likely."""
    found = compared([*gold()[0][:350], *gold()[1][:50]])
    assert all(abs(signal.z or 0.0) < 2.5 for signal in found.signals.values())


@pytest.mark.parametrize("by_source", [False, True])
def test_the_order_of_documents_changes_nothing(by_source: bool) -> None:
    documents = gold()[1]
    shuffled = [documents[at] for at in np.random.default_rng(3).permutation(len(documents))]
    assert compared(shuffled, reference(by_source=by_source)) == compared(documents, reference(by_source=by_source))


@pytest.mark.parametrize("parts", [2, 7])
def test_parts_merged_are_the_whole(parts: int) -> None:
    documents = gold()[1]
    samples = [sample_of(documents[part::parts]) for part in range(parts)]
    assert reference().compare(merge_samples(samples)) == compared(documents)


@pytest.mark.parametrize("parts", [2, 7])
def test_a_reference_from_parts_is_that_of_the_whole(parts: int) -> None:
    documents = gold()[0]
    samples = [sample_of(documents[part::parts]) for part in reversed(range(parts))]
    made = make_reference(samples, name="gold", block_tokens=BLOCK)
    assert compared(gold()[1], made) == compared(gold()[1])


def test_the_order_of_sources_changes_nothing() -> None:
    documents = gold()[0]
    samples = [sample_of(documents[at : at + 20]) for at in range(0, 400, 20)]
    made = make_reference(samples[::-1], name="gold", by_source=True, block_tokens=BLOCK)
    assert compared(gold()[1], made) == compared(gold()[1], reference(by_source=True))


def test_the_same_documents_twice_are_the_same_sample() -> None:
    documents = gold()[1]
    assert compared([*documents, *documents]) == compared(documents)


def test_a_template_in_more_and_more_documents_is_seen_more_and_more() -> None:
    found = [compared(templated(gold()[1], share)) for share in (0.0, 0.05, 0.1, 0.2, 0.5)]
    repetition = [one.signals["selfrep4"].value for one in found]
    assert repetition == sorted(repetition)
    assert repetition[0] < repetition[-1]
    assert found[2].collapse is not None and found[2].collapse.value > found[2].collapse.threshold


@pytest.mark.parametrize("documents", [60, 200, 500])
def test_more_text_of_the_same_source_leaves_the_values(documents: int) -> None:
    found = compared(texts(LANGUAGE + 1, documents))
    assert found.blocks >= documents // 10
    assert all(abs(signal.z or 0.0) < 3 for signal in found.signals.values())


def test_another_language_is_a_shift() -> None:
    found = compared([[word ^ 0x5A5A5A5A for word in document] for document in gold()[1]])
    assert found.shifted
    assert found.signals["oov"].value == pytest.approx(1.0)
    assert found.drift is not None and found.drift.value > found.drift.threshold


def test_a_text_that_repeats_itself_collapses_and_is_no_shift() -> None:
    few = gold()[1][:20]
    dice = np.random.default_rng(5)
    mixed = [[word for at in dice.integers(20, size=3) for word in few[int(at)][:25]] for _ in range(200)]
    found = compared(mixed)
    assert found.collapse is not None and found.collapse.value > found.collapse.threshold
    assert {"selfrep3", "selfrep4"} & set(found.collapse.signals)
    assert not found.shifted


def test_a_larger_sample_sees_a_smaller_share() -> None:
    small, large = compared(gold()[1][:20]), compared(gold()[1])
    assert small.blocks < large.blocks
    assert small.detectable_share is not None and large.detectable_share is not None
    assert 0 < large.detectable_share < small.detectable_share <= 1


@pytest.mark.parametrize(
    ("documents", "said"),
    [
        pytest.param([], "0 tokens", id="empty"),
        pytest.param([[1, 2, 3]], "3 tokens, and one block takes 500: 497 more are needed", id="one short document"),
        pytest.param([list(range(499))], ": 1 more are needed", id="one token short of a block"),
    ],
)
def test_a_sample_smaller_than_a_block_is_insufficient(documents: Documents, said: str) -> None:
    found = compared(documents)
    assert said in found.insufficient
    assert (found.blocks, found.signals, found.collapse, found.drift) == (0, {}, None, None)


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([list(range(500))], id="one document of a whole block"),
        pytest.param([[7] * (400 + n) for n in range(9)], id="one word only"),
        pytest.param([[n] for n in range(2_000)], id="documents of one word"),
        pytest.param([[n, n + 1] for n in range(2_000)], id="documents of two words"),
        pytest.param([list(range(20_000))], id="one document of many blocks"),
    ],
)
@pytest.mark.parametrize("by_source", [False, True])
def test_strange_samples_give_finite_numbers(documents: Documents, by_source: bool) -> None:
    found = compared(documents, reference(by_source=by_source))
    assert found.blocks >= 1
    assert not found.insufficient
    assert all(isfinite(number) for number in numbers(found))


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([[7] * (400 + n) for n in range(60)], id="one word only"),
        pytest.param([[n] for n in range(9_000)], id="documents of one word"),
        pytest.param([[1, 2, 3, 4, 5] * 40 + [n] for n in range(90)], id="one template"),
        pytest.param([list(range(20_000))], id="one document"),
    ],
)
@pytest.mark.parametrize("by_source", [False, True])
def test_strange_references_give_finite_numbers(documents: Documents, by_source: bool) -> None:
    parts = [documents[at :: min(12, len(documents))] for at in range(min(12, len(documents)))]
    made = make_reference([sample_of(part) for part in parts], name="odd", by_source=by_source, block_tokens=BLOCK)
    for sample in (gold()[1][:60], documents[:200]):
        found = compared(sample, made)
        assert all(isfinite(number) for number in numbers(found))


def test_a_reference_that_never_varies_is_left_by_what_differs() -> None:
    """Its spread is zero: the distance is large, and a number."""
    made = make_reference([sample_of([[7] * (400 + n) for n in range(60)])], name="odd", block_tokens=BLOCK)
    same, other = compared([[7] * 450, [7] * 460], made), compared(gold()[1], made)
    assert same.drift is not None and other.drift is not None
    assert same.drift.value <= same.drift.threshold
    assert other.drift.value > other.drift.threshold


@pytest.mark.parametrize(
    ("samples", "by_source", "said"),
    [
        pytest.param([], False, "0 blocks", id="no shard"),
        pytest.param([], True, "0 blocks", id="no source"),
        pytest.param([texts(1, 3)], False, "0 blocks", id="less than a block"),
        pytest.param([texts(1, 30)], False, "takes 5: about", id="a few blocks"),
        pytest.param([texts(1, 60), texts(2, 60)], True, "2 sources", id="two sources"),
    ],
)
def test_a_small_reference_is_insufficient(samples: Sequence[Documents], by_source: bool, said: str) -> None:
    made = make_reference(
        [sample_of(documents) for documents in samples], name="gold", by_source=by_source, block_tokens=BLOCK
    )
    found = compared(gold()[1], made)
    assert said in found.insufficient
    assert found.collapse is None
    assert found.drift is None
    assert found.detectable_share is None
    assert all(signal.z is None for signal in found.signals.values())
    assert all(isfinite(number) for number in numbers(found))


def test_values_at_different_budgets_are_not_compared() -> None:
    with pytest.raises(
        ValueError, match="blocks of 20,000 tokens cannot be compared with a reference in blocks of 500"
    ):
        reference().compare(sample_of(gold()[1]), block_tokens=BLOCK_TOKENS)
    assert reference().compare(sample_of(gold()[1]), block_tokens=BLOCK) == compared(gold()[1])


@pytest.mark.parametrize("by_source", [False, True])
def test_compare_is_the_reference_made_for_one_sample(by_source: bool) -> None:
    parts = [sample_of(gold()[0][at : at + 20]) for at in range(0, 400, 20)]
    found = compare(sample_of(gold()[1]), parts, name="gold", by_source=by_source, block_tokens=BLOCK)
    assert found == compared(gold()[1], reference(by_source=by_source))


def test_tail_types_are_found_as_often_as_in_the_reference() -> None:
    found = compared(gold()[1]).tail
    assert found is not None
    assert found.types > 100
    assert found.present == pytest.approx(found.reference_present, rel=0.1)
    counts = Counter(word for document in gold()[0] for word in document)
    common = compared([[word for word in document if counts[word] > 9] for document in gold()[1]]).tail
    assert common is not None
    assert common.present < 0.3 * found.present


def test_no_word_is_needed_to_repeat_for_a_tail() -> None:
    once = [[100 * n + i for i in range(100)] for n in range(60)]
    made = make_reference([sample_of(once)], name="once", block_tokens=BLOCK)
    found = compared(gold()[1], made)
    assert found.tail is None
    assert "tail_coverage" not in found.signals
    assert found.collapse is not None


def test_a_huge_reference_is_taken_in_part() -> None:
    """Sources are taken whole or at their first documents, until there is text enough."""
    source = sample_of(texts(1, 300))
    many = [Sample(source.keys + np.uint64(n), source.lengths, source.tokens, source.complete) for n in range(100)]
    made = make_reference(many, name="gold", by_source=True, block_tokens=BLOCK_TOKENS // 2)
    assert 1_000_000 <= len(made.gold.stream.tokens) < 1_100_000
