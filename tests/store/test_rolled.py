"""A rollup stands for its entries as long as they bear it out: one request for all, and bodies when they are read."""

from __future__ import annotations

import pickle
import re
from collections import Counter
from hashlib import md5
from pathlib import Path

import pytest
from objects.servers import s3_server
from store.serving import Opened, moody_server, s3_address
from store.texts import equal, shard_text

from checker.engine.measuring import recall_all
from checker.errors import EvidenceDamaged
from checker.measure import EvidenceCache, Plan
from checker.measure.names import rollup_name
from checker.measure.shards import key_of, tasks_of, text_key_of
from checker.model.composition import Cell, Composition, Origin, Tally
from checker.model.dataset import DatasetSettings, DatasetVersion, OriginRule, Role, Shard
from checker.model.location import Location
from checker.store.addresses import address_of
from checker.store.encoding import digest_of
from checker.store.entries import ROLLUP, Kept, Name, encode_entry
from checker.store.holdings import SharedHolding
from checker.store.lists import list_name
from checker.store.opening import open_evidence
from checker.store.results import Results, noting
from checker.store.rollup import Rollup, TextHead, encode_rollup
from checker.store.shared import SharedStore
from checker.store.signing import Signed
from checker.store.transfer import push

LIST = b"[]"
OID = f"{md5(LIST).hexdigest()}.dir"
SETTINGS = DatasetSettings()
PLAN = Plan(text=True, settings=SETTINGS, signatures=True)
SHARDS = tuple(Shard(f"{number}.jsonl", f"{number:032x}") for number in range(6))
VERSION = DatasetVersion("data/train", "", OID, Location("data/train.dvc"), is_dir=True, shards=SHARDS)
TASKS = tasks_of([(VERSION, shard) for shard in SHARDS], SETTINGS)
RESULT = ("overlap", "9" * 64)
KEY = b"k" * 32


def kept(records: int) -> Kept:
    composition = Composition({Cell(Origin.HUMAN): Tally(records=records)})
    return Kept(composition, digest_of(composition))


def name_of() -> Name:
    name = rollup_name(VERSION, SETTINGS)
    assert name is not None
    return name


def rolled_up(folder: Path, change: Rollup | None = None) -> Path:
    """A folder with the entries of a version, the list of its shards, and a rollup of all."""
    cache = EvidenceCache(folder)
    compositions, texts = {}, {}
    for number, task in enumerate(TASKS):
        key, one = key_of(task, PLAN), kept(10 + number)
        cache.put(key, one)
        compositions[key] = encode_entry(key, one)
        entry = cache.keep_text(text_key_of(task, PLAN, one.composition), shard_text(10 + number, number))
        texts[entry.key] = TextHead(entry.digest, entry.records)
    cache.keep_shard_list(OID, "md5", LIST)
    rollup = Rollup({list_name(OID, "md5").key: LIST}, compositions, texts, {RESULT: b'{"a":1}'})
    file = folder / name_of().path
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"".join(encode_rollup(name_of().key, change or rollup)))
    return file


def served(folder: Path, store: Path, key: bytes | None = None) -> None:
    """What a machine has, in a store."""
    names = [Name(path.stem, path.suffix[1:]) for path in folder.glob("??/*")]
    push(folder, SharedStore(address_of(str(store))), names, key)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    rolled_up(tmp_path / "here")
    return tmp_path / "here"


@pytest.fixture
def store(here: Path, tmp_path: Path) -> Path:
    served(here, tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def cache(store: Path, tmp_path: Path, opened: Opened) -> EvidenceCache:
    """Another machine, which expects the rollup."""
    made = opened(open_evidence([address_of(str(store))], folder=tmp_path / "there"))
    made.expect_rollups((name_of(),))
    return made


def files(cache: EvidenceCache) -> Counter[str]:
    assert cache.path is not None
    return Counter(path.suffix for path in cache.path.glob("??/*"))


def asked_over_http(store: Path, folder: Path, opened: Opened) -> list[str]:
    with moody_server(store) as moods:
        cache = opened(open_evidence([address_of(moods.url)], folder=folder))
        cache.expect_rollups((name_of(),))
        assert cache.shard_list(OID, "md5") == LIST
        found = recall_all(TASKS, PLAN, cache)
        assert [one.composition for one in found.values()] == [kept(10 + place).composition for place in range(6)]
        assert [one.text.records for one in found.values() if one.text is not None] == [10, 11, 12, 13, 14, 15]
        assert cache.notes == ()
        assert cache.derived is not None
        assert Results(cache.derived).get(*RESULT) == {"a": 1}
    return moods.asked


def test_one_request_says_all_that_is_known_of_a_version(store: Path, tmp_path: Path, opened: Opened) -> None:
    assert asked_over_http(store, tmp_path / "there", opened) == [f"/v1/{name_of().path}"]
    assert asked_over_http(store, tmp_path / "there", opened) == []


def test_on_s3_it_is_one_request_too(here: Path, tmp_path: Path, opened: Opened) -> None:
    log = tmp_path / "log"
    (tmp_path / "empty").mkdir()
    with s3_server(tmp_path / "empty", log) as server:
        address = s3_address(server, "evidence")
        names = [Name(path.stem, path.suffix[1:]) for path in here.glob("??/*")]
        push(here, opened(SharedStore(address)), names, None)
        before = len(log.read_bytes())
        cache = opened(open_evidence([address], folder=tmp_path / "there"))
        cache.expect_rollups((name_of(),))
        assert len(recall_all(TASKS, PLAN, cache)) == len(SHARDS)
        assert cache.shard_list(OID, "md5") == LIST
        asked = re.findall(rb'"([A-Z]+) (/team/\S+) HTTP', log.read_bytes()[before:])
    assert asked == [(b"GET", f"/team/evidence/v1/{name_of().path}".encode())]


def test_what_is_all_here_asks_for_no_rollup(here: Path, tmp_path: Path, opened: Opened) -> None:
    (here / name_of().path).unlink()
    with moody_server(tmp_path) as moods:
        cache = opened(open_evidence([address_of(moods.url)], folder=here))
        cache.expect_rollups((name_of(),))
        assert len(recall_all(TASKS, PLAN, cache)) == len(SHARDS)
        assert moods.asked == []


def test_a_rollup_that_is_here_serves_without_any_store(here: Path, tmp_path: Path) -> None:
    alone = EvidenceCache(tmp_path / "there")
    target = tmp_path / "there" / name_of().path
    target.parent.mkdir(parents=True)
    (here / name_of().path).rename(target)
    assert recall_all(TASKS, PLAN, alone) == {}
    alone.expect_rollups((name_of(),))
    assert len(recall_all(TASKS, PLAN, alone)) == len(SHARDS)


def test_the_first_of_a_choice_that_there_is_is_opened(store: Path, tmp_path: Path, opened: Opened) -> None:
    cache = opened(open_evidence([address_of(str(store))], folder=tmp_path / "there"))
    other = Name("0" * 64, ROLLUP)
    cache.expect_rollups((other,))
    assert cache.get(key_of(TASKS[0], PLAN)) == kept(10)
    assert files(cache) == {".json": 1}
    cache.expect_rollups((other, name_of()))
    assert cache.get(key_of(TASKS[1], PLAN)) == kept(11)
    assert files(cache) == {".json": 1, ".rollup": 1}


def test_who_doubts_the_evidence_does_not_take_what_follows_from_it(cache: EvidenceCache) -> None:
    cache.expect_rollups((name_of(),), results=False)
    assert len(recall_all(TASKS, PLAN, cache)) == len(SHARDS)
    assert Results(cache.derived).get(*RESULT) is None


def test_bodies_are_fetched_more_at_a_time_the_more_are_read(cache: EvidenceCache) -> None:
    found = recall_all(TASKS, PLAN, cache)
    texts = [one.text for one in found.values() if one.text is not None]
    assert files(cache)[".text"] == 0
    there = []
    for number, text in enumerate(texts):
        assert equal(text.load(), shard_text(10 + number, number))
        there.append(files(cache)[".text"])
    assert there[0] == 1
    assert there[-1] == len(SHARDS)
    assert there == sorted(there)
    assert [text.documents().tokens.tolist() for text in texts] == [
        shard_text(10 + number, number).documents.tokens.tolist() for number in range(6)
    ]


def test_an_entry_reads_its_body_in_another_process(cache: EvidenceCache) -> None:
    text = recall_all(TASKS, PLAN, cache)[SHARDS[2].hash].text
    assert text is not None
    assert equal(pickle.loads(pickle.dumps(text)).load(), shard_text(12, 2))
    assert pickle.loads(pickle.dumps(cache)).get(key_of(TASKS[0], PLAN)) == kept(10)


def test_without_a_folder_it_serves_all_the_same(store: Path, tmp_path: Path, opened: Opened) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = opened(open_evidence([address_of(str(store))], folder=tmp_path / "file"))
    cache.expect_rollups((name_of(),))
    found = recall_all(TASKS, PLAN, cache)
    assert len(found) == len(SHARDS)
    text = found[SHARDS[0].hash].text
    assert text is not None
    assert text.sample().complete
    assert "measurements are not kept" in cache.note


def test_a_composition_that_says_something_else_than_its_digest_ends_the_belief(tmp_path: Path, opened: Opened) -> None:
    key = key_of(TASKS[0], PLAN)
    forged = encode_entry(key, Kept(kept(99).composition, kept(10).digest))
    rolled_up(tmp_path / "here", Rollup({}, {key: forged}))
    rollup = (tmp_path / "here" / name_of().path).read_bytes()
    (tmp_path / "here" / name_of().path).unlink()
    served(tmp_path / "here", tmp_path / "store")
    target = tmp_path / "store" / "v1" / name_of().path
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(rollup)
    cache = opened(open_evidence([address_of(str(tmp_path / "store"))], folder=tmp_path / "there"))
    cache.expect_rollups((name_of(),))
    found = recall_all(TASKS, PLAN, cache)
    assert found[SHARDS[0].hash].composition == kept(10).composition
    (note,) = cache.notes
    assert note.startswith(f"{name_of().path} is not used: ")
    assert "its digest is not that of its counts" in note
    assert files(cache)[".rollup"] == 0
    holding = SharedHolding(SharedStore(address_of(str(tmp_path / "store"))), Signed.OPTIONAL, None)
    assert "its digest is not that of its counts" in holding.problem(name_of())
    assert [problem for entry in holding.entries() if (problem := holding.problem(entry.name))] == [
        holding.problem(name_of())
    ]


def test_a_rollup_whose_entry_does_not_pass_is_not_pushed(tmp_path: Path) -> None:
    forged = encode_entry("a" * 64, Kept(kept(99).composition, kept(10).digest))
    file = rolled_up(tmp_path / "here", Rollup({}, {"a" * 64: forged}))
    moved = push(tmp_path / "here", SharedStore(address_of(str(tmp_path / "store"))), [name_of()], None)
    assert moved.sent == ()
    (problem,) = moved.damaged
    assert problem.startswith(f"{file.parent.name}/{file.name} cannot be used as evidence: its digest")


def test_a_body_that_is_gone_ends_the_belief_in_texts(cache: EvidenceCache, store: Path) -> None:
    text = recall_all(TASKS, PLAN, cache)[SHARDS[0].hash].text
    assert text is not None
    for file in store.rglob("*.text"):
        file.unlink()
    with pytest.raises(EvidenceDamaged, match="cannot be had, which a rollup names"):
        text.load()
    assert recall_all(TASKS, PLAN, cache) == {}
    assert len(recall_all(TASKS, Plan(text=True, settings=SETTINGS), cache)) == len(SHARDS)
    (note,) = cache.notes
    assert note.startswith(f"the texts of {name_of().path} are not used: ")


def test_another_body_than_the_rollup_says_ends_all_belief(cache: EvidenceCache, store: Path) -> None:
    text = recall_all(TASKS, PLAN, cache)[SHARDS[0].hash].text
    assert text is not None
    EvidenceCache(store / "v1").keep_text(text.key, shard_text(10, seed=77))
    with pytest.raises(EvidenceDamaged, match="it holds other evidence"):
        text.load()
    (note,) = cache.notes
    assert note.startswith(f"{name_of().path} is not used: ")
    again = recall_all(TASKS, PLAN, cache)[SHARDS[0].hash].text
    assert again is not None
    assert equal(again.load(), shard_text(10, seed=77))


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_where_signatures_are_required_a_rollup_needs_one(
    here: Path, tmp_path: Path, opened: Opened, signed: bool
) -> None:
    served(here, tmp_path / "signed", KEY)
    if not signed:
        (tmp_path / "signed" / "v1" / f"{name_of().path}.sig").unlink()
    environment = {"HEADWATER_EVIDENCE_KEY": KEY.decode()}
    cache = opened(
        open_evidence(
            [address_of(str(tmp_path / "signed"))],
            folder=tmp_path / "there",
            signed=Signed.REQUIRED,
            environment=environment,
        )
    )
    cache.expect_rollups((name_of(),))
    assert len(recall_all(TASKS, PLAN, cache)) == len(SHARDS)
    assert files(cache)[".text"] == (0 if signed else len(SHARDS))
    assert ("it is not signed" in cache.note) is not signed


@pytest.mark.parametrize(
    ("version", "settings"),
    [
        pytest.param(VERSION._replace(hash=f"{'0' * 32}.dir"), SETTINGS, id="other shards"),
        pytest.param(VERSION._replace(hash_name="md5-dos2unix"), SETTINGS, id="another kind of hash"),
        pytest.param(VERSION._replace(path="data/synthetic"), SETTINGS, id="another place"),
        pytest.param(VERSION._replace(meta={"headwater": {"origin": "machine"}}), SETTINGS, id="a stated origin"),
        pytest.param(VERSION, DatasetSettings(role=Role.EVAL), id="another role"),
        pytest.param(VERSION, DatasetSettings(fields={"text": "body"}), id="another field"),
        pytest.param(VERSION, DatasetSettings(values={"origin": {"gpt": "machine"}}), id="another meaning"),
        pytest.param(VERSION, DatasetSettings(origins=(OriginRule("*", "machine"),)), id="another rule of origins"),
        pytest.param(VERSION, DatasetSettings(format="csv"), id="another format"),
        pytest.param(VERSION, DatasetSettings(domain="law"), id="another domain"),
        pytest.param(VERSION, DatasetSettings(language="de"), id="another language"),
        pytest.param(VERSION, DatasetSettings(slices={"label": "y"}), id="other slices"),
    ],
)
def test_what_decides_the_entries_decides_which_rollup_it_is(
    version: DatasetVersion, settings: DatasetSettings
) -> None:
    assert rollup_name(version, settings) not in (None, name_of())


def test_a_version_without_a_hash_has_no_rollup() -> None:
    assert rollup_name(VERSION._replace(hash=None), SETTINGS) is None


def test_what_follows_from_the_data_alone_is_not_taken_from_a_rollup(tmp_path: Path) -> None:
    """How alike two texts are is read where they lie; no honest rollup says it."""
    results = Results(tmp_path)
    results.put_bodies({("jaccard", "1" * 64): b'{"similarity":1}', RESULT: b'{"a":1}'})
    assert results.get("jaccard", "1" * 64) is None
    assert results.get(*RESULT) == {"a": 1}


def test_results_that_are_used_are_noted(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.put("overlap", "1" * 64, {"a": 1})
    with noting() as used:
        assert results.get("overlap", "1" * 64) == {"a": 1}
        assert results.get("overlap", "2" * 64) is None
        results.put("growth", "3" * 64, {})
    assert results.get("growth", "3" * 64) == {}
    assert used == {("overlap", "1" * 64), ("growth", "3" * 64)}
    results.put_bodies({("overlap", "1" * 64): b'{"a":2}', ("comparison", "4" * 64): b'{"b":3}'})
    assert results.body("overlap", "1" * 64) == b'{"a":1}'
    assert results.get("comparison", "4" * 64) == {"b": 3}
