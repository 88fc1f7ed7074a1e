"""Numbers as people read them."""

from __future__ import annotations

import pytest
from report.samples import clean, empty, failing, not_evaluated, outcome

from checker.model.dataset import Snapshot, SnapshotKind
from checker.model.outcome import Number, Status
from checker.model.policy import Level
from checker.model.report import Report
from checker.report import _words as words
from checker.report._findings import Grade, findings, fingerprints, grade, is_deferred, left_open


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        pytest.param(0.0, "0%", id="nothing"),
        pytest.param(1.0, "100%", id="all"),
        pytest.param(0.00001, "<0.1%", id="hardly anything is not nothing"),
        pytest.param(0.99999, ">99.9%", id="nearly all is not all"),
        pytest.param(0.2, "20%", id="no trailing zeros"),
        pytest.param(0.314159, "31.4%", id="one digit"),
    ],
)
def test_percent(share: float, shown: str) -> None:
    assert words.percent(share) == shown


@pytest.mark.parametrize(
    ("measured", "limit", "unit", "shown"),
    [
        pytest.param(None, None, "", ("", ""), id="nothing measured"),
        pytest.param(0.2, 0.2, "share", ("20%", "20%"), id="exactly at the cap"),
        pytest.param(0.20004, 0.2, "share", ("20.004%", "20%"), id="just over the cap shows that it is over"),
        pytest.param(0.2 + 1e-16, 0.2, "share", ("20%", "20%"), id="the same number"),
        pytest.param(0.31, 0.2, "records", ("31% of records", "20% of records"), id="a fraction of records is a share"),
        pytest.param(
            0.31, 0, "records", ("31% of records", "0% of records"), id="a limit that YAML gave as an integer"
        ),
        pytest.param(
            0.31, 0.2, "share of tokens", ("31% of tokens", "20% of tokens"), id="a share that names its whole"
        ),
        pytest.param(1, 2, "bad rows", ("1 bad row", "2 bad rows"), id="one of them"),
        pytest.param(340, 0, "records", ("340 records", "0 records"), id="a count of records"),
        pytest.param(1, 0, "share", ("100%", "0%"), id="whole shares"),
        pytest.param(1234567, 1000, "tokens", ("1,234,567 tokens", "1,000 tokens"), id="thousands"),
        pytest.param(0.8123, 0.8, "alpha", ("0.812 alpha", "0.8 alpha"), id="a plain number"),
        pytest.param(float("nan"), 0.2, "share", ("not a number", "20%"), id="not a number is never a share"),
        pytest.param("cc-by-nc", "cc-by, cc0", "", ("cc-by-nc", "cc-by, cc0"), id="words"),
    ],
)
def test_amounts(measured: Number | str | None, limit: Number | str | None, unit: str, shown: tuple[str, str]) -> None:
    assert words.amounts(outcome(measured=measured, limit=limit, unit=unit)) == shown


@pytest.mark.parametrize(
    ("status", "measured", "limit", "shown"),
    [
        pytest.param(Status.FAIL, 0.31, 0.2, "at most 20% of records", id="a broken cap"),
        pytest.param(Status.PASS, 0.1, 0.2, "at most 20% of records", id="a cap that holds"),
        pytest.param(Status.WARN, 0.8, 0.95, "at least 95% of records", id="a broken floor"),
        pytest.param(Status.PASS, 1.0, 0.95, "at least 95% of records", id="a floor that holds"),
        pytest.param(Status.PASS, 0.95, 0.95, "95% of records", id="exactly at the limit it could be either"),
        pytest.param(Status.FAIL, 8, 0, "0 records", id="nothing is less than none"),
        pytest.param(Status.FAIL, float("nan"), 0.2, "20% of records", id="not a number is on no side"),
        pytest.param(Status.FAIL, "cc-by-nc", "cc0", "cc0", id="words have no side"),
    ],
)
def test_a_limit_says_whether_it_is_the_most_or_the_least(
    status: Status, measured: Number | str, limit: Number | str, shown: str
) -> None:
    given = outcome(status=status, measured=measured, limit=limit, unit="records")
    assert words.bounds(given)[1] == shown
    assert words.limit_word(given) == "allowed"


def test_what_a_card_claims_is_nothing_that_a_policy_allows() -> None:
    claim = outcome(measured=76, limit=100, unit="records", scope=(("claim", "size"),))
    assert words.bounds(claim) == ("76 records", "100 records")
    assert words.limit_word(claim) == "claimed"


@pytest.mark.parametrize(
    ("message", "reason", "shown"),
    [
        pytest.param("no manifest", "no manifest", "", id="the same is not said twice"),
        pytest.param(
            "no manifest", "deferred to a later stage: no manifest", "deferred to a later stage", id="deferred"
        ),
        pytest.param("over the cap", "waiver wv-1: legacy", "waiver wv-1: legacy", id="waived"),
        pytest.param("", "", "", id="empty"),
    ],
)
def test_reason(message: str, reason: str, shown: str) -> None:
    assert words.reason(outcome(message=message, reason=reason)) == shown


@pytest.mark.parametrize(
    ("snapshot", "shown"),
    [
        pytest.param(None, "no base", id="none"),
        pytest.param(Snapshot(SnapshotKind.EMPTY, "empty"), "nothing (an empty repository)", id="empty"),
        pytest.param(Snapshot(SnapshotKind.INDEX, "index"), "the git index", id="index"),
        pytest.param(Snapshot(SnapshotKind.REVISION, "main", "a" * 40), "main (aaaaaaaaaaaa)", id="revision"),
        pytest.param(
            Snapshot(SnapshotKind.REVISION, "b" * 40, "b" * 40), "a commit (bbbbbbbbbbbb)", id="named by its id"
        ),
    ],
)
def test_snapshot(snapshot: Snapshot | None, shown: str) -> None:
    assert words.snapshot(snapshot) == shown


@pytest.mark.parametrize(
    ("report", "starts", "says"),
    [
        pytest.param(empty(), "pass: nothing was judged", "0 datasets", id="empty says that nothing was judged"),
        pytest.param(clean(), "pass: 2 passed", "2 datasets", id="clean"),
        pytest.param(
            failing(), "refused: 2 blocking findings", "1 waived, 1 not evaluated (not blocking)", id="failing"
        ),
        pytest.param(not_evaluated(), "not evaluated: 1 blocking rule not", "2 passed", id="not evaluated is no pass"),
    ],
)
def test_verdict(report: Report, starts: str, says: str) -> None:
    assert words.verdict(report).startswith(starts)
    assert says in words.verdict(report)


@pytest.mark.parametrize(
    ("given", "loud"),
    [
        pytest.param({"status": Status.PASS}, Grade.SILENT, id="pass"),
        pytest.param({"status": Status.WAIVED}, Grade.SILENT, id="waived"),
        pytest.param({"status": Status.FAIL}, Grade.ERROR, id="blocking"),
        pytest.param({"status": Status.FAIL, "blocking": False}, Grade.WARNING, id="failing without blocking"),
        pytest.param({"status": Status.WARN, "level": Level.WARN}, Grade.WARNING, id="warning"),
        pytest.param({"status": Status.WARN, "level": Level.AUDIT}, Grade.NOTE, id="audit"),
        pytest.param({"status": Status.NOT_EVALUATED, "blocking": True}, Grade.ERROR, id="not evaluated and blocking"),
        pytest.param({"status": Status.NOT_EVALUATED}, Grade.NOTE, id="not evaluated"),
        pytest.param({"status": Status.FAIL, "blocking": False, "informs_only": True}, Grade.NOTE, id="proposed"),
    ],
)
def test_grade(given: dict[str, object], loud: Grade) -> None:
    assert grade(outcome(**given)) is loud  # type: ignore[arg-type]  # the names are those of Outcome's fields


def test_findings_are_what_someone_has_to_look_at() -> None:
    rules = [found.rule for found in findings(failing())]
    assert rules == [
        "clinical/no-unknown-provenance",
        "core/synthetic-per-shard",
        "core/unknown-cap",
        "core/license",
    ]
    assert [(found.rule, is_deferred(found)) for found in left_open(failing())] == [("core/real-floor", True)]


def test_a_fingerprint_outlives_a_moved_line_and_a_new_value() -> None:
    old = outcome(Status.FAIL)
    moved = old._replace(location=old.location._replace(line=99), measured=0.5, message="another sentence")
    assert fingerprints([old]) == fingerprints([moved])


def test_fingerprints_tell_parts_and_repeats_apart() -> None:
    one = outcome(Status.FAIL, scope=(("shard", "a"),))
    names = fingerprints([one, one._replace(scope=(("shard", "b"),)), one])
    assert len(set(names)) == 3
    assert names[2].endswith(":2")


@pytest.mark.parametrize(
    ("message", "scope", "left"),
    [
        pytest.param("data/x: 5 records", (), ("", ""), id="the message begins with the dataset"),
        pytest.param("data/x/07.jsonl: 5", (("shard", "07.jsonl"),), ("", ""), id="with the shard"),
        pytest.param("data/x, domain a: 5", (("domain", "a"),), ("", ""), id="with dataset and domain"),
        pytest.param("data/x: 5", (("ratchet", "base"),), ("", "ratchet base"), id="what it does not name is told"),
        pytest.param("data/xy: 5", (), ("data/x", ""), id="a longer name is another dataset"),
        pytest.param("5 records", (("shard", "07.jsonl"),), ("data/x", "shard 07.jsonl"), id="neither"),
    ],
)
def test_nothing_is_said_twice(message: str, scope: tuple[tuple[str, str], ...], left: tuple[str, str]) -> None:
    assert words.unsaid(outcome(dataset="data/x", message=message, scope=scope)) == left
