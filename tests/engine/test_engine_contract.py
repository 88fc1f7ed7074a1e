"""One contract for all engines: the same evidence, byte for byte, and the same links, whoever does the work."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from engine import clusters, kernels
from engine.shards import FolderStore, notes, with_text

from checker.compare import bucket_edges, components
from checker.engine.choosing import Choice, open_engine
from checker.engine.embedded import Embedded
from checker.engine.kernels import keys_one, measure_one
from checker.engine.seam import Descriptor, Engine, GroupKernel, KeyFile, Measured, Result, Work
from checker.errors import EvidenceDamaged, UsageError
from checker.measure import EvidenceCache, Plan
from checker.measure.shards import tasks_of
from checker.model.composition import Unmeasured
from checker.model.dataset import DatasetSettings
from checker.model.text import BANDS
from checker.store.addresses import address_of
from checker.store.entries import KEYS, Name
from checker.store.shared import SharedStore
from checker.store.sharing import Shared

pytestmark = [pytest.mark.filterwarnings("ignore:PySpark does not yet:FutureWarning"), pytest.mark.timeout(600)]
PLAN = Plan(text=True, settings=DatasetSettings(), signatures=True, backend="numpy")
PARTS = 64
ENGINES = [
    pytest.param("one process", id="embedded-one-worker"),
    pytest.param("two workers", id="embedded-two-workers"),
    pytest.param("local-cluster", id="spark-local-cluster", marks=pytest.mark.engines),
    pytest.param("connect", id="spark-connect", marks=pytest.mark.engines),
    pytest.param("sail", id="sail", marks=pytest.mark.engines),
]


class Evidence(NamedTuple):
    """A folder of the driver's and a shared store, both empty at first."""

    folder: Path

    def cache(self) -> EvidenceCache:
        """Opened anew: nothing is remembered."""
        store = SharedStore(address_of(str(self.folder / "store")))
        (self.folder / "store").mkdir(parents=True, exist_ok=True)
        return EvidenceCache(self.folder / "evidence", Shared((store,)))

    def files(self) -> dict[str, str]:
        """The sha256 of every entry, wherever the engine has put it."""
        found: dict[str, str] = {}
        for top in (self.folder / "evidence", self.folder / "store" / "v1"):
            for file in top.glob("[0-9a-f][0-9a-f]/*"):
                name, digest = file.relative_to(top).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest()
                assert found.setdefault(name, digest) == digest
        return found

    def places(self, name: Name) -> list[Path]:
        """Where an entry lies."""
        tops = (self.folder / "evidence", self.folder / "store" / "v1")
        return [top / name.path for top in tops if (top / name.path).exists()]


class Made(NamedTuple):
    """What an engine has made of the shards."""

    evidence: Evidence
    results: Mapping[str, Result]
    keys: Mapping[str, Result]
    files: tuple[KeyFile, ...]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    name: str = request.param
    if name in ("one process", "two workers"):
        yield Embedded(2 if name == "two workers" else 1)
        return
    clusters.need_pyspark()
    if name == "local-cluster":
        clusters.need_java()
        choice = Choice(master=clusters.LOCAL_CLUSTER)
    else:
        choice = Choice(remote=request.getfixturevalue(f"{name}_address"))
    opened = open_engine(choice)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> FolderStore:
    return FolderStore(tmp_path_factory.mktemp("shards"))


@pytest.fixture(scope="module")
def descriptors(source: FolderStore) -> list[Descriptor]:
    """Texts that are shared across shards and within one, an empty one, and three that cannot be read."""
    shards = [source.add(f"{number}.jsonl", *notes(20 * number)) for number in range(4)]
    shards.append(source.add("near.jsonl", *(with_a_word_more(note) for note in notes(10, 30))))
    shards.append(source.add("one.jsonl", *notes(0, 1)))
    shards.append(source.add("empty.jsonl"))
    shards.append(source.add("wordless.jsonl", {"text": ""}, {"text": " "}))
    shards.append(source.add("table.xyz", data=bytes(range(256)) * 8))
    shards.append(source.add("cut.parquet", data=b"PAR1 and nothing more"))
    gone = source.add("gone.jsonl", {"text": "was here"})
    (source.folder / "objects" / gone[1].hash).unlink()
    return [Descriptor(task, PLAN) for task in tasks_of([*shards, gone], PLAN.settings)]


def with_a_word_more(note: dict[str, object]) -> dict[str, object]:
    return {**note, "text": f"{note['text']} again"}


@pytest.fixture(scope="module")
def reference(source: FolderStore, descriptors: Sequence[Descriptor], tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(Embedded(), descriptors, source, Evidence(tmp_path_factory.mktemp("reference")))


@pytest.fixture(scope="module")
def own(
    engine: Engine, source: FolderStore, descriptors: Sequence[Descriptor], tmp_path_factory: pytest.TempPathFactory
) -> Made:
    """What the engine has made, given the shards in another order than the reference had them."""
    return made(engine, descriptors[::-1], source, Evidence(tmp_path_factory.mktemp("own")))


def made(engine: Engine, descriptors: Sequence[Descriptor], source: FolderStore, evidence: Evidence) -> Made:
    results = mapped(engine, descriptors, Work(measure_one, source, evidence.cache()))
    measured = [one for one in descriptors if isinstance(results[one.task.shard.hash], Measured)]
    known = [with_text(one, results[one.task.shard.hash], evidence.cache()) for one in measured]
    keys = mapped(engine, known, Work(keys_one, source, evidence.cache()))
    return Made(evidence, results, keys, key_files(keys, evidence.cache()))


def mapped(engine: Engine, descriptors: Iterable[Descriptor], work: Work) -> dict[str, Result]:
    return {descriptor.task.shard.hash: result for descriptor, result in engine.map_shards(descriptors, work)}


def key_files(keys: Mapping[str, Result], cache: EvidenceCache) -> tuple[KeyFile, ...]:
    """Numbered in the order of their hashes."""
    files, first = [], 0
    for _, result in sorted(keys.items()):
        assert isinstance(result, Measured)
        found = cache.keys(result.key)
        assert found is not None
        files.append(KeyFile(result.key, result.digest, first, found.head.entries))
        first += found.head.texts
    return tuple(files)


class Grouped(NamedTuple):
    """The sha256 of all links, their number, and the component of each text."""

    digest: str
    links: int
    labels: tuple[int, ...]


def grouped(
    engine: Engine,
    files: Sequence[KeyFile],
    evidence: Evidence,
    kernel: GroupKernel = bucket_edges,
    parts: int = PARTS,
) -> Grouped:
    texts = sum(file.entries for file in files) // BANDS
    found = list(engine.group(files, kernel, evidence.cache(), parts))
    assert [links.part for links in found] == sorted(links.part for links in found)
    edges = np.concatenate([np.empty((0, 2), np.int64), *(links.edges for links in found)])
    labels = tuple(components(edges, texts).tolist())
    return Grouped(hashlib.sha256(edges.tobytes()).hexdigest(), len(edges), labels)


def test_the_evidence_is_equal_byte_for_byte_in_any_order(own: Made, reference: Made) -> None:
    assert own.evidence.files() == reference.evidence.files()
    assert {name.rpartition(".")[2] for name in own.evidence.files()} == {"json", "text", "keys"}


def test_the_results_are_equal(own: Made, reference: Made) -> None:
    assert own.results == reference.results
    assert own.keys == reference.keys
    assert own.files == reference.files


def test_what_cannot_be_read_is_unmeasured(own: Made, descriptors: Sequence[Descriptor]) -> None:
    unread = {one.task.shard.path for one in descriptors if isinstance(own.results[one.task.shard.hash], Unmeasured)}
    assert unread == {"table.xyz", "cut.parquet", "gone.jsonl"}


def test_a_second_run_opens_no_shard(
    engine: Engine, own: Made, source: FolderStore, descriptors: Sequence[Descriptor]
) -> None:
    known = [one for one in descriptors if isinstance(own.results[one.task.shard.hash], Measured)]
    before, files = len(source.opened()), own.evidence.files()
    again = mapped(engine, known, Work(measure_one, source, own.evidence.cache()))
    assert again == {one.task.shard.hash: own.results[one.task.shard.hash] for one in known}
    assert len(source.opened()) == before
    assert own.evidence.files() == files


def test_the_links_are_equal_in_any_order_of_files(engine: Engine, own: Made, reference: Made) -> None:
    expected = grouped(Embedded(), reference.files, reference.evidence)
    assert expected.links > 1000
    assert len(set(expected.labels)) < len(expected.labels)
    assert grouped(engine, own.files[::-1], own.evidence) == expected


def test_the_links_do_not_depend_on_the_number_of_parts(engine: Engine, own: Made, reference: Made) -> None:
    assert grouped(engine, own.files, own.evidence, parts=512) == grouped(
        Embedded(), reference.files, reference.evidence, parts=32
    )


def test_one_shard_is_grouped_within_itself(engine: Engine, own: Made, reference: Made) -> None:
    largest = max(own.files, key=lambda file: file.entries)._replace(first=0)
    expected = grouped(Embedded(), [largest], reference.evidence)
    assert expected.links > 0
    assert grouped(engine, [largest], own.evidence) == expected


def test_a_shard_that_comes_twice_is_linked_with_its_copy(engine: Engine, own: Made, reference: Made) -> None:
    one = max(own.files, key=lambda file: file.entries)._replace(first=0)
    texts = one.entries // BANDS
    twice = [one, one._replace(first=texts)]
    expected = grouped(Embedded(), twice, reference.evidence)
    assert expected.labels[texts:] == expected.labels[:texts]
    assert grouped(engine, twice, own.evidence) == expected


def test_nothing_gives_nothing(engine: Engine, source: FolderStore, own: Made) -> None:
    assert mapped(engine, [], Work(measure_one, source, own.evidence.cache())) == {}
    assert grouped(engine, [], own.evidence) == Grouped(hashlib.sha256(b"").hexdigest(), 0, ())
    wordless = [file for file in own.files if not file.entries]
    assert wordless
    assert grouped(engine, wordless, own.evidence).links == 0


def test_who_wants_no_more_links_can_go(engine: Engine, own: Made, reference: Made) -> None:
    found = engine.group(own.files, bucket_edges, own.evidence.cache(), PARTS)
    assert len(next(found).edges)
    found.close()
    assert not list(found)
    assert grouped(engine, own.files, own.evidence) == grouped(Embedded(), reference.files, reference.evidence)


def test_what_a_kernel_refuses_is_told_as_it_was_said(engine: Engine, own: Made) -> None:
    with pytest.raises(UsageError, match="there are no such keys; look for others"):
        grouped(engine, own.files, own.evidence, kernels.refuse_keys)


@pytest.mark.parametrize("harm", ["flipped", "cut short", "gone"])
def test_a_damaged_key_file_is_named(engine: Engine, own: Made, tmp_path: Path, harm: str) -> None:
    shutil.copytree(own.evidence.folder, tmp_path / "hurt")
    hurt, file = Evidence(tmp_path / "hurt"), max(own.files, key=lambda file: file.entries)
    places = hurt.places(Name(file.key, KEYS))
    assert places
    for place in places:
        damage(place, harm)
    with pytest.raises(EvidenceDamaged, match=file.key):
        grouped(engine, own.files, hurt)


def damage(place: Path, harm: str) -> None:
    data = bytearray(place.read_bytes())
    if harm == "flipped":
        data[len(data) // 3] ^= 1
        place.write_bytes(data)
    elif harm == "cut short":
        place.write_bytes(data[:-100])
    else:
        place.unlink()
