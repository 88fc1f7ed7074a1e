"""The options that say where shards are measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from checker.engine.choosing import Choice

# As in `checker.engine.choosing`, which a hook does not import to show its help.
NAMES = ("embedded", "spark")
# Bounds that Spark does not know of; not every command has each.
_OF_THIS_MACHINE = ("jobs", "memory", "budget")


def declare_engine(command: argparse.ArgumentParser) -> None:
    """Add `--engine` and what belongs to it."""
    where = command.add_argument_group("where shards are measured")
    where.add_argument("--engine", choices=NAMES, default=NAMES[0], help="this machine (the default), or Apache Spark")
    where.add_argument("--remote", metavar="URL", help="a Spark Connect server, as in sc://host:15002")
    where.add_argument("--master", metavar="MASTER", help="a Spark application of our own: local[4], spark://…, yarn")
    where.add_argument(
        "--environment", metavar="ARCHIVE", help="a packed Python environment with headwater, for Spark's workers"
    )


def choice_from(arguments: argparse.Namespace) -> Choice | None:
    """What was chosen; None for this machine. Raises UsageError."""
    options = (arguments.remote, arguments.master, arguments.environment)
    if arguments.engine == NAMES[0] and not any(options):
        return None
    from checker.engine.choosing import choice_of

    choice = choice_of(arguments.engine, *options)
    for name in _OF_THIS_MACHINE if choice is not None else ():
        if getattr(arguments, name, None) is not None:
            raise UsageError(
                f"--{name} is for this machine's own workers, not for Spark's",
                hint=f"leave out --{name}; --master local[N], or the cluster, says how many there are",
            )
    return choice
