"""No worse than a reference: what is held against base, the last release, gold or a named revision."""

from __future__ import annotations

from collections.abc import Iterable

from checker.model.evidence import Evidence
from checker.model.outcome import Judgement
from checker.model.policy import RuleUse


def ratcheted(rule: RuleUse, evidence: Evidence, judged: Iterable[Judgement]) -> Iterable[Judgement]:
    """The judgements of a rule with what its ratchet says."""
    return judged
