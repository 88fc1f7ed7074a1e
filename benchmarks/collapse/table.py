"""The rows of the published table: each figure, what the first implementation had to reach, and what it aims at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from benchmarks.collapse.experiments import Cell, cell_name
from benchmarks.collapse.ground import COOL, HOT
from benchmarks.collapse.machine_text import Pair
from benchmarks.collapse.model_side import ModelSide

T = TypeVar("T")


class Judged(NamedTuple):
    """What one corpus showed in one setting. `first_block`: the first generation flagged, by temperature."""

    people: Mapping[str, Cell]
    contaminated: Mapping[str, Cell]
    shifted: Mapping[str, Cell]
    large: Mapping[str, Cell]
    first_block: Mapping[str, int | None]


class Found(NamedTuple):
    """All that one corpus showed: `same` and `other` by the sources of the reference.

    `crossed`: whole sources against a reference of mixed documents. `first_whole`: as `first_block`, of whole sets.
    """

    same: Judged
    other: Judged
    crossed: Cell
    generations: Mapping[str, Sequence[Mapping[str, float | bool]]]
    first_whole: Mapping[str, int | None]
    model_side: ModelSide


class Rates(NamedTuple):
    """`judging_mb`: megabytes of text a CPU second that `compare` judges; `sweep_mb`: of the full pass, numpy."""

    judging_mb: float
    sample_seconds: float
    sweep_mb: float


class Line(NamedTuple):
    """One figure. `reached` and `aimed` are None where the corpora did not allow to measure it.

    `elsewhere` is the same figure with a reference of other sources, where there is such; it is harder.
    """

    figure: str
    reference: str
    target: str
    measured: str
    reached: bool | None
    aimed: bool | None
    elsewhere: Line | None = None

    @property
    def met(self) -> str:
        """What the last column says."""
        if self.reached is None:
            return "not measured"
        return "target" if self.reached and self.aimed else "reference" if self.reached else "no"


def lines(corpora: Mapping[str, Found], confirming: str, pairs: Sequence[Pair], rates: Rates) -> list[Line]:
    """The table, from the corpora of the first column; `confirming` is the third, which that column did not have."""
    chosen = {name: found for name, found in corpora.items() if name != confirming} or dict(corpora)
    last = corpora.get(confirming)
    same = _judged({name: found.same for name, found in chosen.items()}, last.same if last else None)
    other = _judged({name: found.other for name, found in chosen.items()}, last.other if last else None)
    return [
        *(line._replace(elsewhere=harder) for line, harder in zip(same, other, strict=True)),
        first_generation(chosen),
        model(chosen),
        real_machines(pairs),
        speed(rates),
    ]


def _judged(corpora: Mapping[str, Judged], last: Judged | None) -> list[Line]:
    return [*false_alarms(corpora), *(power(corpora, row) for row in POWERS), shift(corpora, last)]


def false_alarms(corpora: Mapping[str, Judged]) -> list[Line]:
    """Clean text of people, drawn either way."""
    return [
        _false_alarms(corpora, "realised FPR, iid null", "by document"),
        _false_alarms(corpora, "realised FPR, by-source null", "by source"),
    ]


def _false_alarms(corpora: Mapping[str, Judged], figure: str, kind: str) -> Line:
    good = all(corpus.people[kind].rate <= 0.01 for corpus in corpora.values())
    text = each(corpora, lambda corpus: counted(corpus.people[kind]))
    return Line(figure, "<= .01", "<= .01", text, good, good)


class Power(NamedTuple):
    """A share of machine text and how often it must be flagged: `reach` by corpus, `aim` for `aim_cell` in all."""

    figure: str
    reference: str
    target: str
    cell: tuple[float, int, float]
    reach: Mapping[str, float]
    aim_cell: tuple[float, int, float]
    aim: float
    five: bool = False
    aim_five: bool = False


POWERS = (
    Power(
        "TPR g4 T=.8, 10 %", "1.00", "5 % at 1.00", (COOL, 4, 0.1), {"gsm8k": 1.0, "peps": 1.0}, (COOL, 4, 0.05), 1.0
    ),
    Power(
        "TPR g1 T=.8, 40 %", "1.00", "20 % at 1.00", (COOL, 1, 0.4), {"gsm8k": 1.0, "peps": 1.0}, (COOL, 1, 0.2), 1.0
    ),
    Power(
        "TPR g1 T=.8, 20 %",
        ".75 / .38",
        ">= .9 with five blocks",
        (COOL, 1, 0.2),
        {"gsm8k": 0.75, "peps": 0.38},
        (COOL, 1, 0.2),
        0.9,
        aim_five=True,
    ),
    Power(
        "TPR g1 T=1, 40 %", "1.00 / .75", "20 % at 1.00", (HOT, 1, 0.4), {"gsm8k": 1.0, "peps": 0.75}, (HOT, 1, 0.2), 1
    ),
    Power("TPR g4 T=1, 20 %", ".00 / .12", ">= .5", (HOT, 4, 0.2), {"gsm8k": 0.0, "peps": 0.12}, (HOT, 4, 0.2), 0.5),
    Power(
        "five blocks: TPR g1 T=.8, 10 %",
        ".97 / .72",
        ">= .95",
        (COOL, 1, 0.1),
        {"gsm8k": 0.97, "peps": 0.72},
        (COOL, 1, 0.1),
        0.95,
        five=True,
        aim_five=True,
    ),
    Power(
        "five blocks: TPR g1 T=.8, 20 %",
        "1.00",
        "1.00",
        (COOL, 1, 0.2),
        {"gsm8k": 1.0, "peps": 1.0},
        (COOL, 1, 0.2),
        1.0,
        five=True,
        aim_five=True,
    ),
    Power(
        "five blocks: TPR g4 T=1, 20 %",
        "1.00",
        "10 % at >= .5",
        (HOT, 4, 0.2),
        {"gsm8k": 1.0, "peps": 1.0},
        (HOT, 4, 0.1),
        0.5,
        five=True,
        aim_five=True,
    ),
)


def power(corpora: Mapping[str, Judged], row: Power) -> Line:
    """One row of contaminated shards."""

    def cell(corpus: Judged, wanted: tuple[float, int, float], five: bool) -> Cell:
        return (corpus.large if five else corpus.contaminated)[cell_name(*wanted)]

    reach = {name: row.reach.get(name, min(row.reach.values())) for name in corpora}
    reached = all(cell(corpus, row.cell, row.five).rate >= reach[name] for name, corpus in corpora.items())
    aimed = all(cell(corpus, row.aim_cell, row.aim_five).rate >= row.aim for corpus in corpora.values())
    text = each(corpora, lambda corpus: counted(cell(corpus, row.cell, row.five)))
    if (row.aim_cell, row.aim_five) != (row.cell, row.five):
        size = f"{row.aim_cell[2]:.0%}{' with five' if row.aim_five and not row.five else ''}"
        text += f"; {size}: " + each(corpora, lambda corpus: counted(cell(corpus, row.aim_cell, row.aim_five)))
    return Line(row.figure, row.reference, row.target, text, reached, aimed)


def shift(corpora: Mapping[str, Judged], last: Judged | None) -> Line:
    """Fails on text of people of another domain."""
    reached = all(
        corpus.shifted[share].rate <= most
        for corpus in corpora.values()
        for share, most in (("5%", 0.06), ("20%", 0.0), ("100%", 0.0))
    )
    aimed = last is not None and all(
        last.shifted[share].rate <= most for share, most in (("5%", 0.01), ("20%", 0.0), ("100%", 0.0))
    )

    def shown(corpus: Judged) -> str:
        return ", ".join(counted(cell) for cell in corpus.shifted.values())

    text = each(corpora, shown) + (f"; third corpus {shown(last)}" if last else "; no third corpus")
    figure = "collapse fail on 5 / 20 / 100 % text of people of another domain"
    return Line(figure, "<= .06 / .00 / .00", "<= .01 / .00 / .00 on a third corpus", text, reached, aimed)


def first_generation(corpora: Mapping[str, Found]) -> Line:
    """The first generation of a recursion that fails."""
    whole = [value for corpus in corpora.values() for value in corpus.first_whole.values()]
    block = [value for corpus in corpora.values() for value in corpus.same.first_block.values()]

    def shown(corpus: Found) -> str:
        pairs = zip(corpus.first_whole.items(), corpus.same.first_block.values(), strict=True)
        return ", ".join(f"{name} g{one} (20 k tokens g{other})" for (name, one), other in pairs)

    return Line(
        "first generation flagged, replace, T=.8 and T=1 (whole set)",
        "1",
        "1 with 20 k tokens",
        each(corpora, shown),
        all(value == 1 for value in whole),
        all(value == 1 for value in block),
    )


def model(corpora: Mapping[str, Found]) -> Line:
    """Tail log-loss and headline accuracy of the model trained on generation 1 at T = 1."""
    sides = [corpus.model_side for corpus in corpora.values()]

    def shown(corpus: Found) -> str:
        side = corpus.model_side
        tail, points = side.tail_bits, side.accuracy_points
        return f"{tail.mean:+.2f} bit [{tail.low:.2f}, {tail.high:.2f}] and {points.mean:+.1f} pt"

    return Line(
        "tail NLL against headline accuracy, T=1 g1",
        "+.83 bit, -.1 pt",
        "gate fires on the first, silent on the second",
        each(corpora, shown),
        all(side.tail_gate_fires for side in sides),
        all(side.tail_gate_fires and not side.headline_gate_fires for side in sides),
    )


def real_machines(pairs: Sequence[Pair]) -> Line:
    """Drift scores of shards with text of real models."""
    figure = "real LLM text, drift AUROC at 20 / 40 %"
    reference, target = ".850 / .977 (10 k tokens)", ".95 / .99 (100 k tokens)"
    if not pairs:
        return Line(figure, reference, target, "the texts are not here", None, None)
    sizes = sorted({pair.tokens for pair in pairs})
    means = {
        size: {
            share: sum(pair.auroc[share] for pair in pairs if pair.tokens == size)
            / sum(pair.tokens == size for pair in pairs)
            for share in ("20%", "40%")
        }
        for size in sizes
    }
    text = "; ".join(
        f"{size:,} tokens, {sum(pair.tokens == size for pair in pairs)} pairs: {means[size]['20%']:.3f} / "
        f"{means[size]['40%']:.3f}"
        for size in sizes
    )
    small, large = means.get(10_000), means.get(100_000)
    return Line(
        figure,
        reference,
        target,
        text,
        small is not None and small["20%"] >= 0.85 and small["40%"] >= 0.977,
        large is not None and large["20%"] >= 0.95 and large["40%"] >= 0.99,
    )


def speed(rates: Rates) -> Line:
    """Rates of the two parts."""
    text = (
        f"judging {rates.judging_mb:.1f} MB/s, a sample of 1 M tokens {rates.sample_seconds:.1f} s;"
        f" full pass {rates.sweep_mb:.0f} MB/s"
    )
    return Line(
        "speed, full signal set, one core, numpy",
        "1.1 MB/s",
        "full pass >= 10 MB/s, sample <= 5 s",
        text,
        rates.judging_mb >= 1.1,
        rates.sweep_mb >= 10 and rates.sample_seconds <= 5,
    )


def each(corpora: Mapping[str, T], shown: Callable[[T], str]) -> str:
    """What is shown of each corpus, after its name."""
    return "; ".join(f"{name} {shown(found)}" for name, found in corpora.items())


def counted(cell: Cell) -> str:
    """`3 of 20`."""
    return f"{cell.failed} of {cell.shards}"


def markdown(rows: Sequence[Line]) -> str:
    """The table, and a sentence for each row that does not reach its target."""
    found = [
        "| figure | reference | target | reference of the same sources | met | reference of other sources | met |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        harder = ("", "") if row.elsewhere is None else (row.elsewhere.measured, row.elsewhere.met)
        cells = (row.figure, row.reference, row.target, row.measured, row.met, *harder)
        found.append(f"| {' | '.join(cells)} |")
    found.append("")
    for row in rows:
        found += _unmet(row, "")
        found += _unmet(row.elsewhere, " with a reference of other sources") if row.elsewhere else []
    return "\n".join(found) + "\n"


def _unmet(row: Line, where: str) -> list[str]:
    if row.reached is None:
        return [f"- Not measured: {row.figure} ({row.measured})."]
    if not row.reached:
        return [f"- Not reached{where}: {row.figure}: {row.measured}, where {row.reference} was measured before."]
    if not row.aimed:
        return [f"- Target missed{where}: {row.figure}: {row.measured}, aimed at {row.target}."]
    return []
