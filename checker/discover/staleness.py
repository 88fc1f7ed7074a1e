"""Whether a stage still is what ran: `dvc.yaml` against `dvc.lock` (edge E1 of the trail)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from checker.discover.definitions import Discovery, LockEntry, ParamUse, Stage
from checker.discover.git import TooLarge
from checker.discover.params import ABSENT, ParamsError, read_params, value_at
from checker.discover.paths import is_inside, parent, shown
from checker.discover.rerun import rerun, run_all
from checker.discover.tree import SUBMODULE, SYMLINK
from checker.model.lineage import Gap, GapKind, Link
from checker.model.location import Location


class Finding(NamedTuple):
    """A break in the trail, or (`certain` is false) an edge that nothing here can check."""

    gap: Gap
    certain: bool = True


def stale(stage: Stage, discovery: Discovery) -> Iterator[Finding]:
    """What keeps a stage's outs from being the product of its definition."""
    if stage.name is not None and stage.lock is None:
        yield Finding(_not_locked(stage))
        return
    for out in stage.step.outs:
        if out.hash is None and not _partial_import(stage):
            yield Finding(
                _gap(GapKind.NEVER_RUN, stage, f"no hash is recorded for {shown(out.path)}", out.location, rerun(stage))
            )
    if stage.lock is not None:
        yield from (Finding(gap) for gap in _differences(stage, stage.lock))
        for use in stage.params:
            yield from _parameters(stage, stage.lock, use, discovery)


def _not_locked(stage: Stage) -> Gap:
    if stage.lock_path is None:
        lock = f"{stage.step.definition.path.removesuffix('.yaml')}.lock"
        message = f"{lock} is absent, so nothing says what the stage {shown(stage.name)} used and made"
        return _gap(GapKind.LOCK_ABSENT, stage, message, None, run_all(stage))
    message = f"the stage {shown(stage.name)} has never run: {stage.lock_path} has no entry for it"
    return _gap(GapKind.NEVER_RUN, stage, message, None, rerun(stage))


def _differences(stage: Stage, lock: LockEntry) -> Iterator[Gap]:
    if lock.cmd != stage.cmd:
        message = f"the command of {shown(stage.name)} was changed after it last ran"
        yield _gap(GapKind.LOCK_STALE, stage, message, lock.location, rerun(stage))
    for what, declared, locked in (("dependency", stage.step.deps, lock.deps), ("output", stage.step.outs, lock.outs)):
        added, dropped = _unlike(declared, locked)
        if added:
            message = f"the {what} {_listed(added)} was added to {shown(stage.name)} after it last ran"
            yield _gap(GapKind.LOCK_STALE, stage, message, lock.location, rerun(stage))
        if dropped:
            message = f"the {what} {_listed(dropped)} was taken from {shown(stage.name)} after it last ran"
            yield _gap(GapKind.LOCK_STALE, stage, message, lock.location, rerun(stage, force=True))
    for dep in lock.deps:
        if dep.kind in ("path", "url") and dep.hash is None:
            message = f"no hash is recorded for the dependency {shown(dep.path)} of {shown(stage.name)}"
            yield _gap(GapKind.LOCK_STALE, stage, message, dep.location, rerun(stage))


def _unlike(declared: Iterable[Link], locked: Iterable[Link]) -> tuple[list[str], list[str]]:
    ours, theirs = {link.path for link in declared}, {link.path for link in locked}
    return sorted(ours - theirs), sorted(theirs - ours)


def _parameters(stage: Stage, lock: LockEntry, use: ParamUse, discovery: Discovery) -> Iterator[Finding]:
    """The values of the parameters file in this snapshot against those that the last run recorded."""
    entry = discovery.tree.entries().get(use.path)
    if entry is None or entry.mode in (SYMLINK, SUBMODULE):
        made = any(is_inside(use.path, out) for out in _and_folders(use.path) if out in discovery.makers)
        message = f"the parameters file {shown(use.path)} of {shown(stage.name)} is not in git"
        fix = f"git add {use.path}"
        yield Finding(_gap(GapKind.UNTRACKED, stage, message, use.location, fix, use.path), certain=not made)
        return
    content = discovery.tree.fetch((use.path,))[use.path]
    try:
        data = {} if isinstance(content, TooLarge) else read_params(use.path, content)
    except ParamsError as error:
        message = f"the parameters file {shown(use.path)} cannot be read: {error}"
        yield Finding(_gap(GapKind.LOCK_STALE, stage, message, use.location, "mend the file", use.path))
        return
    if any(_is_pattern(key) for key in use.keys):
        message = f"a pattern of parameters of {shown(use.path)} is not expanded, so it cannot be compared"
        yield Finding(
            _gap(GapKind.LOCK_STALE, stage, message, use.location, "name the parameters", use.path), certain=False
        )
    changed = _changed_parameters(use, lock.params.get(use.path, {}), data)
    if changed:
        message = f"{_listed(changed)} of {shown(use.path)} changed after {shown(stage.name)} last ran"
        yield Finding(_gap(GapKind.LOCK_STALE, stage, message, lock.location, rerun(stage), use.path))


def _changed_parameters(use: ParamUse, recorded: Mapping[str, object], data: object) -> list[str]:
    keys: Iterable[str] = use.keys
    if not use.keys:
        keys = {*recorded, *(str(key) for key in (data if isinstance(data, dict) else {}))}
    return sorted(
        key for key in keys if not _is_pattern(key) and _differ(recorded.get(key, ABSENT), value_at(data, key))
    )


def _is_pattern(key: str) -> bool:
    """DVC lets a key select several values; we do not expand it."""
    return any(char in key for char in "*?[")


def _differ(recorded: object, current: object) -> bool:
    return recorded is ABSENT or current is ABSENT or recorded != current


def _and_folders(path: str) -> Iterator[str]:
    while path:
        yield path
        path = parent(path)


def _partial_import(stage: Stage) -> bool:
    """`dvc import --no-download` records what it will fetch at the dependency, and nothing at the output."""
    return stage.name is None and any(dep.kind != "path" for dep in stage.step.deps)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(shown(name) for name in names[:3]) + more


def _gap(kind: GapKind, stage: Stage, message: str, where: Location | None, fix: str, path: str = "") -> Gap:
    made = stage.step.outs[0].path if stage.step.outs else stage.step.name
    return Gap(kind, path or made, message, where or stage.step.definition, fix)
