"""Stores that fail, lie or cannot be asked: one clear note, bounded time, and nothing unchecked gets in."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from objects.servers import S3Server, closed_port
from store.serving import moody_server, s3_options
from store.texts import shard_text

from checker.errors import EvidenceUnreachable, UsageError
from checker.measure import EvidenceCache
from checker.model.composition import Cell, Composition, Origin, Tally
from checker.patience.pace import Patience
from checker.store.addresses import Address, address_of
from checker.store.encoding import canonical, digest_of
from checker.store.entries import COMPOSITION, TEXT, Kept, Name
from checker.store.holdings import SharedHolding
from checker.store.opening import open_evidence
from checker.store.shared import SharedStore
from checker.store.signing import SUFFIX, Signed, signature_of, signing_key
from checker.store.transfer import push

COUNTS = Composition({Cell(Origin.MACHINE): Tally(records=9)})
NAME, TEXT_NAME = Name("ab" * 32, COMPOSITION), Name("cd" * 32, TEXT)
SECRET = "5" * 64
ENVIRONMENT = {"HEADWATER_EVIDENCE_KEY": SECRET}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    cache = EvidenceCache(tmp_path / "here")
    cache.put(NAME.key, Kept(COUNTS, digest_of(COUNTS)))
    cache.keep_text(TEXT_NAME.key, shard_text(30))
    return tmp_path / "here"


@pytest.fixture
def shared(here: Path, tmp_path: Path) -> Path:
    """A folder with two signed entries, as an honest machine pushed them."""
    push(here, SharedStore(address_of(str(tmp_path / "shared"))), (NAME, TEXT_NAME), SECRET.encode())
    return tmp_path / "shared"


def asked(
    shared: Path, folder: Path, signed: Signed = Signed.OPTIONAL, environment: Mapping[str, str] = ENVIRONMENT
) -> EvidenceCache:
    cache = open_evidence([address_of(str(shared))], folder=folder, signed=signed, environment=environment)
    cache.prefetch((NAME, TEXT_NAME))
    return cache


def file_of(shared: Path, name: Name, suffix: str = "") -> Path:
    return shared / "v1" / f"{name.path}{suffix}"


def whitewash(shared: Path) -> None:
    """A forger who knows the format turns machine into human, with all checksums right."""
    file = file_of(shared, NAME)
    entry = json.loads(file.read_bytes().split(b"\n")[1])
    entry["composition"]["cells"][0][0][0] = "human"
    human = Composition({Cell(Origin.HUMAN): Tally(records=9)})
    body = canonical({**entry, "digest": digest_of(human)})
    file.write_bytes(canonical({"sha256": sha256(body).hexdigest()}) + b"\n" + body + b"\n")


def whitewash_text(shared: Path) -> None:
    """The text evidence of another shard, whole and right in itself, in place of the true one."""
    file = file_of(shared, TEXT_NAME)
    file.unlink()
    EvidenceCache(shared / "v1").keep_text(TEXT_NAME.key, shard_text(30, seed=8))


def test_signed_entries_are_taken(shared: Path, tmp_path: Path) -> None:
    cache = asked(shared, tmp_path / "there", Signed.REQUIRED)
    assert cache.get(NAME.key) == Kept(COUNTS, digest_of(COUNTS))
    assert cache.text(TEXT_NAME.key) is not None
    assert cache.notes == ()


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        pytest.param(NAME, whitewash, "its signature is not by the holder of this key", id="altered counts"),
        pytest.param(TEXT_NAME, whitewash_text, "its signature is not by the holder of this key", id="altered text"),
        pytest.param(NAME, lambda shared: file_of(shared, NAME, SUFFIX).unlink(), "it is not signed", id="unsigned"),
        pytest.param(
            NAME,
            lambda shared: file_of(shared, NAME, SUFFIX).write_bytes(b""),
            "its signature is not by the holder of this key",
            id="empty signature",
        ),
        pytest.param(
            NAME,
            lambda shared: file_of(shared, NAME, SUFFIX).write_bytes(
                signature_of(NAME, digest_of(COUNTS), b"another key" * 4)
            ),
            "its signature is not by the holder of this key",
            id="signed by another",
        ),
        pytest.param(
            NAME,
            lambda shared: file_of(shared, NAME, SUFFIX).write_bytes(
                signature_of(Name("ef" * 32, COMPOSITION), digest_of(COUNTS), SECRET.encode())
            ),
            "its signature is not by the holder of this key",
            id="the signature of another shard",
        ),
    ],
)
def test_where_signatures_are_required_a_forgery_is_absent(
    shared: Path, tmp_path: Path, name: Name, spoil: Callable[[Path], object], reason: str
) -> None:
    spoil(shared)
    cache = asked(shared, tmp_path / "there", Signed.REQUIRED)
    assert not cache.has(name)
    assert (cache.get(name.key) if name.kind == COMPOSITION else cache.text(name.key)) is None
    assert cache.notes == (f"1 entry of the evidence store {shared} not used: {name.path}: {reason}",)


def test_without_the_key_signatures_cannot_be_checked(shared: Path, tmp_path: Path) -> None:
    cache = asked(shared, tmp_path / "there", Signed.REQUIRED, {})
    assert cache.get(NAME.key) is None
    assert cache.notes == (
        f"2 entries of the evidence store {shared} not used: {NAME.path}: its signature cannot be checked: "
        "HEADWATER_EVIDENCE_KEY is not set",
    )


def test_where_they_are_optional_a_good_forgery_gets_in_and_measuring_again_finds_it(
    shared: Path, tmp_path: Path
) -> None:
    """Which is why `--reverify` exists; see `store.test_reverify_share` for the comparison."""
    whitewash(shared)
    found = asked(shared, tmp_path / "there").get(NAME.key)
    assert found is not None
    assert found.composition.cells.keys() == {Cell(Origin.HUMAN)}


@pytest.mark.parametrize(
    ("name", "spoil", "reason"),
    [
        pytest.param(NAME, lambda data: data[:-2], "it is damaged", id="truncated counts"),
        pytest.param(NAME, lambda data: data.replace(b"9", b"8"), "it is damaged", id="altered counts"),
        pytest.param(NAME, lambda data: b"", "it is damaged", id="empty counts"),
        pytest.param(TEXT_NAME, lambda data: data[:-1], "bytes instead of", id="truncated text"),
        pytest.param(TEXT_NAME, lambda data: b"", "its header is damaged", id="empty text"),
        pytest.param(TEXT_NAME, lambda data: data + b"x" * 2**21, "it is longer than it says", id="text that goes on"),
        pytest.param(
            TEXT_NAME, lambda data: data[:-1] + bytes([data[-1] ^ 1]), "are damaged", id="text with another last byte"
        ),
        pytest.param(TEXT_NAME, lambda data: b"x" * 2**22, "its header is damaged", id="something long"),
    ],
)
def test_a_damaged_entry_is_absent_and_said_once(
    shared: Path, tmp_path: Path, name: Name, spoil: Callable[[bytes], bytes], reason: str
) -> None:
    file = file_of(shared, name)
    file.write_bytes(spoil(file.read_bytes()))
    cache = asked(shared, tmp_path / "there")
    assert (cache.get(name.key) if name.kind == COMPOSITION else cache.text(name.key)) is None
    assert len(cache.notes) == 1
    assert cache.notes[0].startswith(f"1 entry of the evidence store {shared} not used: {name.path}: ")
    assert reason in cache.notes[0]
    assert not list((tmp_path / "there").glob("**/.partial-*"))
    assert reason in SharedHolding(SharedStore(address_of(str(shared))), Signed.OPTIONAL, None).problem(name)


def test_a_digest_that_is_not_that_of_the_counts_is_refused(shared: Path, tmp_path: Path) -> None:
    """A report would show the digest as proof of these counts."""
    file = file_of(shared, NAME)
    entry = json.loads(file.read_bytes().split(b"\n")[1])
    body = canonical({**entry, "digest": "0" * 64})
    file.write_bytes(canonical({"sha256": sha256(body).hexdigest()}) + b"\n" + body + b"\n")
    cache = asked(shared, tmp_path / "there")
    assert cache.get(NAME.key) is None
    assert "its digest is not that of its counts" in cache.note


def test_the_next_store_has_what_the_first_has_damaged(shared: Path, here: Path, tmp_path: Path) -> None:
    file_of(shared, NAME).write_bytes(b"{}")
    good = tmp_path / "good"
    push(here, SharedStore(address_of(str(good))), [NAME], None)
    cache = open_evidence([address_of(str(shared)), address_of(str(good))], folder=tmp_path / "there")
    assert cache.get(NAME.key) is not None
    assert cache.notes == (f"1 entry of the evidence store {shared} not used: {NAME.path}: it is damaged",)


def test_an_unmounted_folder_is_not_an_empty_one(tmp_path: Path) -> None:
    cache = open_evidence([address_of(str(tmp_path / "mount"))], folder=tmp_path / "there")
    assert cache.get(NAME.key) is None
    assert cache.notes == (f"the evidence store {tmp_path / 'mount'} is not there: mount or make the folder",)


def test_a_store_that_is_down_is_asked_once(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    cache = open_evidence([address_of(url)], folder=tmp_path / "there")
    started = time.monotonic()
    cache.prefetch([Name(f"{number:064x}", TEXT) for number in range(50)])
    assert cache.get(NAME.key) is None
    assert time.monotonic() - started < 10
    assert cache.notes == (f"the evidence store {url} cannot be reached (ECONNREFUSED)",)


def test_a_busy_store_is_asked_again(shared: Path, tmp_path: Path) -> None:
    with moody_server(shared) as server:
        server.busy = 2
        cache = open_evidence([address_of(server.url)], folder=tmp_path / "there")
        assert cache.get(NAME.key) is not None
        assert len(server.asked) == 3
    assert cache.notes == ()


@pytest.mark.parametrize(
    ("status", "reason", "requests"),
    [
        pytest.param(403, "refused access (HTTP 403)", 1, id="refused: not asked again"),
        pytest.param(401, "refused access (HTTP 401)", 1, id="who are you"),
        pytest.param(400, "cannot be reached (HTTP 400)", 1, id="not understood"),
        pytest.param(429, "cannot be reached (HTTP 429)", 3, id="throttled without end"),
        pytest.param(500, "cannot be reached (HTTP 500)", 3, id="broken"),
    ],
)
def test_a_store_that_does_not_answer_is_given_up_in_bounded_time(
    shared: Path, tmp_path: Path, status: int, reason: str, requests: int
) -> None:
    with moody_server(shared) as server:
        server.status = status
        store = SharedStore(address_of(server.url), patience=Patience(1))
        with (tmp_path / "into").open("w+b") as into, pytest.raises(EvidenceUnreachable) as caught:
            store.fetch(NAME, into, len)
        assert caught.value.message == f"the evidence store {server.url} {reason}"
        assert len(server.asked) == requests


def test_an_answer_without_end_is_cut_off(shared: Path, tmp_path: Path) -> None:
    with moody_server(shared) as server:
        server.endless = True
        cache = open_evidence([address_of(server.url)], folder=tmp_path / "there")
        assert cache.text(TEXT_NAME.key) is None
        assert "its header is damaged" in cache.note
        assert cache.get(NAME.key) is None
        assert "it is longer than it says" in cache.note


@pytest.mark.parametrize(
    ("bucket", "changes", "reason"),
    [
        pytest.param("nowhere", {}, "has no such bucket", id="no bucket"),
        pytest.param("team", {"secret": "gue55ed"}, "refused access", id="wrong secret"),
        pytest.param(
            "team",
            {"client_kwargs": {"endpoint_url": f"http://127.0.0.1:{closed_port()}", "region_name": "us-east-1"}},
            "cannot be reached (ECONNREFUSED)",
            id="nobody there",
        ),
    ],
)
def test_s3_that_cannot_be_asked_is_no_empty_store(
    s3: S3Server, tmp_path: Path, bucket: str, changes: Mapping[str, object], reason: str
) -> None:
    address = Address(f"s3://{bucket}/evidence", s3_options(s3, **changes))
    cache = open_evidence([address], folder=tmp_path / "there")
    assert cache.get(NAME.key) is None
    assert len(cache.notes) == 1
    assert cache.notes[0].startswith(f"the evidence store s3://{bucket}/evidence {reason}")
    assert "gue55ed" not in cache.note


def test_pushing_where_nobody_is_says_what_arrived(here: Path, tmp_path: Path) -> None:
    file_of(tmp_path / "shared", NAME).mkdir(parents=True)
    with pytest.raises(EvidenceUnreachable, match=r"of 2 entries were copied; .*, then run it again to go on"):
        push(here, SharedStore(address_of(str(tmp_path / "shared"))), (NAME, TEXT_NAME), None)


def test_a_protocol_nobody_knows(tmp_path: Path) -> None:
    cache = open_evidence([address_of("carrier-pigeon://coop/evidence")], folder=tmp_path / "there")
    assert cache.get(NAME.key) is None
    assert "the evidence store carrier-pigeon://coop/evidence cannot be reached" in cache.note


def test_a_protocol_whose_plugin_is_missing_names_it(tmp_path: Path) -> None:
    cache = open_evidence([address_of("gs://team/evidence")], folder=tmp_path / "there")
    assert cache.get(NAME.key) is None
    assert cache.notes == ("the evidence store gs://team/evidence needs headwater[gs]",)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("s3://key:secret@bucket/evidence", id="a password"),
        pytest.param("https://host/evidence?X-Amz-Signature=abc", id="a signed URL"),
        pytest.param("https://host/evidence#secret", id="a fragment"),
        pytest.param("simplecache::s3://bucket/evidence", id="a chain of file systems"),
        pytest.param("", id="nothing"),
        pytest.param("s3://bucket/\x1b[31m", id="a control character"),
    ],
)
def test_an_address_that_must_not_be_used(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        address_of(url)
    assert "secret@" not in str(caught.value)
    assert "abc" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "scheme", "folder"),
    [
        pytest.param("/mnt/evidence", "", Path("/mnt/evidence"), id="a folder"),
        pytest.param("shared", "", Path("/base/shared"), id="a folder from where we are"),
        pytest.param("file:///mnt/a%20b", "", Path("/mnt/a b"), id="a folder as a URL"),
        pytest.param("S3://bucket/evidence/", "s3", None, id="object storage"),
        pytest.param("ssh://ana@host:2222/evidence", "ssh", None, id="a user without a password"),
    ],
)
def test_addresses(url: str, scheme: str, folder: Path | None) -> None:
    address = address_of(url, Path("/base"))
    assert (address.scheme, address.folder) == (scheme, folder)
    assert not address.url.endswith("/")


def test_a_short_secret_is_no_secret() -> None:
    assert signing_key({}) is None
    assert signing_key(ENVIRONMENT) == SECRET.encode()
    assert signing_key({"HEADWATER_EVIDENCE_KEY": "x" * 32}) is not None
    with pytest.raises(UsageError, match="has 31 bytes, at least 32 are needed"):
        signing_key({"HEADWATER_EVIDENCE_KEY": "x" * 31})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_in_place_of_an_entry_is_not_waited_for(shared: Path, tmp_path: Path) -> None:
    for name in (NAME, TEXT_NAME):
        file_of(shared, name).unlink()
        os.mkfifo(file_of(shared, name))
    cache = asked(shared, tmp_path / "there")
    assert (cache.get(NAME.key), cache.text(TEXT_NAME.key), cache.notes) == (None, None, ())
