"""`.dir` manifests: what DVC writes is read, what nobody should write is refused in clear words."""

from __future__ import annotations

import json
import time

import pytest
from objects.data import Team, listing, md5

from checker.discover import manifest
from checker.discover.manifest import read_manifest
from checker.errors import DatasetError, ObjectDamaged
from checker.model.dataset import Shard

MD5 = md5(b"")


def read(data: bytes) -> tuple[Shard, ...]:
    """Read a manifest whose hash is right."""
    return read_manifest(data, f"{md5(data)}.dir", of="data/train")


def entries(*pairs: tuple[object, object]) -> bytes:
    return json.dumps([{"md5": digest, "relpath": path} for path, digest in pairs]).encode()


def test_empty_dataset() -> None:
    assert read(b"[]") == ()


def test_what_dvc_wrote(team: Team) -> None:
    oid = team.folder.hash or ""
    data = (team.storage / "files/md5" / oid[:2] / oid[2:]).read_bytes()
    assert [(shard.path, shard.hash) for shard in read_manifest(data, oid, of="data/train")] == [
        (path.removeprefix("data/train/"), md5(content))
        for path, content in sorted(team.contents.items())
        if path.startswith("data/train/")
    ]


def test_shards_come_in_the_order_of_their_paths() -> None:
    assert [shard.path for shard in read(entries(("b", MD5), ("a/z", MD5), ("a", MD5)))] == ["a", "a/z", "b"]


def test_size_and_hash_name_are_kept() -> None:
    data = json.dumps([{"md5": MD5, "relpath": "a", "size": 0}, {"md5": MD5, "relpath": "b", "size": "0"}]).encode()
    assert read_manifest(data, f"{md5(data)}.dir", "md5-dos2unix", of="data") == (
        Shard("a", MD5, "md5-dos2unix", 0),
        Shard("b", MD5, "md5-dos2unix", None),
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("a b/ü.jsonl", id="blank and umlaut"),
        pytest.param("...", id="three dots"),
        pytest.param("a/..b/c..", id="dots within names"),
        pytest.param(".gitignore", id="a name that begins like .git"),
        pytest.param("x.git/y", id="a name that ends in .git"),
        pytest.param("aa:b", id="a colon after more than one letter"),
        pytest.param("x" * manifest.MAX_PATH, id="path of exactly the greatest length"),
    ],
)
def test_paths_that_shards_may_have(path: str) -> None:
    assert read(entries((path, MD5))) == (Shard(path, MD5),)


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("", id="empty"),
        pytest.param(".", id="the folder itself"),
        pytest.param("..", id="the folder above"),
        pytest.param("../../.ssh/id_rsa", id="out of the dataset"),
        pytest.param("a/../b", id="up in the middle"),
        pytest.param("a/..", id="up at the end"),
        pytest.param("a/./b", id="a dot in the middle"),
        pytest.param("/etc/passwd", id="absolute"),
        pytest.param("a//b", id="an empty part"),
        pytest.param("a/", id="trailing slash"),
        pytest.param("a\0b", id="NUL"),
        pytest.param("a\\b", id="backslash"),
        pytest.param("C:/x", id="drive"),
        pytest.param("c:x", id="drive without a slash"),
        pytest.param(".git/config", id="git's folder"),
        pytest.param("sub/.GIT/hooks/x", id="git's folder in capitals"),
        pytest.param("a/.git. /x", id="git's folder as Windows understands it"),
        pytest.param("a\ud800b", id="half of a surrogate pair"),
        pytest.param("x" * (manifest.MAX_PATH + 1), id="one character too long"),
        pytest.param(None, id="null"),
        pytest.param(7, id="a number"),
        pytest.param(["a"], id="a list"),
    ],
)
def test_hostile_paths(path: object) -> None:
    with pytest.raises(DatasetError, match="data/train: the list of shards has entry 2 with the path") as refused:
        read(entries(("a", MD5), (path, MD5)))
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "digest",
    [
        pytest.param(MD5[:-1], id="one digit short"),
        pytest.param(MD5 + "0", id="one digit long"),
        pytest.param(MD5.upper(), id="capitals"),
        pytest.param(MD5 + "\n", id="a line break behind it"),
        pytest.param(MD5 + ".dir", id="a list within the list"),
        pytest.param("../" + MD5[3:], id="a path"),
        pytest.param("", id="empty"),
        pytest.param(None, id="null"),
        pytest.param(1, id="a number"),
    ],
)
def test_bad_md5(digest: object) -> None:
    with pytest.raises(DatasetError, match="where an md5 is expected"):
        read(entries(("a", digest)))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "is not JSON", id="empty file"),
        pytest.param(b"[", "is not JSON", id="cut off"),
        pytest.param(b"\xff\xfe[\0]\0", "is not JSON", id="UTF-16"),
        pytest.param(b"[\xff]", "is not JSON", id="not UTF-8"),
        pytest.param(b"{}", "is a JSON dict where a list is expected", id="an object"),
        pytest.param(b'[["a"]]', "has entry 1 that is not an object", id="a list in the list"),
        pytest.param(b"[" * 200_000, "is not JSON", id="nested so deep that a recursive parser falls over"),
        pytest.param(b"[" + b"9" * 10_000 + b"]", "is not JSON", id="a number of ten thousand digits"),
        pytest.param(entries(("a", MD5), ("b", MD5), ("a", MD5)), "lists 'a' twice", id="one path twice"),
    ],
)
def test_malformed(data: bytes, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        read(data)


def test_wrong_hash() -> None:
    with pytest.raises(ObjectDamaged, match=rf"has md5 {md5(b'[]')}, git records {MD5}\.dir"):
        read_manifest(b"[]", f"{MD5}.dir", of="data/train")


def test_too_many_bytes() -> None:
    manifest.check_size(manifest.MAX_BYTES, "data/train")
    with pytest.raises(DatasetError, match="longer than 128 MiB"):
        manifest.check_size(manifest.MAX_BYTES + 1, "data/train")


def test_so_many_fields_that_parsing_would_fill_the_memory() -> None:
    with pytest.raises(DatasetError, match="at most 1,000,000 entries are read"):
        read(b"[" + b"0," * (manifest.MAX_COMMAS + 1) + b"0]")


def test_one_entry_too_many() -> None:
    with pytest.raises(DatasetError, match="has 1,000,001 entries, at most 1,000,000"):
        read(b"[" + b",".join([b"0"] * (manifest.MAX_ENTRIES + 1)) + b"]")


def test_a_hundred_thousand_entries_are_read_well_under_a_second() -> None:
    data = listing({f"part/{number:06}.jsonl": str(number).encode() for number in range(100_000)})
    start = time.process_time()
    assert len(read(data)) == 100_000
    assert time.process_time() - start < 4
