"""From the statistics of blocks to z, the two scores and their limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.compare.ngrams import mixed
from checker.compare.tolerance import tolerance_factor
from checker.model.signals import Score

# +1 where collapse raises it, -1 where it lowers it. The others move either way with the generator of the text.
DIRECTIONS: Mapping[str, int] = {
    "selfrep3": 1,
    "selfrep4": 1,
    "selfrep4_documents": 1,
    "distinct1": 0,
    "distinct2": -1,
    "distinct3": -1,
    "cond_entropy": -1,
    "vendi": -1,
    "mean_cosine": 1,
    "dup13": 1,
    "tail_coverage": -1,
    "zlib": 1,
    "entropy": 0,
    "js": 0,
    "style_shift": 0,
    "style_dispersion": 0,
    "gold_lp": 0,
    "oov": 0,
}
COLLAPSE = (
    "selfrep3",
    "selfrep4",
    "selfrep4_documents",
    "distinct3",
    "cond_entropy",
    "vendi",
    "mean_cosine",
    "dup13",
    "tail_coverage",
    "zlib",
)
_TOP = 3
# A reference that happens to be odd moves these twice: as the measure of the mean, and as what blocks are held against.
# Over invented texts of one language the variance of the difference was 1/m + 3/n, not 1/m + 1/n.
_HELD_AGAINST = frozenset({"tail_coverage", "js", "gold_lp", "oov", "style_shift", "style_dispersion"})
_OF_REFERENCE = 3.0
_DRAWS = 1_000
# A reference without any repeated passage must not make one passage infinitely far from it.
_LEAST_POSITIONS = {"selfrep3": 3, "selfrep4": 4, "selfrep4_documents": 40, "dup13": 13}
# The spread of a share of repetition grows with the share, so its null is skewed; that of its root does not (Bartlett
# 1936). `selfrep4_documents` is a mean of such roots already.
_ROOTS = frozenset({"selfrep3", "selfrep4", "dup13"})
_LEAST_RELATIVE = 1e-3
_LEAST = 1e-6


class Null(NamedTuple):
    """What blocks of the reference show that were held against the rest of it.

    `values`: (n, s), a row a block, a column for each of `ids`, as `evened` makes them; `means`: (s,) of the statistics
    as they are. A reference that gives few blocks is cut anew in several orders: `redraws`: (n,) which; `sources`: (n,)
    the source of each block within its redraw.
    `alike`: (s,) the intraclass correlation within sources, 0 where every block is drawn for itself. `units`: the
    documents (or sources) that the blocks are drawn from.
    """

    ids: tuple[str, ...]
    values: NDArray[np.float64]
    means: NDArray[np.float64]
    redraws: NDArray[np.int64]
    sources: NDArray[np.int64]
    alike: NDArray[np.float64]
    floors: NDArray[np.float64]
    units: int

    def only(self, ids: tuple[str, ...]) -> Null:
        """Of these statistics alone."""
        columns = [self.ids.index(name) for name in ids]
        return self._replace(
            ids=ids,
            values=self.values[:, columns],
            means=self.means[columns],
            alike=self.alike[columns],
            floors=self.floors[columns],
        )

    def groups(self) -> Iterator[NDArray[np.bool_]]:
        """Which blocks are of one source, for each source of each redraw."""
        for redraw, source in sorted(set(zip(self.redraws.tolist(), self.sources.tolist(), strict=True))):
            yield (self.redraws == redraw) & (self.sources == source)

    @property
    def independent(self) -> NDArray[np.float64]:
        """(s,) How many independent blocks the reference is worth: less for what blocks of a source have in common.

        The design effect of Kish (1965).
        """
        blocks = int(np.count_nonzero(self.redraws == 0))
        a_source = blocks / len(np.unique(self.sources[self.redraws == 0]))
        return np.asarray(blocks / (1 + (a_source - 1) * self.alike), np.float64)

    def z(self, means: NDArray[np.float64], blocks: int) -> NDArray[np.float64]:
        """(s,) of the means of so many blocks measured, evened: each from the mean of the reference, in its spread."""
        weights = np.array([_OF_REFERENCE if name in _HELD_AGAINST else 1.0 for name in self.ids])
        width = np.sqrt(self.alike + (1 - self.alike) / blocks + weights / self.independent)
        distance = means - self.values.mean(axis=0)
        return np.asarray(distance / (self._spread(self.values) * width), np.float64)

    def residuals(self) -> NDArray[np.float64]:
        """(n, s) how far each block is from the mean of the other sources, in their spread; of variance 1."""
        found = np.empty_like(self.values)
        for own in self.groups():
            others = self.values[(self.redraws == self.redraws[own][0]) & ~own]
            found[own] = (self.values[own] - others.mean(axis=0)) / self._spread(self.values[~own])
        return np.asarray(found / np.sqrt(1 + 1 / self.independent), np.float64)

    def _spread(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        least = np.maximum(self.floors, _LEAST_RELATIVE * np.abs(values.mean(axis=0)))
        return np.asarray(np.maximum(values.std(axis=0, ddof=1), least), np.float64)


class Row(NamedTuple):
    """One block of the reference."""

    redraw: int
    source: int
    values: Mapping[str, float]


def null_of(rows: Sequence[Row], block_tokens: int, units: int, *, by_source: bool) -> Null:
    """The null from the statistics of the reference's blocks; a statistic that one block lacks is left out."""
    ids = tuple(name for name in DIRECTIONS if all(name in row.values for row in rows))
    plain = np.array([[row.values[name] for name in ids] for row in rows]).reshape(len(rows), len(ids))
    means = plain.mean(axis=0) if rows else np.zeros(len(ids))
    values = evened(ids, plain)
    redraws = np.array([row.redraw for row in rows], np.int64)
    sources = np.array([row.source for row in rows], np.int64)
    owners = redraws * (sources.max(initial=0) + 1) + sources
    alike = np.array([_alike(column, owners) for column in values.T]) if by_source else np.zeros(len(ids))
    steps = means + [max(_LEAST, _LEAST_POSITIONS.get(name, 0) / block_tokens) for name in ids]
    floors = evened(ids, steps[None, :])[0] - evened(ids, means[None, :])[0]
    return Null(ids, values, means, redraws, sources, alike, floors, units)


def evened(ids: tuple[str, ...], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, s) the statistics of blocks, with the root of those whose spread grows with their size."""
    roots = np.array([name in _ROOTS for name in ids])
    return np.where(roots, np.sqrt(np.maximum(values, 0.0)), values)


def collapse_scores(ids: tuple[str, ...], z: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) of (n, s): the mean of the three largest z in the direction of collapse."""
    columns = [ids.index(name) for name in COLLAPSE if name in ids]
    signs = np.array([DIRECTIONS[ids[column]] for column in columns])
    return _top(z[:, columns] * signs)


def drift_scores(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) of (n, s): the mean of the three largest distances of all statistics."""
    return _top(np.abs(z))


def score(name: str, null: Null, z: NDArray[np.float64], threshold: float) -> Score:
    """A score of the z of a sample, `collapse` or `drift`, with what led to it."""
    signed = {
        id_: value * DIRECTIONS[id_] if name == "collapse" else abs(value)
        for id_, value in zip(null.ids, z.tolist(), strict=True)
        if name == "drift" or id_ in COLLAPSE
    }
    top = sorted(signed, key=lambda id_: -signed[id_])[:_TOP]
    return Score(sum(signed[id_] for id_ in top) / len(top), threshold, tuple(top))


class Limit(NamedTuple):
    """The score of the reference itself, and what 99 % of such samples stay under, with 95 % confidence."""

    mean: float
    spread: float
    threshold: float


def limits(null: Null, blocks: int) -> tuple[Limit, Limit]:
    """Of the collapse score and the drift score of so many blocks, cross-fitted: no block is held against itself."""
    units = _units(null, null.residuals(), blocks)
    factor = tolerance_factor(_worth(null))
    return _limit(collapse_scores(null.ids, units), factor), _limit(drift_scores(units), factor)


def _worth(null: Null) -> float:
    """How many independent values the spread of the reference is known from.

    Redrawing the blocks tells more of their spread, as far as there are documents (or sources) to draw.
    """
    once = float(null.independent.mean())
    return max(once, min(once * len(np.unique(null.redraws)), float(null.units)))


def _limit(scores: NDArray[np.float64], factor: float) -> Limit:
    mean, spread = float(scores.mean()), float(scores.std(ddof=1))
    return Limit(mean, spread, mean + factor * spread)


def _units(null: Null, residuals: NDArray[np.float64], blocks: int) -> NDArray[np.float64]:
    """(u, s) z of means of so many blocks of the reference, drawn as they are measured."""
    if blocks == 1:
        return residuals
    scale = np.sqrt(null.alike + (1 - null.alike) / blocks)
    if null.alike.any():
        return np.array([mean for own in null.groups() for mean in _runs(residuals[own], blocks)]) / scale
    draws = mixed(np.arange(_DRAWS * blocks, dtype=np.uint32)) % np.uint64(len(residuals))
    return np.asarray(residuals[draws.reshape(_DRAWS, blocks)].mean(axis=1) / scale, np.float64)


def _runs(values: NDArray[np.float64], blocks: int) -> list[NDArray[np.float64]]:
    """Means of runs of blocks of one source; of all its blocks where there are fewer."""
    starts = range(0, max(1, len(values) - blocks + 1), blocks)
    return [values[start : start + blocks].mean(axis=0) for start in starts]


def _top(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sort(values, axis=1)[:, -_TOP:].mean(axis=1), np.float64)


def _alike(values: NDArray[np.float64], sources: NDArray[np.int64]) -> float:
    """Intraclass correlation by analysis of variance (Donner 1986), 0 to 1; 1 where each source has one block."""
    _, owners, sizes = np.unique(sources, return_inverse=True, return_counts=True)
    groups, total = len(sizes), len(values)
    if groups == total or groups < 2:
        return 1.0
    means = np.bincount(owners, weights=values) / sizes
    within = float(((values - means[owners]) ** 2).sum() / (total - groups))
    between = float((sizes * (means - values.mean()) ** 2).sum() / (groups - 1))
    size = (total - (sizes**2).sum() / total) / (groups - 1)
    variance = max(0.0, (between - within) / size)
    return variance / (variance + within) if variance + within else 0.0
