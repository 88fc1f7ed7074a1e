"""Run by a peer's own environment: `near_dup.py ENGINE TEXTS TARGET THRESHOLD` writes pairs, CPU seconds, version.

Shingles are the same for all: five words in a row, in lower case. 128 values, 16 bands of 8; where an engine can, a
pair counts when at least the threshold of its values is equal.
"""

import json
import os
import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Any

WORD = re.compile(r"\w+")
Pairs = list[tuple[int, int]]


def daft(texts: list[str], threshold: float) -> Pairs:
    """Its own normalization and minhash; it has no search of its own."""
    engine, numpy = import_module("daft"), import_module("numpy")
    column = engine.col("text").normalize(remove_punct=True, lowercase=True, white_space=True)
    frame = engine.from_pydict({"text": texts})
    minhash = column.minhash(num_hashes=128, ngram_size=5, seed=1).alias("found")
    found = frame.select(minhash).to_pydict()["found"]
    pairs: Pairs = import_module("banded").verified(numpy.asarray(found, numpy.uint32), threshold)
    return pairs


def rensa(texts: list[str], threshold: float) -> Pairs:
    """RMinHash over shingles made here, and its own index."""
    module = import_module("rensa")
    sketches = []
    for text in texts:
        sketches.append(module.RMinHash(num_perm=128, seed=1))
        sketches[-1].update(shingles(text))
    index = module.RMinHashLSH(threshold=threshold, num_perm=128, num_bands=16)
    index.insert_many(sketches)
    met = index.query_all(sketches)
    return [(a, b) for a, others in enumerate(met) for b in others if a < b and _alike(sketches, a, b, threshold)]


def datasketch(texts: list[str], threshold: float) -> Pairs:
    """MinHash over shingles made here, and its own index."""
    module = import_module("datasketch")
    sketches = []
    for text in texts:
        sketches.append(module.MinHash(num_perm=128, seed=1))
        sketches[-1].update_batch([shingle.encode() for shingle in shingles(text)])
    index = module.MinHashLSH(threshold=threshold, num_perm=128, params=(16, 8))
    for place, sketch in enumerate(sketches):
        index.insert(place, sketch)
    met = [index.query(sketch) for sketch in sketches]
    return [(a, b) for a, others in enumerate(met) for b in others if a < b and _alike(sketches, a, b, threshold)]


def _alike(sketches: Sequence[Any], one: int, other: int, threshold: float) -> bool:
    return bool(sketches[one].jaccard(sketches[other]) >= threshold)


def polars_textproc(texts: list[str], threshold: float) -> Pairs:
    """Its own shingles and 128 values, as hexadecimal digits; it has no search of its own."""
    polars, numpy = import_module("polars"), import_module("numpy")
    module = import_module("polars_textproc")
    lower = polars.col("text").str.to_lowercase()
    frame = polars.DataFrame({"text": texts})
    digits = frame.select(module.minhash(lower, buckets=128, bsize=1, window=5))["text"].to_list()
    numbers = numpy.frombuffer(bytes.fromhex("".join(digits)), ">u8").reshape(len(texts), 128)
    pairs: Pairs = import_module("banded").verified(numpy.ascontiguousarray(numbers), threshold)
    return pairs


def text_dedup(texts: list[str], threshold: float) -> Pairs:
    """Its command in this process. It joins what shares a band and verifies nothing: pairs are those of clusters."""
    module = import_module("text_dedup.minhash")
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "texts.jsonl")
        source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        given = {"path": "json", "data_files": source, "split": "train", "cache_dir": name, "column": "text"}
        given |= {"output": Path(name, "kept"), "num_proc": 1, "ngram": 5, "min_length": 1, "num_perm": 128}
        given |= {"b": 16, "r": 8, "threshold": threshold}
        arguments = [word for key, value in given.items() for word in (f"--{key}", str(value))]
        module.main(arguments, standalone_mode=False)
    clusters: dict[int, list[int]] = defaultdict(list)
    for place in range(len(texts)):
        clusters[module.uf.find(place)].append(place)
    return [pair for places in clusters.values() for pair in combinations(places, 2)]


def shingles(text: str) -> list[str]:
    """Five words in a row."""
    words = WORD.findall(text.lower())
    return [" ".join(words[place : place + 5]) for place in range(max(1, len(words) - 4))]


ENGINES: dict[str, Callable[[list[str], float], Pairs]] = {
    "daft": daft,
    "rensa": rensa,
    "datasketch": datasketch,
    "polars_textproc": polars_textproc,
    "text-dedup": text_dedup,
}


def main(engine: str, path: Path, target: Path, threshold: float) -> None:
    """Find the pairs of all texts, once warm."""
    texts = json.loads(path.read_text(encoding="utf-8"))
    ENGINES[engine](texts[:10], threshold)
    started = sum(os.times()[:4])
    pairs = ENGINES[engine](texts, threshold)
    found = {"pairs": pairs, "seconds": sum(os.times()[:4]) - started, "version": version(engine)}
    target.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))
