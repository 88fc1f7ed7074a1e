"""Folders that are full, read-only or gone: one clear reason, and no half file under an entry's name."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from store.texts import equal, shard_text

from checker.errors import EvidenceUnreachable
from checker.model.composition import Cell, Composition, Origin, Tally
from checker.store import EvidenceCache
from checker.store.addresses import address_of
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, TEXT, Kept, Name
from checker.store.shared import SharedStore
from checker.store.sharing import Shared
from checker.store.transfer import push

COUNTS = Composition({Cell(Origin.HUMAN): Tally(records=7)})
LONG, SHORT = Name("cd" * 32, TEXT), Name("ab" * 32, COMPOSITION)
DISK_BYTES = 128 * 1024


@pytest.fixture
def here(tmp_path: Path) -> Path:
    cache = EvidenceCache(tmp_path / "here")
    cache.put(SHORT.key, Kept(COUNTS, digest_of(COUNTS)))
    cache.keep_text(LONG.key, shard_text(2000))
    assert (tmp_path / "here" / LONG.path).stat().st_size > DISK_BYTES
    return tmp_path / "here"


def mount(folder: Path, *options: str) -> bool:
    found = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", ",".join(options), "headwater-test", str(folder)),
        capture_output=True,
        check=False,
    )
    return found.returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 128 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if shutil.which("mount") is None or not mount(folder, f"size={DISK_BYTES}"):
        pytest.skip("this machine lets the tests mount nothing")
    try:
        yield folder
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)


def leftovers(folder: Path) -> list[str]:
    return [
        str(path) for path in folder.rglob("*") if path.is_file() and not path.name.endswith((".json", ".gitignore"))
    ]


def test_a_store_without_room(disk: Path, here: Path) -> None:
    store = SharedStore(address_of(str(disk)))
    with pytest.raises(EvidenceUnreachable) as caught:
        push(here, store, [SHORT, LONG], None)
    assert caught.value.message.startswith(f"the evidence store {disk} has no room left (ENOSPC); ")
    assert caught.value.hint.startswith("make room there, or name another store")
    assert leftovers(disk) == []
    assert {name for name, _, _ in SharedStore(address_of(str(disk))).names()} <= {SHORT}


def test_a_cache_without_room_keeps_what_it_measured_in_memory(disk: Path) -> None:
    cache = EvidenceCache(disk)
    entry = cache.keep_text(LONG.key, shard_text(2000))
    assert entry.load() is not None
    assert cache.notes == (f"measurements are not kept: {disk} cannot be written (No space left on device)",)
    assert leftovers(disk) == []
    assert EvidenceCache(disk).text(LONG.key) is None


def test_a_cache_without_room_takes_nothing_half_from_a_store(disk: Path, here: Path, tmp_path: Path) -> None:
    push(here, SharedStore(address_of(str(tmp_path / "shared"))), [SHORT, LONG], None)
    cache = EvidenceCache(disk, Shared([SharedStore(address_of(str(tmp_path / "shared")))]))
    for name in (SHORT, LONG):  # at once, the short one may come while the long one has filled the disk
        cache.prefetch([name])
    assert cache.has(SHORT)
    assert not cache.has(LONG)
    assert leftovers(disk) == []
    assert any("No space left" in note or "ENOSPC" in note for note in cache.notes)


def test_a_read_only_store(disk: Path, here: Path) -> None:
    subprocess.run(("mount", "-o", "remount,ro", str(disk)), check=True)
    with pytest.raises(EvidenceUnreachable, match=r"is read-only \(EROFS\); 0 of 2 entries"):
        push(here, SharedStore(address_of(str(disk))), [SHORT, LONG], None)


def test_a_file_that_may_not_grow(here: Path, tmp_path: Path) -> None:
    """As with a quota: the kernel ends the write in the middle of the file."""
    shared = tmp_path / "shared"
    limited = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from checker.store.addresses import address_of\n"
        "from checker.store.entries import Name\n"
        "from checker.store.shared import SharedStore\n"
        "from checker.store.transfer import push\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({DISK_BYTES}, {DISK_BYTES}))\n"
        "push(Path(sys.argv[1]), SharedStore(address_of(sys.argv[2])), [Name(sys.argv[3], 'text')], None)\n"
    )
    done = subprocess.run(
        (sys.executable, "-c", limited, str(here), str(shared), LONG.key), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "takes no file of this size (EFBIG); 0 of 1 entries were copied" in done.stderr
    assert leftovers(shared) == []
    assert not hasattr(signal, "SIGXFSZ") or done.returncode != -signal.SIGXFSZ


def test_a_store_that_is_unmounted_in_the_middle_is_not_made_anew_in_its_place(here: Path, tmp_path: Path) -> None:
    shared = tmp_path / "mnt" / "shared"
    store = SharedStore(address_of(str(shared)))
    push(here, store, [SHORT], None)
    shared.rename(tmp_path / "elsewhere")
    with pytest.raises(EvidenceUnreachable, match="is not there: mount or make the folder"):
        store.write(LONG, here / LONG.path)
    assert not shared.exists()


def test_a_cache_that_vanishes_costs_only_what_was_kept(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path / "cache")
    cache.put(SHORT.key, Kept(COUNTS, digest_of(COUNTS)))
    shutil.rmtree(tmp_path / "cache")
    assert cache.get(SHORT.key) is None
    entry = cache.keep_text(LONG.key, shard_text(30))
    assert equal(entry.load(), shard_text(30))
