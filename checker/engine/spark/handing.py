"""How evidence gets from workers to the driver: through the folder they share, or through a shared store."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from checker.discover.objects import ObjectStore
from checker.engine.kernels import verify_one
from checker.engine.seam import Descriptor, Work
from checker.engine.spark.publishing import Publishing
from checker.engine.spark.rows import Sent
from checker.engine.spark.session import Session
from checker.errors import EngineError, UsageError
from checker.measure.shards import ObjectSource, recall
from checker.store import EvidenceCache
from checker.store.entries import COMPOSITION, TEXT, Name
from checker.store.shared import LAYOUT, SharedStore
from checker.store.signing import SUFFIX, UNSIGNED, Signed, signature_of, signing_key
from checker.store.transfer import push

_AT_ONCE = 8


class Handing(NamedTuple):
    """`store` and `cache` are what workers get. No secret of this machine is in them.

    `publishing` is None where workers write into the folder of `cache` themselves.
    """

    store: ObjectSource
    cache: EvidenceCache
    publishing: Publishing | None
    folder: Path
    key: bytes | None = None

    def lend(self, descriptors: Sequence[Descriptor]) -> None:
        """Put into the shared store what only this machine knows of the shards: kernels may begin with it."""
        if self.publishing is None:
            return
        here = EvidenceCache(self.folder)
        names = [name for one in descriptors for name in _begun_with(one, here)]
        if names:
            push(self.folder, self.publishing.store, names, self.key)

    def receive(self, sent: Sequence[Sent]) -> None:
        """See that what workers have sent has come, and sign it. Raises EngineError, EvidenceUnreachable."""
        if self.publishing is None:
            return
        store = self.publishing.store
        for one in sent:
            _must_have_come(store, one.name)
        if self.key is not None:
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="headwater-sign") as pool:
                list(pool.map(self._sign, sent))

    def _sign(self, sent: Sent) -> None:
        if self.publishing is None or self.key is None or sent.name.kind in UNSIGNED:
            return
        with tempfile.NamedTemporaryFile(prefix="headwater-", suffix=SUFFIX) as file:
            file.write(signature_of(sent.name, sent.digest, self.key))
            file.flush()
            self.publishing.store.write(sent.name, Path(file.name), SUFFIX)


def handing(session: Session, work: Work) -> Handing:
    """Raises UsageError where workers have nowhere to put evidence that this process would find."""
    cache, folder = work.cache, work.cache.path
    if folder is None or not cache.writable:
        raise UsageError(
            cache.note or "there is no folder to keep the evidence in",
            hint="set HEADWATER_CACHE_DIR to one that can be written",
        )
    if session.local:
        return Handing(work.store, EvidenceCache(folder), None, folder)
    store, *others = stores_of(cache)
    key = signing_key(os.environ)
    signed = cache.shared is not None and cache.shared.signed is Signed.REQUIRED
    if signed and key is None:
        raise UsageError(
            "evidence has to be signed (headwater.yaml), and this machine holds no key to sign what workers measure",
            hint="set HEADWATER_EVIDENCE_KEY here; workers do not need it",
        )
    # Who holds bytes against what is kept has to find that, and makes nothing that could be signed.
    publishing = Publishing(store, not signed or work.kernel is verify_one, tuple(others))
    return Handing(_for_strangers(work.store), EvidenceCache(None), publishing, folder, key)


def stores_of(cache: EvidenceCache) -> tuple[SharedStore, ...]:
    """The stores as another machine reaches them, with credentials of its own: the one to write to, then the others."""
    stores = cache.shared.stores if cache.shared is not None else ()
    first = next((one for one in stores if one.writable), None)
    if first is None:
        raise UsageError(
            "workers of another machine need a shared store for the evidence, and none that can be written to is named",
            hint="give one with --store (s3://…, a folder that all machines mount), or name it in headwater.yaml",
        )
    ordered = (first, *(one for one in stores if one is not first))
    return tuple(SharedStore(one.address._replace(connect=None)) for one in ordered)


def _begun_with(descriptor: Descriptor, here: EvidenceCache) -> Iterator[Name]:
    """The entries that this machine may have and a kernel begins with."""
    if descriptor.text is not None:
        yield descriptor.text.name
        return
    found = recall(descriptor.task, descriptor.plan, here)
    if found is not None:
        yield Name(found.key, COMPOSITION)
        if found.text is not None:
            yield Name(found.text.key, TEXT)


def _for_strangers(store: ObjectSource) -> ObjectSource:
    """Without the DVC configuration of this machine and its user, which may hold passwords."""
    return store.for_another_machine() if isinstance(store, ObjectStore) else store


def _must_have_come(store: SharedStore, name: Name) -> None:
    """A folder of that name on the worker's own disk would have taken it. Object stores have said that they have it."""
    folder = store.address.folder
    if folder is not None and not (folder / LAYOUT / name.path).is_file():
        raise EngineError(
            f"a worker has put {name.path} into {store.address.url}, and this machine does not find it there",
            hint="mount the same folder on all machines, or name a store that all of them reach (--store s3://…)",
        )
