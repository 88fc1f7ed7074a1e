"""The parameters of a check as Python sees them: typed by what `param` declared, immutable, compared by value."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from checker.model.nothing import NOTHING
from checker.rules._base import Parameters, Stricter, param


class Limits(Parameters):
    """Two limits, one of which must be given."""

    most: float = param({"type": "number"}, "The most.", stricter=Stricter.LOWER, name="max")
    unit: str = param({"type": "string"}, "What is counted.", stricter=Stricter.FIXED, default="records")


def test_declared_in_order_with_the_names_of_yaml() -> None:
    assert [(name, info.name, info.required) for name, info in Limits.declared.items()] == [
        ("most", "max", True),
        ("unit", "unit", False),
    ]


def test_what_is_left_out_has_its_default() -> None:
    assert Limits(most=0.2).unit == "records"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="a required one is missing"),
        pytest.param({"most": 0.2, "max": 0.2}, id="one that is not declared"),
    ],
)
def test_wrong_parameters_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="m"):
        Limits(**given)


def test_a_required_parameter_has_no_value_without_an_instance() -> None:
    assert not hasattr(Limits, "most")


def test_parameters_cannot_be_changed() -> None:
    limits = Limits(most=0.2)
    with pytest.raises(AttributeError, match="unit cannot be changed"):
        limits.unit = "tokens"
    assert limits.unit == "records"


def test_compared_and_hashed_by_value() -> None:
    assert Limits(most=0.2) == Limits(most=0.2, unit="records") != Limits(most=0.3)
    assert len({Limits(most=0.2), Limits(most=0.2, unit="records")}) == 1


def test_the_empty_mapping_of_records_travels_and_equals_any_other() -> None:
    assert pickle.loads(pickle.dumps(NOTHING)) is NOTHING
    assert NOTHING == {} and not NOTHING
