"""Finds an installed distribution, makes sure that it lies outside of the judged tree, and takes its digest."""

from __future__ import annotations

import sys
from hashlib import sha256
from importlib import metadata, util
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, NamedTuple

from checker.errors import PluginError
from checker.model.report import PluginStamp

# What pip writes of its own: it differs between machines that hold the very same plug-in.
_OF_THE_INSTALLER = frozenset({"INSTALLER", "REQUESTED", "direct_url.json", "RECORD"})


class Installed(NamedTuple):
    """A distribution, and the real paths of the files that belong to it."""

    stamp: PluginStamp
    distribution: metadata.Distribution
    files: frozenset[Path]


def normal(name: str) -> str:
    """The name as packaging tools compare it (PEP 503)."""
    parts = name.casefold().replace("_", "-").replace(".", "-").split("-")
    return "-".join(part for part in parts if part)


def find(name: str, top: str) -> Installed:
    """The distribution. Raises PluginError where there is none, or where the judged tree could have a say in it."""
    tree = Path(top).resolve()
    _refuse_paths(tree)
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        raise PluginError(
            f"the plug-in {name}, which headwater.yaml names, is not installed",
            hint=f"install it beside headwater: pip install {name} (in pre-commit: additional_dependencies)",
        ) from None
    files = _files(name, distribution)
    folder = Path(str(distribution.locate_file(""))).resolve()
    if _inside(folder, tree):
        raise PluginError(
            f"the plug-in {name} lies in {folder}, inside the repository that is judged",
            hint="install headwater and its plug-ins outside of the repository: a change could bring its own judge",
        )
    version = distribution.metadata["Version"] or ""
    stamp = PluginStamp(name, version, _digest(name, distribution, files))
    return Installed(stamp, distribution, frozenset(path for _, path in files))


def module_of(installed: Installed, name: str) -> Any:
    """Import a module of the distribution, each package above it first, none that another place has put before it."""
    from importlib import import_module

    module: Any = None
    parts = name.split(".")
    for length in range(1, len(parts) + 1):
        dotted = ".".join(parts[:length])
        spec = util.find_spec(dotted)
        _refuse_origin(installed, dotted, spec)
        module = import_module(dotted)
    return module


def _refuse_origin(installed: Installed, dotted: str, spec: ModuleSpec | None) -> None:
    """A module of the same name elsewhere on the path would be another one than the digest speaks of."""
    name = installed.stamp.name
    if spec is None:
        raise PluginError(f"the plug-in {name} names the module {dotted}, which is not there", hint="install it again")
    if spec.origin is None and spec.submodule_search_locations is not None:
        return  # a folder without a file of its own; what is in it is looked at next
    if spec.origin is None or Path(spec.origin).resolve() not in installed.files:
        raise PluginError(
            f"the module {dotted} of the plug-in {name} comes from {spec.origin}, which is none of its installed files",
            hint="install it as a wheel, not editable, and take what shadows it off the import path",
        )


def _refuse_paths(tree: Path) -> None:
    """Whatever lies on the import path of this process may be imported by a plug-in."""
    for entry in sys.path:
        if _inside(Path(entry).resolve(), tree):
            raise PluginError(
                f"the import path holds {entry or 'the working folder'}, inside the repository that is judged, so no"
                " plug-in is loaded",
                hint="run the command headwater itself, without PYTHONPATH into the repository",
            )


def _inside(path: Path, tree: Path) -> bool:
    """Whether the tree has a say there. The environment that headwater itself runs in is trusted as it is."""
    if not path.is_relative_to(tree):
        return False
    environment = Path(sys.prefix).resolve()
    own = Path(__file__).resolve()
    ours = environment != tree and environment.is_relative_to(tree) and own.is_relative_to(environment)
    return not (ours and path.is_relative_to(environment))


def _files(name: str, distribution: metadata.Distribution) -> tuple[tuple[str, Path], ...]:
    """Its installed files by the name that its RECORD has; compiled ones, which are made from them, are left out."""
    listed = distribution.files
    if not listed:
        raise PluginError(f"the plug-in {name} has no list of its files", hint="install it as a wheel, not editable")
    names = sorted(
        (file.as_posix(), file)
        for file in listed
        if file.suffix != ".pyc" and file.name not in _OF_THE_INSTALLER and ".." not in file.parts
    )
    return tuple((name, Path(str(distribution.locate_file(file))).resolve()) for name, file in names)


def _digest(name: str, distribution: metadata.Distribution, files: tuple[tuple[str, Path], ...]) -> str:
    """sha256 over the name and the sha256 of every file, as they lie here now."""
    lines = []
    for listed, path in files:
        try:
            lines.append(f"{listed} {sha256(path.read_bytes()).hexdigest()}\n")
        except OSError as error:
            message = f"{listed} of the plug-in {name} cannot be read: {error.strerror or error}"
            raise PluginError(message, hint=f"install {name} {distribution.version} again") from error
    return f"sha256:{sha256(''.join(lines).encode()).hexdigest()}"
