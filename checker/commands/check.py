"""`headwater check`: judge the staged index, a revision, or a change."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from checker.errors import UsageError
from checker.model.policy import Stage

if TYPE_CHECKING:
    import argparse

    from checker.engine.choosing import Choice
    from checker.model.report import Report
    from checker.run import Progress, Request

NO_OBJECT = "0" * 40
PLAIN_OUTPUT = (("text", None),)
FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")


def declare(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check` and its options."""
    command = commands.add_parser(
        "check",
        help="judge dataset versions under the policies",
        description="Judge dataset versions under the policies; without a target, what would be committed.",
    )
    target, rules = declare_question(command)
    target.add_argument("--all", action="store_true", help="every dataset, not only those that the change touches")
    rules.add_argument(
        "--reverify",
        metavar="SHARE",
        help="measure a random share (5%%) of what is known again; 1 when it differs",
    )
    rules.add_argument("--fail-on", choices=["block", "warn"], default="block", help="what ends with exit code 1")
    output = command.add_argument_group("what is written")
    output.add_argument(
        "--format", action="append", metavar="NAME[=FILE]", help=f"{', '.join(FORMATS)}; may be repeated"
    )
    output.add_argument("--output", metavar="FILE", help="file for a single --format")
    output.add_argument("--exit-zero", action="store_true", help="end with 0 even when a finding blocks")
    output.add_argument("--color", choices=["auto", "always", "never"], default="auto")
    from argparse import SUPPRESS

    # Most linters take paths, so people try it; without this they would only hear that an argument is unknown.
    command.add_argument("paths", nargs="*", help=SUPPRESS)
    command.set_defaults(run=run)


def declare_question(command: argparse.ArgumentParser) -> tuple[argparse._ArgumentGroup, argparse._ArgumentGroup]:
    """Add what every command that judges asks for: what is judged, how, and where shards are measured."""
    from checker.commands.engines import declare_engine

    target = command.add_argument_group("what is judged")
    target.add_argument("--staged", action="store_true", help="the git index (the default)")
    target.add_argument("--worktree", action="store_true", help="the files as they lie in the work tree")
    target.add_argument("--rev", metavar="REV", help="a commit, tag or tree")
    target.add_argument("--base", metavar="REV", help="a change: from the merge base with REV ...")
    target.add_argument("--head", metavar="REV", help="... to REV (default: HEAD)")
    target.add_argument("-C", dest="folder", metavar="DIR", default=".", help="run as if started in DIR")
    rules = command.add_argument_group("how it is judged")
    rules.add_argument("--stage", choices=[stage.value for stage in Stage], help="default: commit, or pr with --base")
    rules.add_argument(
        "--policy-ref",
        metavar="REV",
        help="trusted revision of the policies (default at pr and release: the default branch)",
    )
    rules.add_argument("--budget", metavar="SECONDS", type=seconds, help="time for measuring (default at commit: 5)")
    rules.add_argument(
        "--download", action="store_true", help="read shards from the DVC remote (default at pr and release)"
    )
    rules.add_argument("--offline", action="store_true", help="never ask a remote, nor a shared store over the network")
    rules.add_argument("--jobs", metavar="N", help="worker processes for measuring (default: one for each core)")
    rules.add_argument(
        "--require-evidence",
        action="store_true",
        help="measure nothing and read no shard; 3 when evidence is not known",
    )
    rules.add_argument("--slices", metavar="N", help="with it: name the slices I/N that have to be measured again")
    rules.add_argument("--store", metavar="URL", help="a shared store of evidence to ask before those of the settings")
    rules.add_argument(
        "--at", metavar="DATE", help="the day (UTC) that waivers and reviews are judged by (default: today)"
    )
    declare_engine(command)
    return target, rules


def run(arguments: argparse.Namespace) -> int:
    """Judge, write the reports, return the exit code."""
    from checker.run import check

    outputs = _outputs(arguments)
    request = request_of(arguments)
    if request is None:
        sys.stdout.write("headwater: the push deletes a branch, nothing to judge\n")
        return 0
    report = check(request, progress())
    _write(report, outputs, arguments.color)
    return 0 if arguments.exit_zero else report.exit_code


def run_staged(changes: bytes | None = None) -> int:
    """`headwater check --staged` without another option; all that it does not say is as `Request` has it."""
    from checker.run import Request, check

    report = check(Request(staged_changes=changes), progress())
    _write(report, PLAIN_OUTPUT, "auto")
    return report.exit_code


def request_of(arguments: argparse.Namespace) -> Request | None:
    """The arguments, and what git and pre-commit say in the environment, as one request; None for a branch deletion."""
    from checker.run import Request, Target

    if arguments.paths:
        raise UsageError(
            f"check judges what changed, not paths such as {arguments.paths[0]}",
            hint="-C FOLDER names a repository, --all judges every dataset; `headwater measure PATH` measures one",
        )
    if sum([arguments.staged, arguments.worktree, arguments.rev is not None, arguments.base is not None]) > 1:
        raise UsageError("more than one target is named", hint="use one of --staged, --worktree, --rev, --base")
    if arguments.head and not arguments.base:
        raise UsageError("--head needs --base", hint="name both, or use --rev")
    if arguments.download and arguments.offline:
        raise UsageError("--download and --offline exclude each other", hint="use one of them")
    _refuse_contradictions(arguments)
    target, rev, base = Target.INDEX, None, None
    if arguments.rev:
        target, rev = Target.REVISION, arguments.rev
    elif arguments.base:
        target, rev, base = Target.CHANGE, arguments.head or "HEAD", arguments.base
    elif arguments.worktree:
        target = Target.WORKTREE
    stage = Stage(arguments.stage or ("pr" if base else "push" if rev else "commit"))
    if stage is Stage.PUSH and target is Target.INDEX and not arguments.staged:
        target, rev, base = Target.CHANGE, os.environ.get("PRE_COMMIT_TO_REF", "HEAD"), _pushed_from()
        if rev == NO_OBJECT:
            return None
    elif stage in (Stage.PR, Stage.RELEASE) and target is Target.INDEX and not arguments.staged:
        target, rev = Target.REVISION, "HEAD"
    return Request(
        folder=arguments.folder,
        target=target,
        stage=stage,
        rev=rev,
        base=base,
        policy_ref=arguments.policy_ref,
        budget_seconds=arguments.budget,
        download=arguments.download or (stage in (Stage.PR, Stage.RELEASE) and not arguments.offline),
        everything=arguments.all,
        warnings_block=arguments.fail_on == "warn",
        jobs=_jobs(arguments.jobs),
        engine=_engine(arguments),
        reverify=_reverified(arguments.reverify),
        store=arguments.store,
        require_evidence=arguments.require_evidence,
        slices=_slices(arguments.slices),
        today=day_of(arguments.at),
    )


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if arguments.require_evidence and arguments.reverify is not None:
        raise UsageError(
            "--require-evidence measures nothing, --reverify does",
            hint="use --reverify where the data is",
        )
    if arguments.slices is not None and not arguments.require_evidence:
        raise UsageError("--slices is for what --require-evidence finds lacking", hint="use both, or neither")
    if arguments.store and arguments.offline and "://" in arguments.store:
        raise UsageError(
            f"--store {arguments.store} may need the network, which --offline forbids", hint="name a folder, or use one"
        )


def _slices(text: str | None) -> int | None:
    if text is None:
        return None
    from checker.engine.slices import slices_of

    return slices_of(text)


def day_of(text: str | None) -> str | None:
    """The day that an option names. Raises UsageError for what is no day."""
    if text is None:
        return None
    from checker.policy.days import is_day

    if not is_day(text):
        raise UsageError(f"--at names no day: {text!r}", hint="write it as YYYY-MM-DD, in UTC")
    return text


def _engine(arguments: argparse.Namespace) -> Choice | None:
    from checker.commands.engines import choice_from

    return choice_from(arguments)


def _jobs(text: str | None) -> int | None:
    if text is None:
        return None
    from checker.commands.jobs import jobs_of

    return jobs_of(text)


def _reverified(text: str | None) -> float | None:
    if text is None:
        return None
    from checker.store.reverify import share_of

    return share_of(text)


def _pushed_from() -> str | None:
    """The remote's tip as pre-commit hands it over; None on a first push, when there is none."""
    old = os.environ.get("PRE_COMMIT_FROM_REF")
    return None if old in (None, "", NO_OBJECT) else old


def _outputs(arguments: argparse.Namespace) -> tuple[tuple[str, str | None], ...]:
    """The wanted renderings as (format, file or None for standard output)."""
    wanted = [entry.partition("=") for entry in arguments.format or ["text"]]
    for name, _, _ in wanted:
        # Which plug-ins take part, and what they can write, is known once the settings are read.
        if name not in FORMATS and ":" not in name:
            raise UsageError(f"there is no format {name!r}", hint=f"choose from {', '.join(FORMATS)}")
    if arguments.output and (len(wanted) != 1 or wanted[0][2]):
        raise UsageError("--output goes with one --format without a file", hint="or write --format NAME=FILE for each")
    return tuple((name, file or arguments.output) for name, _, file in wanted)


def _write(report: Report, outputs: tuple[tuple[str, str | None], ...], color: str) -> None:
    for name, file in outputs:
        if file is None:
            shown = color == "always" or (color == "auto" and sys.stdout.isatty() and "NO_COLOR" not in os.environ)
            to_terminal(_rendered(name, report, color=shown))
        else:
            to_file(file, _rendered(name, report))


def _rendered(name: str, report: Report, *, color: bool = False) -> str:
    from checker.report import knows, render

    if not knows(name):
        hint = f"name the plug-in under plugins in headwater.yaml, or choose from {', '.join(FORMATS)}"
        raise UsageError(f"there is no format {name!r}", hint=hint)
    return render(name, report, color=color)


def to_file(file: str, text: str) -> None:
    """Write a report. Raises UsageError where it cannot be written."""
    from pathlib import Path

    _refuse_link(file)
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}", hint="name a writable file") from error


def _refuse_link(file: str) -> None:
    """A change may bring a symlink under the report's name, to have another file overwritten; `/dev/stdout` is none."""
    from pathlib import Path

    whole = Path(file).absolute()
    if whole.parts[:2] == ("/", "dev"):
        return
    # Folders above the working folder are this machine's own, whatever links they are.
    here = [place for place in (whole, *whole.parents) if place.is_relative_to(Path.cwd())]
    link = next((place for place in here if place.is_symlink()), None)
    if link is not None:
        raise UsageError(
            f"cannot write {file}: {link.name} is a symlink, which is not written through",
            hint="name a file outside of the judged work tree",
        )


def to_terminal(text: str) -> None:
    """To standard output, whatever characters its encoding lacks."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    if not text.endswith("\n"):
        sys.stdout.write("\n")
    sys.stdout.flush()


def progress() -> Progress | None:
    """A line that is overwritten on a terminal; nothing in CI or a pipe."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        return None

    def show(done: int, total: int, name: str) -> None:
        width = 60
        sys.stderr.write(
            f"\r{f'measuring {done}/{total} {name}'[:width]:<{width}}" if done < total else f"\r{'':<{width}}\r"
        )
        sys.stderr.flush()

    return show


def seconds(text: str) -> float:
    """A number of seconds, as an option has it."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        import argparse

        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return number
