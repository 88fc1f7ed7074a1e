"""Which release came before. GitPython is used here, off the hook's path, for commits and tags, never the index."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path


def previous_release(
    git_dir: Path, commit: str, among: Container[str] | None = None, *, or_itself: bool = False
) -> str | None:
    """The name of the nearest tag among the ancestors of `commit`, itself excluded; None when there is none.

    Of several tags on one commit the last in name order counts. Tags of trees and blobs are no releases. `among` are
    the names that count (None: all); with `or_itself` a tag on `commit` is the nearest.
    """
    from git import Repo

    with Repo(git_dir) as repository:
        tags: dict[str, str] = {}
        for tag in sorted(repository.tags, key=lambda tag: str(tag.name)):
            if among is not None and tag.name not in among:
                continue
            try:
                tags[tag.commit.hexsha] = tag.name
            except ValueError:
                continue
        if not tags:
            return None
        start = repository.commit(commit)
        if or_itself and start.hexsha in tags:
            return tags[start.hexsha]
        return next((tags[parent.hexsha] for parent in start.iter_parents() if parent.hexsha in tags), None)
