"""Which release came before. GitPython is used here, off the hook's path, for commits and tags, never the index."""

from __future__ import annotations

from pathlib import Path


def previous_release(git_dir: Path, commit: str) -> str | None:
    """The name of the nearest tag among the ancestors of `commit`, itself excluded; None when there is none.

    Of several tags on one commit the last in name order counts. Tags of trees and blobs are no releases.
    """
    from git import Repo

    with Repo(git_dir) as repository:
        tags: dict[str, str] = {}
        for tag in sorted(repository.tags, key=lambda tag: str(tag.name)):
            try:
                tags[tag.commit.hexsha] = tag.name
            except ValueError:
                continue
        if not tags:
            return None
        ancestors = repository.commit(commit).iter_parents()
        return next((tags[parent.hexsha] for parent in ancestors if parent.hexsha in tags), None)
