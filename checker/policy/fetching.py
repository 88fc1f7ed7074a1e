"""One file of one commit from a git repository elsewhere, kept in the user's cache with the proof that it is that file.

Only https, ssh and file are spoken; nothing is checked out, so no filter, hook or submodule of that repository runs.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from checker.errors import PolicyError
from checker.model.location import Location
from checker.policy.validated import memory_folder
from checker.policy.waivers.git_proof import MOST_BYTES, GitObject, member, packed, proven, tree_of

# What a person sets about transport and credentials is obeyed; what points git at some repository is not.
_OBEYED = ("GIT_SSH", "GIT_ASKPASS", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")
_OBEYED_FAMILIES = ("GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_")
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.bigFileThreshold=1m",
    "protocol.version=2",
    "transfer.fsckObjects=true",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
)


class Limits(NamedTuple):
    """How long a repository may take to answer, and how much it may send."""

    seconds: float = 60.0
    size_bytes: int = 64 * 1024 * 1024


_LIMITS = Limits()


def kept(commit: str, path: str) -> bytes | None:
    """The bytes of a file that was fetched before; None when there are none, or none that prove to be that file."""
    try:
        with _place(commit, path).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, RuntimeError):  # RuntimeError: there is no home folder
        return None
    return proven(data, commit, path) if len(data) <= MOST_BYTES else None


def fetch(url: str, commit: str, path: str, place: Location, limits: Limits = _LIMITS) -> bytes:
    """Ask the repository for the file, and keep it. Raises PolicyError at `place` when it cannot be had."""
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        _git(folder, limits, "init", "--quiet", "--bare", "--template=", ".")
        wanted = ("--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--filter=blob:limit=512k")
        said = _git(folder, limits, "fetch", *wanted, "--", url, commit, speak=True)
        if said is not None:
            message = f"{url} did not give the commit {commit[:12]}: {said}"
            raise PolicyError(message, hint="check the URL, the commit and your access", location=place)
        objects = _chain(folder, commit, path)
    if objects is None:
        message = f"the commit {commit[:12]} of {url} has no file {path} of a size that a policy may have"
        raise PolicyError(message, hint="check the path; links and submodules are not followed", location=place)
    with suppress(OSError, RuntimeError):  # without a cache the next run asks again
        _keep(_place(commit, path), packed(objects))
    return objects[-1].body


def _chain(folder: str, commit: str, path: str) -> list[GitObject] | None:
    """The commit, the folders down to the file, and the file; None where there is no such file."""
    head = _object(folder, "commit", commit)
    if head is None or head.oid != commit:
        return None
    chain, wanted, parts = [head], tree_of(head.body), path.split("/")
    for depth, part in enumerate(parts, 1):
        tree = _object(folder, "tree", wanted)
        if tree is None:
            return None
        chain.append(tree)
        wanted = member(tree.body, part, folder=depth < len(parts))
    blob = _object(folder, "blob", wanted)
    whole = [*chain, blob] if blob else []
    return whole if whole and proven(packed(whole), commit, path) is not None else None


def _object(folder: str, kind: str, oid: str) -> GitObject | None:
    """One object of the fetched repository; None when it is not there or too large."""
    if not oid or not 0 <= int(_told(folder, "cat-file", "-s", oid) or -1) <= MOST_BYTES // 2:
        return None
    body = _told(folder, "cat-file", kind, oid)
    return None if body is None else GitObject(kind, body)


def _told(folder: str, *arguments: str) -> bytes | None:
    try:
        done = subprocess.run(
            _command(folder, arguments),
            env={**_environment(), "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_LIMITS.seconds,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def _git(folder: str, limits: Limits, *arguments: str, speak: bool = False) -> str | None:
    """Run git; None when it went well, else what it said last. Ended when it takes too long or brings too much."""
    allowed = {"GIT_ALLOW_PROTOCOL": "https:ssh:file" if speak else "none"}
    with tempfile.TemporaryFile() as errors:
        try:
            child = subprocess.Popen(
                _command(folder, arguments),
                env={**_environment(), **allowed},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # so that what git starts ends with it
            )
        except OSError as error:
            return f"git cannot be started: {error.strerror}"
        trouble = _watched(child, Path(folder), limits)
        if trouble or child.returncode == 0:
            return trouble
        errors.seek(0)
        lines = errors.read(64 * 1024).decode("utf-8", "replace").strip().splitlines()
    telling = [line for line in lines if line.startswith(("fatal:", "error:", "remote:"))]
    return (telling or lines or ["git says nothing"])[0].partition(": ")[2] or "git failed"


def _watched(child: subprocess.Popen[bytes], folder: Path, limits: Limits) -> str | None:
    """Wait for git within the limits of time and size; what was too much, if anything."""
    ends = time.monotonic() + limits.seconds
    while True:
        with suppress(subprocess.TimeoutExpired):
            child.wait(0.1)
            return None
        late = time.monotonic() > ends
        if late or _size(folder) > limits.size_bytes:
            _end(child)
            return f"no answer in {limits.seconds:g} s" if late else f"it sends more than {limits.size_bytes:,} bytes"


def _end(child: subprocess.Popen[bytes]) -> None:
    import signal

    if os.name == "posix":
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()
    child.wait()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # git moves its files while it works
            total += path.stat().st_size
    return total


def _command(folder: str, arguments: tuple[str, ...]) -> list[str]:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    return ["git", "-C", folder, *settings, *arguments]


def _environment() -> dict[str, str]:
    kept_names = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith((*_OBEYED, *_OBEYED_FAMILIES))
    }
    return {**kept_names, "GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C", "LANGUAGE": "C"}


def _place(commit: str, path: str) -> Path:
    return Path(memory_folder()).parent / "packs" / f"{commit}-{sha256(path.encode()).hexdigest()[:16]}"


def _keep(place: Path, data: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    ignore = place.parent / ".gitignore"  # should the folder lie in a repository, git must not see it
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")
    handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=".pack-")
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    Path(temporary).replace(place)
