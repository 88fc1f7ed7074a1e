"""No worse than a reference: which rules are held against base, the last release, gold or a named revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from checker import rules
from checker.model.evidence import Evidence, Need
from checker.model.outcome import RATCHET, Judgement
from checker.model.policy import RuleUse, WhenMissing

# A reference is measured, and that is all: its card and what came before it are not judged.
_OF_THE_JUDGED = frozenset({Need.CARD, Need.LINEAGE, Need.BASE, Need.BASE_COMPOSITION})
# What is found out by holding a dataset against other data.
ACROSS = frozenset({Need.OVERLAP, Need.COMPARISON, Need.SHARD_COMPARISON, Need.REFERENCE})


class Wanted(NamedTuple):
    """What must be gathered of one reference, and of the other data that it is compared with."""

    needs: frozenset[Need]
    references: Mapping[str, frozenset[Need]]


def ratcheted(rule: RuleUse, evidence: Evidence, judged: Iterable[Judgement]) -> Iterable[Judgement]:
    """The judgements of a rule with what its ratchet says. `evidence` is what the check judged."""
    if rule.ratchet is None:
        return judged
    from checker.evaluate.no_worse import held

    return held(rule, rule.ratchet, evidence, judged)


def wanted(used: Iterable[RuleUse]) -> Mapping[str, Wanted]:
    """What the ratchets of these rules need, by `Ratchet.against`."""
    found: dict[str, Wanted] = {}
    for rule in used:
        if rule.ratchet is None:
            continue
        check, against = rules.by_id(rule.check), rule.ratchet.against
        known = found.get(against, Wanted(frozenset(), {}))
        needs = check.needs(rule.params) - _OF_THE_JUDGED
        others = {
            name: known.references.get(name, frozenset()) | (needs & ACROSS) for name in check.references(rule.params)
        }
        found[against] = Wanted(known.needs | needs, {**known.references, **others})
    return found


def when_missing(rule: RuleUse, judgement: Judgement) -> WhenMissing | None:
    """What it means that a judgement is open: a ratchet may say so of its reference alone."""
    own = rule.ratchet.when_missing if rule.ratchet and judgement.scope[-1:] else None
    return own if own is not None and judgement.scope[-1][0] == RATCHET else rule.when_missing
