"""The slow way to read a JSON row: any mixture of keys and types, decoding only what matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch, Key, Layout, Weight, grouped, make_layout
from checker.read.records.fields import FieldMap, Use
from checker.read.records.scales import Scales, Turn
from checker.read.records.shape import Tree, field_tree
from checker.read.records.slices import JsonSlices
from checker.read.records.values import blank, freeze

_MOST_LAYOUTS = 256


class OddRows:
    """Reads rows that no learned shape fits, and says of the others why they are bad."""

    def __init__(self, fields: FieldMap, scales: Scales | None, bad: BadRows, slices: JsonSlices | None = None) -> None:
        import msgspec

        self._fields = fields
        self._scales = scales
        self._bad = bad
        self._slices = slices
        self._tree = field_tree(fields.uses)
        self._layouts: dict[frozenset[str], Layout] = {}
        self._decode_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
        self._decode_any = msgspec.json.Decoder().decode

    def read(self, rows: Iterable[tuple[int, bytes]]) -> list[Batch]:
        """One batch for each set of fields; blank lines are no rows."""
        found: dict[Layout, tuple[list[Key], list[Weight]]] = {}
        for number, line in rows:
            if line.isspace():
                continue
            try:
                layout, key, weight = self._row(number, line)
            except (ValueError, RecursionError) as error:
                self._bad.add(number, _reason(error))
                continue
            if self._slices is not None:
                self._slices.count([line])
            keys, weights = found.setdefault(layout, ([], []))
            keys.append(key)
            weights.append(weight)
        return [Batch(layout, grouped(keys, weights)) for layout, (keys, weights) in found.items()]

    def _row(self, number: int, line: bytes) -> tuple[Layout, Key, Weight]:
        values: dict[str, object] = {}
        self._collect(self._decode_raw(line), self._tree, "", values)
        texts = [values.pop(path, None) for path in self._fields.paths["text"]]
        layout = self._layout(frozenset(values))
        turns = next((found for path in self._fields.paths["turns"] if (found := values.get(path))), None)
        key = tuple(_place(use, values[path]) for path, use in zip(layout.paths, layout.uses, strict=True))
        # Last, since whatever raises makes the row a bad one, whose text counts for nothing.
        weight = Weight() if self._scales is None else self._scales.record(number, _turns(turns), texts)
        return layout, key, weight

    def _collect(self, record: Mapping[str, Any], tree: Tree, path: str, values: dict[str, object]) -> None:
        for key in tree.keys() & record.keys():
            use, raw = tree[key], record[key]
            if isinstance(use, dict):
                if bytes(raw).startswith(b"{"):
                    self._collect(self._decode_raw(raw), use, f"{path}{key}.", values)
            elif use is not Use.TEXT:
                values[f"{path}{key}"] = self._decode_any(raw)
            elif self._scales is not None:
                values[f"{path}{key}"] = self._text(raw)

    def _text(self, raw: Any) -> object:
        """A text is not read when only metadata are wanted, so it must not decide whether the row is good."""
        try:
            return self._decode_any(raw)
        except (ValueError, RecursionError):
            return None

    def _layout(self, paths: frozenset[str]) -> Layout:
        if len(self._layouts) > _MOST_LAYOUTS:
            self._layouts.clear()
        if paths not in self._layouts:
            self._layouts[paths] = make_layout({path: self._fields.uses[path] for path in sorted(paths)})
        return self._layouts[paths]


def _place(use: Use, value: object) -> object:
    if use is Use.TURNS:
        return None if (turns := _turns(value)) is None else tuple(turn.role for turn in turns)
    frozen = freeze(value)
    return blank(frozen) if use is Use.PRESENCE else frozen


def _turns(value: object) -> list[Turn] | None:
    """The turns of a conversation; None when the value is none."""
    if not isinstance(value, list) or not value or not all(isinstance(turn, dict) for turn in value):
        return None
    return [
        Turn(_role(turn), next((turn[key] for key in ("content", "value", "text") if turn.get(key)), None))
        for turn in value
    ]


def _role(turn: Mapping[str, object]) -> object:
    role = next((turn[key] for key in ("role", "from") if turn.get(key) is not None), None)
    return role if isinstance(role, str) else None


def _reason(error: Exception) -> str:
    """Why a row is bad, in our words: the decoder's may quote the data."""
    if isinstance(error, RecursionError):
        return "the row is nested too deeply"
    message = str(error)
    if "Expected `object`" in message:
        return "the row is not a JSON object"
    if "out of range" in message:
        return "a number in the row is out of range"
    return "the row is not valid JSON"
