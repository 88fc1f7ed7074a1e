"""Which shards a dataset version has, and where their bytes come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from checker.errors import DatasetError, ObjectError
from checker.model.dataset import Dataset, DatasetVersion, Shard

if TYPE_CHECKING:
    from checker.discover.objects import ObjectStore

# Called for the store, which is opened at the first call: policies of cards and lineage need none.
Store = Callable[[], "ObjectStore"]
NOT_RECORDS = ("readme.md", "license", "license.md", "license.txt", "croissant.json", ".gitattributes", ".gitignore")


def with_shards(dataset: Dataset, store: Store, *, base: bool) -> Dataset:
    before = _records_only(listed(dataset.base, store)) if base and dataset.base is not None else dataset.base
    return dataset._replace(version=_records_only(listed(dataset.version, store)), base=before)


def listed(version: DatasetVersion, store: Store) -> DatasetVersion:
    """The version with its shards, or with the reason why the list of them could not be had."""
    if version.shards is not None or version.hash is None:
        return version
    try:
        return version._replace(shards=store().manifest(version))
    except (ObjectError, DatasetError) as error:
        return version._replace(shards_problem=str(error))


def manifests(store: Store) -> Callable[[DatasetVersion], tuple[Shard, ...] | None]:
    return lambda version: listed(version, store).shards


def _records_only(version: DatasetVersion) -> DatasetVersion:
    """The version without the files among its shards that hold no records: card, license, git's own."""
    if version.shards is None:
        return version
    kept = tuple(shard for shard in version.shards if shard.path.rpartition("/")[2].lower() not in NOT_RECORDS)
    return version._replace(shards=kept)
