"""What must hold of the checks whatever the data: advice that works, and verdicts that cannot be gamed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from checker import rules
from checker.model.card_packs import CARD_KEYS
from checker.model.composition import Cell, Origin, Tally
from checker.model.outcome import Judgement, Verdict
from checker.policytest.given import evidence
from checker.read.records.vocabulary import COVERED
from checker.rules import _remedy
from checker.rules._machine import Reading, amount
from checker.rules._parts import Part
from checker.rules._provenance import FIELDS
from checker.rules.card_truthful import CLAIMS
from checker.rules.synthetic_cap import Params

GRAVITY = (Verdict.HOLDS, Verdict.DOUBTFUL, Verdict.BROKEN)
COUNTS = st.integers(0, 400)
CAPS = st.integers(0, 99).map(lambda hundredth: hundredth / 100)
SCORES = st.dictionaries(st.integers(500, 1000), st.integers(1, 60), max_size=4)


def judged(check_id: str, shards: Mapping[str, Any], params: Mapping[str, Any], **more: Any) -> list[Judgement]:
    check = rules.by_id(check_id)
    return list(check.judge(evidence({"shards": shards, **more}), check.build(params)))


def worst(judgements: Iterable[Judgement]) -> Verdict:
    return max((judgement.verdict for judgement in judgements), key=GRAVITY.index)


def cells(human: int, machine: int, unknown: int = 0, **more: Any) -> list[dict[str, Any]]:
    return [
        {"origin": "human", "records": human, **more},
        {"origin": "machine", "records": machine, **more},
        {"origin": "unknown", "records": unknown, **more},
    ]


def part(tallies: Mapping[Cell, Tally]) -> Part:
    return Part("data/train", "dataset", "", list(tallies.items()))


def scored(scores: Mapping[int, int], bare: int) -> Tally:
    records = bare + sum(scores.values())
    return Tally(records=records, scores={score: (number, number * score * 1000) for score, number in scores.items()})


@given(COUNTS, COUNTS, COUNTS, CAPS)
@settings(max_examples=300, deadline=None)
def test_moving_the_told_number_of_records_makes_the_cap_hold_and_one_fewer_does_not(
    human: int, machine: int, unknown: int, cap: float
) -> None:
    assume(human + machine + unknown)
    share = Fraction(str(cap))
    found = amount(part({Cell(Origin.HUMAN): Tally(human), Cell(Origin.MACHINE): Tally(machine + unknown)}), Reading())
    assume(found.expected > share * found.total)
    move = _remedy.to_move(found, share, 0.95)
    assert move is not None
    assert _remedy.holds(_remedy.without(found, move), share, 0.95)
    assert not _remedy.holds(_remedy.without(found, move - 1), share, 0.95)


@given(COUNTS, COUNTS, COUNTS, CAPS)
@settings(max_examples=200, deadline=None)
def test_adding_the_told_number_of_real_records_makes_the_check_pass(
    human: int, machine: int, unknown: int, cap: float
) -> None:
    assume(human + machine + unknown and cap)
    params = {"max": cap, "per": ["dataset"]}
    if worst(judged("synthetic-cap", {"a": cells(human, machine, unknown)}, params)) is Verdict.HOLDS:
        return
    found = amount(part({Cell(Origin.HUMAN): Tally(human), Cell(Origin.MACHINE): Tally(machine + unknown)}), Reading())
    add = _remedy.to_add(found, Fraction(str(cap)), 0.95)
    assert add is not None
    assert worst(judged("synthetic-cap", {"a": cells(human + add, machine, unknown)}, params)) is Verdict.HOLDS
    assert worst(judged("synthetic-cap", {"a": cells(human + add - 1, machine, unknown)}, params)) is Verdict.BROKEN


@given(SCORES, SCORES, COUNTS, COUNTS, CAPS)
@settings(max_examples=150, deadline=None)
def test_advice_also_works_where_labels_carry_scores(
    human_scores: dict[int, int], machine_scores: dict[int, int], human: int, machine: int, cap: float
) -> None:
    share = Fraction(str(cap))
    tallies = {Cell(Origin.HUMAN): scored(human_scores, human), Cell(Origin.MACHINE): scored(machine_scores, machine)}
    found = amount(part(tallies), Reading())
    assume(found.total and not _remedy.holds(found, share, 0.95))
    move, add = _remedy.to_move(found, share, 0.95), _remedy.to_add(found, share, 0.95)
    assert move is not None
    assert _remedy.holds(_remedy.without(found, move), share, 0.95)
    if add is not None:
        assert _remedy.holds(replace(found, total=found.total + add), share, 0.95)


@given(st.lists(st.tuples(COUNTS, COUNTS, COUNTS), min_size=1, max_size=5), CAPS, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
@pytest.mark.parametrize("check_id", ["synthetic-cap", "unknown-provenance"])
def test_the_order_of_shards_changes_nothing(
    check_id: str, counts: list[tuple[int, int, int]], cap: float, random: Any
) -> None:
    named = {f"{index}.jsonl": cells(*numbers) for index, numbers in enumerate(counts)}
    shuffled = list(named.items())
    random.shuffle(shuffled)
    params = {"max": cap}
    assert judged(check_id, named, params) == judged(check_id, dict(shuffled), params)


@given(COUNTS, COUNTS, COUNTS, SCORES, st.integers(0, 100), CAPS)
@settings(max_examples=100, deadline=None)
def test_splitting_a_shard_does_not_change_the_verdict_on_the_dataset(
    human: int, machine: int, unknown: int, scores: dict[int, int], cut: int, cap: float
) -> None:
    assume(human + machine + unknown)
    first = [human * cut // 100, machine * cut // 100, unknown * cut // 100]
    rest = [human - first[0], machine - first[1], unknown - first[2]]
    uncertain = [{"origin": "machine", "kind": "scored", "records": sum(scores.values()), "scores": scores}]
    params = {"max": cap, "per": ["dataset"]}
    whole = judged("synthetic-cap", {"a": cells(human, machine, unknown) + uncertain}, params)
    split = judged("synthetic-cap", {"a": cells(*first) + uncertain, "b": cells(*rest)}, params)
    assert [(said.verdict, said.measured, said.message) for said in whole] == [
        (said.verdict, said.measured, said.message) for said in split
    ]


@given(COUNTS, COUNTS, COUNTS, st.integers(1, 300), CAPS, st.sampled_from(["machine", "prior"]))
@settings(max_examples=200, deadline=None)
def test_more_machine_text_never_turns_a_failure_into_a_pass(
    human: int, machine: int, unknown: int, more: int, cap: float, unknown_as: str
) -> None:
    assume(human + machine + unknown)
    params = {"max": cap, "per": ["dataset", "shard"], "unknown_as": unknown_as}
    before = worst(judged("synthetic-cap", {"a": cells(human, machine, unknown)}, params))
    after = worst(judged("synthetic-cap", {"a": cells(human, machine + more, unknown)}, params))
    assert GRAVITY.index(after) >= GRAVITY.index(before)


@given(COUNTS, COUNTS, st.integers(1, 300), CAPS)
@settings(max_examples=100, deadline=None)
def test_hiding_where_a_record_comes_from_never_helps(human: int, machine: int, hidden: int, cap: float) -> None:
    assume(machine >= hidden)
    params = {"max": cap, "per": ["dataset"]}
    stated = worst(judged("synthetic-cap", {"a": cells(human, machine)}, params))
    silent = worst(judged("synthetic-cap", {"a": cells(human, machine - hidden, hidden)}, params))
    assert GRAVITY.index(silent) >= GRAVITY.index(stated)


@pytest.mark.parametrize("check_id", ["synthetic-cap", "unknown-provenance", "source-metadata", "origin-flags"])
def test_ten_thousand_holding_shards_are_one_line_a_dimension(check_id: str) -> None:
    full = {"source_or_url": 9, "collected_at": 9, "license": 9, "capture_method": 9}
    shards = {
        f"{index:05}.jsonl": [{"origin": "human", "records": 9, "coverage": full, "scores": {990: 9}}]
        for index in range(10_000)
    }
    params = {"max": 0.2} if check_id == "synthetic-cap" else {}
    said = judged(check_id, shards, params)
    assert [judgement.verdict for judgement in said] == [Verdict.HOLDS, Verdict.HOLDS]
    assert "nearest to the limit of 10,000 shards that hold" in said[1].message


def test_a_thousand_broken_shards_are_fifty_lines_and_a_count() -> None:
    shards = {f"{index:04}.jsonl": cells(100 - index % 10, 30 + index % 10) for index in range(1_000)}
    said = judged("synthetic-cap", shards, {"max": 0.2, "per": ["shard"]})
    assert len(said) == 51
    assert {judgement.verdict for judgement in said} == {Verdict.BROKEN}
    assert said[0].scope == (("shard", "0009.jsonl"),)
    assert "1,000 shard findings like these, the worst 50 are listed" in said[-1].message
    assert said[-1].fix == "mend what is listed, then run the check again"


def test_a_plain_count_needs_no_statistics() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from checker.policytest.given import evidence; from checker import rules;"
        "check = rules.by_id('synthetic-cap');"
        "cells = [{'origin': 'machine', 'records': 5}, {'origin': 'unknown', 'records': 5}];"
        "seen = evidence({'shards': {'a': cells}});"
        "print(len(list(check.judge(seen, check.build({'max': 0.2})))));"
        "print(sorted({'numpy', 'statistics'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment())
    assert done.stdout == "1\n[]\n", done.stderr


def _environment() -> dict[str, str]:
    import os
    from pathlib import Path

    tests = Path(__file__).resolve().parents[1]
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(tests), str(tests.parent)))}


@pytest.mark.parametrize(
    ("unit", "moments"),
    [pytest.param("tokens", "token_moments", id="tokens"), pytest.param("weight", "weight_moments", id="weight")],
)
def test_scored_amounts_use_their_exact_mean_and_variance(unit: str, moments: str) -> None:
    # 100 records of 1 unit at 0.9: mean 90, sd 3, so with 95 % confidence at most 94.93 of 1,000.
    sums = {"w": 100, "w2": 100, "wc": 100 * 900_000, "w2c": 100 * 900_000, "w2cc": 100 * 900_000**2}
    machine = {
        "origin": "machine",
        "records": 100,
        "tokens": 100,
        "weight_micro": 100,
        "scores": {900: 100},
        moments: sums,
    }
    human = {"origin": "human", "records": 900, "tokens": 900, "weight_micro": 900}
    params = {"max": 0.2, "per": ["dataset"], "unit": unit}
    (said,) = judged("synthetic-cap", {"a": [machine, human]}, params)
    assert said.measured == pytest.approx(0.094_934_56, abs=1e-7)
    assert said.verdict is Verdict.HOLDS
    (said,) = judged("synthetic-cap", {"a": [machine, human]}, {**params, "max": 0.092})
    assert said.verdict is Verdict.DOUBTFUL


def test_every_field_that_can_be_demanded_is_one_that_a_pass_counts() -> None:
    assert set(FIELDS) <= set(COVERED)


def test_every_claim_reads_keys_that_cards_have() -> None:
    assert {key for keys in CLAIMS.values() for key in keys} <= set(CARD_KEYS)


def test_the_default_parameters_of_every_check_fit_its_schema() -> None:
    for check_id in rules.check_ids():
        check = rules.by_id(check_id)
        names = [info.name for info in check.parameters()]
        assert len(names) == len(set(names))
        assert all(info.doc for info in check.parameters())
        assert check.doc.count("\n---") == 3
        for heading in ("What it checks", "Why it matters", "How to fix"):
            assert f"\n{heading}\n{'-' * len(heading)}\n" in check.doc
    assert Params(max=0.2).per == ("dataset", "shard")
