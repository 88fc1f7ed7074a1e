"""The starter policy: the shipped packs that fit what is there, each with the reason why it was taken."""

from __future__ import annotations

import re
from typing import NamedTuple

from checker.adopt.guessing import DOMAIN_WORDS
from checker.adopt.look import Seen, Sight
from checker.adopt.yamltext import comment, scalar
from checker.model.dataset import Role

_ID = re.compile(r"[^a-z0-9]+")
_MOST_NAMED = 3


class Pack(NamedTuple):
    """A pack to extend; `question` is asked on a terminal, empty where there is no choice.

    With `datasets` it is for these alone, in a policy of its own: of the others nobody knows whether they hold such
    records, and a rule that could not be evaluated would block each pull request.
    """

    name: str
    why: str
    question: str = ""
    datasets: tuple[str, ...] = ()


def packs_for(sight: Sight) -> tuple[Pack, ...]:
    """`baseline` always; `model-collapse` where there is gold; `high-stakes` where its domains were seen."""
    found = [Pack("baseline@1", "what any training data should stand on its first day")]
    gold = [seen.path for seen in sight.datasets if seen.role is Role.GOLD]
    if gold:
        why = f"{_named(gold)} is gold to hold training data against"
        found.append(Pack("model-collapse@1", why, f"Extend model-collapse@1, since {why}?"))
    stakes = {domain: about for domain in DOMAIN_WORDS if (about := _of_domain(sight.datasets, domain))}
    if stakes:
        why = "; ".join(f"{_named(paths)} is about {domain}" for domain, paths in stakes.items())
        paths = tuple(sorted({path for paths in stakes.values() for path in paths}))
        found.append(Pack("high-stakes@1", why, f"Put {_named([*paths])} under high-stakes@1, since {why}?", paths))
    return tuple(found)


def policy_id(name: str) -> str:
    """A repository's name as the id of its policy."""
    plain = _ID.sub("-", name.casefold()).strip("-")[:40].strip("-")
    return plain if plain[:1].isalpha() else f"data-{plain}".strip("-")


def policy_text(own: str, packs: tuple[Pack, ...], schema: str) -> str:
    """The policy `own` for all data. `schema` is the line for editors."""
    extends = "".join(f"  - pack: {scalar(pack.name)}  # {comment(pack.why)}\n" for pack in packs)
    return f"""\
{schema}# Written by `headwater init`. `headwater policy explain {own}` shows what it demands.
# Own rules come below, and may only be stricter than those of the packs; a stricter cap would be:
#   rules:
#     - id: cap
#       check: synthetic-cap
#       level: block
#       with: {{max: 0.2, per: [dataset, shard]}}
#       rationale: {{why: say why, source: where that was found, confidence: default}}
apiVersion: headwater/v1
kind: Policy
metadata: {{id: {scalar(own)}, version: 0.1.0}}
extends:
{extends}"""


def narrow_text(own: str, pack: Pack, schema: str) -> str:
    """A policy for some datasets alone."""
    listed = "".join(f"    - {scalar(path)}\n" for path in pack.datasets)
    return f"""\
{schema}# Written by `headwater init`: {comment(pack.why)}.
# Add every other dataset that holds such records.
apiVersion: headwater/v1
kind: Policy
metadata: {{id: {scalar(own)}, version: 0.1.0}}
extends: [{{pack: {scalar(pack.name)}}}]
select:
  datasets:
{listed}"""


def _of_domain(datasets: tuple[Seen, ...], domain: str) -> list[str]:
    return [
        seen.path for seen in datasets if domain in (seen.domain, *(name.casefold() for name in seen.values("domain")))
    ]


def _named(paths: list[str]) -> str:
    more = len(paths) - _MOST_NAMED
    return ", ".join(paths[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
