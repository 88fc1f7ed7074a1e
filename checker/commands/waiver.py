"""`headwater waiver`: write one, and see how those that there are stand."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checker.waiving.proposal import Wanted

DAYS = 30


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `waiver` and its sub-commands."""
    command = commands.add_parser("waiver", help="let a known breach stand for a while: write and list waivers")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    new = actions.add_parser("new", help="write a waiver for one rule and one dataset into waivers/")
    _declare_new(new)
    new.set_defaults(run=run_new)
    listing = actions.add_parser("list", help="every waiver with its state, the days that are left, who approved")
    listing.add_argument("--format", choices=["text", "json"], default="text")
    listing.set_defaults(run=run_list)
    for action in (new, listing):
        action.add_argument("--at", metavar="DATE", help="the day (UTC) to count from (default: today)")
        action.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")


def _declare_new(new: argparse.ArgumentParser) -> None:
    new.add_argument("rule", metavar="RULE", help="policy/rule, as reports name it")
    new.add_argument("dataset", metavar="DATASET", help="a dataset, or a glob over datasets")
    place = new.add_argument_group("for which part")
    for axis in ("shard", "domain", "language", "source"):
        place.add_argument(f"--{axis}", metavar="GLOB", default="", help=f"only for such a {axis}")
    limits = new.add_argument_group("what is allowed, and until when")
    limits.add_argument(
        "--relax",
        action="append",
        metavar="NAME=VALUE",
        help="a looser limit, such as max=0.04 (default: what is measured now, where that can be told)",
    )
    limits.add_argument("--expires", metavar="DATE", help="the last day (UTC)")
    limits.add_argument(
        "--days", metavar="N", help=f"how many days it holds (default: {DAYS}, or what the policy allows)"
    )
    limits.add_argument("--not-before", metavar="DATE", help="the first day (default: today)")
    limits.add_argument("--offline", action="store_true", help="never ask a remote, nor a shared store")
    words = new.add_argument_group("why, and who")
    words.add_argument("--id", help="the waiver's id (default: made of the rule, the dataset and the last day)")
    words.add_argument("--reason", help="why it may stand, and what is done meanwhile; at least 20 letters")
    words.add_argument("--ticket", default="", help="where the work is tracked")
    words.add_argument("--owner", default="", help="who sees to it")
    words.add_argument("--requested-by", default="", help="who asks (default: git's user.email)")
    words.add_argument("--approver", action="append", default=[], metavar="NAME", help="who approves; may be repeated")


def run_new(arguments: argparse.Namespace) -> int:
    """Write a waiver, say what it allows and how it is signed; 0 when it is written."""
    from checker.report._escape import terminal
    from checker.waiving.proposal import propose

    written = propose(_wanted(arguments), _asked)
    for line in written.said:
        sys.stdout.write(f"{terminal(line, 1000)}\n")
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """Print every waiver of the work tree as it stands on the day."""
    from checker.commands.check import day_of
    from checker.waiving.listing import as_json, as_text, listed

    waivers = listed(arguments.folder, day_of(arguments.at))
    sys.stdout.write(as_json(waivers) if arguments.format == "json" else as_text(waivers))
    return 0


def _wanted(arguments: argparse.Namespace) -> Wanted:
    from checker.commands.check import day_of
    from checker.model.exemption import Match
    from checker.waiving.proposal import Wanted

    return Wanted(
        folder=arguments.folder,
        rule=arguments.rule,
        match=Match(arguments.dataset, arguments.shard, arguments.domain, arguments.language, arguments.source),
        relax=tuple(arguments.relax or ()),
        expires=arguments.expires or "",
        days=arguments.days or "",
        not_before=arguments.not_before or "",
        id=arguments.id or "",
        reason=arguments.reason or "",
        ticket=arguments.ticket,
        owner=arguments.owner,
        requested_by=arguments.requested_by,
        approvers=tuple(arguments.approver),
        today=day_of(arguments.at) or "",
        offline=arguments.offline,
    )


def _asked(question: str) -> str:
    """The answer of who sits at the terminal; empty where nobody does."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip()
