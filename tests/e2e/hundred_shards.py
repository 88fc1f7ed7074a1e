"""A hundred small shards under real git and DVC: three formats, origins and languages, copies across shards, a leak."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from e2e.data_repository import DataRepository, empty

SHARDS = 100
GOLD = 4
TRAIN = SHARDS - GOLD
DOCUMENTS = 30
GOLD_DOCUMENTS = 300
# Beyond sixteen texts with one key, texts are not compared pair by pair any more.
CROWD = 40
EMPTY, MALFORMED, LOPSIDED = 18, 43, 60
SETTINGS = """\
datasets:
  - {path: data/gold, role: gold, slices: {dialect: dialect}}
  - {path: data/train, role: train, slices: {dialect: dialect}}
"""
POLICY = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: team, version: 1.0.0}
select: {datasets: [data/train]}
rules:
  - {id: cap, check: synthetic-cap, level: block, with: {max: 0.4, per: [dataset, shard]}}
  - {id: known, check: unknown-provenance, level: block, with: {max: 0.3}}
  - {id: copies, check: duplication, level: block, with: {max: 0.01}}
  - {id: near, check: near-duplication, level: block, with: {max: 0.02, per: [dataset, shard]}}
  - {id: leaks, check: gold-overlap, level: block, with: {against: [gold], max_bad_rows: 9}}
  - {id: tails, check: tail-coverage, level: block, with: {rare_types: 0}}
  - {id: varied, check: diversity, level: block, with: {min_reference_blocks: 2}}
"""
_ONSETS = {"en": "bdfgklmnprstvz", "de": "äöübdghkmnrstwz", "fr": "éèbcdfjlmnprstv"}
_RHYMES = ("aro", "eli", "ing", "omb", "ust", "yle", "and", "ett", "irn", "oll", "ax", "une")
_ORIGINS = ("human", "human", "human", "human", "machine", "mixed", None)


def build(folder: Path) -> DataRepository:
    """The repository, committed, its data in the DVC cache and pushed to a remote beside it."""
    repository = empty(folder)
    write_shards(repository.path)
    (repository.path / "headwater.yaml").write_text(SETTINGS, encoding="utf-8")
    (repository.path / "policies").mkdir()
    (repository.path / "policies/team.yaml").write_text(POLICY, encoding="utf-8")
    repository.track("data/train", "data/gold")
    repository.git("commit", "--quiet", "-m", "A hundred shards")
    repository.run("dvc", "push", "--quiet")
    return repository


def write_shards(top: Path) -> None:
    """All shards, the same bytes on every machine."""
    gold = [list(documents(f"gold {number}", GOLD_DOCUMENTS, dialect="nnnsse")) for number in range(GOLD)]
    for number, rows in enumerate(gold):
        write(top / f"data/gold/{number}.jsonl", rows)
    for number in range(TRAIN):
        rows = list(documents(f"train {number}", DOCUMENTS, dialect="nnnsse"))
        path = top / f"data/train/{number:03}{('.jsonl', '.jsonl.zst', '.parquet')[number % 3]}"
        if number == LOPSIDED:
            rows = [{**row, "origin": "machine", "generator": "trigram-1"} for row in rows]
        write(path, [] if number == EMPTY else [*rows, *planted(number, gold[0])])
    with (top / f"data/train/{MALFORMED:03}.jsonl.zst").open("wb") as file:
        file.write(packed(malformed()))


def documents(seed: str, count: int, dialect: str) -> Iterator[dict[str, object]]:
    """Texts of 30 to 60 words, frequent and rare ones, that share nothing but the words."""
    draw = random.Random(seed)
    language = draw.choice(sorted(_ONSETS))
    words, weights = _words(language)
    for number in range(count):
        text = " ".join(draw.choices(words, cum_weights=weights, k=draw.randint(30, 60)))
        yield record(f"{seed}-{number}", text, language, draw.choice(_ORIGINS), draw.choice(dialect))


def planted(number: int, gold: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    """Copies: exact ones over shards, near ones over shards, a crowd of one boilerplate, and two texts of gold."""
    shared = list(documents(f"shared {number // 8}", 2, dialect="n"))
    if number % 8 in (1, 3):
        yield shared[0]
    if number % 8 in (2, 5):
        yield {**shared[1], "text": f"{shared[1]['text']} {_RHYMES[number % 8]}"}
    (boilerplate,) = documents("boilerplate", 1, dialect="n")
    if number < CROWD:
        yield {**boilerplate, "text": f"{boilerplate['text']} page{number}"}
    if number == 70:
        yield gold[5]
        yield {**gold[9], "text": f"{gold[9]['text']} indeed"}


def malformed() -> bytes:
    """Good rows, and some that cannot be read: cut off, no object, not UTF-8, a text that is a number."""
    good = [json.dumps(row).encode() for row in documents("malformed", 20, dialect="n")]
    bad = [b'{"text": "cut o', b"[1, 2]", b'{"text": "\xff\xfe"}', b'{"text": 7}']
    return b"\n".join([*good[:10], *bad, *good[10:]]) + b"\n"


def record(name: str, text: str, language: str, origin: str | None, dialect: str) -> dict[str, object]:
    """One record as a policy can ask for it; one without origin says nothing of where it comes from."""
    known = {} if origin is None else {"origin": origin, "origin_confidence": 0.97}
    return {
        "id": name,
        "text": text,
        "source": "field-notes",
        "url": f"https://example.org/{name.replace(' ', '/')}",
        "license": "CC-BY-4.0",
        "language": language,
        "dialect": dialect,
        "generator": "trigram-1" if origin == "machine" else None,
        **known,
    }


def write(path: Path, rows: list[dict[str, object]]) -> None:
    """A shard in the format that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    if path.suffix == ".parquet":
        path.write_bytes(_parquet(rows))
    else:
        path.write_bytes(packed(lines) if path.suffix == ".zst" else lines)


def packed(data: bytes) -> bytes:
    """One frame of zstd."""
    import zstandard

    return zstandard.ZstdCompressor(level=3).compress(data)


def _parquet(rows: list[dict[str, object]]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), sink)
    return sink.getvalue()


def _words(language: str) -> tuple[list[str], list[float]]:
    """Words of a language, and their frequencies added up: few are frequent, most are rare."""
    onsets = _ONSETS[language]
    words = [f"{onset}{one}{other}" for other in _RHYMES for one in _RHYMES for onset in onsets]
    random.Random(language).shuffle(words)
    return words, list(accumulate(1 / (rank + 3) for rank in range(len(words))))
