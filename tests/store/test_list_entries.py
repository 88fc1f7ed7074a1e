"""Lists of shards as entries: what git records by md5 is kept as it is, and nothing else passes for it."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import md5
from pathlib import Path

import pytest

from checker.discover import layout, manifest
from checker.measure import EvidenceCache
from checker.store import lists
from checker.store.addresses import address_of
from checker.store.entries import LIST, Name, name_at
from checker.store.holdings import LocalHolding, SharedHolding
from checker.store.lists import list_name
from checker.store.opening import open_evidence
from checker.store.shared import SharedStore
from checker.store.signing import SUFFIX, Signed
from checker.store.transfer import push

DATA = b'[{"md5": "d41d8cd98f00b204e9800998ecf8427e", "relpath": "a.jsonl"}]'
OID = f"{md5(DATA).hexdigest()}.dir"
NAME = list_name(OID, "md5")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    EvidenceCache(tmp_path / "here").keep_shard_list(OID, "md5", DATA)
    return tmp_path / "here"


@pytest.fixture
def shared(here: Path, tmp_path: Path) -> Path:
    """A store to which a machine that signs has pushed the list."""
    push(here, SharedStore(address_of(str(tmp_path / "shared"))), [NAME], b"k" * 32)
    return tmp_path / "shared"


def asked(shared: Path, folder: Path | None) -> EvidenceCache:
    """Another machine, which demands signatures and cannot make any."""
    return open_evidence([address_of(str(shared))], folder=folder, signed=Signed.REQUIRED, environment={})


def test_the_room_of_lists_agrees_with_the_room_that_reads_them() -> None:
    assert lists.MAX_LIST_BYTES == manifest.MAX_BYTES
    assert lists.HASH_NAMES == layout.HASH_NAMES


def test_a_list_is_kept_as_it_is(here: Path) -> None:
    cache = EvidenceCache(here)
    assert (here / NAME.path).read_bytes() == DATA
    assert name_at(NAME.path) == NAME
    assert cache.shard_list(OID, "md5") == DATA
    assert cache.shard_list(OID, "md5-dos2unix") is None
    assert cache.shard_list(f"{'0' * 32}.dir", "md5") is None
    assert [entry.name for entry in LocalHolding(here).entries()] == [NAME]
    assert LocalHolding(here).problem(NAME) == ""


def test_what_is_here_is_not_written_again(here: Path) -> None:
    before = (here / NAME.path).stat()
    EvidenceCache(here).keep_shard_list(OID, "md5", DATA)
    after = (here / NAME.path).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = EvidenceCache(tmp_path / "file")
    cache.keep_shard_list(OID, "md5", DATA)
    assert "measurements are not kept" in cache.note
    assert cache.shard_list(OID, "md5") is None


def test_git_stands_for_a_list_so_it_needs_no_signature(here: Path, shared: Path, tmp_path: Path) -> None:
    assert not (shared / "v1" / f"{NAME.path}{SUFFIX}").exists()
    cache = asked(shared, tmp_path / "there")
    assert cache.shard_list(OID, "md5") == DATA
    assert cache.notes == ()
    assert EvidenceCache(tmp_path / "there").shard_list(OID, "md5") == DATA
    again = push(here, SharedStore(address_of(str(shared))), [NAME], b"k" * 32)
    assert (again.sent, again.there) == ((), (NAME,))


@pytest.mark.parametrize("folder", ["there", None], ids=["kept here", "nothing is kept here"])
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda data: b"[]", "it is another list than the one that git records", id="another list"),
        pytest.param(lambda data: data + b" ", "another list than", id="one blank more"),
        pytest.param(lambda data: b"", "another list than", id="empty"),
        pytest.param(lambda data: data[:-1], "another list than", id="cut short"),
        pytest.param(lambda data: b"\x00\xff" * 4096, "another list than", id="binary"),
    ],
)
def test_a_forged_list_is_refused_and_named(
    shared: Path, tmp_path: Path, spoil: Callable[[bytes], bytes], reason: str, folder: str | None
) -> None:
    file = shared / "v1" / NAME.path
    file.write_bytes(spoil(DATA))
    cache = asked(shared, tmp_path / folder if folder else None)
    assert cache.shard_list(OID, "md5") is None
    assert NAME.path in cache.note
    assert reason in cache.note
    assert reason in SharedHolding(SharedStore(address_of(str(shared))), Signed.OPTIONAL, None).problem(NAME)


def test_a_forged_list_on_this_machine_is_not_read_and_not_pushed(here: Path, tmp_path: Path) -> None:
    (here / NAME.path).write_bytes(b"[]")
    assert EvidenceCache(here).shard_list(OID, "md5") is None
    moved = push(here, SharedStore(address_of(str(tmp_path / "shared"))), [NAME], None)
    assert moved.sent == ()
    assert "another list" in moved.damaged[0]


def test_a_list_without_end_is_not_read_whole(shared: Path, tmp_path: Path) -> None:
    with (shared / "v1" / NAME.path).open("wb") as file:
        file.truncate(lists.MAX_LIST_BYTES + 2**22)  # sparse
    cache = asked(shared, tmp_path / "there")
    assert cache.shard_list(OID, "md5") is None
    assert "it is longer than" in cache.note


def test_a_list_under_the_key_of_something_else_is_none() -> None:
    with pytest.raises(ValueError, match="names no evidence"):
        _ = Name("../../etc/passwd", LIST).path
