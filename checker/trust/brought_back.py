"""Known breaches that a change brings back: the baseline is void for content that has been something else since."""

from __future__ import annotations

from collections.abc import Iterator

from checker.discover import Discovery
from checker.discover.tree import Tree
from checker.governance import Rules, built_in
from checker.model.dataset import DatasetVersion
from checker.model.exemption import BaselineEntry
from checker.model.outcome import Outcome, Status
from checker.scope import Found
from checker.shards import Store, listed
from checker.trust.moved_out import state_at

_FIX = "take the better version back, and take the entry out of the baseline: headwater baseline prune"


def outcomes(rules: Rules, anchors: tuple[Tree, ...], found: Found, store: Store) -> tuple[Outcome, ...]:
    """The datasets that go back to what the baseline covers, and were mended where the change began."""
    by_dataset: dict[str, list[BaselineEntry]] = {}
    for entry in sorted(rules.book.baseline):
        by_dataset.setdefault(entry.dataset, []).append(entry)
    if not by_dataset:
        return ()
    said: dict[Outcome, None] = {}
    for anchor in anchors:
        said.update(dict.fromkeys(_since(state_at(anchor, found), found.head, by_dataset, store)))
    return tuple(said)


def _since(
    before: Discovery, now: Discovery, by_dataset: dict[str, list[BaselineEntry]], store: Store
) -> Iterator[Outcome]:
    then = {version.path: version for version in before.versions}
    for version in now.versions:
        old = then.get(version.path)
        if old is None or old.hash == version.hash or version.path not in by_dataset:
            continue
        known = {entry.digest for entry in by_dataset[version.path]}
        back = (_digests(version, store) & known) - _digests(old, store)
        if back:
            rules = sorted({entry.rule for entry in by_dataset[version.path] if entry.digest in back})
            message = (
                f"{version.path} is again what the baseline knows for {', '.join(rules)} ({min(back)}), and was mended "
                "since: an entry is void once its content has changed"
            )
            yield built_in("brought-back", Status.FAIL, message, version.definition, _FIX, dataset=version.path)


def _digests(version: DatasetVersion, store: Store) -> set[str]:
    """What entries of the baseline name a version by: its own hash, and those of its shards where they are known."""
    found = {f"{version.hash_name}:{version.hash}"} if version.hash else set()
    shards = listed(version, store).shards if version.hash and version.is_dir else ()
    return found | {f"{shard.hash_name}:{shard.hash}" for shard in shards or ()}
