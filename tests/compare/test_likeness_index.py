"""The index: the same answers as without it, whatever was removed, killed, damaged or written at the same time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from compare import corpora

from checker.compare import duplication, growth, overlap, shelves
from checker.compare.crossing import cross
from checker.compare.grouping import group
from checker.compare.index import GRACE_SECONDS, Index
from checker.compare.runfile import open_run, write_run
from checker.compare.segments import segment_of
from checker.compare.shelf import Shelf, in_memory
from checker.errors import EvidenceDamaged
from checker.model.likeness import Growth
from checker.model.text import ShardText, TextSource

ROOT = Path(__file__).resolve().parents[2]


def corpus(count: int = 12, seed: int = 0) -> list[TextSource]:
    """Shards of very different sizes, with copies and near-copies across them."""
    chance = random.Random(seed)
    bases = [corpora.written(40, number) for number in range(20 * count)]
    documents = bases + [corpora.edited(base, 1, seed) for base in bases[: 4 * count]] + bases[: 2 * count]
    chance.shuffle(documents)
    cuts = sorted(chance.sample(range(len(documents)), count - 1))
    shards = [documents[a:b] for a, b in zip([0, *cuts], [*cuts, len(documents)], strict=True)]
    return [corpora.source(texts, f"{number}.jsonl") for number, texts in enumerate(shards)]


@pytest.fixture(scope="module")
def shards() -> list[TextSource]:
    return corpus()


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Index even a few documents."""
    monkeypatch.setattr(shelves, "INDEX_FROM", 0)


def figures(shelf: Shelf) -> tuple[int, int, int]:
    shelf.collapse()
    labels = group(shelf).labels
    texts = shelf.texts()
    return shelf.documents, len(texts), int((labels[texts] == texts).sum())


def files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.run"))


def aged(folder: Path) -> None:
    """As if all files had been written two days ago."""
    then = time.time() - 2 * GRACE_SECONDS
    for path in files(folder):
        os.utime(path, (then, then))


def test_answers_are_those_without_an_index(tmp_path: Path, shards: list[TextSource]) -> None:
    for count in (0, 1, 3, 4, 8, 12, 5):
        assert duplication(shards[:count], near=True, cache=tmp_path) == duplication(shards[:count], near=True)
    for cut in (1, 6, 11):
        sides = shards[cut:], shards[:cut]
        assert overlap(*sides, near=True, cache=tmp_path) == overlap(*sides, near=True)
        assert growth(shards, shards[:cut], near=True, cache=tmp_path) == growth(shards, shards[:cut], near=True)


def test_unchanged_evidence_is_not_read_again(tmp_path: Path) -> None:
    def refuse() -> ShardText:
        raise AssertionError("the evidence was read")

    shards = corpus(3)
    first = duplication(shards, near=True, cache=tmp_path), overlap(shards[:1], shards[1:], near=True, cache=tmp_path)
    unread = [shard._replace(entry=shard.entry._replace(load=refuse)) for shard in shards]
    again = duplication(unread, near=True, cache=tmp_path), overlap(unread[:1], unread[1:], near=True, cache=tmp_path)
    assert again == first
    # What no result is kept of is answered from the files of the index.
    assert figures(Index(next(tmp_path.glob("likeness/*"))).shelf(unread)) == figures(in_memory(shards, near=True))


def test_only_a_new_shard_is_read(tmp_path: Path, shards: list[TextSource]) -> None:
    read: list[str] = []

    def watched(shard: TextSource) -> TextSource:
        def load() -> ShardText:
            read.append(shard.shard)
            return shard.entry.load()

        return shard._replace(entry=shard.entry._replace(load=load))

    index = Index(tmp_path)
    index.shelf([watched(shard) for shard in shards[:-1]])
    read.clear()
    found = figures(index.shelf([watched(shard) for shard in shards]))
    assert read == [shards[-1].shard]
    assert found == figures(in_memory(shards, near=True))


def test_small_files_are_merged(tmp_path: Path) -> None:
    shards = [corpora.source([corpora.written(12, 10 * n + k) for k in range(5)], f"{n}") for n in range(40)]
    for count in range(1, len(shards) + 1):
        shelf = Index(tmp_path).shelf(shards[:count])
        assert shelf.documents == 5 * count
        assert len(files(tmp_path)) <= 2 + np.log2(count)


def test_a_removed_shard_is_gone_at_once_and_its_file_later(tmp_path: Path, shards: list[TextSource]) -> None:
    index = Index(tmp_path)
    index.shelf(shards)
    before = sum(path.stat().st_size for path in files(tmp_path))
    kept = sorted(shards, key=lambda shard: shard.entry.records)[:3]
    assert figures(index.shelf(kept)) == figures(in_memory(kept, near=True))
    assert sum(path.stat().st_size for path in files(tmp_path)) == before
    aged(tmp_path)
    assert figures(index.shelf(kept)) == figures(in_memory(kept, near=True))
    parts = {part.digest for path in files(tmp_path) for part in open_run(path, verified=False).parts}
    assert parts == {shard.entry.digest for shard in kept}
    aged(tmp_path)
    assert index.shelf([]).documents == 0
    assert files(tmp_path) == []


def test_a_small_dead_part_stays(tmp_path: Path, shards: list[TextSource]) -> None:
    smallest = min(shards, key=lambda shard: shard.entry.records)
    rest = [shard for shard in shards if shard is not smallest]
    index = Index(tmp_path)
    index.shelf(shards)
    aged(tmp_path)
    names = files(tmp_path)
    assert figures(index.shelf(rest)) == figures(in_memory(rest, near=True))
    assert files(tmp_path) == names


def flipped(data: bytes) -> bytes:
    return data[: len(data) // 3] + bytes([data[len(data) // 3] ^ 4]) + data[len(data) // 3 + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data[:-1], id="one byte short"),
        pytest.param(lambda data: data[: len(data) // 2], id="half"),
        pytest.param(lambda data: data + b"\0", id="one byte more"),
        pytest.param(flipped, id="one bit"),
        pytest.param(lambda data: data[:-80] + b"\xff" * 80, id="the end overwritten"),
        pytest.param(lambda data: bytes(len(data)), id="zeros"),
    ],
)
def test_a_damaged_file_is_made_again(
    tmp_path: Path, shards: list[TextSource], damage: Callable[[bytes], bytes]
) -> None:
    index = Index(tmp_path)
    index.shelf(shards)
    whole = {path.name: path.read_bytes() for path in files(tmp_path)}
    for path in files(tmp_path):
        path.write_bytes(damage(path.read_bytes()))
    assert figures(Index(tmp_path).shelf(shards)) == figures(in_memory(shards, near=True))
    assert {path.name: path.read_bytes() for path in files(tmp_path)} == whole


def test_a_file_under_another_name_is_not_believed(tmp_path: Path, shards: list[TextSource]) -> None:
    segments = [segment_of([shard.entry], near=True) for shard in shards[:2]]
    one, other = (write_run(tmp_path, [segment], lambda *_: True) for segment in segments)
    other.write_bytes(one.read_bytes())
    assert figures(Index(tmp_path).shelf(shards[:2])) == figures(in_memory(shards[:2], near=True))


@pytest.mark.parametrize("content", [b"", b"{}", b"0\n{}", b"\xff\xfe"])
def test_a_damaged_list_of_checked_files_only_costs_time(
    tmp_path: Path, shards: list[TextSource], content: bytes
) -> None:
    Index(tmp_path).shelf(shards)
    (tmp_path / "verified.json").write_bytes(content)
    assert figures(Index(tmp_path).shelf(shards)) == figures(in_memory(shards, near=True))


def test_damaged_results_are_worked_out_again(tmp_path: Path, shards: list[TextSource]) -> None:
    found = duplication(shards, near=True, cache=tmp_path)
    [kept] = (tmp_path / "duplication").glob("*.json")
    kept.write_bytes(kept.read_bytes()[:-5])
    assert duplication(shards, near=True, cache=tmp_path) == found


def test_damaged_evidence_is_named(tmp_path: Path, shards: list[TextSource]) -> None:
    def damaged() -> ShardText:
        raise EvidenceDamaged("its hashes are damaged")

    bad = shards[0]._replace(entry=shards[0].entry._replace(load=damaged))
    with pytest.raises(EvidenceDamaged):
        duplication([bad, *shards[1:]], near=True, cache=tmp_path)
    assert duplication(shards, near=True, cache=tmp_path) == duplication(shards, near=True)


def test_a_cache_that_cannot_be_made_is_done_without(tmp_path: Path, shards: list[TextSource]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert duplication(shards, near=True, cache=tmp_path / "file") == duplication(shards, near=True)


def test_a_search_gives_what_was_planted(tmp_path: Path) -> None:
    bases = [corpora.written(150, number) for number in range(500)]
    shelf = Index(tmp_path).shelf([corpora.source(bases[at : at + 100], f"{at}") for at in range(0, 500, 100)])
    new = in_memory(
        [corpora.source([*bases[:5], *(corpora.edited(base, 1, 1) for base in bases[5:25]), "x"])], near=True
    )
    found = cross(new, shelf, near=True)
    assert len(found.equal[0]) == 5
    assert len(np.unique(found.near.one)) >= 19


LOOP = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}, {tests!r}]
from compare.test_likeness_index import corpus, figures
from checker.compare.index import Index
shards = corpus({shards}, {seed})
print("ready", flush=True)
while True:
    for count in range(1, len(shards) + 1):
        found = figures(Index(Path({folder!r})).shelf(shards[:count]))
    print(*found, flush=True)
    if {once}:
        break
    for path in Path({folder!r}).glob("*.run"):
        path.unlink(missing_ok=True)
"""


def started(folder: Path, shards: int, *, once: bool) -> subprocess.Popen[str]:
    code = LOOP.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(folder), shards=shards, seed=0, once=once)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_process_killed_at_any_moment_leaves_a_usable_index(tmp_path: Path) -> None:
    shards = corpus(6)
    expected = figures(in_memory(shards, near=True))
    process = started(tmp_path, 6, once=False)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    chance = random.Random(1)
    for _ in range(8):
        # Kill while files come and go: after so many changes of the folder.
        changes, last, deadline = chance.randrange(1, 12), set[str](), time.monotonic() + 60
        while changes and time.monotonic() < deadline:
            names = {path.name for path in tmp_path.iterdir()}
            changes -= names != last
            last = names
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert figures(Index(tmp_path).shelf(shards)) == expected
        process = started(tmp_path, 6, once=False)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    process.kill()
    process.communicate()
    assert figures(Index(tmp_path).shelf(shards)) == expected


def test_two_processes_at_once(tmp_path: Path) -> None:
    expected = " ".join(str(figure) for figure in figures(in_memory(corpus(10), near=True)))
    both = [started(tmp_path, 10, once=True) for _ in range(2)]
    for process in both:
        output, trouble = process.communicate(timeout=120)
        assert process.returncode == 0, trouble
        assert output.splitlines() == ["ready", expected]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".partial")]


def changed(texts: Sequence[str]) -> list[TextSource]:
    return [corpora.source(list(texts), "new.jsonl")]


@pytest.mark.parametrize(
    ("now", "base", "expected"),
    [
        pytest.param(["a b", "c d"], ["a b", "c d"], Growth(0, 0, 0), id="nothing came"),
        pytest.param(["a b"], ["a b", "c d"], Growth(0, 0, 0), id="a document went"),
        pytest.param(["c d", "a b"], ["a b", "c d"], Growth(0, 0, 0), id="another order"),
        pytest.param(["a b", "a b"], ["a b"], Growth(1, 1, 1), id="a second one of an old text"),
        pytest.param(["a b", "x y", "x y"], ["a b"], Growth(2, 1, 1), id="a new text, twice"),
        pytest.param(["a b", "A b"], ["a b"], Growth(1, 0, 1), id="near to an old one"),
        pytest.param(["a b", "x y", "X y"], ["a b"], Growth(2, 0, 1), id="new ones near to each other"),
        pytest.param(["a b"], [], Growth(1, 0, 0), id="no base"),
        pytest.param([], ["a b"], Growth(0, 0, 0), id="all went"),
    ],
)
def test_growth(now: list[str], base: list[str], expected: Growth) -> None:
    old = [corpora.source(base, "old.jsonl")]
    assert growth(changed(now), old, near=True) == expected
    assert growth(changed(now), old, near=False) == expected._replace(near=None)


def test_a_moved_shard_is_no_growth() -> None:
    old = [corpora.source(["a b", "c d"], "old.jsonl")]
    assert growth([corpora.source(["a b", "c d"], "moved.jsonl")], old, near=True) == Growth(0, 0, 0)
