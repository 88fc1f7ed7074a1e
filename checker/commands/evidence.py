"""`headwater evidence`: list, verify, remove, push and pull what was measured."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from checker.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from checker.commands.evidence_list import Used
    from checker.store.entries import Name
    from checker.store.holdings import Entry

DAMAGED, INCOMPLETE = 1, 3
DAY_SECONDS = 86_400


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evidence` and its sub-commands."""
    command = commands.add_parser("evidence", help="list, verify, share and remove what was measured")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("ls", help="the entries, and of which shards they are")
    listing.add_argument("--json", action="store_true", help="write JSON")
    verify = actions.add_parser("verify", help="read every byte of every entry; ends with 1 when one is damaged")
    verify.add_argument("--remove", action="store_true", help="remove the damaged ones: they are then measured again")
    clean = actions.add_parser("gc", help="remove entries that are not needed; without --yes only say how many")
    clean.add_argument("--keep", metavar="REV", action="append", default=[], help="keep what this revision uses")
    clean.add_argument("--older", metavar="DAYS", type=_days, help="remove only what was written longer ago")
    clean.add_argument("--yes", action="store_true", help="remove them")
    push = actions.add_parser("push", help="copy entries to a shared store: only what is missing there")
    pull = actions.add_parser("pull", help="copy entries from the shared stores: only what is missing here")
    for action in (push, pull):
        action.add_argument("--all", action="store_true", help="not only what the datasets of this repository use")
    for action, run in ((listing, run_ls), (verify, run_verify), (clean, run_gc), (push, run_push), (pull, run_pull)):
        _declare_common(action, with_rev=action is not clean)
        action.set_defaults(run=run)


def _declare_common(action: argparse.ArgumentParser, *, with_rev: bool) -> None:
    action.add_argument("--store", metavar="URL", help="a folder, a URL, or dvc://REMOTE/folder")
    if with_rev:
        action.add_argument("--rev", metavar="REV", help="a commit, tag or tree instead of the index")
    action.add_argument(
        "--download",
        action="store_true",
        help="read lists of shards from the DVC remote; settings and remotes are then those of the trusted revision",
    )
    action.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")


def run_ls(arguments: argparse.Namespace) -> int:
    """Print the entries, by dataset and shard where that is known."""
    from checker.commands.evidence_list import as_json, as_text
    from checker.commands.evidence_scene import Asked

    asked = Asked(arguments.folder, arguments.store, arguments.rev, arguments.download)
    with closing(asked.holding()) as holding:
        found = list(holding.entries())
    used: Used = {}
    if asked.scene_or_none():
        with closing(asked.known()) as known:
            used = asked.used(known, strict=False)
    sys.stdout.write((as_json if arguments.json else as_text)(holding.where, found, used))
    return 0


def run_verify(arguments: argparse.Namespace) -> int:
    """Print the damaged entries; 1 when there are any."""
    from checker.commands.evidence_list import counted, shown
    from checker.commands.evidence_scene import Asked
    from checker.commands.progress import Bar

    damaged = 0
    with closing(Asked(arguments.folder, arguments.store, arguments.rev, arguments.download).holding()) as holding:
        found = list(holding.entries())
        with Bar(len(found), sum(entry.size_bytes for entry in found), "verifying", "entries") as bar:
            for entry in found:
                problem = holding.problem(entry.name)
                bar.read(entry.size_bytes)
                bar.done()
                if problem:
                    damaged += 1
                    sys.stdout.write(f"{shown(problem)}\n")
                    if arguments.remove:
                        holding.remove([entry.name])
    removed = " and removed" if damaged and arguments.remove else ""
    sys.stdout.write(f"{counted(len(found))} in {shown(holding.where)} verified, {damaged:,} damaged{removed}\n")
    return DAMAGED if damaged else 0


def run_gc(arguments: argparse.Namespace) -> int:
    """Remove what no named revision uses and what is old, as asked; without `--yes` only say how much."""
    from checker.commands.evidence_list import counted, shown, size_of
    from checker.commands.evidence_scene import Asked

    if not arguments.keep and arguments.older is None:
        raise UsageError("nothing says what is not needed", hint="name --keep REV, --older DAYS, or both")
    kept: set[Name] = set()
    for rev in arguments.keep:
        asked = Asked(arguments.folder, arguments.store, rev, arguments.download)
        with closing(asked.known()) as known:
            kept.update(asked.used(known, strict=True))
    with closing(Asked(arguments.folder, arguments.store, None, arguments.download).holding()) as holding:
        found = list(holding.entries())
        going = [entry for entry in found if entry.name not in kept]
        if arguments.older is not None:
            going = _written_before(time.time() - arguments.older * DAY_SECONDS, going, holding.where)
        if arguments.yes:
            holding.remove(entry.name for entry in going)
    done = "removed" if arguments.yes else "not needed: --yes removes them"
    sys.stdout.write(
        f"{counted(len(going))} ({size_of(going)}) in {shown(holding.where)} {done}; "
        f"{counted(len(found) - len(going))} kept\n"
    )
    return 0


def run_push(arguments: argparse.Namespace) -> int:
    """Copy to the named store, else to the first of the settings that can be written to."""
    from checker.commands.evidence_list import counted, shown
    from checker.commands.evidence_scene import Asked, local_folder
    from checker.commands.progress import Bar
    from checker.store import EvidenceCache
    from checker.store.entries import ROLLUP
    from checker.store.holdings import LocalHolding
    from checker.store.signing import signing_key
    from checker.store.transfer import push

    asked = Asked(arguments.folder, arguments.store, arguments.rev, arguments.download)
    store, folder = asked.target(), local_folder()
    used = None if arguments.all else asked.used(EvidenceCache(folder), strict=True)
    names = {entry.name for entry in LocalHolding(folder).entries() if used is None or entry.name in used}
    # Rollups are made of the entries anew, as far as it is known which those are.
    names = names if used is None else {name for name in names if name.kind != ROLLUP}
    with closing(store):
        with Bar(len(names), 0, "pushing", "entries") as bar:
            moved = push(folder, store, names, signing_key(), lambda *_: bar.done())
        rolled = None if used is None else asked.roll_up(store)
    for problem in (*moved.damaged, *(rolled.notes if rolled else ())):
        sys.stdout.write(f"{shown(problem)}\n")
    sys.stdout.write(
        f"{counted(len(moved.sent))} pushed to {shown(store.address.url)}, {len(moved.there):,} there already"
        f"{f', {len(moved.damaged):,} damaged and not pushed' if moved.damaged else ''}"
        f"{f'; rolled up for {rolled.sent:,} of its datasets' if rolled and rolled.sent else ''}\n"
    )
    return DAMAGED if moved.damaged else 0


def run_pull(arguments: argparse.Namespace) -> int:
    """Copy to the local folder; 3 when a store could not be asked or what it has could not be used."""
    from checker.commands.evidence_list import counted, shown
    from checker.commands.evidence_scene import Asked, local_folder
    from checker.commands.progress import Bar
    from checker.store.holdings import LocalHolding
    from checker.store.transfer import pull

    asked = Asked(arguments.folder, arguments.store, arguments.rev, arguments.download)
    cache, had = asked.cache(), {entry.name for entry in LocalHolding(local_folder()).entries()}
    # Lists of shards are pulled while it is found out which entries are used.
    names = asked.all_shared() if arguments.all else list(asked.used(cache, strict=True))
    with closing(cache), Bar(len(names), 0, "pulling", "entries") as bar:
        moved = pull(cache, names, lambda *_: bar.done())
    for note in cache.notes:
        sys.stdout.write(f"{shown(note)}\n")
    here = len(had.intersection(moved.there))
    sys.stdout.write(f"{counted(len(moved.sent) + len(moved.there) - here)} pulled, {here:,} here already\n")
    return INCOMPLETE if cache.notes else 0


def _written_before(seconds: float, entries: list[Entry], where: str) -> list[Entry]:
    if any(entry.modified is None for entry in entries):
        raise UsageError(f"{where} does not say when entries were written", hint="use --keep alone")
    return [entry for entry in entries if entry.modified is not None and entry.modified < seconds]


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = -1.0
    if not 0 <= days < 100_000:
        import argparse

        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days")
    return days
