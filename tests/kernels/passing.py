"""Documents given as bytes, through a back-end."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from checker.kernels.passes import Sweep, TextPass
from checker.model.text import ShardText

# What decides about words: both cases, separators, kana, Han, Thai, marks, joiners, emoji, planes beyond the first.
_TELLING = "aB z_9'.\néÉßСс你カ゛ガกำิ한ỆΣ\u0301\u3099\u00ad\u200d\ufe0f\uff9e❤😀\U00020000\U0001e900\U000e0101"
_BROKEN = (b"\xff", b"\xc3", b"\x80", b"\xed\xa0\x80", b"\xe4\xbd", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xf4\x90\x80\x80")
telling_text = st.text(st.one_of(st.sampled_from(_TELLING), st.characters()), max_size=40)
words = st.lists(
    st.sampled_from(["the", "The", "cat", "is", "extraordinarily", "counterrevolutionaries", "你好"]), max_size=90
)
documents = st.lists(
    st.one_of(
        telling_text.map(lambda text: text.encode("utf-8", "surrogatepass")),
        words.map(lambda found: " ".join(found).encode()),
        st.binary(max_size=30),
        st.lists(st.sampled_from([*_BROKEN, *(letter.encode() for letter in _TELLING)]), max_size=12).map(b"".join),
    ),
    max_size=6,
)


def prose(number: int, seed: int = 1) -> list[bytes]:
    """Documents of very unequal length whose words repeat as in a language, some of them equal."""
    rnd = random.Random(seed)
    kinds = [f"{rnd.choice('bcdfgklmnpst')}{rnd.choice('aeiouäö')}{index:x}" for index in range(3000)]
    found = [
        " ".join(
            kinds[min(int(rnd.paretovariate(0.6)), 3000) - 1] for _ in range(int(rnd.expovariate(1 / 120)))
        ).encode()
        for _ in range(number)
    ]
    return found + found[:3]


def pass_over(sweep: Sweep, documents: Sequence[bytes], *, batch: int = 0, block_bytes: int = 1 << 20) -> ShardText:
    """One pass; `batch` documents are handed over at a time, all at once when 0."""
    made = TextPass(sweep, block_bytes, "test")
    size = batch or max(len(documents), 1)
    for first in range(0, len(documents), size):
        part = documents[first : first + size]
        made.add(*arrays(part), np.arange(first + 1, first + len(part) + 1, dtype=np.uint32))
    return made.finish()


def arrays(documents: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """As Arrow keeps strings: the buffer ends at the last byte, and may not be written to."""
    offsets = np.concatenate([[0], np.cumsum([len(document) for document in documents])]).astype(np.int64)
    return np.frombuffer(b"".join(documents), np.uint8), offsets


def differences(one: object, other: object, path: str = "") -> list[str]:
    """Where two results are not bit for bit equal."""
    if isinstance(one, np.ndarray):
        same = isinstance(other, np.ndarray) and one.dtype == other.dtype and np.array_equal(one, other)
        return [] if same else [path]
    if isinstance(one, tuple) and isinstance(other, tuple):
        names = getattr(one, "_fields", range(len(one)))
        return [
            found
            for name, left, right in zip(names, one, other, strict=True)
            for found in differences(left, right, f"{path}/{name}")
        ]
    return [] if one == other else [path]
