"""What names a Spark."""

from __future__ import annotations

import re
from typing import NamedTuple


class Choice(NamedTuple):
    """Where Spark is: `remote` is a Spark Connect URL, `master` starts an application of its own; one of them.

    `environment` is an archive of a Python environment for the workers, with headwater in it; empty: they have it.
    """

    remote: str = ""
    master: str = ""
    environment: str = ""

    @property
    def where(self) -> str:
        """For people, without what is secret."""
        return public(self.remote) if self.remote else self.master


def public(remote: str) -> str:
    """The address up to its host and port: in what comes before or after there may be a token."""
    scheme, mark, rest = remote.partition("://")
    return f"{scheme}{mark}" + re.split(r"[/;?#]", rest, maxsplit=1)[0].rpartition("@")[2]
