"""Where the `headwater` command starts: leaves at once when a commit has nothing to judge.

Nothing but `os` and `sys` is imported here, and git is started by `posix_spawn`: the hook that has nothing to do
costs little more than the interpreter itself (`benchmarks/latency.py`).
"""

from __future__ import annotations

import os
import sys

STAGED = ({"check"}, {"check", "--staged"})
# What can change a verdict by its name alone: metadata, cards, parameters, policies.
SUFFIXES = (".dvc", ".yaml", ".yml", ".md", ".json", ".jsonld", "dvc.lock", ".dvcignore", ".gitmodules")
FOLDERS = ("policies/", "waivers/", "governance/", "reviews/", "cards/")
# As `checker.discover.git` has it: nothing is fetched, locked or replaced while a repository is only being read.
ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "none",
}
# Longer command lines are refused by some systems; that many paths are no quick case anyway.
MOST_PATHS = 200


def main(argv: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    changes = _staged_changes() if len(arguments) <= 2 and set(arguments) in STAGED else None
    if changes is not None and _nothing_to_judge(changes):
        sys.stdout.write("headwater: nothing staged that a policy judges\n")
        return 0
    import gc

    # What is imported and read makes tens of thousands of objects and no garbage; looking for some takes 5 % of a hook.
    gc.set_threshold(100_000)
    from checker.cli import main as command_line

    code = command_line(arguments, changes)
    if argv is None:
        _leave(code)
    return code


def _leave(code: int) -> None:
    """End at once, when nothing has asked to run at the end: taking the interpreter apart takes 10 % of a hook."""
    if "atexit" in sys.modules:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):  # nobody reads, or `cli` has closed it: for the interpreter to deal with
        return
    os._exit(code)


def _staged_changes() -> bytes | None:
    """What differs between HEAD and the index, as `git diff --raw -z` says it; None when git cannot tell."""
    if not hasattr(os, "posix_spawnp"):
        return None
    form = ("--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff", "--ignore-submodules=none")
    status, output = _git("-c", "diff.relative=false", "diff", "--cached", *form)
    return output if status == 0 else None


def _nothing_to_judge(changes: bytes) -> bool:
    """True only when no staged path can matter; any doubt means False."""
    paths = [os.fsdecode(path) for path in changes.split(b"\0")[1::2]]
    if len(paths) > MOST_PATHS or any(_speaks_for_itself(path) for path in paths):
        return False
    return not paths or _no_pipeline_uses(paths)


def _speaks_for_itself(path: str) -> bool:
    return path.endswith(SUFFIXES) or path.startswith(FOLDERS) or ".dvc/" in path or "/cards/" in path


def _no_pipeline_uses(paths: list[str]) -> bool:
    """True when no pipeline and no settings file names one of the paths, or a folder above it, as a whole.

    `.dvc` files are not searched, which would take longer than all else in a repository of thousands: of what DVC
    writes today only `dvc.lock` holds dependencies on files in git. Stages `pr` and `release` judge all in any case.
    """
    parts = {part for path in paths for part in path.split("/")}
    patterns = [argument for part in sorted(parts) for argument in ("-e", _as_last_part(part))]
    files = (":/*dvc.lock", ":/*dvc.yaml", ":/*headwater.yaml")
    status, _ = _git("grep", "--cached", "-q", "-E", *patterns, "--", *files)
    return status == 1


def _as_last_part(name: str) -> str:
    """A pattern for a path that ends with `name`: `src` is found in `path: lib/src`, not in `path: src/a.py`."""
    literal = "".join(f"[{char}]" if char in ".+*?(){}|[$" else f"\\{char}" if char in "\\^" else char for char in name)
    return f"(^|[^[:alnum:]_.-]){literal}([^[:alnum:]_./-]|$)"


def _git(*arguments: str) -> tuple[int, bytes]:
    """Run git; returns its exit status and what it printed."""
    reader, writer = os.pipe()
    silence = os.open(os.devnull, os.O_WRONLY)
    try:
        process = os.posix_spawnp(
            "git",
            ["git", *arguments],
            {**os.environ, **ENVIRONMENT},
            file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1), (os.POSIX_SPAWN_DUP2, silence, 2)],
        )
    except OSError:
        os.close(reader)
        return 127, b""
    finally:
        os.close(writer)
        os.close(silence)
    with open(reader, "rb") as pipe:  # noqa: PTH123 - a file descriptor, and pathlib is not imported here
        output = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), output
