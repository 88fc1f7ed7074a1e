"""Copies entries between the local folder and shared stores: only what is missing, so it can go on after a halt."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import NamedTuple

from checker.errors import EvidenceUnreachable
from checker.store.entries import Name
from checker.store.local import EvidenceCache
from checker.store.receiving import content_digest
from checker.store.shared import SharedStore, Unusable
from checker.store.signing import SUFFIX, UNSIGNED, signature_of

# Called with how many entries are done, how many there are, and what was done last.
Progress = Callable[[int, int, str], None]
_AT_ONCE = 8
_TOGETHER = 512  # so many are asked for at once, and told of then


class Moved(NamedTuple):
    """`sent`: copied now; `there`: had been there; `damaged`: not copied; `absent`: not to be had."""

    sent: tuple[Name, ...] = ()
    there: tuple[Name, ...] = ()
    damaged: tuple[str, ...] = ()
    absent: tuple[Name, ...] = ()


def push(
    folder: Path,
    store: SharedStore,
    names: Iterable[Name],
    key: bytes | None,
    progress: Progress | None = None,
    *,
    anew: bool = False,
) -> Moved:
    """Copy entries of a folder to a store, signed when `key` is given. Damaged ones stay behind and are named.

    With `anew` they replace what is there: that was found to be wrong.

    Raises EvidenceUnreachable (what arrived before stays there), UsageError when the store is only for reading.
    """
    store.must_be_writable()
    here = sorted({name for name in names if (folder / name.path).is_file()})
    known = {} if anew else _known(store, here)
    missing = [name for name in here if not _is_there(known.get(name), folder / name.path, key)]
    results = _all_of(partial(_push_one, folder, store, key), missing, progress)
    return Moved(
        tuple(name for name, problem in results if not problem),
        tuple(name for name in here if name not in set(missing)),
        tuple(problem for _, problem in results if problem),
    )


def pull(cache: EvidenceCache, names: Iterable[Name], progress: Progress | None = None) -> Moved:
    """Take entries from the stores of a cache into its folder; what they do not have, or not whole, is `absent`.

    Why an entry was not taken stands in the notes of the cache.
    """
    wanted = sorted(set(names))
    there = [name for name in wanted if cache.has(name)]
    missing = [name for name in wanted if not cache.has(name)]

    for start in range(0, len(missing), _TOGETHER):
        some = missing[start : start + _TOGETHER]
        cache.prefetch(some)
        for place, name in enumerate(some, start + 1):
            if progress is not None:
                progress(place, len(missing), name.path)
    sent = tuple(name for name in missing if cache.has(name))
    return Moved(sent, tuple(there), absent=tuple(name for name in missing if not cache.has(name)))


def _known(store: SharedStore, names: Collection[Name]) -> dict[Name, tuple[int, bool]]:
    """Sizes, and whether signed. A folder that is yet to be made holds nothing."""
    folder = store.address.folder
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the evidence store {store.address.url} cannot be made ({error.strerror})"
            raise EvidenceUnreachable(message, hint="name a folder that can be written to") from error
    wanted = set(names)
    near = store.names({name.key for name in names})
    return {name: (size, signed) for name, size, signed in near if name in wanted}


def _is_there(known: tuple[int, bool] | None, file: Path, key: bytes | None) -> bool:
    """Of another size it was cut short or is damaged, so it is written anew."""
    unsigned = key is None or file.suffix.lstrip(".") in UNSIGNED
    return known is not None and known[0] == file.stat().st_size and (known[1] or unsigned)


def _push_one(folder: Path, store: SharedStore, key: bytes | None, name: Name) -> str:
    """Empty, or why the entry was not sent. The signature goes first: who demands one never sees the entry without."""
    file = folder / name.path
    try:
        digest = content_digest(name, file)
    except (OSError, ValueError) as error:
        return f"{name.path} cannot be used as evidence: {error}"
    try:
        if key is not None and name.kind not in UNSIGNED:
            with tempfile.NamedTemporaryFile(prefix="headwater-", suffix=SUFFIX) as signature:
                signature.write(signature_of(name, digest, key))
                signature.flush()
                store.write(name, Path(signature.name), SUFFIX)
        store.write(name, file)
    except Unusable as refusal:
        return f"{name.path} was not taken: the store {refusal}"
    return ""


def _all_of(work: Callable[[Name], str], names: Sequence[Name], progress: Progress | None) -> list[tuple[Name, str]]:
    """Several at a time. The first store that cannot be reached ends it."""
    results: list[tuple[Name, str]] = []
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="evidence") as pool:
        running = {pool.submit(work, name): name for name in names}
        try:
            for future in as_completed(running):
                results.append((running[future], future.result()))
                if progress is not None:
                    progress(len(results), len(names), running[future].path)
        except EvidenceUnreachable as error:
            pool.shutdown(cancel_futures=True)
            done = len(results)
            raise EvidenceUnreachable(
                f"{error.message}; {done} of {len(names)} entries were copied",
                hint=f"{error.hint}, then run it again to go on",
            ) from error
    return sorted(results)
