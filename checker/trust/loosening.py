"""What a change would loosen of its own judgement: refused at pr and release, told at commit."""

from __future__ import annotations

from collections.abc import Iterator

from checker.discover import Discovery
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import HeadwaterError
from checker.governance import Rules, built_in, rulebook_of
from checker.model.exemption import Waiver
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level
from checker.policy.comparing import Change, Direction, compare, loosening
from checker.policy.waivers.reading import too_long
from checker.policy.waivers.standing import Verify, approval, nobody

# So many are told one by one; the rest is counted.
MOST_SHOWN = 50
_FIX = (
    "leave the rules as they are and ask for a waiver (headwater waiver new), or have those who own them merge this "
    "change (docs/trust.md)"
)
_FIRST_FIX = "have those who own the rules merge the first ones, before the check is required (docs/adoption.md)"


def outcomes(
    repository: Repository, rules: Rules, states: tuple[Discovery, ...], head: Tree, today: str
) -> tuple[Outcome, ...]:
    """What the proposed rulebook of `head` would loosen. `states` hold the datasets of before and after the change."""
    if rules.proposed_book is None:
        return ()
    verify = _verifier(repository, rules, head, today)
    versions = (version for state in states for version in state.versions)
    changes = compare(rules.book, rules.proposed_book, versions)
    return (*_loosened(rules, loosening(changes)), *_waivers(rules, changes, verify, today))


def staged_notes(before: Tree, rules: Rules) -> tuple[str, ...]:
    """What the staged rulebook loosens against that of HEAD: told early, because a pull request will be refused."""
    try:
        old = rulebook_of(before)
    except HeadwaterError:
        return ()  # HEAD has no rulebook that can be read, so nothing is loosened against it
    if not old.files:
        return ()  # the first rules of all: nobody wrote those that they differ from
    found = loosening(compare(old, rules.book))
    said = [
        f"{change.place}: {change.words}; a pull request with this is refused (policy/loosened)"
        for change in found[:MOST_SHOWN]
    ]
    more = len(found) - len(said)
    return (*said, f"{more:,} more differences loosen: headwater policy diff HEAD") if more else tuple(said)


def _verifier(repository: Repository, rules: Rules, head: Tree, today: str) -> Verify:
    """Who has signed a new waiver, by the keys of the trusted revision: those of the change may be anybody's."""
    if rules.proposed_book is None or not rules.proposed_book.waivers:
        return nobody
    from checker.trust.approvals import verifier

    return verifier(repository, head.snapshot.commit, rules.book.approvers, today)


def _loosened(rules: Rules, changes: tuple[Change, ...]) -> Iterator[Outcome]:
    for change in changes[:MOST_SHOWN]:
        yield _outcome(rules, change, f"the change loosens what judges it: {change.words}")
    more = len(changes) - MOST_SHOWN
    if more > 0:
        yield _outcome(rules, changes[MOST_SHOWN], f"the change loosens what judges it in {more:,} more places")


def _outcome(rules: Rules, change: Change, message: str) -> Outcome:
    """No waiver and no baseline reaches it: they relieve outcomes of rules, and this is none."""
    blocks = rules.settings.loosening != "warn"
    fix = _FIX if rules.book.files else _FIRST_FIX
    found = built_in("loosened", Status.FAIL if blocks else Status.WARN, message, change.place, fix)
    return found._replace(rule="policy/loosened", level=Level.BLOCK if blocks else Level.WARN)


def _waivers(rules: Rules, changes: tuple[Change, ...], verify: Verify, today: str) -> Iterator[Outcome]:
    """A new waiver is how relief is asked for. One that would relieve nothing once merged is refused right away."""
    new = {} if rules.proposed_book is None else {waiver.location: waiver for waiver in rules.proposed_book.waivers}
    # The trusted terms count; a policy that the change itself brings has only its own.
    terms = {policy.id: policy.waivers for policy in (*rules.proposed, *rules.policies)}
    for change in changes:
        waiver = new.get(change.place)
        if change.direction is not Direction.RELIEVED or waiver is None:
            continue
        asked = terms[waiver.rule.partition("/")[0]]
        endless = next(too_long(waiver, asked, waiver.not_before or today), None)
        lacking = "" if endless else approval(waiver, asked, rules.book.approvers, verify)[1]
        if endless:
            yield _refused(waiver, endless.message, endless.hint)
        elif lacking:
            fix = "have it approved as its policy asks, by people who did not ask for it"
            yield _refused(waiver, f"the waiver {waiver.id} is not approved: {lacking}", fix)
        else:
            message = f"{change.words}; it takes effect once it is merged"
            fix = "review the reason, the limit and the last day"
            yield built_in("waiver-added", Status.WARN, message, waiver.location, fix)


def _refused(waiver: Waiver, message: str, fix: str) -> Outcome:
    return built_in("waiver-unapproved", Status.FAIL, message, waiver.location, fix)
