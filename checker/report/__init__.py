"""Report: the one Report object for each reader. A format is a file here, named by the file's first word."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from checker.model.report import Report

_FILES = {path.stem.partition("_")[0]: path.stem for path in Path(__file__).parent.glob("[!_]*.py")}
FORMATS: tuple[str, ...] = tuple(sorted(_FILES))


def render(name: str, report: Report, *, color: bool = False) -> str:
    """The report in the format `name`; `color` matters only where the format has colors."""
    module = import_module(f"{__name__}.{_FILES[name]}")
    renderer = getattr(module, "render_color", module.render) if color else module.render
    return str(renderer(report))
