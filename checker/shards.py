"""Which shards a dataset version has, and where their bytes come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from checker.errors import DatasetError, HeadwaterError, ObjectError
from checker.model.dataset import Dataset, DatasetVersion, Shard

if TYPE_CHECKING:
    from checker.discover.objects import ObjectStore
    from checker.store import EvidenceCache

# Called for the store, which is opened at the first call: policies of cards and lineage need none.
Store = Callable[[], "ObjectStore"]
# Files that people keep beside the records, in a dataset's top folder and under exactly these names.
_NAMES = ("README.md", "LICENSE", "LICENSE.md", "LICENSE.txt", "croissant.json", ".gitattributes", ".gitignore")
NOT_RECORDS = frozenset(_NAMES).union(name.lower() for name in _NAMES)
MOST_BESIDE_BYTES = 1024 * 1024


class KnownLists:
    """Lists of shards as evidence, which is opened at the first question. With `keep`, lists from elsewhere are kept.

    A commit hook does not keep them: it would pay for writing what the next push or `headwater measure` writes.
    """

    def __init__(self, open_cache: Callable[[], EvidenceCache], *, keep: bool) -> None:
        self._open_cache, self._keep = open_cache, keep

    def get(self, oid: str, hash_name: str) -> bytes | None:
        """As `checker.discover.manifest.Lists`."""
        return self._open_cache().shard_list(oid, hash_name)

    def put(self, oid: str, hash_name: str, data: bytes) -> None:
        """As `checker.discover.manifest.Lists`."""
        if self._keep:
            self._open_cache().keep_shard_list(oid, hash_name, data)


def with_shards(dataset: Dataset, store: Store, *, base: bool) -> Dataset:
    """The dataset with the shards that hold records; with `base`, of the version before, too."""
    before = records_only(listed(dataset.base, store), store) if base and dataset.base is not None else dataset.base
    return dataset._replace(version=records_only(listed(dataset.version, store), store), base=before)


def listed(version: DatasetVersion, store: Store) -> DatasetVersion:
    """The version with its shards, or with the reason why the list of them could not be had."""
    if version.shards is not None or version.hash is None:
        return version
    try:
        return version._replace(shards=store().manifest(version))
    except (ObjectError, DatasetError) as error:
        return version._replace(shards_problem=error.message, shards_fix=error.hint)


def manifests(store: Store) -> Callable[[DatasetVersion], tuple[Shard, ...] | None]:
    """How lineage asks for the files of a folder; None where the list of them is not to be had."""
    return lambda version: listed(version, store).shards


def records_only(version: DatasetVersion, store: Store) -> DatasetVersion:
    """The version without the files among its shards that hold no records: card, license, git's own."""
    if version.shards is None:
        return version
    kept = tuple(shard for shard in version.shards if not _is_beside(version, shard, store))
    return version._replace(shards=kept)


def _is_beside(version: DatasetVersion, shard: Shard, store: Store) -> bool:
    """Whether the file is what its name says. Records under such a name, or bytes that cannot be had, are judged."""
    if shard.path not in NOT_RECORDS or not version.is_dir:
        return False
    try:
        with store().open(version, shard) as stream:
            data = stream.read(MOST_BESIDE_BYTES + 1)
    except HeadwaterError:
        return False
    if len(data) > MOST_BESIDE_BYTES or b"\0" in data:
        return False
    if shard.path.endswith(".json"):
        return _is_one_object(data)
    return not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"["))


def _is_one_object(data: bytes) -> bool:
    import json

    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False
