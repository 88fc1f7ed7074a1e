"""From rows of statistics to z and limits: exact cases, and how often text of the null crosses them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from checker.compare import scores
from checker.compare.scores import COLLAPSE, DIRECTIONS, Null, Row, evened, limits, null_of, score

NAMES = tuple(DIRECTIONS)


def null_from(values: NDArray[np.float64], sources: list[int] | None = None, redraws: list[int] | None = None) -> Null:
    """A null of blocks with these statistics, one column a signal; by source where sources are given."""
    rows = [
        Row(redraw, source, dict(zip(NAMES, row.tolist(), strict=True)))
        for redraw, source, row in zip(redraws or [0] * len(values), sources or range(len(values)), values, strict=True)
    ]
    return null_of(rows, 500, len(values), by_source=sources is not None)


def noise(seed: int, blocks: int) -> NDArray[np.float64]:
    return 10 + np.random.default_rng(seed).standard_normal((blocks, len(NAMES)))


def test_z_of_one_block() -> None:
    values = noise(1, 40)
    null = null_from(values)
    column = null.ids.index("distinct3")
    at = null.values.mean(axis=0)
    at[column] += 2 * values[:, column].std(ddof=1) * np.sqrt(1 + 1 / 40)
    z = null.z(at, 1)
    assert z[column] == pytest.approx(2)
    assert np.delete(z, column) == pytest.approx(0, abs=1e-12)


def test_means_of_more_blocks_have_less_spread() -> None:
    null = null_from(noise(1, 40))
    z = [null.z(null.values.mean(axis=0) + 1, blocks)[0] for blocks in (1, 4, 1_000_000)]
    assert z[1] / z[0] == pytest.approx(np.sqrt((1 + 1 / 40) / (1 / 4 + 1 / 40)))
    assert z[2] / z[0] == pytest.approx(np.sqrt((1 + 1 / 40) / (1 / 40)), rel=1e-4)


def test_the_score_is_the_mean_of_the_three_largest_in_the_direction_of_collapse() -> None:
    null = null_from(noise(1, 40))
    z = dict.fromkeys(NAMES, 0.0) | {"selfrep4": 4.0, "distinct3": -3.0, "vendi": 9.0, "dup13": 2.0, "oov": 50.0}
    found = score("collapse", null, np.array([z[name] for name in NAMES]), 3.5)
    assert found == (3.0, 3.5, ("selfrep4", "distinct3", "dup13"))
    drift = score("drift", null, np.array([z[name] for name in NAMES]), 3.5)
    assert (drift.value, drift.signals) == (21.0, ("oov", "vendi", "selfrep4"))


def test_a_signal_that_one_block_lacks_is_left_out() -> None:
    rows = [Row(0, number, dict.fromkeys(NAMES, float(number))) for number in range(9)]
    rows[3] = Row(0, 3, {name: 1.0 for name in NAMES if name != "dup13"})
    assert set(NAMES) - set(null_of(rows, 500, 9, by_source=False).ids) == {"dup13"}


def test_a_constant_statistic_gives_a_finite_z() -> None:
    null = null_from(np.zeros((40, len(NAMES))))
    z = dict(zip(null.ids, null.z(np.full(len(NAMES), 0.1), 1), strict=True))
    assert all(np.isfinite(value) for value in z.values())
    # The root of the share of one passage of 13 words is one spread.
    assert z["dup13"] == pytest.approx(0.1 / np.sqrt(13 / 500) / np.sqrt(1 + 1 / 40))


@pytest.mark.parametrize("blocks", [1, 5, 40])
@pytest.mark.parametrize("kind", ["by block", "by source", "redrawn"])
def test_text_of_the_null_crosses_the_limits_seldom(kind: str, blocks: int) -> None:
    """One in a hundred at most, with 95 % confidence in each reference; here over 40 references of normal noise."""
    dice = np.random.default_rng(7)
    crossed = np.zeros(2)
    for seed in range(40):
        own = dice.standard_normal((30, len(NAMES))) * (kind == "by source")
        if kind == "by source":
            sources = np.repeat(np.arange(30), 2).tolist()
            null = null_from(noise(seed, 60) + own[sources], sources=sources)
        else:
            null = null_from(noise(seed, 60), redraws=[0] * 60 if kind == "by block" else [0] * 30 + [1] * 30)
        collapse, drift = limits(null, blocks)
        for _ in range(20):
            source = dice.standard_normal(len(NAMES)) * (kind == "by source")
            values = 10 + source + dice.standard_normal((blocks, len(NAMES)))
            z = null.z(evened(NAMES, values).mean(axis=0), blocks)
            crossed += [
                score("collapse", null, z, 0).value > collapse.threshold,
                score("drift", null, z, 0).value > drift.threshold,
            ]
    assert (crossed / 800 <= 0.02).all(), crossed


def test_blocks_of_one_source_count_for_less() -> None:
    values = np.repeat(noise(1, 10), 4, axis=0)
    sources = np.repeat(np.arange(10), 4).tolist()
    assert null_from(values, sources=sources).independent == pytest.approx(10)
    assert null_from(values).independent == pytest.approx(40)


def test_every_signal_of_collapse_has_a_direction() -> None:
    assert all(DIRECTIONS[name] for name in COLLAPSE)
    assert scores.collapse_scores(("oov", "vendi"), np.array([[9.0, -2.0]])) == pytest.approx([2.0])
