"""Text entries under processes that die, write at the same time, or have no room left."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from store.texts import equal, shard_text

from checker.measure import EvidenceCache

ROOT = Path(__file__).resolve().parents[2]
KEYS = [f"{number:064x}" for number in range(4)]
WRITER = """
import sys
from pathlib import Path
from checker.measure import EvidenceCache
from store.texts import shard_text
cache, texts, number = EvidenceCache(Path(sys.argv[1])), [shard_text(2000, seed) for seed in range(4)], 0
while True:
    cache.keep_text(f"{number % 4:064x}", texts[number % 4])
    number += 1
    if number == 4:
        print("warm", flush=True)
"""


def run(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *arguments]
    # Where there is no room, Python would leave its own compiled modules cut off, too.
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def start_writer(path: Path) -> subprocess.Popen[str]:
    child = run(WRITER, str(path))
    assert child.stdout is not None
    assert child.stdout.readline() == "warm\n"
    return child


def test_killed_while_writing_every_entry_is_whole(tmp_path: Path) -> None:
    cache = EvidenceCache(tmp_path)
    texts = [shard_text(2000, seed) for seed in range(4)]
    for round_number in range(4):
        with start_writer(tmp_path) as child:
            deadline = time.monotonic() + 0.007 * round_number
            while time.monotonic() < deadline:
                cache.text(KEYS[0])
            child.send_signal(signal.SIGKILL)
        for key, text in zip(KEYS, texts, strict=True):
            entry = cache.text(key)
            assert entry is not None
            assert equal(entry.load(), text)


def test_two_writers_at_once(tmp_path: Path) -> None:
    cache, reads = EvidenceCache(tmp_path), 0
    with start_writer(tmp_path) as first, start_writer(tmp_path) as second:
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            for key in KEYS:
                entry = cache.text(key)
                assert entry is not None
                assert entry.load().stats.records == 2000
                reads += 1
        first.kill()
        second.kill()
    assert reads > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_on_a_full_disk_what_is_there_is_still_read_and_the_rest_stays_in_memory(tmp_path: Path) -> None:
    EvidenceCache(tmp_path).keep_text(KEYS[0], shard_text(5))
    code = """
import json, resource, sys
from pathlib import Path
from checker.measure import EvidenceCache
from checker.model.composition import Composition
from checker.store.local import Kept
from store.texts import equal, shard_text
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))  # no file can grow beyond this
cache = EvidenceCache(Path(sys.argv[1]))
big = cache.keep_text("1" * 64, shard_text(500))
before = cache.note
cache.put("2" * 64, Kept(Composition(), "0" * 64))
print(json.dumps({
    "old": cache.text("0" * 64) is not None and equal(cache.text("0" * 64).load(), shard_text(5)),
    "big": equal(big.load(), shard_text(500)),
    "there": cache.text("1" * 64) is not None or cache.get("2" * 64) is not None,
    "note": cache.note, "same": cache.note == before, "writable": cache.writable, "derived": str(cache.derived),
}))
"""
    with run(code, str(tmp_path)) as child:
        assert child.stdout is not None
        told = json.loads(child.stdout.read())
    assert told == {
        "old": True,
        "big": True,
        "there": False,
        "note": f"measurements are not kept: {tmp_path} cannot be written (File too large)",
        "same": True,
        "writable": False,
        "derived": "None",
    }
    assert not list(tmp_path.glob("**/.partial-*"))


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("../../etc/passwd", id="a path"),
        pytest.param("", id="nothing"),
        pytest.param("AB" * 32, id="capital letters"),
        pytest.param("ab" * 31, id="too short"),
        pytest.param("ab" * 32 + "\n", id="a line break behind"),
    ],
)
def test_a_key_that_is_no_sha256_never_becomes_a_path(tmp_path: Path, key: str) -> None:
    cache = EvidenceCache(tmp_path)
    with pytest.raises(ValueError, match="names no evidence"):
        cache.text(key)
    with pytest.raises(ValueError, match="names no evidence"):
        cache.keep_text(key, shard_text(1))
    with pytest.raises(ValueError, match="names no evidence"):
        cache.get(key)
    assert not list(tmp_path.iterdir())
