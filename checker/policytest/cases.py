"""The nouns of tests of policies: suites, cases, what they expect, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from checker.model.evidence import Evidence
from checker.model.exemption import Waiver
from checker.model.location import Location
from checker.model.nothing import NOTHING
from checker.model.outcome import Outcome, Scope
from checker.model.policy import Level, Policy, Stage

# What a rule came to over the parts of a dataset, the worst first. `no-match`: the rule is not for the dataset;
# `not-judged`: it is off, or not for this stage.
WORST_FIRST = ("fail", "not-evaluated", "warn", "waived", "pass", "no-match", "not-judged")


class Expectation(NamedTuple):
    """What one rule shall come to; None (and no words in `says`) is not asked. `rule` is `policy/rule`.

    `number` is how many outcomes have the status: `count` in the file.
    """

    rule: str
    location: Location
    status: str | None = None
    level: Level | None = None
    blocking: bool | None = None
    waivable: bool | None = None
    measured: float | str | None = None
    limit: float | str | None = None
    says: tuple[str, ...] = ()
    number: int | None = None
    scope: Scope | None = None


class Case(NamedTuple):
    """One state of a dataset and what the policy shall say of it, at each of the stages.

    `at` is a day in UTC; `signed_by` are those whose signature of the waivers shall count as verified.
    """

    name: str
    suite: str
    policy: Policy
    evidence: Evidence
    expect: tuple[Expectation, ...]
    location: Location
    stages: tuple[Stage, ...] = (Stage.PR,)
    at: str = ""
    waivers: tuple[Waiver, ...] = ()
    signed_by: tuple[str, ...] = ()


class Failure(NamedTuple):
    """Where and how an expectation was not met; `rule` is empty for a case that could not be judged."""

    message: str
    location: Location
    rule: str = ""


class Ruling(NamedTuple):
    """What one rule came to: the worst status, and the outcomes that have it."""

    status: str
    outcomes: tuple[Outcome, ...] = ()


class Result(NamedTuple):
    """One case at one stage: what each of the rules came to that it speaks of, and what was expected otherwise."""

    case: Case
    stage: Stage
    rulings: Mapping[str, Ruling] = NOTHING
    failures: tuple[Failure, ...] = ()

    @property
    def name(self) -> str:
        """The name of the case, with the stage where there are several."""
        return self.case.name if len(self.case.stages) == 1 else f"{self.case.name} ({self.stage.value})"
