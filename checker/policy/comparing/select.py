"""What two selections of a rule reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checker import rules
from checker.model.dataset import Dataset
from checker.model.location import Location
from checker.model.policy import Level, RuleUse, Selector
from checker.policy.comparing.change import Change, counted, from_to, loosened, tightened
from checker.policy.comparing.covering import cover
from checker.policy.select import selects
from checker.rules._where import OF_RECORDS

_GLOBS = ("datasets",)
_ANY_OF = ("roles", "labels")
# Fewer records count, or others: a share of them may rise and fall.
_OF_RECORDS = ("paths", "where")
_COMPARED = frozenset({*_GLOBS, *_ANY_OF, *_OF_RECORDS, "require_match", "narrowed_by_pack"})


def compare_select(old: RuleUse, new: RuleUse) -> Iterator[Change]:
    """Each key of `select` on its own: reaching less, or something else, is looser."""
    was, now, name = old.select, new.select, new.id
    for key in (*_GLOBS, *_ANY_OF):
        before, after = getattr(was, key), getattr(now, key)
        if set(before) == set(after):
            continue
        wider, narrower = _reaches(key, after, before), _reaches(key, before, after)
        words = f"{name}: select.{key} {_reach(before)} to {_reach(after)}"
        if wider:
            yield tightened(new.location, words, name)
        elif narrower:
            yield loosened(new.location, words, name)
        else:
            yield loosened(new.location, f"{words}, which is neither wider nor narrower", name)
    yield from _records(old, new)
    yield from _match(was, now, new)
    for key in Selector._fields:
        if key not in _COMPARED and getattr(was, key) != getattr(now, key):
            words = f"{name}: select.{key} {from_to(getattr(was, key), getattr(now, key))}, which may loosen"
            yield loosened(new.location, words, name)


def judged_no_more(old: RuleUse, new: RuleUse, before: Sequence[Dataset], after: Sequence[Dataset]) -> Iterator[Change]:
    """The known datasets that a rule was for and is not for any more, and why."""
    if old.level is Level.OFF:
        return
    lost: dict[str, list[str]] = {}
    for was, now in zip(before, after, strict=True):
        if selects(old.select, was) and not selects(new.select, now):
            lost.setdefault(_why(new, was, now), []).append(was.name)
    for why, names in lost.items():
        caused_here = why.startswith("select.")
        place = new.location if caused_here else Location("headwater.yaml")
        yield loosened(place, f"{counted(names)}: judged by {new.id} no longer, {why}", new.id)


def _why(rule: RuleUse, was: Dataset, now: Dataset) -> str:
    if was.settings.role is not now.settings.role and rule.select.roles:
        return f"the role is {now.settings.role.value}, was {was.settings.role.value} (select.roles)"
    keys = (key for key in (*_GLOBS, *_ANY_OF) if not selects(Selector(**{key: getattr(rule.select, key)}), now))
    return f"select.{next(keys, 'datasets')} does not reach it"


def _reach(values: tuple[str, ...]) -> str:
    return f"[{', '.join(values)}]" if values else "everything"


def _reaches(key: str, wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """Whether `wide` has all that `narrow` has; nothing stated is everything."""
    if key in _GLOBS:
        return cover(wide, narrow)
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def _records(old: RuleUse, new: RuleUse) -> Iterator[Change]:
    """A share over more records is another share, so any change may loosen; of whole datasets, more are stricter."""
    for key in _OF_RECORDS:
        before, after = getattr(old.select, key), getattr(new.select, key)
        if _plain(before) == _plain(after):
            continue
        words = f"{new.id}: select.{key} from {_shown(before)} to {_shown(after)}"
        of_whole = rules.by_id(new.check).group not in OF_RECORDS and key == "where"
        if of_whole and _admits(after, before):
            yield tightened(new.location, words, new.id)
        else:
            yield loosened(new.location, f"{words}, so other records count", new.id)


def _plain(value: object) -> object:
    return {axis: frozenset(names) for axis, names in value.items()} if isinstance(value, Mapping) else value


def _shown(value: object) -> str:
    if not value:
        return "all records"
    if isinstance(value, Mapping):
        return " and ".join(f"{axis} {', '.join(names)}" for axis, names in sorted(value.items()))
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)


def _admits(wide: object, narrow: object) -> bool:
    if not isinstance(wide, Mapping) or not wide:
        return True
    return isinstance(narrow, Mapping) and all(
        axis in narrow and set(narrow[axis]) <= set(values) for axis, values in wide.items()
    )


def _match(was: Selector, now: Selector, rule: RuleUse) -> Iterator[Change]:
    if was.require_match != now.require_match:
        words = f"{rule.id}: select.require_match {from_to(was.require_match, now.require_match)}"
        yield (tightened if now.require_match else loosened)(rule.location, words, rule.id)
    elif now.require_match and set(now.narrowed_by_pack) - set(was.narrowed_by_pack):
        words = f"{rule.id}: a match is demanded of less, as its pack selects {', '.join(now.narrowed_by_pack)}"
        yield loosened(rule.location, words, rule.id)
