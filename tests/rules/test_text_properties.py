"""What must hold of the checks on text whatever was compared: advice that works, order that does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from checker import rules
from checker.evaluate import references
from checker.model.dataset import Dataset
from checker.model.evidence import Need
from checker.model.location import Location
from checker.model.outcome import Judgement, Verdict
from checker.model.policy import Level, Policy, RuleUse, Selector, Stage
from checker.policytest.given import evidence
from checker.rules._comparing import to_remove
from checker.rules.tail_coverage import Params as TailParams
from checker.rules.tail_coverage import Standing, _to_add

LIMITS = st.integers(0, 99).map(lambda hundredth: hundredth / 100)
WHERE = Location("policies/team.yaml", 3)


def judged(check_id: str, params: Mapping[str, Any], **case: Any) -> list[Judgement]:
    check = rules.by_id(check_id)
    case.setdefault("shards", {"07.jsonl": [{"origin": "human", "records": 100}]})
    return list(check.judge(evidence(case), check.build(params)))


def copies(documents: int, found: int) -> dict[str, Any]:
    return {"documents": documents, "exact": found, "near": found}


@given(st.integers(1, 5_000), st.data(), LIMITS)
@settings(max_examples=200, deadline=None)
@pytest.mark.parametrize("check_id", ["duplication", "near-duplication"])
def test_removing_the_told_number_of_copies_makes_it_hold_and_one_fewer_does_not(
    check_id: str, documents: int, data: st.DataObject, limit: float
) -> None:
    found = data.draw(st.integers(0, documents - 1))
    params = {"max": limit, **({"warn": limit} if check_id == "near-duplication" else {})}
    (said,) = judged(check_id, params, duplication=copies(documents, found))
    gone = to_remove(found, documents, Fraction(str(limit)))
    assert (said.verdict is Verdict.HOLDS) is (gone == 0)
    assume(gone)
    assert f"remove {gone:,} " in said.fix
    (after,) = judged(check_id, params, duplication=copies(documents - gone, found - gone))
    assert after.verdict is Verdict.HOLDS
    (short,) = judged(check_id, params, duplication=copies(documents - gone + 1, found - gone + 1))
    assert short.verdict is Verdict.BROKEN


@given(st.integers(10, 500), st.integers(0, 60), st.integers(0, 60), st.integers(0, 9))
# Two in three draws do not grow, which is no fault of the test.
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_removing_what_came_since_the_base_stops_the_growth(documents: int, now: int, before: int, most: int) -> None:
    assume(now < documents and before <= documents)
    params = {"max": 1.0, "warn": 1.0, "max_growth": most / 100}
    base = {"shards": {"06.jsonl": [{"origin": "human", "records": 100}]}}
    case = {"base": base, "base_duplication": copies(documents, before)}
    _, said = judged("near-duplication", params, duplication=copies(documents, now), **case)
    assume(said.verdict is Verdict.BROKEN)
    gone = int(said.fix.split()[1].replace(",", ""))
    _, after = judged("near-duplication", params, duplication=copies(documents - gone, now - gone), **case)
    assert after.verdict is Verdict.HOLDS


@given(
    st.integers(0, 2_000),
    st.integers(1, 20_000),
    st.integers(1, 60),
    st.integers(60, 300),
    st.sampled_from([0.5, 0.8, 1]),
)
@settings(max_examples=30, deadline=None)
def test_bringing_back_the_told_number_of_records_makes_a_class_hold(
    records: int, others: int, there: int, all_there: int, limit: float
) -> None:
    assume(there < all_there)
    params = TailParams(min_share=limit, warn_share=limit)
    found = Standing("dialect", "south", records, records + others, there, all_there)
    more = _to_add(found, limit, params)
    assert more is not None
    slices = {"dialect": {"north": others, "south": records + more}}
    cells = [{"origin": "human", "records": records + others + more}]
    after = judged(
        "tail-coverage",
        {"min_share": limit, "warn_share": limit, "rare_types": 0},
        shards={"07.jsonl": {"cells": cells, "slices": slices}},
        references={"gold": {"slices": {"dialect": {"north": all_there - there, "south": there}}}},
    )
    assert ("slice", "dialect") in {place for said in after for place in said.scope}
    broken = {dict(said.scope)["class"] for said in after if said.verdict is Verdict.BROKEN}
    assert "south" not in broken
    assert more == 0 or found.part(params.confidence) < limit


def test_no_number_of_records_proves_a_class_to_be_all_there_is() -> None:
    assert _to_add(Standing("dialect", "north", 5, 5, 9, 9), 1.0, TailParams(min_share=1.0)) is None


@given(st.permutations(["a.jsonl", "b.jsonl", "c.jsonl", "d.jsonl"]))
@settings(max_examples=24, deadline=None)
@pytest.mark.parametrize(
    "check_id", ["duplication", "near-duplication", "collapse-score", "diversity", "tail-coverage"]
)
def test_the_order_of_shards_changes_nothing(check_id: str, order: list[str]) -> None:
    def case(names: list[str]) -> dict[str, Any]:
        size = {name: 100 + 10 * ord(name[0]) for name in names}
        counts = {name: {"north": size[name] - 3, "south": 3} for name in names}
        cells = {name: [{"origin": "human", "records": size[name]}] for name in names}
        scores = {name: [ord(name[0]) - 97.0, 2.0, ["zlib"]] for name in names}
        signals = {name: {"distinct3": [0.5 + 0.05 * (ord(name[0]) - 97), 0.6]} for name in names}
        shards = {name: copies(size[name], ord(name[0]) - 96) for name in names}
        return {
            "shards": {name: {"cells": cells[name], "slices": {"dialect": counts[name]}} for name in names},
            "duplication": {**copies(4000, 90), "shards": shards},
            "references": {"gold": {"slices": {"dialect": {"north": 90, "south": 10}}}},
            "comparisons": {
                "gold": {"collapse": [1.0, 2.0, ["zlib"]], "signals": {"distinct3": [0.6, 0.6]}, "tail": [9, 5.0, 5.0]},
                **{
                    f"gold shard {name}": {"collapse": scores[name], "signals": signals[name]}
                    for name in names
                },
            },
        }  # fmt: skip

    params: dict[str, Any] = {} if check_id == "tail-coverage" else {"per": ["dataset", "shard"]}
    if check_id == "diversity":
        params["limits"] = {"distinct3": 0.08}
    assert judged(check_id, params, **case(order)) == judged(check_id, params, **case(sorted(order)))


@given(st.floats(-1, 20), st.floats(-1, 20), st.booleans())
@settings(max_examples=100, deadline=None)
def test_text_that_moved_away_never_passes_and_never_breaks_the_rule(score: float, drift: float, ignored: bool) -> None:
    params = {"drift": "ignored" if ignored else "warns"}
    found = {"collapse": [score, 2.5, ["zlib"]], "drift": [drift, 3.0, ["js"]], "shifted": True}
    (said,) = judged("collapse-score", params, comparisons={"gold": found})
    assert said.verdict is Verdict.DOUBTFUL
    assert "smallest share this sample could see" in said.message


@given(st.floats(-1, 20), st.floats(-1, 20))
@settings(max_examples=100, deadline=None)
def test_drift_alone_never_breaks_the_rule(score: float, drift: float) -> None:
    found = {"collapse": [score, 2.5, ["zlib"]], "drift": [drift, 3.0, ["js"]]}
    (said,) = judged("collapse-score", {}, comparisons={"gold": found})
    assert (said.verdict is Verdict.BROKEN) is (score > 2.5)
    assert (said.verdict is Verdict.HOLDS) is (score <= 2.5 and drift <= 3.0)


@pytest.mark.parametrize("check_id", ["duplication", "near-duplication", "collapse-score", "diversity"])
def test_ten_thousand_holding_shards_are_one_line(check_id: str) -> None:
    names = [f"{index:05}.jsonl" for index in range(10_000)]
    found = {"collapse": [0.5, 2.5, ["zlib"]], "signals": {"distinct3": [0.6, 0.6]}}
    said = judged(
        check_id,
        {"per": ["shard"], **({"limits": {"distinct3": 0.08}} if check_id == "diversity" else {})},
        shards={name: [{"origin": "human", "records": 9}] for name in names},
        duplication={**copies(90_000, 0), "shards": {name: copies(9, 0) for name in names}},
        comparisons={"gold": found, **{f"gold shard {name}": found for name in names}},
    )
    assert [judgement.verdict for judgement in said] == [Verdict.HOLDS]
    assert "nearest to the limit of 10,000 shards that hold" in said[0].message


@pytest.mark.parametrize("check_id", ["gold-overlap", "duplication"])
def test_no_text_of_the_other_side_can_stand_in_a_message(check_id: str) -> None:
    # The evidence has places only; a message must not be longer than a line of a report either.
    pairs = [["07.jsonl:12", "g.jsonl:3", 0.93]] * 9
    params = {"across": ["gold"]} if check_id == "duplication" else {"against": ["gold"]}
    for said in judged(
        check_id,
        params,
        duplication={**copies(1000, 900), "pairs": [["07.jsonl:12", "07.jsonl:3"]] * 9},
        overlaps={"gold": {"exact": 900, "near": 950, "shared_fragments": 400, "pairs": pairs}},
    ):
        assert said.verdict is Verdict.BROKEN
        assert len(said.message) < 400, "the terminal cuts it"
        assert len(said.fix) < 400


def rule(check_id: str, **given: Any) -> RuleUse:
    check = rules.by_id(check_id)
    return RuleUse(f"team/{check_id}", check_id, check.build(given), Level.BLOCK, Selector(), WHERE)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        pytest.param(rule("duplication"), {}, id="copies within need no other data"),
        pytest.param(
            rule("near-duplication", across=["eval", "base"]),
            {"eval": {Need.OVERLAP}, "base": {Need.OVERLAP}},
            id="copies across",
        ),
        pytest.param(
            rule("gold-overlap"), {"gold": {Need.OVERLAP}, "eval": {Need.OVERLAP}}, id="gold and eval by default"
        ),
        pytest.param(rule("diversity"), {"gold": {Need.COMPARISON}}, id="the dataset as a whole"),
        pytest.param(
            rule("collapse-score", reference="raw", per=["shard"]),
            {"raw": {Need.COMPARISON, Need.SHARD_COMPARISON}},
            id="each shard",
        ),
        pytest.param(
            rule("tail-coverage"), {"gold": {Need.COMPARISON, Need.REFERENCE}}, id="rare words and classes"
        ),
        pytest.param(rule("tail-coverage", slices=[]), {"gold": {Need.COMPARISON}}, id="rare words alone"),
        pytest.param(rule("tail-coverage", rare_types=0), {"gold": {Need.REFERENCE}}, id="classes alone"),
    ],
)  # fmt: skip
def test_no_more_is_compared_than_the_parameters_ask_for(used: RuleUse, expected: Mapping[str, set[Need]]) -> None:
    dataset: Dataset = evidence({"shards": {}}).dataset
    policy = Policy("team", "1.0.0", "sha256:0", (used,), WHERE)
    assert references((policy,), dataset, Stage.PR) == expected


@pytest.mark.parametrize("limit", [0.0, 1.0])
def test_the_base_is_only_asked_for_where_growth_is_limited(limit: float) -> None:
    check = rules.by_id("near-duplication")
    assert (Need.BASE in check.needs(check.build({"max_growth": limit}))) is (limit < 1)


DIGESTS = ["md5:gold.dir", "sha256:gold"]
SIGNALS = {name: [0.3, 0.3] for name in ("selfrep4", "distinct3", "cond_entropy", "vendi", "zlib", "dup13")}
HELD_AGAINST = [
    pytest.param("gold-overlap", {"against": ["gold"]}, {"overlaps": {"gold": {"evidence": DIGESTS}}}, id="overlap"),
    pytest.param(
        "duplication",
        {"across": ["gold"]},
        {"overlaps": {"gold": {"evidence": DIGESTS}}, "duplication": {"gap": "none"}},
        id="copies in other data",
    ),
    pytest.param(
        "diversity", {}, {"comparisons": {"gold": {"evidence": DIGESTS, "signals": SIGNALS}}}, id="figures of text"
    ),
    pytest.param(
        "collapse-score",
        {},
        {"comparisons": {"gold": {"evidence": DIGESTS, "collapse": [3.0, 2.0, ["vendi"]]}}},
        id="score",
    ),
    pytest.param(
        "tail-coverage",
        {"rare_types": 0},
        {
            "shards": {
                "07.jsonl": {
                    "cells": [{"origin": "human", "records": 100}],
                    "slices": {"dialect": {"north": 90, "south": 10}},
                }
            },
            "references": {"gold": {"slices": {"dialect": {"north": 90, "south": 10}}}},
            "reference_digests": {"gold": DIGESTS},
        },
        id="classes",
    ),
    pytest.param(
        "tail-coverage",
        {"slices": []},
        {"comparisons": {"gold": {"evidence": DIGESTS, "tail": [100, 50.0, 50.0]}}},
        id="rare words",
    ),
]


@pytest.mark.parametrize(("check_id", "params", "case"), HELD_AGAINST)
def test_a_judgement_names_the_reference_that_it_rests_on(
    check_id: str, params: Mapping[str, Any], case: dict[str, Any]
) -> None:
    rested = [said for said in judged(check_id, params, **case) if said.verdict is not Verdict.UNKNOWN]
    assert rested
    for said in rested:
        assert set(DIGESTS) < set(said.evidence)
