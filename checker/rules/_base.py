"""What a check is: its parameters, what it needs, and the pure function that judges."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from enum import Enum
from typing import Any, Generic, TypeVar, cast

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement

P = TypeVar("P")


class Stricter(Enum):
    """In which direction a parameter gets stricter; inheritance may only go that way."""

    LOWER = "lower"
    HIGHER = "higher"
    MORE = "more"  # a list that gains members
    FEWER = "fewer"  # a list that loses members
    TRUE = "true"
    ORDERED = "ordered"  # an enum whose `order` runs from weakest to strictest
    FIXED = "fixed"  # may not change at all


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """One parameter as the schema, the docs and `policy explain` show it. `name` is as written in YAML."""

    name: str
    doc: str
    schema: Mapping[str, object]
    default: object
    required: bool
    unit: str
    stricter: Stricter
    order: tuple[str, ...] = ()


class Missing(Exception):
    """Raised by a check that cannot tell. `what` is the evidence that is missing, `fix` how to get it.

    `evaluate` catches it, once, and makes the outcome `not-evaluated`. `deferred` means a later stage will have it.
    """

    def __init__(self, what: str, fix: str = "", *, deferred: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.deferred = deferred


def param(
    schema: Mapping[str, object],
    doc: str,
    *,
    stricter: Stricter,
    default: object = MISSING,
    unit: str = "",
    name: str = "",
    order: tuple[str, ...] = (),
) -> Any:
    """Declare a field of a Params dataclass. `name` is the YAML key where it is a Python keyword.

    Returns Any because dataclass fields are declared by assignment (as `dataclasses.field` itself does).
    """
    info = {"schema": schema, "doc": doc, "stricter": stricter, "unit": unit, "name": name, "order": order}
    if default is MISSING:
        return field(metadata=info)
    return field(default=default, metadata=info)


@dataclass(frozen=True, slots=True)
class Check(Generic[P]):
    """A check. `judge` is pure: no disk, no clock, no network; it yields judgements or raises Missing.

    `needs` says from the parameters what evidence must be gathered. `module` carries the documentation.
    """

    id: str
    group: str
    params: type[P]
    needs: Callable[[P], frozenset[Need]]
    judge: Callable[[Evidence, P], Iterator[Judgement]]
    module: str = ""

    @property
    def doc(self) -> str:
        """The module's docstring: What it checks / Why it matters / How to fix."""
        return sys.modules[self.module or self.judge.__module__].__doc__ or ""

    def parameters(self) -> tuple[ParamInfo, ...]:
        """The parameters in the order of declaration."""
        return tuple(
            ParamInfo(
                name=entry.metadata["name"] or entry.name,
                doc=entry.metadata["doc"],
                schema=entry.metadata["schema"],
                default=None if entry.default is MISSING else entry.default,
                required=entry.default is MISSING,
                unit=entry.metadata["unit"],
                stricter=entry.metadata["stricter"],
                order=entry.metadata["order"],
            )
            for entry in fields(cast(Any, self.params))
        )

    def build(self, given: Mapping[str, object]) -> P:
        """Make typed parameters from a mapping that the schema has accepted; lists become tuples."""
        by_yaml_name = {entry.metadata["name"] or entry.name: entry.name for entry in fields(cast(Any, self.params))}
        return self.params(**{by_yaml_name[name]: _frozen(value) for name, value in given.items()})


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value
