"""Holds a decoded result against the types that it declares: JSON with a checksum may still say anything."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

_MOST = 2**63
Result = TypeVar("Result")


def fitting(result: Result) -> Result:
    """The result, a NamedTuple, which has what its annotations say. Raises ValueError."""
    if not _fits(result, type(result)):
        raise ValueError(f"not a {type(result).__name__}")
    return result


def _fits(value: Any, kind: Any) -> bool:
    """Numbers are finite and below 2^63: with others, arithmetic and formatting end in a fault."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in inner)
    if origin is tuple:
        many = inner[1:] == (Ellipsis,)
        kinds = inner[:1] * len(value) if many and isinstance(value, tuple) else inner
        return isinstance(value, tuple) and len(value) == len(kinds) and all(map(_fits, value, kinds))
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(_fits(k, inner[0]) and _fits(v, inner[1]) for k, v in value.items())
    if kind in (int, float):
        of_kind = type(value) is int or (kind is float and type(value) is float)
        return of_kind and abs(value) < _MOST and math.isfinite(value)
    if hasattr(kind, "_fields"):
        return isinstance(value, kind) and all(map(_fits, value, _hints(kind)))
    return type(value) is kind


@cache
def _hints(kind: type) -> tuple[Any, ...]:
    return tuple(get_type_hints(kind).values())
