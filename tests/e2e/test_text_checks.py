"""Copies, leaks and drift in a real repository: found from bytes or from shared evidence, and never guessed."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from e2e.data_repository import DataRepository, empty

SETTINGS = """\
datasets:
  - {path: data/train, role: train}
  - {path: data/gold, role: gold}
"""
POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: text, version: 1.0.0}
select: {roles: [train]}
rules:
  - {id: copies, check: near-duplication, level: block, with: {max: 0.05, per: [dataset]}}
  - {id: leak, check: gold-overlap, level: block, with: {against: [gold], methods: [exact, near], max_documents: 0}}
"""
RELEASE = ("--rev", "HEAD", "--all", "--stage", "release", "--policy-ref", "HEAD", "--offline")
WORDS = [f"{onset}{rest}" for onset in "bdfgklmnprstvz" for rest in ("aro", "eli", "ing", "omb", "ust", "yle", "and")]


def texts(seed: int, count: int) -> Iterator[str]:
    """Documents of 40 to 80 words that have nothing in common but the words."""
    source = random.Random(seed)
    for _ in range(count):
        yield " ".join(source.choice(WORDS) for _ in range(source.randint(40, 80)))


def write(path: Path, documents: list[str]) -> None:
    """A shard of JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in documents), encoding="utf-8")


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Two shards of training data and a reservoir of gold, committed, with nothing wrong."""
    made = empty(tmp_path_factory.mktemp("clean"))
    write(made.path / "data/train/0.jsonl", list(texts(1, 60)))
    write(made.path / "data/train/1.jsonl", list(texts(2, 60)))
    write(made.path / "data/gold/gold.jsonl", list(texts(3, 50)))
    (made.path / "headwater.yaml").write_text(SETTINGS, encoding="utf-8")
    (made.path / "policies").mkdir()
    (made.path / "policies/text.yaml").write_text(POLICY, encoding="utf-8")
    made.track("data/train", "data/gold")
    assert made.commit("Data, gold and a policy about them").returncode == 0
    return made


@pytest.fixture
def repository(clean: DataRepository, tmp_path: Path) -> DataRepository:
    """A copy that the test may change."""
    path = tmp_path / "data-repository"
    shutil.copytree(clean.path, path, symlinks=True)
    return DataRepository(path)


def outcomes(repository: DataRepository, *arguments: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """Exit code and outcomes by rule of a check."""
    ended = repository.headwater("check", "--format", "json", *arguments)
    assert ended.returncode in (0, 1, 3), ended.stderr
    found: dict[str, list[dict[str, Any]]] = {}
    for outcome in json.loads(ended.stdout)["outcomes"]:
        found.setdefault(outcome["rule"], []).append(outcome)
    return ended.returncode, found


def leak(repository: DataRepository) -> None:
    """Training takes up one document of gold as it is, and one with a word changed."""
    gold = list(texts(3, 50))
    near = gold[7].split()
    near[20] = "changed"
    write(repository.path / "data/train/1.jsonl", [*texts(2, 60), gold[4], " ".join(near)])
    repository.track("data/train")


def test_clean_data_passes(repository: DataRepository) -> None:
    code, found = outcomes(repository, "--rev", "HEAD", "--all", "--stage", "push")
    assert (code, {outcome["status"] for rule in found.values() for outcome in rule}) == (0, {"pass"})


def test_a_leak_of_gold_is_refused_and_the_documents_are_named(repository: DataRepository) -> None:
    leak(repository)
    code, found = outcomes(repository, "--staged", "--stage", "push")
    (refused,) = [outcome for outcome in found["text/leak"] if outcome["status"] == "fail"]
    assert code == 1
    assert refused["measured"] == 2
    assert "data/train/1.jsonl:61 = data/gold/gold.jsonl:5" in refused["message"]
    assert "data/train/1.jsonl:62" in refused["message"]
    # Both texts were read for it, so it is no estimate.
    assert "about" not in refused["message"]


def test_a_change_of_gold_in_the_same_commit_does_not_hide_the_leak(repository: DataRepository) -> None:
    leak(repository)
    write(repository.path / "data/gold/gold.jsonl", list(texts(9, 50)))
    repository.track("data/gold")
    code, found = outcomes(repository, "--staged", "--stage", "push")
    assert code == 1
    assert "fail" in {outcome["status"] for outcome in found["text/leak"]}


def test_without_gold_nothing_is_passed(repository: DataRepository) -> None:
    (repository.path / "headwater.yaml").write_text(SETTINGS.replace("gold}", "raw}"), encoding="utf-8")
    repository.git("commit", "-am", "No gold any more")
    code, found = outcomes(repository, *RELEASE)
    assert code == 3
    assert {outcome["status"] for outcome in found["text/leak"]} == {"not-evaluated"}
    assert "no other dataset has the role gold" in found["text/leak"][0]["reason"]


def test_what_was_measured_once_is_judged_without_the_data(repository: DataRepository) -> None:
    leak(repository)
    first = outcomes(repository, "--staged", "--stage", "push")
    for path in (repository.path / ".dvc/cache/files/md5").glob("*/*"):
        if path.suffix != ".dir":
            path.unlink()
    assert outcomes(repository, "--staged", "--stage", "push") == first


def test_a_runner_without_data_judges_by_shared_evidence(repository: DataRepository, tmp_path: Path) -> None:
    leak(repository)
    store = shared(repository, tmp_path)
    expected = outcomes(repository, *RELEASE)
    without_data(repository, tmp_path)
    code, found = outcomes(repository, *RELEASE)
    assert code == expected[0] == 1
    assert [one["measured"] for one in found["text/leak"]] == [one["measured"] for one in expected[1]["text/leak"]]
    assert len(list(store.rglob("*.list"))) == 2
    shutil.rmtree(tmp_path / "cache")
    shutil.rmtree(store)
    code, found = outcomes(repository, *RELEASE)
    assert (code, {outcome["status"] for outcome in found["text/leak"]}) == (3, {"not-evaluated"})
    assert "nor is the list among the evidence" in found["text/leak"][0]["reason"]
    assert "dvc fetch data/train, or `headwater evidence push`" in found["text/leak"][0]["fix"].replace("`, or", ", or")


def test_a_runner_without_data_passes_what_is_clean(repository: DataRepository, tmp_path: Path) -> None:
    store = shared(repository, tmp_path)
    without_data(repository, tmp_path)
    code, found = outcomes(repository, *RELEASE)
    assert (code, {outcome["status"] for rule in found.values() for outcome in rule}) == (0, {"pass"})
    assert store.is_dir()


def test_a_forged_list_of_shards_is_refused_and_named(repository: DataRepository, tmp_path: Path) -> None:
    """Whoever may write to the store leaves out the shard that leaks; git's md5 says otherwise."""
    leak(repository)
    store = shared(repository, tmp_path)
    for rollup in store.rglob("*.rollup"):  # it holds the list, too
        rollup.unlink()
    (real,) = [path for path in store.rglob("*.list") if b"1.jsonl" in path.read_bytes()]
    real.write_bytes(json.dumps(json.loads(real.read_bytes())[:1]).encode())
    without_data(repository, tmp_path)
    ended = repository.headwater("check", "--format", "json", *RELEASE)
    report = json.loads(ended.stdout)
    assert ended.returncode == 3
    assert {one["status"] for one in report["outcomes"] if one["rule"] == "text/leak"} == {"not-evaluated"}
    (note,) = [note for note in report["notes"] if "not used" in note]
    assert real.name in note
    assert "it is another list than the one that git records" in note


def shared(repository: DataRepository, home: Path) -> Path:
    """The evidence of what is staged or committed, in a store that headwater.yaml names."""
    store = home / "evidence"
    with (repository.path / "headwater.yaml").open("a", encoding="utf-8") as settings:
        settings.write(f"evidence: {{stores: ['{store.as_uri()}']}}\n")
    repository.git("commit", "-aqm", "Share the evidence")
    done = repository.headwater("measure", "--store", str(store))
    assert done.returncode == 0, done.stderr
    return store


def without_data(repository: DataRepository, home: Path) -> None:
    """Take away the user's evidence and everything that DVC keeps; nothing was pushed to its remote."""
    assert not (home / "store").exists()
    shutil.rmtree(home / "cache")
    shutil.rmtree(repository.path / ".dvc/cache")


@pytest.mark.parametrize("where", ["check", "measure"])
def test_a_composition_that_counts_other_records_is_found_and_replaced(repository: DataRepository, where: str) -> None:
    leak(repository)
    assert repository.headwater("measure").returncode == 0
    forge_count(repository)
    command = ("check", "--staged", "--stage", "push") if where == "check" else ("measure",)
    again = repository.headwater(*command, "--reverify", "100%")
    assert again.returncode == 1
    assert "data/train/1.jsonl: the kept composition differ" in again.stdout
    forge_count(repository)
    told = repository.headwater(*command).stdout
    assert "data/train/1.jsonl: the composition that was kept counted 61 records, its bytes hold 62" in told
    assert "counted 61 records" not in repository.headwater(*command).stdout
    assert "0 measured" in repository.headwater("measure").stdout


def forge_count(repository: DataRepository) -> None:
    """Take one record from the kept composition of the shard that leaks, with good checksums."""
    script = """
from checker.measure import EvidenceCache
from checker.store.encoding import digest_of
from checker.store.entries import COMPOSITION, Kept
from checker.store.holdings import LocalHolding
cache = EvidenceCache.default()
for entry in LocalHolding(cache.path).entries():
    kept = cache.get(entry.name.key) if entry.name.kind == COMPOSITION else None
    if kept is not None and kept.composition.records == 62:
        ((cell, tally),) = kept.composition.cells.items()
        fewer = kept.composition._replace(cells={cell: tally._replace(records=61)})
        cache.put(entry.name.key, Kept(fewer, digest_of(fewer)))
"""
    repository.run("python", "-c", script)


def test_forged_evidence_is_found_by_measuring_again(repository: DataRepository) -> None:
    leak(repository)
    measured = repository.headwater("measure")
    assert measured.returncode == 0, measured.stderr
    forge(repository)
    believed, _ = outcomes(repository, "--staged", "--stage", "push")
    code, found = outcomes(repository, "--staged", "--stage", "push", "--reverify", "100%")
    assert believed == 0
    assert code == 1
    (refused,) = [one for one in found["headwater/evidence-reverified"] if one["status"] == "fail"]
    assert "data/train/1.jsonl" in refused["message"]
    assert "text" in refused["message"]


def forge(repository: DataRepository) -> None:
    """Put evidence of other documents in the place of those that leaked, with good checksums."""
    script = """
import sys
from pathlib import Path
from checker.engine.seam import Descriptor
from checker.measure.shards import Plan, recall, tasks_of
from checker.store import EvidenceCache
from checker.survey import Target, open_scene
from checker.shards import with_shards
from checker.discover.objects import open_store
scene = open_scene(Target("."))
cache = EvidenceCache.default()
(train,) = [dataset for dataset in scene.datasets if dataset.name == "data/train"]
with open_store(scene.repository, scene.config, remotes=False) as store:
    version = with_shards(train, lambda: store, base=False).version
plan = Plan(text=True, signatures=True, settings=train.settings)
tasks = {task.shard.path: recall(task, plan, cache) for task in
         tasks_of([(version, shard) for shard in version.shards], train.settings)}
honest = tasks["1.jsonl"].text.load()
documents = honest.documents
hashes, signatures = documents.hashes.copy(), documents.signatures.copy()
hashes[60:] ^= 1
signatures[60:] ^= 85
cache.keep_text(tasks["1.jsonl"].text.key, honest._replace(
    documents=documents._replace(hashes=hashes, signatures=signatures)))
"""
    repository.run("python", "-c", script)


def test_damaged_evidence_is_measured_again_within_the_run(repository: DataRepository, tmp_path: Path) -> None:
    leak(repository)
    assert repository.headwater("measure").returncode == 0
    entries = sorted((tmp_path / "cache").rglob("*.text"))
    for entry in entries:
        data = bytearray(entry.read_bytes())
        data[len(data) // 2] ^= 255
        entry.write_bytes(data)
    code, found = outcomes(repository, "--staged", "--stage", "push")
    assert len(entries) == 3
    assert code == 1
    assert [one["measured"] for one in found["text/leak"] if one["status"] == "fail"] == [2]


def test_text_that_hides_in_another_field_is_not_passed(repository: DataRepository) -> None:
    gold = list(texts(3, 50))
    rows = [{"text": text} for text in texts(2, 60)] + [{"body": text, "text": ""} for text in gold * 3]
    shard = repository.path / "data/train/1.jsonl"
    shard.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    repository.track("data/train")
    repository.git("commit", "-qm", "Take up more")
    code, found = outcomes(repository, *RELEASE)
    assert code == 3
    assert "only 120 of 270 records of data/train have text that is seen" in found["text/leak"][0]["message"]
    assert {one["status"] for rule in found.values() for one in rule} == {"not-evaluated"}
