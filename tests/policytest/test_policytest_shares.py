"""Shards from shares: exactly the shares that were asked for, whatever they are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.model.composition import Measurement
from checker.policytest import given as builder
from checker.policytest.shares import LEAST_RECORDS, shards_with


@given(thousandths=st.integers(0, 1000), ppm=st.integers(0, 1_000_000))
def test_a_share_is_exact(thousandths: int, ppm: int) -> None:
    for share in (thousandths / 1000, ppm / 1_000_000):
        cells = shards_with({"machine": {"health": {"a": share}}})["a"]
        records = {cell["origin"]: cell["records"] for cell in cells}
        assert sum(records.values()) >= LEAST_RECORDS
        assert Fraction(records.get("machine", 0), sum(records.values())) == Fraction(str(share))


def test_domains_of_one_shard_stand_beside_each_other() -> None:
    found = shards_with({"unknown": {"health": {"a": 0.5, "b": 0.25}, "legal": {"a": 1}}})
    assert [(cell["domain"], cell["origin"], cell["records"]) for cell in found["a"]] == [
        ("health", "unknown", 500),
        ("health", "human", 500),
        ("legal", "unknown", 1000),
    ]
    assert [(cell["origin"], cell["records"]) for cell in found["b"]] == [("unknown", 250), ("human", 750)]


def test_what_is_said_to_be_human_and_what_is_left_over_are_one() -> None:
    (cell,) = shards_with({"human": {"health": {"a": 0.3}}})["a"]
    assert (cell["origin"], cell["records"], cell["tokens"]) == ("human", 1000, 100_000)


@pytest.mark.parametrize("share", [1.23456789e-10, 5e-324], ids=["long", "the smallest double"])
def test_a_share_that_no_records_could_show_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="the shares of health in a have too many digits"):
        shards_with({"machine": {"health": {"a": share}}})


def test_the_evidence_is_what_a_measurement_would_be() -> None:
    evidence = builder.evidence(
        {"composition": {"machine": {"health": {"a": 0.2}}}, "name": "data/notes", "role": "gold"}
    )
    (shard,) = evidence.dataset.version.shards or ()
    found = evidence.measurements[shard.hash]
    assert isinstance(found, Measurement)
    assert found.composition.records == 1000
    assert (evidence.dataset.name, evidence.dataset.settings.role.value) == ("data/notes", "gold")
    assert evidence.dataset.version.definition.path == "data/notes.dvc"
