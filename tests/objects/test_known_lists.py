"""Where a list of shards comes from: the DVC cache, then what is kept of lists, then the remote."""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path

import pytest
from objects.data import Team, listing, md5, put, store_with, version_of

from checker.discover.objects import ObjectStore, open_store
from checker.discover.repository import open_repository
from checker.errors import DatasetError, ObjectDamaged, ObjectMissing, ObjectOffline

GOOD = listing({"a.jsonl": b"a", "b.jsonl": b"b"})
OID = f"{md5(GOOD)}.dir"
VERSION = version_of("data/train", OID)


class Lists:
    """A dictionary of lists that counts the questions."""

    def __init__(self, *lists: bytes, under: str = "") -> None:
        self.kept = {(under or f"{md5(data)}.dir", "md5"): data for data in lists}
        self.asked: list[str] = []

    def get(self, oid: str, hash_name: str) -> bytes | None:
        self.asked.append(oid)
        return self.kept.get((oid, hash_name))

    def put(self, oid: str, hash_name: str, data: bytes) -> None:
        self.kept[oid, hash_name] = data


def store_of(top: Path, lists: Lists, config: str, *, remotes: bool = True) -> ObjectStore:
    store_with(top, config).close()
    repository = open_repository(top)
    return open_store(repository, repository.revision("main"), remotes=remotes, lists=lists)


def config_of(remote: Path) -> str:
    return f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {remote}\n"


def test_the_dvc_cache_comes_first_and_what_it_has_is_kept(tmp_path: Path) -> None:
    lists = Lists()
    store = store_of(tmp_path / "repo", lists, "")
    put(tmp_path / "repo/.dvc/cache", OID, GOOD)
    assert [shard.path for shard in store.manifest(VERSION)] == ["a.jsonl", "b.jsonl"]
    assert (lists.asked, lists.kept) == ([], {(OID, "md5"): GOOD})


def test_what_is_kept_spares_the_remote(tmp_path: Path) -> None:
    lists = Lists(GOOD)
    store = store_of(tmp_path / "repo", lists, config_of(tmp_path / "not mounted"))
    assert len(store.manifest(VERSION)) == 2
    assert len(store.manifest(VERSION)) == 2
    assert lists.asked == [OID]


def test_the_remote_comes_last_and_what_it_has_is_kept(tmp_path: Path, team: Team) -> None:
    lists = Lists()
    store = store_of(tmp_path / "repo", lists, config_of(team.storage))
    assert len(store.manifest(team.folder)) == 3
    assert lists.asked == [team.folder.hash]
    assert [oid for oid, _ in lists.kept] == [team.folder.hash]


@pytest.mark.parametrize(
    ("data", "reason", "kind"),
    [
        pytest.param(b"[", "the evidence: the list of shards is not JSON", DatasetError, id="no JSON"),
        pytest.param(b"{}", "is a JSON dict where a list is expected", DatasetError, id="no list"),
        pytest.param(
            json.dumps([{"md5": md5(b""), "relpath": "../../x"}]).encode(), "no shard may have", DatasetError, id="path"
        ),
        pytest.param(b"[" * 100_000, "is not JSON", DatasetError, id="nested without end"),
    ],
)
def test_a_hostile_list_is_refused(tmp_path: Path, data: bytes, reason: str, kind: type[Exception]) -> None:
    """The pull request that brings the md5 may have brought the list along."""
    store = store_of(tmp_path / "repo", Lists(data), "")
    with pytest.raises(kind, match=reason):
        store.manifest(version_of("data/train", f"{md5(data)}.dir"))


def test_a_list_of_another_md5_is_refused_whoever_hands_it_out(tmp_path: Path) -> None:
    store = store_of(tmp_path / "repo", Lists(b"[]", under=OID), "")
    with pytest.raises(ObjectDamaged, match="data/train in the evidence: the list of shards has md5"):
        store.manifest(VERSION)


@pytest.mark.parametrize("remotes", [True, False], ids=["remote asked", "offline"])
def test_a_list_that_nobody_has_names_both_ways(tmp_path: Path, remotes: bool) -> None:
    (tmp_path / "empty").mkdir()
    store = store_of(tmp_path / "repo", Lists(), config_of(tmp_path / "empty"), remotes=remotes)
    with pytest.raises(ObjectMissing, match="nor is the list among the evidence") as missing:
        store.manifest(VERSION)
    assert f"`dvc {'push' if remotes else 'fetch'} data/train`" in missing.value.hint
    assert "or `headwater evidence push`" in missing.value.hint


def test_a_remote_that_is_not_there_names_evidence_too(tmp_path: Path) -> None:
    store = store_of(tmp_path / "repo", Lists(), config_of(tmp_path / "not mounted"))
    with pytest.raises(ObjectOffline, match="does not exist here, nor is the list among the evidence"):
        store.manifest(VERSION)


def test_a_worker_reads_shards_without_lists(tmp_path: Path, team: Team) -> None:
    shutil.copytree(team.storage, tmp_path / "remote")
    store = store_of(tmp_path / "repo", Lists(), config_of(tmp_path / "remote"))
    shard = next(shard for shard in store.manifest(team.folder) if shard.path == "deep/b.jsonl")
    copy: ObjectStore = pickle.loads(pickle.dumps(store))
    with copy, copy.open(team.folder, shard) as stream:
        assert stream.read() == team.contents["data/train/deep/b.jsonl"]
