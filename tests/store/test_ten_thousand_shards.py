"""A store that holds 10,000 shards: requests are counted, and memory does not grow with what others keep there."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from objects.faults import FaultyProxy, faulty_proxy
from objects.servers import S3Server, filled_s3_server
from store.serving import Opened, through

from checker.model.composition import Cell, Composition, Origin, Tally
from checker.store import EvidenceCache
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, TEXT, Kept, Name
from checker.store.holdings import SharedHolding
from checker.store.shared import SharedStore
from checker.store.sharing import Shared
from checker.store.signing import Signed
from checker.store.transfer import pull, push

SHARDS, NEW = 10_000, 10
BODY = b"x" * 100
COUNTS = Composition({Cell(Origin.HUMAN): Tally(records=7)})


def key_of(number: int) -> str:
    return sha256(b"shard %d" % number).hexdigest()


THERE = [Name(key_of(number), kind) for number in range(SHARDS) for kind in (COMPOSITION, TEXT)]
PAGES = len(THERE) // 1000


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    keys = (f"evidence/v1/{name.path}" for name in THERE)
    with filled_s3_server(keys, BODY, tmp_path_factory.mktemp("many") / "log") as server:
        yield server


@pytest.fixture
def before(many: S3Server) -> Iterator[FaultyProxy]:
    with faulty_proxy(many.url) as proxy:
        yield proxy


@pytest.fixture
def store(before: FaultyProxy, many: S3Server, opened: Opened) -> SharedStore:
    return opened(SharedStore(through(before, many, "evidence")))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Ten new entries of this machine."""
    cache = EvidenceCache(tmp_path / "here")
    for number in range(SHARDS, SHARDS + NEW):
        cache.put(key_of(number), Kept(COUNTS, digest_of(COUNTS)))
    return tmp_path / "here"


def new_names() -> list[Name]:
    return [Name(key_of(number), COMPOSITION) for number in range(SHARDS, SHARDS + NEW)]


def test_a_listing_is_read_page_by_page_as_it_is_asked_for(store: SharedStore, before: FaultyProxy) -> None:
    """So that memory holds a page of 1,000, whatever a team keeps there."""
    listed = store.names()
    first = [next(listed) for _ in range(900)]
    assert before.counts() == {"LIST": 1}
    assert first == [(name, len(BODY), False) for name in sorted(THERE, key=lambda name: name.path)[:900]]


def test_ten_new_entries_are_asked_for_by_name_and_not_by_listing_all(
    store: SharedStore, before: FaultyProxy, here: Path
) -> None:
    moved = push(here, store, new_names(), None)
    assert len(moved.sent) == NEW
    assert before.counts()["PUT"] == NEW
    assert before.counts()["LIST"] <= NEW
    assert set(before.counts()) == {"PUT", "LIST"}
    store.remove(moved.sent)
    assert before.counts()["POST"] == 1


def test_of_ten_thousand_shards_ten_of_which_are_new_only_those_are_sent(
    store: SharedStore, before: FaultyProxy, here: Path
) -> None:
    for name in THERE:
        file = here / name.path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(BODY)
    moved = push(here, store, [*THERE, *new_names()], None)
    assert (len(moved.sent), len(moved.there)) == (NEW, len(THERE))
    assert before.counts() == {"LIST": PAGES, "PUT": NEW}
    store.remove(moved.sent)


def test_what_nobody_has_is_not_asked_for_one_by_one(
    store: SharedStore, before: FaultyProxy, opened: Opened, tmp_path: Path
) -> None:
    wanted = [Name(f"00{key_of(-number - 1)[2:]}", COMPOSITION) for number in range(600)]
    moved = pull(opened(EvidenceCache(tmp_path / "there", Shared([store]))), wanted)
    assert (len(moved.sent), len(moved.absent)) == (0, 600)
    assert before.counts() == {"LIST": 2}  # a question for each 512 that are wanted, all of them near each other


def test_thousands_are_removed_a_thousand_at_a_time(many: S3Server, before: FaultyProxy, opened: Opened) -> None:
    extra = [Name(sha256(b"extra %d" % number).hexdigest(), COMPOSITION) for number in range(1_500)]
    holding = SharedHolding(opened(SharedStore(through(before, many, "evidence"))), Signed.OPTIONAL, None)
    holding.remove(extra)
    assert before.counts() == {"POST": 3}  # each entry with its signature
