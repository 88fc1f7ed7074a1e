"""What the day of a run decides: the waivers and the baseline that relieve known breaches, rules to be reviewed."""

from __future__ import annotations

from collections.abc import Sequence

from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import PolicyError
from checker.evaluate.relief import NO_RELIEF, Relief
from checker.governance import Rules, built_in
from checker.model.outcome import Outcome, Status
from checker.model.policy import Policy, Stage
from checker.policy.rulebook import Rulebook


def day_of(asked: str | None, rules: Rules) -> str:
    """The day (UTC) to judge by: as asked, else what the clock says, which is read only where days matter.

    They do where there are waivers, and rules that have to be reviewed by some day; elsewhere it is empty.
    """
    books = (rules.book, rules.proposed_book)
    if not any(book is not None and (book.waivers or any(map(_reviews, book.policies))) for book in books):
        return ""
    if asked:
        return asked
    from checker.policy.days import today_utc

    return today_utc()


def relief_of(repository: Repository, book: Rulebook | None, tree: Tree, today: str, *, every_part: bool) -> Relief:
    """The relief that a rulebook grants, which was read from `tree`.

    Raises PolicyError for a waiver that holds longer than its policy allows.
    """
    if book is None:
        return NO_RELIEF
    if not book.waivers:
        return Relief(baseline=book.baseline, every_part=every_part)
    from checker.trust.approvals import verifier

    verify = verifier(repository, tree.snapshot.commit, book.approvers, today)
    return Relief.of(book, today, verify)._replace(every_part=every_part)


def relief_proposed(repository: Repository, book: Rulebook | None, tree: Tree, today: str) -> Relief:
    """The relief that a proposed rulebook would grant. A waiver that holds too long is refused by `loosening`."""
    try:
        return relief_of(repository, book, tree, today, every_part=False)
    except PolicyError:
        return NO_RELIEF


def findings(relief: Relief, judged: Sequence[Outcome], stage: Stage, *, complete: bool) -> tuple[Outcome, ...]:
    """What is said of the waivers themselves. `complete`: all datasets were judged."""
    if not relief.waivers:
        return ()
    from checker.evaluate.waiver_findings import of_waivers

    return tuple(of_waivers(relief, judged, stage, complete=complete))


def overdue(book: Rulebook, today: str) -> tuple[Outcome, ...]:
    """A warning for each rule whose reason was to be thought over by a day before `today`."""
    if not today or not any(map(_reviews, book.policies)):
        return ()
    from checker.policy.reviews import review_due

    due = review_due(book.policies, today)
    return tuple(built_in("review-due", Status.WARN, each.message, each.location, each.fix) for each in due)


def _reviews(policy: Policy) -> bool:
    return any(rule.rationale.review_by for rule in policy.rules)
