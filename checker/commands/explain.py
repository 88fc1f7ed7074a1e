"""`headwater explain`: how one rule came to its outcome on one dataset, and what would make it pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.errors import UsageError

if TYPE_CHECKING:
    import argparse

FORMATS = ("text", "json")


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `explain` and its options."""
    from checker.commands.check import declare_question

    command = commands.add_parser(
        "explain",
        help="say how a rule came to its outcome on a dataset",
        description="Say where a rule comes from, why it is for a dataset, what was measured, how the numbers come"
        " about, and what would make it pass. It asks the question that `check` with the same options asks.",
    )
    command.add_argument("rule", metavar="RULE", help="POLICY/RULE, or RULE where only one policy has it")
    command.add_argument("dataset", metavar="DATASET", help="the dataset by its path")
    declare_question(command)
    output = command.add_argument_group("what is written")
    output.add_argument("--format", choices=FORMATS, default="text")
    output.add_argument("--output", metavar="FILE", help="write there instead of to standard output")
    command.set_defaults(run=run, all=True, reverify=None, fail_on="block", paths=[])


def run(arguments: argparse.Namespace) -> int:
    """Explain; 0 whatever the outcome, which `check` is there to judge by."""
    from checker.commands.check import progress, request_of, to_file, to_terminal
    from checker.explaining import explain
    from checker.report import _explained

    request = request_of(arguments)
    if request is None:
        raise UsageError("the push deletes a branch, nothing is to be explained", hint="name a state with --rev")
    explained = explain(request, arguments.rule, arguments.dataset, progress())
    text = _explained.text(explained) if arguments.format == "text" else _explained.document(explained)
    if arguments.output is None:
        to_terminal(text)
    else:
        to_file(arguments.output, text)
    return 0
