"""Shared stores that work: what one machine pushes another one finds, whole and checked."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from objects.servers import S3Server, SshServer
from store.serving import Opened, moody_server, s3_address, ssh_address
from store.texts import equal, shard_text

from checker.errors import EvidenceUnreachable, UsageError
from checker.measure import EvidenceCache
from checker.model.composition import Cell, Composition, Origin, Tally
from checker.store.addresses import Address, address_of
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, TEXT, Name
from checker.store.local import Kept
from checker.store.opening import open_evidence
from checker.store.shared import SharedStore
from checker.store.transfer import pull, push

COUNTS = Composition({Cell(Origin.HUMAN): Tally(records=7)})
KEPT = Kept(COUNTS, digest_of(COUNTS))
COUNTS_NAME, TEXT_NAME = Name("ab" * 32, COMPOSITION), Name("cd" * 32, TEXT)
NAMES = (COUNTS_NAME, TEXT_NAME)

pytestmark = pytest.mark.filterwarnings("ignore:.*TripleDES:DeprecationWarning")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A machine that measured two things."""
    folder = tmp_path / "here"
    cache = EvidenceCache(folder)
    cache.put(COUNTS_NAME.key, KEPT)
    cache.keep_text(TEXT_NAME.key, shard_text(30))
    return folder


@pytest.fixture(params=["folder", "file", "s3", "ssh"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Address:
    """An empty store of each kind."""
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        return s3_address(server, f"evidence-{tmp_path.name}")
    if request.param == "ssh":
        other: SshServer = request.getfixturevalue("ssh")
        return ssh_address(other, f"evidence-{tmp_path.name}")
    folder = tmp_path / "a shared folder"
    return address_of(folder.as_uri() if request.param == "file" else str(folder))


def test_what_one_machine_pushes_another_finds(address: Address, opened: Opened, here: Path, tmp_path: Path) -> None:
    moved = push(here, opened(SharedStore(address)), NAMES, None)
    assert set(moved.sent) == set(NAMES)
    cache = opened(open_evidence([address], folder=tmp_path / "there"))
    assert cache.get(COUNTS_NAME.key) == KEPT
    entry = cache.text(TEXT_NAME.key)
    assert entry is not None
    assert equal(entry.load(), shard_text(30))
    assert cache.get("ef" * 32) is None
    assert cache.text("ef" * 32) is None
    assert cache.notes == ()
    alone = EvidenceCache(tmp_path / "there")
    assert alone.get(COUNTS_NAME.key) == KEPT
    assert alone.text(TEXT_NAME.key) is not None


def test_only_what_is_missing_is_copied(address: Address, opened: Opened, here: Path, tmp_path: Path) -> None:
    push(here, opened(SharedStore(address)), [COUNTS_NAME], None)
    seen: list[tuple[int, int, str]] = []
    moved = push(here, opened(SharedStore(address)), NAMES, None, lambda *step: seen.append(step))
    assert (moved.sent, moved.there) == ((TEXT_NAME,), (COUNTS_NAME,))
    assert seen == [(1, 1, TEXT_NAME.path)]
    again = push(here, opened(SharedStore(address)), [*NAMES, Name("ef" * 32, TEXT)], None)
    assert (again.sent, set(again.there)) == ((), set(NAMES))
    there = opened(open_evidence([address], folder=tmp_path / "there"))
    there.get(COUNTS_NAME.key)
    pulled = pull(there, [*NAMES, Name("ef" * 32, TEXT)])
    assert (pulled.sent, pulled.there, pulled.absent) == ((TEXT_NAME,), (COUNTS_NAME,), (Name("ef" * 32, TEXT),))


def test_a_store_lists_and_removes(address: Address, opened: Opened, here: Path) -> None:
    store = opened(SharedStore(address))
    push(here, store, NAMES, b"k" * 32)
    listed = {name: (size, signed) for name, size, signed in store.names()}
    assert listed == {name: ((here / name.path).stat().st_size, True) for name in NAMES}
    assert {name for name, _, _ in store.names([TEXT_NAME.key])} == {TEXT_NAME}
    store.remove([TEXT_NAME])
    store.remove([TEXT_NAME])
    assert [name for name, _, _ in store.names()] == [COUNTS_NAME]
    assert store.signature(TEXT_NAME) is None


def test_a_store_can_be_sent_to_another_process(address: Address, opened: Opened, here: Path, tmp_path: Path) -> None:
    push(here, opened(SharedStore(address)), NAMES, None)
    cache = opened(open_evidence([address], folder=tmp_path / "there"))
    assert cache.get("ef" * 32) is None
    sent: EvidenceCache = pickle.loads(pickle.dumps(cache))
    assert opened(sent).get(COUNTS_NAME.key) == KEPT


def test_a_cut_off_entry_in_the_store_is_written_anew(
    address: Address, opened: Opened, here: Path, tmp_path: Path
) -> None:
    store = opened(SharedStore(address))
    short = tmp_path / "short"
    short.write_bytes((here / TEXT_NAME.path).read_bytes()[:-1])
    store.write(TEXT_NAME, short)
    assert opened(open_evidence([address], folder=tmp_path / "there")).text(TEXT_NAME.key) is None
    assert push(here, store, [TEXT_NAME], None).sent == (TEXT_NAME,)
    assert opened(open_evidence([address], folder=tmp_path / "there")).text(TEXT_NAME.key) is not None


def test_what_is_damaged_here_is_not_pushed(here: Path, tmp_path: Path) -> None:
    file = here / TEXT_NAME.path
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    moved = push(here, SharedStore(address_of(str(tmp_path / "shared"))), NAMES, None)
    assert moved.sent == (COUNTS_NAME,)
    assert moved.damaged == (f"{TEXT_NAME.path} cannot be used as evidence: its sample_tokens are damaged",)


def test_a_store_that_cannot_be_made_is_named(here: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(EvidenceUnreachable, match="cannot be made"):
            push(here, SharedStore(address_of(str(place))), NAMES, None)


@pytest.mark.parametrize("url", ["s3://", "s3:///", "file:///", "", " ", "\n", "dir::file:///x"])
def test_a_url_that_names_no_place_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="is no address of an evidence store"):
        address_of(url)


def test_what_is_put_goes_to_the_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    cache = open_evidence([address_of(str(tmp_path / "shared"))], folder=tmp_path / "here")
    cache.put(COUNTS_NAME.key, KEPT)
    cache.keep_text(TEXT_NAME.key, shard_text(1))
    assert not list((tmp_path / "shared").iterdir())


def test_the_first_store_that_has_it_gives_it(here: Path, tmp_path: Path) -> None:
    one, two = (address_of(str(tmp_path / name)) for name in ("one", "two"))
    push(here, SharedStore(one), [COUNTS_NAME], None)
    push(here, SharedStore(two), [TEXT_NAME], None)
    cache = open_evidence([one, two], folder=tmp_path / "there")
    cache.prefetch(NAMES)
    assert all(EvidenceCache(tmp_path / "there").has(name) for name in NAMES)
    assert cache.notes == ()


def test_over_http_it_is_read_and_never_written(here: Path, tmp_path: Path) -> None:
    push(here, SharedStore(address_of(str(tmp_path / "shared"))), NAMES, None)
    with moody_server(tmp_path / "shared") as server:
        cache = open_evidence([address_of(server.url)], folder=tmp_path / "there")
        entry = cache.text(TEXT_NAME.key)
        assert entry is not None
        assert equal(entry.load(), shard_text(30))
        assert server.asked == [f"/v1/{TEXT_NAME.path}"]  # one request an entry
        assert cache.get("ef" * 32) is None
        assert cache.get("ef" * 32) is None
        assert server.asked[1:] == [f"/v1/ef/{'ef' * 32}.json"]  # what nobody has is asked for once a run
        with pytest.raises(UsageError, match="can only be read over http"):
            push(here, SharedStore(address_of(server.url)), NAMES, None)
        with pytest.raises(UsageError, match="cannot be listed over http"):
            list(SharedStore(address_of(server.url)).names())
    assert cache.notes == ()


def test_offline_only_folders_are_asked(here: Path, tmp_path: Path) -> None:
    push(here, SharedStore(address_of(str(tmp_path / "shared"))), NAMES, None)
    with moody_server(tmp_path / "shared") as server:
        addresses = [address_of(server.url), address_of(str(tmp_path / "shared"))]
        cache = open_evidence(addresses, folder=tmp_path / "there", offline=True)
        assert cache.get(COUNTS_NAME.key) == KEPT
        assert server.asked == []


def test_where_the_folder_cannot_be_written_stores_are_read_all_the_same(here: Path, tmp_path: Path) -> None:
    push(here, SharedStore(address_of(str(tmp_path / "shared"))), NAMES, None)
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    cache = open_evidence([address_of(str(tmp_path / "shared"))], folder=blocked / "cache")
    assert cache.get(COUNTS_NAME.key) == KEPT
    entry = cache.text(TEXT_NAME.key)
    assert entry is not None
    assert equal(entry.load(), shard_text(30))
    assert [note.split(":")[0] for note in cache.notes] == ["measurements are not kept"]


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(lambda folder: open_evidence(folder=folder), id="no store"),
        pytest.param(lambda folder: open_evidence([Address("s3://b")], folder=folder, offline=True), id="only offline"),
    ],
)
def test_without_stores_it_is_the_plain_cache(opened: Callable[[Path], EvidenceCache], tmp_path: Path) -> None:
    cache = opened(tmp_path)
    assert cache.shared is None
    cache.prefetch(NAMES)
    assert cache.get(COUNTS_NAME.key) is None
