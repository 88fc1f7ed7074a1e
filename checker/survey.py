"""What there is to measure in a snapshot: datasets, their shards, and which of them are known already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from checker import governance
from checker.discover import open_repository
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import UsageError
from checker.globs import matches
from checker.model.composition import Absence, Unmeasured
from checker.model.dataset import Dataset, DatasetSettings
from checker.model.policy import Stage
from checker.scope import Found, find
from checker.shards import Store, with_shards

if TYPE_CHECKING:
    from checker.engine.seam import Descriptor
    from checker.engine.slices import Slice
    from checker.store.entries import Name

DEFINITION = ".dvc"


class Target(NamedTuple):
    """What is to be measured: of the index, or of `rev`; all data, `everything` DVC tracks, or what `paths` name.

    With `trusted`, settings and remotes are those of `policy_ref` (by default the default branch), as at stage pr.
    """

    folder: str = "."
    rev: str | None = None
    paths: tuple[str, ...] = ()
    everything: bool = False
    trusted: bool = False
    policy_ref: str | None = None


class Scene(NamedTuple):
    """A repository, the datasets chosen in its state `head`, and the tree whose `.dvc/config` is believed."""

    repository: Repository
    head: Tree
    datasets: tuple[Dataset, ...]
    config: Tree
    rules: governance.Rules


class Survey(NamedTuple):
    """The shards to measure, each content once, and the datasets whose shards are not known.

    `lists` are the entries that hold the lists of shards, each with the path of its dataset; so are `rollups`, which
    hold what is known of all its shards.
    """

    descriptors: tuple[Descriptor, ...]
    datasets: tuple[str, ...]
    unlisted: tuple[tuple[str, Unmeasured], ...] = ()
    lists: tuple[tuple[Name, str], ...] = ()
    rollups: tuple[tuple[Name, str], ...] = ()


def open_scene(target: Target) -> Scene:
    """The datasets that a command names. Raises UsageError for a name that fits none, and where there is no dataset."""
    repository = open_repository(target.folder)
    if target.rev or target.policy_ref:
        from checker.discover.ambiguous import refuse_ambiguous

        refuse_ambiguous(repository, (target.rev, target.policy_ref))
    head = repository.revision(target.rev) if target.rev else repository.index()
    stage = Stage.PR if target.trusted else Stage.COMMIT
    rules = governance.read(repository, head, stage, target.policy_ref)
    found = find(repository, repository.empty(), head, rules, everything=True)
    datasets = tuple(_chosen(target, found, rules))
    if not datasets:
        raise UsageError(f"no dataset in {head.snapshot.label} to measure", hint=_how_to_track(found))
    return Scene(repository, head, datasets, rules.trusted or head, rules)


def survey(scene: Scene, store: Store, share: Slice | None, *, signatures: bool, backend: str) -> Survey:
    """Every shard of the datasets that is in the share; the same content under the same settings comes once."""
    from checker.engine.seam import Descriptor
    from checker.measure.names import rollup_name
    from checker.measure.shards import Plan, key_of, tasks_of
    from checker.store.lists import list_name

    descriptors: dict[str, Descriptor] = {}
    unlisted, lists, rollups = [], [], []
    for dataset in scene.datasets:
        version = with_shards(dataset, store, base=False).version
        if version.shards is None:
            reason = version.shards_problem or f"{version.path} has no hash yet"
            fix = version.shards_fix or "run `dvc repro` or `dvc commit`"
            unlisted.append((dataset.name, Unmeasured(version.hash or "", Absence.NO_BYTES, reason, fix)))
            continue
        if version.hash is not None and version.hash.endswith(".dir"):
            lists.append((list_name(version.hash, version.hash_name), version.path))
        rollup = rollup_name(version, dataset.settings)
        if rollup is not None:
            rollups.append((rollup, version.path))
        plan = Plan(text=True, signatures=signatures, settings=dataset.settings, backend=backend)
        for task in tasks_of(((version, shard) for shard in version.shards), dataset.settings):
            if share is None or share.has(task.shard.hash):
                descriptors.setdefault(key_of(task, plan), Descriptor(task, plan))
    names = tuple(dataset.name for dataset in scene.datasets)
    return Survey(tuple(descriptors.values()), names, tuple(unlisted), tuple(lists), tuple(rollups))


def _chosen(target: Target, found: Found, rules: governance.Rules) -> Iterator[Dataset]:
    passed_over = [
        Dataset(version.path, version, rules.settings.of(version.path) or DatasetSettings())
        for version in found.passed_over
    ]
    known = sorted([*found.datasets, *passed_over], key=lambda dataset: dataset.name)
    if target.paths:
        wanted = [_by_name(path, known) for path in target.paths]
        names = {dataset.name for datasets in wanted for dataset in datasets}
        yield from (dataset for dataset in known if dataset.name in names)
    else:
        yield from (known if target.everything else found.datasets)


def _by_name(path: str, known: Sequence[Dataset]) -> list[Dataset]:
    """A dataset by its path, its `.dvc` file, a folder above it, or a glob; all from the top of the repository."""
    name = path.removeprefix("./").rstrip("/").removesuffix(DEFINITION)
    found = [
        dataset
        for dataset in known
        if matches(name, dataset.name) or dataset.name.startswith(f"{name}/") or name == "."
    ]
    if not found:
        raise UsageError(f"{path} names no dataset", hint=_near(name, (dataset.name for dataset in known)))
    return found


def _near(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return (
        f"did you mean {' or '.join(near)}?" if near else "paths are from the top of the repository; see `dvc list .`"
    )


def _how_to_track(found: Found) -> str:
    if found.passed_over:
        return f"{found.passed_over[0].path} counts as a model or metric: name it, or use --all"
    return "track one with `dvc add`, then `git add` its .dvc file"
