"""Rules that no data can satisfy together: each accepts some values only, and the two have none in common.

A looser rule beside a stricter one is no contradiction: the stricter binds, and both may have their owners and levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from checker import rules
from checker.errors import PolicyError
from checker.model.policy import Level, Policy, RuleUse, Selector
from checker.rules._base import Stricter

_SCOPES = ("datasets", "roles", "labels", "paths", "where")
# So many uses of one check are held against each other: pairs grow with the square.
_MOST_COMPARED = 200


def contradictions(policies: Iterable[Policy]) -> Iterator[PolicyError]:
    """The pairs of blocking rules of which one always fails, at the place of the second."""
    by_check: dict[str, list[RuleUse]] = {}
    for rule in (rule for policy in policies for rule in policy.rules):
        if rule.level is Level.BLOCK and _accepting(rule.check):
            by_check.setdefault(rule.check, []).append(rule)
    for found in by_check.values():
        for one, other in combinations(found[:_MOST_COMPARED], 2):
            yield from _clash(one, other)


def _accepting(check_id: str) -> dict[str, str]:
    """The parameters that list what a check accepts: attribute -> name in YAML."""
    declared = rules.by_id(check_id).params.declared
    return {name: info.name for name, info in declared.items() if info.stricter is Stricter.FEWER}


def _clash(one: RuleUse, other: RuleUse) -> Iterator[PolicyError]:
    if set(one.stages).isdisjoint(other.stages) or not _meet(one.select, other.select):
        return
    for attribute, name in _accepting(one.check).items():
        mine, yours = getattr(one.params, attribute), getattr(other.params, attribute)
        if mine is None or yours is None or any("*" in str(value) for value in (*mine, *yours)):
            continue
        if _read(mine).isdisjoint(_read(yours)):
            yield PolicyError(
                f"no data can satisfy both {one.id} ({one.location}) and {other.id}: {name} is {_listed(mine)}"
                f" in one and {_listed(yours)} in the other",
                hint="accept something that both accept, or select other data",
                location=other.stated.get(f"with.{name}", other.location),
            )


def _meet(one: Selector, other: Selector) -> bool:
    """Whether whatever one of them selects, the other selects too."""
    keys = [(getattr(one, key), getattr(other, key)) for key in _SCOPES]
    return all(mine == yours or not mine for mine, yours in keys) or all(
        mine == yours or not yours for mine, yours in keys
    )


def _read(values: Iterable[object]) -> frozenset[str]:
    """Licenses by the id that they are known by; anything else as it stands."""
    from checker.rules._licenses import canonical

    return frozenset((canonical(str(value)) or str(value)).casefold() for value in values)


def _listed(values: Iterable[object]) -> str:
    shown = [str(value) for value in values]
    more = f" and {len(shown) - 5} more" if len(shown) > 5 else ""
    return f"[{', '.join(shown[:5])}]{more}"
