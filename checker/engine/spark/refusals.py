"""What a worker of Spark answers in place of a result, as it is to be raised here."""

from __future__ import annotations

from checker.engine.spark.handshake import difference
from checker.engine.spark.rows import Answer, Kind
from checker.engine.workers import WorkerFault
from checker.errors import EngineError


def raised(answer: Answer, expected: str, where: str) -> Exception | None:
    """The exception of a worker that cannot be used, or of a fault of ours, met `where`; None for other answers."""
    match answer.kind:
        case Kind.OTHER:
            message = f"a worker of Spark has {difference(answer.content, expected)}"
        case Kind.STRANGER:
            message = f"a worker of Spark lacks what it is to run ({answer.content})"
        case Kind.FAULT:
            return WorkerFault(f"in a worker of Spark, {where}:\n{answer.content}")
        case _:
            return None
    return EngineError(
        message,
        hint="install the same headwater and plug-ins there, or bring them along with --environment (docs/engines.md)",
    )
