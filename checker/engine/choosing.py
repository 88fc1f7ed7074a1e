"""Which engine does the work: this machine by default, Spark where the command line says so."""

from __future__ import annotations

from checker.engine.choice import Choice as Choice  # for those who choose
from checker.engine.choice import public
from checker.engine.seam import Engine
from checker.errors import UsageError

EMBEDDED, SPARK = "embedded", "spark"
NAMES = (EMBEDDED, SPARK)


def choice_of(name: str, remote: str | None, master: str | None, environment: str | None) -> Choice | None:
    """What the options say; None for the embedded engine. Raises UsageError for options that do not go together."""
    if name == EMBEDDED:
        if remote or master or environment:
            raise UsageError("--remote, --master and --environment are for Spark", hint="add --engine spark")
        return None
    if remote and master:
        raise UsageError(
            "--remote and --master exclude each other",
            hint="name a server of Spark Connect, or a master of our own application",
        )
    if not remote and not master:
        raise UsageError(
            "--engine spark needs to know where Spark is",
            hint="use --remote sc://HOST:15002 for a Spark Connect server, or --master (local[4], spark://…, yarn)",
        )
    if remote and not remote.startswith("sc://"):
        raise UsageError(f"{public(remote)!r} is no address of a Spark Connect server", hint="write sc://HOST:PORT")
    return Choice(remote or "", master or "", environment or "")


def open_engine(choice: Choice) -> Engine:
    """The engine, connected. Raises EngineError where it cannot be reached or lacks what it needs."""
    from checker.engine.spark.engine import open_spark

    return open_spark(choice)
