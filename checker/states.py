"""The two states of a run: the one before, and the one that is judged."""

from __future__ import annotations

from checker.discover.repository import Repository
from checker.discover.tree import Tree
from checker.model.policy import Stage
from checker.request import Request, Target


def states_of(repository: Repository, request: Request) -> tuple[Tree, Tree]:
    """The state before and the state to judge. The base of a change is the merge base, never the other branch's tip."""
    if request.rev or request.base or request.policy_ref:
        from checker.discover.ambiguous import refuse_ambiguous

        refuse_ambiguous(repository, (request.rev, request.base, request.policy_ref))
    if request.target in (Target.INDEX, Target.WORKTREE):
        head = repository.index() if request.target is Target.INDEX else repository.worktree()
        return repository.head_or_empty(head, request.staged_changes), head
    revision = request.rev or "HEAD"
    head = repository.revision(revision)
    if request.base is not None:
        return repository.revision(repository.merge_base(request.base, revision)), head
    if request.target is Target.CHANGE:
        # A first push: the remote has nothing yet, so everything is new.
        return repository.empty(), head
    earlier = _earlier_release(repository, head.snapshot.commit) if request.stage is Stage.RELEASE else None
    return repository.revision(earlier) if earlier else repository.before(revision), head


def _earlier_release(repository: Repository, commit: str | None) -> str | None:
    from checker.discover.history import previous_release

    return previous_release(repository.git_dir, commit) if commit else None
