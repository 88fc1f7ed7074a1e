"""The cache: whole entries or none, whatever processes die or write at the same time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from checker.measure import EvidenceCache
from checker.model.composition import BadRow, Cell, Composition, Origin, Tally
from checker.store.local import Kept, default_folder

ROOT = Path(__file__).resolve().parents[2]
KEY = "ab" * 32


def composition(records: int = 1) -> Kept:
    cells = {
        Cell(Origin.HUMAN, source=f"source {number}"): Tally(
            records=records, bytes=5, coverage={"id": 1}, scores={9: (1, 9000)}
        )
        for number in range(200)
    }
    return Kept(Composition(cells, 1, (BadRow(7, "the row is not valid JSON"),)), "f" * 64)


def entry_of(path: Path) -> Path:
    return path / KEY[:2] / f"{KEY}.json"


def test_an_entry_comes_back(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path / "deep" / "cache")
    assert cache.get(KEY) is None
    cache.put(KEY, composition())
    assert cache.get(KEY) == composition()
    assert EvidenceCache(cache.path).get("cd" * 32) is None
    assert cache.note == ""


def test_git_does_not_see_it(tmp_path: Path) -> None:
    EvidenceCache(tmp_path).put(KEY, composition())
    assert (tmp_path / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize("place", ["start", "middle", "end"])
def test_an_altered_byte_is_noticed(tmp_path: Path, place: str) -> None:
    cache = EvidenceCache(tmp_path)
    cache.put(KEY, composition())
    data = bytearray(entry_of(tmp_path).read_bytes())
    index = {"start": 5, "middle": len(data) // 2, "end": len(data) - 3}[place]
    data[index] ^= 1
    entry_of(tmp_path).write_bytes(data)
    assert cache.get(KEY) is None
    cache.put(KEY, composition(2))
    assert cache.get(KEY) == composition(2)


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path)
    cache.put(KEY, composition())
    data = entry_of(tmp_path).read_bytes()
    for size in {0, 1, 10, 100, len(data) // 2, len(data) - 2, len(data) - 1}:
        entry_of(tmp_path).write_bytes(data[:size])
        assert cache.get(KEY) is None, size


@pytest.mark.parametrize(
    ("tally", "known"),
    [
        pytest.param(Tally(records=2**100), True, id="very many records"),
        pytest.param(Tally(records=10**400), False, id="records beyond all numbers"),
        pytest.param(Tally(records=7, weight_micro=10**400), False, id="weights beyond all numbers"),
    ],
)
def test_counts_that_no_float_holds_are_no_evidence(tmp_path: Path, tally: Tally, known: bool) -> None:
    """With a checksum that fits: a check that believed them would end in a fault."""
    cache = EvidenceCache(tmp_path)
    cache.put(KEY, Kept(Composition({Cell(Origin.HUMAN): tally}), "f" * 64))
    assert (cache.get(KEY) is not None) == known


@pytest.mark.parametrize("data", [b"{}\n{}\n", b"[" * 100_000, b"null\nnull\n", b'{"sha256": 1}\n\n', b"\xff\xfe"])
def test_another_file_is_no_entry(tmp_path: Path, data: bytes) -> None:
    entry_of(tmp_path).parent.mkdir()
    entry_of(tmp_path).write_bytes(data)
    assert EvidenceCache(tmp_path).get(KEY) is None


def test_an_entry_of_another_key_is_none(tmp_path: Path) -> None:
    cache, other = EvidenceCache(tmp_path), "ab" + "00" * 31
    cache.put(KEY, composition())
    entry_of(tmp_path).rename(tmp_path / "ab" / f"{other}.json")
    assert cache.get(other) is None


def test_a_folder_in_place_of_an_entry(tmp_path: Path) -> None:
    entry_of(tmp_path).mkdir(parents=True)
    cache = EvidenceCache(tmp_path)
    assert cache.get(KEY) is None
    cache.put(KEY, composition())
    assert "cannot be written" in cache.note


def test_a_folder_that_cannot_be_written_gives_one_note(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("no folder")
    cache = EvidenceCache(blocker / "cache")
    cache.put(KEY, composition())
    assert "measurements are not kept" in cache.note
    assert not cache.writable
    cache.put(KEY, composition())
    assert cache.get(KEY) is None


def test_what_a_dead_process_left_is_removed_in_time(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path)
    cache.put(KEY, composition())
    old, new = (entry_of(tmp_path).with_name(f".partial-{name}") for name in ("old", "new"))
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (time.time() - 7200,) * 2)
    cache.put(KEY, composition())
    assert (old.exists(), new.exists()) == (False, True)


WRITER = """
import sys
from pathlib import Path
from checker.measure import EvidenceCache
from checker.store.local import Kept
from checker.model.composition import BadRow, Cell, Composition, Origin, Tally
cells = {Cell(Origin.HUMAN, source=f"source {number}"): Tally(records=1) for number in range(400)}
cache, number = EvidenceCache(Path(sys.argv[1])), 0
while True:
    cache.put(f"{number % 20:064x}", Kept(Composition(cells, number % 7), "f" * 64))
    number += 1
    if number == 20:
        print("warm", flush=True)
"""


def start_writer(path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "warm\n"
    return child


def entries(path: Path) -> list[str]:
    return sorted(file.stem for file in path.glob("??/*.json"))


def test_killed_while_writing_every_entry_is_whole(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path)
    for round_number in range(8):
        with start_writer(tmp_path) as child:
            deadline = time.monotonic() + 0.01 * round_number
            while time.monotonic() < deadline:
                cache.get(f"{round_number:064x}")
            child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
        found = [cache.get(key) for key in entries(tmp_path)]
        assert len(found) == 20
        assert all(entry is not None and entry.composition.records == 400 for entry in found)


def test_two_writers_at_once(tmp_path: Path) -> None:
    cache, reads = EvidenceCache(tmp_path), 0
    with start_writer(tmp_path) as first, start_writer(tmp_path) as second:
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            for key in entries(tmp_path):
                entry = cache.get(key)
                assert entry is not None
                assert entry.composition.records == 400
                reads += 1
        first.kill()
        second.kill()
    assert reads > 0


@pytest.mark.parametrize(
    ("environment", "platform", "folder"),
    [
        pytest.param({"HEADWATER_CACHE_DIR": "/x"}, "linux", "/x/measurements", id="our own"),
        pytest.param(
            {"HEADWATER_CACHE_DIR": "/x", "XDG_CACHE_HOME": "/y"}, "linux", "/x/measurements", id="our own first"
        ),
        pytest.param({"XDG_CACHE_HOME": "/y"}, "darwin", "/y/headwater/measurements", id="XDG anywhere"),
        pytest.param({"XDG_CACHE_HOME": "y"}, "linux", "~/.cache/headwater/measurements", id="XDG must be absolute"),
        pytest.param({}, "linux", "~/.cache/headwater/measurements", id="the home"),
        pytest.param({}, "darwin", "~/Library/Caches/headwater/measurements", id="macOS"),
        pytest.param({}, "win32", "~/AppData/Local/headwater/Cache/measurements", id="Windows"),
        pytest.param({"LOCALAPPDATA": "/l"}, "win32", "/l/headwater/Cache/measurements", id="Windows, told"),
    ],
)
def test_where_it_is(environment: Mapping[str, str], platform: str, folder: str) -> None:
    assert default_folder(environment, platform) == Path(folder).expanduser()


def test_reading_an_entry_imports_no_engine(tmp_path: Path) -> None:
    EvidenceCache(tmp_path).put(KEY, composition())
    code = f"""
import json, sys
from pathlib import Path
from checker.measure import EvidenceCache
assert EvidenceCache(Path({str(tmp_path)!r})).get({KEY!r}).composition.records == 200
print(json.dumps(sorted({{"msgspec", "pyarrow", "numpy", "zstandard", "isal", "yaml", "dvc"}} & set(sys.modules))))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
