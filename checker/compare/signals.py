"""The statistics of one block that need no reference."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from checker.compare.ngrams import inside, mixed, window_keys

CHUNK_TOKENS = 100
_DIMENSIONS = 1024


def block_signals(tokens: NDArray[np.uint32], documents: NDArray[np.int64]) -> Mapping[str, float]:
    """Each statistic by its id; not there where the block has nothing to count, such as no document of 13 tokens.

    `tokens`: (B,) word hashes; `documents`: (B,) the number of the document of each, ascending.
    """
    words = mixed(tokens)
    found: dict[str, float] = {}
    for size in (1, 2, 3):
        keys = window_keys(words, size)[inside(documents, size)]
        if len(keys):
            found[f"distinct{size}"] = len(np.unique(keys)) / len(keys)
    found["entropy"] = entropy(np.unique(tokens, return_counts=True)[1])
    found.update(_conditional_entropy(words, documents))
    found.update(_self_repetition(words, documents))
    found.update(_repeated(words, documents))
    found.update(_similarity(words))
    found["zlib"] = _compression(tokens)
    return found


def entropy(counts: NDArray[np.int64]) -> float:
    """Of the shares of counts above zero, in bits (plug-in)."""
    total = float(counts.sum())
    return float(np.log2(total) - (counts * np.log2(counts)).sum() / total)


def _conditional_entropy(words: NDArray[np.uint64], documents: NDArray[np.int64]) -> dict[str, float]:
    """H(second word | first word) = H(pairs) - H(first words), in bits (plug-in, so only at one budget)."""
    starts = inside(documents, 2)
    if not len(starts):
        return {}
    pairs = np.unique(window_keys(words, 2)[starts], return_counts=True)[1]
    firsts = np.unique(words[starts], return_counts=True)[1]
    return {"cond_entropy": entropy(pairs) - entropy(firsts)}


def _self_repetition(words: NDArray[np.uint64], documents: NDArray[np.int64]) -> dict[str, float]:
    """Share of 3-grams and of 4-grams that another document of the block has too (Salkar et al. 2022, as a share).

    `selfrep4_documents` is the mean over documents of the square root of their own share: a few that hold the same
    boilerplate weigh little in it, and many that hold a little of each other weigh much, as a sampler's do.
    """
    found: dict[str, float] = {}
    for size in (3, 4):
        starts = inside(documents, size)
        if not len(starts):
            break
        several, owners = _shared(window_keys(words, size)[starts], documents[starts])
        found[f"selfrep{size}"] = float(several.mean())
        if size == 4:
            grams = np.bincount(owners - documents[0])
            shares = np.bincount(owners - documents[0], weights=several)[grams > 0] / grams[grams > 0]
            found["selfrep4_documents"] = float(np.sqrt(shares).mean())
    return found


def _shared(keys: NDArray[np.uint64], documents: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """(p,) whether more than one document has the key at each position, and (p,) its document; in another order."""
    order = np.argsort(keys, kind="stable")
    ordered, owners = keys[order], documents[order]
    heads = np.flatnonzero(np.concatenate((np.ones(1, bool), ordered[1:] != ordered[:-1])))
    tails = np.concatenate((heads[1:], np.full(1, len(ordered)))) - 1
    # The sort is stable and documents ascend, so a key with two owners has different ones at its two ends.
    return np.repeat(owners[heads] != owners[tails], tails - heads + 1), owners


def _repeated(words: NDArray[np.uint64], documents: NDArray[np.int64]) -> dict[str, float]:
    """Share of 13-grams that stand more than once in the block."""
    keys = window_keys(words, 13)[inside(documents, 13)]
    if not len(keys):
        return {}
    counts = np.unique(keys, return_counts=True)[1]
    return {"dup13": float(counts[counts > 1].sum() / len(keys))}


def _similarity(words: NDArray[np.uint64]) -> dict[str, float]:
    """Vendi score of order 2 a chunk (Friedman and Dieng 2023) and mean cosine, over chunks of 100 tokens.

    A chunk is its bag of words under a signed hash into 1,024 dimensions (Weinberger et al. 2009), at length 1.
    """
    chunks = len(words) // CHUNK_TOKENS
    if chunks < 2:
        return {}
    words = words[: chunks * CHUNK_TOKENS]
    cells = np.repeat(np.arange(chunks), CHUNK_TOKENS) * _DIMENSIONS + (words % np.uint64(_DIMENSIONS)).astype(np.int64)
    signs = 1.0 - 2.0 * (words >> np.uint64(63)).astype(np.float64)
    bags = np.bincount(cells, weights=signs, minlength=chunks * _DIMENSIONS).reshape(chunks, _DIMENSIONS)
    lengths = np.sqrt((bags * bags).sum(axis=1, keepdims=True))
    unit = bags / np.where(lengths > 0, lengths, 1.0)
    gram = unit @ unit.T
    total, diagonal = float(gram.sum()), float(np.trace(gram))
    return {
        "vendi": chunks / float((gram * gram).sum()),
        "mean_cosine": (total - diagonal) / (chunks * (chunks - 1)),
    }


def _compression(tokens: NDArray[np.uint32]) -> float:
    """Bytes of the stream of words, each four bytes numbered by first appearance, over its size under zlib level 6."""
    _, first, inverse = np.unique(tokens, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(len(first))
    data = number[inverse].astype("<u4").tobytes()
    return len(data) / len(zlib.compress(data, 6))
