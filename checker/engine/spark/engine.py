"""The engine that runs on Spark."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence

from checker.engine.choice import Choice
from checker.engine.seam import Descriptor, GroupKernel, KeyFile, Links, Result, Work
from checker.engine.spark.session import Session, open_session
from checker.store import EvidenceCache


def open_spark(choice: Choice) -> Spark:
    """Connected, and ready for work. Raises EngineError."""
    return Spark(open_session(choice))


class Spark:
    """One session; what is local to its workers is local to this process where `session.local` says so."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def map_shards(
        self, descriptors: Iterable[Descriptor], work: Work
    ) -> Generator[tuple[Descriptor, Result], None, None]:
        """Wave after wave of shards, each with its results when it ends."""
        from checker.engine.spark.mapping import map_shards

        return map_shards(self.session, descriptors, work)

    def group(
        self, files: Sequence[KeyFile], kernel: GroupKernel, cache: EvidenceCache, parts: int
    ) -> Generator[Links, None, None]:
        """As the seam says."""
        from checker.engine.spark.grouping import group

        return group(self.session, files, kernel, cache, parts)

    def close(self) -> None:
        """End the session, and the JVM where it is ours."""
        self.session.end()
