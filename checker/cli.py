"""The command line: arguments in, exit code out. The only place that prints errors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from checker import __version__
from checker.errors import HeadwaterError, UsageError

if TYPE_CHECKING:
    import argparse

# What the hook runs at each commit: it asks for nothing but defaults, so it does not pay for argparse.
HOOK_CALLS = (["check"], ["check", "--staged"])
EXIT_CODES = """exit codes:
  0  nothing blocking
  1  a blocking finding
  2  the command line, a policy or a waiver is wrong
  3  a blocking rule could not be evaluated (evidence missing, nothing matched, budget spent)
  4  a fault of headwater itself; a log is saved
"""


def main(argv: list[str], staged_changes: bytes | None = None) -> int:
    """Parse, run one command, turn faults into messages and exit codes.

    `staged_changes` is what `entry` has heard from git already: the difference between HEAD and the index.
    """
    try:
        if argv in HOOK_CALLS:
            from checker.commands.check import run_staged

            return _ended_by_itself(lambda: run_staged(staged_changes))
        if not argv:
            # Who types nothing but the name wants to know what there is.
            sys.stdout.write(parser().format_help())
            return 2
        arguments = parser().parse_args(argv)
        _refuse_empty_revisions(arguments)
        run: Callable[[argparse.Namespace], int] = arguments.run
        return _ended_by_itself(lambda: run(arguments))
    except HeadwaterError as error:
        sys.stderr.write(f"headwater: {_printable(str(error))}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("headwater: interrupted; what was measured so far is kept\n")
        return 130
    except BrokenPipeError:
        # The reader (head, less) went away: not our fault, nothing to say.
        sys.stderr.close()
        return 1
    except Exception as error:  # noqa: BLE001 - the one place where our own faults end: a saved log, exit 4
        from checker.commands.fault import save_log

        sys.stderr.write(f"headwater: this is a fault of headwater ({type(error).__name__}); log: {save_log(argv)}\n")
        return 4


def _ended_by_itself(run: Callable[[], int]) -> int:
    """The exit code of a run. A plug-in that ends the program in its midst would choose the verdict."""
    try:
        return run()
    except SystemExit as ended:
        raise RuntimeError(f"something ended the program with {ended.code!r}, which no part of it may") from ended


def _refuse_empty_revisions(arguments: argparse.Namespace) -> None:
    """A variable that CI did not set would otherwise judge the index, in which a pull request has staged nothing."""
    for name in ("rev", "base", "head", "policy_ref"):
        if getattr(arguments, name, None) == "":
            option = f"--{name.replace('_', '-')}"
            raise UsageError(f"{option} names no revision", hint=f"give {option} a value; is a variable not set?")


def parser() -> argparse.ArgumentParser:
    """The whole command line; each sub-command is declared in its own file."""
    import argparse

    from checker.commands import baseline, check, demo, diff, evidence, explain, init, measure, policy, waiver

    top = argparse.ArgumentParser(
        prog="headwater",
        description="Policies for training data, evaluated against DVC dataset versions and their cards.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"headwater {__version__}")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    check.declare(commands)
    explain.declare(commands)
    diff.declare(commands)
    measure.declare(commands)
    policy.declare(commands)
    waiver.declare(commands)
    baseline.declare(commands)
    init.declare(commands)
    evidence.declare(commands)
    demo.declare(commands)
    return top


def _printable(text: str) -> str:
    """Control characters shown as escapes, so that a path cannot steer the terminal or a runner."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
