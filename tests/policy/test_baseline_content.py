"""What an entry of the baseline goes by: content, over every check; never a measurement."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker import evaluate, rules
from checker.evaluate.baselined import State, entry_of, note_of, shortened, states
from checker.evaluate.relief import Relief
from checker.model.composition import Measurement
from checker.model.dataset import Shard
from checker.model.evidence import Evidence
from checker.model.exemption import BaselineEntry
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, Policy, RuleUse, Selector, Stage
from checker.policytest.given import evidence as given

CASES = sorted((Path(__file__).parents[1] / "rules").glob("*/*.yaml"))
BROKEN = [path for path in CASES if path.stem.startswith(("fail", "doubtful"))]
HERE = Location("policies/team.yaml", 1)
PER_SHARD = {"max": 0.2, "per": ["shard"]}


def described(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def use(check: str, params: Mapping[str, Any], **more: Any) -> RuleUse:
    return RuleUse(
        **{
            "id": "team/rule",
            "check": check,
            "params": rules.by_id(check).build(params),
            "level": Level.BLOCK,
            "select": Selector(),
            "location": HERE,
            **more,
        }
    )


def policies(rule: RuleUse) -> tuple[Policy, ...]:
    return (Policy("team", "1.0.0", "", (rule,), HERE),)


def judged(rule: RuleUse, evidence: Evidence, *known: BaselineEntry, every_part: bool = False) -> tuple[Outcome, ...]:
    relief = Relief(baseline=frozenset(known), every_part=every_part)
    return evaluate.apply(policies(rule), {evidence.dataset.name: evidence}, Stage.PR, relief=relief)


def breaches(outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    return [outcome for outcome in outcomes if outcome.status in (Status.FAIL, Status.WARN)]


def of_case(path: Path) -> tuple[RuleUse, Evidence]:
    case = described(path)
    evidence = given(case)
    return use(path.parent.name, case.get("params", {}), select=Selector(where=evidence.where)), evidence


def measured_anew(evidence: Evidence) -> Evidence:
    """As another version of headwater would have measured the same bytes."""

    def anew(found: Any) -> Any:
        return found._replace(digest=f"sha256:{'0' * 64}") if isinstance(found, Measurement) else found

    return evidence._replace(
        measurements={key: anew(found) for key, found in evidence.measurements.items()},
        base_measurements={key: anew(found) for key, found in evidence.base_measurements.items()},
    )


def changed(evidence: Evidence) -> Evidence:
    """The same statements about other bytes of the version, of each shard and of the card."""
    version = evidence.dataset.version
    shards = tuple(shard._replace(hash=f"other-{shard.hash}") for shard in version.shards or ())
    other = version._replace(
        hash=None if version.hash is None else f"other-{version.hash}",
        shards=None if version.shards is None else shards,
    )
    measurements = {
        f"other-{key}": found._replace(shard_hash=f"other-{key}") for key, found in evidence.measurements.items()
    }
    return evidence._replace(
        dataset=evidence.dataset._replace(version=other),
        card=evidence.card._replace(digest="sha256:other-card") if evidence.card else None,
        measurements={**evidence.measurements, **measurements},
    )


@pytest.mark.parametrize("path", [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in BROKEN])
def test_over_every_check_an_upgrade_changes_no_entry_and_content_changes_all(path: Path) -> None:
    rule, evidence = of_case(path)
    found = breaches(judged(rule, evidence, every_part=True))
    entries = {entry_of(outcome) for outcome in found}
    assert found
    assert all(outcome.content for outcome in found)
    assert not any(outcome.content.startswith("sha256:measured") for outcome in found)

    again = breaches(judged(rule, measured_anew(evidence), every_part=True))
    assert {entry_of(outcome) for outcome in again} == entries

    other = breaches(judged(rule, changed(evidence), every_part=True))
    assert not entries & {entry_of(outcome) for outcome in other}


@pytest.mark.parametrize("path", [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in BROKEN])
def test_over_every_check_a_known_breach_does_not_block(path: Path) -> None:
    rule, evidence = of_case(path)
    known = {entry_of(outcome) for outcome in breaches(judged(rule, evidence, every_part=True))}
    outcomes = judged(rule, evidence, *known)
    assert breaches(outcomes) == []
    waived = [outcome for outcome in outcomes if outcome.status is Status.WAIVED]
    assert {entry_of(outcome) for outcome in waived} == known
    assert not any(outcome.blocking for outcome in waived)
    assert {outcome.exemption.kind for outcome in waived if outcome.exemption} == ({"baseline"} if known else set())


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in CASES if path.stem.startswith("unknown")],
)
def test_over_every_check_what_was_not_evaluated_stays_so(path: Path) -> None:
    rule, evidence = of_case(path)
    before = judged(rule, evidence, every_part=True)
    unknown = [outcome for outcome in before if outcome.status is Status.NOT_EVALUATED]
    digests = {digest for outcome in unknown for digest in (*outcome.evidence, "md5:feed.dir")}
    guesses = {BaselineEntry(o.rule, o.dataset, o.scope, digest) for o in unknown for digest in digests}
    after = judged(rule, evidence, *guesses)
    assert [outcome for outcome in after if outcome.status is Status.NOT_EVALUATED] == unknown
    assert all(outcome.content == "" for outcome in unknown)


def shards(number: int, machine: int = 5) -> dict[str, Any]:
    row = [{"origin": "human", "records": 10 - machine}, {"origin": "machine", "records": machine}]
    return {f"s{index:03}.jsonl": row for index in range(number)}


def capped(held: Mapping[str, Any], known: frozenset[BaselineEntry] = frozenset(), **more: Any) -> tuple[Outcome, ...]:
    return judged(use("synthetic-cap", PER_SHARD, **more), given({"shards": held}), *known)


def all_known(held: Mapping[str, Any]) -> frozenset[BaselineEntry]:
    found = judged(use("synthetic-cap", PER_SHARD), given({"shards": held}), every_part=True)
    return frozenset(entry_of(outcome) for outcome in breaches(found))


def test_a_rule_that_nobody_may_waive_is_not_baselined_either() -> None:
    held = shards(2)
    assert {outcome.status for outcome in capped(held, all_known(held), waivable=False)} == {Status.FAIL}


def test_a_new_breach_beside_known_ones_blocks() -> None:
    known = all_known(shards(3))
    outcomes = capped({**shards(3), "new.jsonl": shards(1)["s000.jsonl"]}, known)
    assert [outcome.scope for outcome in breaches(outcomes)] == [(("shard", "new.jsonl"),)]


def test_known_content_under_another_name_blocks() -> None:
    known = all_known(shards(1))
    outcomes = capped({"moved.jsonl": {"same_as": "s000.jsonl"}, **shards(1)}, known)
    assert [outcome.scope for outcome in breaches(outcomes)] == [(("shard", "moved.jsonl"),)]


def test_a_stricter_limit_finds_the_same_content_still_known() -> None:
    held = shards(1)
    rule = use("synthetic-cap", {"max": 0.01, "per": ["shard"]})
    assert breaches(judged(rule, given({"shards": held}), *all_known(held))) == []


def test_beyond_fifty_known_breaches_a_new_one_is_seen() -> None:
    known = all_known(shards(120))
    assert len(known) == 120
    outcomes = capped(
        {**shards(120), "new.jsonl": [{"origin": "machine", "records": 3}, {"origin": "human", "records": 9}]}, known
    )
    assert [outcome.scope for outcome in breaches(outcomes)] == [(("shard", "new.jsonl"),)]


def test_the_report_lists_fifty_and_counts_the_rest() -> None:
    known = all_known(shards(120))
    outcomes = capped(
        {**shards(120), "clean.jsonl": shards(1, 0)["s000.jsonl"], "b.jsonl": shards(1, 1)["s000.jsonl"]}, known
    )
    shown = shortened(outcomes, known)
    waived = [outcome for outcome in shown if outcome.status is Status.WAIVED]
    assert len(waived) == 51
    assert waived[-1].message.endswith("120 findings like these, the first 50 are listed")
    assert waived[-1].scope == ()
    assert [outcome.scope for outcome in shown if outcome.status is Status.PASS] == [(("shard", "b.jsonl"),)]


def test_where_the_baseline_knows_nothing_the_report_is_as_ever() -> None:
    held = shards(120)
    outcomes = capped(held)
    assert shortened(outcomes, frozenset()) == outcomes
    assert len(breaches(outcomes)) == 51


def state(entry: BaselineEntry, held: Mapping[str, Any], stage: Stage = Stage.PR, **more: Any) -> State:
    rule = use("synthetic-cap", PER_SHARD, **more)
    outcomes = judged(rule, given({"shards": held}), entry)
    return dict(states([entry], policies(rule), outcomes, stage))[entry]


def test_what_becomes_of_an_entry() -> None:
    (entry,) = all_known(shards(1))
    assert state(entry, shards(1)) is State.KNOWN
    assert state(entry._replace(digest="md5:other"), shards(1)) is State.CHANGED
    assert state(entry, shards(1, 0)) is State.MENDED
    assert state(entry._replace(rule="team/gone"), shards(1)) is State.NO_RULE
    assert state(entry, shards(1), waivable=False) is State.NO_RULE
    assert state(entry, shards(1), level=Level.OFF) is State.NO_RULE
    assert state(entry._replace(dataset="data/gone"), shards(1)) is State.NO_DATASET
    assert state(entry, {"s000.jsonl": {"unmeasured": "NO_BYTES"}}) is State.OPEN
    assert state(entry._replace(digest="md5:x"), shards(1), stages=(Stage.RELEASE,)) is State.OPEN


def test_void_entries_are_counted_in_words() -> None:
    (entry,) = all_known(shards(1))
    other = entry._replace(rule="team/other")
    assert note_of({entry: State.KNOWN, other: State.OPEN}) == ()
    one = "1 entry of the baseline is void: `headwater baseline prune` takes it out"
    assert note_of({entry: State.MENDED, other: State.OPEN}) == (one,)
    two = "2 entries of the baseline are void: `headwater baseline prune` takes them out"
    assert note_of({entry: State.MENDED, other: State.CHANGED}) == (two,)


def test_a_break_in_the_lineage_outlives_another_that_is_mended() -> None:
    gaps = [{"kind": "UNTRACKED", "path": "a.txt"}, {"kind": "CODE_CHANGED", "path": "make.py"}]
    rule = use("lineage-complete", {})
    known = {entry_of(outcome) for outcome in breaches(judged(rule, given({"lineage": {"gaps": gaps}})))}
    assert len(known) == 2
    left = judged(rule, given({"lineage": {"gaps": gaps[1:]}}), *known)
    assert breaches(left) == []


def test_another_break_at_the_same_path_is_new() -> None:
    rule = use("lineage-complete", {})
    first, second = ({"lineage": {"gaps": [{"kind": kind, "path": "a"}]}} for kind in ("UNTRACKED", "LOCK_STALE"))
    known = {entry_of(outcome) for outcome in breaches(judged(rule, given(first)))}
    assert len(breaches(judged(rule, given(second), *known))) == 1


def test_a_shard_is_known_by_its_own_bytes_alone() -> None:
    """Other shards may come and go: the version changes, the known shard does not."""
    evidence = given({"shards": shards(2)})
    known = all_known(shards(2))
    version = evidence.dataset.version
    more = version._replace(hash="grown.dir", shards=(*(version.shards or ()), Shard("c.jsonl", "hash-of-c")))
    clean = given({"shards": {"c": [{"origin": "human", "records": 9}]}}).measurements
    grown = evidence._replace(
        dataset=evidence.dataset._replace(version=more), measurements={**evidence.measurements, **clean}
    )
    assert breaches(judged(use("synthetic-cap", PER_SHARD), grown, *known)) == []
