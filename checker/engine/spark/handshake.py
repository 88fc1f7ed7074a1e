"""What driver and worker have to agree on before one believes the other: said first, in plain words."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import metadata

from checker import __version__


def stamp(plugins: Sequence[str] = ()) -> str:
    """All that decides what a worker finds in a shard, and whether it understands what it is sent.

    `plugins` are the distributions that take part. Two releases may write the same evidence, but what passes between
    driver and worker is not kept the same from release to release.
    """
    from checker.measure.shards import versions

    python = ".".join(map(str, sys.version_info[:2]))
    return ", ".join([f"headwater {__version__}", *versions(), f"Python {python}", *map(_installed, plugins)])


def difference(found: str, expected: str) -> str:
    """The parts in which two stamps differ, for people."""
    ours, theirs = expected.split(", "), found.split(", ")
    here = [part for part in ours if part not in theirs]
    there = [part for part in theirs if part not in ours]
    return f"{' and '.join(there) or 'less'} where this process has {' and '.join(here) or 'less'}"


def _installed(plugin: str) -> str:
    try:
        return f"plug-in {plugin} {metadata.version(plugin)}"
    except metadata.PackageNotFoundError:
        return f"no plug-in {plugin}"
