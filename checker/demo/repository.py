"""Fills the workshop: human text as shards, the pipeline with the feedback loop, cards, policy, hook."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from string import Template

from checker.demo.corpus import Passage, handbook, legal
from checker.demo.mixture import machine_records
from checker.demo.workshop import Workshop

FILES = Path(__file__).parent / "files"
CLEAN_SHARE = 0.05
GREEDY_SHARE = 0.5
# Every so-manyth legal passage is held back; later it arrives without a word about who wrote it.
HELD_BACK = 8


def build(workshop: Workshop) -> None:
    """A repository whose data lies in DVC's cache and remote, with nothing committed but the empty start."""
    workshop.data.mkdir(parents=True)
    workshop.run("git", "init", "-q", "--initial-branch=main")
    workshop.run("dvc", "init", "-q")
    workshop.write(".dvc/config", "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../dvc-remote\n")
    workshop.run("git", "commit", "-q", "-m", "Start a data repository")
    write_shards(workshop)
    write_pipeline(workshop)
    workshop.run("dvc", "add", "-q", "data/handbook", "data/legal")
    workshop.run("dvc", "repro", "-q")
    workshop.run("dvc", "push", "-q")
    write_governance(workshop)


def write_shards(workshop: Workshop) -> None:
    """The human text, a shard a topic."""
    for topic, passages in handbook().items():
        write_shard(workshop, f"data/handbook/{topic}.jsonl", map(record, passages))
    known = [passage for number, passage in enumerate(legal()) if number % HELD_BACK]
    for source in sorted({passage.source for passage in known}):
        rows = [record(passage) for passage in known if passage.source == source]
        write_shard(workshop, f"data/legal/{source}.jsonl", rows)


def write_unknown_shard(workshop: Workshop) -> int:
    """Real license text from nowhere: the passages that were held back, without a word about who wrote them."""
    rows = [record(passage) for number, passage in enumerate(legal()) if not number % HELD_BACK]
    for row in rows:
        del row["origin"], row["origin_confidence"]
    write_shard(workshop, "data/legal/found-on-a-drive.jsonl", rows)
    return len(rows)


def write_shard(workshop: Workshop, path: str, rows: Iterable[Mapping[str, object]]) -> None:
    """JSON, a line a record."""
    workshop.write(path, "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))


def record(passage: Passage) -> dict[str, object]:
    """A passage with everything that a policy can ask about where it comes from."""
    return {
        "id": passage.id,
        "text": passage.text,
        "source": passage.source,
        "url": passage.url,
        "collected_at": today(),
        "license": "PSF-2.0",
        "capture_method": "existing_dataset",
        "origin": "human",
        "origin_confidence": 0.99,
        "language": "en",
        "topic": passage.topic,
    }


def write_pipeline(workshop: Workshop) -> None:
    """Stages that train a model on the human text, sample it, and mix the samples into the training data."""
    for script in ("language_model.py", "mixture.py"):
        workshop.write(f"src/{script}", (Path(__file__).parent / script).read_text(encoding="utf-8"))
    python = "python" if workshop.has("python") else Path(sys.executable).name
    enough = sum(machine_records(records, GREEDY_SHARE) for records in human_records(workshop).values())
    text = (FILES / "dvc.yaml").read_text(encoding="utf-8")
    workshop.write("dvc.yaml", Template(text).safe_substitute(PYTHON=python, COUNT=enough, TODAY=today()))
    write_share(workshop, CLEAN_SHARE)


def write_share(workshop: Workshop, share: float) -> None:
    """How much machine-made text the pipeline mixes in."""
    workshop.write("params.yaml", f"machine_share: {share}\n")


def human_records(workshop: Workshop) -> Mapping[str, int]:
    """Number of records by shard of the human text."""
    shards = sorted((workshop.data / "data" / "handbook").glob("*.jsonl"))
    return {path.name: path.read_text(encoding="utf-8").count("\n") for path in shards}


def write_governance(workshop: Workshop) -> None:
    """Settings, policy, cards and the hook's configuration."""
    for path, name in {
        "headwater.yaml": "headwater.yaml",
        "policies/demo.yaml": "policy.yaml",
        ".pre-commit-config.yaml": "pre-commit-config.yaml",
    }.items():
        workshop.write(path, (FILES / name).read_text(encoding="utf-8"))
    write_train_card(workshop, CLEAN_SHARE)
    human = {"tags": "[text]", "creators": "[found]", "synthetic": "false", "share": "0.0"}
    write_card(
        workshop,
        "cards/handbook.md",
        name="Python handbook",
        description="Docstrings and language reference of the Python distribution, written by its developers.",
        records=sum(human_records(workshop).values()),
        sources='["https://docs.python.org/3/"]',
        **human,
    )
    write_card(
        workshop,
        "cards/legal.md",
        name="Python licenses",
        description="License texts and notices of the Python distribution, by paragraph.",
        records=sum(1 for number, _ in enumerate(legal()) if number % HELD_BACK),
        sources='["https://docs.python.org/3/license.html"]',
        **human,
    )


def write_train_card(workshop: Workshop, share: float, *, honest: bool = True) -> None:
    """The card of the training mixture; a dishonest one denies the machine-made part."""
    human = human_records(workshop).values()
    machine = sum(machine_records(records, share) for records in human)
    total = sum(human) + machine
    write_card(
        workshop,
        "cards/train.md",
        name="Handbook mixture",
        description="The Python handbook, with text from a small model that was trained on it."
        if honest
        else "The Python handbook, purely human-written.",
        records=total,
        sources="[data/handbook, data/generated.jsonl]",
        tags="[text, synthetic]" if honest else "[text]",
        creators="[found, machine-generated]" if honest else "[found]",
        synthetic="true" if honest else "false",
        share=f"{machine / total:.4f}" if honest else "0.0",
    )


def write_card(workshop: Workshop, path: str, **values: object) -> None:
    """A Hugging Face dataset card."""
    text = (FILES / "card.md").read_text(encoding="utf-8")
    workshop.write(path, Template(text).substitute({name.upper(): str(value) for name, value in values.items()}))


def today() -> str:
    """The day on which the text is collected: now."""
    return datetime.now(timezone.utc).date().isoformat()
