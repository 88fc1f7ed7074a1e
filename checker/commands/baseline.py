"""`headwater baseline`: write down what is broken today, so that only what is new blocks."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from checker.model.policy import Stage

if TYPE_CHECKING:
    import argparse

    from checker.adopt.adopting import Adoption
    from checker.evaluate.baselined import State
    from checker.model.exemption import BaselineEntry
    from checker.model.outcome import Outcome
    from checker.run import Request

MOST_LISTED = 20


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `baseline` and its sub-commands."""
    command = commands.add_parser("baseline", help="write down known findings, so that only new ones block")
    actions = command.add_subparsers(title="actions", metavar="ACTION", required=True)
    create = actions.add_parser("create", help="write every finding of today into governance/baseline.txt")
    create.add_argument("--grow", action="store_true", help="add new findings to a baseline that is there already")
    create.add_argument("-o", "--output", metavar="FILE", help="write to another file, which rules nothing")
    create.set_defaults(run=run_create)
    listing = actions.add_parser("list", help="every entry, and whether it is still of use")
    listing.add_argument("--format", choices=["text", "json"], default="text")
    listing.set_defaults(run=run_list)
    prune = actions.add_parser("prune", help="take out the entries that are void")
    prune.set_defaults(run=run_prune)
    for action in (create, listing, prune):
        action.add_argument("--worktree", action="store_true", help="the work tree instead of what is staged")
        action.add_argument("--stage", choices=[stage.value for stage in Stage], default="pr", help="default: pr")
        action.add_argument("--offline", action="store_true", help="never ask a remote, nor a shared store")
        action.add_argument("--jobs", metavar="N", help="worker processes for measuring (default: one for each core)")
        action.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")


def run_create(arguments: argparse.Namespace) -> int:
    """Judge everything, write the baseline, say what it cannot hold; 0 when it is written."""
    from checker.adopt.adopting import merged
    from checker.policy.baseline import write_baseline

    adoption = _adoption(arguments)
    path, before = _before(arguments, adoption)
    entries = merged(adoption, before, grow=arguments.grow)
    if before is None and not entries:
        _say(f"nothing to write: no finding of a rule that may be waived; {path} is not needed")
    else:
        _write(adoption, path, write_baseline(entries), ruling=arguments.output is None)
        _told(path, entries, before)
    new = len(adoption.known - entries)
    if new:
        _say(f"{_counted(new, 'finding')} not in {path} stay: a baseline only shrinks, unless you say --grow")
    _tell_left(adoption.left)
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """Print every entry with what has become of it."""
    from checker.report._escape import terminal

    adoption = _adoption(arguments)
    path, before = _before(arguments, adoption)
    found = adoption.states(before or ())
    if arguments.format == "json":
        _print_json(found)
        return 0
    for entry, state in found.items():
        scope = ", ".join(f"{axis} {name}" for axis, name in entry.scope)
        where = f"{entry.dataset}, {scope}" if scope else entry.dataset
        _say(terminal(f"{entry.rule}  {where}  {entry.digest}  {state.value}"))
    void = sum(1 for state in found.values() if state.void)
    if before is None:
        _say(f"there is no {path}: `headwater baseline create` writes one")
    else:
        _say(f"{path}: {_counted(len(found), 'entry')}, {void:,} of them void")
    return 0


def run_prune(arguments: argparse.Namespace) -> int:
    """Rewrite the baseline without what is void; what this run could not judge stays."""
    from checker.policy.baseline import write_baseline

    adoption = _adoption(arguments)
    path, before = _before(arguments, adoption)
    found = adoption.states(before or ())
    kept = [entry for entry, state in found.items() if not state.void]
    if len(kept) == len(found):
        _say(f"{path}: nothing is void, {_counted(len(kept), 'entry')} kept" if before is not None else f"no {path}")
        return 0
    _write(adoption, path, write_baseline(kept), ruling=False)
    _say(f"{path}: {_counted(len(found) - len(kept), 'void entry')} taken out, {len(kept):,} kept")
    for words, number in sorted(Counter(state.value for state in found.values() if state.void).items()):
        _say(f"  {number:>6,}  {words}")
    return 0


def _adoption(arguments: argparse.Namespace) -> Adoption:
    from checker.adopt.adopting import adopt
    from checker.commands.check import progress

    return adopt(_request(arguments), progress())


def _request(arguments: argparse.Namespace) -> Request:
    from checker.commands.jobs import jobs_of
    from checker.run import Request, Target

    return Request(
        folder=arguments.folder,
        target=Target.WORKTREE if arguments.worktree else Target.INDEX,
        stage=Stage(arguments.stage),
        # Also at stage commit: a baseline of what could be read in five seconds would be no baseline.
        budget_seconds=float("inf") if arguments.stage == Stage.COMMIT.value else None,
        download=not arguments.offline,
        jobs=jobs_of(arguments.jobs),
    )


def _before(arguments: argparse.Namespace, adoption: Adoption) -> tuple[str, frozenset[BaselineEntry] | None]:
    """The file to write, and what it holds by now; None where there is none yet."""
    from checker.adopt import writing
    from checker.policy.baseline import read_baseline
    from checker.policy.places import BASELINE

    output = getattr(arguments, "output", None)
    data = _read(output) if output else writing.read(adoption.top, BASELINE)
    path = output or BASELINE
    return path, None if data is None else read_baseline(data, path)


def _read(file: str) -> bytes | None:
    from checker.errors import UsageError

    try:
        return Path(file).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}", hint="name a file") from error


def _write(adoption: Adoption, path: str, data: bytes, *, ruling: bool) -> None:
    from checker.adopt import writing
    from checker.adopt.adopting import ATTRIBUTES, with_union
    from checker.commands.check import to_file
    from checker.policy.places import BASELINE

    if path != BASELINE:
        to_file(path, data.decode("ascii"))
        return
    writing.replace(adoption.top, path, data)
    line = with_union(writing.read(adoption.top, ATTRIBUTES), BASELINE) if ruling else None
    if line:
        writing.append_line(adoption.top, ATTRIBUTES, line)
        _say(f"{ATTRIBUTES}: added {line}, so that branches merge it without a conflict")


def _told(path: str, entries: frozenset[BaselineEntry], before: frozenset[BaselineEntry] | None) -> None:
    from checker.report._escape import terminal

    datasets = len({entry.dataset for entry in entries})
    gone = len(before - entries) if before else 0
    change = "" if before is None else f" ({len(entries - before):,} new, {gone:,} void ones taken out)"
    _say(f"{path}: {_counted(len(entries), 'known finding')} in {_counted(datasets, 'dataset')}{change}")
    for rule, number in sorted(Counter(entry.rule for entry in entries).items()):
        _say(f"  {number:>6,}  {terminal(rule)}")
    _say(f"commit {path}: from then on these do not block, until their content changes")


def _tell_left(left: tuple[Outcome, ...]) -> None:
    """What no baseline may hold: broken rules that nobody may waive, and what could not be evaluated."""
    from checker.model.outcome import Status
    from checker.report._escape import terminal

    open_ends = [outcome for outcome in left if outcome.status is Status.NOT_EVALUATED]
    broken = [outcome for outcome in left if outcome.status is not Status.NOT_EVALUATED]
    for outcomes, words in (
        (broken, "to mend by hand, since no baseline may cover it"),
        (open_ends, "not evaluated, which no baseline covers"),
    ):
        if outcomes:
            _say(f"{_counted(len(outcomes), 'blocking finding')} {words}:")
        for outcome in outcomes[:MOST_LISTED]:
            fix = f"; next: {outcome.fix}" if outcome.fix else ""
            _say(f"  {terminal(f'{outcome.rule}: {outcome.message}{fix}')}")
        if len(outcomes) > MOST_LISTED:
            _say(f"  and {len(outcomes) - MOST_LISTED:,} more: `headwater check --all` lists them")


def _print_json(found: dict[BaselineEntry, State]) -> None:
    import json

    rows: Iterable[object] = [
        {
            "rule": entry.rule,
            "dataset": entry.dataset,
            "scope": dict(entry.scope),
            "digest": entry.digest,
            "state": state.name.lower().replace("_", "-"),
            "void": state.void,
        }
        for entry, state in found.items()
    ]
    _say(json.dumps(rows, indent=2))


def _counted(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
