"""Near-duplicates by way of key files and an engine's links: the same result as without an engine, to the last pair."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from compare import corpora
from engine.shards import VERSION, FolderStore, notes
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.compare import bucket_edges, duplication, shelves
from checker.compare.chains import BandLinks, Placed, candidates_from
from checker.compare.grouping import Held, group
from checker.compare.keying import bands_of, distinct_signatures
from checker.engine.embedded import Embedded
from checker.engine.kernels import keys_one
from checker.engine.meeting import Meeting, descriptors_of
from checker.engine.ranges import Numbered, in_parts
from checker.engine.seam import Descriptor, KeyFile, Links, Measured, Result, Work
from checker.errors import EngineError, EvidenceDamaged
from checker.measure import EvidenceCache, Plan, measure_shards
from checker.model.composition import Measurement
from checker.model.dataset import DatasetSettings, DatasetVersion
from checker.model.text import BANDS, TextSource
from checker.store.entries import KEYS, Name
from checker.store.keys_layout import Head, key_of_keys
from checker.store.keys_reader import SortedKeys

PLAN = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")


class Met:
    """Lets texts meet by their key files in a folder; ranges and parts as small as one likes."""

    def __init__(self, folder: Path, sources: Sequence[TextSource], parts: int = 32, most_rows: int = 1 << 20) -> None:
        self._cache, self._parts, self._most = EvidenceCache(folder), parts, most_rows
        self._entries = {source.entry.digest: source.entry for source in sources}
        self.calls = 0

    def __call__(self, placed: Sequence[Placed]) -> Iterator[BandLinks]:
        self.calls += 1
        numbered = [Numbered(self._keys(one.digest), one.start, BANDS * one.texts) for one in placed]
        for part, edges in in_parts(numbered, bucket_edges, self._parts, self._most):
            yield BandLinks(part * 32 // self._parts, edges)

    def _keys(self, digest: str) -> SortedKeys:
        signatures = distinct_signatures(self._entries[digest].documents())
        keys = self._cache.keep_keys(Head(digest, len(signatures)), bands_of(signatures))
        assert keys is not None
        return keys


@st.composite
def shards(draw: st.DrawFn) -> list[list[str]]:
    """Texts that are equal, near, or of one template of more than sixteen; some empty; split anyhow."""
    found = ["", "..."][: draw(st.integers(0, 2))]
    for seed in draw(st.lists(st.integers(0, 9), max_size=4)):
        base = corpora.written(draw(st.integers(5, 60)), seed)
        edits = draw(st.lists(st.integers(0, 3), max_size=4))
        found += [corpora.edited(base, edit, number) for number, edit in enumerate(edits)]
    if draw(st.booleans()):
        template = corpora.written(60, 99)
        found += [corpora.edited(template, 1, number) for number in range(draw(st.integers(15, 24)))]
    found = draw(st.permutations(found))
    cuts = sorted(draw(st.lists(st.integers(0, len(found)), max_size=3)))
    return [found[a:b] for a, b in zip([0, *cuts], [*cuts, len(found)], strict=True)]


@settings(deadline=None, max_examples=40)
@given(shards(), st.sampled_from([32, 256]), st.sampled_from([7, 1 << 20]), st.booleans())
def test_duplication_is_that_without_an_engine(texts: list[list[str]], parts: int, most_rows: int, twice: bool) -> None:
    sources = [corpora.source(shard, f"{number}.jsonl") for number, shard in enumerate(texts)]
    sources += [source._replace(shard="again.jsonl") for source in sources[: int(twice)]]
    with tempfile.TemporaryDirectory() as folder:
        met = Met(Path(folder), sources, parts, most_rows)
        assert duplication(sources, near=True, meet=met) == duplication(sources, near=True)


def crowd() -> list[TextSource]:
    """Shards with copies, near-copies, and templates of more texts than are all compared."""
    chance = random.Random(4)
    bases = [corpora.written(50, number) for number in range(120)]
    texts = bases + [corpora.edited(base, 1, 1) for base in bases[:50]] + bases[:20] + [""] * 3
    for seed in (98, 99):
        template = corpora.written(150, seed)
        texts += [corpora.edited(template, 2, number) for number in range(40)]
    chance.shuffle(texts)
    return [corpora.source(texts[at::6], f"{at}.jsonl") for at in range(6)]


@pytest.mark.parametrize("most_rows", [pytest.param(50, id="many ranges"), pytest.param(1 << 20, id="one")])
def test_so_it_is_with_crowds_and_with_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_rows: int
) -> None:
    sources = crowd()
    expected = duplication(sources, near=True)
    assert expected.boilerplate > 0
    met = Met(tmp_path / "keys", sources, 64, most_rows)
    assert duplication(sources, near=True, meet=met) == expected
    monkeypatch.setattr(shelves, "INDEX_FROM", 0)
    # After the first the index holds shards that are not asked for: their texts are no candidates.
    more = [*sources, corpora.source([corpora.written(50, 7)], "gone.jsonl")]
    met = Met(tmp_path / "keys", more, 64, most_rows)
    assert duplication(more, near=True, cache=tmp_path / "a", meet=met) == duplication(more, near=True)
    assert duplication(sources[:4], near=True, cache=tmp_path / "a", meet=met) == duplication(sources[:4], near=True)
    assert duplication(sources, near=True, cache=tmp_path / "a", meet=met) == expected
    assert list(tmp_path.rglob("*.run"))


def test_a_result_that_is_kept_lets_nobody_meet(tmp_path: Path) -> None:
    sources = [corpora.source([corpora.written(30, 1)] * 2)]
    met = Met(tmp_path / "keys", sources)
    assert duplication(sources, near=True, cache=tmp_path / "kept", meet=met).whole.exact == 1
    assert duplication(sources, near=True, cache=tmp_path / "kept", meet=met).whole.exact == 1
    assert met.calls == 1
    duplication(sources, near=False, meet=met)
    assert met.calls == 1


def test_a_band_is_joined_once_however_it_is_cut() -> None:
    documents = corpora.documents([corpora.edited(corpora.written(60, n % 30), 1, n) for n in range(150)])
    held = Held(documents.hashes, documents.signatures)
    whole = group(held)
    order = np.lexsort((whole.edges.other, whole.edges.one))
    for most in (100, 16):
        cut = group(held, most)
        again = np.lexsort((cut.edges.other, cut.edges.one))
        assert np.array_equal(cut.labels, whole.labels)
        assert np.array_equal(cut.edges.one[again], whole.edges.one[order])
        assert np.array_equal(cut.edges.other[again], whole.edges.other[order])


def test_a_chain_is_not_cut_where_pieces_are() -> None:
    documents = corpora.documents([corpora.written(40, 1)] * 40)
    held = Held(documents.hashes, documents.signatures)
    edges = np.array([[at, at + 1] for at in range(39)])
    pieces = [BandLinks(3, edges[:7]), BandLinks(3, edges[7:]), BandLinks(5, edges[:1])]
    found = {band: list(ranges) for band, ranges in candidates_from(held, pieces, most=4)}
    assert sorted(found) == [3, 5]
    assert [part.boilerplate for part in found[3]] == [1]
    assert (found[5][0].one.tolist(), found[5][0].other.tolist()) == ([0], [1])


def dataset(folder: Path) -> tuple[FolderStore, EvidenceCache, DatasetVersion, list[TextSource]]:
    """Measured shards: one is there twice, one has no text at all, two hold equal texts in other bytes."""
    store = FolderStore(folder)
    first, second = notes(0, 8), notes(8, 8)
    second[3] = {**second[3], "text": first[5]["text"]}
    second[6] = {**second[6], "text": ""}
    other = [{**note, "id": f"x{note['id']}"} for note in first]
    listed = [store.add(f"{name}.jsonl", *records) for name, records in (("a", first), ("b", second), ("c", other))]
    listed.append(store.add("none.jsonl", {"text": ""}))
    listed.append((VERSION, listed[0][1]._replace(path="again.jsonl")))
    version = VERSION._replace(shards=tuple(shard for _, shard in listed))
    cache = EvidenceCache(folder / "cache")
    found = measure_shards(
        [(version, shard) for shard in version.shards or ()], store, PLAN, cache, budget_seconds=None
    )
    texts = []
    for shard in version.shards or ():
        one = found[shard.hash]
        assert isinstance(one, Measurement)
        assert one.text is not None
        texts.append(TextSource("data", shard.path, shard.hash, one.text))
    return store, cache, version, texts


@pytest.mark.parametrize("jobs", [pytest.param(1, id="this process"), pytest.param(2, id="two workers")])
def test_texts_of_real_evidence_meet(tmp_path: Path, jobs: int) -> None:
    store, cache, version, texts = dataset(tmp_path)
    meeting = Meeting(lambda: Embedded(jobs), descriptors_of(version, PLAN.settings, texts), lambda: store, cache)
    read = store.opened()
    expected = duplication(texts, near=True)
    assert duplication(texts, near=True, meet=meeting) == expected
    assert (expected.whole.documents, expected.whole.exact) == (31, 17)
    assert store.opened() == read, "no shard is opened for its keys"
    made = sorted(file.name for file in (tmp_path / "cache").glob("??/*.keys"))
    # Of the shards with equal texts one stands for the others; what has no text has no keys.
    assert made == sorted({f"{key_of_keys(text.entry.digest)}.keys" for text in texts if text.shard != "none.jsonl"})


def test_keys_are_made_once_and_are_the_same_from_anybody(tmp_path: Path) -> None:
    store, cache, version, texts = dataset(tmp_path)
    descriptor = descriptors_of(version, PLAN.settings, texts)[texts[1].entry.digest]
    work = Work(keys_one, store, cache)
    made = keys_one(descriptor, work)
    assert isinstance(made, Measured)
    assert made.key == key_of_keys(texts[1].entry.digest)
    file = tmp_path / "cache" / Name(made.key, KEYS).path
    before, data = file.stat().st_mtime_ns, file.read_bytes()
    assert keys_one(descriptor, work) == made
    assert file.stat().st_mtime_ns == before
    file.write_bytes(data[:-1])
    assert keys_one(descriptor, work) == made
    assert file.read_bytes() == data


def test_without_the_evidence_about_its_text_a_shard_has_no_keys(tmp_path: Path) -> None:
    store, cache, version, texts = dataset(tmp_path)
    descriptors = descriptors_of(version, PLAN.settings, texts)
    for file in (tmp_path / "cache").glob("??/*.text"):
        file.unlink()
    meeting = Meeting(Embedded, descriptors, lambda: store, cache)
    with pytest.raises(EvidenceDamaged, match=r"^\w+\.jsonl: the evidence about its text is not there; run"):
        meeting.files([Placed(texts[0].entry.digest, 0, 8)])


def test_other_evidence_about_a_text_has_no_part(tmp_path: Path) -> None:
    store, cache, version, texts = dataset(tmp_path)
    one, other = texts[0].entry, texts[1].entry
    cache.keep_text(one.key, other.load())
    meeting = Meeting(Embedded, descriptors_of(version, PLAN.settings, texts), lambda: store, cache)
    with pytest.raises(EvidenceDamaged, match=r"the evidence about its text is another one where its keys are made"):
        meeting.files([Placed(one.digest, 0, 8)])
    assert not list((tmp_path / "cache").rglob("*.keys"))


class Mapped(Embedded):
    """Notes of which shards it was asked to make keys."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def map_shards(
        self, descriptors: Iterable[Descriptor], work: Work
    ) -> Generator[tuple[Descriptor, Result], None, None]:
        descriptors = list(descriptors)
        self.asked += [descriptor.task.shard.path for descriptor in descriptors]
        return super().map_shards(descriptors, work)


def test_the_engine_is_asked_for_the_keys_that_are_not_here_alone(tmp_path: Path) -> None:
    store, cache, version, texts = dataset(tmp_path)
    engine = Mapped()
    meeting = Meeting(lambda: engine, descriptors_of(version, PLAN.settings, texts), lambda: store, cache)
    placed = [Placed(text.entry.digest, 8 * number, 8) for number, text in enumerate(texts[:2])]
    meeting.files(placed[:1])
    files = meeting.files(placed[::-1])
    assert engine.asked == ["a.jsonl", "b.jsonl"]
    assert [file.first for file in files] == [0, 8]
    # Keys that are known need no text.
    for file in (tmp_path / "cache").rglob("*.text"):
        file.unlink()
    assert meeting.files(placed) == files
    assert len(engine.asked) == 2


class Damaged(Mapped):
    """Its workers read other key files than those that this machine has."""

    def group(self, *_: object) -> Generator[Links, None, None]:
        raise EvidenceDamaged("the keys of a shard's texts are not there")
        yield


def test_keys_that_are_good_here_alone_are_looked_at_anew(tmp_path: Path) -> None:
    store, cache, version, texts = dataset(tmp_path)
    engine = Damaged()
    meeting = Meeting(lambda: engine, descriptors_of(version, PLAN.settings, texts), lambda: store, cache)
    placed = [Placed(text.entry.digest, 8 * number, 8) for number, text in enumerate(texts[:2])]
    for times in (1, 2):
        with pytest.raises(EvidenceDamaged):
            list(meeting(placed))
        assert len(engine.asked) == 2 * times


def test_where_keys_cannot_be_kept_the_reason_is_told(tmp_path: Path) -> None:
    store, cache, version, texts = dataset(tmp_path)
    places = {text.entry.digest: tmp_path / "cache" / key_of_keys(text.entry.digest)[:2] for text in texts}
    digest, folder = next((digest, folder) for digest, folder in places.items() if not folder.exists())
    folder.write_text("a file where a folder should be")
    descriptor = descriptors_of(version, PLAN.settings, texts)[digest]
    found = keys_one(descriptor, Work(keys_one, store, cache))
    assert isinstance(found, Measured)
    assert "cannot be written" in found.trouble
    meeting = Meeting(Embedded, {digest: descriptor}, lambda: store, EvidenceCache(tmp_path / "cache"))
    with pytest.raises(EngineError, match=r"jsonl: measurements are not kept: .* cannot be written"):
        meeting.files([Placed(digest, 0, 8)])


@pytest.mark.parametrize("damage", ["gone", "other", "flipped"])
def test_a_key_file_that_is_gone_or_damaged_is_named(tmp_path: Path, damage: str) -> None:
    store, cache, version, texts = dataset(tmp_path)
    made = keys_one(descriptors_of(version, PLAN.settings, texts)[texts[0].entry.digest], Work(keys_one, store, cache))
    assert isinstance(made, Measured)
    file = tmp_path / "cache" / Name(made.key, KEYS).path
    digest = made.digest
    if damage == "gone":
        file.unlink()
    elif damage == "other":
        digest = "00" * 32
    else:
        data = bytearray(file.read_bytes())
        data[600] ^= 1
        file.write_bytes(data)
    files = [KeyFile(made.key, digest, 0, 8 * BANDS)]
    with pytest.raises(EvidenceDamaged, match=made.key):
        list(Embedded().group(files, bucket_edges, cache, 32))
