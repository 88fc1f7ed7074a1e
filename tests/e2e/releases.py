"""Text that is the same at every run, in the datasets `data/gold` and `data/train` of a real repository."""

from __future__ import annotations

import json
import random
from pathlib import Path

from e2e.data_repository import DataRepository

SETTINGS = """\
datasets:
  - {path: data/gold, role: gold, slices: {dialect: dialect}}
  - {path: data/train, role: train, slices: {dialect: dialect}}
"""
PARTS = (
    "The ferryman|A surveyor|My aunt|The night nurse|Our neighbor|The clerk|A boy|The baker",
    "counted|lost|mended|carried|forgot|sold|painted|measured|buried|borrowed",
    "nine lamps|the copper kettle|two letters|a broken oar|the blue door|some rope|her ledger|salt",
    "by the weir|under the stairs|at the mill|behind the chapel|near the toll gate|in the loft",
    "before dawn|in March|after the flood|every Friday|while it rained|twice|that winter",
)


def sentence(draw: random.Random) -> str:
    return " ".join(draw.choice(choices.split("|")) for choices in PARTS)


def records(seed: int, number: int, origin: str, dialects: str) -> list[dict[str, object]]:
    """Records of three sentences each, the same at every run."""
    draw = random.Random(seed)
    return [
        {
            "text": ". ".join(sentence(draw) for _ in range(3)) + f". Note {seed}-{index}.",
            "origin": origin,
            "language": "en",
            "dialect": dialects[index % len(dialects)],
        }
        for index in range(number)
    ]


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def release(repository: DataRepository, tag: str) -> None:
    repository.track("data/train", "data/gold")
    repository.git("commit", "--quiet", "-m", f"Release {tag}")
    repository.git("tag", tag)
