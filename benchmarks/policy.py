"""`python -m benchmarks.run --only policy`: what a thousand rules cost, to load and to judge by.

Loaded are 50 policies of 20 rules each, some of which extend a pack that headwater ships, in a fresh process whose
import is counted: once with nothing remembered, so that every file is validated, and once again. Judged by are the same
thousand rules, over one dataset of 10,000 measured shards in memory.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from benchmarks.processes import Candidate, alternate, middle
from benchmarks.row import Row

if TYPE_CHECKING:
    from checker.model.composition import Cell, Tally
    from checker.model.evidence import Evidence

FILES, RULES, SHARDS, ROUNDS = 50, 20, 10_000, 5
AXES = {
    "domain": ("health", "legal", "finance", "web", "code"),
    "language": ("en", "de", "fr", "pl"),
    "source": ("crawl", "library", "forum", "vendor"),
}
_LICENSES = ("CC-BY-4.0", "MIT", "CC0-1.0", "apache-2.0")
_FIELDS = ("source_or_url", "source", "collected_at", "license", "capture_method", "origin")
_CELLS = 8  # of each shard


class Size(NamedTuple):
    """How many policy files, how many rules in each, how many shards."""

    files: int = FILES
    rules: int = RULES
    shards: int = SHARDS


WHOLE = Size()
ROOT = Path(__file__).resolve().parents[1]


def rows(size: Size = WHOLE, rounds: int = ROUNDS) -> list[Row]:
    """What the issue promises of the speed of policies."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "policies", size)
        cold, warm = loading(folder, rounds)
        judged = [_in_a_fresh_process("judge", folder / "policies", str(size.shards)) for _ in range(2)]
    number = f"{size.files * size.rules:,} rules"
    best = min(judged, key=lambda run: run["seconds"])
    shards = f"{number} x {size.shards:,} shards"
    basis = "policies over one dataset, evidence in memory"
    return [
        Row(f"loading {size.files} policies, {number}, CPU s", cold, 0.5, True, "a fresh process, nothing remembered"),
        Row(f"loading them again, {number}, CPU s", warm, 0.5, True, "a fresh process, validated before"),
        Row(f"judging {shards}, CPU s", best["seconds"], 10, True, basis, best),
        Row(f"judging {shards}, peak memory, MB", best["megabytes"], 500, True, "the whole process", best),
    ]


def write(folder: Path, size: Size) -> None:
    """The policy files."""
    folder.mkdir()
    for path, text in policies(size).items():
        (folder / path).write_text(text, encoding="utf-8", newline="\n")


def policies(size: Size) -> Mapping[str, str]:
    """File name -> policy. Every check that judges without reading text, with limits and parts that differ."""
    return {f"team-{number:02}.yaml": _policy(number, size.rules) for number in range(size.files)}


def _policy(number: int, rules: int) -> str:
    extends = "extends: [{pack: model-collapse@1}]\n" if number % 10 == 3 else ""
    return (
        "# yaml-language-server: $schema=../schema/policy.schema.json\n"
        "apiVersion: headwater/v1\nkind: Policy\n"
        f'metadata: {{id: team-{number:02}, version: "1.{number}.0", owners: ["@org/data"]}}\n'
        f"{extends}rules:\n{''.join(_rule(number, place) for place in range(rules))}"
    )


def _rule(number: int, place: int) -> str:
    kinds = _kinds(number * 7 + place)
    check, parameters = list(kinds.items())[place % len(kinds)]
    where = f"    select: {{where: {{domain: {AXES['domain'][number % 5]}}}}}\n" if (number + place) % 4 == 0 else ""
    return (
        f"  - id: {check}-{place:02}\n"
        f"    title: What team {number} demands of its data, line {place}\n"
        f"    check: {check}\n"
        f"    level: {('block', 'warn', 'audit')[place % 3]}\n"
        f"{where}"
        f"    with: {{{parameters}}}\n"
        "    rationale:\n"
        "      why: Measured in an ablation, kept until somebody shows that another limit serves better.\n"
        f"      source: ablation/2026-{number % 12 + 1:02}\n"
        "      confidence: measured\n"
        "      review_by: 2027-04-01\n"
        "    fix: move the records to data/quarantine, or ask the owners of the policy\n"
    )


def _kinds(seed: int) -> Mapping[str, str]:
    """A use of each check; caps and floors lie around what the shards have, so that rules hold, warn and break."""
    limit = (seed * 37) % 100 / 100
    domains = f"{AXES['domain'][seed % 5]}, {AXES['domain'][(seed + 1) % 5]}"
    cc0 = ("CC0-1.0", "Apache-2.0")[seed % 2]
    per = ("[dataset, shard, domain]", "[dataset, domain, language]", "[dataset, shard]", "[dataset, shard, source]")
    parts = per[seed % len(per)]
    unknown = ("unknown_as: machine", "unknown_as: prior, unknown_prior: 0.1")[seed % 2]
    return {
        "synthetic-cap": f"max: {limit}, per: {parts}, {unknown}, min_records: {seed % 3 * 50}",
        "unknown-provenance": f"max: {limit}, per: {parts}, domains: [{domains}]",
        "source-metadata": f"min: {limit}, per: {parts}, fields: [{', '.join(_FIELDS[: seed % 5 + 1])}]",
        "origin-flags": f"min_coverage: {limit}, min_confidence: {limit / 2}, per: {parts}",
        "license-allowed": f"allow: [CC-BY-*, MIT, {cc0}], places: [records], per: {parts}",
        "card-required": f"fields: [{', '.join(('license', 'description', 'sources', 'language')[: seed % 4 + 1])}]",
        "card-truthful": f"claims: [synthetic, size, languages], tolerance: {limit / 10:.3f}",
        "lineage-complete": f"require_source: {('true', 'false')[seed % 2]}",
        "real-floor": f"min_new_real: {seed * 11}",
    }


def loading(folder: Path, rounds: int) -> tuple[float, float]:
    """CPU seconds of a fresh process that reads, validates and resolves the policies: unknown ones, and known ones."""
    command = (sys.executable, "-m", "benchmarks.policy", "load", str(folder / "policies"))
    environment = {**os.environ, "HEADWATER_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(ROOT)}
    forgetful = (*command, "forget")
    costs = alternate({"cold": Candidate(forgetful, ROOT), "warm": Candidate(command, ROOT)}, environment, rounds)
    return middle(costs["cold"]).cpu, middle(costs["warm"]).cpu


def load(folder: Path) -> None:
    """What the command does with the policies of a repository."""
    gc.set_threshold(100_000)  # as `checker/entry.py` does, here and below
    from checker.policy.load import load_policies

    rules = [rule for policy in load_policies(_files(folder)) for rule in policy.rules]
    if not rules:
        raise RuntimeError("nothing was loaded")


def _files(folder: Path) -> dict[str, bytes]:
    return {f"policies/{path.name}": path.read_bytes() for path in sorted(folder.iterdir())}


def judge(folder: Path, shards: int) -> NoReturn:
    """Judge, and print the CPU seconds of it, how many outcomes there were, and the peak of this process."""
    from benchmarks.composition import peak_of_this_process
    from checker import evaluate
    from checker.model.policy import Stage
    from checker.policy.load import load_policies

    read = load_policies(_files(folder))
    gathered = {"data/train": evidence(shards)}
    gc.set_threshold(100_000)
    started = time.process_time()
    outcomes = evaluate.apply(read, gathered, Stage.PR)
    seconds = time.process_time() - started
    statuses = [outcome.status.value for outcome in outcomes]
    counted = {status: statuses.count(status) for status in sorted(set(statuses))}
    print(json.dumps({"seconds": seconds, "megabytes": peak_of_this_process(), "outcomes": counted}))
    sys.exit()


def evidence(shards: int) -> Evidence:
    """One dataset of measured shards, each with a few of the many combinations of domain, language and source."""
    from checker.model.card import Card, CardFormat, Value
    from checker.model.composition import Composition, Measurement
    from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion, Role, Shard
    from checker.model.evidence import Evidence
    from checker.model.lineage import Lineage
    from checker.model.location import Location

    here = Location("data/train.dvc", 2)
    made = tuple(Shard(f"part-{number:05}.jsonl", f"{number:032x}") for number in range(shards))
    version = DatasetVersion("data/train", "", "f" * 32, here, is_dir=True, shards=made)
    base = version._replace(hash="e" * 32, shards=made[: shards * 9 // 10])
    measured = {
        shard.hash: Measurement(shard.hash, Composition(_cells(number)), f"{number:064x}")
        for number, shard in enumerate(made)
    }
    stated = {"license": "CC-BY-4.0", "description": "Text.", "language": "en", "synthetic": True, "size_records": 9}
    fields = {
        key: (Value(content, Location("data/train.md", line)),) for line, (key, content) in enumerate(stated.items(), 3)
    }
    card = Card("data/train.md", CardFormat.HUGGING_FACE, digest="c" * 64, fields=fields)
    settings = DatasetSettings(role=Role.TRAIN)
    return Evidence(Dataset("data/train", version, settings, base), card, lineage=Lineage(), measurements=measured)


def _cells(number: int) -> Mapping[Cell, Tally]:
    """The cells of a shard: most records human, some machine-made or unknown, each cell with a license and scores."""
    from checker.model.composition import Cell, Origin, Tally

    found = {}
    for turn in range(_CELLS):
        seed = number * 31 + turn * 17
        origin = (Origin.HUMAN, Origin.HUMAN, Origin.MACHINE, Origin.UNKNOWN)[(turn + number) % 4]
        values = {axis: names[seed // (place + 1) % len(names)] for place, (axis, names) in enumerate(AXES.items())}
        records = 100 + seed % 400
        # Every fifth shard was labeled by a classifier, which says how sure it is of half of the records.
        scored = records // 2 if origin is not Origin.UNKNOWN and number % 5 == 0 else 0
        found[Cell(origin, "generative" if origin is Origin.MACHINE else "", **values)] = Tally(
            records=records,
            tokens=records * 210,
            bytes=records * 1_200,
            weight_micro=records * 1_000_000,
            coverage={field: records - seed % 3 * place for place, field in enumerate(_FIELDS)},
            licenses={_LICENSES[seed % len(_LICENSES)]: records - seed % 2},
            bases={"record": scored},
            scores={900 + seed % 90: (scored, scored * (900 + seed % 90) * 1000)} if scored else {},
        )
    return dict(sorted(found.items()))


def _in_a_fresh_process(task: str, folder: Path, *more: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.policy", task, str(folder), *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["load", name]:
            load(Path(name))
        case ["load", name, "forget"]:
            # What was validated is remembered in an empty folder, so nothing is known and the write is paid for.
            with tempfile.TemporaryDirectory() as empty:
                os.environ["HEADWATER_CACHE_DIR"] = empty
                load(Path(name))
        case ["judge", name, number]:
            judge(Path(name), int(number))
