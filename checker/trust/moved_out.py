"""Data that a change takes out of judgement: moved, renamed, relabeled, called a model, hidden, split off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from checker.discover import Discovery, discover
from checker.discover.tree import SUBMODULE, Tree
from checker.errors import DatasetError
from checker.governance import Rules, built_in
from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion, Role
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, RuleUse
from checker.policy.select import selects
from checker.scope import MODEL_SUFFIXES, Found, is_no_data
from checker.shards import Store, listed

_FIRST_NAMED = 3
_NO_DATA = frozenset({".gitignore", ".gitkeep", "README.md"})
_FIX = "keep it where these rules reach, or have those who own the policy widen its select in a change before this one"


class _State(NamedTuple):
    """The datasets of one state by path, each with the trusted rules that are for it."""

    versions: Mapping[str, DatasetVersion]
    rules: Mapping[str, frozenset[str]]


def outcomes(rules: Rules, anchors: tuple[Tree, ...], found: Found, store: Store) -> tuple[Outcome, ...]:
    """Every dataset that a trusted rule was for where the change began, and is not for where it ends."""
    said: dict[Outcome, None] = {}
    for anchor in anchors:
        before = _state(rules, state_at(anchor, found))
        said.update(dict.fromkeys(_Search(rules, before, _state(rules, found.head), found.head, store).run()))
    return tuple(said)


def states_of(anchors: tuple[Tree, ...], found: Found) -> tuple[Discovery, ...]:
    """What DVC tracked where the change began, and where it ends."""
    return (*(state_at(anchor, found) for anchor in anchors), found.head)


def state_at(anchor: Tree, found: Found) -> Discovery:
    """What DVC tracked at a revision; nothing before `dvc init`."""
    if anchor.snapshot.tree is not None and anchor.snapshot.tree == found.base.tree.snapshot.tree:
        return found.base
    try:
        return discover(anchor)
    except DatasetError:
        return Discovery(anchor, (), (), (), ())


def _state(rules: Rules, found: Discovery) -> _State:
    uses = tuple(use for policy in rules.policies for use in policy.rules if use.level is not Level.OFF)
    versions = {version.path: version for version in found.versions}
    return _State(versions, {path: _governing(rules, uses, version) for path, version in versions.items()})


def _governing(rules: Rules, uses: tuple[RuleUse, ...], version: DatasetVersion) -> frozenset[str]:
    """The rules of all stages: what escapes a rule of the release stage now is not there to be judged then."""
    if is_no_data(version, rules):
        return frozenset()
    dataset = Dataset(version.path, version, rules.settings.of(version.path) or DatasetSettings())
    return frozenset(use.id for use in uses if selects(use.select, dataset))


class _Search:
    """Holds the state where a change began against the one where it ends."""

    def __init__(self, rules: Rules, before: _State, after: _State, head: Discovery, store: Store) -> None:
        self._rules, self._before, self._after, self._head, self._store = rules, before, after, head, store
        self._lists: dict[tuple[str, str | None], frozenset[str] | None] = {}
        self._escapes: dict[frozenset[str], tuple[tuple[DatasetVersion, ...], Mapping[str | None, DatasetVersion]]] = {}
        # What the change brings or alters: only there can data have gone.
        self._fresh = tuple(
            version
            for path, version in after.versions.items()
            if path not in before.versions or before.versions[path].hash != version.hash
        )

    def run(self) -> Iterator[Outcome]:
        """The findings, by dataset."""
        for path, old in self._before.versions.items():
            governing = self._before.rules[path]
            if not governing:
                continue
            new = self._after.versions.get(path)
            if new is None:
                yield from self._vanished(old, governing)
            elif governing - self._after.rules[path]:
                lost = governing - self._after.rules[path]
                yield _fail(new, f"{path} is judged no longer by {_named(lost)}: {_why(old, new)}")
            elif new.hash != old.hash:
                yield from self._split(old, new, governing)

    def _vanished(self, old: DatasetVersion, governing: frozenset[str]) -> Iterator[Outcome]:
        """A dataset that is gone: under another name, hidden, in git itself, or really deleted."""
        was = f"{old.path}, which {_named(governing)} judged,"
        hidden = self._hidden(old)
        if hidden:
            yield _fail(old, f"{was} is hidden: {hidden}")
            return
        for heir in self._out_of_reach(old, governing):
            lost = _named(governing - self._after.rules[heir.path])
            shared = self._shares(old, heir)
            if shared:
                yield _fail(heir, f"{old.path} is {heir.path} now, out of reach of {lost}")
                return
            if heir.path not in self._before.versions:
                where = f"out of reach of {lost}" if self._after.rules[heir.path] else "which no rule is for"
                yield _fail(heir, f"{was} is gone, and {heir.path} comes in, {where}")
                return
            if shared is None:
                message = (
                    f"{old.path} is gone, and nobody knows whether {heir.path} holds it now, out of reach of {lost}"
                )
                yield _cannot_tell(heir, message)
                return
        if not self._is_governed_elsewhere(old):
            message = f"{was} is tracked no longer, so nothing holds the next version of it against this one"
            warned = built_in(
                "moved-out", Status.WARN, message, old.definition, "see that it is meant", dataset=old.path
            )
            yield warned._replace(rule="policy/moved-out")

    def _out_of_reach(self, old: DatasetVersion, governing: frozenset[str]) -> Iterator[DatasetVersion]:
        """What came in that some of these rules are not for; what is the very same first."""
        if governing not in self._escapes:
            # Few sets of rules are for many datasets.
            beyond = tuple(version for version in self._fresh if governing - self._after.rules[version.path])
            self._escapes[governing] = beyond, {version.hash: version for version in beyond if version.hash}
        beyond, by_hash = self._escapes[governing]
        if old.hash in by_hash:
            yield by_hash[old.hash]
        yield from beyond

    def _is_governed_elsewhere(self, old: DatasetVersion) -> bool:
        """Whether content of a dataset that is gone came in where rules are for it."""
        whole, parts = self._governed
        return old.hash in whole or not parts.isdisjoint(self._hashes(old) or ())

    @cached_property
    def _governed(self) -> tuple[frozenset[str | None], frozenset[str]]:
        """What came in under rules: hashes of whole versions, and of what they hold. No hash is no content."""
        fresh = [version for version in self._fresh if self._after.rules[version.path]]
        held = frozenset[str]().union(*(self._hashes(version) or () for version in fresh))
        return frozenset(version.hash for version in fresh if version.hash is not None), held

    def _hidden(self, old: DatasetVersion) -> str:
        """Where a dataset went that is still there for those who look; empty where it is nowhere."""
        entries, place = self._head.tree.entries(), old.definition.path
        if place in entries and place not in self._defining:
            return f"{place} is still there, and DVC does not see it (.dvcignore) or finds no data in it"
        for path in (place, old.path):
            above = [path[:end] for end, char in enumerate(path) if char == "/"]
            link = next((folder for folder in above if folder in entries), None)
            if link is not None:
                what = "a submodule" if entries[link].mode == SUBMODULE else "a link or a file"
                return f"{link} is {what} now, and what lies behind it is not seen"
        in_git = self._in_git.get(old.path)
        return f"{in_git} lies in git itself, where no rule sees it" if in_git else ""

    @cached_property
    def _defining(self) -> frozenset[str]:
        """The files that DVC reads."""
        of_data = (version.definition.path for version in self._head.versions)
        return frozenset((*of_data, *(step.definition.path for step in self._head.steps)))

    @cached_property
    def _in_git(self) -> Mapping[str, str]:
        """Files of git that may hold data, by their own name, and the first in each folder by the folder's."""
        found: dict[str, str] = {}
        for path in self._head.tree.entries():
            if path.rpartition("/")[2] not in _NO_DATA:
                for name in (path[:end] for end, char in enumerate(f"{path}/") if char == "/"):
                    found.setdefault(name, path)
        return found

    def _split(self, old: DatasetVersion, new: DatasetVersion, governing: frozenset[str]) -> Iterator[Outcome]:
        """Shards that left a dataset which stays, and came in where no rule is and nobody said what it is for."""
        for heir in self._fresh:
            if self._after.rules[heir.path] or self._is_set_aside(heir):
                continue
            there, here, then = self._hashes(heir), self._hashes(new), self._hashes(old)
            if there is None or here is None or then is None:
                if heir.path not in self._before.versions and not heir.path.endswith(MODEL_SUFFIXES):
                    message = f"nobody knows whether {heir.path}, which no rule is for, holds shards of {old.path}"
                    yield _cannot_tell(heir, message)
                continue
            gone = then - here
            if gone & there:
                message = f"{heir.path}, which no rule is for, holds {len(gone & there):,} shards that {old.path} had"
                yield _fail(heir, f"{message} and {_named(governing)} judged")
            elif len(here) < len(then) and heir.path not in self._before.versions and _is_data(heir):
                message = f"{old.path} has {len(then) - len(here):,} shards fewer, and {heir.path} comes in"
                yield _fail(heir, f"{message}, which no rule is for")

    def _is_set_aside(self, version: DatasetVersion) -> bool:
        """Whether somebody said what it is for, and not that models are trained with it."""
        own = self._rules.settings.of(version.path)
        return own is not None and own.role is not Role.TRAIN

    def _shares(self, old: DatasetVersion, heir: DatasetVersion) -> bool | None:
        """Whether two versions have content in common; None where a list of shards is not to be had."""
        if old.hash is not None and old.hash == heir.hash:
            return True
        mine, others = self._hashes(old), self._hashes(heir)
        return None if mine is None or others is None else bool(mine & others)

    def _hashes(self, version: DatasetVersion) -> frozenset[str] | None:
        """The content of a version shard by shard. What has no hash yet has no content either."""
        key = version.path, version.hash
        if key not in self._lists:
            if version.hash is None:
                self._lists[key] = frozenset()
            elif not version.is_dir:
                self._lists[key] = frozenset({version.hash})
            else:
                shards = listed(version, self._store).shards
                self._lists[key] = None if shards is None else frozenset(shard.hash for shard in shards)
        return self._lists[key]


def _is_data(version: DatasetVersion) -> bool:
    """Whether it looks like data rather than like a model, a metric or a plot."""
    return version.role == "out" and version.type != "model" and not version.path.endswith(MODEL_SUFFIXES)


def _why(old: DatasetVersion, new: DatasetVersion) -> str:
    if old.labels != new.labels:
        return f"its labels are [{', '.join(new.labels)}], were [{', '.join(old.labels)}]"
    if (old.type, old.role) != (new.type, new.role):
        return f"it is called a {new.type or new.role}, was {old.type or old.role}"
    return "it is not among what they select any more"


def _named(rules: Iterable[str]) -> str:
    names = sorted(rules)
    more = f" and {len(names) - _FIRST_NAMED:,} more rules" if len(names) > _FIRST_NAMED else ""
    return f"{', '.join(names[:_FIRST_NAMED])}{more}"


def _fail(version: DatasetVersion, message: str) -> Outcome:
    return _told(version, message, Status.FAIL, version.definition)


def _cannot_tell(version: DatasetVersion, message: str) -> Outcome:
    return _told(version, message, Status.NOT_EVALUATED, version.definition)


def _told(version: DatasetVersion, message: str, status: Status, place: Location) -> Outcome:
    """As with `policy/loosened`, no waiver and no baseline reaches it."""
    return built_in("moved-out", status, message, place, _FIX, dataset=version.path)._replace(rule="policy/moved-out")
