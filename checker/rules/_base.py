"""What a check is: its parameters, what it needs, and the pure function that judges."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, ClassVar, Generic, NamedTuple, NoReturn, TypeVar

from checker.model.evidence import Evidence, Need
from checker.model.outcome import Judgement

P = TypeVar("P", bound="Parameters")
REQUIRED = object()
# So many breaches of one rule are told one by one; the rest is counted.
MOST_SHOWN = 50
THEN_AGAIN = "mend what is listed, then run the check again"


class Stricter(Enum):
    """In which direction a parameter gets stricter; inheritance may only go that way."""

    LOWER = "lower"
    HIGHER = "higher"
    MORE = "more"  # a list that gains members
    FEWER = "fewer"  # a list that loses members
    TRUE = "true"
    ORDERED = "ordered"  # an enum whose `order` runs from weakest to strictest
    FIXED = "fixed"  # may not change at all


class ParamInfo(NamedTuple):
    """One parameter as the schema, the docs and `policy explain` show it. `name` is as written in YAML.

    `star` says of a list whether "*" stands for a member too; None: it stands for nothing but itself.
    """

    name: str
    doc: str
    schema: Mapping[str, object]
    default: object
    required: bool
    unit: str
    stricter: Stricter
    order: tuple[str, ...] = ()
    star: Callable[[str], bool] | None = None


class Complaint(NamedTuple):
    """What is wrong with parameters that the schema accepts, and the next step.

    `key` is the parameter; `line` and `column`, from 1, are a place within its text, 0 where there is none.
    """

    what: str
    fix: str = ""
    key: str = ""
    line: int = 0
    column: int = 0


class Missing(Exception):
    """Raised by a check that cannot tell. `what` is the evidence that is missing, `fix` how to get it.

    `evaluate` catches it, once, and makes the outcome `not-evaluated`. `deferred` means a later stage will have it.
    """

    def __init__(self, what: str, fix: str = "", *, deferred: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.deferred = deferred


def everything(member: str) -> bool:
    """The `star` of a list in which "*" stands for whatever there is."""
    return True


def param(
    schema: Mapping[str, object],
    doc: str,
    *,
    stricter: Stricter,
    default: object = REQUIRED,
    unit: str = "",
    name: str = "",
    order: tuple[str, ...] = (),
    star: Callable[[str], bool] | None = None,
) -> Any:
    """Declare one parameter. `name` is the YAML key where it is a Python keyword, `star` as in `ParamInfo`.

    Returns Any because it is assigned to an attribute of the parameter's own type (as with `dataclasses.field`).
    """
    required = default is REQUIRED
    return ParamInfo(name, doc, schema, None if required else default, required, unit, stricter, order, star)


class Parameters:
    """The base of a check's parameters: immutable, given by keyword, compared by value.

    `declared` maps each attribute to what `param` said of it, in the order of declaration.
    """

    declared: ClassVar[Mapping[str, ParamInfo]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: info for name, info in vars(cls).items() if isinstance(info, ParamInfo)}
        cls.declared = {name: info._replace(name=info.name or name) for name, info in own.items()}
        for name, info in own.items():
            # Not even a class gives out what `param` returned in place of the value.
            delattr(cls, name) if info.required else setattr(cls, name, info.default)

    def __init__(self, **given: object) -> None:
        unknown = given.keys() - self.declared.keys()
        absent = [name for name, info in self.declared.items() if info.required and name not in given]
        if unknown or absent:
            raise TypeError(f"unknown: {sorted(unknown)}, missing: {absent}")
        vars(self).update({name: given.get(name, info.default) for name, info in self.declared.items()})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{name} cannot be changed: parameters are immutable")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        return f"Params({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Check(Generic[P]):
    """A check. `judge` is pure: no disk, no clock, no network; it yields judgements or raises Missing.

    `needs` says from the parameters what evidence must be gathered, `references` which other data it is compared with:
    `base`, a role (`gold`, `eval`, `raw`, `train`) or a glob over datasets. `module` carries the documentation.
    `worse` tells a ratchet whether a `higher` or a `lower` value is worse, and its judgements then carry a `figure`;
    empty: nothing to compare.
    `workings` tells how the numbers come about, a line of plain text a step, for `headwater explain`.
    `refuse` says what is wrong with parameters that the schema accepts; it is asked once, when a policy is loaded.
    """

    __slots__ = ("group", "id", "judge", "module", "needs", "params", "references", "refuse", "workings", "worse")

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - what it is called in policies
        group: str,
        params: type[P],
        needs: Callable[[P], frozenset[Need]],
        judge: Callable[[Evidence, P], Iterator[Judgement]],
        module: str = "",
        references: Callable[[P], tuple[str, ...]] = lambda params: (),
        worse: str = "",
        refuse: Callable[[P], Iterator[Complaint]] = lambda params: iter(()),
        workings: Callable[[Evidence, P], Iterator[str]] = lambda evidence, params: iter(()),
    ) -> None:
        self.id = id
        self.group = group
        self.params = params
        self.needs = needs
        self.judge = judge
        self.module = module
        self.references = references
        self.worse = worse
        self.refuse = refuse
        self.workings = workings

    @property
    def doc(self) -> str:
        """The module's docstring: What it checks / Why it matters / How to fix."""
        return sys.modules[self.module or self.judge.__module__].__doc__ or ""

    def parameters(self) -> tuple[ParamInfo, ...]:
        """The parameters in the order of declaration."""
        return tuple(self.params.declared.values())

    def build(self, given: Mapping[str, object]) -> P:
        """Make typed parameters from a mapping that the schema has accepted; lists become tuples."""
        by_yaml_name = {info.name: name for name, info in self.params.declared.items()}
        return self.params(**{by_yaml_name[name]: _frozen(value) for name, value in given.items()})


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value
