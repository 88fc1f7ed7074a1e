"""What names a Spark."""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """Where Spark is: `remote` is a Spark Connect URL, `master` starts an application of its own; one of them.

    `environment` is an archive of a Python environment for the workers, with headwater in it; empty: they have it.
    """

    remote: str = ""
    master: str = ""
    environment: str = ""
