"""How entries are shown: a table for people, or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from checker.report._escape import terminal

if TYPE_CHECKING:
    from checker.store.entries import Name
    from checker.store.holdings import Entry

SCHEMA = "headwater/evidence/v1"
_KINDS = {"json": "composition", "text": "text", "list": "list", "rollup": "rollup", "keys": "keys"}
# Entry -> dataset and shard; of a list of shards or a rollup, no shard.
Used = Mapping["Name", tuple[str, str]]
_SHOWN_KEY = 12


def as_text(where: str, entries: Sequence[Entry], used: Used) -> str:
    """One line an entry: those of known shards first, by dataset and shard; then one line about all."""
    lines = []
    for entry in _ordered(entries, used):
        place = " ".join(filter(None, used[entry.name])) if entry.name in used else "-"
        lines.append(
            f"{entry.name.key[:_SHOWN_KEY]}  {_KINDS[entry.name.kind]:<11}  {entry.size_bytes:>11,}  {shown(place)}\n"
        )
    known = sum(entry.name in used for entry in entries)
    about = f", {known:,} of them about shards of this repository" if used else ""
    return "".join([*lines, f"{counted(len(entries))} ({size_of(entries)}) in {shown(where)}{about}\n"])


def as_json(where: str, entries: Sequence[Entry], used: Used) -> str:
    """`headwater/evidence/v1`: fields may be added, never changed or removed."""
    rows = [
        {
            "key": entry.name.key,
            "kind": _KINDS[entry.name.kind],
            "size_bytes": entry.size_bytes,
            "dataset": used[entry.name][0] if entry.name in used else None,
            "shard": (used[entry.name][1] or None) if entry.name in used else None,
        }
        for entry in _ordered(entries, used)
    ]
    return json.dumps({"schema": SCHEMA, "where": where, "entries": rows}, indent=2).replace("\x7f", "\\u007f") + "\n"


def counted(number: int) -> str:
    """`1 entry`, `2 entries`."""
    return f"{number:,} {'entry' if number == 1 else 'entries'}"


def size_of(entries: Iterable[Entry]) -> str:
    """The size of all, for people."""
    return f"{sum(entry.size_bytes for entry in entries) / 1e6:,.1f} MB"


def shown(text: str) -> str:
    """As it may be written to a terminal."""
    return terminal(text)


def _ordered(entries: Iterable[Entry], used: Used) -> list[Entry]:
    def place(entry: Entry) -> tuple[object, ...]:
        return entry.name not in used, used.get(entry.name, ("", "")), entry.name.kind, entry.name.key

    return sorted(entries, key=place)
