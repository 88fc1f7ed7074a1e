"""Every step from the sources to the dataset is recorded, locked and fresh.

What it checks
--------------
The trail of DVC stages behind the dataset: each stage is in `dvc.lock` and agrees with `dvc.yaml` (E1); each consumer
used the version that its producer has now (E2); each dependency is tracked by git or DVC and unchanged (E3); each
root names its source, in the card (`sources` or `acquisition`) or the `.dvc` file's `meta` (E4); each import is locked
to a revision (E5). Sources in other repositories (E6) and frozen stages are told, and do not break the rule.

Why it matters
--------------
Without the trail nobody can say whether a dataset holds the output of a model that was trained on its ancestors.
`dvc status` does not see an untracked dependency, nor a producer that changed after its consumer ran.

How to fix
----------
Run `dvc repro` and commit `dvc.lock`; track what is untracked (`dvc add`, `git add`); name the source of each root in
the dataset's card.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement
from checker.rules._base import Check, Missing, Stricter, param


@dataclass(frozen=True, slots=True)
class Params:
    """Parameters of `lineage-complete`."""

    require_source: bool = param(
        {"type": "boolean"},
        "Whether every root must name its source (edge E4).",
        stricter=Stricter.TRUE,
        default=True,
    )


def needs(params: Params) -> frozenset[Need]:
    """The lineage, and the card that may name the sources of roots."""
    return frozenset({Need.LINEAGE, Need.CARD} if params.require_source else {Need.LINEAGE})


def judge(evidence: Evidence, params: Params) -> Iterator[Judgement]:
    raise Missing("not built")


CHECK = Check(id="lineage-complete", group="lineage", params=Params, needs=needs, judge=judge)
