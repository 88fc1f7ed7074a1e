"""All that came of a run of tests."""

from __future__ import annotations

from typing import NamedTuple

from checker.policytest.cases import Result
from checker.policytest.coverage import RuleCoverage
from checker.policytest.mutate import Verdict


class Summary(NamedTuple):
    """All that came of the tests; `coverage` and `verdicts` are None where they were not asked for."""

    results: tuple[Result, ...]
    coverage: tuple[RuleCoverage, ...] | None = None
    verdicts: tuple[Verdict, ...] | None = None
    exit_code: int = 0
