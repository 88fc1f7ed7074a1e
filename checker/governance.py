"""Which policies and settings judge: at `pr` and `release` those of the trusted revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checker.discover import Problem, remote_config_changes
from checker.discover.repository import Repository
from checker.discover.tree import SYMLINK, Tree
from checker.errors import HeadwaterError, PolicyError
from checker.globs import matches
from checker.model.dataset import Dataset, DatasetVersion
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, Policy, Stage
from checker.model.report import PolicyStamp
from checker.policy.load import default_policies, load_policies
from checker.policy.settings import Settings, load_settings

SETTINGS = "headwater.yaml"
MISNAMED = ("headwater.yml", ".headwater.yaml", ".headwater.yml")


class Rules(NamedTuple):
    """What judges. `trusted` is the tree the policies came from when that is not the judged one."""

    settings: Settings
    policies: tuple[Policy, ...]
    proposed: tuple[Policy, ...] = ()
    trusted: Tree | None = None
    findings: tuple[Outcome, ...] = ()
    notes: tuple[str, ...] = ()


def read(repository: Repository, head: Tree, stage: Stage, policy_ref: str | None) -> Rules:
    """Load the policies that bind. Raises PolicyError or YamlError (exit 2) when they are wrong."""
    if stage in (Stage.COMMIT, Stage.PUSH) and policy_ref is None:
        settings, policies, notes = _load(head)
        return Rules(settings, policies, notes=notes)
    trusted = repository.revision(repository.trusted_revision(policy_ref))
    settings, policies, notes = _load(trusted)
    proposed, findings = _proposed(trusted, head, settings)
    return Rules(
        settings,
        policies,
        proposed,
        trusted,
        (*findings, *_remote_findings(trusted, head)),
        notes,
    )


def stamps(rules: Rules) -> tuple[PolicyStamp, ...]:
    """What the report says of the policies."""
    return (
        *(PolicyStamp(policy.id, policy.version, policy.digest, policy.revision) for policy in rules.policies),
        *(PolicyStamp(policy.id, policy.version, policy.digest, policy.revision, True) for policy in rules.proposed),
    )


def built_in(
    name: str, status: Status, message: str, location: Location, fix: str = "", *, dataset: str = ""
) -> Outcome:
    """An outcome of headwater itself rather than of a policy's rule; `fail` and `not-evaluated` block."""
    blocking = status in (Status.FAIL, Status.NOT_EVALUATED)
    return Outcome(
        rule=f"headwater/{name}",
        check=name,
        status=status,
        level=Level.BLOCK if blocking else Level.WARN,
        dataset=dataset,
        message=message,
        location=location,
        fix=fix,
        reason=message if status is Status.NOT_EVALUATED else "",
        blocking=blocking,
    )


def outcomes(
    rules: Rules, problems: tuple[Problem, ...], passed_over: tuple[DatasetVersion, ...]
) -> tuple[Outcome, ...]:
    """What headwater itself has to say: of the change's policies, of metadata it cannot read, of outs left unjudged.

    The last only where a trusted policy judges: there nothing may slip out unseen by being called a model.
    """
    broken = (
        built_in("dvc-metadata", Status.FAIL, problem.message, problem.location, problem.fix) for problem in problems
    )
    unjudged = (
        built_in(
            "not-judged",
            Status.WARN,
            f"{version.path} counts as a {version.type or 'model' if version.role == 'out' else version.role}, "
            "so no policy judges it",
            version.definition,
            "if it is data, name it in headwater.yaml or in a policy's select",
            dataset=version.path,
        )
        for version in passed_over
        if rules.trusted is not None
    )
    return (*rules.findings, *broken, *unjudged)


def ungoverned(datasets: Iterable[Dataset]) -> tuple[Outcome, ...]:
    """What is said of new data that no rule is for: else it would come in without a word."""
    return tuple(
        built_in(
            "not-judged",
            Status.WARN,
            f"{dataset.name} is {'changed' if dataset.base else 'new'}, and no rule of a policy is for it",
            dataset.version.definition,
            "move it to where a policy's select reaches, or add a policy for it",
            dataset=dataset.name,
        )
        for dataset in datasets
    )


def _load(tree: Tree) -> tuple[Settings, tuple[Policy, ...], tuple[str, ...]]:
    """Settings, policies, and a note where the shipped pack stands in for policies that are not there."""
    _refuse_links(tree, (SETTINGS,))
    settings = load_settings(tree.read(SETTINGS) if SETTINGS in tree.entries() else None, SETTINGS)
    strays = tuple(_strays(tree, settings))
    paths = policy_paths(tree, settings)
    _refuse_links(tree, paths)
    files = tree.read_many(paths)
    if settings.policies and not files:
        named = ", ".join(settings.policies)
        raise PolicyError(
            f"headwater.yaml names policies by {named}, which no file of {tree.snapshot.label} fits",
            hint="add the policy file, or leave the key out: then policies/*.yaml or baseline@1 applies",
            location=Location(SETTINGS),
        )
    if not files:
        absent = f"no policy in {tree.snapshot.label}: baseline@1, as shipped, applies"
        return settings, default_policies(), (absent, *strays)
    return settings, load_policies(files, tree.snapshot.label), strays


def _refuse_links(tree: Tree, paths: Iterable[str]) -> None:
    """A policy behind a symlink would go unread, and what it demands unnoticed."""
    entries = tree.entries()
    for path in sorted(paths):
        if path in entries and entries[path].mode == SYMLINK:
            raise PolicyError(
                f"{path} is a symlink, which is not followed",
                hint="put the file itself there",
                location=Location(path),
            )


def _strays(tree: Tree, settings: Settings) -> Iterator[str]:
    """Files that look as if they ruled, and do not."""
    entries = tree.entries()
    yield from (f"{name} is not read: the settings are {SETTINGS}" for name in MISNAMED if name in entries)
    if not settings.policies:
        below = sorted(path for path in entries if path.startswith("policies/") and path.endswith((".yaml", ".yml")))
        for path in below:
            if not _is_policy(path, ()):
                yield f"{path} is not read: name policies/** under policies in {SETTINGS}, or move it into policies"


def policy_paths(tree: Tree, settings: Settings) -> frozenset[str]:
    """The policy files of a snapshot: those that `headwater.yaml` names, else `policies/*.yaml`."""
    return frozenset(path for path in tree.entries() if _is_policy(path, settings.policies))


def demands(path: str, settings: Settings) -> bool:
    """Whether the file says what is demanded: the settings, or what counts as a policy."""
    return path == SETTINGS or _is_policy(path, settings.policies)


def _is_policy(path: str, globs: tuple[str, ...]) -> bool:
    if globs:
        return any(matches(glob, path) for glob in globs)
    folder, _, name = path.rpartition("/")
    return folder == "policies" and name.endswith((".yaml", ".yml"))


def _proposed(trusted: Tree, head: Tree, settings: Settings) -> tuple[tuple[Policy, ...], tuple[Outcome, ...]]:
    """The policies of the judged tree when they differ: they inform, they do not bind."""
    watched = {SETTINGS, *policy_paths(trusted, settings), *policy_paths(head, settings)}
    old, new = trusted.entries(), head.entries()
    changed = sorted(path for path in watched if old.get(path) != new.get(path))
    if not changed:
        return (), ()
    finding = built_in(
        "policy-changed",
        Status.WARN,
        f"{', '.join(changed)} differ from the trusted revision {trusted.snapshot.label}, whose policies bind",
        Location(changed[0], 1),
        "have the owners of the policy review this change; it binds once it is merged",
    )
    try:
        _, proposed, _ = _load(head)
    except HeadwaterError as error:
        broken = built_in(
            "policy-invalid",
            Status.FAIL,
            f"the proposed policy cannot be read: {error}",
            error.location or finding.location,
        )
        return (), (finding, broken)
    return proposed, (finding,)


def _remote_findings(trusted: Tree, head: Tree) -> tuple[Outcome, ...]:
    return tuple(
        built_in("remote-config", Status.WARN, problem.message, problem.location, problem.fix)
        for problem in remote_config_changes(trusted, head)
    )
