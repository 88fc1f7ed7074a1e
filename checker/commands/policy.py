"""`headwater policy`: lint, list and explain."""

from __future__ import annotations

import argparse
import sys
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from checker.commands import policy_diff, policy_test
from checker.errors import UsageError

if TYPE_CHECKING:
    from checker.policy.settings import Settings

SETTINGS = "headwater.yaml"
CONVENTION = ("policies/*.yaml", "policies/*.yml")


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy` and its sub-commands."""
    command = commands.add_parser("policy", help="check, list and explain policies")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    lint = actions.add_parser("lint", help="check policy files and headwater.yaml; every fault of every file")
    lint.add_argument(
        "files", nargs="*", type=Path, metavar="PATH", help="files or folders; default: all that rule this repository"
    )
    lint.set_defaults(run=run_lint)
    policy_test.declare(actions)
    policy_diff.declare(actions)
    listing = actions.add_parser("list", help="the checks and the shipped packs")
    listing.set_defaults(run=run_list)
    explain = actions.add_parser("explain", help="what a check demands, why, its parameters and how to fix findings")
    explain.add_argument("name", metavar="NAME", help="a check, a rule of a policy here (team/cap) or a shipped pack")
    explain.set_defaults(run=run_explain)


def run_lint(arguments: argparse.Namespace) -> int:
    """Print every fault; 0 when there is none, else 2."""
    from checker.policy.explain import lint

    _settings()
    files = _files_in(arguments.files) if arguments.files else _ruling_files()
    faults = lint({name: _read(path) for name, path in files.items()})
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    sys.stdout.write(
        f"{_counted(len(files), 'file')}, {_counted(len(faults), 'fault')}\n"
        if files
        else "no policy file here: baseline@1 applies\n"
    )
    return 2 if faults else 0


def run_list(_: argparse.Namespace) -> int:
    """Print the checks and packs."""
    from checker.policy.explain import list_checks
    from checker.policy.packs import list_packs

    _settings()
    rows = [*list_checks(), *list_packs()]
    width = max(len(name) for name, _ in rows)
    for name, words in rows:
        sys.stdout.write(f"{name:<{width}}  {words}\n")
    return 0


def run_explain(arguments: argparse.Namespace) -> int:
    """Print the page of one check, also by a rule that uses it; or the text of a shipped pack."""
    from checker.policy.explain import explain
    from checker.rules import shipped_ids

    if arguments.name not in shipped_ids():
        _settings()
    sys.stdout.write(explain(arguments.name, lambda: {name: _read(path) for name, path in _ruling_files().items()}))
    return 0


def _ruling_files() -> dict[str, Path]:
    """The settings and policies that rule the repository around the working folder, by their path in it."""
    from checker.globs import matches

    top, stated = _settings()
    found = {SETTINGS: top / SETTINGS} if (top / SETTINGS).is_file() else {}
    for glob in stated.policies or CONVENTION:
        start = top.joinpath(*takewhile(lambda part: not set(part) & set("*?"), glob.split("/")[:-1]))
        names = {path.relative_to(top).as_posix(): path for path in _yaml_below(start)}
        found |= {name: names[name] for name in sorted(names) if matches(glob, name) and name != SETTINGS}
    return found | _relief_files(top)


def _settings() -> tuple[Path, Settings]:
    """The repository around the working folder and its settings, whose plug-ins take part from here on."""
    from checker.policy.settings import Settings, read_settings

    top = next((folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / ".git").exists()), Path.cwd())
    file = top / SETTINGS
    stated = read_settings(_read(file), SETTINGS)[0] if file.is_file() else Settings()
    if stated.plugins:
        from checker import plugins

        plugins.activate(stated.plugins, str(top))
    return top, stated


def _relief_files(top: Path) -> dict[str, Path]:
    """Waivers with their signatures, and the files that say who may approve them."""
    from checker.policy.places import GROUPS, SIGNERS, WAIVERS, YAML

    below = sorted(path for path in (top / WAIVERS).rglob("*") if path.name.endswith((*YAML, ".sig")))
    files = [path for path in (*below, top / GROUPS, top / SIGNERS) if path.is_file()]
    return {path.relative_to(top).as_posix(): path for path in files}


def _files_in(paths: list[Path]) -> dict[str, Path]:
    """What the command line names; a folder stands for the YAML files below it."""
    files = [file for path in paths for file in (sorted(_yaml_below(path)) if path.is_dir() else [path])]
    return {file.as_posix(): file for file in files}


def _yaml_below(folder: Path) -> list[Path]:
    return [path for ending in ("*.yaml", "*.yml") for path in folder.rglob(ending) if path.is_file()]


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name an existing policy file") from error
