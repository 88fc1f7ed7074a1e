"""What keeps a known breach from blocking for a while: waivers and the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from checker.model.location import Location
from checker.model.outcome import Scope


class Match(NamedTuple):
    """The place that a waiver is for: a glob over datasets, and globs over the parts of its scope where stated."""

    dataset: str
    shard: str = ""
    domain: str = ""
    language: str = ""
    source: str = ""


class Waiver(NamedTuple):
    """A file that relaxes one rule for one place and for a while. Days are `YYYY-MM-DD` in UTC; both ends count.

    `rule` is `policy/rule`; `relax` maps parameters of its check to looser limits. `digest` is `sha256:` of the file,
    `data` its bytes, which is what an approver signs; `signatures` are the files that do so.
    """

    id: str
    rule: str
    match: Match
    relax: Mapping[str, object]
    reason: str
    expires: str
    location: Location
    ticket: str = ""
    owner: str = ""
    requested_by: str = ""
    approved_by: tuple[str, ...] = ()
    not_before: str = ""
    digest: str = ""
    data: bytes = b""
    signatures: tuple[bytes, ...] = ()


class BaselineEntry(NamedTuple):
    """A breach that was there when headwater was adopted. `digest` is of the content it was found in, never a time."""

    rule: str
    dataset: str
    scope: Scope
    digest: str
