"""Other values for one parameter of a rule: a step to either side, a large step, what is left out, what comes in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from checker.policy.strictness import at_least_as_strict
from checker.rules._base import ParamInfo

# A thousandth of a share: one record of a thousand.
STEP_OF_A_SHARE = 0.001
_DIGITS = 9
# Of a long list of names each one more would say the same again.
MOST_SINGLY = 12


class Value(NamedTuple):
    """Another value, what changed in words, and the case that notices it.

    `side` says of the smallest step of a number to which side it goes; empty for all other changes.
    """

    value: Any
    what: str
    kill: str
    side: str = ""


def changed_values(info: ParamInfo, value: Any) -> Iterator[Value]:
    """Every other value that the schema of the parameter accepts and a slip of the hand might write."""
    yield from _others(info, value, info.schema)
    if not info.required and value != info.default:
        yield Value(info.default, f"removed (back to {_shown(info.default)})", _both_sides(info, value))


def _others(info: ParamInfo, value: Any, schema: Mapping[str, Any]) -> Iterator[Value]:
    if isinstance(value, bool):
        yield Value(not value, f"{_shown(value)} -> {_shown(not value)}", "a case in which it decides")
    elif isinstance(value, int | float):
        yield from _numbers(info, value, schema)
    elif isinstance(value, Mapping):
        yield from _mappings(info, value, schema)
    elif isinstance(value, tuple):
        yield from _lists(value, schema)
    elif "enum" in schema:
        for other in schema["enum"]:
            if other != value:
                yield Value(other, f"{_shown(value)} -> {_shown(other)}", "a case in which it decides")
    elif isinstance(value, str) and info.name == "cel":
        yield from _conditions(value)
    elif isinstance(value, str):
        yield Value(f"{value}-other", f"{value} -> {value}-other", f"a case that has {value}")


def _numbers(info: ParamInfo, value: float, schema: Mapping[str, Any]) -> Iterator[Value]:
    """One smallest step and one large step to each side, within what the schema allows."""
    near, far = _steps(value, schema)
    for step, smallest in ((-near, True), (near, True), (-far, False), (far, False)):
        other = _within(value + step, value, schema)
        if other is None or other == value:
            continue
        side = ""
        if smallest:
            side = "tighter" if at_least_as_strict(other, value, info) else "looser"
        yield Value(other, f"{value:g} -> {other:g}", _between(value, other, side or "far"), side)


def _steps(value: float, schema: Mapping[str, Any]) -> tuple[float, float]:
    """The smallest step that a test can show, and a large one."""
    if schema.get("type") == "integer":
        return 1, max(10, abs(value) // 2)
    if schema.get("maximum", 2) <= 1:
        return STEP_OF_A_SHARE, max(0.1, value / 2)
    return max(STEP_OF_A_SHARE, abs(value) / 100), max(0.1, abs(value) / 2)


def _within(other: float, value: float, schema: Mapping[str, Any]) -> float | None:
    """The value, brought to the nearest that the schema accepts; None where there is none on that side."""
    other = round(other, _DIGITS)
    low, high = schema.get("minimum"), schema.get("maximum")
    other = max(other, low) if low is not None else other
    other = min(other, high) if high is not None else other
    if other <= schema.get("exclusiveMinimum", float("-inf")) or other >= schema.get("exclusiveMaximum", float("inf")):
        return None
    return type(value)(other)


def _mappings(info: ParamInfo, value: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Value]:
    """Each entry left out, and each number in it a step to either side."""
    for key, inner in value.items():
        left = {other: kept for other, kept in value.items() if other != key}
        yield Value(left, f"without {key}", f"a case that only {key} decides")
        for change in _others(info, inner, schema.get("properties", {}).get(key, {})):
            yield Value({**value, key: change.value}, f"{key} {change.what}", change.kill)


def _lists(value: tuple[Any, ...], schema: Mapping[str, Any]) -> Iterator[Value]:
    """Each member left out, each known one more, and `*` (every member there is) where it means that."""
    items = schema.get("items", {})
    known = [other for other in items.get("enum", ()) if other not in value]
    for member in value:
        left = tuple(kept for kept in value if kept != member)
        if len(left) >= schema.get("minItems", 0):
            yield Value(left, f"without {_shown(member)}", f"a case that only {_shown(member)} decides")
        elif known:
            yield Value((known[0],), f"{_shown(member)} -> {_shown(known[0])}", "a case in which it decides")
        elif "enum" not in items:
            yield Value(("other",), f"{_shown(member)} -> other", f"a case that {_shown(member)} decides")
    for more in [(member,) for member in known] if len(known) <= MOST_SINGLY else [tuple(known)]:
        words = _shown(more[0]) if len(more) == 1 else "all others"
        yield Value((*value, *more), f"with {words}", f"a case that {words} would change")
    if "enum" not in items and "*" not in value and value:
        yield Value((*value, "*"), "with *", "a case with a member that is not listed")


def _conditions(cel: str) -> Iterator[Value]:
    """A condition turned round, and each of its numbers a smallest step to either side."""
    yield Value(f"!({cel})", "turned round", "a case in which it decides")
    for number in re.finditer(r"(?<![\w.])[0-9]+(\.[0-9]+)?(?![\w.])", cel):
        text = number[0]
        step = Decimal(str(STEP_OF_A_SHARE)) if "." in text else Decimal(1)
        for other in (Decimal(text) - step, Decimal(text) + step):
            # A number may follow a minus, before which another one is no condition any more.
            shown = f"{other:f}" if other >= 0 else f"({other:f})"
            changed = f"{cel[: number.start()]}{shown}{cel[number.end() :]}"
            yield Value(changed, f"{text} -> {other:f}", f"a case between {text} and {other:f}")


def _both_sides(info: ParamInfo, value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"a case between {value:g} and {_shown(info.default)}"
    return "a case in which it decides"


def _between(value: float, other: float, side: str) -> str:
    if side == "looser":
        return f"a case that fails by less than the step from {value:g} to {other:g}"
    if side == "tighter":
        return f"a case that passes at {value:g} and would not at {other:g}"
    return f"a case between {value:g} and {other:g}"


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return f"{value:g}" if isinstance(value, float) else str(value)
