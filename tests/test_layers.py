"""The arrows between the rooms: who may import whom, and where a third-party package may appear."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# `docs/design.md` shows this table to people; `test_the_table_in_the_docs_is_this_table` keeps the two equal.
ROOMS: Mapping[str, frozenset[str]] = {
    "model": frozenset(),
    "errors": frozenset({"model"}),
    "safeyaml": frozenset({"model", "errors"}),
    "resources": frozenset(),
    "globs": frozenset(),
    "patience": frozenset(),
    "added": frozenset({"model"}),
    "discover": frozenset({"model", "errors", "safeyaml", "patience"}),
    "read.cards": frozenset({"model", "errors", "added", "safeyaml"}),
    "read.records": frozenset({"model", "errors", "added"}),
    "kernels": frozenset({"model", "errors"}),
    "store": frozenset({"model", "errors", "patience"}),
    "measure": frozenset({"model", "errors", "added", "globs", "read.records", "kernels", "store"}),
    "compare": frozenset({"model", "errors", "kernels", "store"}),
    "engine": frozenset({"model", "errors", "added", "discover", "measure", "store", "kernels", "compare"}),
    "rules": frozenset({"model", "added"}),
    "policy": frozenset({"model", "errors", "added", "safeyaml", "resources", "globs", "rules"}),
    "evaluate": frozenset({"model", "globs", "policy", "rules"}),
    "report": frozenset({"model", "added"}),
    "plugins": frozenset({"model", "errors", "added", "rules"}),
    "policytest": frozenset(
        {
            "model",
            "errors",
            "safeyaml",
            "resources",
            "globs",
            "rules",
            "policy",
            "evaluate",
            "read.cards",
            "measure",
            "store",
            "engine",
            "compare",
        }
    ),
}
# `run` and what it delegates to see every room above; the command line sees those and everything beside it.
PIPELINE = frozenset(
    {
        "run",
        "request",
        "states",
        "sources",
        "judging",
        "scope",
        "gather",
        "measuring",
        "describing",
        "across",
        "reverify",
        "required",
        "explaining",
        "governance",
        "trust",
        "cards",
        "shards",
        "survey",
        "fill",
        "rollups",
        "stores",
        "diff",
        "changes",
        "relieving",
        "waiving",
    }
)
FRONT = frozenset({"cli", "commands", "entry", "adopt", "demo", "hooks_catalog", "__main__"})
EVERYWHERE = frozenset({"__init__"})  # the version, a literal

# Package -> the modules (or whole rooms) that may import it; inside a function unless listed in AT_THE_TOP.
THIRD_PARTY: Mapping[str, tuple[str, ...]] = {
    "yaml": ("checker.safeyaml",),
    "dvc": ("checker.discover.remotes",),
    "dvc_data": ("checker.discover.remotes",),
    "dvc_objects": ("checker.discover.remotes",),
    "fsspec": ("checker.discover.remotes", "checker.patience.s3_stream", "checker.store"),
    # It comes with fsspec's HTTP, whose time limits are its own.
    "aiohttp": ("checker.store.places",),
    # Both come with DVC, which reads the same files with them.
    "pathspec": ("checker.discover.ignore",),
    "tomlkit": ("checker.discover.params",),
    "git": ("checker.discover.history",),
    "tqdm": ("checker.commands.progress",),
    "msgspec": ("checker.read.records",),
    "pyarrow": ("checker.read.records", "checker.engine.spark"),
    "zstandard": ("checker.read.records", "checker.store"),
    "isal": ("checker.read.records",),
    "numpy": (
        "checker.rules",
        "checker.kernels",
        "checker.compare",
        "checker.measure",
        "checker.store",
        "checker.engine",
        "checker.read.records",
        "checker.model.text",
        "checker.across.rereading",
    ),
    "numba": ("checker.kernels",),
    "llvmlite": ("checker.kernels._machine",),
    # Spark's client, and what it brings for its connections.
    "pyspark": ("checker.engine.spark",),
    "grpc": ("checker.engine.spark",),
    "jsonschema": ("checker.policy.schema",),
    "cel_expr_python": ("checker.rules._cel",),
}
AT_THE_TOP = {("checker.safeyaml._pyyaml", "yaml")}
# Rooms of which the hook imports nothing but their `__init__`, which stays lazy: arrays are what they are about.
ARRAYS_AT_THE_TOP = ("checker.kernels.", "checker.compare.")


@dataclass(frozen=True, slots=True)
class Use:
    """One import statement: `target` is the module, `nested` is true inside a function or under TYPE_CHECKING."""

    target: str
    line: int
    nested: bool
    relative: bool = False


def uses_in(source: str, modules: frozenset[str]) -> list[Use]:
    """Every import of a source text, static or by `import_module("...")`."""
    return list(_walk(ast.parse(source), modules, nested=False))


def _walk(node: ast.AST, modules: frozenset[str], *, nested: bool) -> Iterator[Use]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Use(alias.name, child.lineno, nested) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from _from_import(child, modules, nested)
        elif isinstance(child, ast.Call) and (name := _imported_by_call(child)):
            yield Use(name, child.lineno, nested)
        inner = (
            nested or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _type_checking(child)
        )
        yield from _walk(child, modules, nested=inner)


def _from_import(node: ast.ImportFrom, modules: frozenset[str], nested: bool) -> Iterator[Use]:
    """`from a import b` is an import of the module `a.b` where that exists, else of `a`."""
    base = node.module or ""
    for alias in node.names:
        full = f"{base}.{alias.name}"
        yield Use(full if full in modules else base, node.lineno, nested, relative=node.level > 0)


def _imported_by_call(node: ast.Call) -> str:
    """The module named in `import_module("x")` or `__import__("x")`; of an f-string only the part that is fixed."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name not in {"import_module", "__import__"} or not node.args:
        return ""
    argument = node.args[0]
    if isinstance(argument, ast.JoinedStr) and argument.values:
        argument = argument.values[0]
    fixed = argument.value if isinstance(argument, ast.Constant) else None
    return fixed.rstrip(".") if isinstance(fixed, str) else ""


def _type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def room_of(module: str) -> str:
    """The room of `checker.read.cards.huggingface` is `read.cards`."""
    name = module.removeprefix("checker").lstrip(".") or "__init__"
    known = [room for room in (*ROOMS, *PIPELINE, *FRONT) if name == room or name.startswith(f"{room}.")]
    return max(known, key=len, default=name)


def may_import(room: str) -> frozenset[str]:
    """The rooms that a room may import from, itself included."""
    if room in FRONT:
        return frozenset(ROOMS) | PIPELINE | FRONT | EVERYWHERE
    if room in PIPELINE:
        return frozenset(ROOMS) | PIPELINE | EVERYWHERE
    return ROOMS.get(room, frozenset()) | EVERYWHERE | {room}


def faults(sources: Mapping[str, str]) -> list[str]:
    """What breaks the table in a set of modules (dotted name -> source)."""
    modules = frozenset(sources)
    found = []
    for module, source in sorted(sources.items()):
        for use in uses_in(source, modules):
            fault = _fault(module, use)
            if fault:
                found.append(f"{module}:{use.line}: {fault}")
    return [*found, *_cycles(sources)]


def _fault(module: str, use: Use) -> str:
    if use.relative:
        return "relative import"
    top = use.target.partition(".")[0]
    if top == "checker":
        room, other = room_of(module), room_of(use.target)
        return "" if other in may_import(room) else f"room {room} imports room {other}"
    # `_typeshed` exists only for type checkers; at run time the import would fail, so it is always guarded.
    if top in sys.stdlib_module_names or top == "_typeshed":
        return ""
    if not any(module == place or module.startswith(f"{place}.") for place in THIRD_PARTY.get(top, ())):
        return f"third-party package {top} is not allowed here"
    arrays = top in {"numpy", "numba", "llvmlite"} and module.startswith(ARRAYS_AT_THE_TOP)
    if not use.nested and not arrays and (module, top) not in AT_THE_TOP:
        return f"third-party package {top} at module level"
    return ""


def _cycles(sources: Mapping[str, str]) -> list[str]:
    modules = frozenset(sources)
    graph = {
        module: {use.target for use in uses_in(source, modules)} & modules - {module}
        for module, source in sources.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return [f"cycle: {' -> '.join(error.args[1])}"]
    return []


def checker_sources() -> dict[str, str]:
    """Every module of the package by its dotted name; a package's `__init__` by the package's name."""
    found = {}
    for path in sorted((ROOT / "checker").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text(encoding="utf-8")
    return found


def test_the_package_keeps_to_the_table() -> None:
    sources = checker_sources()
    assert len(sources) > 10, "the walk found no package"
    assert faults(sources) == []


def test_every_module_belongs_to_a_known_room() -> None:
    known = {*ROOMS, *PIPELINE, *FRONT, *EVERYWHERE}
    # `checker.read` itself is only the folder that holds the two rooms.
    assert {room for module in checker_sources() if (room := room_of(module)) not in known} <= {"read"}


def test_the_table_in_the_docs_is_this_table() -> None:
    rows = {}
    for line in (ROOT / "docs" / "design.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[0].startswith("`"):
            for room in re.findall(r"`([^`]+)`", cells[0]):
                rows[room] = frozenset(name.removesuffix("._*") for name in re.findall(r"`([^`]+)`", cells[2]))
    assert {room: rows[room] - {room} for room in ROOMS} == dict(ROOMS)
    assert set(rows) - set(ROOMS) - PIPELINE - FRONT == set()


CLEAN = {"checker.model.card": "from __future__ import annotations\nimport json\n"}


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param(CLEAN, id="standard library only"),
        pytest.param({"checker.safeyaml._pyyaml": "import yaml\n"}, id="yaml at the top of the module for it"),
        pytest.param({"checker.policy.x": "from checker import __version__\n", "checker": ""}, id="the version"),
        pytest.param({"checker.policy.schema": "def f():\n    import jsonschema\n"}, id="jsonschema inside a function"),
        pytest.param(
            {"checker.measure.engine": "from checker.read.records import open_records\n", "checker.read.records": ""},
            id="measure opens the shard it measures",
        ),
        pytest.param(
            {"checker.rules": "from checker.rules._base import Check\n", "checker.rules._base": ""},
            id="a package imports its own part",
        ),
        pytest.param(
            {"checker.run": "from checker import __version__, evaluate\n", "checker": "", "checker.evaluate": ""},
            id="the pipeline sees the rooms and the version",
        ),
        pytest.param(
            {"checker.rules": "import importlib\nm = importlib.import_module(f'checker.rules.{x}')\n"},
            id="a room that walks its own folder",
        ),
    ],
)
def test_what_the_table_has_is_silent(sources: dict[str, str]) -> None:
    assert faults(sources) == []


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param(
            {"checker.model.card": "from checker.errors import CardError\n"},
            "room model imports room errors",
            id="upward arrow",
        ),
        pytest.param(
            {"checker.report.html": "def f():\n    from checker.discover import discover\n"},
            "room report imports room discover",
            id="sideways arrow hidden in a function",
        ),
        pytest.param(
            {"checker.rules.x": "import typing\nif typing.TYPE_CHECKING:\n    import checker.policy.load\n"},
            "room rules imports room policy",
            id="an arrow for types only is an arrow",
        ),
        pytest.param(
            {"checker.evaluate": "from checker import run\n", "checker": "", "checker.run": ""},
            "room evaluate imports room run",
            id="a module taken from the package",
        ),
        pytest.param(
            {"checker.measure.x": "from importlib import import_module\nimport_module('checker.discover.tree')\n"},
            "room measure imports room discover",
            id="by name at run time",
        ),
        pytest.param(
            {"checker.read.cards.x": "from checker.read.records import x\n"},
            "room read.cards imports room read.records",
            id="the two rooms of read",
        ),
        pytest.param(
            {"checker.discover.tree": "import yaml\n"}, "yaml is not allowed here", id="a second loader of YAML"
        ),
        pytest.param(
            {"checker.discover.tree": "def f():\n    import dvc.repo\n"}, "dvc is not allowed here", id="dvc elsewhere"
        ),
        pytest.param(
            {"checker.discover.remotes": "import dvc.repo\n"}, "dvc at module level", id="right place, wrong level"
        ),
        pytest.param(
            {"checker.rules.x": "class C:\n    import numpy\n"},
            "numpy at module level",
            id="a class body runs at import",
        ),
        pytest.param({"checker.cli": "import rich\n"}, "rich is not allowed here", id="a package nobody listed"),
        pytest.param(
            {"checker.cli": "def f():\n    __import__('dvc')\n"}, "dvc is not allowed here", id="dunder import"
        ),
        pytest.param({"checker.run": "from . import evaluate\n"}, "relative import", id="relative"),
        pytest.param(
            {
                "checker.discover.a": "import checker.discover.b\n",
                "checker.discover.b": "from checker.discover import a\n",
            },
            "cycle:",
            id="a cycle inside one room",
        ),
        pytest.param(
            {"checker.report": "from checker.report.text import x\n", "checker.report.text": "import checker.report\n"},
            "cycle:",
            id="a part that imports its package",
        ),
    ],
)
def test_what_the_table_lacks_is_a_fault(sources: dict[str, str], expected: str) -> None:
    found = faults(sources)
    assert len(found) == 1
    assert expected in found[0]
