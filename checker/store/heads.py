"""What the header of a text entry says, without its body: for who only counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

from checker.store.entries import Name
from checker.store.rollup import TextHead
from checker.store.shared import SharedStore
from checker.store.signing import Signed, problem_of
from checker.store.text_layout import decode_start

_AT_ONCE = 8


def text_heads(
    store: SharedStore, names: Collection[Name], signed: Signed, key: bytes | None
) -> Mapping[Name, TextHead]:
    """Those of the text entries that the store has whole headers of, signed where that is demanded.

    The digest is made of what the header says; the body is held against it when somebody reads it.
    Raises EvidenceUnreachable.
    """

    def ask(name: Name) -> TextHead | None:
        return _head(store, name, signed, key)

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="evidence") as pool:
        found = dict(zip(names, pool.map(ask, names), strict=True))
    return {name: head for name, head in found.items() if head is not None}


def _head(store: SharedStore, name: Name, signed: Signed, key: bytes | None) -> TextHead | None:
    try:
        header = decode_start(store.start(name) or b"")
        signature = store.signature(name) if signed is Signed.REQUIRED else None
    except ValueError:
        return None
    if header.key != name.key or (signed is Signed.REQUIRED and problem_of(signature, name, header.digest, key)):
        return None
    return TextHead(header.digest, header.records)
