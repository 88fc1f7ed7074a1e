"""`headwater init`: look at a repository, write what fits it, overwrite nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from checker.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from checker.adopt.look import Seen, Sight
    from checker.adopt.plan import Ask, Choices, Plan

MOST_LISTED = 20
BUDGET_SECONDS = 20.0


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `init` and its options."""
    from checker.commands.check import seconds

    command = commands.add_parser(
        "init",
        help="set a data repository up: settings, starter policy, cards, hooks, workflow",
        description="Look at a repository and write what fits it. Nothing is overwritten; it asks only on a terminal.",
    )
    command.add_argument("--dry-run", action="store_true", help="show what would be written, write nothing")
    command.add_argument("--yes", action="store_true", help="take every default, ask nothing")
    command.add_argument("--repo", metavar="URL", help="take headwater from there in hooks and workflow ...")
    command.add_argument("--rev", metavar="REVISION", help="... at this tag or commit")
    command.add_argument(
        "--budget", metavar="SECONDS", type=seconds, default=BUDGET_SECONDS, help="time for measuring (default: 20)"
    )
    command.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Look, choose, write, say what comes next."""
    from checker.adopt import precommit, writing
    from checker.adopt.look import look
    from checker.adopt.plan import plan
    from checker.commands.check import progress

    choices = _choices(arguments)
    sight = look(arguments.folder, arguments.budget, progress())
    _tell_sight(sight)
    config = writing.read(sight.top, precommit.CONFIG)
    made = plan(sight, config, choices, _asking(arguments))
    written = _show(made) if arguments.dry_run else _write(sight, made)
    for line in made.kept:
        _say(f"kept     {_escaped(line)}")
    _tell_next(sight, made, written, dry=arguments.dry_run)
    return 0


def _choices(arguments: argparse.Namespace) -> Choices:
    from checker.adopt.plan import Choices

    if bool(arguments.repo) != bool(arguments.rev):
        raise UsageError("--repo and --rev go together", hint="name the address and the revision that you reviewed")
    source, revision = arguments.repo or "", arguments.rev or ""
    for text in (source, revision):
        if text.startswith("-") or not text.isprintable() or set(text) & set(" #'\"{}[],&*!|>%`"):
            raise UsageError(f"{text!r} cannot stand in a configuration", hint="name a plain address and revision")
    return Choices(source, revision)


def _asking(arguments: argparse.Namespace) -> Ask:
    """One question a choice on a terminal; elsewhere every default is taken."""
    if arguments.yes or arguments.dry_run or not sys.stdin.isatty():
        return lambda question: True

    def ask(question: str) -> bool:
        sys.stdout.write(f"{_escaped(question)} [Y/n] ")
        sys.stdout.flush()
        answer = sys.stdin.readline()
        # The end of input is no consent.
        return answer.strip().casefold() in ("", "y", "yes") and answer != ""

    return ask


def _tell_sight(sight: Sight) -> None:
    _say(f"{_escaped(sight.name)}: {len(sight.datasets):,} {'dataset' if len(sight.datasets) == 1 else 'datasets'}")
    for seen in sight.datasets[:MOST_LISTED]:
        _say(f"  {_escaped(_described(seen))}")
    if len(sight.datasets) > MOST_LISTED:
        _say(f"  and {len(sight.datasets) - MOST_LISTED:,} more")
    if sight.passed_over:
        named = ", ".join(sight.passed_over[:3])
        _say(f"  left alone as models, metrics or plots: {_escaped(named)}{' ...' if sight.passed_over[3:] else ''}")
    for note in sight.notes[:MOST_LISTED]:
        _say(f"  note: {_escaped(note)}")


def _described(seen: Seen) -> str:
    parts = [seen.role.value]
    if seen.shards is not None:
        parts.append(
            f"{seen.shards:,} {'shard' if seen.shards == 1 else 'shards'} ({', '.join(seen.formats) or 'no ending'})"
        )
    if seen.composition is not None:
        origins = ", ".join(f"{number:,} {origin.value}" for origin, number in sorted(seen.origins.items()) if number)
        parts.append(f"{seen.composition.records:,} records: {origins}")
    parts.append(f"card {seen.card}" if seen.card else "no card")
    return f"{seen.path}: {'; '.join(parts)}{f'; {seen.unread}' if seen.unread else ''}"


def _write(sight: Sight, made: Plan) -> list[str]:
    """Write each file; one that came into being since the look is kept as it is."""
    from checker.adopt import writing

    written = []
    for file in made.files:
        try:
            if file.grows:
                writing.replace(sight.top, file.path, file.data)
                done = True
            else:
                done = writing.create(sight.top, file.path, file.data)
        except UsageError as error:
            _say(f"skipped  {_escaped(str(error))}")
            continue
        _say(f"{'wrote' if done else 'kept':<8} {_escaped(file.path)}{'' if done else ' is there already'}")
        if done:
            written.append(file.path)
    return written


def _show(made: Plan) -> list[str]:
    from checker.policy.places import SCHEMAS

    for file in made.files:
        _say(f"would write {_escaped(file.path)} ({len(file.data):,} bytes)")
        if not file.path.startswith(SCHEMAS):
            for line in file.data.decode("utf-8", "replace").splitlines():
                _say(f"  | {_escaped(line)}")
    return [file.path for file in made.files]


def _tell_next(sight: Sight, made: Plan, written: list[str], *, dry: bool) -> None:
    steps = list(made.said)
    if dry:
        steps.append("run it again without --dry-run")
    elif written:
        steps.append("read what was written and correct what was guessed, then `git add --all`")
    if not sight.datasets:
        steps.append("track data with `dvc add`, then `git add` its .dvc file")
    if sight.datasets and sight.remote is None:
        steps.append("name a default remote (`dvc remote add --default NAME URL`): CI reads the data from there")
    steps.append("headwater check --all: what the policy says of the data as it is")
    steps.append("headwater baseline create: write known findings down, so that only new ones block")
    if not dry and any(path.endswith("pre-commit-config.yaml") for path in written):
        steps.append("pre-commit install -t pre-commit -t pre-push -t pre-merge-commit")
    if made.files:
        steps.append(f"merge it into {sight.branch or 'the default branch'} before its check is a required one")
    _say("next:")
    for number, step in enumerate(steps, 1):
        first, *more = step.splitlines()
        _say(f"  {number}. {_escaped(first)}")
        for line in more:
            _say(f"       {_escaped(line)}")


def _escaped(text: str) -> str:
    """One line for a terminal, its indentation kept."""
    from checker.report._escape import terminal

    bare = text.lstrip(" ")
    return " " * (len(text) - len(bare)) + terminal(bare)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
