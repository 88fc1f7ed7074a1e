"""What a change does to weaken its judge: found where a trusted revision judges, told where policies are staged."""

from __future__ import annotations

from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.gather import Gathered
from checker.governance import Rules
from checker.model.outcome import Outcome
from checker.model.policy import Stage
from checker.scope import Found
from checker.shards import Store


def with_proposal(repository: Repository, base: Tree, head: Tree, rules: Rules, policy_ref: str | None) -> Rules:
    """The rules with what the change would make of them, and where it left the trusted history."""
    if rules.trusted is None:
        return rules
    from checker.trust import proposals

    proposals.refuse_own_judge(repository, base, head, rules, policy_ref)
    anchors = proposals.anchors_of(repository, rules.trusted, head)
    return proposals.propose(rules, anchors, head)._replace(anchors=anchors)


def raised(
    repository: Repository, rules: Rules, found: Found, gathered: Gathered, store: Store, today: str
) -> tuple[Outcome, ...]:
    """The alarms of a change. Nothing exempts from them."""
    if rules.trusted is None:
        return ()
    from checker.trust import brought_back, loosening, moved_out, moved_records

    states, head = moved_out.states_of(rules.anchors, found), found.head.tree
    return (
        *loosening.outcomes(repository, rules, states, head, today),
        *moved_out.outcomes(rules, rules.anchors, found, store),
        *moved_records.outcomes(rules, gathered),
        *brought_back.outcomes(rules, rules.anchors, found, store),
    )


def staged(base: Tree, rules: Rules, found: Found, stage: Stage) -> tuple[str, ...]:
    """What staged policies loosen, told where somebody is about to commit them."""
    if stage is not Stage.COMMIT or rules.trusted is not None or not found.rules_changed:
        return ()
    from checker.trust.loosening import staged_notes

    return staged_notes(base, rules)
