"""A word 4-gram model, interpolated after Witten and Bell, counted and sampled with arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ORDER = 4
END = 0  # ends a document, and is the context before its first word
LANES = 256  # documents are written side by side
LONGEST = 1000  # words; a sampler with little left to say may turn in a circle

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


class Table(NamedTuple):
    """What followed each context of one length.

    `contexts`: ascending keys. Followers of `contexts[i]` are `words[starts[i]:starts[i + 1]]`; `weights` are the
    tempered counts and `heaped` their running sum with a zero before. `trust`: c(h) / (c(h) + T(h)), the
    share that Witten and Bell give to what was seen, with c(h) tokens and T(h) types after the context.
    """

    contexts: Ids
    starts: Ids
    words: Ids
    weights: Floats
    heaped: Floats
    trust: Floats


class Model(NamedTuple):
    """`tables[m]` has the contexts of m words; `words` is one more than the largest id."""

    tables: tuple[Table, ...]
    words: int


def train(documents: Sequence[Ids], words: int, temperature: float = 1.0) -> Model:
    """Count the documents (ids from 1 to `words` - 1). Each component is tempered by itself: counts ** (1 / T).

    Source: Witten & Bell 1991, "The zero-frequency problem", method C, interpolated.
    """
    if words ** (ORDER - 1) >= 2**63 // words:
        raise ValueError(f"{words} words are too many for keys of {ORDER} words in 64 bits")
    history, after = _positions(documents)
    return Model(tuple(_table(history[:, :m], after, words, temperature) for m in range(ORDER)), words)


def write(model: Model, tokens: int, seed: int) -> list[Ids]:
    """Documents that the model writes, together `tokens` words: only the last one is cut, and those of `LONGEST`.

    A word that the model never saw is never written: below single words there is nothing to back off to.
    """
    dice = np.random.default_rng(seed)
    documents: list[Ids] = []
    while tokens > 0:
        for document in _batch(model, dice):
            documents.append(document[:tokens])
            tokens -= len(documents[-1])
            if not tokens:
                break
    return documents


def probabilities(model: Model, history: Ids, open_words: int) -> Floats:
    """(n, model.words) probabilities of the next word; row i follows `history[i]`, the nearest word first.

    Below single words all `open_words` words are alike, so a word never seen has a probability too.
    """
    found = np.full((len(history), model.words), 1.0 / open_words)
    for length, table in enumerate(model.tables):
        row, known = _find(table, _keys(history[:, :length], model.words))
        found[known] *= (1.0 - table.trust[row[known]])[:, None]
        for index in np.flatnonzero(known):
            span = slice(table.starts[row[index]], table.starts[row[index] + 1])
            share = table.weights[span] / table.weights[span].sum()
            found[index, table.words[span]] += table.trust[row[index]] * share
    return found


def positions(documents: Sequence[Ids]) -> tuple[Ids, Ids]:
    """Contexts (n, 3), the nearest word first, and the word after each, of every word (ends of documents left out)."""
    history, after = _positions(documents)
    return history[after != END], after[after != END]


def _positions(documents: Sequence[Ids]) -> tuple[Ids, Ids]:
    pad = np.full(ORDER - 1, END, dtype=np.int64)
    stream = np.concatenate([part for document in documents for part in (pad, document)] + [pad])
    after = stream[ORDER - 1 :]
    history = np.stack([stream[ORDER - 2 - back : len(stream) - 1 - back] for back in range(ORDER - 1)], axis=1)
    # Of the padding only the first END after a document is a prediction.
    kept = (after != END) | (history[:, 0] != END)
    return history[kept], after[kept]


def _table(history: Ids, after: Ids, words: int, temperature: float) -> Table:
    grams, counts = np.unique(_keys(history, words) * words + after, return_counts=True)
    contexts, starts = np.unique(grams // words, return_index=True)
    weights = counts ** (1.0 / temperature)
    seen = np.add.reduceat(counts, starts)
    types = np.diff(starts, append=len(grams))
    return Table(
        contexts=contexts,
        starts=np.append(starts, len(grams)),
        words=grams % words,
        weights=weights,
        heaped=np.concatenate(([0.0], np.cumsum(weights))),
        trust=seen / (seen + types),
    )


def _keys(history: Ids, words: int) -> Ids:
    keys = np.zeros(len(history), dtype=np.int64)
    for back in range(history.shape[1]):
        keys = keys * words + history[:, back]
    return keys


def _find(table: Table, keys: Ids) -> tuple[Ids, NDArray[np.bool_]]:
    row = np.minimum(np.searchsorted(table.contexts, keys), len(table.contexts) - 1)
    return row, table.contexts[row] == keys


def _batch(model: Model, dice: np.random.Generator) -> list[Ids]:
    """`LANES` documents, begun together and each written to its end, so that none is favored for its length."""
    page = np.zeros((LANES, LONGEST), dtype=np.int64)
    history = np.zeros((LANES, ORDER - 1), dtype=np.int64)
    open_lanes = np.arange(LANES)
    for column in range(LONGEST):
        drawn = _draw(model, history, dice)
        page[open_lanes, column] = drawn
        going = drawn != END
        open_lanes = open_lanes[going]
        if not len(open_lanes):
            break
        history = np.concatenate((drawn[going, None], history[going, :-1]), axis=1)
    lengths = np.count_nonzero(page != END, axis=1)
    return [lane[:length].copy() for lane, length in zip(page, lengths, strict=True) if length]


def _draw(model: Model, history: Ids, dice: np.random.Generator) -> Ids:
    """One word a lane: from the longest context that is both known and, by its trust, chosen."""
    drawn = np.zeros(len(history), dtype=np.int64)
    waiting = np.arange(len(history))
    for length in range(ORDER - 1, -1, -1):
        table = model.tables[length]
        row, known = _find(table, _keys(history[waiting, :length], model.words))
        chosen = known & (dice.random(len(waiting)) < table.trust[row]) if length else known
        low, high = table.starts[row[chosen]], table.starts[row[chosen] + 1]
        aim = table.heaped[low] + dice.random(len(low)) * (table.heaped[high] - table.heaped[low])
        # Rounding may push an aim onto the border of its span.
        place = np.clip(np.searchsorted(table.heaped, aim, side="right") - 1, low, high - 1)
        drawn[waiting[chosen]] = table.words[place]
        waiting = waiting[~chosen]
    return drawn
