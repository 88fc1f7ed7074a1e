"""Text of real language models beside that of people on the same tasks: how well drift is seen."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.collapse.corpora import FEWEST_WORDS, Document, rows_of, words_of
from benchmarks.collapse.experiments import over_limit
from benchmarks.collapse.shards import SLACK, Mixture, mixed, sample_of
from checker.compare import Reference, make_reference

BLOCK = 10_000
SHARES = (0.2, 0.4)
PROMPT_WORDS = 30  # the models continued this much of a human text


class Task(NamedTuple):
    """What people and each generator wrote. People's text is cut in two: gold, and what is judged."""

    name: str
    gold: tuple[Document, ...]
    people: tuple[Document, ...]
    machines: dict[str, tuple[Document, ...]]


class Pair(NamedTuple):
    """`auroc`: by share of machine text, of drift scores against those of shards of people; `flagged`: beyond it."""

    task: str
    generator: str
    tokens: int
    auroc: dict[str, float]
    flagged: dict[str, float]
    false_alarms: float


def tasks(folder: Path, seed: int) -> tuple[Task, ...]:
    """Solutions of school problems, and continuations of paragraphs without the words that were given."""
    if not (folder / "gsm8k_model_solutions.jsonl.gz").is_file():
        return ()
    problems = rows_of(folder / "gsm8k_train.jsonl.gz")
    solved = rows_of(folder / "gsm8k_model_solutions.jsonl.gz")
    paragraphs = rows_of(folder / "squad_continuations.jsonl.gz")
    human = [_answer(row) for row in problems]
    written = [(_generator(row), str(row["solution"])) for row in solved]
    continued = [(_generator(row), _continuation(row)) for row in paragraphs]
    return (
        _task("gsm8k solutions", human, written, seed),
        _task("squad", [text for maker, text in continued if not maker], [pair for pair in continued if pair[0]], seed),
    )


def measure(task: Task, *, blocks: int, shards: int, null: int, seed: int) -> list[Pair]:
    """Every generator of a task with words enough, in shards of so many blocks of 10,000 tokens."""
    reference = make_reference([sample_of(task.gold)], name="gold", by_source=False, block_tokens=BLOCK)
    words = BLOCK * blocks * SLACK
    dice = random.Random(f"{task.name} {seed}")
    if sum(document.words for document in task.people) < 1.2 * words:
        return []
    clean = _drifts(reference, Mixture(task.people, (), 0.0), words, null, dice)
    found = []
    for generator, texts in sorted(task.machines.items()):
        if sum(document.words for document in texts) < words * max(SHARES):
            continue
        scores = {
            f"{share:.0%}": _drifts(reference, Mixture(task.people, texts, share), words, shards, dice)
            for share in SHARES
        }
        found.append(
            Pair(
                task.name,
                generator,
                BLOCK * blocks,
                {share: auroc(values, clean) for share, values in scores.items()},
                {share: sum(value > 0 for value in values) / len(values) for share, values in scores.items()},
                sum(value > 0 for value in clean) / len(clean),
            )
        )
    return found


def auroc(above: Sequence[float], below: Sequence[float]) -> float:
    """The chance that one of `above` is larger than one of `below`; ties count half."""
    one, other = np.array(above)[:, None], np.array(below)[None, :]
    return float((one > other).mean() + (one == other).mean() / 2)


def _drifts(reference: Reference, mixture: Mixture, words: float, shards: int, dice: random.Random) -> list[float]:
    return [over_limit(reference.compare(sample_of(mixed(mixture, words, dice))), "drift") for _ in range(shards)]


def _task(name: str, human: Iterable[str], written: Iterable[tuple[str, str]], seed: int) -> Task:
    people = _documents(human)
    random.Random(seed).shuffle(people)
    machines: dict[str, list[str]] = {}
    for generator, text in written:
        machines.setdefault(generator, []).append(text)
    half = len(people) // 2
    return Task(
        name,
        tuple(people[:half]),
        tuple(people[half:]),
        {generator: tuple(_documents(texts)) for generator, texts in machines.items()},
    )


def _documents(texts: Iterable[str]) -> list[Document]:
    found = [Document(text, "", len(words_of(text))) for text in dict.fromkeys(texts)]
    return [document for document in found if document.words >= FEWEST_WORDS]


def _generator(row: dict[str, object]) -> str:
    return str(row["generator"] or "")


def _answer(row: dict[str, object]) -> str:
    return str(row["text"]).removeprefix(str(row["question"])).strip()


def _continuation(row: dict[str, object]) -> str:
    return " ".join(str(row["text"]).split()[PROMPT_WORDS:])
