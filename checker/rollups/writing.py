"""Writes rollups to a store: what is known of each dataset, and what its rules ask for, worked out once."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from checker.errors import HeadwaterError
from checker.shards import KnownLists, with_shards

if TYPE_CHECKING:
    from checker.discover.objects import ObjectStore
    from checker.model.dataset import Dataset
    from checker.rollups.drafting import Draft
    from checker.store import EvidenceCache
    from checker.store.entries import Name
    from checker.store.rollup import Rollup
    from checker.store.shared import SharedStore
    from checker.survey import Scene


class Written(NamedTuple):
    """How many rollups the store did not have, and why some are not written or not whole."""

    sent: int = 0
    notes: tuple[str, ...] = ()


def expect_rollups(scene: Scene, cache: EvidenceCache, target: SharedStore) -> None:
    """Ask the store for rollups first, where it is the only one: what another one has is to be fetched and sent."""
    from checker.measure.names import rollup_name

    stores = () if cache.shared is None else cache.shared.stores
    if all(store.address.url == target.address.url for store in stores):
        names = (rollup_name(dataset.version, dataset.settings) for dataset in scene.datasets)
        cache.expect_rollups(*((name,) for name in names if name is not None))


def write_rollups(
    scene: Scene,
    folder: Path,
    target: SharedStore,
    *,
    download: bool,
    most_documents: int | None = None,
    done: Callable[[], None] = lambda: None,
) -> Written:
    """Roll up each dataset all of whose evidence is in the folder or the store, and send that to the store.

    What the rules ask of the datasets as they are is worked out and comes along, as far as the bodies of the texts are
    here. Of datasets that have more than `most_documents` together nothing new is worked out, which the notes say.
    `done` is called after each dataset. Raises EvidenceUnreachable.
    """
    from checker.discover.objects import open_store
    from checker.required import ListsAndCards
    from checker.rollups.drafting import Drafting
    from checker.store import EvidenceCache
    from checker.store.sharing import Shared
    from checker.store.signing import Signed, signing_key

    key = signing_key(os.environ)
    # Who signs a rollup vouches for all of it, so what is taken from the store must be signed as well.
    signed = Signed.OPTIONAL if key is None else Signed.REQUIRED
    cache = EvidenceCache(folder, Shared((target,), signed, key))
    lists = KnownLists(lambda: cache, keep=True)
    objects = open_store(scene.repository, scene.config, remotes=download, lists=lists, kind=ListsAndCards)
    with closing(cache), objects as store:
        drafting = Drafting(cache, target, signed, key)
        listed = (with_shards(dataset, lambda: store, base=False) for dataset in scene.datasets)
        drafts = [draft for dataset in listed if (draft := drafting.draft(dataset)) is not None]
        results = _Results(scene, store, folder, drafts, most_documents)
        whole = []
        for draft in drafts:
            whole.append(draft._replace(rollup=results.added(draft)))
            done()
        return _sent(folder, target, key, whole, results.notes)


class _Results:
    """What was worked out of the evidence of drafted rollups, and is worked out now where that can be done."""

    def __init__(
        self, scene: Scene, store: ObjectStore, folder: Path, drafts: Sequence[Draft], most_documents: int | None
    ) -> None:
        from checker.store import EvidenceCache
        from checker.store.results import Results

        cache = EvidenceCache(folder)
        for draft in drafts:
            cache.know(draft.name, draft.rollup)
        documents = sum(head.records for draft in drafts for head in draft.rollup.texts.values())
        self._too_many = documents if most_documents is not None and documents > most_documents else 0
        self.notes: list[str] = []
        self._scene, self._store, self._cache, self._kept = scene, store, cache, Results(cache.derived)

    def added(self, draft: Draft) -> Rollup:
        """The rollup with what its rules ask for; where that cannot be told, with what the store has."""
        from checker.store.results import OF_DATA

        used: Collection[tuple[str, str]] = draft.there.results.keys() if draft.there else ()
        if not self._too_many:
            try:
                used = self._asked(draft.dataset)
            except HeadwaterError as error:
                self.notes.append(f"the rollup of {draft.dataset} holds no new results: {error.message}")
        elif not used and self._reads_text(draft.dataset):
            self.notes.append(
                f"the rollup of {draft.dataset} holds no results: working them out of {self._too_many:,} documents "
                "takes a while, which `headwater evidence push` does"
            )
        bodies = {place: self._kept.body(*place) for place in used if place[0] not in OF_DATA}
        return draft.rollup._replace(results={place: body for place, body in bodies.items() if body is not None})

    def _asked(self, dataset: str) -> Collection[tuple[str, str]]:
        by_name, ask = self._answers
        return ask(by_name[dataset]) if dataset in by_name else ()

    def _reads_text(self, dataset: str) -> bool:
        """Whether some rule asks for more than the counts."""
        from checker import evaluate
        from checker.model.evidence import OF_TEXT, Need
        from checker.model.policy import Stage

        by_name, policies = self._answers[0], self._scene.rules.policies
        found = by_name.get(dataset)
        needs = (evaluate.needs(policies, found, stage) for stage in Stage) if found else ()
        return any(need & (OF_TEXT | {Need.METRICS}) for need in needs)

    @cached_property
    def _answers(self) -> tuple[Mapping[str, Dataset], Callable[[Dataset], Collection[tuple[str, str]]]]:
        """The datasets that rules are for, as a check sees them when nothing has changed."""
        from checker.across.references import References
        from checker.gather import results_by
        from checker.measuring import Effort
        from checker.required import Required
        from checker.scope import find

        scene, store = self._scene, self._store
        found = find(scene.repository, scene.head, scene.head, scene.rules, everything=True)
        references = partial(References, scene.repository, found, scene.rules)
        effort = Effort(lambda: self._cache, required=Required())
        ask = results_by(found, scene.rules, lambda: store, effort, references)
        return {dataset.name: dataset for dataset in found.datasets}, ask


def _sent(folder: Path, target: SharedStore, key: bytes | None, drafts: Sequence[Draft], notes: list[str]) -> Written:
    from checker.store.transfer import push

    fresh: list[Name] = []
    same: list[Name] = []
    for draft in drafts:
        try:
            changed = _kept(folder, draft, notes)
        except (OSError, ValueError) as error:
            notes.append(f"no rollup of {draft.dataset} is written: {error}")
        else:
            (fresh if changed else same).append(draft.name)
    moves = [push(folder, target, fresh, key, anew=True), push(folder, target, same, key)]
    notes += [problem for moved in moves for problem in moved.damaged]
    return Written(sum(len(moved.sent) for moved in moves), tuple(notes))


def _kept(folder: Path, draft: Draft, notes: list[str]) -> bool:
    """Write the rollup to the folder; whether it says something else than the store's. Raises OSError, ValueError."""
    from checker.store.files import write_whole
    from checker.store.rollup import encode_rollup

    rollup = draft.rollup
    try:
        pieces = encode_rollup(draft.name.key, rollup)
    except ValueError as error:
        rollup = rollup._replace(results={})
        pieces = encode_rollup(draft.name.key, rollup)
        notes.append(f"the rollup of {draft.dataset} holds no results: with them {error}")
    target = folder / draft.name.path
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, pieces)
    return rollup != draft.there
