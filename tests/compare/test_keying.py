"""Keys of a shard's texts: they meet exactly where the sorted columns of a comparison meet."""

from __future__ import annotations

import numpy as np
import pytest
from compare import corpora
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compare.banding import band_key
from checker.compare.keying import bands_of, distinct_signatures
from checker.compare.runs import ID_BITS
from checker.compare.segments import segment_of
from checker.model.text import BANDS
from checker.store.keys_layout import BAND_SHIFT, LOW_BITS

TEXTS = [corpora.written(40, number) for number in range(12)]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["", "...", *TEXTS]), max_size=30))
def test_ids_are_those_of_a_segment(texts: list[str]) -> None:
    documents = corpora.documents(texts)
    segment = segment_of([corpora.source(texts).entry], near=True)
    assert np.array_equal(distinct_signatures(documents), segment.arrays["signatures"])


@pytest.mark.parametrize(
    "count", [pytest.param(0, id="none"), pytest.param(1, id="one"), pytest.param(5_000, id="many")]
)
@pytest.mark.parametrize(
    "most", [pytest.param(1 << 24, id="plain numbers"), pytest.param(0, id="more than ids fit in")]
)
def test_a_key_is_its_band_and_forty_bits(count: int, most: int) -> None:
    signatures = np.random.default_rng(3).integers(0, 2, (count, 128), dtype=np.uint8)
    bands = list(bands_of(signatures, most))
    assert len(bands) == BANDS
    for number, (keys, ids) in enumerate(bands):
        kept = [int(key) >> ID_BITS for key in band_key(signatures, number)]
        rows = sorted((number << BAND_SHIFT | key << LOW_BITS, text) for text, key in enumerate(kept))
        assert [(int(key), int(text)) for key, text in zip(keys, ids, strict=True)] == rows
        assert (str(keys.dtype), str(ids.dtype)) == ("uint64", "uint32")
