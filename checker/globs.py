"""Globs over slash-separated names, with one meaning wherever a policy or `headwater.yaml` has one."""

from __future__ import annotations


def matches(glob: str, name: str) -> bool:
    """Whether a slash-separated name fits a glob, in time that grows with the product of their lengths at most.

    `*` and `?` stay within one folder, `**` crosses any number of folders, none included: `data/**` fits `data`.
    Everything else stands for itself. No regular expression is made from a glob: names come from hostile pull requests.
    """
    segments = _segments(name)
    reachable = {0}
    for pattern in _segments(glob):
        if pattern == "**":
            reachable = set(range(min(reachable), len(segments) + 1))
        else:
            reachable = {at + 1 for at in reachable if at < len(segments) and _fits(pattern, segments[at])}
        if not reachable:
            return False
    return len(segments) in reachable


def _segments(text: str) -> list[str]:
    return [segment for segment in text.split("/") if segment not in ("", ".")]


def _fits(pattern: str, segment: str) -> bool:
    """One folder's worth of a glob; the last `*` seen is the only place that is ever returned to."""
    at = wanted = 0
    star, resume = -1, 0
    while at < len(segment):
        if wanted < len(pattern) and pattern[wanted] == "*":
            star, resume = wanted, at
            wanted += 1
        elif wanted < len(pattern) and pattern[wanted] in ("?", segment[at]):
            wanted += 1
            at += 1
        elif star >= 0:
            resume += 1
            wanted, at = star + 1, resume
        else:
            return False
    return all(rest == "*" for rest in pattern[wanted:])
