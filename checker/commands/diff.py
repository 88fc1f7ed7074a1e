"""`headwater diff`: what changed in the data between two states, for the one who reviews the change."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from checker.errors import UsageError

if TYPE_CHECKING:
    import argparse

FORMATS = ("text", "markdown", "json")


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `diff` and its options."""
    command = commands.add_parser(
        "diff",
        help="say what changed in the data between two states",
        description="Say what changed in the data: shards, records, composition, copies, diversity, tails.",
    )
    command.add_argument("before", metavar="A", help="a commit or tag")
    command.add_argument("after", metavar="B", nargs="?", help="another one (default: the git index)")
    command.add_argument("--dataset", metavar="GLOB", action="append", default=[], help="only these; may be repeated")
    command.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")
    how = command.add_argument_group("how what is not measured yet gets measured")
    how.add_argument("--jobs", metavar="N", help="worker processes (default: one for each core)")
    how.add_argument(
        "--download",
        action="store_true",
        help="read shards from the DVC remote; settings and remotes are then those of the trusted revision",
    )
    how.add_argument(
        "--policy-ref", metavar="REV", help="trusted revision of settings and remotes (with --download: default branch)"
    )
    how.add_argument("--offline", action="store_true", help="never ask a remote, nor a shared store over the network")
    output = command.add_argument_group("what is written")
    output.add_argument("--format", choices=FORMATS, default="text")
    output.add_argument("--output", metavar="FILE", help="write there instead of to standard output")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare, write, return the exit code."""
    from checker.commands.check import progress, to_file, to_terminal
    from checker.commands.jobs import jobs_of
    from checker.diff import Request, diff

    if arguments.download and arguments.offline:
        raise UsageError("--download and --offline exclude each other", hint="use one of them")
    request = Request(
        before=arguments.before,
        after=arguments.after,
        folder=arguments.folder,
        datasets=tuple(arguments.dataset),
        download=arguments.download,
        offline=arguments.offline,
        policy_ref=arguments.policy_ref,
        jobs=jobs_of(arguments.jobs),
    )
    changes = diff(request, progress())
    text = str(import_module(f"checker.report._changes_{arguments.format}").render(changes))
    if arguments.output is None:
        to_terminal(text)
    else:
        to_file(arguments.output, text)
    return changes.exit_code
