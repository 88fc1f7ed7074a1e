"""What one generation does to the model trained on it: tail log-loss against headline accuracy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.collapse import language_model
from benchmarks.collapse.language_model import Floats, Ids, Model

POSITIONS = 4000
HEAD, MIDDLE = 0.5, 0.8  # of the mass of gold's words; the tail is the last fifth
AT_ONCE = 500
RESAMPLES = 2000
LEAST_TAIL_BITS = 0.1 / float(np.log(2))  # a tenth of a nat
MOST_HEADLINE_POINTS = 2.0


class Loss(NamedTuple):
    """One held-out word a row: whether the likeliest word was right, and bits needed for the true one."""

    right: NDArray[np.bool_]
    bits: Floats


class Change(NamedTuple):
    """Mean of newer minus older with the two-sided 95 % interval of a paired bootstrap."""

    mean: float
    low: float
    high: float


class ModelSide(NamedTuple):
    """`tail_bits` and `head_bits` grow when words are lost; `accuracy_points` is over all positions."""

    positions: int
    tail_positions: int
    accuracy: float
    accuracy_points: Change
    head_bits: Change
    tail_bits: Change

    @property
    def tail_gate_fires(self) -> bool:
        """Worse beyond chance, and by a tenth of a nat."""
        return self.tail_bits.low > 0 and self.tail_bits.mean >= LEAST_TAIL_BITS

    @property
    def headline_gate_fires(self) -> bool:
        """Two points lower."""
        return self.accuracy_points.mean <= -MOST_HEADLINE_POINTS


def compare_models(
    older: Model, newer: Model, held_out: Sequence[Ids], gold: Sequence[Ids], *, open_words: int, seed: int
) -> ModelSide:
    """Both models on the same words of people."""
    dice = np.random.default_rng(seed)
    history, after = language_model.positions(held_out)
    picked = dice.permutation(len(after))[:POSITIONS]
    history, after = history[picked], after[picked]
    before, now = (losses(model, history, after, open_words) for model in (older, newer))
    part = parts(gold, open_words)[after]
    bits, right = now.bits - before.bits, now.right.astype(float) - before.right
    return ModelSide(
        positions=len(after),
        tail_positions=int(np.count_nonzero(part == 2)),
        accuracy=float(before.right.mean()),
        accuracy_points=change(100 * right, dice),
        head_bits=change(bits[part == 0], dice),
        tail_bits=change(bits[part == 2], dice),
    )


def losses(model: Model, history: Ids, after: Ids, open_words: int) -> Loss:
    """What the model makes of each word."""
    right, bits = [], []
    for start in range(0, len(after), AT_ONCE):
        rows, truth = history[start : start + AT_ONCE], after[start : start + AT_ONCE]
        found = language_model.probabilities(model, rows, open_words)
        right.append(found.argmax(axis=1) == truth)
        bits.append(-np.log2(found[np.arange(len(truth)), truth]))
    return Loss(np.concatenate(right), np.concatenate(bits))


def parts(gold: Sequence[Ids], open_words: int) -> NDArray[np.int64]:
    """(open_words,) 0 head, 1 middle, 2 tail, by the share of gold that more frequent words hold."""
    counts = np.bincount(np.concatenate(gold), minlength=open_words)
    order = np.argsort(-counts, kind="stable")
    above = np.cumsum(counts[order]) - counts[order]
    part = np.empty(open_words, dtype=np.int64)
    part[order] = np.digitize(above / counts.sum(), (HEAD, MIDDLE))
    return part


def change(differences: Floats, dice: np.random.Generator) -> Change:
    """The mean and its interval over resampled positions."""
    picked = dice.integers(0, len(differences), size=(RESAMPLES, len(differences)))
    low, high = np.quantile(differences[picked].mean(axis=1), (0.025, 0.975))
    return Change(float(differences.mean()), float(low), float(high))
