"""A real object store behind a proxy that throttles, cuts and refuses: patience, one clear reason, nothing half."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from objects.faults import Answer, Cut, Fault, FaultyProxy, Lost, Rule, Seen, Slow, faulty_proxy, self_signed
from objects.servers import S3Server, filled_s3_server
from store.serving import Opened, through
from store.texts import equal, shard_text

from checker.commands.sending import Pushing
from checker.errors import EvidenceUnreachable
from checker.model.composition import Cell, Composition, Origin, Tally
from checker.patience.pace import Patience
from checker.store import EvidenceCache
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, TEXT, Kept, Name
from checker.store.opening import open_evidence
from checker.store.shared import SharedStore
from checker.store.sharing import Shared
from checker.store.signing import Signed
from checker.store.transfer import pull, push

QUICK = Patience(seconds=20.0, first_wait_seconds=0.01, longest_wait_seconds=0.05)
BRIEF = QUICK._replace(seconds=0.4)
WAITING = Patience(seconds=60.0, first_wait_seconds=0.05, longest_wait_seconds=0.2, tries=1000)
COUNTS = Composition({Cell(Origin.HUMAN): Tally(records=7)})
KEPT = Kept(COUNTS, digest_of(COUNTS))
LONG = Name("cd" * 32, TEXT)
SLOW_DOWN = Answer(503, "SlowDown")

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES:DeprecationWarning")


def names(count: int) -> list[Name]:
    """Keys all over the range."""
    return [Name(f"{number * 37 % 256:02x}{number:062x}", COMPOSITION) for number in range(count)]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A machine that measured forty shards, one of them long."""
    cache = EvidenceCache(tmp_path / "here")
    for name in names(40):
        cache.put(name.key, KEPT)
    cache.keep_text(LONG.key, shard_text(3000))
    return tmp_path / "here"


@pytest.fixture
def store(proxy: FaultyProxy, s3: S3Server, opened: Opened, tmp_path: Path) -> SharedStore:
    return opened(SharedStore(through(proxy, s3, tmp_path.name), QUICK))


def whole(store: SharedStore, opened: Opened, folder: Path) -> set[Name]:
    """What another machine takes over, every byte checked."""
    cache = opened(EvidenceCache(folder, Shared([store])))
    cache.prefetch([*names(40), LONG])
    assert cache.notes == ()
    return {name for name in [*names(40), LONG] if cache.has(name)}


def nth(fault: Fault, every: int, method: str = "") -> Rule:
    """The fault at each so-manieth request."""
    return lambda one: fault if one.number % every == 0 and method in ("", one.method) else None


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(SLOW_DOWN, id="503 SlowDown"),
        pytest.param(Answer(429, "TooManyRequests"), id="429"),
        pytest.param(Answer(503, "RequestLimitExceeded"), id="RequestLimitExceeded"),
        pytest.param(Answer(503, "SlowDown", {"Retry-After": "0.02"}), id="with Retry-After"),
        pytest.param(Answer(500, "InternalError"), id="500"),
        pytest.param(Cut(40), id="cut off"),
        pytest.param(Lost(), id="the answer is lost"),
    ],
)
def test_what_passes_is_asked_again_until_all_is_there(
    fault: Fault, store: SharedStore, proxy: FaultyProxy, opened: Opened, here: Path, tmp_path: Path
) -> None:
    proxy.rule = nth(fault, 7)
    assert len(push(here, store, [*names(40), LONG], None).sent) == 41
    assert whole(store, opened, tmp_path / "there") == {*names(40), LONG}
    assert store.trouble == ""


@pytest.mark.parametrize("what", ["push", "pull"])
def test_a_store_that_throttles_all_the_time_is_given_up_with_one_reason(
    what: str, proxy: FaultyProxy, s3: S3Server, opened: Opened, here: Path, tmp_path: Path
) -> None:
    store = opened(SharedStore(through(proxy, s3, "busy"), BRIEF))
    proxy.rule = lambda _: SLOW_DOWN
    started = time.monotonic()
    reason = "the evidence store s3://team/busy cannot be reached (SlowDown)"
    if what == "push":
        with pytest.raises(EvidenceUnreachable) as caught:
            push(here, store, names(40), None)
        assert caught.value.message == reason
    else:
        cache = opened(EvidenceCache(tmp_path / "there", Shared([store])))
        pull(cache, names(40))
        assert cache.notes == (reason,)
    assert time.monotonic() - started < 10
    assert len(proxy.seen) <= 8 * BRIEF.tries
    before = len(proxy.seen)
    with pytest.raises(EvidenceUnreachable):
        store.fetch(LONG, BytesIO(), len)
    assert len(proxy.seen) == before


def test_a_wish_to_wait_longer_than_patience_is_not_waited_for(
    proxy: FaultyProxy, store: SharedStore, here: Path
) -> None:
    proxy.rule = lambda _: Answer(503, "SlowDown", {"Retry-After": "3600"})
    with pytest.raises(EvidenceUnreachable, match=r"\(SlowDown, asks to wait 3,600 s\)"):
        push(here, store, names(40), None)
    assert len(proxy.seen) == 1


def test_a_wish_to_wait_is_heeded_by_all(proxy: FaultyProxy, store: SharedStore, here: Path) -> None:
    asked: list[float] = []

    def once(one: Seen) -> Fault | None:
        asked.append(time.monotonic())
        return Answer(503, "SlowDown", {"Retry-After": "2"}) if one.number == 6 else None

    proxy.rule = once
    push(here, store, names(40), None)
    # How many others begin before the wish has arrived depends on the machine; then there is quiet, and the rest.
    asked.sort()
    quiet, rest = max((later - sooner, len(asked) - place) for place, (sooner, later) in enumerate(pairwise(asked), 1))
    assert quiet >= 1
    assert rest > 1


def test_under_throttling_fewer_are_asked_at_once(proxy: FaultyProxy, store: SharedStore, here: Path) -> None:
    """The store lets two requests in; the first round is eight, and what is sent away stays a small part of all."""
    busy = threading.BoundedSemaphore(2)
    refused = [0]

    def at_most_two(one: Seen) -> Fault | None:
        if one.method != "PUT":
            return None
        if not busy.acquire(blocking=False):
            refused[0] += 1
            return SLOW_DOWN
        try:
            threading.Event().wait(0.01)
        finally:
            busy.release()
        return None

    proxy.rule = at_most_two
    assert len(push(here, store, names(40), None).sent) == 40
    assert 1 <= refused[0] <= 40


def test_a_long_entry_goes_on_where_it_was_cut(
    store: SharedStore, proxy: FaultyProxy, opened: Opened, here: Path, tmp_path: Path
) -> None:
    push(here, store, [LONG], None)
    size = (here / LONG.path).stat().st_size
    proxy.forget()
    step = size // 4 + 1
    proxy.rule = lambda one: Slow(step // 4, 0.02, after=step) if LONG.path in one.key and one.number < 5 else None
    assert whole(store, opened, tmp_path / "there") == {LONG}
    gets = [one.ranged for one in proxy.seen if one.method == "GET" and one.key.endswith(LONG.path)]
    assert len(gets) == 4
    assert gets[0] == ""
    assert all(range_.startswith("bytes=") for range_ in gets[1:])
    assert (tmp_path / "there" / LONG.path).read_bytes() == (here / LONG.path).read_bytes()


def test_an_entry_replaced_while_it_is_read_is_read_anew(
    store: SharedStore, proxy: FaultyProxy, s3: S3Server, opened: Opened, here: Path, tmp_path: Path
) -> None:
    push(here, store, [LONG], None)
    proxy.forget()
    other = EvidenceCache(tmp_path / "other")
    other.keep_text(LONG.key, shard_text(3100, seed=9))
    new = (tmp_path / "other" / LONG.path).read_bytes()

    def replace(one: Seen) -> Fault | None:
        if one.ranged and one.number == 3:
            s3.put(f"{tmp_path.name}/v1/{LONG.path}", new)
        return Slow(5_000, 0.05, after=10_000) if one.number == 2 else None

    proxy.rule = replace
    assert whole(store, opened, tmp_path / "there") == {LONG}
    assert (tmp_path / "there" / LONG.path).read_bytes() == new


def test_a_push_that_was_cut_goes_on_where_it_stopped(
    proxy: FaultyProxy, s3: S3Server, opened: Opened, here: Path, tmp_path: Path
) -> None:
    address = through(proxy, s3, tmp_path.name)
    proxy.rule = lambda one: Cut(20) if one.number > 15 else None
    with pytest.raises(EvidenceUnreachable, match=r"of 41 entries were copied; .*, then run it again to go on"):
        push(here, opened(SharedStore(address, BRIEF)), [*names(40), LONG], None)
    proxy.rule = lambda _: None
    store = opened(SharedStore(address, QUICK))
    arrived = whole(store, opened, tmp_path / "there")
    assert 1 <= len(arrived) < 41
    proxy.forget()
    moved = push(here, store, [*names(40), LONG], None)
    assert set(moved.there) == arrived
    assert proxy.counts() == {"LIST": proxy.counts()["LIST"], "PUT": 41 - len(arrived)}
    assert whole(store, opened, tmp_path / "then") == {*names(40), LONG}


def test_a_listing_that_is_cut_is_not_taken_for_a_short_one(store: SharedStore, proxy: FaultyProxy, here: Path) -> None:
    push(here, store, names(40), None)
    proxy.forget()
    proxy.rule = lambda one: Cut(2000) if one.number == 1 else None
    assert {name for name, _, _ in store.names()} == set(names(40))
    assert proxy.counts() == {"LIST": 2}


def test_a_trickle_is_given_up_and_a_slow_store_is_not(
    proxy: FaultyProxy, s3: S3Server, opened: Opened, here: Path, tmp_path: Path
) -> None:
    push(here, opened(SharedStore(through(proxy, s3, tmp_path.name))), [LONG], None)
    proxy.rule = lambda _: Slow(200, 0.05)
    store = opened(SharedStore(through(proxy, s3, tmp_path.name), BRIEF))
    cache = opened(EvidenceCache(tmp_path / "there", Shared([store])))
    assert cache.text(LONG.key) is None
    assert cache.notes == (f"the evidence store s3://team/{tmp_path.name} answers too slowly",)
    proxy.rule = lambda _: Slow(100_000, 0.01)
    patient = opened(SharedStore(through(proxy, s3, tmp_path.name), QUICK))
    assert whole(patient, opened, tmp_path / "then") == {LONG}


def test_what_arrives_in_pieces_is_read_to_its_end(
    proxy: FaultyProxy, s3: S3Server, opened: Opened, here: Path, tmp_path: Path
) -> None:
    """A signature of which half is read would be a wrong one."""
    address, key = through(proxy, s3, tmp_path.name), b"k" * 32
    push(here, opened(SharedStore(address)), [LONG], key)
    proxy.rule = lambda one: Slow(30, 0.05) if one.key.endswith(".sig") else None
    store = opened(SharedStore(address, QUICK))
    cache = opened(EvidenceCache(tmp_path / "there", Shared([store], Signed.REQUIRED, key)))
    assert (cache.text(LONG.key) is not None, cache.notes) == (True, ())
    whole_start = store.start(LONG)
    assert whole_start is not None and whole_start == (here / LONG.path).read_bytes()[: len(whole_start)]
    proxy.rule = lambda _: Slow(5, 0.05)
    brief = opened(SharedStore(address, BRIEF))
    for ask in (brief.signature, brief.start):
        with pytest.raises(EvidenceUnreachable, match="answers too slowly"):
            ask(LONG)


def test_a_few_bytes_a_connection_are_no_progress(
    proxy: FaultyProxy, s3: S3Server, opened: Opened, here: Path, tmp_path: Path
) -> None:
    """Else whoever answers so would be asked as often as an entry may have bytes."""
    push(here, opened(SharedStore(through(proxy, s3, tmp_path.name))), [LONG], None)
    proxy.forget()
    proxy.rule = lambda _: Slow(1000, 0.0, after=1000)
    store = opened(SharedStore(through(proxy, s3, tmp_path.name), QUICK))
    cache = opened(EvidenceCache(tmp_path / "there", Shared([store])))
    assert cache.text(LONG.key) is None
    assert proxy.counts() == {"GET": QUICK.tries}
    assert cache.notes != ()


def test_a_server_that_is_killed_and_comes_back_is_waited_for(here: Path, opened: Opened, tmp_path: Path) -> None:
    """It comes back empty: what was sent before is missed by the next push, and sent again."""
    with ExitStack() as later, ExitStack() as first:
        server = first.enter_context(filled_s3_server([], b"", tmp_path / "first.log"))
        proxy = later.enter_context(faulty_proxy(server.url))
        store = opened(SharedStore(through(proxy, server, "evidence"), WAITING))

        def kill(one: Seen) -> Fault | None:
            if one.number == 20:
                first.close()
                proxy.stand_before(later.enter_context(filled_s3_server([], b"", tmp_path / "then.log")).url)
            return None

        proxy.rule = kill
        assert len(push(here, store, [*names(40), LONG], None).sent) == 41
        arrived = {name for name, _, _ in store.names()}
        assert LONG in arrived or len(arrived) < 41
        again = push(here, store, [*names(40), LONG], None)
        assert set(again.there) == arrived
        assert whole(store, opened, tmp_path / "there") == {*names(40), LONG}


def test_a_certificate_that_nobody_vouches_for(s3: S3Server, here: Path, opened: Opened, tmp_path: Path) -> None:
    with faulty_proxy(s3.url, self_signed(tmp_path)) as proxy:
        store = opened(SharedStore(through(proxy, s3, "evidence"), QUICK))
        with pytest.raises(EvidenceUnreachable) as caught:
            push(here, store, names(40), None)
        assert caught.value.message == (
            "the evidence store s3://team/evidence shows a TLS certificate that this machine does not trust"
        )
        assert "AWS_CA_BUNDLE" in caught.value.hint
        assert proxy.seen == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        pytest.param(Answer(403, "AccessDenied"), "refused access (AccessDenied)", id="no right to it"),
        pytest.param(Answer(403, "InvalidObjectState"), "refused access (InvalidObjectState)", id="in an archive"),
        pytest.param(Answer(500, "InternalError"), "cannot be reached (InternalError)", id="a broken object"),
    ],
)
def test_one_entry_that_cannot_be_had_costs_only_itself(
    fault: Answer, reason: str, store: SharedStore, proxy: FaultyProxy, opened: Opened, here: Path, tmp_path: Path
) -> None:
    push(here, store, names(40), None)
    bad = names(40)[20]
    asked = threading.Event()

    def others_answer(one: Seen) -> Fault | None:
        """The bad one fails as long as it is asked for; the rest answers at its own time."""
        if one.key.endswith(bad.path):
            asked.set()
            return fault
        asked.wait(0.02)
        return None

    proxy.rule = others_answer
    cache = opened(EvidenceCache(tmp_path / "there", Shared([store])))
    cache.prefetch(names(40))
    assert {name for name in names(40) if not cache.has(name)} == {bad}
    assert cache.notes == (f"1 entry of the evidence store s3://team/{tmp_path.name} not used: {bad.path}: {reason}",)
    assert store.trouble == ""


def test_three_refusals_in_a_row_are_the_stores(
    store: SharedStore, proxy: FaultyProxy, opened: Opened, here: Path, tmp_path: Path
) -> None:
    push(here, store, names(40), None)
    proxy.forget()
    proxy.rule = lambda one: Answer(403, "AccessDenied") if one.method == "GET" and not one.listing else None
    cache = opened(EvidenceCache(tmp_path / "there", Shared([store])))
    cache.prefetch(names(40))
    assert store.trouble == f"the evidence store s3://team/{tmp_path.name} refused access (AccessDenied)"
    assert proxy.counts()["GET"] <= 3 + 8  # those that were under way when the third came back


def test_what_a_store_does_not_take_while_measuring_is_told_at_the_end(
    store: SharedStore, proxy: FaultyProxy, here: Path
) -> None:
    bad = names(40)[30]  # a store that refuses its first question is given up
    proxy.rule = lambda one: Answer(403, "AccessDenied") if one.method == "PUT" and bad.path in one.key else None
    with Pushing(here, store) as sending:
        for name in names(40):
            sending.add([name], anew=True)
        with pytest.raises(EvidenceUnreachable) as caught:
            sending.finish()
    assert caught.value.message == (
        f"1 of 40 entries were not sent to {store.address.url}: {bad.path} was not taken: "
        "the store refused access (AccessDenied)"
    )
    assert proxy.counts() == {"PUT": 40}  # what was just measured is not asked for


def test_one_entry_that_is_not_taken_is_named_and_the_others_arrive(
    store: SharedStore, proxy: FaultyProxy, here: Path
) -> None:
    bad = names(40)[39]
    proxy.rule = lambda one: Answer(403, "AccessDenied") if one.method == "PUT" and bad.path in one.key else None
    moved = push(here, store, names(40), None)
    assert len(moved.sent) == 39
    assert moved.damaged == (f"{bad.path} was not taken: the store refused access (AccessDenied)",)


def test_who_may_not_list_may_read_all_the_same(
    store: SharedStore, proxy: FaultyProxy, opened: Opened, here: Path, tmp_path: Path
) -> None:
    push(here, store, [*names(40), LONG], None)
    proxy.rule = lambda one: Answer(403, "AccessDenied") if one.listing else None
    assert whole(store, opened, tmp_path / "there") == {*names(40), LONG}


CLOCK = {"RequestTime": "20261123T041500Z", "ServerTime": "2026-11-23T05:15:00Z"}


@pytest.mark.parametrize(
    ("fault", "reason", "hint"),
    [
        pytest.param(
            Answer(403, "RequestTimeTooSkewed", more={**CLOCK, "MaxAllowedSkewMilliseconds": "900000"}),
            "says that this machine's clock is 60 minutes slow (RequestTimeTooSkewed)",
            "set this machine's clock",
            id="a clock that is slow",
        ),
        pytest.param(
            Answer(403, "RequestTimeTooSkewed", more={"ServerTime": "soon", "RequestTime": "\x07"[:0]}),
            "says that this machine's clock is off (RequestTimeTooSkewed)",
            "set this machine's clock",
            id="a clock without moments",
        ),
        pytest.param(
            Answer(400, "ExpiredToken"),
            "refused access: the credentials have expired (ExpiredToken)",
            "renew the credentials",
            id="credentials that expired",
        ),
        pytest.param(
            Answer(301, "PermanentRedirect", {"x-amz-bucket-region": "eu-west-1"}),
            "is in the region eu-west-1 (PermanentRedirect)",
            "name the region",
            id="another region",
        ),
        pytest.param(
            Answer(400, "AuthorizationHeaderMalformed", more={"Region": "eu-west-1"}),
            "is in the region eu-west-1 (AuthorizationHeaderMalformed)",
            "name the region",
            id="signed for another region",
        ),
        pytest.param(Answer(404, "NoSuchBucket"), "has no such bucket", "check the network", id="a bucket deleted"),
        pytest.param(
            Answer(403, "InvalidAccessKeyId"),
            "refused access (InvalidAccessKeyId)",
            "check the network",
            id="a key that was withdrawn",
        ),
    ],
)
def test_what_ends_in_the_middle_is_told_once_with_the_next_step(
    fault: Answer,
    reason: str,
    hint: str,
    store: SharedStore,
    proxy: FaultyProxy,
    s3: S3Server,
    opened: Opened,
    here: Path,
    tmp_path: Path,
) -> None:
    proxy.rule = lambda one: fault if one.number > 15 else None
    with pytest.raises(EvidenceUnreachable) as caught:
        push(here, store, [*names(40), LONG], None)
    assert caught.value.message.startswith(f"the evidence store s3://team/{tmp_path.name} {reason}; ")
    assert caught.value.message.endswith("of 41 entries were copied")
    assert caught.value.hint.startswith(hint)
    assert len(proxy.seen) < 15 + 2 * 8 + 2
    with pytest.raises(EvidenceUnreachable, match="evidence store"):
        store.fetch(LONG, BytesIO(), len)
    proxy.rule = lambda _: None
    again = opened(SharedStore(through(proxy, s3, tmp_path.name), QUICK))
    push(here, again, [*names(40), LONG], None)
    assert whole(again, opened, tmp_path / "there") == {*names(40), LONG}


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[: len(data) // 2], id="half of it"),
        pytest.param(lambda data: data[:-1], id="all but the last byte"),
    ],
)
def test_a_short_object_of_the_right_name_is_not_read_as_whole(
    spoil: Callable[[bytes], bytes], store: SharedStore, s3: S3Server, opened: Opened, here: Path, tmp_path: Path
) -> None:
    s3.put(f"{tmp_path.name}/v1/{LONG.path}", spoil((here / LONG.path).read_bytes()))
    cache = opened(EvidenceCache(tmp_path / "there", Shared([store])))
    assert cache.text(LONG.key) is None
    assert len(cache.notes) == 1
    push(here, store, [LONG], None)
    entry = opened(open_evidence([store.address], folder=tmp_path / "then")).text(LONG.key)
    assert entry is not None
    assert equal(entry.load(), shard_text(3000))
