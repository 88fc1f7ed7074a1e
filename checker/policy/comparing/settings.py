"""`headwater.yaml` compared: what turns machine into human, takes data out, or reads records otherwise is looser."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from checker.globs import matches
from checker.model.composition import Origin
from checker.model.dataset import DatasetSettings, OriginRule, Role
from checker.model.location import Location
from checker.policy.comparing.change import Change, counted, from_to, loosened, neutral, shown, tightened
from checker.policy.comparing.covering import cover
from checker.policy.places import SETTINGS
from checker.policy.rulebook import Rulebook
from checker.policy.settings import Settings

BUDGET_SECONDS = 5.0
# Others are held against data of these roles, so what takes them away, or adds some, changes other judgements.
_REFERENCES = frozenset({Role.GOLD, Role.EVAL, Role.RAW})
_Difference = tuple[Any, str]


def compare_settings(old: Rulebook, new: Rulebook, known: Collection[str] = ()) -> Iterator[Change]:
    """Every difference of the settings. `known` are the paths of datasets, whose settings are compared one by one."""
    was, now = old.settings, new.settings
    places = _places(new)
    if was == now:
        return
    yield from _datasets(was, now, known, places)
    yield from _budget(was, now)
    yield from _evidence(was, now)
    yield from _policies(was, now)
    yield from _named(was, now)


def _places(book: Rulebook) -> Mapping[str, Location]:
    """Glob -> where `headwater.yaml` has the entry for it."""
    from checker import safeyaml

    data = book.files.get(SETTINGS)
    if not data:
        return {}
    document = safeyaml.load(data, SETTINGS)
    entries: Any = document.data or {}
    return {
        entry["path"]: document.where("datasets", index, "path")
        for index, entry in reversed(list(enumerate(entries.get("datasets", ()))))
    }


def _datasets(was: Settings, now: Settings, known: Collection[str], places: Mapping[str, Location]) -> Iterator[Change]:
    """Known datasets one by one; entries that no known dataset is in, by their glob, as for what it may be for."""
    subjects: dict[_Difference, list[str]] = {}
    entry_of: dict[_Difference, str] = {}
    globs = dict.fromkeys(glob for glob, _ in (*was.datasets, *now.datasets))
    alone = [glob for glob in globs if not any(matches(glob, path) for path in known)]
    for name in (*known, *alone):
        before, after = was.of(name) or DatasetSettings(), now.of(name) or DatasetSettings()
        for difference in _fields(before, after):
            subjects.setdefault(difference, []).append(name)
            entry_of.setdefault(difference, _entry(now, name))
    for (direction, words), names in subjects.items():
        place = places.get(entry_of[direction, words], Location(SETTINGS))
        yield direction(place, f"{counted(names)}: {words}")
    if not subjects and [glob for glob, _ in was.datasets] != [glob for glob, _ in now.datasets]:
        yield neutral(Location(SETTINGS), "the entries for datasets are others, and say the same of all known datasets")


def _entry(settings: Settings, name: str) -> str:
    return next((glob for glob, _ in settings.datasets if matches(glob, name)), "")


def _fields(was: DatasetSettings, now: DatasetSettings) -> Iterator[_Difference]:
    for field in DatasetSettings._fields:
        before, after = getattr(was, field), getattr(now, field)
        if before == after:
            continue
        match field:
            case "role":
                yield _role(before, after)
            case "values":
                yield from _values(before, after)
            case "slices":
                yield from _slices(before, after)
            case "origins":
                yield _origins(before, after)
            case "fields":
                for name in sorted(before.keys() | after.keys()):
                    if before.get(name) != after.get(name):
                        words = f"the field {name} is read {_path(after.get(name))}, was {_path(before.get(name))}"
                        yield loosened, f"{words}, so records may read otherwise"
            case _:
                yield loosened, f"{field} {from_to(before, after)}, so records may read otherwise"


def _path(stated: str | None) -> str:
    if stated is None:
        return "by its usual names"
    return f"from {stated}" if stated else "from nowhere"


def _role(was: Role, now: Role) -> _Difference:
    """Which rules stop judging is told apart; here only what the data is held against."""
    words = f"the role is {now.value}, was {was.value}"
    if was in _REFERENCES or now in _REFERENCES:
        return loosened, f"{words}, so others are held against other data"
    return neutral, words


def _values(was: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> Iterator[_Difference]:
    for field in sorted(was.keys() | now.keys()):
        before, after = was.get(field, {}), now.get(field, {})
        for raw in sorted(before.keys() | after.keys()):
            if before.get(raw) == after.get(raw):
                continue
            words = f"the {field} {shown(raw)} counts as {_meaning(after.get(raw))}, was {_meaning(before.get(raw))}"
            stricter = field == "origin" and after.get(raw) == Origin.MACHINE.value
            yield (tightened if stricter else loosened), words


def _meaning(stated: str | None) -> str:
    return "what it says" if stated is None else stated


def _slices(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[_Difference]:
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            words = f"the slice {name} {from_to(was.get(name), now.get(name))}"
            yield (tightened if name not in was else loosened), words


def _origins(was: tuple[OriginRule, ...], now: tuple[OriginRule, ...]) -> _Difference:
    """More rules that say machine, of no kind and beyond doubt, are stricter; any other difference may be looser."""
    added = [rule for rule in now if rule not in was]
    words = f"origins {from_to(was, now)}"
    plain = all(
        rule.origin == Origin.MACHINE.value and not rule.kind and rule.confidence in (None, 1) for rule in added
    )
    if plain and tuple(rule for rule in now if rule in was) == was:
        return tightened, words
    return loosened, f"{words}, so records may count as made by others"


def _budget(was: Settings, now: Settings) -> Iterator[Change]:
    before, after = (BUDGET_SECONDS if one.budget_seconds is None else one.budget_seconds for one in (was, now))
    if before != after:
        words = f"the budget of a commit from {before:g} to {after:g} seconds"
        yield (loosened if after < before else tightened)(Location(SETTINGS), words)


def _evidence(was: Settings, now: Settings) -> Iterator[Change]:
    place, before, after = Location(SETTINGS), was.evidence, now.evidence
    for store in after.stores:
        if store not in before.stores:
            yield loosened(place, f"evidence is believed from {shown(store)} too")
    for store in before.stores:
        if store not in after.stores:
            yield tightened(place, f"evidence is no longer taken from {shown(store)}")
    if before.signed != after.signed:
        words = f"evidence.signed {from_to(before.signed, after.signed)}"
        yield (tightened if after.signed == "required" else loosened)(place, words)
    for field in before._fields:
        if field not in ("stores", "signed") and getattr(before, field) != getattr(after, field):
            words = f"evidence.{field} {from_to(getattr(before, field), getattr(after, field))}, which may loosen"
            yield loosened(place, words)


def _policies(was: Settings, now: Settings) -> Iterator[Change]:
    if set(was.policies) == set(now.policies):
        return
    default = ("policies/*.yaml", "policies/*.yml")
    before, after = was.policies or default, now.policies or default
    words = f"policies are read from [{', '.join(after)}], were from [{', '.join(before)}]"
    yield (tightened if cover(after, before) else loosened)(Location(SETTINGS), words)


def _named(was: Settings, now: Settings) -> Iterator[Change]:
    """What has a direction by its name alone; what a later version adds may loosen until somebody says otherwise."""
    told = {"datasets", "policies", "budget_seconds", "evidence"}
    for field in (field for field in Settings._fields if field not in told):
        before, after = getattr(was, field), getattr(now, field)
        if before == after:
            continue
        words = f"{field} {from_to(before, after)}"
        if field == "loosening":
            yield (tightened if after == "block" else loosened)(Location(SETTINGS), words)
        else:
            yield loosened(Location(SETTINGS), f"{words}, which may loosen")
