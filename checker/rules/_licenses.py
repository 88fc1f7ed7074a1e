"""Licenses as cards and records write them, brought to SPDX ids."""

from __future__ import annotations

import re
from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import NamedTuple

from checker.rules._license_ids import ALIASES, CANONICAL, PUBLIC_DOMAIN

# SPDX: the bare id of the GNU family is deprecated and means "only"; a plus means "or later".
GNU = re.compile(r"^(a?gpl|lgpl|gfdl)-(\d\.\d)(\+)?$")
CC_URL = re.compile(
    r"creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?:/(?!deed|legalcode)([a-z]{2,3})\b)?", re.IGNORECASE
)
CC_PUBLIC = re.compile(
    r"creativecommons\.org/publicdomain/(zero|mark)/1\.0|creativecommons\.org/licenses/publicdomain", re.I
)
CC_SHORT = re.compile(
    r"^cc[ _-]?(by(?:[ _-](?:nc|nd|sa))*)[ _-]?v?(\d\.\d)(?: (?:international|unported|generic|deed)|-([a-z]{2,3}))?$"
)
SPDX_URL = re.compile(
    r"(?:spdx\.org|opensource\.org)/licenses?/([A-Za-z0-9.+-]+?)(?:\.html|\.json|\.txt)?/?$", re.IGNORECASE
)
URLS = (
    (re.compile(r"apache\.org/licenses/license-2\.0", re.IGNORECASE), "Apache-2.0"),
    (re.compile(r"opendatacommons\.org/licenses/by\b", re.IGNORECASE), "ODC-By-1.0"),
    (re.compile(r"opendatacommons\.org/licenses/odbl\b", re.IGNORECASE), "ODbL-1.0"),
    (re.compile(r"opendatacommons\.org/licenses/pddl\b", re.IGNORECASE), "PDDL-1.0"),
    (re.compile(r"nationalarchives\.gov\.uk/doc/open-government-licence/version/3", re.IGNORECASE), "OGL-UK-3.0"),
)
LONGEST = 2_000


class Terms(NamedTuple):
    """All of `every` apply; each is a choice among ids. An id that is not understood keeps its text."""

    every: tuple[tuple[str, ...], ...]


class Standing(Enum):
    """What an allow list makes of a license."""

    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    DENIED = "denied"


@lru_cache(maxsize=10_000)
def terms(text: str) -> Terms:
    """Read one statement: an id, a URL, a long name, or a flat expression of ids with AND and OR."""
    stated = " ".join(text[:LONGEST].replace("(", " ").replace(")", " ").split())
    whole = canonical(stated)
    if whole is not None or ("(" in text and " AND " in stated and " OR " in stated):
        # A nested expression is not guessed at: flattening it could turn a choice into a duty or the reverse.
        return Terms(((whole or text,),))
    return Terms(
        tuple(
            tuple(canonical(choice) or choice.strip() for choice in member.split(" OR "))
            for member in stated.split(" AND ")
        )
    )


def canonical(text: str) -> str | None:
    """The SPDX id, or None when the text is not understood."""
    plain = text.strip().strip('"').lower()
    for known in (CANONICAL.get(plain), ALIASES.get(plain), _gnu(plain), _creative_commons(text, plain), _by_url(text)):
        if known:
            return known
    head = plain.split(" - http")[0].strip()
    return ALIASES.get(head) if head != plain else None


@lru_cache(maxsize=10_000)
def judge(text: str, allow: tuple[str, ...], deny: tuple[str, ...]) -> Standing:
    """Every term must be allowed; a choice needs one allowed id. A refused term outweighs one not understood."""
    standings = [_best(choice, allow, deny) for choice in terms(text).every]
    for standing in (Standing.DENIED, Standing.UNKNOWN):
        if standing in standings:
            return standing
    return Standing.ALLOWED


def _best(choices: tuple[str, ...], allow: tuple[str, ...], deny: tuple[str, ...]) -> Standing:
    standings = {_standing(choice, allow, deny) for choice in choices}
    for standing in (Standing.ALLOWED, Standing.UNKNOWN):
        if standing in standings:
            return standing
    return Standing.DENIED


@lru_cache(maxsize=10_000)
def _standing(name: str, allow: tuple[str, ...], deny: tuple[str, ...]) -> Standing:
    folded = name.casefold()
    if any(fnmatchcase(folded, _folded(pattern)) for pattern in deny):
        return Standing.DENIED
    if any(_covers(_folded(pattern), folded) for pattern in allow if pattern != "*"):
        return Standing.ALLOWED
    if not understood(name):
        return Standing.UNKNOWN
    return Standing.ALLOWED if "*" in allow else Standing.DENIED


def understood(name: str) -> bool:
    """Whether this is a license that headwater knows."""
    return canonical(name) is not None or name == PUBLIC_DOMAIN


def _folded(pattern: str) -> str:
    return (canonical(pattern) or pattern).casefold()


def _covers(pattern: str, name: str) -> bool:
    """A star at the end of an allowed license stands for a version: `CC-BY-*` is not CC-BY-NC-4.0."""
    if not pattern.endswith("*"):
        return pattern == name
    stem = pattern.removesuffix("*")
    return name.startswith(stem) and name[len(stem) : len(stem) + 1].isdigit()


def _gnu(plain: str) -> str | None:
    match = GNU.match(plain)
    if match is None:
        return None
    return CANONICAL.get(f"{match[1]}-{match[2]}-{'or-later' if match[3] else 'only'}")


def _creative_commons(text: str, plain: str) -> str | None:
    public = CC_PUBLIC.search(text)
    if public is not None:
        return {"zero": "CC0-1.0", "mark": "CC-PDM-1.0"}.get((public[1] or "").lower(), PUBLIC_DOMAIN)
    by_url = CC_URL.search(text)
    if by_url is not None:
        port = f"-{by_url[3].upper()}" if by_url[3] else ""
        return f"CC-{by_url[1].upper()}-{by_url[2]}{port}"
    short = CC_SHORT.match(plain)
    if short is None:
        return None
    parts = [part for part in re.split(r"[ _-]", short[1]) if part]
    # SPDX orders the elements BY, NC, ND or SA.
    ordered = sorted(parts, key=("by", "nc", "nd", "sa").index)
    port = f"-{short[3].upper()}" if short[3] else ""
    return f"CC-{'-'.join(ordered).upper()}-{short[2]}{port}"


def _by_url(text: str) -> str | None:
    named = SPDX_URL.search(text.strip())
    if named is not None:
        return CANONICAL.get(named[1].lower()) or _gnu(named[1].lower())
    return next((name for pattern, name in URLS if pattern.search(text)), None)
