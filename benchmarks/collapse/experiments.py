"""What the product says of shards whose content is known: people's, contaminated, and of another domain."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from benchmarks.collapse.corpora import Document, by_source
from benchmarks.collapse.ground import COOL, HOT, Ground, Run
from benchmarks.collapse.recursion import Regime
from benchmarks.collapse.settings import Setting, Side
from benchmarks.collapse.shards import SLACK, Mixture, drawn, drawn_by_source, mixed, sample_of
from checker.model.signals import Comparison
from checker.model.text import BLOCK_TOKENS

SHARES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
PLAIN = 0.8  # from here on a quarter of the shards is enough to tell
GENERATIONS = (1, 4, 9)
SHIFTS = (0.05, 0.2, 1.0)
FIVE = 5
Wanted = tuple[float, int, float]
# temperature, generation and share of the shards of one block that the table names, and of those of five
NAMED: tuple[Wanted, ...] = (
    *((COOL, 1, share) for share in (0.2, 0.4)),
    *((COOL, 4, share) for share in (0.05, 0.1)),
    *((HOT, 1, share) for share in (0.2, 0.4)),
    (HOT, 4, 0.2),
)
EVERY: tuple[Wanted, ...] = tuple(
    (temperature, generation, share) for temperature in (COOL, HOT) for generation in GENERATIONS for share in SHARES
)
LARGE: tuple[Wanted, ...] = ((COOL, 1, 0.1), (COOL, 1, 0.2), (HOT, 1, 0.2), (HOT, 4, 0.1), (HOT, 4, 0.2))


class Cell(NamedTuple):
    """Of `shards` judged: `failed` by the collapse score, `over` its limit before the veto, `drifted` by the other.

    `scores` and `drifts` are the two scores over their limits, shard by shard. `visible`: the mean of the smallest
    shares that the product says it could see.
    """

    shards: int
    failed: int
    over: int
    drifted: int
    scores: tuple[float, ...]
    drifts: tuple[float, ...]
    visible: float = 0.0

    @property
    def rate(self) -> float:
        """The share of shards that would fail a build."""
        return self.failed / self.shards


def people(setting: Setting, shards: int, seed: int) -> Mapping[str, Cell]:
    """False alarms: text of people that the reference has not seen."""
    words = BLOCK_TOKENS * SLACK

    def single(side: Side, dice: random.Random) -> Sequence[Document]:
        return drawn(side.people, words, dice)

    def whole(side: Side, dice: random.Random) -> Sequence[Document]:
        return drawn_by_source(by_source(side.people), words, dice)

    return {
        "by document": around(setting.single, single, shards, f"people {seed}"),
        "by source": around(setting.sources, whole, shards, f"sources {seed}"),
    }


def iid_by_source(setting: Setting, shards: int, seed: int) -> Cell:
    """What goes wrong when whole sources are held against a reference whose blocks are not."""
    crossed = [
        side._replace(reference=one.reference) for one, side in zip(setting.single, setting.sources, strict=True)
    ]

    def whole(side: Side, dice: random.Random) -> Sequence[Document]:
        return drawn_by_source(by_source(side.people), BLOCK_TOKENS * SLACK, dice)

    return around(crossed, whole, shards, f"crossed {seed}")


def contaminated(
    ground: Ground, setting: Setting, wanted: Sequence[Wanted], shards: int, seed: int
) -> Mapping[str, Cell]:
    """A share of each block is machine text of one generation under replace."""
    cells = {}
    for temperature, generation, share in wanted:
        added = ground.machine[Run(Regime.REPLACE, temperature)][generation - 1]
        name = cell_name(temperature, generation, share)
        some = shards if share < PLAIN else -(-shards // 4)
        cells[name] = mixtures(setting, added, share, 1, some, f"{seed} {name}")
    return cells


def large(ground: Ground, setting: Setting, shards: int, seed: int) -> Mapping[str, Cell]:
    """The same with five blocks; the last cell is 5 % of another domain, which must not fail."""
    cells = {}
    for temperature, generation, share in LARGE:
        name = cell_name(temperature, generation, share)
        added = ground.machine[Run(Regime.REPLACE, temperature)][generation - 1]
        cells[name] = mixtures(setting, added, share, FIVE, shards, f"five {seed} {name}")
    cells["people"] = mixtures(setting, (), 0.0, FIVE, shards, f"five {seed} people")
    foreign = ground.corpus.foreign
    cells["another domain 5 %"] = mixtures(setting, foreign, SHIFTS[0], FIVE, shards, f"five {seed} shift")
    return cells


def shifted(ground: Ground, setting: Setting, shards: int, seed: int) -> Mapping[str, Cell]:
    """A share of each block is text of people of another domain."""
    foreign = ground.corpus.foreign
    return {f"{share:.0%}": mixtures(setting, foreign, share, 1, shards, f"shift {seed} {share}") for share in SHIFTS}


def generations(ground: Ground, setting: Setting) -> Mapping[str, Sequence[Mapping[str, float | bool]]]:
    """Each whole generation of each recursion: the score over its limit, and the signals."""
    reference = setting.single[0].reference
    found = {}
    for run, sets in ground.machine.items():
        name = f"{run.regime.value} T={run.temperature}"
        found[name] = [_generation(reference.compare(sample_of(documents))) for documents in sets]
    return found


def first_flagged(ground: Ground, setting: Setting, temperature: float, seed: int) -> int | None:
    """The first generation under replace of which one block of 20,000 tokens fails."""
    for number, documents in enumerate(ground.machine[Run(Regime.REPLACE, temperature)], 1):
        block = drawn(documents, BLOCK_TOKENS * SLACK, random.Random(f"first {seed} {number}"))
        if failed(setting.single[0].reference.compare(sample_of(block))):
            return number
    return None


def mixtures(setting: Setting, added: Sequence[Document], share: float, blocks: int, shards: int, seed: str) -> Cell:
    """Judge so many shards of so many blocks, or of all that a side has, a share of each from `added`."""

    def shard(side: Side, dice: random.Random) -> Sequence[Document]:
        words = min(blocks * BLOCK_TOKENS * SLACK, 0.99 * words_in(side.people) / max(1 - share, 0.01))
        return mixed(Mixture(side.people, added, share), words, dice)

    return around(setting.single, shard, shards, seed)


def around(
    sides: Sequence[Side], shard: Callable[[Side, random.Random], Sequence[Document]], shards: int, seed: str
) -> Cell:
    """Judge so many shards, each drawn anew, in turn from each of the sides."""
    dice = random.Random(seed)
    picked = (sides[number % len(sides)] for number in range(shards))
    return judged(side.reference.compare(sample_of(shard(side, dice))) for side in picked)


def judged(comparisons: Iterable[Comparison]) -> Cell:
    """Count what the product says of each. Raises ValueError when it can say nothing."""
    found = list(comparisons)
    return Cell(
        shards=len(found),
        failed=sum(map(failed, found)),
        over=sum(over_limit(each, "collapse") > 0 for each in found),
        drifted=sum(over_limit(each, "drift") > 0 for each in found),
        scores=tuple(round(over_limit(each, "collapse"), 3) for each in found),
        drifts=tuple(round(over_limit(each, "drift"), 3) for each in found),
        visible=round(sum(each.detectable_share or 0.0 for each in found) / len(found), 3),
    )


def words_in(documents: Sequence[Document]) -> int:
    """Words of all documents."""
    return sum(document.words for document in documents)


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
