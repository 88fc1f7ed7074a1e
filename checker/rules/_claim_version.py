"""The card's version, held against what changed in the data since the base (Croissant's versioning rule)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from checker.model.card import Card, Value
from checker.model.dataset import DatasetVersion
from checker.model.evidence import Evidence
from checker.model.outcome import Judgement
from checker.rules import _digests
from checker.rules._claim import Claim
from checker.rules._numbers import count

KEYS = ("version", "version_bump")
# From the least to the most: what a change of the data demands of the version.
BUMPS = ("none", "patch", "minor", "major")
SEMVER = re.compile(r"^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+].*)?$")


def judge(card: Card, evidence: Evidence) -> Iterator[Judgement]:
    """Compare the step of the version with the step of the data."""
    value = card.first("version")
    dataset, base = evidence.dataset, evidence.dataset.base
    if value is None:
        return
    digests = (*_digests.of_version(dataset.version), *(_digests.of_version(base) if base else ()))
    claim = Claim("version", card, value, digests)
    if base is None:
        if dataset.base_problem:
            text = f"is at version {value.content}, and the base cannot be read: {dataset.base_problem}"
            yield claim.open(text, str(value.content), "fetch the base version")
        return
    before = evidence.base_card.first("version") if evidence.base_card else None
    needed, why = _needed(base, dataset.version)
    if before is not None:
        yield from _step(claim, before, value, needed, why)
    yield from _announced(card, digests, needed, why, changed=before is None or before.content != value.content)


def _step(claim: Claim, before: Value, now: Value, needed: str, why: str) -> Iterator[Judgement]:
    old, new = _parsed(before), _parsed(now)
    stated = f"{before.content} to {now.content}" if before.content != now.content else str(now.content)
    if old is None or new is None:
        if before.content == now.content:
            make = claim.agrees if needed == "none" else claim.contradicted
            yield make(f"stays at version {stated}, and {why}", "none", needed, "version step")
        elif needed != "none":
            text = f"went from version {stated}, which is not MAJOR.MINOR.PATCH, and {why}"
            yield claim.open(text, needed, "number the version MAJOR.MINOR.PATCH")
        return
    made = _made(old, new)
    word = "goes back from" if new < old else "went from" if new > old else "stays at"
    text = f"{word} version {stated}, and {why}: that is {_article(needed)} step"
    if new < old or BUMPS.index(made) < BUMPS.index(needed):
        fix = f"set the version to {_next(old, needed)}" if needed != "none" else f"set the version to {before.content}"
        yield claim.contradicted(text, made, needed, "version step", fix)
    else:
        yield claim.agrees(text, made, needed, "version step")


def _announced(card: Card, digests: tuple[str, ...], needed: str, why: str, *, changed: bool) -> Iterator[Judgement]:
    """The class of the step, where the card states it for the version at hand."""
    value = card.first("version_bump")
    if value is None or not changed or value.content not in BUMPS:
        return
    stated = str(value.content)
    claim = Claim("version_bump", card, value, digests)
    right = BUMPS.index(stated) >= BUMPS.index(needed)
    text = f"calls the change {stated}, and {why}: that is {_article(needed)} step"
    yield (claim.agrees if right else claim.contradicted)(text, stated, needed, "version step")


def _needed(base: DatasetVersion, now: DatasetVersion) -> tuple[str, str]:
    """Shards that went or changed: major; only new ones: minor; the same ones elsewhere: patch."""
    if base.hash == now.hash:
        return "none", "the data is the same"
    if base.shards is None or now.shards is None:
        return "patch", "the data changed (its shards are not known, so it may be more)"
    here, there = Counter(shard.hash for shard in now.shards), Counter(shard.hash for shard in base.shards)
    gone, come = (there - here).total(), (here - there).total()
    if gone:
        return "major", f"{gone:,} of {count(len(base.shards), 'shards')} went or changed"
    if come:
        return "minor", f"{count(come, 'shards')} came"
    return "patch", "shards were renamed"


def _parsed(value: Value) -> tuple[int, int, int] | None:
    match = SEMVER.match(str(value.content).strip())
    return (int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None


def _made(old: tuple[int, int, int], new: tuple[int, int, int]) -> str:
    for index, name in enumerate(("major", "minor", "patch")):
        if new[index] != old[index]:
            return name
    return "none"


def _next(old: tuple[int, int, int], needed: str) -> str:
    major, minor, patch = old
    steps = {"major": (major + 1, 0, 0), "minor": (major, minor + 1, 0), "patch": (major, minor, patch + 1)}
    return ".".join(str(part) for part in steps[needed])


def _article(needed: str) -> str:
    return "no" if needed == "none" else f"a {needed}"
