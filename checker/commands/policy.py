"""`headwater policy`: lint, list and explain."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from checker.errors import UsageError


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy` and its sub-commands."""
    command = commands.add_parser("policy", help="check, list and explain policies")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    lint = actions.add_parser("lint", help="check policy files and headwater.yaml; every fault of every file")
    lint.add_argument("files", nargs="*", type=Path, help="default: policies/*.yaml and headwater.yaml")
    lint.set_defaults(run=run_lint)
    listing = actions.add_parser("list", help="the checks and the shipped packs")
    listing.set_defaults(run=run_list)
    explain = actions.add_parser("explain", help="what a check demands, why, its parameters and how to fix findings")
    explain.add_argument("check", metavar="CHECK", help="for example synthetic-cap")
    explain.set_defaults(run=run_explain)


def run_lint(arguments: argparse.Namespace) -> int:
    """Print every fault; 0 when there is none, else 2."""
    from checker.policy.explain import lint

    files = arguments.files or _conventional_files()
    faults = lint({path.as_posix(): _read(path) for path in files})
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(
        f"{len(files)} files, {len(faults)} faults\n" if files else "no policy file here: baseline@1 applies\n"
    )
    return 2 if faults else 0


def run_list(_: argparse.Namespace) -> int:
    """Print the checks and packs."""
    from checker.policy.explain import list_checks
    from checker.policy.packs import list_packs

    rows = [*list_checks(), *list_packs()]
    width = max(len(name) for name, _ in rows)
    for name, words in rows:
        sys.stdout.write(f"{name:<{width}}  {words}\n")
    return 0


def run_explain(arguments: argparse.Namespace) -> int:
    """Print the page of one check."""
    from checker.policy.explain import explain_check

    sys.stdout.write(explain_check(arguments.check))
    return 0


def _conventional_files() -> list[Path]:
    found = sorted([*Path("policies").glob("*.yaml"), *Path("policies").glob("*.yml")])
    return [*found, *(path for path in [Path("headwater.yaml")] if path.is_file())]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name an existing policy file") from error
