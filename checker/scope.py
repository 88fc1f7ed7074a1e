"""Which datasets a change touches: what is judged, before anything is gathered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from checker.discover import Discovery, discover, lineage_of
from checker.discover.cards import card_paths
from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.errors import DatasetError, UsageError
from checker.globs import matches
from checker.governance import Rules, demands
from checker.model.dataset import Dataset, DatasetSettings, DatasetVersion
from checker.model.lineage import Step
from checker.policy.settings import Settings

DEFINITIONS = (".dvc", "dvc.yaml", "dvc.lock")
MODEL_SUFFIXES = (".pkl", ".pt", ".pth", ".bin", ".onnx", ".safetensors", ".h5", ".joblib", ".ckpt", ".gguf", ".model")


class Found(NamedTuple):
    """The datasets to judge, and the two states they were found in. `complete`: these are all datasets of `head`.

    `passed_over` are outs that look like models, metrics or plots, which data policies leave alone. `rules_changed`:
    the change touches a file that rules.
    """

    datasets: tuple[Dataset, ...]
    head: Discovery
    base: Discovery
    complete: bool
    passed_over: tuple[DatasetVersion, ...] = ()
    notes: tuple[str, ...] = ()
    rules_changed: bool = False


def find(repository: Repository, base: Tree, head: Tree, rules: Rules, *, everything: bool) -> Found:
    """The governed datasets of `head` that differ from `base`, or all of them."""
    changed = repository.changed_paths(base, head)
    rules_changed = any(demands(path, rules.settings) for path in changed)
    everything = everything or rules_changed
    only = None if everything else _definitions(changed, head)
    now, before = _discover(head, only), _before(base, only)
    by_path = {version.path: version for version in before.versions}
    gone = sorted(by_path.keys() - {version.path for version in now.versions})
    trails = _Trails(now, before)
    datasets, passed_over = [], []
    for version in now.versions:
        if is_no_data(version, rules):
            passed_over.append(version)
            continue
        dataset = _dataset(version, by_path.get(version.path), head, rules.settings)
        if everything or _touched(dataset, changed, gone, trails):
            datasets.append(dataset)
    notes = [f"{path} is no longer tracked by DVC" for path in gone]
    if everything:
        notes += _idle_settings(rules.settings, now)
    return Found(tuple(datasets), now, before, everything, tuple(passed_over), tuple(notes), rules_changed)


def only(found: Found, names: Collection[str]) -> Found:
    """The same with these datasets alone. Raises UsageError for a name that there is not, with the nearest one."""
    from checker.policy.nearest import did_you_mean

    known = {dataset.name: dataset for dataset in found.datasets}
    for name in names:
        if name not in known:
            raise UsageError(f"there is no dataset {name} here", hint=did_you_mean(name, known))
    return found._replace(datasets=tuple(known[name] for name in names), complete=False)


def _idle_settings(settings: Settings, found: Discovery) -> Iterator[str]:
    """Entries of `headwater.yaml` that are for no dataset, most likely by a typo."""
    for glob, own in settings.datasets:
        if not any(settings.of(version.path) is own for version in found.versions):
            fitting = [version.path for version in found.versions if matches(glob, version.path)]
            why = "an entry before it fits them all" if fitting else "DVC tracks no such path"
            yield f"headwater.yaml: the entry for {glob} is for no dataset: {why}"


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


def _definitions(changed: frozenset[str], head: Tree) -> frozenset[str] | None:
    """The definitions to read; None when the change may touch a card, whose dataset is yet to be found, or all."""
    cards = (".md", ".json", ".jsonld", ".yaml", ".yml")
    if any(path.endswith(cards) and not path.endswith(DEFINITIONS) for path in changed):
        return None
    if any(path.endswith((".dvcignore", ".dvc/config")) for path in changed):
        return None
    pipelines = (path for path in head.entries() if path.rpartition("/")[2] in ("dvc.yaml", "dvc.lock"))
    return frozenset(path for path in changed if path.endswith(DEFINITIONS)).union(pipelines)


def is_no_data(version: DatasetVersion, rules: Rules) -> bool:
    """Metrics, plots and models, unless `headwater.yaml` or a rule's own selection names them as data."""
    if version.role == "out" and version.type != "model" and not version.path.endswith(MODEL_SUFFIXES):
        return False
    globs = (glob for policy in rules.policies for rule in policy.rules for glob in rule.select.datasets)
    return rules.settings.of(version.path) is None and not any(matches(glob, version.path) for glob in globs)


def _dataset(version: DatasetVersion, before: DatasetVersion | None, head: Tree, settings: Settings) -> Dataset:
    """The version with its settings and its possible cards."""
    chosen = settings.of(version.path) or DatasetSettings()
    return Dataset(
        name=version.path,
        version=version,
        settings=chosen,
        base=before,
        changed=before is None or before.hash != version.hash,
        card_paths=card_paths(version.path, head.entries().keys(), chosen.card),
    )


class _Trails:
    """What lies on the way to a dataset: steps, the files they use and make, and whether they are what they were."""

    def __init__(self, now: Discovery, before: Discovery) -> None:
        self._now = now
        self._earlier = {step.name: step for step in before.steps}
        self._params = {stage.step.name: {use.path for use in stage.params} for stage in now.stages if stage.params}

    def steps_to(self, version: DatasetVersion) -> tuple[Step, ...]:
        """The ancestors' steps and its own; no list of shards is fetched for it."""
        return lineage_of(version, self._now, lambda version: version.shards).steps

    def files_of(self, steps: tuple[Step, ...]) -> set[str]:
        """Dependencies, parameter files and outs: a parameter that changed, or an out kept in git, counts too."""
        links = {link.path for step in steps for link in (*step.deps, *step.outs)}
        return links.union(*(self._params.get(step.name, ()) for step in steps))

    def is_other(self, step: Step) -> bool:
        """Whether a step reads differently than before: a file of `vars` changes it without touching `dvc.yaml`."""
        return self._earlier.get(step.name, step) != step


def _touched(dataset: Dataset, changed: frozenset[str], gone: Collection[str], trails: _Trails) -> bool:
    """Whether the change alters the dataset, its card, or anything on the way to it."""
    if dataset.version.definition.path in changed:
        return True
    if card_paths(dataset.version.path, changed, dataset.settings.card):
        # Also a card that the change takes away.
        return True
    steps = trails.steps_to(dataset.version)
    used = trails.files_of(steps)
    if any(_overlaps(path, folder) for path in used for folder in gone):
        # What the change stops tracking has no version any more, and its definition is on no way to the dataset.
        return True
    return any(step.definition.path in changed or trails.is_other(step) for step in steps) or any(
        path in used or any(path.startswith(f"{folder}/") for folder in used) for path in changed
    )


def _overlaps(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")
