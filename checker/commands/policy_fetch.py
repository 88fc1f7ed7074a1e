"""`headwater policy fetch`: bring the packs here that policies include from other repositories."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from checker.policy.rulebook import Rulebook


def declare(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy fetch` and its options."""
    command = actions.add_parser(
        "fetch",
        help="bring the packs here that policies include from other git repositories",
        description="Ask the git repositories that the policies include packs from, and keep each pack in the user's "
        "cache. A run at the stages commit and push asks nobody.",
    )
    command.add_argument("--rev", metavar="REV", help="the policies of this revision (default: of the work tree)")
    command.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fetch and print what is here now. Raises PolicyError where a pack cannot be had or is not the pinned one."""
    from checker import governance
    from checker.commands.check import to_terminal
    from checker.discover import open_repository
    from checker.discover.ambiguous import refuse_ambiguous
    from checker.report._escape import terminal

    repository = open_repository(arguments.folder)
    if arguments.rev:
        refuse_ambiguous(repository, (arguments.rev,))
    tree = repository.revision(arguments.rev) if arguments.rev else repository.worktree()
    book = governance.rulebook_of(tree, repository.folder, fetch=True)
    lines = [terminal(line, 2000) for line in _lines(book)]
    to_terminal("\n".join(lines) if lines else "no policy here includes a pack")
    return 0


def _lines(book: Rulebook) -> Iterator[str]:
    """Each included pack: where it is written, what is pinned, who signed it."""
    from checker.policy.includes import includes_of
    from checker.policy.places import Kind, kind_of
    from checker.policy.reading import read_drafts

    policies = (path for path in sorted(book.files) if kind_of(path, book.settings.policies) is Kind.POLICY)
    drafts = (draft for path in policies for draft in read_drafts(path, book.files[path])[0])
    for include in includes_of(drafts):
        signature = include.entry.get("signature")
        signed = f"signed by {signature['principal']}" if signature else "not signed"
        yield f"{include.at()}: {include.name} is here and is what is pinned, {signed}"
