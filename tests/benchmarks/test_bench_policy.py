"""The policies and the evidence that are timed are real ones: they load, and rules hold, warn and break on them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from benchmarks.policy import Size, evidence, policies, write
from checker import evaluate, rules
from checker.model.outcome import Status
from checker.model.policy import Stage
from checker.policy.load import load_policies

SMALL = Size(files=6, rules=18, shards=30)
WITHOUT_COMPARING = {
    "synthetic-cap",
    "unknown-provenance",
    "source-metadata",
    "origin-flags",
    "license-allowed",
    "card-required",
    "card-truthful",
    "lineage-complete",
    "real-floor",
}


def test_the_policies_use_every_check_that_reads_no_text_with_limits_that_differ() -> None:
    loaded = load_policies({name: text.encode() for name, text in policies(SMALL).items()})
    used = [rule for policy in loaded for rule in policy.rules if not rule.origin]

    assert len(used) == SMALL.files * SMALL.rules
    assert {rule.check for rule in used} == WITHOUT_COMPARING
    assert set(rules.check_ids()) >= WITHOUT_COMPARING
    assert len({getattr(rule.params, "max") for rule in used if rule.check == "synthetic-cap"}) > 6  # noqa: B009
    assert any(policy.packs for policy in loaded)


def test_rules_hold_break_warn_and_stay_open_on_the_evidence() -> None:
    loaded = load_policies({name: text.encode() for name, text in policies(SMALL).items()})
    outcomes = evaluate.apply(loaded, {"data/train": evidence(SMALL.shards)}, Stage.PR)

    statuses = {outcome.status for outcome in outcomes}
    assert statuses >= {Status.PASS, Status.FAIL, Status.WARN, Status.NOT_EVALUATED}
    assert {axis for outcome in outcomes for axis, _ in outcome.scope} >= {"shard", "domain", "language", "source"}


def test_what_is_timed_runs_as_a_command(tmp_path: Path) -> None:
    write(tmp_path / "policies", SMALL)
    root = Path(__file__).resolve().parents[2]
    for task in (["load", tmp_path / "policies", "forget"], ["judge", tmp_path / "policies", "5"]):
        command = [sys.executable, "-m", "benchmarks.policy", *map(str, task)]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
