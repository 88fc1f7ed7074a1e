"""What headwater itself finds: which of it blocks, and what a report says of it."""

from __future__ import annotations

import pytest

from checker.discover import Problem
from checker.governance import Rules, built_in, outcomes
from checker.model.dataset import DatasetVersion
from checker.model.location import Location
from checker.model.outcome import Status
from checker.model.policy import Level
from checker.policy.rulebook import Rulebook

WHERE = Location("data/train.dvc", 2)
WEIGHTS = DatasetVersion("weights.pkl", "", "feed", WHERE)


@pytest.mark.parametrize(
    ("status", "level", "blocking", "reason"),
    [
        pytest.param(Status.FAIL, Level.BLOCK, True, "", id="a failure blocks"),
        pytest.param(Status.NOT_EVALUATED, Level.BLOCK, True, "said", id="what is not evaluated blocks and says why"),
        pytest.param(Status.WARN, Level.WARN, False, "", id="a warning does not"),
    ],
)
def test_a_finding_of_headwater_itself(status: Status, level: Level, blocking: bool, reason: str) -> None:
    outcome = built_in("name", status, "said", WHERE)
    assert (outcome.rule, outcome.check) == ("headwater/name", "name")
    assert (outcome.level, outcome.blocking, outcome.reason) == (level, blocking, reason)


def test_metadata_that_cannot_be_read_blocks() -> None:
    (outcome,) = outcomes(Rules(Rulebook()), (Problem("it is a symlink", WHERE, "replace it"),), ())
    assert outcome.blocking
    assert (outcome.status, outcome.location, outcome.fix) == (Status.FAIL, WHERE, "replace it")


def test_what_is_left_unjudged_is_told_only_under_a_trusted_policy() -> None:
    assert outcomes(Rules(Rulebook()), (), (WEIGHTS,)) == ()
