"""`python -m benchmarks.collapse [--docs]`: grow, judge, print the table, keep all figures in benchmarks/out."""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from math import comb
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.collapse import experiments, machine_text, model_side, settings
from benchmarks.collapse.corpora import SHARED, Corpus, corpora
from benchmarks.collapse.ground import COOL, HOT, Ground, Run, Sizes, prepare
from benchmarks.collapse.machine_text import Pair
from benchmarks.collapse.recursion import Regime, encode
from benchmarks.collapse.shards import sample_of, sweep
from benchmarks.collapse.table import Found, Judged, Line, Rates, counted, lines, markdown
from checker.compare import Reference

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "collapse-benchmark.md"
BEGIN, END = "<!-- collapse -->\n", "<!-- /collapse -->"
CONFIRMING = "python-docs"
PEOPLE, SHIFTED, SHARDS, FIVE_SHARDS = 100, 40, 20, 10
REAL_SHARDS, LARGE_SHARDS, LARGE_NULL = 12, 6, 20


def main() -> int:
    """Measure all; 1 when a figure that must be reached was not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.collapse", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=Path, default=SHARED, help="the folder of the fixtures' texts")
    parser.add_argument("--jobs", type=int, default=1, help="processes; the figures do not depend on it")
    parser.add_argument("--docs", action="store_true", help="write the tables between the markers in docs/")
    given = parser.parse_args()
    grown = corpora(given.texts)
    tasks = machine_text.tasks(given.texts, given.seed)
    with ProcessPoolExecutor(given.jobs) as pool:
        measured = [(corpus.name, pool.submit(measure, corpus, given.seed)) for corpus in grown]
        real = [pool.submit(compare_machines, task, given.seed) for task in tasks]
        done = {name: future.result() for name, future in measured}
        pairs = [pair for future in real for pair in future.result().found]
        seconds = time.process_time() + sum(part.seconds for part in done.values())
        seconds += sum(future.result().seconds for future in real)
    found = {name: part.found for name, part in done.items()}
    rates = done[grown[0].name].rates
    table = lines(found, CONFIRMING, pairs, rates)
    text = page(grown, found, table, pairs, given.seed, seconds)
    print(text)
    keep(found, pairs, table, given.seed, seconds)
    if given.docs:
        PAGE.write_text(between(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8", newline="\n")
    return int(any(line.reached is False for line in table))


class Measured(NamedTuple):
    """What one process found, and the CPU seconds that it took."""

    found: Found
    rates: Rates
    seconds: float


class Compared(NamedTuple):
    """The same of the generators of one task."""

    found: list[Pair]
    seconds: float


def measure(corpus: Corpus, seed: int) -> Measured:
    """Everything about one corpus."""
    started = time.process_time()
    ground = prepare(corpus, seed, Sizes())
    same, other = settings.same_sources(ground, seed), settings.other_sources(ground)
    generations = experiments.generations(ground, same)
    replaced = {f"T={heat:g}": f"{Regime.REPLACE.value} T={heat}" for heat in (COOL, HOT)}
    found = Found(
        same=judged(ground, same, experiments.EVERY, seed),
        other=judged(ground, other, experiments.NAMED, seed),
        crossed=experiments.iid_by_source(other, PEOPLE, seed),
        generations=generations,
        first_whole={name: first(generations[key]) for name, key in replaced.items()},
        model_side=sides(ground, seed),
    )
    return Measured(found, speeds(corpus, same.single[0].reference), time.process_time() - started)


def judged(ground: Ground, setting: settings.Setting, wanted: Sequence[experiments.Wanted], seed: int) -> Judged:
    """All shards of one setting; `wanted` are the mixtures of one block."""
    return Judged(
        people=experiments.people(setting, PEOPLE, seed),
        contaminated=experiments.contaminated(ground, setting, wanted, SHARDS, seed),
        shifted=experiments.shifted(ground, setting, SHIFTED, seed),
        large=experiments.large(ground, setting, FIVE_SHARDS, seed),
        first_block={f"T={heat:g}": experiments.first_flagged(ground, setting, heat, seed) for heat in (COOL, HOT)},
    )


def sides(ground: Ground, seed: int) -> model_side.ModelSide:
    """The models of generations 0 and 1 at T = 1 on text of people that neither saw."""
    run = Run(Regime.REPLACE, HOT)
    return model_side.compare_models(
        ground.model(run, 0),
        ground.model(run, 1),
        encode(ground.parts.pool, ground.known),
        encode(ground.parts.gold, ground.known),
        open_words=ground.words,
        seed=seed,
    )


def compare_machines(task: machine_text.Task, seed: int) -> Compared:
    """Shards of 10,000 and, where there is text enough, of 100,000 tokens."""
    started = time.process_time()
    pairs = [
        *machine_text.measure(task, blocks=1, shards=REAL_SHARDS, null=PEOPLE, seed=seed),
        *machine_text.measure(task, blocks=10, shards=LARGE_SHARDS, null=LARGE_NULL, seed=seed),
    ]
    return Compared(pairs, time.process_time() - started)


def speeds(corpus: Corpus, reference: Reference) -> Rates:
    """CPU seconds for the corpus' own documents, at most a megabyte and a half of them."""
    documents = corpus.documents[:1500]
    megabytes = sum(len(document.text.encode()) for document in documents) / 1e6
    tokens = sum(document.words for document in documents)
    sample = sample_of(documents)
    judging = seconds_of(lambda: reference.compare(sample))
    sweeping = min(seconds_of(lambda: sweep(documents)) for _ in range(3))
    return Rates(megabytes / judging, judging * 1e6 / tokens, megabytes / sweeping)


def seconds_of(run: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    started = time.process_time()
    run()
    return time.process_time() - started


def first(generations: Sequence[Mapping[str, float | bool]]) -> int | None:
    """The number of the first generation that failed."""
    return next((number for number, row in enumerate(generations, 1) if row["failed"]), None)


def page(
    grown: Sequence[Corpus],
    found: Mapping[str, Found],
    table: Sequence[Line],
    pairs: Sequence[Pair],
    seed: int,
    seconds: float,
) -> str:
    """What stands between the markers: how it was made, the table, false alarms and power in full."""
    sizes = ", ".join(
        f"{corpus.name} ({sum(document.words for document in corpus.documents):,} words)" for corpus in grown
    )
    parts = [
        f"`python -m benchmarks.collapse --seed {seed} --docs`, {seconds:.0f} s of CPU, Python"
        f" {platform.python_version()}, numpy {np.__version__}. Corpora: {sizes}. Shards: {PEOPLE} of people each way,"
        f" {SHARDS} a cell ({FIVE_SHARDS} of five blocks), {SHIFTED} a share of another domain.",
        markdown(table),
        "**False alarms** (fails of clean shards; upper bound of the rate with 95 % confidence, Clopper-Pearson)",
        alarms(found),
        "**Flagged shards of one block** by share of machine text (recursion under replace, the same sources)",
        grid(found),
        "**Whole generations**: collapse score less its limit, generation by generation",
        whole(found),
    ]
    if pairs:
        parts += ["**Text of real models**: AUROC of the drift score", machines(pairs)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def alarms(found: Mapping[str, Found]) -> str:
    """Every kind of clean shard."""
    rows = ["| corpus | reference of | shards | fails | at most | drift alone |", "|---|---|---|---|---|---|"]
    for name, corpus in found.items():
        for sources, part in (("the same sources", corpus.same), ("other sources", corpus.other)):
            cells = {**part.people, "five blocks": part.large["people"]}
            if part is corpus.other:
                cells["by source against a reference by document"] = corpus.crossed
            for kind, cell in cells.items():
                most = at_most(cell.failed, cell.shards)
                drifts = f"{cell.drifted} of {cell.shards}"
                rows.append(f"| {name} | {sources} | {kind} | {counted(cell)} | {most:.3f} | {drifts} |")
    return "\n".join(rows)


def grid(found: Mapping[str, Found]) -> str:
    """One row a generation, one column a share."""
    shares = [f"{share:.0%}" for share in experiments.SHARES]
    rows = [f"| corpus | generation | {' | '.join(shares)} |", "|---|---|" + "---|" * len(shares)]
    for name, corpus in found.items():
        for heat in (COOL, HOT):
            for generation in experiments.GENERATIONS:
                names = [experiments.cell_name(heat, generation, share) for share in experiments.SHARES]
                shown = " | ".join(f"{corpus.same.contaminated[cell].rate:.2f}" for cell in names)
                rows.append(f"| {name} | g{generation} T={heat:g} | {shown} |")
    return "\n".join(rows)


def whole(found: Mapping[str, Found]) -> str:
    """One row a recursion."""
    rows = ["| corpus | regime | score less limit, g1, g2, ... |", "|---|---|---|"]
    for name, corpus in found.items():
        for run, generations in corpus.generations.items():
            rows.append(f"| {name} | {run} | {', '.join(str(row['over_limit']) for row in generations)} |")
    return "\n".join(rows)


def machines(pairs: Sequence[Pair]) -> str:
    """One row a generator and size."""
    rows = ["| task | generator | tokens | 20 % | 40 % | false alarms of people |", "|---|---|---|---|---|---|"]
    for pair in pairs:
        areas = " | ".join(f"{value:.3f}" for value in pair.auroc.values())
        rows.append(f"| {pair.task} | {pair.generator} | {pair.tokens:,} | {areas} | {pair.false_alarms:.2f} |")
    return "\n".join(rows)


def at_most(found: int, of: int) -> float:
    """One-sided 95 % upper bound of a share (Clopper and Pearson 1934)."""
    low, high = found / of, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        below = sum(comb(of, k) * middle**k * (1 - middle) ** (of - k) for k in range(found + 1))
        low, high = (middle, high) if below > 0.05 else (low, middle)
    return high


def keep(found: Mapping[str, Found], pairs: Sequence[Pair], table: Sequence[Line], seed: int, seconds: float) -> None:
    """All figures, for comparison over time."""
    target = ROOT / "benchmarks" / "out" / "collapse.json"
    target.parent.mkdir(exist_ok=True)
    kept = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
        "seed": seed,
        "cpu_seconds": round(seconds, 1),
        "rows": [{**line._asdict(), "met": line.met} for line in table],
        "corpora": {name: plain(corpus) for name, corpus in found.items()},
        "machine_text": [pair._asdict() for pair in pairs],
    }
    target.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def plain(value: object) -> object:
    """Named tuples as objects, so that the file explains itself."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if hasattr(value, "_asdict"):
        return plain(value._asdict())
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def between(text: str, new: str) -> str:
    """The page with new tables between its markers. Raises ValueError when it has no such place."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} has no {BEGIN.strip()} ... {END}")
    return f"{before}{BEGIN}{new}{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
