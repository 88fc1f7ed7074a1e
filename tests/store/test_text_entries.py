"""Text evidence in files: whole, small, the same for the same content, and never believed unchecked."""

from __future__ import annotations

import json
import pickle
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from store.texts import equal, plain_text, shard_text

from checker.errors import EvidenceDamaged
from checker.measure import EvidenceCache
from checker.model.text import BLOCK_TOKENS, ShardText, TextEntry
from checker.store.encoding import canonical
from checker.store.text_layout import SECTIONS
from checker.store.text_reader import open_text

KEY = "ab" * 32
GOLDEN = Path(__file__).with_name("golden") / "three_documents.text"
GOLDEN_DIGEST = "241cf0fe5908f8404e8794731c62e2a030e02e4d9dcf712bd58835a7239e32ef"


def kept(folder: Path, text: ShardText) -> tuple[TextEntry, Path]:
    """The entry and its file."""
    entry = EvidenceCache(folder).keep_text(KEY, text)
    return entry, folder / KEY[:2] / f"{KEY}.text"


def found(folder: Path) -> TextEntry | None:
    return EvidenceCache(folder).text(KEY)


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param(0, id="an empty shard"),
        pytest.param(1, id="one document"),
        pytest.param(20, id="a complete sample"),
        pytest.param(500, id="many documents"),
    ],
)
def test_an_entry_comes_back(tmp_path: Path, documents: int) -> None:
    text = shard_text(documents)
    assert found(tmp_path) is None
    entry, _ = kept(tmp_path, text)
    again = found(tmp_path)
    assert again is not None
    assert again[:3] == entry[:3] == (KEY, entry.digest, documents)
    assert equal(again.load(), text)


def test_every_part_can_be_read_alone(tmp_path: Path) -> None:
    text = shard_text(50)
    entry, _ = kept(tmp_path, text)
    assert equal(ShardText(entry.stats(), entry.documents(), entry.sample()), text)


def test_compiled_code_can_take_every_array(tmp_path: Path) -> None:
    loaded = kept(tmp_path, shard_text(37))[0].load()
    arrays = [part for parts in loaded for part in parts if isinstance(part, np.ndarray)]
    assert len(arrays) == len(SECTIONS)
    assert all(array.flags.carray and array.dtype.isnative for array in arrays)


def test_an_entry_can_be_sent_to_another_process(tmp_path: Path) -> None:
    text = shard_text(5)
    sent: TextEntry = pickle.loads(pickle.dumps(kept(tmp_path, text)[0]))
    assert equal(sent.load(), text)


def test_without_a_folder_it_stays_in_memory() -> None:
    text = shard_text(5)
    entry = EvidenceCache(None).keep_text(KEY, text)
    assert equal(entry.load(), text)
    assert equal(ShardText(entry.stats(), entry.documents(), entry.sample()), text)


def test_the_same_content_has_the_same_bytes_and_digest(tmp_path: Path) -> None:
    one, file = kept(tmp_path / "one", shard_text(50))
    two, other = kept(tmp_path / "two", shard_text(50))
    assert file.read_bytes() == other.read_bytes()
    elsewhere = EvidenceCache(tmp_path / "one").keep_text("cd" * 32, shard_text(50))
    in_memory = EvidenceCache(None).keep_text("ef" * 32, shard_text(50))
    assert one.digest == two.digest == elsewhere.digest == in_memory.digest


def test_the_digest_tells_the_slightest_difference(tmp_path: Path) -> None:
    text = shard_text(50)
    digests = {kept(tmp_path, text)[0].digest}
    signatures = text.documents.signatures.copy()
    signatures[49, 127] ^= 1
    digests.add(kept(tmp_path, text._replace(documents=text.documents._replace(signatures=signatures)))[0].digest)
    digests.add(kept(tmp_path, text._replace(stats=text.stats._replace(utf8_errors=4)))[0].digest)
    digests.add(kept(tmp_path, text._replace(sample=text.sample._replace(complete=True)))[0].digest)
    assert len(digests) == 4


def test_byte_order_and_layout_in_memory_do_not_matter(tmp_path: Path) -> None:
    text = shard_text(50)
    documents = text.documents
    turned = documents._replace(
        hashes=documents.hashes.astype(">u8"), signatures=np.asfortranarray(documents.signatures)
    )
    assert kept(tmp_path / "a", text)[0].digest == kept(tmp_path / "b", text._replace(documents=turned))[0].digest


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda documents: documents._replace(tokens=documents.tokens.astype("u8")), id="wider integers"),
        pytest.param(lambda documents: documents._replace(tokens=documents.tokens.astype("i4")), id="signed"),
        pytest.param(lambda documents: documents._replace(signatures=documents.signatures[:, :64]), id="narrower rows"),
    ],
)
def test_other_arrays_are_refused(tmp_path: Path, change: Callable[[Any], Any]) -> None:
    text = shard_text(5)
    with pytest.raises(ValueError, match="not u"):
        EvidenceCache(tmp_path).keep_text(KEY, text._replace(documents=change(text.documents)))


def test_the_golden_entry_is_read_forever() -> None:
    entry = open_text(GOLDEN, KEY)
    assert entry.digest == GOLDEN_DIGEST
    assert equal(entry.load(), plain_text())
    assert GOLDEN.read_bytes().startswith(b'{"complete":true,"format":"headwater/text/v2","key":"abab')


def test_what_is_written_now_is_the_golden_entry(tmp_path: Path) -> None:
    entry, file = kept(tmp_path, plain_text())
    assert entry.digest == GOLDEN_DIGEST
    new, golden = parts_of(file.read_bytes()), parts_of(GOLDEN.read_bytes())
    assert new.stable() == golden.stable()
    # Another release of zstd may pack differently; what is not packed is the same byte for byte.
    assert new.body[: 3 * 144] == golden.body[: 3 * 144]


class Parts:
    """The header of an entry, and what follows it."""

    def __init__(self, header: dict[str, Any], body: bytes) -> None:
        self.header, self.body = header, body

    def stable(self) -> dict[str, Any]:
        """The header without what depends on the release of zstd."""
        unstable = ("size", "offset", "stored_sha256", "coding")
        sections = [
            {name: value for name, value in section.items() if name not in unstable}
            for section in self.header["sections"]
        ]
        return {**self.header, "sections": sections}

    def sealed(self) -> bytes:
        """A file whose header has the right checksum again: what someone who knows the format can write."""
        line = canonical(self.header)
        return line + b"\n" + sha256(line).hexdigest().encode() + b"\n" + self.body

    def section(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(section for section in self.header["sections"] if section["name"] == name)
        return found


def parts_of(data: bytes) -> Parts:
    line, _, body = data.split(b"\n", 2)
    return Parts(json.loads(line), body)


ENTRY: dict[str, bytes] = {}


@pytest.fixture(scope="module", autouse=True)
def _entry(tmp_path_factory: pytest.TempPathFactory) -> None:
    ENTRY["small"] = kept(tmp_path_factory.mktemp("entry"), shard_text(3))[1].read_bytes()


def usable(folder: Path, data: bytes) -> bool:
    """Whether anything can still be had from an entry with these bytes."""
    file = folder / KEY[:2] / f"{KEY}.text"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    entry = found(folder)
    if entry is None:
        return False
    try:
        entry.load()
    except EvidenceDamaged:
        return False
    return True


@settings(max_examples=300, deadline=None)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_noticed(tmp_path_factory: pytest.TempPathFactory, place: float, bit: int) -> None:
    data = bytearray(ENTRY["small"])
    data[int(place * len(data))] ^= 1 << bit
    assert not usable(tmp_path_factory.getbasetemp(), bytes(data))


@settings(max_examples=100, deadline=None)
@given(part=st.floats(0, 1, exclude_max=True))
def test_every_truncation_is_noticed_before_it_is_loaded(tmp_path_factory: pytest.TempPathFactory, part: float) -> None:
    folder = tmp_path_factory.getbasetemp()
    assert not usable(folder, ENTRY["small"][: int(part * len(ENTRY["small"]))])
    assert found(folder) is None


def test_the_whole_one_is_usable_and_a_longer_one_is_not(tmp_path: Path) -> None:
    assert usable(tmp_path, ENTRY["small"])
    assert not usable(tmp_path, ENTRY["small"] + b"\0")


def drop_section(parts: Parts) -> None:
    del parts.header["sections"][3]


def swap_sections(parts: Parts) -> None:
    sections = parts.header["sections"]
    sections[0], sections[1] = sections[1], sections[0]


def change(name: str, /, **values: object) -> Callable[[Parts], None]:
    return lambda parts: parts.section(name).update(values)


def state(**values: object) -> Callable[[Parts], None]:
    return lambda parts: parts.header["scalars"].update(values)


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(state(records=2**31), id="absurd count of documents"),
        pytest.param(state(records=2**200), id="a number beyond all counts"),
        pytest.param(state(records=-1), id="negative count"),
        pytest.param(state(records=True), id="a truth value as a count"),
        pytest.param(state(records="3"), id="text as a count"),
        pytest.param(change("hashes", rows=10**12, size=16 * 10**12), id="section longer than the file"),
        pytest.param(change("fragments", rows=2**60), id="absurd rows of a section that may grow"),
        pytest.param(change("fragments", rows=10**8, coding="zstd", stored_sha256="0" * 64), id="beyond what it packs"),
        pytest.param(change("sample_tokens", rows=10**9), id="a sample beyond all samples"),
        pytest.param(change("signatures", offset=0), id="sections that overlap"),
        pytest.param(change("signatures", offset=-5), id="offset before the file"),
        pytest.param(change("tokens", offset=10**15), id="offset behind the file"),
        pytest.param(change("tokens", dtype="object"), id="another kind of value"),
        pytest.param(change("tokens", coding="pickle"), id="another coding"),
        pytest.param(change("hashes", coding="zstd", stored_sha256="0" * 64), id="packed where nothing may be"),
        pytest.param(change("byte_counts", rows=255), id="fewer counts than bytes"),
        pytest.param(change("tokens", sha256="x"), id="no digest"),
        pytest.param(change("tokens", size=None), id="no size"),
        pytest.param(change("rows", name="../../etc"), id="a path as a name"),
        pytest.param(drop_section, id="a section too few"),
        pytest.param(swap_sections, id="sections in another order"),
        pytest.param(lambda parts: parts.header.update(format="headwater/text/v1"), id="another version"),
        pytest.param(lambda parts: parts.header.update(key="cd" * 32), id="another key"),
        pytest.param(lambda parts: parts.header.update(scalars=[]), id="a list for a table"),
        pytest.param(lambda parts: parts.header.update(sections={}), id="a table for a list"),
        pytest.param(lambda parts: parts.header.update(complete=1), id="a number as a truth value"),
        pytest.param(lambda parts: parts.header.pop("scalars"), id="no counts"),
    ],
)
def test_a_hostile_header_is_absent_and_costs_nothing(tmp_path: Path, forge: Callable[[Parts], object]) -> None:
    parts = parts_of(ENTRY["small"])
    forge(parts)
    file = tmp_path / KEY[:2] / f"{KEY}.text"
    file.parent.mkdir()
    file.write_bytes(parts.sealed())
    tracemalloc.start()
    try:
        assert found(tmp_path) is None
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\n" * 200, id="empty lines"),
        pytest.param(b"[" * 100_000, id="deep JSON"),
        pytest.param(b"{}\n" + sha256(b"{}").hexdigest().encode() + b"\n", id="an empty table"),
        pytest.param(b"[]\n" + sha256(b"[]").hexdigest().encode() + b"\n", id="a list"),
        pytest.param(b"\x80\x04\x95" + b"x" * 100, id="a pickle"),
    ],
)
def test_another_file_is_no_entry(tmp_path: Path, data: bytes) -> None:
    assert not usable(tmp_path, data)


def repacked(parts: Parts, name: str, packed: bytes, content: bytes) -> bytes:
    """The entry with other bytes for one section, all checksums right."""
    section = parts.section(name)
    start, grown = section["offset"], len(packed) - section["size"]
    parts.body = parts.body[:start] + packed + parts.body[start + section["size"] :]
    for other in parts.header["sections"]:
        if other["offset"] > start:
            other["offset"] += grown
    section.update(
        size=len(packed), coding="zstd", stored_sha256=sha256(packed).hexdigest(), sha256=sha256(content).hexdigest()
    )
    return parts.sealed()


def test_a_decompression_bomb_is_stopped_at_the_stated_size(tmp_path: Path) -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(512 * 2**20))
    data = repacked(parts_of(ENTRY["small"]), "word_buckets", bomb, b"")
    file = tmp_path / KEY[:2] / f"{KEY}.text"
    file.parent.mkdir()
    file.write_bytes(data)
    entry = found(tmp_path)
    assert entry is not None
    tracemalloc.start()
    try:
        with pytest.raises(EvidenceDamaged, match="word_buckets unpack to another size"):
            entry.load()
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()


def test_what_is_no_frame_cannot_be_unpacked(tmp_path: Path) -> None:
    assert not usable(tmp_path, repacked(parts_of(ENTRY["small"]), "word_buckets", b"no frame at all", b""))


def test_a_frame_of_the_right_size_and_other_content_is_damaged(tmp_path: Path) -> None:
    zeros = bytes(16384 * 8)
    packed = zstandard.ZstdCompressor().compress(zeros)
    assert usable(tmp_path, repacked(parts_of(ENTRY["small"]), "word_buckets", packed, zeros))
    assert not usable(tmp_path, repacked(parts_of(ENTRY["small"]), "word_buckets", packed, b"something else"))


def lengths_too_long(text: ShardText) -> ShardText:
    lengths = text.sample.lengths.copy()
    lengths[0] = BLOCK_TOKENS + 1
    words = np.zeros(int(lengths.sum()), "u4")
    return text._replace(sample=text.sample._replace(lengths=lengths, tokens=words))


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(
            lambda text: text._replace(sample=text.sample._replace(tokens=text.sample.tokens[1:])), id="a word too few"
        ),
        pytest.param(
            lambda text: text._replace(sample=text.sample._replace(keys=text.sample.keys[::-1].copy())),
            id="keys in another order",
        ),
        pytest.param(lengths_too_long, id="a document longer than a block"),
    ],
)
def test_a_sample_that_does_not_add_up_is_refused(tmp_path: Path, forge: Callable[[ShardText], ShardText]) -> None:
    entry, _ = kept(tmp_path, forge(shard_text(20)))
    assert len(entry.documents().tokens) == 20
    with pytest.raises(EvidenceDamaged, match="its sample"):
        entry.load()


def test_an_entry_that_is_replaced_after_it_was_opened_is_noticed(tmp_path: Path) -> None:
    entry, _ = kept(tmp_path, shard_text(5))
    other, file = kept(tmp_path, shard_text(6))
    assert file.exists()
    with pytest.raises(EvidenceDamaged, match="other evidence than when it was opened; run the command again"):
        entry.load()
    file.unlink()
    with pytest.raises(EvidenceDamaged, match="No such file"):
        other.documents()


def test_a_damaged_entry_is_gone_once_it_was_noticed(tmp_path: Path) -> None:
    """Its header is fine, so that it would count as known for ever."""
    entry, file = kept(tmp_path, shard_text(5))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert found(tmp_path) is not None
    assert len(entry.documents().tokens) == 5
    with pytest.raises(EvidenceDamaged, match="its sample_tokens are damaged; run the command again"):
        entry.load()
    assert found(tmp_path) is None


def test_every_section_is_in_the_file_once_and_in_order() -> None:
    sections = parts_of(ENTRY["small"]).header["sections"]
    assert [section["name"] for section in sections] == [section.name for section in SECTIONS]
    ends = [section["offset"] + section["size"] for section in sections]
    assert [0, *ends[:-1]] == [section["offset"] for section in sections]


def test_a_document_takes_at_most_160_bytes_of_rows(tmp_path: Path) -> None:
    """Rows alone: what grows with the vocabulary and the sample is in docs/evidence.md, by the benchmark."""
    few, many = (kept(tmp_path / str(count), shard_text(count))[1].stat().st_size for count in (2_000, 12_000))
    per_document = (many - few) / 10_000
    assert 144 < per_document <= 160
