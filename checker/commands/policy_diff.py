"""`headwater policy diff`: what a change does to the judgement, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from checker.discover.repository import Repository
    from checker.discover.tree import Tree
    from checker.model.dataset import DatasetVersion
    from checker.policy.comparing import Change

SCHEMA = "headwater/policy-diff/v1"
# A word is as long as it is: an id or a glob that was cut off cannot be looked up.
_LONGEST = 2000


def declare(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy diff` and its options."""
    command = actions.add_parser(
        "diff",
        help="say in words what a change tightens and loosens",
        description="Say in words what differs between the rules of two states, and which way it goes.",
    )
    command.add_argument("before", metavar="A", help="a commit, branch or tag")
    command.add_argument("after", metavar="B", nargs="?", help="another one (default: the git index)")
    command.add_argument("--worktree", action="store_true", help="compare with the files as they lie in the work tree")
    command.add_argument("--format", choices=("text", "json"), default="text")
    command.add_argument("--exit-code", action="store_true", help="end with 1 when something is loosened")
    command.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the differences; 0, or with `--exit-code` 1 when something is loosened."""
    from checker.commands.check import to_terminal
    from checker.policy.comparing import loosening

    repository, before, after = _states(arguments)
    changes = _changes(before, after, repository.folder)
    if arguments.format == "json":
        to_terminal(_as_json(before, after, changes))
    else:
        to_terminal("\n".join([*_lines(before, after, changes), *_unstaged(repository, after)]))
    return 1 if arguments.exit_code and loosening(changes) else 0


def _states(arguments: argparse.Namespace) -> tuple[Repository, Tree, Tree]:
    """The repository, and the two states of it that are compared."""
    from checker.discover import open_repository
    from checker.discover.ambiguous import refuse_ambiguous
    from checker.errors import UsageError

    if arguments.after and arguments.worktree:
        raise UsageError("both B and --worktree are named", hint="name one of them")
    for name in (arguments.before, arguments.after):
        if name == "":
            raise UsageError("an empty name names no revision", hint="name a commit, branch or tag")
    repository = open_repository(arguments.folder)
    refuse_ambiguous(repository, [name for name in (arguments.before, arguments.after) if name])
    if arguments.worktree:
        after = repository.worktree()
    else:
        after = repository.revision(arguments.after) if arguments.after else repository.index()
    return repository, repository.revision(arguments.before), after


def _changes(before: Tree, after: Tree, folder: str) -> tuple[Change, ...]:
    """The differences, also of what is judged among the datasets that either state has.

    Only plug-ins that the first state names take part: the other one may be a pull request's.
    """
    from checker.discover import discover
    from checker.errors import DatasetError
    from checker.governance import rulebook_of
    from checker.policy.comparing import compare

    versions: list[DatasetVersion] = []
    for tree in (before, after):
        try:
            versions += discover(tree).versions
        except DatasetError:
            continue  # without DVC there are policies, and no data yet
    return compare(rulebook_of(before, folder), rulebook_of(after), versions)


def _lines(before: Tree, after: Tree, changes: tuple[Change, ...]) -> Iterator[str]:
    """Grouped by direction; everything printed may come from a pull request."""
    from checker.report._escape import terminal

    yield terminal(f"from {_named(before)} to {_named(after)}", _LONGEST)
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.direction.value, []).append(change)
    for direction, members in groups.items():
        yield f"{direction} ({len(members):,})"
        yield from (f"  {terminal(f'{change.place}: {change.words}', _LONGEST)}" for change in members)
    counted = [f"{len(members):,} {direction}" for direction, members in groups.items()]
    yield ", ".join(counted) if counted else "the rules are the same"


def _named(tree: Tree) -> str:
    """What was asked for, and the commit that it is."""
    from checker.discover.objects import SHORT_COMMIT
    from checker.model.dataset import SnapshotKind

    label, commit = tree.snapshot.label, tree.snapshot.commit
    if tree.snapshot.kind is not SnapshotKind.REVISION or commit is None or commit.startswith(label):
        return label
    return f"{label} ({commit[:SHORT_COMMIT]})"


def _unstaged(repository: Repository, after: Tree) -> Iterator[str]:
    """Rules that were edited and not staged: who has just written them means them, and they were not compared."""
    from checker.governance import rulebook_of, ruling_paths
    from checker.model.dataset import SnapshotKind
    from checker.report._escape import terminal

    if after.snapshot.kind is not SnapshotKind.INDEX or repository.bare:
        return
    lying, settings = repository.worktree(), rulebook_of(after).settings
    staged, there = ruling_paths(after, settings), ruling_paths(lying, settings)
    same = sorted(staged & there)
    old, new = after.read_many(same), lying.read_many(same)
    edited = sorted((staged ^ there) | {path for path in same if old[path] != new[path]})
    if edited:
        more = f" and {len(edited) - 1:,} more" if len(edited) > 1 else ""
        said = f"{edited[0]}{more}: edited and not staged; --worktree compares the work tree"
        yield terminal(said, _LONGEST)


def _as_json(before: Tree, after: Tree, changes: tuple[Change, ...]) -> str:
    document = {
        "schema": SCHEMA,
        "before": before.snapshot.label,
        "after": after.snapshot.label,
        "changes": [
            {
                "direction": change.direction.value,
                "rule": change.rule,
                "words": change.words,
                "location": {"path": change.place.path, "line": change.place.line, "column": change.place.column},
            }
            for change in changes
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=True)
