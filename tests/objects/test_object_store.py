"""The store over caches and remotes that are folders: both layouts, links, damage, absence, several roots."""

from __future__ import annotations

import io
import os
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dvc_data.hashfile.hash import fobj_md5
from objects.data import (
    Team,
    commit,
    dvc,
    git,
    listing,
    md5,
    opened,
    put,
    shard_of,
    store_at,
    store_with,
    version_of,
    write,
)

from checker.discover.objects import ObjectStore, open_store
from checker.errors import DatasetError, ObjectDamaged, ObjectDenied, ObjectMissing, ObjectOffline
from checker.model.dataset import DatasetVersion, Shard

DATA = b'{"text": "one"}\n'
SHARD = shard_of(DATA)


def one(**more: object) -> DatasetVersion:
    """A dataset of one file."""
    return version_of("data/a.jsonl", md5(DATA), **more)


def read(store: ObjectStore, version: DatasetVersion, shard: Shard) -> bytes:
    with store.open(version, shard) as stream:
        return stream.read()


def storage(folder: Path) -> str:
    """A configuration whose default remote is a folder."""
    return f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {folder}\n"


@contextmanager
def not_root() -> Iterator[None]:
    """Root may read everything, so a test that runs as root (in a container) steps back for a moment."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


# The cache


def test_cache_of_dvc_3(tmp_path: Path) -> None:
    store = store_with(tmp_path, "", remotes=False)
    assert not store.has_local(one(), SHARD)
    put(tmp_path / ".dvc/cache", md5(DATA), DATA)
    assert store.has_local(one(), SHARD)
    assert read(store, one(), SHARD) == DATA


def test_cache_of_dvc_2_with_its_rule_for_text(tmp_path: Path) -> None:
    text = b"one\r\ntwo\r\n"
    oid = fobj_md5(io.BytesIO(text), name="md5-dos2unix")
    put(tmp_path / ".dvc/cache", oid, text, "md5-dos2unix")
    manifest = listing({"a.jsonl": b"one\ntwo\n"})
    put(tmp_path / ".dvc/cache", md5(manifest) + ".dir", manifest, "md5-dos2unix")
    store = store_with(tmp_path, "", remotes=False)
    version = version_of("data", md5(manifest) + ".dir", hash_name="md5-dos2unix")
    (shard,) = store.manifest(version)
    assert shard == Shard("a.jsonl", oid, "md5-dos2unix")
    assert store.has_local(version, shard)
    assert read(store, version, shard) == text
    assert not store.has_local(version, Shard("a.jsonl", oid, "md5"))


def test_what_dvc_itself_left_in_its_cache(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    dvc(tmp_path, "init")
    write(tmp_path, {"data/x": DATA, "data/y/z": b""})
    dvc(tmp_path, "add", "data")
    commit(tmp_path, {".dvc/config": ""})
    oid = next(line.split()[-1] for line in (tmp_path / "data.dvc").read_text().splitlines() if "md5:" in line)
    store = store_at(tmp_path, remotes=False)
    version = version_of("data", oid)
    assert [(shard.path, read(store, version, shard)) for shard in store.manifest(version)] == [
        ("x", DATA),
        ("y/z", b""),
    ]


@pytest.mark.parametrize("level", ["repo", "local", "global", "system"])
def test_cache_elsewhere(level: str, tmp_path: Path, machine: Path) -> None:
    put(tmp_path / "big", md5(DATA), DATA)
    config = f"[cache]\n    dir = {tmp_path / 'big'}\n"
    if level in ("global", "system"):
        write(machine, {f"{level}/config": config})
    local = config if level == "local" else ""
    store = store_with(tmp_path / "r", config if level == "repo" else "", local=local, remotes=False)
    assert read(store, one(), SHARD) == DATA


def test_cache_relative_to_the_configuration(tmp_path: Path) -> None:
    put(tmp_path / "big", md5(DATA), DATA)
    store = store_with(tmp_path / "r", "[cache]\n    dir = ../../big\n", remotes=False)
    assert read(store, one(), SHARD) == DATA


def test_cache_folder_may_be_a_link(tmp_path: Path) -> None:
    put(tmp_path / "big", md5(DATA), DATA)
    (tmp_path / "r/.dvc").mkdir(parents=True)
    (tmp_path / "r/.dvc/cache").symlink_to(tmp_path / "big")
    store = store_with(tmp_path / "r", "", remotes=False)
    assert read(store, one(), SHARD) == DATA


def test_cache_of_the_main_work_tree_serves_a_linked_one(tmp_path: Path) -> None:
    commit(tmp_path / "main", {".dvc/config": ""})
    put(tmp_path / "main/.dvc/cache", md5(DATA), DATA)
    git(tmp_path / "main", "worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side")
    store = store_at(tmp_path / "linked", "side", remotes=False)
    assert store.has_local(one(), SHARD)
    assert read(store, one(), SHARD) == DATA


def test_each_root_has_its_own_cache(tmp_path: Path) -> None:
    commit(tmp_path, {".dvc/config": "", "team/a/.dvc/config": "[cache]\n    dir = ../big\n"})
    put(tmp_path / "team/a/big", md5(DATA), DATA)
    store = store_at(tmp_path, remotes=False)
    assert not store.has_local(one(), SHARD)
    assert read(store, version_of("team/a/x", md5(DATA), root="team/a"), SHARD) == DATA


def test_never_the_file_in_the_work_tree(tmp_path: Path) -> None:
    store = store_with(tmp_path, "", remotes=False)
    write(tmp_path, {"data/a.jsonl": DATA})
    with pytest.raises(
        ObjectMissing, match=r"data/a\.jsonl \(md5 \w+\) is not in the DVC cache \(\.dvc/cache\)"
    ) as missing:
        store.open(one(), SHARD)
    assert missing.value.hint == "run `dvc fetch data/a.jsonl`"


def test_hint_names_the_root(tmp_path: Path) -> None:
    commit(tmp_path, {"sub/.dvc/config": ""})
    with pytest.raises(ObjectMissing) as missing:
        store_at(tmp_path, remotes=False).open(version_of("sub/data/a", md5(DATA), root="sub"), SHARD)
    assert missing.value.hint == "run `dvc fetch data/a` in sub"


def test_damaged_object(tmp_path: Path) -> None:
    put(tmp_path / ".dvc/cache", md5(DATA), b"x" + DATA[1:])
    stream = store_with(tmp_path, "", remotes=False).open(one(), SHARD)
    with stream, pytest.raises(ObjectDamaged, match=r"data/a\.jsonl in the DVC cache \(\.dvc/cache\): its md5 is"):
        stream.read()


def test_object_that_was_cut_off(tmp_path: Path) -> None:
    put(tmp_path / ".dvc/cache", md5(DATA), DATA[:-1])
    store = store_with(tmp_path, "", remotes=False)
    shard = shard_of(DATA, size_bytes=len(DATA))
    assert not store.has_local(one(), shard)
    with store.open(one(), shard) as stream, pytest.raises(ObjectDamaged, match="has 15 bytes, git records 16"):
        stream.read()


def test_damaged_manifest(tmp_path: Path) -> None:
    put(tmp_path / ".dvc/cache", "0" * 32 + ".dir", b"[]")
    with pytest.raises(ObjectDamaged, match=r"data in the DVC cache \(\.dvc/cache\): the list of shards has md5"):
        store_with(tmp_path, "", remotes=False).manifest(version_of("data", "0" * 32 + ".dir"))


def test_hostile_manifest(tmp_path: Path) -> None:
    manifest = b'[{"md5": "%s", "relpath": "../../.bashrc"}]' % md5(DATA).encode()
    put(tmp_path / ".dvc/cache", md5(manifest) + ".dir", manifest)
    with pytest.raises(DatasetError, match=r"has entry 1 with the path '\.\./\.\./\.bashrc'"):
        store_with(tmp_path, "", remotes=False).manifest(version_of("data", md5(manifest) + ".dir"))


# Links in the cache


def test_link_within_the_cache_as_migration_makes_it(tmp_path: Path) -> None:
    new = put(tmp_path / ".dvc/cache", md5(DATA), DATA)
    old = put(tmp_path / ".dvc/cache", md5(DATA), b"", "md5-dos2unix")
    old.unlink()
    old.symlink_to(os.path.relpath(new, old.parent))
    store = store_with(tmp_path, "", remotes=False)
    assert read(store, one(hash_name="md5-dos2unix"), shard_of(DATA, hash_name="md5-dos2unix")) == DATA


def test_link_out_of_the_cache(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(DATA)
    place = put(tmp_path / "r/.dvc/cache", md5(DATA), b"")
    place.unlink()
    place.symlink_to(tmp_path / "outside")
    with pytest.raises(ObjectDamaged, match="links to a place outside of the DVC cache"):
        store_with(tmp_path / "r", "", remotes=False).open(one(), SHARD)


def test_folder_in_the_cache_that_links_out_of_it(tmp_path: Path) -> None:
    put(tmp_path / "outside", md5(DATA), DATA)
    (tmp_path / "r/.dvc/cache").mkdir(parents=True)
    (tmp_path / "r/.dvc/cache/files").symlink_to(tmp_path / "outside/files")
    with pytest.raises(ObjectDamaged, match="outside"):
        store_with(tmp_path / "r", "", remotes=False).open(one(), SHARD)


def test_link_that_turns_in_a_circle(tmp_path: Path) -> None:
    place = put(tmp_path / ".dvc/cache", md5(DATA), b"")
    place.unlink()
    place.symlink_to(place.name)
    store = store_with(tmp_path, "", remotes=False)
    assert not store.has_local(one(), SHARD)
    with pytest.raises(ObjectOffline, match="cannot be read"):
        store.open(one(), SHARD)


@pytest.mark.parametrize("kind", ["a folder", "a pipe"])
def test_object_that_is_no_file(kind: str, tmp_path: Path) -> None:
    place = put(tmp_path / ".dvc/cache", md5(DATA), b"")
    place.unlink()
    place.mkdir() if kind == "a folder" else os.mkfifo(place)
    store = store_with(tmp_path, "", remotes=False)
    assert not store.has_local(one(), SHARD)
    with pytest.raises(ObjectDamaged, match="is not a regular file"):
        store.open(one(), SHARD)


def test_cache_that_is_a_file(tmp_path: Path) -> None:
    write(tmp_path, {".dvc/cache": "no folder"})
    with pytest.raises(ObjectMissing):
        store_with(tmp_path, "", remotes=False).open(one(), SHARD)


@pytest.mark.parametrize("place", ["cache", "remote"])
def test_object_that_this_user_may_not_read(place: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        top.chmod(0o755)
        put(top / (".dvc/cache" if place == "cache" else "storage"), md5(DATA), DATA).chmod(0)
        store = store_with(top, storage(top / "storage"))
        assert not store.has_local(one(), shard_of(b"other"))  # git refuses to read a repository of another user
        with not_root(), pytest.raises(ObjectDenied, match=f"in .*{place}.* may not be read by this user"):
            store.open(one(), SHARD)


# Versions without a manifest, and hashes that are none


def test_one_file_is_its_own_shard(tmp_path: Path) -> None:
    store = store_with(tmp_path, "", remotes=False)
    version = one(size_bytes=len(DATA), hash_name="md5-dos2unix")
    assert store.manifest(version) == (Shard("a.jsonl", md5(DATA), "md5-dos2unix", len(DATA)),)


def test_shards_that_are_known_are_given_as_they_are(tmp_path: Path) -> None:
    shards = (Shard("x", "v1", "version_id"), Shard("a", md5(b"")))
    assert store_with(tmp_path, "", remotes=False).manifest(one(shards=shards)) == shards


def test_version_that_no_run_has_produced(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing, match=r"data/a\.jsonl has no hash yet"):
        store_with(tmp_path, "", remotes=False).manifest(version_of("data/a.jsonl", None))


@pytest.mark.parametrize(
    "oid",
    [
        pytest.param("", id="empty"),
        pytest.param("../" * 10 + "ab", id="a path of 32 characters"),
        pytest.param(md5(DATA) + "\n", id="a line break"),
        pytest.param(md5(DATA).upper(), id="capitals"),
        pytest.param(md5(DATA) + ".dir.dir", id="twice a folder"),
    ],
)
def test_hash_that_is_none(oid: str, tmp_path: Path) -> None:
    store = store_with(tmp_path, "", remotes=False)
    with pytest.raises(DatasetError, match="is no md5"):
        store.manifest(one(hash=oid))
    with pytest.raises(DatasetError, match="is no md5"):
        store.open(one(), Shard("a", oid))
    assert not store.has_local(one(), Shard("a", oid))


def test_list_of_shards_in_place_of_a_shard(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="names a list of shards where a shard is expected"):
        store_with(tmp_path, "", remotes=False).open(one(), Shard("a", md5(DATA) + ".dir"))


def test_cloud_mark_in_place_of_a_hash(tmp_path: Path) -> None:
    store = store_with(tmp_path, "", remotes=False)
    with pytest.raises(ObjectMissing, match="recorded by 'etag'"):
        store.open(one(), Shard("a", "8f4a", "etag"))
    assert not store.has_local(one(), Shard("a", "8f4a", "etag"))


# A remote that is a folder


def test_remote_folder(team: Team, tmp_path: Path) -> None:
    store = store_with(tmp_path, storage(team.storage))
    shards = store.manifest(team.folder)
    assert {f"data/train/{shard.path}": read(store, team.folder, shard) for shard in shards} == {
        path: content for path, content in team.contents.items() if path.startswith("data/train/")
    }
    assert not (tmp_path / ".dvc/cache").exists()


def test_remote_folder_relative_to_the_configuration(tmp_path: Path) -> None:
    put(tmp_path / "storage", md5(DATA), DATA)
    assert read(store_with(tmp_path / "r", storage(Path("../../storage"))), one(), SHARD) == DATA


def test_cache_comes_before_the_remote(team: Team, tmp_path: Path, cache_of: Path) -> None:
    config = storage(tmp_path / "gone") + f"[cache]\n    dir = {cache_of}\n"
    store = store_with(tmp_path / "r", config)
    assert len(store.manifest(team.folder)) == 3
    assert all(store.has_local(team.folder, shard) for shard in store.manifest(team.folder))


def test_remote_in_a_bare_repository(team: Team, tmp_path: Path) -> None:
    commit(tmp_path / "r", {".dvc/config": storage(team.storage)})
    git(tmp_path, "clone", "-q", "--bare", str(tmp_path / "r"), str(tmp_path / "bare.git"))
    store = store_at(tmp_path / "bare.git")
    assert len(store.manifest(team.folder)) == 3


def test_remote_of_a_root_in_a_sub_folder(team: Team, tmp_path: Path) -> None:
    commit(tmp_path / "r", {"a/.dvc/config": storage(Path("../../../storage")), ".dvc/config": ""})
    (tmp_path / "storage").symlink_to(team.storage)
    store = store_at(tmp_path / "r")
    assert len(store.manifest(version_of("a/data", team.folder.hash, root="a"))) == 3
    with pytest.raises(ObjectMissing, match=r"main:\.dvc/config names no default remote"):
        store.open(one(), SHARD)


def test_remote_that_the_out_names(team: Team, tmp_path: Path) -> None:
    config = storage(tmp_path / "gone") + f"['remote \"Other\"']\n    url = {team.storage}\n"
    store = store_with(tmp_path / "r", config)
    assert len(store.manifest(version_of("data", team.folder.hash, remote="Other"))) == 3


def test_remote_that_only_the_judged_tree_names(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing, match=r"its remote 'evil' is not defined in main:\.dvc/config") as missing:
        store_with(tmp_path, storage(tmp_path)).open(one(remote="evil"), SHARD)
    assert "define it there first" in missing.value.hint


def test_root_that_the_trusted_tree_does_not_have(tmp_path: Path) -> None:
    store = store_with(tmp_path, storage(tmp_path / "s"))
    put(tmp_path / "new/.dvc/cache", md5(DATA), DATA)
    assert read(store, version_of("new/x", md5(DATA), root="new"), SHARD) == DATA
    with pytest.raises(ObjectMissing, match=r"main:new/\.dvc/config names no default remote"):
        store.open(version_of("new/x", md5(b"other"), root="new"), shard_of(b"other"))


def test_folder_of_the_remote_is_not_mounted(tmp_path: Path) -> None:
    with pytest.raises(ObjectOffline, match="the folder of remote 'storage'"):
        store_with(tmp_path / "r", storage(tmp_path / "gone")).open(one(), SHARD)


def test_object_is_neither_here_nor_there(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    with pytest.raises(
        ObjectMissing, match=r"is not in the DVC cache \(\.dvc/cache\), nor in remote 'storage'"
    ) as missing:
        store_with(tmp_path / "r", storage(tmp_path / "s")).open(one(), SHARD)
    assert missing.value.hint == "run `dvc push data/a.jsonl` where the data is"


def test_wrong_bytes_in_the_remote(tmp_path: Path) -> None:
    put(tmp_path / "s", md5(DATA), b"other")
    stream = store_with(tmp_path / "r", storage(tmp_path / "s")).open(one(), SHARD)
    with stream, pytest.raises(ObjectDamaged, match=r"in remote 'storage' \(.*\): its md5 is"):
        stream.read()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        pytest.param({"cached": False}, "keeps it in git", id="cache: false"),
        pytest.param({"pushed": False}, "no remote gets it", id="push: false"),
    ],
)
def test_outs_that_no_remote_has(more: dict[str, object], words: str, tmp_path: Path) -> None:
    put(tmp_path / "s", md5(DATA), DATA)
    with pytest.raises(ObjectMissing, match=words):
        store_with(tmp_path / "r", storage(tmp_path / "s")).open(one(**more), SHARD)


def test_without_leave_no_remote_is_asked(team: Team, tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing, match="not in the DVC cache"):
        store_with(tmp_path, storage(team.storage), remotes=False).manifest(team.folder)


def test_configuration_staged_but_not_committed(team: Team, tmp_path: Path) -> None:
    commit(tmp_path, {".dvc/config": ""})
    write(tmp_path, {".dvc/config": storage(team.storage)})
    git(tmp_path, "add", ".dvc/config")
    repository = opened(tmp_path)
    assert len(open_store(repository, repository.index(), remotes=True).manifest(team.folder)) == 3


def test_no_configuration_at_all(tmp_path: Path) -> None:
    commit(tmp_path, {"README.md": "no DVC here"})
    repository = opened(tmp_path)
    with pytest.raises(ObjectMissing, match="names no default remote"):
        open_store(repository, repository.empty(), remotes=True).open(one(), SHARD)


def test_a_store_goes_to_another_process(team: Team, tmp_path: Path) -> None:
    store = store_with(tmp_path, storage(team.storage))
    copy = pickle.loads(pickle.dumps(store))
    assert copy.manifest(team.folder) == store.manifest(team.folder)
