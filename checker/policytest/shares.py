"""Shards from shares: the short form of what a test is given."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Any

from checker.model.composition import Origin

# Shares of a thousandth come out even, and a part is large enough for every statistic.
LEAST_RECORDS = 1000
MOST_RECORDS = 10**9
TOKENS_OF_A_RECORD = 100
Shares = Mapping[str, Mapping[str, Mapping[str, float]]]


def shards_with(shares: Shares) -> dict[str, list[dict[str, Any]]]:
    """`{unknown: {health: {2019-03: 0.03}}}` becomes cells of whole records; what is left over is human.

    Raises ValueError where shares sum up to more than one, or have so many digits that no records could show them.
    """
    shards: dict[str, list[dict[str, Any]]] = {}
    for (shard, domain), stated in sorted(_by_part(shares).items()):
        total = lcm(LEAST_RECORDS, *(share.denominator for share in stated.values()))
        if total > MOST_RECORDS:
            raise ValueError(f"the shares of {domain} in {shard} have too many digits, six are possible")
        left = 1 - sum(stated.values())
        if left < 0:
            raise ValueError(f"the shares of {domain} in {shard} sum up to more than 1")
        human = Origin.HUMAN.value
        whole = {**stated, human: stated.get(human, Fraction(0)) + left}
        shards.setdefault(shard, []).extend(
            _cell(origin, domain, int(share * total)) for origin, share in whole.items() if share
        )
    return shards


def _by_part(shares: Shares) -> dict[tuple[str, str], dict[str, Fraction]]:
    """(shard, domain) -> origin -> share, exactly as it is written."""
    parts: dict[tuple[str, str], dict[str, Fraction]] = {}
    for origin, domains in shares.items():
        for domain, shards in domains.items():
            for shard, share in shards.items():
                parts.setdefault((shard, domain), {})[origin] = Fraction(str(share))
    return parts


def _cell(origin: str, domain: str, records: int) -> dict[str, Any]:
    return {"origin": origin, "domain": domain, "records": records, "tokens": records * TOKENS_OF_A_RECORD}
