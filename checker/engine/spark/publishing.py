"""The evidence of a worker that shares no folder with the driver: made in a scratch folder, put into a shared store."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from checker.engine.seam import Measured, Named
from checker.engine.spark.rows import Sent
from checker.errors import EvidenceUnreachable
from checker.store import EvidenceCache
from checker.store.entries import KINDS, Name
from checker.store.receiving import content_digest
from checker.store.shared import SharedStore
from checker.store.sharing import Shared

Found = TypeVar("Found")


class Publishing(NamedTuple):
    """`store` is where entries go, `others` are read, too. `recall`: what lies there is believed; not where it would
    have to be signed, since workers hold no secret."""

    store: SharedStore
    recall: bool
    others: tuple[SharedStore, ...] = ()


class Desk:
    """A scratch folder for one shard, with the shared stores behind it."""

    def __init__(self, folder: Path, publishing: Publishing) -> None:
        self._folder, self._store = folder, publishing.store
        self._behind = _Fetching((publishing.store, *publishing.others))
        self.cache = EvidenceCache(folder, self._behind if publishing.recall else None)

    def bring(self, named: Named | None) -> None:
        """Fetch what the kernel works on, where it would find nothing: by its content it is known to be the right one.

        The kernel holds it against the digest.
        """
        if named is not None and self.cache.shared is None:
            EvidenceCache(self._folder, self._behind).prefetch([named.name])

    def publish(self, result: Measured) -> tuple[Sent, ...]:
        """Hand over what was made for the result. Raises EvidenceUnreachable."""
        keys = dict.fromkeys(key for key in (result.text_key, result.key) if key)
        names = [name for key in keys for kind in KINDS if self.cache.has(name := Name(key, kind))]
        return tuple(self._sent(name) for name in names if name not in self._behind.fetched)

    def _sent(self, name: Name) -> Sent:
        file = self._folder / name.path
        digest = content_digest(name, file)
        self._store.write(name, file)
        return Sent(name, digest)


class _Fetching(Shared):
    """Remembers what came from a store: it need not go there again."""

    def __init__(self, stores: Sequence[SharedStore]) -> None:
        super().__init__(stores)
        self.fetched: set[Name] = set()

    def find(self, name: Name, target: Path | None, read: Callable[[Path, str], Found]) -> Found | None:
        found = super().find(name, target, read)
        if found is not None:
            self.fetched.add(name)
        return found


@contextmanager
def desk(publishing: Publishing) -> Iterator[Desk]:
    """A desk whose folder is gone afterwards. Raises EvidenceUnreachable where the store cannot be this worker's."""
    must_be_here(publishing.store)
    folder = Path(tempfile.mkdtemp(prefix="headwater-"))
    try:
        yield Desk(folder, publishing)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def must_be_here(store: SharedStore) -> None:
    """Raises EvidenceUnreachable for a folder that is not mounted: it would be made, and the evidence be left here."""
    folder = store.address.folder
    if folder is not None and not folder.is_dir():
        import socket

        raise EvidenceUnreachable(
            f"the evidence store {store.address.url} is no folder of the worker {socket.gethostname()}",
            hint="mount it there under the same path, or name a store that every machine reaches (--store s3://…)",
        )


def keep_compiled_code() -> None:
    """A worker may have no home: compiled code then lies where the machine keeps passing things.

    The kernels look at the folder's owner and mode before they execute what lies there.
    """
    from checker.kernels.compiled import keeping

    if keeping(os.environ).folder is None:
        os.environ["HEADWATER_CACHE_DIR"] = str(Path(tempfile.gettempdir(), f"headwater-{os.getuid()}"))
