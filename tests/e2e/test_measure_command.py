"""`headwater measure` on a real repository: whole, in slices, killed, twice at once, on a terminal and in a pipe."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from e2e.data_repository import BIN, DataRepository, environment, record

from checker.store.encoding import digest_of
from checker.store.entries import Kept, decode_entry, encode_entry

T = TypeVar("T")
SHARDS = 6
# A field that is skipped when reading: 18 MB, so that worker processes pay, and not much to do.
PADDING = "x" * 100_000


@pytest.fixture(scope="module")
def measured_once(template: DataRepository, tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Six shards of notes beside the dataset that every test repository has."""
    repository = DataRepository(tmp_path_factory.mktemp("measure") / "data-repository")
    shutil.copytree(template.path, repository.path, symlinks=True)
    folder = repository.path / "data" / "notes"
    folder.mkdir()
    for number in range(SHARDS):
        rows = [{**record(100 * number + row), "padding": PADDING} for row in range(30)]
        (folder / f"{number}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    repository.track("data/notes")
    repository.git("commit", "--quiet", "-m", "Add more notes")
    return repository


@pytest.fixture
def repository(measured_once: DataRepository, tmp_path: Path) -> DataRepository:
    """A copy with a cache of its own."""
    path = tmp_path / "data-repository"
    shutil.copytree(measured_once.path, path, symlinks=True)
    return DataRepository(path)


@pytest.fixture(scope="module")
def whole(measured_once: DataRepository, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """All entries that one process makes."""
    cache = tmp_path_factory.mktemp("whole")
    done = measured_once.headwater("measure", "data/notes", "--jobs", "1", env={"XDG_CACHE_HOME": str(cache)})
    assert done.returncode == 0, done.stderr
    return entries(cache / "headwater" / "measurements")


def entries(folder: Path) -> dict[str, bytes]:
    """Every entry by its name."""
    files = (path for path in folder.glob("**/*") if path.suffix in (".json", ".text") and "derived" not in path.parts)
    return {path.name: path.read_bytes() for path in files}


def cache_of(repository: DataRepository) -> Path:
    return repository.path.parent / "cache" / "headwater" / "measurements"


def start(repository: DataRepository, *arguments: str, **more: object) -> subprocess.Popen[str]:
    """The command, running."""
    command = [str(BIN / "headwater"), "measure", *arguments]
    settings = environment(repository.path.parent)
    return subprocess.Popen(command, cwd=repository.path, env=settings, text=True, **more)  # type: ignore[call-overload, no-any-return]  # what Popen takes


def wait_for(what: Callable[[], T], seconds: float = 60) -> T:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return found


def workers_of(parent: int) -> list[int]:
    """The processes that it started which are workers."""
    found: list[int] = []
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, children.read_text().split())
    return [pid for pid in found if b"checker.engine.worker" in command_of(pid)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_workers_write_what_one_process_writes(repository: DataRepository, whole: Mapping[str, bytes]) -> None:
    done = repository.headwater("measure", "data/notes", "--jobs", "2", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (summary["jobs"], summary["measured"], summary["known"]) == (2, SHARDS, 0)
    assert entries(cache_of(repository)) == whole
    assert len(whole) == 2 * SHARDS


def test_a_second_run_reads_nothing(repository: DataRepository) -> None:
    repository.headwater("measure")
    shutil.rmtree(repository.path / ".dvc" / "cache" / "files" / "md5" / "00", ignore_errors=True)
    again = repository.headwater("measure")
    assert again.returncode == 0
    assert again.stdout == f"headwater: {SHARDS + 2} shards of 2 datasets: 0 measured, {SHARDS + 2} known\n"


def test_slices_are_the_whole_in_any_order_when_killed_and_when_done_twice(
    repository: DataRepository, whole: Mapping[str, bytes]
) -> None:
    store = repository.path.parent / "shared"
    todo = ["2/3", "1/3", "3/3", "1/3", "2/3"]
    random.Random(3).shuffle(todo)
    totals = {}
    killed = start(repository, "data/notes", "--slice", todo[0], "--jobs", "2", "--store", str(store))
    wait_for(lambda: killed.poll() is not None or entries(cache_of(repository)))
    killed.kill()
    killed.wait()
    for number, share in enumerate(todo):
        machine = {"XDG_CACHE_HOME": str(repository.path.parent / f"machine-{number}")}
        done = repository.headwater(
            "measure", "data/notes", "--slice", share, "--store", str(store), "--json", env=machine
        )
        assert done.returncode == 0, done.stderr
        totals[share] = json.loads(done.stdout)["shards"]
    assert sum(totals.values()) == SHARDS
    assert entries(store) == whole


def test_a_run_that_is_killed_again_and_again_neither_loses_nor_repeats(
    repository: DataRepository, whole: Mapping[str, bytes]
) -> None:
    cache, written, runs = cache_of(repository), dict[str, int](), 0
    while True:
        runs += 1
        before = len(entries(cache))
        process = start(repository, "data/notes", "--jobs", "2", "--json", stdout=subprocess.PIPE)
        wait_for(lambda process=process, before=before: process.poll() is not None or len(entries(cache)) > before)  # type: ignore[misc]  # bound now: a loop
        if process.poll() is None and runs < 4:
            process.kill()
        out, _ = process.communicate()
        inodes = {path.name: path.stat().st_ino for path in cache.glob("*/*") if path.suffix in (".json", ".text")}
        assert inodes | written == inodes, "an entry was lost or written a second time"
        written = inodes
        if process.returncode == 0:
            break
    summary = json.loads(out)
    assert runs >= 2
    assert summary["known"] > 0
    assert summary["known"] + summary["measured"] == SHARDS
    assert entries(cache) == whole


def test_a_worker_that_is_killed_costs_nothing_but_time(repository: DataRepository, whole: Mapping[str, bytes]) -> None:
    process = start(repository, "data/notes", "--jobs", "2", "--json", stdout=subprocess.PIPE)
    os.kill(wait_for(lambda: pids if len(pids := workers_of(process.pid)) == 2 else [])[0], signal.SIGKILL)
    out, _ = process.communicate()
    assert process.returncode == 0
    assert json.loads(out)["measured"] == SHARDS
    assert entries(cache_of(repository)) == whole


def test_ctrl_c_ends_the_workers_and_keeps_what_is_measured(repository: DataRepository) -> None:
    process = start(repository, "--jobs", "2", stderr=subprocess.PIPE, start_new_session=True)
    workers = wait_for(lambda: pids if len(pids := workers_of(process.pid)) == 2 else [])
    os.killpg(process.pid, signal.SIGINT)
    _, error = process.communicate()
    assert process.returncode == 130
    assert error == "headwater: interrupted; what was measured so far is kept\n"
    wait_for(lambda: not any(alive(pid) for pid in workers))


def test_two_runs_at_once_make_the_same_entries(repository: DataRepository, whole: Mapping[str, bytes]) -> None:
    both = [start(repository, "data/notes", "--jobs", "2") for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert entries(cache_of(repository)) == whole


def test_a_bound_on_memory_limits_the_workers(repository: DataRepository, whole: Mapping[str, bytes]) -> None:
    done = repository.headwater("measure", "data/notes", "--jobs", "8", "--memory", "900M", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["jobs"] == 2
    assert entries(cache_of(repository)) == whole


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        pytest.param("gone", "no-bytes", "dvc fetch", id="its bytes are not here"),
        pytest.param("flipped", "damaged", "its md5 is", id="a bit is flipped"),
    ],
)
def test_a_shard_that_cannot_be_measured_is_named(
    repository: DataRepository, fault: str, kind: str, words: str
) -> None:
    digest = object_of(repository, "data/notes", "3.jsonl")
    if fault == "gone":
        digest.unlink()
    else:
        data = bytearray(digest.read_bytes())
        data[500] ^= 1
        digest.chmod(0o644)
        digest.write_bytes(bytes(data))
    done = repository.headwater("measure", "--jobs", "2")
    assert done.returncode == 3
    first, last = done.stdout.splitlines()
    assert first.startswith("3.jsonl: ")
    assert words in first
    assert f"{SHARDS + 1} measured, 0 known, 1 not measured" in last
    again = json.loads(repository.headwater("measure", "--json").stdout)
    assert [entry["kind"] for entry in again["unmeasured"]] == [kind]
    assert (again["known"], again["measured"], again["exit_code"]) == (SHARDS + 1, 0, 3)


def test_what_is_missing_here_is_streamed_from_the_remote(repository: DataRepository) -> None:
    repository.run("dvc", "push", "--quiet")
    shutil.rmtree(repository.path / ".dvc" / "cache")
    assert repository.headwater("measure").returncode == 3
    done = repository.headwater("measure", "--download", "--jobs", "2", "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["measured"] == SHARDS + 2


def test_forged_evidence_is_found_by_measuring_again(repository: DataRepository) -> None:
    repository.headwater("measure", "data/notes")
    honest = repository.headwater("measure", "data/notes", "--reverify", "50%", "--json")
    assert (honest.returncode, json.loads(honest.stdout)["verified"]) == (0, SHARDS // 2)
    forged = min(cache_of(repository).glob("*/*.json"))
    kept = decode_entry(forged.stem, forged.read_bytes())
    cells = {cell: tally._replace(reviewed=tally.records) for cell, tally in kept.composition.cells.items()}
    invented = kept.composition._replace(cells=cells)
    forged.write_bytes(encode_entry(forged.stem, Kept(invented, digest_of(invented))))
    caught = repository.headwater("measure", "data/notes", "--reverify", "100%")
    assert caught.returncode == 1
    assert "differ from what its bytes give now" in caught.stdout
    assert forged.stem in caught.stdout


def test_only_what_is_named_is_measured(measured_once: DataRepository) -> None:
    for names, shards in ((["data/train.dvc"], 2), (["data/n*"], SHARDS), (["./data/"], SHARDS + 2), ([], SHARDS + 2)):
        done = measured_once.headwater("measure", *names, "--no-signatures", "--json")
        assert json.loads(done.stdout)["shards"] == shards, names


def test_an_earlier_version_is_measured_by_its_revision(repository: DataRepository) -> None:
    done = repository.headwater("measure", "--rev", "HEAD~1", "--json")
    assert json.loads(done.stdout)["datasets"] == ["data/train"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--slice", "5/4"], "'5/4' is no slice", id="a share beyond the last"),
        pytest.param(["--slice", "0/4"], "'0/4' is no slice", id="shares count from one"),
        pytest.param(["--slice", "a/b"], "'a/b' is no slice", id="a slice of letters"),
        pytest.param(["--jobs", "0"], "--jobs 0 is no number of processes", id="no jobs"),
        pytest.param(["--jobs", "99999999999"], "use 1 to 512", id="far too many jobs"),
        pytest.param(["--jobs", "٣"], "is no number of processes", id="digits of another script"),
        pytest.param(["--memory", "lots"], "'lots' is no amount of memory", id="an amount in words"),
        pytest.param(["--memory", "1M"], "is less than one worker needs", id="too little memory for one"),
        pytest.param(["--reverify", "0%"], "'0%' is no share", id="nothing to measure again"),
        pytest.param(["--offline", "--download"], "--download and --offline exclude each other", id="both ways"),
        pytest.param(["--store", "https://example.org/x"], "can only be read", id="a store that is only for reading"),
        pytest.param(["data/nots"], "did you mean data/notes or data/train?", id="a dataset with a typo"),
        pytest.param(["--rev", "nowhere"], "nowhere is not a revision", id="an unknown revision"),
        pytest.param(["-C", "/nowhere"], "/nowhere is not a folder", id="no such folder"),
        pytest.param(["-C", ".."], "is not inside a git repository", id="no repository"),
    ],
)
def test_a_wrong_command_says_what_is_right(measured_once: DataRepository, arguments: list[str], words: str) -> None:
    done = measured_once.headwater("measure", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_repository_without_data_says_how_to_track_some(repository: DataRepository) -> None:
    repository.git("rm", "--quiet", "--cached", "data/notes.dvc", "data/train.dvc")
    done = repository.headwater("measure")
    assert done.returncode == 2
    assert "no dataset in the index" in done.stderr
    assert "dvc add" in done.stderr


def test_a_pipe_gets_one_line_and_no_bar(repository: DataRepository) -> None:
    done = repository.headwater("measure", "--jobs", "2")
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("in_ci", [pytest.param(False, id="a person"), pytest.param(True, id="CI with a terminal")])
def test_a_terminal_gets_a_bar_with_rate_and_time_left(repository: DataRepository, in_ci: bool) -> None:
    with terminal() as (near, far):
        settings = {**environment(repository.path.parent), "CI": "true" if in_ci else "", "TERM": "xterm"}
        process = subprocess.Popen(
            [str(BIN / "headwater"), "measure", "--jobs", "2"],
            cwd=repository.path,
            env=settings,
            stderr=far,
            stdout=subprocess.DEVNULL,
        )
        os.close(far)
        shown = read_all(near)
        assert process.wait() == 0
    if in_ci:
        assert shown == ""
    else:
        assert re.search(r"measuring: +\d+%.*<00:\d\d, +[\d.]+MB/s, \d/8 shards", shown), shown


@contextlib.contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    near, far = pty.openpty()
    # A new pseudo-terminal is no column wide, where nothing can be drawn.
    fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    try:
        yield near, far
    finally:
        os.close(near)


def read_all(descriptor: int) -> str:
    """What was written until the other side is closed, which Linux reports as an error."""
    parts = []
    with contextlib.suppress(OSError):
        while select.select([descriptor], [], [], 200)[0] and (data := os.read(descriptor, 4096)):
            parts.append(data)
    return b"".join(parts).decode()


def object_of(repository: DataRepository, dataset: str, name: str) -> Path:
    """Where DVC keeps a file of a dataset."""
    import yaml

    objects = repository.path / ".dvc" / "cache" / "files" / "md5"
    listed = yaml.safe_load((repository.path / f"{dataset}.dvc").read_text())["outs"][0]["md5"]
    files = json.loads((objects / listed[:2] / listed[2:]).read_text())
    digest = next(file["md5"] for file in files if file["relpath"] == name)
    return Path(objects / digest[:2] / digest[2:])
