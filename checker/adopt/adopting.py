"""What a baseline is made from: every finding of one state of a repository, and what has become of known ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from checker import governance
from checker.discover import open_repository
from checker.evaluate.baselined import State, entry_of, states
from checker.model.exemption import BaselineEntry
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level
from checker.model.report import Report
from checker.policy.rulebook import Rulebook
from checker.run import Progress, Request, Target, check

ATTRIBUTES = ".gitattributes"


class Adoption(NamedTuple):
    """All that a run found: what a baseline may hold (`known`), and what has to be mended by hand (`left`)."""

    top: Path
    report: Report
    book: Rulebook
    known: frozenset[BaselineEntry]
    left: tuple[Outcome, ...]

    def states(self, entries: Iterable[BaselineEntry]) -> dict[BaselineEntry, State]:
        """What has become of entries."""
        return dict(states(entries, self.book.policies, self.report.outcomes, self.report.stage))


def adopt(request: Request, progress: Progress | None) -> Adoption:
    """Judge every dataset under the repository's own policies, every part told. Raises HeadwaterError."""
    report = check(request._replace(everything=True, every_finding=True), progress)
    repository = open_repository(request.folder)
    tree = repository.worktree() if request.target is Target.WORKTREE else repository.index()
    book = governance.rulebook_of(tree)
    waivable = {rule.id for policy in book.policies for rule in policy.rules if rule.waivable}
    known = [outcome for outcome in report.outcomes if _may_be_known(outcome, waivable)]
    entries = frozenset(entry_of(outcome) for outcome in known)
    left = tuple(outcome for outcome in report.outcomes if outcome.blocking and entry_of(outcome) not in entries)
    return Adoption(repository.top, report, book, entries, left)


def merged(adoption: Adoption, before: frozenset[BaselineEntry] | None, *, grow: bool) -> frozenset[BaselineEntry]:
    """The baseline to write: a first one holds all that is known, a later one only loses entries, unless asked."""
    if before is None:
        return adoption.known
    kept = frozenset(entry for entry, state in adoption.states(before).items() if not state.void)
    return kept | adoption.known if grow else kept


def _may_be_known(outcome: Outcome, waivable: set[str]) -> bool:
    if not outcome.content or outcome.informs_only or outcome.rule not in waivable or outcome.level is Level.AUDIT:
        return False
    by_baseline = outcome.exemption is not None and outcome.exemption.kind == "baseline"
    return outcome.status in (Status.FAIL, Status.WARN) or (outcome.status is Status.WAIVED and by_baseline)


def with_union(attributes: bytes | None, path: str) -> str | None:
    """The line that has git merge the baseline line by line, None where `.gitattributes` says how already."""
    for line in (attributes or b"").decode("utf-8", "replace").splitlines():
        pattern, *rest = line.split() or [""]
        if pattern.lstrip("/") == path and any(word.lstrip("-!").partition("=")[0] == "merge" for word in rest):
            return None
    return f"{path} merge=union"
