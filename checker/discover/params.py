"""Parameters files: YAML, JSON, TOML, and what a Python file assigns as literals (parsed, never run)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checker.errors import YamlError
from checker.safeyaml import load

_MAX_PYTHON = 1024 * 1024
ABSENT = object()


class ParamsError(Exception):
    """A parameters file that cannot be read."""


def read_params(path: str, data: bytes) -> object:
    """The content of a parameters file, by its suffix as DVC does it."""
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    try:
        if suffix == "json":
            import json

            return json.loads(data) or {}
        if suffix == "toml":
            return _read_toml(data)
        if suffix == "py":
            return _read_python(data)
        return load(data, path, strict=False).data or {}
    except YamlError as error:
        raise ParamsError(f"{error.message} (line {error.location.line if error.location else 1})") from error
    except (ValueError, RecursionError, SyntaxError, MemoryError) as error:
        raise ParamsError(f"not valid {suffix}: {type(error).__name__}") from error


def value_at(data: object, key: str) -> object:
    """The value at a dotted key, or ABSENT."""
    if isinstance(data, dict) and key in data:
        return data[key]
    for part in key.split("."):
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return ABSENT
    return data


def _read_toml(data: bytes) -> object:
    # Python 3.10 has no tomllib; tomlkit is what DVC itself reads TOML with.
    from tomlkit import parse

    return parse(data.decode("utf-8")).unwrap()


def _read_python(data: bytes) -> object:
    """Assignments of literals, by name; classes as mappings; `self.x = ...` in `__init__`. As DVC's own reader."""
    import ast

    if len(data) > _MAX_PYTHON:
        raise ValueError("too large")
    return dict(_assigned(ast.parse(data), of_self=False))


def _assigned(tree: object, *, of_self: bool) -> Iterator[tuple[str, object]]:
    import ast

    for node in getattr(tree, "body", ()):
        if isinstance(node, ast.ClassDef):
            yield node.name, dict(_assigned(node, of_self=False))
        elif isinstance(node, ast.FunctionDef) and node.name == "__init__":
            yield from _assigned(node, of_self=True)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            name = _name(targets[0], of_self) if len(targets) == 1 else None
            if name is not None and node.value is not None:
                try:
                    yield name, _as_recorded(ast.literal_eval(node.value))
                except (ValueError, TypeError):
                    continue


def _name(target: object, of_self: bool) -> str | None:
    import ast

    if isinstance(target, ast.Name):
        return None if of_self else target.id
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        return target.attr
    return None


def _as_recorded(value: object) -> object:
    """A literal as `dvc.lock` records it: tuples become lists."""
    if isinstance(value, tuple | list):
        return [_as_recorded(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _as_recorded(item) for key, item in value.items()}
    return value
