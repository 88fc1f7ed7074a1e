"""Run by a peer's own environment: `near_dup_signatures.py ENGINE TEXTS TARGET` writes signatures, prints CPU seconds.

The shingles are the same for all: five words in a row, in lower case. A text of fewer words is one shingle.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

WORD = re.compile(r"\w+")


def daft(texts: list[str]) -> object:
    """Its own normalisation and minhash."""
    import daft as engine

    column = engine.col("text").normalize(remove_punct=True, lowercase=True, white_space=True)
    frame = engine.from_pydict({"text": texts})
    return frame.select(column.minhash(num_hashes=128, ngram_size=5, seed=1).alias("found")).to_pydict()["found"]


def rensa(texts: list[str]) -> object:
    """RMinHash over shingles made here."""
    RMinHash = import_module("rensa").RMinHash  # noqa: N806

    found = []
    for text in texts:
        sketch = RMinHash(num_perm=128, seed=1)
        sketch.update(shingles(text))
        found.append(sketch.digest())
    return found


def datasketch(texts: list[str]) -> object:
    """MinHash over shingles made here."""
    MinHash = import_module("datasketch").MinHash  # noqa: N806

    found = []
    for text in texts:
        sketch = MinHash(num_perm=128, seed=1)
        sketch.update_batch([shingle.encode() for shingle in shingles(text)])
        found.append(sketch.hashvalues)
    return found


def shingles(text: str) -> list[str]:
    """Five words in a row."""
    words = WORD.findall(text.lower())
    return [" ".join(words[place : place + 5]) for place in range(max(1, len(words) - 4))]


ENGINES: dict[str, Callable[[list[str]], object]] = {"daft": daft, "rensa": rensa, "datasketch": datasketch}


def main(engine: str, path: Path, target: Path) -> None:
    """Sign all texts."""
    texts = json.loads(path.read_text(encoding="utf-8"))
    ENGINES[engine](texts[:10])
    started = time.process_time()
    found = ENGINES[engine](texts)
    seconds = time.process_time() - started
    np.save(target, np.asarray(found, np.uint64))
    print(json.dumps({"seconds": seconds}), flush=True)


main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
