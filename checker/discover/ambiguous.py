"""Names of revisions that mean two things: whoever may push a tag could choose what judges, or what is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable

from checker.discover.repository import Repository
from checker.errors import UsageError

_KINDS = ("refs/tags/", "refs/heads/", "refs/remotes/")
# What follows the name itself in `main~2`, `v1^{commit}`, `main@{1}`, `main:data`.
_STEPS = re.compile(r"[~^:]|@\{")
_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT_ID = re.compile(r"[0-9a-f]{7,63}")


def refuse_ambiguous(repository: Repository, revisions: Iterable[str | None]) -> None:
    """Raise UsageError for a name of both a tag and a branch, or of one that looks like an id: git takes the tag."""
    for revision in revisions:
        name = _STEPS.split(revision or "HEAD")[0]
        if name in ("", "HEAD", "@") or name.startswith(("-", "refs/")) or _FULL_ID.fullmatch(name):
            continue
        meanings = _references(repository, name)
        if len(meanings) > 1 or (meanings and _SHORT_ID.fullmatch(name)):
            others = [] if len(meanings) > 1 else ["an abbreviated id"]
            raise UsageError(
                f"{name} is ambiguous: {' and '.join([*meanings, *others])}",
                hint=f"name it in full, as in {meanings[-1]}, or by its whole id",
            )


def _references(repository: Repository, name: str) -> list[str]:
    wanted = [kind + name for kind in _KINDS]
    answer = repository.git.ask("for-each-ref", "--format=%(refname)", *wanted)
    found = set(answer.out.decode("utf-8", "surrogateescape").splitlines())
    return [reference for reference in wanted if reference in found]
