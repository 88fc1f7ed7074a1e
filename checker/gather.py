"""Collects, for each dataset that the change touches, what the rules ask for."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from checker import evaluate
from checker.discover import Discovery, Problem, discover, lineage_of
from checker.discover.cards import card_paths
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import CardError, DatasetError, ObjectError, RepositoryError
from checker.governance import Rules, policy_paths
from checker.model.card import Card
from checker.model.composition import Composition, Measurement, Unmeasured
from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion, Shard, SnapshotKind
from checker.model.evidence import Evidence, Need
from checker.model.policy import Stage
from checker.model.report import DatasetReport, ShardReport
from checker.policy.settings import Settings

if TYPE_CHECKING:
    from checker.discover.objects import ObjectStore

# What only some policies need (objects, measure, cards) is imported where it is used: a hook that judges lineage alone
# does not pay for it.
Progress = Callable[[int, int, str], None]
Store = Callable[[], "ObjectStore"]
DEFINITIONS = (".dvc", "dvc.yaml", "dvc.lock")
MODEL_SUFFIXES = (".pkl", ".pt", ".pth", ".bin", ".onnx", ".safetensors", ".h5", ".joblib", ".ckpt", ".gguf", ".model")
CARD_HEAD = 65536
NOT_RECORDS = ("readme.md", "license", "license.md", "license.txt", "croissant.json", ".gitattributes", ".gitignore")


class Found(NamedTuple):
    """The datasets to judge, and the two states they were found in."""

    datasets: tuple[Dataset, ...]
    head: Discovery
    base: Discovery
    problems: tuple[Problem, ...]
    notes: tuple[str, ...] = ()


def find(repository: Repository, base: Tree, head: Tree, rules: Rules, *, everything: bool) -> Found:
    """The governed datasets of `head` that differ from `base`, or all of them."""
    changed = repository.changed_paths(base, head)
    everything = everything or _policy_changed(changed, base, head, rules.settings)
    only = None if everything else _definitions(changed, head)
    now, before = _discover(head, only), _before(base, only)
    by_path = {version.path: version for version in before.versions}
    datasets = tuple(
        dataset
        for version in now.versions
        if (dataset := _dataset(version, by_path.get(version.path), head, rules.settings)) is not None
        and (everything or _touched(dataset, changed, now))
    )
    gone = sorted(by_path.keys() - {version.path for version in now.versions})
    notes = tuple(f"{path} is no longer tracked by DVC" for path in gone)
    return Found(datasets, now, before, now.problems, notes)


def evidence(
    found: Found, rules: Rules, stage: Stage, store: Store, budget: float | None, progress: Progress | None
) -> Mapping[str, Evidence]:
    """Evidence by dataset name: only what some rule of this stage needs is read or measured."""
    deadline = None if budget is None else time.monotonic() + budget
    gathered = {}
    for dataset in found.datasets:
        wanted = evaluate.needs((*rules.policies, *rules.proposed), dataset, stage)
        gathered[dataset.name] = _evidence_for(dataset, wanted, found, store, deadline, progress)
    return gathered


def describe(gathered: Mapping[str, Evidence]) -> tuple[DatasetReport, ...]:
    """What the report shows of each judged dataset."""
    return tuple(_describe(evidence) for evidence in gathered.values())


def _before(tree: Tree, only: frozenset[str] | None) -> Discovery:
    """The metadata of the base; a base from before `dvc init` holds no datasets."""
    try:
        return discover(tree, only)
    except DatasetError:
        return Discovery(tree, (), (), (), ())


def _discover(tree: Tree, only: frozenset[str] | None) -> Discovery:
    """Read the DVC metadata; with `only`, also the definitions of what the pipelines use."""
    first = discover(tree, only)
    if only is None:
        return first
    entries = tree.entries().keys()
    made = {version.path for version in first.versions}
    used = {link.path for step in first.steps for link in step.deps if link.kind == "path"} - made - entries
    missing = {_definition_of(path, entries) for path in used}
    if None in missing:
        # Some dependency is defined under a name of its own: only reading all definitions can tell.
        return discover(tree, None)
    return discover(tree, only | {path for path in missing if path}) if missing else first


def _definition_of(path: str, existing: Collection[str]) -> str | None:
    """The `.dvc` file that by its name defines a path or a folder above it."""
    parts = path.split("/")
    candidates = ("/".join(parts[:end]) + ".dvc" for end in range(len(parts), 0, -1))
    return next((name for name in candidates if name in existing), None)


def _policy_changed(changed: frozenset[str], base: Tree, head: Tree, settings: Settings) -> bool:
    watched = {"headwater.yaml", *policy_paths(head, settings), *policy_paths(base, settings)}
    return bool(changed & watched)


def _definitions(changed: frozenset[str], head: Tree) -> frozenset[str] | None:
    """The definitions to read; None when the change may touch a card, whose dataset is yet to be found."""
    cards = (".md", ".json", ".jsonld", ".yaml", ".yml")
    if any(path.endswith(cards) and not path.endswith(DEFINITIONS) for path in changed):
        return None
    pipelines = (path for path in head.entries() if path.rpartition("/")[2] in ("dvc.yaml", "dvc.lock"))
    return frozenset(path for path in changed if path.endswith(DEFINITIONS)).union(pipelines)


def _dataset(version: DatasetVersion, before: DatasetVersion | None, head: Tree, settings: Settings) -> Dataset | None:
    """The version with its settings and card; None for metrics, plots and models, which no data policy governs."""
    own = settings.of(version.path)
    if own is None and (version.role != "out" or version.type == "model" or version.path.endswith(MODEL_SUFFIXES)):
        return None
    chosen = own or DatasetSettings()
    return Dataset(
        name=version.path,
        version=version,
        settings=chosen,
        base=before,
        changed=before is None or before.hash != version.hash,
        card_paths=card_paths(version.path, head.entries().keys(), chosen.card),
    )


def _touched(dataset: Dataset, changed: frozenset[str], found: Discovery) -> bool:
    """Whether the change alters the dataset, its card, or anything on the way to it."""
    if dataset.version.definition.path in changed:
        return True
    if card_paths(dataset.version.path, changed, dataset.settings.card):
        # Also a card that the change takes away.
        return True
    lineage = lineage_of(dataset.version, found, lambda version: version.shards)
    used = {link.path for step in lineage.steps for link in step.deps}
    return any(step.definition.path in changed for step in lineage.steps) or any(
        path in used or any(path.startswith(f"{folder}/") for folder in used) for path in changed
    )


def _evidence_for(
    dataset: Dataset,
    wanted: frozenset[Need],
    found: Found,
    store: Store,
    deadline: float | None,
    progress: Progress | None,
) -> Evidence:
    measured = bool(wanted & {Need.COMPOSITION, Need.TEXT})
    if measured or Need.SHARDS in wanted:
        dataset = _with_shards(dataset, store, base=Need.BASE in wanted)
    card, problem = _card(dataset, found.head.tree, store) if Need.CARD in wanted else (None, None)

    def measure(version: DatasetVersion) -> Mapping[str, Measurement | Unmeasured]:
        return _measure(version, dataset.settings, store, deadline, progress, text=Need.TEXT in wanted)

    measurements = measure(dataset.version) if measured else {}
    base = dataset.base if measured and Need.BASE_COMPOSITION in wanted else None
    return Evidence(
        dataset=dataset,
        card=card,
        card_problem=problem,
        base_card=_base_card(dataset, found.base.tree) if Need.CARD in wanted and Need.BASE in wanted else None,
        lineage=lineage_of(dataset.version, found.head, _manifests(store)) if Need.LINEAGE in wanted else None,
        measurements=measurements,
        base_measurements={**measurements, **measure(_only_there(base, measurements))} if base else {},
    )


def _only_there(base: DatasetVersion, measured: Collection[str]) -> DatasetVersion:
    """The base with the shards that the judged version does not have: the others are measured already."""
    return base._replace(shards=tuple(shard for shard in base.shards or () if shard.hash not in measured))


def _with_shards(dataset: Dataset, store: Store, *, base: bool) -> Dataset:
    before = _records_only(_listed(dataset.base, store)) if base and dataset.base is not None else dataset.base
    return dataset._replace(version=_records_only(_listed(dataset.version, store)), base=before)


def _listed(version: DatasetVersion, store: Store) -> DatasetVersion:
    """The version with its shards, or with the reason why the list of them could not be had."""
    if version.shards is not None or version.hash is None:
        return version
    try:
        return version._replace(shards=store().manifest(version))
    except (ObjectError, DatasetError) as error:
        return version._replace(shards_problem=str(error))


def _manifests(store: Store) -> Callable[[DatasetVersion], tuple[Shard, ...] | None]:
    return lambda version: _listed(version, store).shards


def _records_only(version: DatasetVersion) -> DatasetVersion:
    """The version without the files among its shards that hold no records: card, license, git's own."""
    if version.shards is None:
        return version
    kept = tuple(shard for shard in version.shards if shard.path.rpartition("/")[2].lower() not in NOT_RECORDS)
    return version._replace(shards=kept)


def _measure(
    version: DatasetVersion,
    settings: DatasetSettings,
    store: Store,
    deadline: float | None,
    progress: Progress | None,
    *,
    text: bool,
) -> Mapping[str, Measurement | Unmeasured]:
    from checker.measure import EvidenceCache, Plan, measure_shards

    left = None if deadline is None else max(0.0, deadline - time.monotonic())
    shards = [(version, shard) for shard in version.shards or ()]
    plan = Plan(text=text, settings=settings)
    return measure_shards(shards, store(), plan, EvidenceCache.default(), budget_seconds=left, progress=progress)


def _card(dataset: Dataset, tree: Tree, store: Store) -> tuple[Card | None, str | None]:
    """The first card that can be read, in the order of `docs/cards.md`; else why there is none."""
    card, problem = _tracked_card(dataset.card_paths, tree, dataset.settings.card)
    if card is None:
        card = _card_among_shards(dataset.version, store)
    return card, None if card else problem or _named_but_absent(dataset)


def _tracked_card(paths: tuple[str, ...], tree: Tree, named: str | None) -> tuple[Card | None, str | None]:
    """The first of the paths that is a card: named as one, or looking like one (a project's README.md does not).

    A broken card is not passed over for a weaker one behind it.
    """
    from checker.read.cards import card_format, read_card

    for path in paths:
        try:
            data = tree.read(path)
            if path == named or card_format(path, data[:CARD_HEAD]) is not None:
                return read_card(path, data), None
        except (CardError, RepositoryError) as error:
            return None, str(error)
    return None, None


def _card_among_shards(version: DatasetVersion, store: Store) -> Card | None:
    """The README.md that DVC tracks inside the dataset; its bytes are verified by hash like any shard's."""
    from checker.read.cards import read_card

    listed = _listed(version, store)
    for shard in listed.shards or ():
        if shard.path.lower() == "readme.md":
            try:
                with store().open(listed, shard) as stream:
                    return read_card(f"{version.path}/{shard.path}", stream.read())
            except (ObjectError, CardError):
                return None
    return None


def _named_but_absent(dataset: Dataset) -> str | None:
    named = dataset.settings.card
    return f"headwater.yaml names the card {named}, which git does not track" if named else None


def _base_card(dataset: Dataset, tree: Tree) -> Card | None:
    if tree.snapshot.kind is SnapshotKind.EMPTY:
        return None
    paths = card_paths(dataset.version.path, tree.entries().keys(), dataset.settings.card)
    return _tracked_card(paths, tree, dataset.settings.card)[0]


def _describe(evidence: Evidence) -> DatasetReport:
    version = evidence.dataset.version
    measured = {key: found for key, found in evidence.measurements.items() if isinstance(found, Measurement)}
    shards = tuple(
        ShardReport(
            shard.path,
            shard.hash,
            shard.size_bytes,
            measured[shard.hash].composition if shard.hash in measured else None,
        )
        for shard in version.shards or ()
    )
    parts = [shard.composition for shard in shards if shard.composition is not None]
    return DatasetReport(
        name=evidence.dataset.name,
        path=version.path,
        hash=version.hash,
        shards=shards,
        shard_count=len(shards) if version.shards is not None else version.file_count,
        card=evidence.card.path if evidence.card else None,
        composition=_merged(parts) if parts else None,
        lineage=evidence.lineage,
    )


def _merged(parts: list[Composition]) -> Composition:
    from checker.measure import merge

    return merge(parts)
