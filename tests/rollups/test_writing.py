"""Rollups are written whole by whoever writes them, two at once as well, and hold what can be worked out in time."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from e2e.data_repository import empty
from e2e.test_text_checks import texts, write

from checker.measure.names import rollup_name
from checker.rollups import Written, write_rollups
from checker.store.addresses import address_of
from checker.store.entries import Name
from checker.store.results import Results
from checker.store.rollup import Rollup, read_rollup
from checker.store.shared import SharedStore
from checker.store.sharing import Shared
from checker.store.signing import Signed, signing_key
from checker.store.transfer import push
from checker.survey import Scene, Target, open_scene

POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: text, version: 1.0.0}
rules:
  - {id: copies, check: near-duplication, level: block, with: {max: 0.05, per: [dataset]}}
"""
CAP = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: text, version: 1.0.0}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.5}}
"""
# Exact copies alone are another result than near ones beside them, and asked for at other stages.
TWO_RESULTS = f"""{POLICY.replace("level: block", "level: block, stages: [release]")}
  - {{id: exact, check: duplication, level: block, stages: [pr], with: {{max: 0.05}}}}
"""
DOCUMENTS = 36
SECRET = "0123456789abcdef" * 4


class Machine(NamedTuple):
    """A repository whose evidence lies in `folder`, and nowhere else."""

    repository: Path
    folder: Path

    def scene(self) -> Scene:
        return open_scene(Target(str(self.repository)))

    def policy(self, text: str) -> None:
        """Another policy in the index."""
        (self.repository / "policies/text.yaml").write_text(text, encoding="utf-8")
        subprocess.run(("git", "-C", str(self.repository), "add", "policies"), check=True)

    def name(self) -> Name:
        (dataset,) = self.scene().datasets
        name = rollup_name(dataset.version, dataset.settings)
        assert name is not None
        return name


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Three shards, measured once."""
    made = empty(tmp_path_factory.mktemp("rollups") / "home")
    for number in range(3):
        write(made.path / f"data/train/{number}.jsonl", list(texts(number, DOCUMENTS // 3)))
    (made.path / "policies").mkdir()
    (made.path / "policies/text.yaml").write_text(POLICY, encoding="utf-8")
    made.track("data/train")
    assert made.commit("Data and a policy about it").returncode == 0
    done = made.headwater("measure", "--json")
    assert json.loads(done.stdout)["measured"] == 3
    (entry,) = {file.parent.parent for file in made.path.parent.rglob("*.text")}
    yield Machine(made.path, entry)


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADWATER_EVIDENCE_KEY", raising=False)


@pytest.fixture
def machine(measured: Machine, tmp_path: Path) -> Machine:
    """A machine of its own, which can be changed."""
    shutil.copytree(measured.repository, tmp_path / "repository", symlinks=True)
    shutil.copytree(measured.folder, tmp_path / "here")
    return Machine(tmp_path / "repository", tmp_path / "here")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def written(machine: Machine, store: Path, most_documents: int | None = None) -> Written:
    """Push the entries, then the rollup."""
    with closing(SharedStore(address_of(str(store)))) as target:
        entries = [Name(file.stem, file.suffix[1:]) for file in machine.folder.glob("??/*") if file.suffix != ".rollup"]
        push(machine.folder, target, entries, signing_key())
        return write_rollups(machine.scene(), machine.folder, target, download=False, most_documents=most_documents)


def rolled(machine: Machine, store: Path) -> Rollup:
    name = machine.name()
    return read_rollup(store / "v1" / name.path, name.key)


def test_what_the_rules_ask_for_is_worked_out_and_the_second_time_there(machine: Machine, store: Path) -> None:
    assert written(machine, store, DOCUMENTS) == Written(1)
    found = rolled(machine, store)
    assert (len(found.compositions), len(found.texts), len(found.results)) == (3, 3, 1)
    assert written(machine, store, DOCUMENTS) == Written(0)


def test_of_too_many_documents_nothing_is_worked_out_until_that_is_asked_for(machine: Machine, store: Path) -> None:
    """Whoever measured a large corpus would wait for an hour that nobody announced."""
    sent, notes = written(machine, store, DOCUMENTS - 1)
    assert (sent, len(rolled(machine, store).texts), rolled(machine, store).results) == (1, 3, {})
    (note,) = notes
    assert note.startswith("the rollup of data/train holds no results: working them out of 36 documents")
    assert "`headwater evidence push`" in note
    assert not (machine.folder / "derived").exists()
    assert written(machine, store) == Written(1)
    whole = rolled(machine, store)
    assert len(whole.results) == 1
    assert written(machine, store, DOCUMENTS - 1) == Written(0)  # and they are not lost again
    assert rolled(machine, store) == whole


def test_where_no_rule_reads_text_nothing_is_left_to_be_worked_out(machine: Machine, store: Path) -> None:
    machine.policy(CAP)
    assert written(machine, store, DOCUMENTS - 1) == Written(1)


def test_results_too_large_for_a_rollup_stay_out_of_it(machine: Machine, store: Path) -> None:
    """What shrinks beyond measure would be refused as a bomb by whoever reads it."""
    machine.policy(TWO_RESULTS)
    written(machine, store)
    kept, small = Results(machine.folder / "derived"), rolled(machine, store)
    assert len(small.results) == 2
    for kind, key in small.results:
        result = kept.get(kind, key)
        assert result is not None
        kept.put(kind, key, {**result, "shards": {"x" * 10_000_000: [0, 0, 0]}})
    told = "the rollup of data/train holds no results: with them it unpacks to more than it can hold"
    assert written(machine, store) == Written(1, (told,))
    assert rolled(machine, store) == small._replace(results={})
    assert written(machine, store) == Written(0, (told,))


@pytest.fixture
def signing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWATER_EVIDENCE_KEY", SECRET)


def seen(machine: Machine, store: Path, tmp_path: Path) -> tuple[Rollup | None, tuple[str, ...]]:
    """By a machine that demands signatures: the rollup, and what it has to say."""
    target = SharedStore(address_of(str(store)))
    with closing(Shared((target,), Signed.REQUIRED, signing_key())) as shared:
        return shared.find(machine.name(), tmp_path / "seen", read_rollup), shared.notes


@pytest.mark.usefixtures("signing")
def test_two_who_write_at_once_leave_one_that_is_whole(machine: Machine, store: Path, tmp_path: Path) -> None:
    others = [machine._replace(folder=tmp_path / str(number)) for number in range(4)]
    for other in others:
        shutil.copytree(machine.folder, other.folder)
    with ThreadPoolExecutor(len(others)) as pool:
        done = list(pool.map(lambda other: written(other, store), others))
    assert [one.notes for one in done] == [()] * len(others)
    found, notes = seen(machine, store, tmp_path)
    assert (found, notes) == (rolled(machine, store), ())
    assert found is not None and len(found.results) == 1


@pytest.mark.usefixtures("signing")
def test_the_signature_of_one_and_the_entry_of_another_is_refused_and_mended(
    machine: Machine, store: Path, tmp_path: Path
) -> None:
    """Two who know different results may write so that the last signature and the last entry are not of the same."""
    written(machine, store, DOCUMENTS - 1)
    file = store / "v1" / machine.name().path
    of_one = file.read_bytes()
    assert written(machine, store) == Written(1)
    file.write_bytes(of_one)
    found, (note,) = seen(machine, store, tmp_path)
    assert found is None and "signature" in note
    assert written(machine, store) == Written(1)
    found, notes = seen(machine, store, tmp_path)
    assert found is not None and (len(found.results), notes) == (1, ())
