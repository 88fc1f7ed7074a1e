"""Report: the one Report object for each reader. A format is a file here, named by the file's first word."""

from __future__ import annotations

import os
from importlib import import_module

from checker import added
from checker.model.report import Report

_NAMES = [name[:-3] for name in os.listdir(__path__[0]) if name.endswith(".py")]  # noqa: PTH208 - pathlib is slow to import
_FILES = {name.partition("_")[0]: name for name in _NAMES if name[0] != "_"}
FORMATS: tuple[str, ...] = tuple(sorted(_FILES))


def knows(name: str) -> bool:
    """Whether headwater or a plug-in that takes part has the format."""
    return name in _FILES or added.renderer(name) is not None


def render(name: str, report: Report, *, color: bool = False) -> str:
    """The report in the format `name`; `color` matters only where the format has colors.

    Raises KeyError for a format that neither headwater nor a plug-in that takes part (`DISTRIBUTION:NAME`) has.
    """
    if name not in _FILES:
        own = added.renderer(name)
        if own is None:
            raise KeyError(name)
        return own.render(report)
    module = import_module(f"{__name__}.{_FILES[name]}")
    renderer = getattr(module, "render_color", module.render) if color else module.render
    return str(renderer(report))
