"""What passes by itself, and when a place says to come back."""

from __future__ import annotations

import errno
import pickle
import threading
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from checker.patience.pace import Pace, Patience
from checker.patience.passing import Passing, passing
from checker.patience.reasons import reason_of

BRIEF = Patience(seconds=0.2, first_wait_seconds=0.01, longest_wait_seconds=0.04)


class Told(Exception):
    """As botocore tells what S3 answered."""

    def __init__(
        self,
        status: int,
        code: str = "",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        about = {"HTTPStatusCode": status, "HTTPHeaders": headers or {}}
        self.response = {"Error": {"Code": code, **(more or {})}, "ResponseMetadata": about}


class ConnectTimeoutError(Exception):
    """Named as botocore's."""


@pytest.mark.parametrize(
    ("error", "found"),
    [
        pytest.param(Told(200), None, id="an answer"),
        pytest.param(Told(404, "NoSuchKey"), None, id="not there"),
        pytest.param(Told(403, "AccessDenied"), None, id="refused"),
        pytest.param(Told(499), None, id="the last status of who asks"),
        pytest.param(Told(500), Passing(), id="the first status of who answers"),
        pytest.param(Told(503), Passing(throttled=True), id="503"),
        pytest.param(Told(400, "RequestLimitExceeded"), Passing(throttled=True), id="a limit by its word"),
        pytest.param(Told(429, headers={"retry-after": "3"}), Passing(True, 3.0), id="seconds"),
        pytest.param(Told(429, headers={"retry-after": "-3"}), Passing(True, 0.0), id="seconds ago"),
        pytest.param(Told(429, headers={"retry-after": "nan"}), Passing(True, 0.0), id="no number"),
        pytest.param(Told(429, headers={"retry-after": "inf"}), Passing(True, 0.0), id="without end"),
        pytest.param(Told(429, headers={"retry-after": "soon"}), Passing(True, 0.0), id="a word"),
        pytest.param(TimeoutError(), Passing(), id="no answer"),
        pytest.param(ConnectTimeoutError(), None, id="no connection"),
        pytest.param(ConnectionRefusedError(errno.ECONNREFUSED, "no"), None, id="a port that refuses"),
        pytest.param(ConnectionResetError(errno.ECONNRESET, "cut"), Passing(), id="cut off"),
        pytest.param(OSError(errno.ENOSPC, "full"), None, id="a full disk"),
    ],
)
def test_what_passes(error: Exception, found: Passing | None) -> None:
    assert passing(error) == found


def test_a_wish_may_be_a_date() -> None:
    later = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=90), usegmt=True)
    found = passing(Told(503, headers={"retry-after": later}))
    assert found is not None
    assert 80 < found.wish_seconds <= 90


@pytest.mark.parametrize(
    ("said", "words"),
    [
        pytest.param(
            {"RequestTime": "20261123T041500Z", "ServerTime": "2026-11-23T04:35:00Z"}, "20 minutes slow", id="slow"
        ),
        pytest.param(
            {"RequestTime": "20261123T041500Z", "ServerTime": "2026-11-23T03:15:00.5Z"}, "60 minutes fast", id="fast"
        ),
        pytest.param(
            {"RequestTime": "Mon, 23 Nov 2026 04:15:00 GMT", "ServerTime": "2026-11-24T04:15:00Z"},
            "1,440 minutes slow",
            id="a day",
        ),
        pytest.param({"RequestTime": "x" * 10_000, "ServerTime": ""}, "clock is off", id="not moments"),
        pytest.param({}, "clock is off", id="nothing"),
    ],
)
def test_how_far_a_clock_is_off(said: dict[str, str], words: str) -> None:
    found = reason_of([Told(403, "RequestTimeTooSkewed", more=said)])
    assert found is not None
    assert words in found.words
    assert found.denied


def test_a_hostile_region_is_not_repeated() -> None:
    found = reason_of([Told(301, "PermanentRedirect", more={"Region": "eu\x1b[31m"})])
    assert found is not None
    assert found.words == "is in another region (PermanentRedirect)"


def test_waits_double_and_differ_by_chance() -> None:
    patience = Patience(first_wait_seconds=1.0, longest_wait_seconds=8.0)
    for tries, longest in ((1, 1.0), (2, 2.0), (4, 8.0), (5, 8.0), (10_000, 8.0)):
        waits = {patience.wait_seconds(tries) for _ in range(20)}
        assert len(waits) > 1
        assert all(longest / 2 <= wait <= longest for wait in waits)


def test_patience_ends_with_the_tries_or_with_the_seconds_and_good_answers_to_others_renew_it() -> None:
    pace = Pace(BRIEF._replace(tries=3))
    now = time.monotonic()
    assert [pace.wait(Passing(), tries, now) for tries in (1, 2, 3)] == [True, True, False]
    long_ago = time.monotonic() - 1
    assert not pace.wait(Passing(), 1, long_ago)
    pace.good()
    assert pace.wait(Passing(), 1, long_ago)
    assert not pace.wait(Passing(wish_seconds=3600), 1, time.monotonic())


def test_throttling_halves_once_for_those_sent_away_together_and_good_answers_bring_it_back() -> None:
    pace = Pace(BRIEF)
    threads = [threading.Thread(target=pace.wait, args=(Passing(True), 1, time.monotonic())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= pace.at_once <= 4
    low = pace.at_once
    for _ in range(low):
        pace.good()
    assert pace.at_once == low + 1
    for _ in range(100):
        pace.good()
    assert pace.at_once == 8
    assert pickle.loads(pickle.dumps(pace)).at_once == 8


def test_so_many_at_once_and_no_more() -> None:
    pace, at_once, most, lock = Pace(BRIEF, at_once=3), [0], [0], threading.Lock()

    def ask() -> None:
        with pace.turn():
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            threading.Event().wait(0.01)
            with lock:
                at_once[0] -= 1

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 3
