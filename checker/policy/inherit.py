"""Merges packs into the policy that extends them. Whoever extends may tighten, never loosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from checker.errors import PolicyError
from checker.policy.drafts import WHOLE, Extends, PolicyDraft, RuleDraft, Values, uses_parameters
from checker.policy.packs import Library, Pack

if TYPE_CHECKING:
    from checker.policy.waivers.terms import Terms

MOST_LEVELS = 20
# Rules that are merged for one rulebook: packs with parameters are merged anew for each set of values. A parameter
# costs as much as ten rules.
MOST_WORK = 200_000
_DEFAULTS = Values()
_NO_CHOICE = {"require_match", "narrowed_by_pack"}


class Merged(NamedTuple):
    """The rules of a policy with those of its packs, the packs themselves, and what is wrong with the merge."""

    rules: tuple[RuleDraft, ...]
    packs: tuple[Pack, ...]
    faults: tuple[PolicyError, ...]
    terms: Terms | None = None


def merge(draft: PolicyDraft, library: Library, trail: tuple[str, ...] = (), values: Values = _DEFAULTS) -> Merged:
    """Resolve `extends`, then put the policy's own rules over the inherited ones with the same id.

    `trail` are the packs on the way to this one, `values` what the one that extends it sets of its parameters.
    """
    if library.spent > MOST_WORK:
        message = f"{draft.id} is extended in more ways than can be worked out"
        place = values.place("pack") or draft.document.where("metadata", "id")
        return Merged((), (), (PolicyError(message, hint="extend fewer policies", location=place),))
    faults: list[PolicyError] = []
    if draft.parameters or values.given or uses_parameters(draft):
        from checker.policy.pack_parameters import settle  # what most policies do not have

        draft = settle(draft, values, faults)
    packs: list[Pack] = []
    inherited: dict[str, RuleDraft] = {}
    terms: list[tuple[str, Terms | None]] = []
    for index, extends in enumerate(draft.extends):
        place = draft.extends_at(index)
        try:
            parent = _parent(extends, Values(extends.given, draft.document, index), library, trail)
        except PolicyError as error:
            faults.append(error)
            continue
        packs += [pack for pack in parent.packs if pack not in packs]
        faults += parent.faults
        for rule in parent.rules:
            inherited[rule.id] = _joined(inherited.get(rule.id), rule._replace(place=place), faults)
        terms.append((extends.pack, parent.terms))
    inherited = {name: _selecting(rule, draft) for name, rule in inherited.items()}
    own = _own_rules(draft, inherited, faults)
    library.spent += 1 + len(inherited) + len(own) + 10 * len(draft.parameters)
    stated = _terms(draft, [(name, known) for name, known in terms if known], faults)
    return Merged((*inherited.values(), *own), tuple(packs), tuple(faults), stated)


def _terms(draft: PolicyDraft, inherited: list[tuple[str, Terms]], faults: list[PolicyError]) -> Terms | None:
    """What the policy asks of waivers; most policies and packs say nothing of them."""
    if not draft.waivers and not inherited:
        return None
    from checker.policy.waivers.terms import merge_terms

    return merge_terms(draft, inherited, faults)


def resolved(pack: Pack, library: Library, trail: tuple[str, ...] = ()) -> Merged:
    """As `merge`, with every parameter at its default; done once for each pack of a library."""
    if pack.reference not in library.merged:
        library.merged[pack.reference] = merge(pack.draft, library, (*trail, pack.reference))
    known: Merged = library.merged[pack.reference]
    return known


def _parent(extends: Extends, values: Values, library: Library, trail: tuple[str, ...]) -> Merged:
    """What a pack comes to. Raises PolicyError for one that is not there, or that leads back to itself."""
    place = values.place("pack")
    name = extends.pack
    if name in trail:
        circle = " -> ".join((*trail[trail.index(name) :], name))
        raise PolicyError(f"policies extend each other in a circle: {circle}", hint="remove one", location=place)
    if len(trail) > MOST_LEVELS:
        message = f"{name} is extended over more than {MOST_LEVELS} levels"
        raise PolicyError(message, hint="extend a policy further up", location=place)
    pack = library.find(name, place)
    own = extends.given or any("default" not in entry for entry in pack.draft.parameters.values())
    above = merge(pack.draft, library, (*trail, name), values) if own else resolved(pack, library, trail)
    named = tuple(rule if rule.origin else rule._replace(origin=name) for rule in above.rules)
    return Merged(named, (*above.packs, pack), above.faults, above.terms)


def _joined(known: RuleDraft | None, rule: RuleDraft, faults: list[PolicyError]) -> RuleDraft:
    """A rule that comes from two packs: the stricter of two versions of the same rule, else a fault."""
    if known is None or known._replace(place=rule.place) == rule:
        return rule
    from checker.policy.strictness import looser

    if known.origin == rule.origin and known.select == rule.select:
        if not any(looser(known, rule)):
            return _tightened(known, rule)
        if not any(looser(rule, known)):
            return _tightened(rule, known)
    message = f"the rule {rule.id} comes from {known.origin} and from {rule.origin}"
    if known.origin == rule.origin:
        message = f"the rule {rule.id} of {rule.origin} comes in two versions, none of them the stricter"
    hint = "extend one of them, and write the rules of the other"
    faults.append(PolicyError(message, hint=hint, location=rule.place))
    return rule


def _own_rules(draft: PolicyDraft, inherited: dict[str, RuleDraft], faults: list[PolicyError]) -> list[RuleDraft]:
    """The rules that the policy adds. Those that tighten an inherited one replace it in `inherited`."""
    own: dict[str, RuleDraft] = {}
    stated: dict[str, RuleDraft] = {}
    for rule in draft.rules:
        if rule.id in stated:
            first = stated[rule.id].place.line
            message = f"the rule id {rule.id} is used twice, first in line {first}"
            faults.append(PolicyError(message, hint="give each rule an id of its own", location=rule.place))
            continue
        stated[rule.id] = rule
        if rule.id in inherited:
            from checker.policy.strictness import looser  # what no rule tightens does not pay for

            loosened = tuple(looser(inherited[rule.id], rule))
            faults += loosened
            inherited[rule.id] = inherited[rule.id] if loosened else _tightened(inherited[rule.id], rule)
        else:
            faults += _own_faults(draft, rule)
            own[rule.id] = _selecting(rule, draft)
    return list(own.values())


def _own_faults(draft: PolicyDraft, rule: RuleDraft) -> Iterator[PolicyError]:
    if rule.level is None:
        hint = "say block, warn, audit or off"
        yield PolicyError(f"the rule {rule.id} has no level", hint=hint, location=rule.at())
    for key in rule.select.keys() & draft.select.keys():
        message = f"the policy selects by {key} already, so the rule {rule.id} cannot"
        yield PolicyError(message, hint="say it in one of the two places", location=rule.at("select", key))


def _tightened(parent: RuleDraft, child: RuleDraft) -> RuleDraft:
    """What the child states wins, and what it leaves out stays."""
    stated: dict[str, Any] = {name: value for name in WHOLE if (value := getattr(child, name)) is not None}
    params = {**parent.params, **child.params}
    ratchet = {**(parent.ratchet or {}), **(child.ratchet or {})} or None
    select = dict(_filled(parent.select, child.select))
    if child.select.get("require_match"):
        # Said at this very rule, it is meant for all that the rule is for.
        select.pop("narrowed_by_pack", None)
    return parent._replace(
        **stated,
        params=params,
        select=select,
        ratchet=ratchet,
        place=child.place,
        document=child.document,
        position=child.position,
        stated={**parent.stated, **child.stated},
    )


def _selecting(rule: RuleDraft, draft: PolicyDraft) -> RuleDraft:
    """A rule with what its policy selects by, where the rule leaves that open."""
    if not draft.select:
        return rule
    said = {f"select.{key}": (draft.document, ("select", key)) for key in draft.select}
    return rule._replace(select=_filled(rule.select, draft.select), stated={**said, **rule.stated})


def _filled(outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a pack selects by stays; what it leaves open is up to those that extend it."""
    merged = {**inner, **outer}
    if inner.get("require_match") and not outer.get("require_match"):
        # The match is demanded by those that extend, so it is demanded of what they select.
        merged["require_match"] = True
        merged["narrowed_by_pack"] = tuple(sorted(outer.keys() - inner.keys() - _NO_CHOICE))
    return merged
