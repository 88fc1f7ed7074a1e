"""The trail that leads to a dataset version: its ancestors, its roots, and where it breaks."""

from __future__ import annotations

from collections.abc import Iterator

from checker.discover.definitions import Discovery, Stage
from checker.discover.edges import ManifestOf, check_edge, check_kept_in_git, producers
from checker.discover.paths import shown
from checker.discover.staleness import Finding, stale
from checker.model.dataset import DatasetVersion
from checker.model.lineage import Gap, GapKind, Lineage, Link

_COMMIT_DIGITS = (40, 64)


def lineage_of(version: DatasetVersion, discovery: Discovery, manifest_of: ManifestOf) -> Lineage:
    """The ancestors' steps (sources first), the roots, and every gap between them and `version`."""
    start = discovery.makers.get(version.path)
    if start is None:
        return Lineage()
    stages, returning = _ancestors(start, discovery)
    findings = [finding for stage in stages for finding in _findings(stage, discovery, manifest_of)]
    findings += [Finding(_cycle(stage)) for stage in returning]
    roots = {root for stage in stages for root in _roots(stage, discovery)}
    return Lineage(
        steps=tuple(stage.step for stage in stages),
        roots=tuple(sorted(roots)),
        gaps=tuple(dict.fromkeys(finding.gap for finding in findings if finding.certain)),
        unchecked=tuple(dict.fromkeys(finding.gap for finding in findings if not finding.certain)),
    )


def _ancestors(start: Stage, discovery: Discovery) -> tuple[list[Stage], list[Stage]]:
    """Every stage on the way, producers before consumers, and the stages that lead back to themselves."""
    ordered: list[Stage] = []
    returning: list[Stage] = []
    state: dict[str, str] = {}
    stack = [(start, iter(_producers_of(start, discovery)))]
    state[start.step.name] = "open"
    while stack:
        stage, rest = stack[-1]
        maker = next(rest, None)
        if maker is None:
            state[stage.step.name] = "done"
            ordered.append(stage)
            stack.pop()
        elif maker.step.name not in state:
            state[maker.step.name] = "open"
            stack.append((maker, iter(_producers_of(maker, discovery))))
        elif state[maker.step.name] == "open":
            returning.append(maker)
    return ordered, returning


def _producers_of(stage: Stage, discovery: Discovery) -> list[Stage]:
    found: dict[str, Stage] = {}
    for path in [dep.path for dep in stage.step.deps if dep.kind == "path"] + [use.path for use in stage.params]:
        for maker in producers(path, discovery):
            found.setdefault(maker.step.name, maker)
    return list(found.values())


def _findings(stage: Stage, discovery: Discovery, manifest_of: ManifestOf) -> Iterator[Finding]:
    yield from stale(stage, discovery)
    for dep in stage.step.deps:
        if dep.kind == "path":
            yield from check_edge(stage, dep, discovery, manifest_of)
        else:
            yield from (Finding(gap) for gap in _outside(stage, dep))
    yield from check_kept_in_git(stage, discovery)
    if not stage.step.deps and not stage.sourced:
        yield Finding(_unknown_root(stage))
    if stage.step.frozen:
        message = f"{shown(stage.step.name)} is frozen: DVC does not rerun or update it"
        yield Finding(Gap(GapKind.FROZEN, _made(stage), message, stage.step.definition))


def _outside(stage: Stage, dep: Link) -> Iterator[Gap]:
    """Imports, URLs and datasets: what they name must be pinned; they are recorded, not followed."""
    where = dep.location or stage.step.definition
    name = dep.url or dep.path
    if dep.kind in ("import", "dataset"):
        pinned = dep.rev_lock is not None and (dep.kind == "dataset" or _is_commit(dep.rev_lock))
        if not pinned:
            message = f"the import of {shown(dep.path)} from {shown(name)} is not locked to a revision"
            fix = (
                f"run `dvc update {stage.step.name}`"
                if stage.name is None
                else "run `dvc ds update` and commit dvc.lock"
            )
            yield Gap(GapKind.IMPORT_UNLOCKED, _made(stage), message, where, fix)
        elif dep.url:
            message = (
                f"{shown(dep.path)} comes from {shown(name)} at {shown(dep.rev_lock)}; its own trail is not followed"
            )
            yield Gap(GapKind.CROSS_REPOSITORY, _made(stage), message, where)
    elif dep.kind == "url" and stage.name is None and dep.hash is None:
        message = f"the import from {shown(name)} has no recorded fingerprint"
        yield Gap(GapKind.IMPORT_UNLOCKED, _made(stage), message, where, f"run `dvc update {stage.step.name}`")
    elif dep.kind == "url" and stage.name is not None and "://" not in name:
        message = f"{shown(stage.step.name)} depends on {shown(name)}, a file of one machine"
        yield Gap(GapKind.UNTRACKED, name, message, where, f"run `dvc import-url {name}` and depend on the result")


def _is_commit(rev_lock: str) -> bool:
    return len(rev_lock) in _COMMIT_DIGITS and all(digit in "0123456789abcdef" for digit in rev_lock)


def _unknown_root(stage: Stage) -> Gap:
    what = "was added by hand" if not stage.step.cmd else "is made from nothing that is recorded"
    return Gap(
        GapKind.ROOT_UNKNOWN,
        _made(stage),
        f"{shown(_made(stage))} {what}, and nothing says where it comes from",
        stage.step.definition,
        f"add `meta: {{source: ...}}` or a `desc` to {stage.step.definition.path}, or declare the sources in the card",
    )


def _cycle(stage: Stage) -> Gap:
    message = f"the trail of {shown(_made(stage))} leads back to itself, so it has no source"
    return Gap(GapKind.ROOT_UNKNOWN, _made(stage), message, stage.step.definition, "break the cycle of stages")


def _roots(stage: Stage, discovery: Discovery) -> Iterator[str]:
    """Where the trail ends at this stage: addresses outside, else its own outs when nothing tracked leads to it."""
    outside = [dep for dep in stage.step.deps if dep.kind != "path"]
    for dep in outside:
        if dep.kind == "import":
            yield f"{dep.url}#{dep.path}"
        elif dep.kind == "db":
            yield f"db:{dep.url or ''}#{dep.path}"
        else:
            yield dep.url or dep.path
    if not outside and not _producers_of(stage, discovery):
        yield from (out.path for out in stage.step.outs)


def _made(stage: Stage) -> str:
    return stage.step.outs[0].path if stage.step.outs else stage.step.name
