"""What rules share, and the order that limits are read off from, changes nothing of what is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import rules
from checker.model.composition import Cell, Measurement, Moments, Origin, Tally
from checker.model.evidence import Evidence
from checker.model.outcome import Judgement, Verdict
from checker.policytest.given import evidence
from checker.rules._base import MOST_SHOWN
from checker.rules._machine import Reading, amount
from checker.rules._merging import merged
from checker.rules._parts import Part
from checker.rules._provenance import FIELDS, filled
from checker.rules._ranking import in_order

PER = ["dataset", "shard", "domain"]
LIMITS = st.sampled_from([0.0, 0.1, 0.25, 0.3, 1 / 3, 0.5, 0.9, 1.0])
CELLS = st.fixed_dictionaries(
    {
        "origin": st.sampled_from(["human", "machine", "mixed", "unknown"]),
        "records": st.integers(0, 40),
        "domain": st.sampled_from(["", "health", "web"]),
    },
    optional={"kind": st.sampled_from(["generative", "ocr"]), "language": st.sampled_from(["en", "de"])},
)


@st.composite
def cells(draw: Any) -> dict[str, Any]:
    """A cell whose counts are possible."""
    cell: dict[str, Any] = draw(CELLS)
    number = cell["records"]
    share = st.integers(0, number)
    cell |= {"tokens": number * 7, "reviewed": draw(share)}
    cell["coverage"] = {
        field: draw(share) for field in draw(st.lists(st.sampled_from(FIELDS[:4]), max_size=3, unique=True))
    }
    cell["licenses"] = draw(st.sampled_from([{}, {"MIT": number}, {"strange": number // 2, "CC-BY-4.0": number // 3}]))
    if cell["origin"] != "unknown":
        scored = draw(share)
        cell["scores"] = draw(
            st.sampled_from([{}, {900: scored}, {1000: scored}, {501: scored // 2, 700: scored // 3}])
        )
    return cell


SHARDS = st.lists(cells(), max_size=4, unique_by=lambda cell: tuple(cell.get(key, "") for key in Cell._fields))
DATASETS = st.dictionaries(
    st.integers(0, 99).map(lambda number: f"{number:02}.jsonl"),
    SHARDS,
    min_size=1,
    max_size=9,
)
WHERE = st.sampled_from([{}, {"domain": ["health"]}, {"domain": ["Health", "web"], "language": ["en"]}])
USES: Mapping[str, Any] = {
    "synthetic-cap": st.fixed_dictionaries(
        {"max": LIMITS, "per": st.just(PER)},
        optional={
            "min_records": st.sampled_from([0, 5, 60]),
            "unknown_as": st.sampled_from(["prior", "machine"]),
            "unknown_prior": st.sampled_from([0.1, 0.5]),
            "unit": st.sampled_from(["records", "tokens", "weight"]),
            "confidence": st.sampled_from([0.5, 0.8, 0.99]),
            "default_confidence": st.sampled_from([1.0, 0.9]),
            "mixed_as": st.sampled_from(["parts", "machine"]),
            "kinds": st.sampled_from([["*"], ["ocr"]]),
        },
    ),
    "unknown-provenance": st.fixed_dictionaries(
        {"max": LIMITS, "per": st.just(PER)},
        optional={
            "domains": st.sampled_from([["*"], ["health"], ["web", "health"]]),
            "reviewed_as": st.sampled_from(["accepted", "unknown"]),
        },
    ),
    "source-metadata": st.fixed_dictionaries(
        {"min": LIMITS, "per": st.just(PER), "fields": st.sampled_from([["source_or_url"], list(FIELDS[:4])])}
    ),
    "origin-flags": st.fixed_dictionaries(
        {"min_coverage": LIMITS, "per": st.just(PER)},
        optional={"require_scores": st.booleans(), "min_confidence": LIMITS},
    ),
    "license-allowed": st.fixed_dictionaries(
        {"allow": st.sampled_from([["MIT"], ["CC-BY-*"], ["*"]]), "places": st.just(["records"]), "per": st.just(PER)},
        optional={"unknown_as": st.sampled_from(["allowed", "doubtful", "denied"])},
    ),
    "real-floor": st.fixed_dictionaries({"min_new_real": st.integers(0, 50)}),
}


def judged(check_id: str, seen: Evidence, params: Mapping[str, Any]) -> list[Judgement]:
    check = rules.by_id(check_id)
    return list(check.judge(seen, check.build(params)))


@pytest.mark.parametrize("check_id", USES)
@given(data=st.data(), shards=DATASETS, where=WHERE)
@settings(max_examples=35, deadline=None)
def test_rules_that_share_say_what_each_says_alone(check_id: str, data: Any, shards: Any, where: Any) -> None:
    seen = evidence({"shards": shards, "where": where})
    sharing = seen._replace(shared={})
    for params in data.draw(st.lists(USES[check_id], min_size=1, max_size=4)):
        assert judged(check_id, sharing, params) == judged(check_id, seen, params)


def failing(said: list[Judgement]) -> Counter[tuple[Any, ...]]:
    """What does not hold, without the lines that only count."""
    return Counter(
        (judgement.verdict, judgement.scope, judgement.message, judgement.measured, judgement.fix)
        for judgement in said
        if judgement.verdict is not Verdict.HOLDS and judgement.unit != "findings"
    )


@pytest.mark.parametrize("check_id", sorted(set(USES) - {"real-floor"}))
@given(data=st.data(), shards=DATASETS, where=WHERE)
@settings(max_examples=60, deadline=None)
def test_what_is_read_off_the_order_is_what_each_part_says(check_id: str, data: Any, shards: Any, where: Any) -> None:
    seen = evidence({"shards": shards, "where": where})
    params = data.draw(USES[check_id])
    short, whole = judged(check_id, seen, params), judged(check_id, seen._replace(every_part=True), params)

    assert failing(short) == failing(whole)
    for dimension in PER:
        held = [each for each in whole if each.verdict is Verdict.HOLDS and _dimension(each) == dimension]
        told = [each for each in short if each.verdict is Verdict.HOLDS and _dimension(each) == dimension]
        assert len(told) == min(len(held), 1)
        if held:
            assert told[0].message.startswith(held[0].message)
            assert told[0].scope == held[0].scope


def _dimension(judgement: Judgement) -> str:
    named = [axis for axis, _ in judgement.scope if axis in PER]
    return named[0] if named else "dataset"


def test_more_failing_parts_than_are_shown_are_counted() -> None:
    machine, human = {"origin": "machine", "records": 3}, {"origin": "human", "records": 7}
    shards = {f"{number:03}.jsonl": [machine, {**human, "records": 7 + number}] for number in range(MOST_SHOWN + 9)}
    said = judged("synthetic-cap", evidence({"shards": shards}), {"max": 0.01, "per": ["shard"]})
    assert [each.scope for each in said[:2]] == [(("shard", "000.jsonl"),), (("shard", "001.jsonl"),)]
    assert said[-1].measured == MOST_SHOWN + 9
    assert len(said) == MOST_SHOWN + 1


@given(st.lists(SHARDS, max_size=5), st.data())
@settings(max_examples=100, deadline=None)
def test_of_merged_cells_checks_make_what_they_make_of_each(shards: Any, data: Any) -> None:
    seen = evidence({"shards": {f"{number}": held for number, held in enumerate(shards)}})
    measured = [found for found in seen.measurements.values() if isinstance(found, Measurement)]
    each = [list(found.composition.cells.items()) for found in measured]
    apart = Part("d", "dataset", "", [entry for tallies in each for entry in tallies if entry[1].records])
    together = apart._replace(tallies=merged(each))

    assert together.records == apart.records
    assert all(filled(together.tallies, field) == filled(apart.tallies, field) for field in FIELDS)
    for unit in ("records", "tokens", "weight"):
        for prior in (Fraction(1), Fraction(1, 10)):
            reading = Reading(unit, unknown_prior=prior, by_parts=data.draw(st.booleans()))
            assert amount(together, reading) == amount(apart, reading)


def test_tallies_that_do_not_say_what_has_source_or_url_stay_apart() -> None:
    vague = Tally(records=10, coverage={"source": 6, "url": 7})
    kept = merged([[(Cell(Origin.HUMAN), vague)], [(Cell(Origin.HUMAN), vague)]])
    assert [tally for _, tally in kept] == [vague, vague]
    assert filled(kept, "source_or_url") == (14, 20)


def test_sums_that_are_not_known_stay_unknown() -> None:
    one, other = Tally(records=1, tokens=5, token_moments=Moments(1, 1, 1, 1, 1)), Tally(records=2)
    ((_, tally),) = merged([[(Cell(Origin.HUMAN), one)], [(Cell(Origin.HUMAN), other)]])
    assert (tally.records, tally.tokens, tally.token_moments) == (3, None, Moments(1, 1, 1, 1, 1))


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), max_size=8), st.booleans(), st.integers(1, 2**70))
@settings(max_examples=200, deadline=None)
def test_parts_are_in_exact_order_however_large_the_numbers(facts: Any, high: bool, scale: int) -> None:
    grown = [(top * scale + place, bottom * scale) for place, (top, bottom) in enumerate(facts)]
    shares = [Fraction(*fact) for fact in grown]
    expected = sorted(range(len(grown)), key=lambda at: (-shares[at] if high else shares[at], at))
    assert in_order(grown, high=high) == expected
