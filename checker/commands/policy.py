"""`headwater policy`: lint, list and explain."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from checker.commands import policy_diff, policy_fetch, policy_test


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy` and its sub-commands."""
    command = commands.add_parser("policy", help="check, test, compare, list and explain policies")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    lint = actions.add_parser("lint", help="check policy files and headwater.yaml; every fault of every file")
    lint.add_argument(
        "files", nargs="*", type=Path, metavar="PATH", help="files or folders; default: all that rule this repository"
    )
    lint.set_defaults(run=run_lint)
    policy_test.declare(actions)
    policy_diff.declare(actions)
    listing = actions.add_parser("list", help="the checks with their parameters, and the shipped packs")
    listing.add_argument("--format", choices=("text", "json"), default="text")
    listing.set_defaults(run=run_list)
    explain = actions.add_parser("explain", help="what a rule or a check demands, why, and how to fix findings")
    explain.add_argument(
        "name",
        metavar="NAME",
        nargs="?",
        help="a check, a rule of a policy here (team/cap), a policy or a shipped pack",
    )
    explain.add_argument(
        "--resolved",
        action="store_true",
        help="print a policy with its packs merged in, and where each line comes from",
    )
    explain.set_defaults(run=run_explain)
    policy_fetch.declare(actions)


def run_lint(arguments: argparse.Namespace) -> int:
    """Print every fault; 0 when there is none, else 2."""
    from checker.commands.check import to_terminal
    from checker.commands.policy_files import files_in, read_file, ruling_files, settings_here, sources
    from checker.policy.lint import lint
    from checker.report._escape import terminal

    settings_here()
    files = files_in(arguments.files) if arguments.files else ruling_files()
    faults = lint({name: read_file(path) for name, path in files.items()}, sources())
    ending = f"{_counted(len(files), 'file')}, {_counted(len(faults), 'fault')}"
    lines = [terminal(str(fault), 2000) for fault in faults]
    to_terminal("\n".join([*lines, ending if files else "no policy file here: baseline@1 applies"]))
    return 2 if faults else 0


def run_list(arguments: argparse.Namespace) -> int:
    """Print the checks and packs."""
    from checker.commands.check import to_terminal
    from checker.commands.policy_files import settings_here
    from checker.policy.catalog import catalog, in_words

    settings_here()
    found = catalog()
    to_terminal(json.dumps(found, indent=2, ensure_ascii=False) if arguments.format == "json" else in_words(found))
    return 0


def run_explain(arguments: argparse.Namespace) -> int:
    """Print the page of one check, also by a rule that uses it; the text of a shipped pack; or resolved policies."""
    from checker.commands.check import to_terminal
    from checker.commands.policy_files import read_file, ruling_files, settings_here, sources
    from checker.errors import UsageError
    from checker.policy.explain import explain, explain_resolved
    from checker.rules import shipped_ids

    if arguments.name is None and not arguments.resolved:
        raise UsageError("no name to explain", hint="name a check, a rule, a policy or a pack, or say --resolved")
    if arguments.name not in shipped_ids():
        settings_here()

    def files() -> dict[str, bytes]:
        return {name: read_file(path) for name, path in ruling_files().items()}

    if arguments.resolved:
        to_terminal(explain_resolved(arguments.name, files(), sources()))
    else:
        to_terminal(explain(arguments.name, files, sources))
    return 0


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
