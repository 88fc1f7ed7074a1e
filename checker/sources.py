"""What a run reads from: bytes of shards, kept evidence, earlier versions; each opened when first asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.governance import Rules
from checker.measuring import Effort
from checker.model.policy import Stage
from checker.request import Request
from checker.scope import Found
from checker.shards import KnownLists

if TYPE_CHECKING:
    from checker.across.references import References
    from checker.discover.objects import ObjectStore
    from checker.engine.seam import Engine
    from checker.model.outcome import Outcome
    from checker.required import Required
    from checker.store import EvidenceCache

COMMIT_BUDGET_SECONDS = 5.0


class Sources:
    """The sources of one run, in its limits. The trusted tree says which remotes and stores are believed."""

    def __init__(self, repository: Repository, request: Request, rules: Rules, head: Tree) -> None:
        self._repository, self._request, self._rules = repository, request, rules
        self._config = rules.trusted or head
        self._lists = KnownLists(self.evidence, keep=request.stage is not Stage.COMMIT)
        self._store: ObjectStore | None = None
        self._evidence: EvidenceCache | None = None
        self._engine: Engine | None = None
        self._required = self._requirement() if request.require_evidence else None

    def store(self) -> ObjectStore:
        """The bytes of shards and lists of shards."""
        if self._store is None:
            from checker.discover.objects import ObjectStore, open_store

            remotes = self._request.download
            kind = self._required.kind if self._required else ObjectStore
            self._store = open_store(self._repository, self._config, remotes=remotes, lists=self._lists, kind=kind)
        return self._store

    def evidence(self) -> EvidenceCache:
        """What was measured before."""
        if self._evidence is None:
            from checker.stores import evidence_of

            request, settings = self._request, self._rules.settings.evidence
            self._evidence = evidence_of(
                self._repository, self._config, settings, offline=not request.download, first=request.store
            )
        return self._evidence

    def references(self, found: Found) -> References:
        """The earlier versions that ratchets hold data against."""
        from checker.across.references import References

        return References(self._repository, found, self._rules)

    def engine(self) -> Engine:
        """What measures and groups in place of this machine, connected."""
        if self._engine is None:
            from checker.engine.choosing import open_engine

            assert self._request.engine is not None  # noqa: S101 - `effort` offers it then alone
            self._engine = open_engine(self._request.engine)
        return self._engine

    @property
    def effort(self) -> Effort:
        """What may be spent on measuring: as asked, else at commit as `headwater.yaml` says."""
        request, seconds = self._request, self._request.budget_seconds
        if request.engine is not None:
            return Effort(self.evidence, None, None, request.reverify, self.engine, self._required)
        if seconds is None and request.stage is Stage.COMMIT:
            stated = self._rules.settings.budget_seconds
            seconds = COMMIT_BUDGET_SECONDS if stated is None else stated
        return Effort(self.evidence, seconds, request.jobs, request.reverify, required=self._required)

    def lacking(self, found: Found) -> tuple[Outcome, ...]:
        """The evidence that is required and not known."""
        return () if self._required is None else self._required.outcomes(found)

    def _requirement(self) -> Required:
        from checker.required import Required

        stores = self._rules.settings.evidence.stores
        return Required(self._request.slices, self._request.store or (stores[0] if stores else ""))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the evidence has to say."""
        return () if self._evidence is None else self._evidence.notes

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *_: object) -> None:
        for opened in (self._engine, self._store):
            if opened is not None:
                opened.close()
