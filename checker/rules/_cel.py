"""CEL by Google's cel-expr-python: the only file that knows that library, so that it can be exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

PACKAGE = "cel-expr-python"
# What an expression may use; everything else of the standard library is left out. No division of doubles and no
# double("nan"): !(0.0 / 0.0 > 0.2) is true. No `map`, no `+` of texts or lists: twenty doublings of a text fill the
# memory. No dyn, clock or regular expression.
FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_", "@not_strictly_false", "@in", "_[_]"), ()),
    **dict.fromkeys(("size", "contains", "startsWith", "endsWith"), ()),
    "_<_": ("less_int64", "less_double"),
    "_<=_": ("less_equals_int64", "less_equals_double"),
    "_>_": ("greater_int64", "greater_double"),
    "_>=_": ("greater_equals_int64", "greater_equals_double"),
    "_+_": ("add_int64", "add_double"),
    "_-_": ("subtract_int64", "subtract_double"),
    "_*_": ("multiply_int64", "multiply_double"),
    "-_": ("negate_int64", "negate_double"),
    "_/_": ("divide_int64",),
    "_%_": ("modulo_int64",),
    "double": ("int64_to_double",),
}
MACROS = ("has", "all", "exists", "exists_one")


class Refused(Exception):
    """The source is no expression; the message is the library's, with `<input>:LINE:COLUMN` where it tells."""


class Compiled(NamedTuple):
    """An expression, and the name of the type that it gives."""

    expression: Any
    type: str

    def value(self, given: Mapping[str, object]) -> bool | str:
        """True or False, or as text why there is neither: a value of type ERROR is truthy, and no answer."""
        from cel_expr_python import cel

        try:
            result = self.expression.eval(data=dict(given))
        except RuntimeError as error:  # "Iteration budget exceeded"
            return str(error)
        answer = result.value()
        return answer if result.type() == cel.Type.BOOL and isinstance(answer, bool) else str(answer)


def installed() -> bool:
    """Whether the extra `cel` is there."""
    from importlib.util import find_spec

    return find_spec("cel_expr_python") is not None


def compiled(source: str, types: Mapping[str, str]) -> Compiled:
    """Compile and type-check; `types` maps each variable to `int`, `map<string,double>`, ... Raises Refused."""
    try:
        expression = _environment(tuple(sorted(types.items()))).compile(source)
    except (RuntimeError, ValueError) as error:
        raise Refused(str(error)) from error
    return Compiled(expression, expression.return_type().name().casefold())


@lru_cache(maxsize=64)
def _environment(types: tuple[tuple[str, str], ...]) -> Any:
    """Made from JSON, which is YAML. To make one takes twenty times as long as to compile in it."""
    import json

    from cel_expr_python import cel

    functions = [
        {"name": name, **({"overloads": [{"id": each} for each in overloads]} if overloads else {})}
        for name, overloads in FUNCTIONS.items()
    ]
    variables = [{"name": name, "type": kind} for name, kind in types]
    library = {"include_macros": MACROS, "include_functions": functions}
    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(json.dumps({"stdlib": library, "variables": variables})))
