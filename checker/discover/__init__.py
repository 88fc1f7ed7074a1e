"""Which dataset versions a snapshot holds, how they came to be, and where their shards are."""

from __future__ import annotations

from checker.discover.config import remote_config_changes
from checker.discover.definitions import Discovery, Problem
from checker.discover.find import discover
from checker.discover.lineage import lineage_of
from checker.discover.repository import Repository, open_repository
from checker.discover.tree import Entry, Tree

__all__ = [
    "Discovery",
    "Entry",
    "Problem",
    "Repository",
    "Tree",
    "discover",
    "lineage_of",
    "open_repository",
    "remote_config_changes",
]
