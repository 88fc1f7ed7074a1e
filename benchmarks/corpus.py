"""Records to measure speed on: documents of about 2.4 KB with the provenance fields of real corpora."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

_LETTERS = "eeeeeettttaaaooiinnssrrhhlddcumfpgwybvk"
_SOURCES = ("common-crawl", "books", "wiki", "forum")
_LICENSES = ("CC-BY-4.0", "CC-BY-SA-4.0", "MIT")
_DOMAINS = ("health", "law", "news", "science")


def records(seed: int = 1) -> Iterator[dict[str, object]]:
    """Nine to fifteen fields; every fourth document is machine-made, every tenth has letters beyond ASCII."""
    rnd = random.Random(seed)
    words = ["".join(rnd.choices(_LETTERS, k=rnd.randint(2, 10))) for _ in range(4000)]
    paragraphs = [" ".join(rnd.choices(words, k=60)) + "." for _ in range(400)]
    number = 0
    while True:
        machine = number % 4 == 3
        text = "\n".join(rnd.choices(paragraphs, k=6)) + (" naïve – “quoted”" if number % 10 == 0 else "")
        record: dict[str, object] = {
            "id": f"{rnd.getrandbits(128):032x}",
            "text": text,
            "source": _SOURCES[number // 50 % len(_SOURCES)],
            "url": f"https://site-{number % 97}.example.org/{rnd.choice(words)}/{number}",
            "added": f"2025-{1 + number % 12:02}-{1 + number % 28:02}T08:00:00Z",
            "license": _LICENSES[number // 50 % len(_LICENSES)],
            "language": "en" if number % 5 else "de",
            "domain": _DOMAINS[number // 50 % len(_DOMAINS)],
            "origin": "machine" if machine else "human",
        }
        if number % 2:
            record |= {"origin_confidence": 0.99 if number % 3 else 0.95, "capture_method": "crawl"}
        if machine:
            record |= {"generator": "some-model-7b", "origin_kind": "distilled", "weight": 0.5, "token_count": 400}
        yield record
        number += 1


def write_jsonl(path: Path, megabytes: float, seed: int = 1) -> int:
    """Write a shard of about that size; returns the number of its records."""
    left, written = int(megabytes * 1_000_000), 0
    with path.open("wb") as file:
        for record in records(seed):
            left -= file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
            written += 1
            if left <= 0:
                break
    return written


def write_parquet(path: Path, megabytes: float, seed: int = 1) -> int:
    """The same records as Parquet, compressed as most corpora are; `megabytes` is their size as JSON Lines."""
    import pyarrow
    import pyarrow.parquet

    rows, size = [], 0
    for record in records(seed):
        rows.append(record)
        size += len(json.dumps(record, ensure_ascii=False).encode()) + 1
        if size >= megabytes * 1_000_000:
            break
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = pyarrow.table({name: [row.get(name) for row in rows] for name in names})
    pyarrow.parquet.write_table(table, path, compression="zstd", row_group_size=32 * 1024)
    return len(rows)
