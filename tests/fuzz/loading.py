"""`python loading.py FOLDER [libFuzzer's options]`: the loader of everything that rules, fed with any bytes.

An input is a set of files: a line `=== path` starts a file, what stands before the first is `policies/a.yaml`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

DEFAULT = "policies/a.yaml"
START = b"=== "


def files_of(data: bytes) -> Mapping[str, bytes]:
    """The files of an input. Names that are no text are passed over: git has them as bytes, and no policy has them."""
    found: dict[str, list[bytes]] = {}
    path = DEFAULT
    for line in data.splitlines(keepends=True):
        if line.startswith(START):
            path = line[len(START) :].strip().decode("utf-8", "replace")
        else:
            found.setdefault(path, []).append(line)
    return {name: b"".join(lines) for name, lines in found.items()}


def try_one(data: bytes) -> None:
    """Load, and lint. Raises anything but a fault with a place, which is what was looked for."""
    from checker.errors import HeadwaterError
    from checker.policy.lint import lint
    from checker.policy.rulebook import read_rulebook

    files = files_of(data)
    faults = lint(files)
    try:
        read_rulebook(files, "HEAD")
    except HeadwaterError as error:
        faults.append(error)
    for fault in faults:
        if fault.location is None or not fault.message or len(str(fault)) > 10_000:
            raise ValueError(f"a fault without a place or without measure: {fault!r}")


if __name__ == "__main__":
    import atheris

    with atheris.instrument_imports(include=["checker"]):
        from checker.policy import lint, rulebook  # noqa: F401 - to be instrumented
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()
