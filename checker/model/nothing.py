"""The empty mapping that records have as a default: it cannot be filled, and it can be sent to another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn


class _Nothing(Mapping[Any, Any]):
    """As `MappingProxyType({})`, which cannot be pickled."""

    __slots__ = ()

    def __getitem__(self, key: object) -> NoReturn:
        raise KeyError(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING: Mapping[Any, Any] = _Nothing()
