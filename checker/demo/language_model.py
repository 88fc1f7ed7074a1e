"""A small language model: word trigrams, counted and sampled. The demo copies this file into its data repository."""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ORDER = 3
START, END = "<s>", "</s>"
# context (two words) -> how often each word followed
Model = Mapping[str, Mapping[str, int]]


def train(texts: Iterable[str]) -> Model:
    """Count which word follows which two words."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for text in texts:
        words = [*[START] * (ORDER - 1), *text.split(), END]
        for end in range(ORDER - 1, len(words)):
            counts[" ".join(words[end - ORDER + 1 : end])][words[end]] += 1
    return counts


def sample(model: Model, dice: random.Random, longest: int = 120) -> str:
    """Draw one text, word by word, until the model ends it."""
    context = [START] * (ORDER - 1)
    words: list[str] = []
    while len(words) < longest:
        followers = model[" ".join(context)]
        word = dice.choices(list(followers), weights=list(followers.values()))[0]
        if word == END:
            break
        words.append(word)
        context = [*context[1:], word]
    return " ".join(words)


def main() -> None:
    """`train FOLDER MODEL`, `sample MODEL SHARD --count N --seed N --date D`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["train", "sample"])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--date", default="")
    given = parser.parse_args()
    given.target.parent.mkdir(parents=True, exist_ok=True)
    if given.action == "train":
        rows = [
            json.loads(line) for path in sorted(given.source.glob("*.jsonl")) for line in path.open(encoding="utf-8")
        ]
        given.target.write_text(json.dumps(train(row["text"] for row in rows), sort_keys=True), encoding="utf-8")
        return
    model = json.loads(given.source.read_text(encoding="utf-8"))
    dice = random.Random(given.seed)  # noqa: S311 - repeatable on purpose
    with given.target.open("w", encoding="utf-8") as shard:
        for number in range(given.count):
            row = {
                "id": f"generated.{number}",
                "text": sample(model, dice),
                "source": given.source.as_posix(),
                "collected_at": given.date,
                "license": "PSF-2.0",
                "capture_method": "generated",
                "origin": "machine",
                "origin_kind": "generative",
                "origin_confidence": 1.0,
                "generator": "word-trigram",
                "language": "en",
                "topic": "generated",
            }
            shard.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
