"""What an `evidence` command is about: the repository it runs in, the stores, the entries that may be used there."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from checker.errors import DatasetError, RepositoryError, UsageError

if TYPE_CHECKING:
    from checker.rollups import Written
    from checker.store import EvidenceCache
    from checker.store.addresses import Address
    from checker.store.entries import Name
    from checker.store.holdings import Holding
    from checker.store.shared import SharedStore
    from checker.store.signing import Signed
    from checker.survey import Scene


class Asked:
    """One command. The repository is opened when something depends on it, so that entries can be seen anywhere."""

    def __init__(self, folder: str, store: str | None, rev: str | None, download: bool) -> None:
        self._folder, self._store, self._rev, self._download = folder, store, rev, download
        self._scene: Scene | None = None
        self._believed = True

    def scene(self) -> Scene:
        """The repository and its datasets. Raises RepositoryError, DatasetError or UsageError where there are none."""
        from checker.stores import refuse_tracked_cache
        from checker.survey import Target, open_scene

        if self._scene is None:
            scene = open_scene(Target(self._folder, self._rev, everything=True, trusted=self._download))
            # Whoever signs and pushes what lies there would vouch for what a change brought along.
            self._believed = False
            refuse_tracked_cache(scene.repository)
            self._scene, self._believed = scene, True
        return self._scene

    def scene_or_none(self) -> Scene | None:
        """The same; that there is none is no error, unless a revision was named or the cache is the repository's."""
        try:
            return self.scene()
        except (RepositoryError, DatasetError, UsageError):
            if self._rev or not self._believed:
                raise
            return None

    def used(self, cache: EvidenceCache, *, strict: bool) -> Mapping[Name, tuple[str, str]]:
        """Entry -> dataset and shard (none of a list of shards or a rollup), for all that the snapshot may use.

        Keys are known by the evidence about the text that they follow from, where that lies on this machine.
        Lists that the DVC cache lacks are looked for in `cache`. `strict`: a dataset whose shards are not known is an
        error and lists are kept there, else it is left out and nothing is written.
        """
        from checker.discover.objects import open_store
        from checker.measure.names import all_names
        from checker.shards import KnownLists
        from checker.survey import survey

        scene = self.scene()
        lists = KnownLists(lambda: cache, keep=strict)
        with open_store(scene.repository, scene.config, remotes=self._download, lists=lists) as store:
            found = survey(scene, lambda: store, None, signatures=True, backend="auto")
        if strict and found.unlisted:
            dataset, why = found.unlisted[0]
            raise UsageError(
                f"which evidence {dataset} uses is not known: {why.reason}", hint=f"{why.fix}; or use --download"
            )
        of_datasets = {name: (dataset, "") for name, dataset in (*found.lists, *found.rollups)}
        of_shards = {
            name: (one.task.version.path, one.task.shard.path)
            for one in found.descriptors
            for name in all_names(one.task, one.plan)
        }
        return of_datasets | of_shards | {keys: of_shards[text] for text, keys in _keys_of(of_shards)}

    def addresses(self) -> tuple[Address, ...]:
        """The named store, else those of the settings. Raises UsageError when there is none."""
        from checker.store.addresses import address_of
        from checker.stores import DVC, addresses_of

        outside = self._store is not None and not self._store.startswith(DVC)
        scene = self.scene_or_none() if outside else self.scene()
        if scene is None:
            return (address_of(self._store or "", Path.cwd()),)
        named = [self._store] if self._store else []
        found = addresses_of(scene.repository, scene.config, scene.rules.settings.evidence, named)
        if not found:
            raise UsageError(
                "no evidence store is named", hint="use --store URL, or name stores under `evidence:` in headwater.yaml"
            )
        return found

    def roll_up(self, target: SharedStore) -> Written:
        """Write what is known of the datasets to a store, one entry each. Raises EvidenceUnreachable."""
        from checker.commands.progress import Bar
        from checker.rollups import write_rollups

        scene = self.scene()
        with Bar(len(scene.datasets), 0, "rolling up", "datasets") as bar:
            return write_rollups(scene, local_folder(), target, download=self._download, done=bar.done)

    def target(self) -> SharedStore:
        """The store to write to: the first that can be written to. Raises UsageError when none can."""
        from checker.store.shared import SharedStore

        stores = [SharedStore(address) for address in self.addresses()]
        chosen = next((store for store in stores if store.writable), stores[0])
        chosen.must_be_writable()
        return chosen

    def holding(self) -> Holding:
        """The named store, else the local folder."""
        from checker.store.holdings import LocalHolding, SharedHolding
        from checker.store.shared import SharedStore
        from checker.store.signing import signing_key

        if self._store is None:
            return LocalHolding(local_folder())
        return SharedHolding(SharedStore(self.addresses()[0]), self._signed(), signing_key())

    def cache(self) -> EvidenceCache:
        """The local folder with the stores behind it."""
        from checker.store.opening import open_evidence

        return open_evidence(self.addresses(), folder=local_folder(), signed=self._signed())

    def known(self) -> EvidenceCache:
        """The cache of a command about the named store, else about this machine alone."""
        from checker.store import EvidenceCache

        return EvidenceCache(local_folder()) if self._store is None else self.cache()

    def all_shared(self) -> list[Name]:
        """Every entry of the stores."""
        from checker.store.shared import SharedStore

        return [name for address in self.addresses() for name, _, _ in SharedStore(address).names()]

    def _signed(self) -> Signed:
        from checker.store.signing import Signed

        scene = self.scene_or_none()
        return Signed(scene.rules.settings.evidence.signed) if scene else Signed.OPTIONAL


def _keys_of(names: Iterable[Name]) -> Iterator[tuple[Name, Name]]:
    """Of the entries about text that lie on this machine: the entry, and that of the keys that follow from it."""
    from checker.store import EvidenceCache
    from checker.store.entries import KEYS, TEXT, Name
    from checker.store.keys_layout import key_of_keys

    here = EvidenceCache(local_folder())
    for name in names:
        text = here.text(name.key) if name.kind == TEXT else None
        if text is not None:
            yield name, Name(key_of_keys(text.digest), KEYS)


def local_folder() -> Path:
    """The folder of entries on this machine. Raises UsageError where there is no home to have one in."""
    from checker.store.local import default_folder

    folder = default_folder(os.environ)
    if folder is None:
        raise UsageError("there is no folder of evidence", hint="set HEADWATER_CACHE_DIR to one that can be written")
    return folder
