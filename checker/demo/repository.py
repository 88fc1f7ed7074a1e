"""Fills the workshop: human text as shards, the pipeline with the feedback loop, cards, policy, hook."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from string import Template

from checker.demo.corpus import Passage, handbook, hold_back_exam, legal
from checker.demo.mixture import machine_records
from checker.demo.workshop import Workshop

FILES = Path(__file__).parent / "files"
# The machine-made share of every shard of the mixture, and the records of the shard that is machine-made altogether.
SHARE = 0.05
SHARD = 200
SOURCES = {
    "data/handbook.dvc": "https://docs.python.org/3/",
    "data/legal.dvc": "https://docs.python.org/3/license.html",
    "data/exam.jsonl.dvc": "https://docs.python.org/3/",
}
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
    workshop.run("dvc", "add", "-q", "data/handbook", "data/legal", "data/exam.jsonl")
    for path, source in SOURCES.items():
        # DVC keeps `meta` as it is; headwater reads where the data comes from there.
        workshop.write(path, f"{workshop.read(path)}meta:\n  source: {source}\n")
    workshop.run("dvc", "repro", "-q")
    workshop.run("dvc", "push", "-q")
    write_governance(workshop)


def write_shards(workshop: Workshop) -> None:
    """The human text, a shard a topic, and the exam that is held back from it."""
    topics, exam = hold_back_exam(handbook())
    for topic, passages in topics.items():
        write_shard(workshop, f"data/handbook/{topic}.jsonl", map(record, passages))
    write_shard(workshop, "data/exam.jsonl", map(record, exam))
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


def leak_exam(workshop: Workshop) -> None:
    """The exam turns up in the human text: half of it as it is, half of it with a word changed."""
    rows = [json.loads(line) for line in workshop.read("data/exam.jsonl").splitlines()]
    for number, row in enumerate(rows):
        if number % 2:
            words = row["text"].split(" ")
            row["text"] = " ".join([*words[:-1], "indeed", words[-1]])
    shard = "data/handbook/language.jsonl"
    kept = [json.loads(line) for line in workshop.read(shard).splitlines()]
    write_shard(workshop, shard, [*kept, *rows])


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
    enough = mixed_in(workshop) + SHARD
    text = (FILES / "dvc.yaml").read_text(encoding="utf-8")
    workshop.write("dvc.yaml", Template(text).safe_substitute(PYTHON=python, COUNT=enough, TODAY=today()))
    write_params(workshop)


def write_params(workshop: Workshop, shard: int = 0) -> None:
    """How much machine-made text the pipeline mixes in."""
    workshop.write("params.yaml", f"share: {SHARE}\nshard: {shard}\n")


def human_records(workshop: Workshop) -> Mapping[str, int]:
    """Number of records by shard of the human text."""
    shards = sorted((workshop.data / "data" / "handbook").glob("*.jsonl"))
    return {path.name: path.read_text(encoding="utf-8").count("\n") for path in shards}


def mixed_in(workshop: Workshop) -> int:
    """Number of machine-made records in the human shards of the mixture."""
    return sum(machine_records(records, SHARE) for records in human_records(workshop).values())


def write_governance(workshop: Workshop) -> None:
    """Settings, policies, cards and the hook's configuration."""
    for path, name in {
        "headwater.yaml": "headwater.yaml",
        "policies/training.yaml": "policy-training.yaml",
        "policies/legal.yaml": "policy-legal.yaml",
        ".pre-commit-config.yaml": "pre-commit-config.yaml",
    }.items():
        workshop.write(path, (FILES / name).read_text(encoding="utf-8"))
    write_handbook_card(workshop)
    write_train_card(workshop)
    write_legal_card(workshop, sum(1 for number, _ in enumerate(legal()) if number % HELD_BACK))


def write_handbook_card(workshop: Workshop) -> None:
    """The card of the human text."""
    _write_card(workshop, "handbook", RECORDS=sum(human_records(workshop).values()))


def write_train_card(workshop: Workshop, shard: int = 0) -> None:
    """The card of the mixture, which tells the machine-made part."""
    machine = mixed_in(workshop) + shard
    total = sum(human_records(workshop).values()) + machine
    _write_card(workshop, "train", RECORDS=total, SHARE=f"{machine / total:.4f}")


def write_legal_card(workshop: Workshop, records: int) -> None:
    """The card of the legal text."""
    _write_card(workshop, "legal", RECORDS=records)


def _write_card(workshop: Workshop, name: str, **values: object) -> None:
    text = (FILES / f"card-{name}.md").read_text(encoding="utf-8")
    workshop.write(f"cards/{name}.md", Template(text).substitute(values, TODAY=today()))


def today() -> str:
    """The day on which the text is collected: now."""
    return datetime.now(timezone.utc).date().isoformat()
