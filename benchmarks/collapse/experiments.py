"""What the product says of shards whose content is known: people's, contaminated, and of another domain."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from benchmarks.collapse.corpora import by_source
from benchmarks.collapse.ground import COOL, HOT, Ground, Run, reference_of
from benchmarks.collapse.recursion import Regime
from benchmarks.collapse.shards import SLACK, Mixture, drawn, drawn_by_source, mixed, sample_of
from checker.compare import Reference
from checker.model.signals import Comparison
from checker.model.text import BLOCK_TOKENS, Sample

SHARES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
PLAIN = 0.8  # from here on a quarter of the shards is enough to tell
GENERATIONS = (1, 4, 9)
SHIFTS = (0.05, 0.2, 1.0)
FIVE = 5
# run, generation and share of the shards of five blocks
LARGE = ((COOL, 1, 0.1), (COOL, 1, 0.2), (HOT, 1, 0.2), (HOT, 4, 0.1), (HOT, 4, 0.2))


class Cell(NamedTuple):
    """Of `shards` judged: `failed` by the collapse score, `over` its limit before the veto, `drifted` by the other.

    `scores` and `drifts` are the two scores over their limits, shard by shard.
    """

    shards: int
    failed: int
    over: int
    drifted: int
    scores: tuple[float, ...]
    drifts: tuple[float, ...]

    @property
    def rate(self) -> float:
        """The share of shards that would fail a build."""
        return self.failed / self.shards


class References(NamedTuple):
    """Of the same gold: drawn document by document, and source by source."""

    single: Reference
    sources: Reference


def references(ground: Ground) -> References:
    """Both references of the gold part."""
    gold = ground.parts.gold
    return References(reference_of(gold, whole_sources=False), reference_of(gold, whole_sources=True))


def people(ground: Ground, found: References, shards: int, seed: int) -> Mapping[str, Cell]:
    """False alarms: text of people from the pool, which no reference has seen."""
    pool, sources = ground.parts.pool, by_source(ground.parts.pool)
    dice = random.Random(f"people {seed}")
    single = [sample_of(drawn(pool, BLOCK_TOKENS * SLACK, dice)) for _ in range(shards)]
    whole = [sample_of(drawn_by_source(sources, BLOCK_TOKENS * SLACK, dice)) for _ in range(shards)]
    return {
        "by document": judged(found.single, single),
        "by source": judged(found.sources, whole),
        "by source against a reference by document": judged(found.single, whole),
    }


def contaminated(ground: Ground, reference: Reference, shards: int, seed: int) -> Mapping[str, Cell]:
    """A share of each block is machine text of one generation under replace."""
    cells = {}
    for temperature in (COOL, HOT):
        for generation in GENERATIONS:
            added = ground.machine[Run(Regime.REPLACE, temperature)][generation - 1]
            for share in SHARES:
                name = cell_name(temperature, generation, share)
                some = shards if share < PLAIN else -(-shards // 4)
                cells[name] = mixtures(reference, Mixture(ground.parts.pool, added, share), 1, some, f"{seed} {name}")
    return cells


def large(ground: Ground, reference: Reference, shards: int, seed: int) -> Mapping[str, Cell]:
    """The same with five blocks; the last cell is 5 % of another domain, which must not fail."""
    cells = {}
    for temperature, generation, share in LARGE:
        name = cell_name(temperature, generation, share)
        added = ground.machine[Run(Regime.REPLACE, temperature)][generation - 1]
        mixture = Mixture(ground.parts.pool, added, share)
        cells[name] = mixtures(reference, mixture, FIVE, shards, f"five {seed} {name}")
    human = Mixture(ground.parts.pool, (), 0.0)
    cells["people"] = mixtures(reference, human, FIVE, shards, f"five {seed} people")
    shifted = Mixture(ground.parts.pool, ground.corpus.foreign, SHIFTS[0])
    cells["another domain 5 %"] = mixtures(reference, shifted, FIVE, shards, f"five {seed} shift")
    return cells


def shifted(ground: Ground, reference: Reference, shards: int, seed: int) -> Mapping[str, Cell]:
    """A share of each block is text of people of another domain."""
    return {
        f"{share:.0%}": mixtures(
            reference, Mixture(ground.parts.pool, ground.corpus.foreign, share), 1, shards, f"shift {seed} {share}"
        )
        for share in SHIFTS
    }


def generations(ground: Ground, reference: Reference) -> Mapping[str, Sequence[Mapping[str, float | bool]]]:
    """Each whole generation of each recursion: the score over its limit, and the signals."""
    found = {}
    for run, sets in ground.machine.items():
        name = f"{run.regime.value} T={run.temperature}"
        found[name] = [_generation(reference.compare(sample_of(documents))) for documents in sets]
    return found


def first_flagged(ground: Ground, reference: Reference, temperature: float, seed: int) -> int | None:
    """The first generation under replace of which one block of 20,000 tokens fails."""
    for number, documents in enumerate(ground.machine[Run(Regime.REPLACE, temperature)], 1):
        block = drawn(documents, BLOCK_TOKENS * SLACK, random.Random(f"first {seed} {number}"))
        if failed(reference.compare(sample_of(block))):
            return number
    return None


def mixtures(reference: Reference, mixture: Mixture, blocks: int, shards: int, seed: str) -> Cell:
    """Judge so many shards of so many blocks, each drawn anew."""
    dice = random.Random(seed)
    return judged(reference, (sample_of(mixed(mixture, blocks * BLOCK_TOKENS * SLACK, dice)) for _ in range(shards)))


def judged(reference: Reference, samples: Iterable[Sample]) -> Cell:
    """Count what the product says of each. Raises ValueError when it can say nothing."""
    found = [reference.compare(sample) for sample in samples]
    return Cell(
        shards=len(found),
        failed=sum(map(failed, found)),
        over=sum(over_limit(each, "collapse") > 0 for each in found),
        drifted=sum(over_limit(each, "drift") > 0 for each in found),
        scores=tuple(round(over_limit(each, "collapse"), 3) for each in found),
        drifts=tuple(round(over_limit(each, "drift"), 3) for each in found),
    )


def failed(found: Comparison) -> bool:
    """Whether it would fail a build: over the limit, and not explained by a change of domain."""
    return over_limit(found, "collapse") > 0 and not found.shifted


def over_limit(found: Comparison, name: str) -> float:
    """A score less its limit. Raises ValueError when the product gave none."""
    score = found.collapse if name == "collapse" else found.drift
    if score is None:
        raise ValueError(f"no {name} score: {found.insufficient}")
    return score.value - score.threshold


def cell_name(temperature: float, generation: int, share: float) -> str:
    """`T=0.8 g4 10%`."""
    return f"T={temperature:g} g{generation} {share:.0%}"


def _generation(found: Comparison) -> Mapping[str, float | bool]:
    signals = {name: round(signal.value, 4) for name, signal in found.signals.items()}
    over = round(over_limit(found, "collapse"), 2)
    return {"over_limit": over, "failed": failed(found), "shifted": found.shifted, **signals}
