"""Two processes push the same entries into one store, and one of them is killed: the store is whole at any time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from objects.faults import Fault, FaultyProxy, Seen
from objects.servers import S3Server
from store.serving import Opened, through
from store.texts import shard_text

from checker.model.composition import Cell, Composition, Origin, Tally
from checker.store import EvidenceCache
from checker.store.addresses import Address, address_of
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, TEXT, Kept, Name
from checker.store.shared import SharedStore
from checker.store.sharing import Shared

COUNTS = Composition({Cell(Origin.HUMAN): Tally(records=7)})
NAMES = [
    *(Name(f"{number:02x}" * 32, COMPOSITION) for number in range(30)),
    *(Name(f"{number:02x}" * 32, TEXT) for number in range(5)),
]
DEADLINE_SECONDS = 120
PUSH = """
import json, sys
from pathlib import Path
from checker.store.addresses import Address
from checker.store.entries import Name
from checker.store.shared import SharedStore
from checker.store.transfer import push
url, options, folder, names = json.loads(sys.argv[1])
moved = push(Path(folder), SharedStore(Address(url, options)), [Name(*one) for one in names], b"k" * 32)
print(len(moved.sent), len(moved.there))
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = EvidenceCache(tmp_path_factory.mktemp("here"))
    for name in NAMES:
        if name.kind == TEXT:
            cache.keep_text(name.key, shard_text(300))
        else:
            cache.put(name.key, Kept(COUNTS, digest_of(COUNTS)))
    assert cache.path is not None
    return cache.path


def driver(url: str, options: Mapping[str, object], here: Path) -> subprocess.Popen[str]:
    asked = json.dumps([url, options, str(here), NAMES])
    return subprocess.Popen((sys.executable, "-c", PUSH, asked), stdout=subprocess.PIPE, text=True)


def is_whole(address: Address, opened: Opened, folder: Path) -> set[Name]:
    """What the store lists, each with its signature, and nothing of it damaged."""
    store = opened(SharedStore(address))
    listed = [name for name, _, signed in store.names() if signed]
    cache = opened(EvidenceCache(folder, Shared([store])))
    cache.prefetch(listed)
    assert cache.notes == ()
    assert all(cache.has(name) for name in listed)
    return set(listed)


@pytest.mark.parametrize("after", [2, 17, 50])
def test_in_an_object_store(
    after: int, proxy: FaultyProxy, s3: S3Server, opened: Opened, here: Path, tmp_path: Path
) -> None:
    address = through(proxy, s3, f"drivers-{after}")
    killed = driver(address.url, address.options, here)

    def kill(one: Seen) -> Fault | None:
        if one.number == after:
            killed.kill()
        return None

    proxy.rule = kill
    other = driver(address.url, address.options, here)
    said, _ = other.communicate(timeout=DEADLINE_SECONDS)
    killed.communicate(timeout=DEADLINE_SECONDS)
    assert (killed.returncode, other.returncode) == (-signal.SIGKILL, 0)
    assert sum(map(int, said.split())) == len(NAMES)
    assert is_whole(address, opened, tmp_path / "there") == set(NAMES)


def test_in_a_folder_killed_again_and_again(opened: Opened, here: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    address = address_of(str(shared))
    for after in (1, 9, 20):
        alone = driver(address.url, {}, here)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while len(list(shared.glob("v1/??/*"))) < 2 * after and alone.poll() is None:
            assert time.monotonic() < deadline, "nothing arrived"
        alone.kill()
        alone.communicate(timeout=DEADLINE_SECONDS)
        assert is_whole(address, opened, tmp_path / f"after-{after}") <= set(NAMES)
    both = [driver(address.url, {}, here) for _ in range(2)]
    assert [one.communicate(timeout=DEADLINE_SECONDS)[0] != "" for one in both] == [True, True]
    assert [one.returncode for one in both] == [0, 0]
    assert is_whole(address, opened, tmp_path / "there") == set(NAMES)
