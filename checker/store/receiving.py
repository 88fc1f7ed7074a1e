"""Takes an entry from a shared store: whole, checked, signed where that is demanded, and only then kept here."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from checker.store.entries import COMPOSITION, KEYS, LIST, MAX_ENTRY_BYTES, ROLLUP, Name, check_entry
from checker.store.keys_layout import decode_length as length_of_keys
from checker.store.keys_reader import verify_keys
from checker.store.lists import MAX_LIST_BYTES, read_list
from checker.store.rollup import check_rollup, rollup_digest, rollup_length
from checker.store.shared import SharedStore
from checker.store.signing import UNSIGNED, Signed, problem_of
from checker.store.text_layout import decode_length
from checker.store.text_reader import verify_text


class Refused(Exception):
    """A store has the entry, but it must not be used; says why."""


def receive(store: SharedStore, name: Name, partial: Path, signed: Signed, key: bytes | None) -> bool:
    """Fetch an entry into a file and check it; False when the store has none. The file is left in either case.

    Raises Refused for an entry that is damaged, or not signed as demanded, and EvidenceUnreachable.
    """
    try:
        with partial.open("w+b") as file:
            found = store.fetch(name, file, _LIMITS.get(name.kind, decode_length))
        if not found:
            return False
        # What the entries of a rollup say is checked where they are used: a run may need few of them.
        digest = rollup_digest(partial, name.key) if name.kind == ROLLUP else content_digest(name, partial)
        demanded = signed is Signed.REQUIRED and name.kind not in UNSIGNED
        signature = store.signature(name) if demanded and key is not None else None
    except ValueError as error:
        raise Refused(str(error)) from error
    problem = problem_of(signature, name, digest, key) if demanded else ""
    if problem:
        raise Refused(problem)
    return True


def content_digest(name: Name, file: Path) -> str:
    """Check every byte of an entry's file; the digest that a signature covers. Raises OSError, ValueError."""
    if name.kind == LIST:
        return sha256(read_list(file, name.key)).hexdigest()
    if name.kind == ROLLUP:
        return check_rollup(file, name.key)
    if name.kind == KEYS:
        return verify_keys(file, name.key)
    if name.kind != COMPOSITION:
        return verify_text(file, name.key)
    with file.open("rb") as stream:
        data = stream.read(MAX_ENTRY_BYTES + 1)
    if len(data) > MAX_ENTRY_BYTES:
        raise ValueError("it is longer than an entry can be")
    return check_entry(name.key, data)


def partial_in(folder: Path) -> Path:
    """A new empty file, named so that it is swept away should this process die."""
    from checker.store.files import PARTIAL

    with tempfile.NamedTemporaryFile(prefix=PARTIAL, dir=folder, delete=False) as file:
        return Path(file.name)


# The most bytes of an entry, by its start where that says how many it has.
_LIMITS: Mapping[str, Callable[[bytes], int]] = {
    COMPOSITION: lambda _: MAX_ENTRY_BYTES,
    LIST: lambda _: MAX_LIST_BYTES,
    ROLLUP: rollup_length,
    KEYS: length_of_keys,
}
