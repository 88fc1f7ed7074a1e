"""Run by daft's own environment: `daft_signatures.py TEXTS ROUNDS` prints the CPU seconds of each round as JSON."""

import json
import sys
import time
from pathlib import Path

import daft
from daft import col


def main(path: Path, rounds: int) -> None:
    """Normalize as headwater's tokenizer does (case, punctuation, space), then 128 values over word 5-grams."""
    daft.set_runner_native()
    texts = daft.from_pydict({"text": json.loads(path.read_text(encoding="utf-8"))}).collect()
    normal = col("text").normalize(remove_punct=True, lowercase=True, white_space=True)
    signatures = normal.minhash(num_hashes=128, ngram_size=5, seed=1)
    seconds = []
    for _ in range(rounds):
        started = time.process_time()
        texts.select(signatures.alias("signature")).collect()
        seconds.append(time.process_time() - started)
    print(json.dumps({"load": 0.0, "seconds": seconds}))


main(Path(sys.argv[1]), int(sys.argv[2]))
