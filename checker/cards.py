"""Finds and reads the card of a dataset: in git beside it, or among its shards."""

from __future__ import annotations

from checker.discover.cards import card_paths
from checker.discover.tree import Tree
from checker.errors import CardError, ObjectError, RepositoryError
from checker.model.card import Card
from checker.model.dataset import Dataset, DatasetVersion, SnapshotKind
from checker.shards import Store, listed

CARD_HEAD = 65536
# One byte more than `read_card` takes, so that a larger file is refused there and not cut.
MOST_BYTES = 16 * 1024 * 1024 + 1


def find_card(dataset: Dataset, tree: Tree, store: Store) -> tuple[Card | None, str | None]:
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

    complete = listed(version, store)
    for shard in complete.shards or ():
        if shard.path.lower() == "readme.md":
            if (shard.size_bytes or 0) > MOST_BYTES:
                return None
            try:
                with store().open(complete, shard) as stream:
                    return read_card(f"{version.path}/{shard.path}", stream.read(MOST_BYTES))
            except (ObjectError, CardError):
                return None
    return None


def _named_but_absent(dataset: Dataset) -> str | None:
    named = dataset.settings.card
    return f"headwater.yaml names the card {named}, which git does not track" if named else None


def find_base_card(dataset: Dataset, tree: Tree) -> Card | None:
    """The card that the dataset had before; None when it had none that can be read."""
    if tree.snapshot.kind is SnapshotKind.EMPTY:
        return None
    paths = card_paths(dataset.version.path, tree.entries().keys(), dataset.settings.card)
    return _tracked_card(paths, tree, dataset.settings.card)[0]
