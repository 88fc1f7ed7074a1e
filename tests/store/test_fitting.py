"""Results are what their types say, or are worked out again: whoever may write to a store may write anything."""

from __future__ import annotations

import pytest

from checker.model.likeness import Copies, Duplication, Growth, Overlap, Pair, Place
from checker.model.signals import Comparison, Score, Signal, TailTypes
from checker.store.fitting import fitting

PAIR = Pair(Place("data", "a.jsonl", 1), Place("data", "b.jsonl", 2), 0.5, True)
SIGNALS = {"entropy": Signal(1, 2.5, None, -3.0, -1)}
SCORE = Score(0.5, 1.0, ("entropy",))
FULL = Comparison("gold", 20_000, 3, 4, True, SIGNALS, SCORE, None, False, 0.01, TailTypes(7, 0.5, 1), "", ("ab",))


@pytest.mark.parametrize(
    "result",
    [
        Duplication(Copies(3, 1, None), {"a.jsonl": Copies(3, 1, 2)}, (PAIR, PAIR), 2, 1),
        Duplication(Copies(0, 0)),
        Overlap(1, 2, 3, None, 5, 6, 7, 8, 9, (PAIR,), ("ab", "cd")),
        Growth(1, 1, None),
        FULL,
    ],
    ids=lambda result: type(result).__name__,
)
def test_an_honest_result_fits(result: object) -> None:
    assert fitting(result) is result


@pytest.mark.parametrize(
    "result",
    [
        pytest.param(Growth(1, "1", None), id="a text for a number"),  # type: ignore[arg-type]
        pytest.param(Growth(True, 1, None), id="yes for a number"),
        pytest.param(Growth(1.0, 1, None), id="a fraction for a count"),  # type: ignore[arg-type]
        pytest.param(Growth(10**400, 1, None), id="a number that no float holds"),
        pytest.param(Growth(None, 1, None), id="nothing for a number"),  # type: ignore[arg-type]
        pytest.param(Duplication((3, 1, None)), id="a list for copies"),  # type: ignore[arg-type]
        pytest.param(Duplication(Copies(3, 1), {1: Copies(3, 1)}), id="a number for a name"),  # type: ignore[dict-item]
        pytest.param(Duplication(Copies(3, 1), {"a": (3, 1)}), id="a list in a table"),  # type: ignore[dict-item]
        pytest.param(Duplication(Copies(3, 1), [Copies(3, 1)]), id="a list for a table"),  # type: ignore[arg-type]
        pytest.param(Duplication(Copies(3, 1), pairs=(PAIR, 7)), id="no pair"),  # type: ignore[arg-type]
        pytest.param(FULL._replace(drift=SCORE._replace(value=float("nan"))), id="no number"),
        pytest.param(FULL._replace(tail=TailTypes(7, float("inf"), 1)), id="without end"),
        pytest.param(FULL._replace(evidence=["ab"]), id="a list for a tuple"),  # type: ignore[arg-type]
    ],
)
def test_anything_else_does_not(result: object) -> None:
    with pytest.raises(ValueError, match=f"not a {type(result).__name__}"):
        fitting(result)
