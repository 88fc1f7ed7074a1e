"""Which policies and settings judge: at `pr` and `release` those of the trusted revision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from checker import added
from checker.discover import Problem, remote_config_changes
from checker.discover.git import TooLarge
from checker.discover.repository import Repository
from checker.discover.tree import SYMLINK, Tree
from checker.errors import PolicyError
from checker.model.dataset import Dataset, DatasetVersion
from checker.model.location import Location
from checker.model.outcome import Outcome, Status
from checker.model.policy import Level, Policy, Stage
from checker.model.report import PolicyStamp
from checker.policy.packs import Sources
from checker.policy.places import SETTINGS, kind_of
from checker.policy.rulebook import Rulebook, read_rulebook
from checker.policy.settings import Settings, load_settings

LARGEST_PACK = 1024 * 1024
MISNAMED = ("headwater.yml", ".headwater.yaml", ".headwater.yml")


class Rules(NamedTuple):
    """What judges. `trusted` is the tree that the binding rulebook came from, when that is not the judged one.

    `proposed_book` is the one of the judged tree, where it differs: it informs, it does not bind. `anchors` are
    where the change left the trusted history. `fetches` says whether included packs may be asked for.
    """

    book: Rulebook
    proposed_book: Rulebook | None = None
    trusted: Tree | None = None
    findings: tuple[Outcome, ...] = ()
    fetches: bool = False
    anchors: tuple[Tree, ...] = ()

    @property
    def settings(self) -> Settings:
        """The settings that bind."""
        return self.book.settings

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies that bind."""
        return self.book.policies

    @property
    def proposed(self) -> tuple[Policy, ...]:
        """The policies that only inform."""
        return self.proposed_book.policies if self.proposed_book else ()


def read(repository: Repository, head: Tree, stage: Stage, policy_ref: str | None, *, fetch: bool = False) -> Rules:
    """Load the rulebook that binds; `proposals.propose` adds what the judged tree has instead.

    With `fetch` the git repositories that a trusted rulebook includes packs from may be asked for them.
    Raises PolicyError or YamlError (exit 2) when it is wrong.
    """
    if stage in (Stage.COMMIT, Stage.PUSH) and policy_ref is None:
        return Rules(rulebook_of(head, repository.folder))
    trusted = repository.revision(repository.trusted_revision(policy_ref))
    book = rulebook_of(trusted, repository.folder, fetch=fetch)
    return Rules(book, trusted=trusted, findings=_remote_findings(trusted, head), fetches=fetch)


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


def rulebook_of(tree: Tree, plugins_for: str = "", *, fetch: bool = False) -> Rulebook:
    """The rulebook of a snapshot. Raises PolicyError or YamlError where it is wrong.

    `plugins_for` is the folder of the repository that it will judge: only the rulebook that binds has its plug-ins
    take part, and only those that lie outside of that folder. Raises PluginError.
    """
    refuse_links(tree, (SETTINGS,))
    settings = load_settings(tree.read(SETTINGS) if SETTINGS in tree.entries() else None, SETTINGS)
    if plugins_for and (settings.plugins or added.active()):
        from checker import plugins

        plugins.activate(settings.plugins, plugins_for)
    paths = ruling_paths(tree, settings)
    refuse_links(tree, paths)
    book = read_rulebook(tree.read_many(paths), tree.snapshot.label, Sources(included(tree), lambda url: fetch))
    return book._replace(notes=(*book.notes, *_strays(tree, settings)))


def included(tree: Tree) -> Callable[[str], bytes | None]:
    """Reads a pack that is included from the tree itself; None for a file that is not there."""

    def read(path: str) -> bytes | None:
        if path not in tree.entries():
            return None
        refuse_links(tree, (path,))
        data = tree.fetch((path,), max_bytes=LARGEST_PACK)[path]
        if isinstance(data, TooLarge):
            raise too_large(path, data.size_bytes)
        return data

    return read


def too_large(path: str, size_bytes: int) -> PolicyError:
    """What is said of a pack that is none by its size."""
    message = f"{path} has {size_bytes:,} bytes, which no pack has"
    return PolicyError(message, hint="include a smaller file", location=Location(path))


def refuse_links(tree: Tree, paths: Iterable[str]) -> None:
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
            if kind_of(path) is None:
                yield f"{path} is not read: name policies/** under policies in {SETTINGS}, or move it into policies"


def ruling_paths(tree: Tree, settings: Settings) -> frozenset[str]:
    """Every file of a snapshot that rules: settings, policies and their tests, waivers, what lies in governance."""
    return frozenset(path for path in tree.entries() if demands(path, settings))


def demands(path: str, settings: Settings) -> bool:
    """Whether a change of the file may change what is demanded."""
    return kind_of(path, settings.policies) is not None


def _remote_findings(trusted: Tree, head: Tree) -> tuple[Outcome, ...]:
    return tuple(
        built_in("remote-config", Status.WARN, problem.message, problem.location, problem.fix)
        for problem in remote_config_changes(trusted, head)
    )
