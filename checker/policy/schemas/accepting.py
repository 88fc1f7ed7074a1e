"""Whether a value surely fits a JSON Schema, where plain keywords tell it: what fits does not pay for jsonschema.

It may not know, and then jsonschema decides; it never takes what jsonschema refuses (`test_policy_accepting.py` holds
the two against each other). Written out because every validator that compiles schemas is slower to import than this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fits = Callable[[Any], bool]
# Words for people and editors, which demand nothing.
_SILENT = frozenset(
    {"$schema", "$defs", "title", "description", "default", "examples", "patternErrorMessage", "then", "else"}
)
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}
# Items that are not text are compared each with each.
_MOST_COMPARED = 50
_compiled: dict[int, tuple[Mapping[str, Any], Fits]] = {}


def surely_fits(schema: Mapping[str, Any], value: object) -> bool:
    """Whether the schema takes the value for certain. Schemas are remembered: they must not change."""
    if id(schema) not in _compiled:
        _compiled[id(schema)] = (schema, _Compiler(schema).fits(schema))
    return _compiled[id(schema)][1](value)


class _Compiler:
    """Makes a function of each schema; those of `$defs` when a value first needs them."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.defined: dict[str, Fits] = {}

    def fits(self, schema: Any) -> Fits:
        if schema is True:
            return _always
        if not isinstance(schema, Mapping):
            return _never
        made = []
        for word, wanted in schema.items():
            if word in _SILENT:
                continue
            make = getattr(self, f"_{word.lstrip('$').lower()}", None)
            if make is None:
                return _never
            made.append(make(wanted, schema))
        return made[0] if len(made) == 1 else lambda value: all(fits(value) for fits in made)

    def _ref(self, wanted: str, _: Any) -> Fits:
        def fits(value: Any) -> bool:
            if wanted not in self.defined:
                where, _, name = wanted.rpartition("/")
                known = self.root.get("$defs", {}) if where == "#/$defs" else {}
                self.defined[wanted] = self.fits(known.get(name, False))
            return self.defined[wanted](value)

        return fits

    def _type(self, wanted: Any, _: Any) -> Fits:
        names = [wanted] if isinstance(wanted, str) else wanted
        kinds = frozenset(kind for name in names for kind in _TYPES.get(name, ()))
        return lambda value: type(value) in kinds

    def _enum(self, wanted: list[Any], _: Any) -> Fits:
        return lambda value: any(type(each) is type(value) and each == value for each in wanted)

    def _const(self, wanted: Any, _: Any) -> Fits:
        return lambda value: type(value) is type(wanted) and bool(value == wanted)

    def _properties(self, wanted: Mapping[str, Any], schema: Mapping[str, Any]) -> Fits:
        known = {key: self.fits(each) for key, each in wanted.items()}
        others = schema.get("additionalProperties", True)
        rest = _never if others is False else self.fits(others)
        return lambda value: (
            not isinstance(value, dict) or all(known.get(key, rest)(each) for key, each in value.items())
        )

    def _additionalproperties(self, wanted: Any, schema: Mapping[str, Any]) -> Fits:
        return _always if "properties" in schema else self._properties({}, schema)

    def _propertynames(self, wanted: Any, _: Any) -> Fits:
        name = self.fits(wanted)
        return lambda value: not isinstance(value, dict) or all(name(key) for key in value)

    def _required(self, wanted: list[str], _: Any) -> Fits:
        return lambda value: not isinstance(value, dict) or all(key in value for key in wanted)

    def _items(self, wanted: Any, _: Any) -> Fits:
        item = self.fits(wanted)
        return lambda value: not isinstance(value, list) or all(item(each) for each in value)

    def _uniqueitems(self, wanted: Any, _: Any) -> Fits:
        return (lambda value: not isinstance(value, list) or _all_differ(value)) if wanted else _always

    def _minitems(self, wanted: int, _: Any) -> Fits:
        return lambda value: not isinstance(value, list) or len(value) >= wanted

    def _maxitems(self, wanted: int, _: Any) -> Fits:
        return lambda value: not isinstance(value, list) or len(value) <= wanted

    def _minproperties(self, wanted: int, _: Any) -> Fits:
        return lambda value: not isinstance(value, dict) or len(value) >= wanted

    def _minlength(self, wanted: int, _: Any) -> Fits:
        return lambda value: not isinstance(value, str) or len(value) >= wanted

    def _maxlength(self, wanted: int, _: Any) -> Fits:
        return lambda value: not isinstance(value, str) or len(value) <= wanted

    def _pattern(self, wanted: str, _: Any) -> Fits:
        import re

        found = re.compile(wanted).search
        return lambda value: not isinstance(value, str) or found(value) is not None

    def _minimum(self, wanted: float, _: Any) -> Fits:
        return lambda value: not isinstance(value, int | float) or value >= wanted

    def _maximum(self, wanted: float, _: Any) -> Fits:
        return lambda value: not isinstance(value, int | float) or value <= wanted

    def _exclusiveminimum(self, wanted: float, _: Any) -> Fits:
        return lambda value: not isinstance(value, int | float) or value > wanted

    def _exclusivemaximum(self, wanted: float, _: Any) -> Fits:
        return lambda value: not isinstance(value, int | float) or value < wanted

    def _anyof(self, wanted: list[Any], _: Any) -> Fits:
        choices = [self.fits(each) for each in wanted]
        return lambda value: any(fits(value) for fits in choices)

    def _allof(self, wanted: list[Any], _: Any) -> Fits:
        chosen = _choice(wanted)
        if chosen is None:
            every = [self.fits(each) for each in wanted]
            return lambda value: all(fits(value) for fits in every)
        key, branches = chosen
        made = {name: self.fits(each) for name, each in branches.items()}

        def fits(value: Any) -> bool:
            if not isinstance(value, dict):  # each condition holds of what is no mapping
                return all(branch(value) for branch in made.values())
            name = value.get(key)
            return name is None or (isinstance(name, str) and (name not in made or made[name](value)))

        return fits

    def _if(self, wanted: Any, schema: Mapping[str, Any]) -> Fits:
        applies = _condition(wanted)
        if applies is None:
            return _never
        then, otherwise = (self.fits(schema.get(word, True)) for word in ("then", "else"))
        return lambda value: then(value) if applies(value) else otherwise(value)


def _always(_: Any) -> bool:
    return True


def _never(_: Any) -> bool:
    return False


def _all_differ(items: list[Any]) -> bool:
    if all(type(item) is str for item in items):
        return len(set(items)) == len(items)
    if len(items) > _MOST_COMPARED:
        return False
    return not any(one == other for place, one in enumerate(items) for other in items[:place])


def _choice(branches: list[Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The key and the `then` by its value, where each branch is `if` that key has that text, and nothing else."""
    found: dict[str, Any] = {}
    keys = set()
    for branch in branches:
        condition = branch.get("if") if isinstance(branch, Mapping) and set(branch) == {"if", "then"} else None
        asked = condition.get("properties") if isinstance(condition, Mapping) else None
        if not isinstance(asked, Mapping) or len(asked) != 1:
            return None
        ((key, wanted),) = asked.items()
        if condition != {"properties": {key: {"const": wanted.get("const")}}, "required": [key]}:
            return None
        if not isinstance(wanted["const"], str) or wanted["const"] in found:
            return None
        keys.add(key)
        found[wanted["const"]] = branch["then"]
    return (keys.pop(), found) if len(keys) == 1 else None


def _condition(schema: Any) -> Callable[[Any], bool] | None:
    """Exactly whether a value has these keys, where no more is asked; None where it is."""
    if not isinstance(schema, Mapping) or not set(schema) <= {"type", "required"}:
        return None
    if schema.get("type", "object") != "object":
        return None
    required, only = schema.get("required", []), "type" in schema
    return lambda value: all(key in value for key in required) if isinstance(value, dict) else not only
