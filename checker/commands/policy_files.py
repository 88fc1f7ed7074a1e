"""The files that rule the repository around the working folder, as they lie in its work tree."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from checker.errors import PolicyError, UsageError
from checker.model.location import Location

if TYPE_CHECKING:
    from checker.policy.packs import Sources
    from checker.policy.settings import Settings

SETTINGS = "headwater.yaml"
CONVENTION = ("policies/*.yaml", "policies/*.yml")


def ruling_files() -> dict[str, Path]:
    """The settings and policies that rule the repository around the working folder, by their path in it.

    Raises PolicyError for a symlink among them: what lies behind it does not rule.
    """
    from checker.globs import matches

    top, stated = settings_here()
    found = {SETTINGS: top / SETTINGS} if (top / SETTINGS).is_file() else {}
    for glob in stated.policies or CONVENTION:
        start = top.joinpath(*takewhile(lambda part: not set(part) & set("*?"), glob.split("/")[:-1]))
        names = {path.relative_to(top).as_posix(): path for path in _yaml_below(start)}
        found |= {name: names[name] for name in sorted(names) if matches(glob, name) and name != SETTINGS}
    found |= _relief_files(top)
    _refuse_links(top, found)
    return found


def settings_here() -> tuple[Path, Settings]:
    """The repository around the working folder and its settings, whose plug-ins take part from here on."""
    from checker import added
    from checker.policy.settings import Settings, read_settings

    top = next((folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / ".git").exists()), Path.cwd())
    file = top / SETTINGS
    stated = read_settings(read_file(file), SETTINGS)[0] if file.is_file() else Settings()
    if stated.plugins or added.active():
        from checker import plugins

        plugins.activate(stated.plugins, str(top))
    return top, stated


def _relief_files(top: Path) -> dict[str, Path]:
    """Waivers with their signatures, and the files that say who may approve them."""
    from checker.policy.places import GROUPS, SIGNERS, WAIVERS, YAML

    below = sorted(path for path in (top / WAIVERS).rglob("*") if path.name.endswith((*YAML, ".sig")))
    files = [path for path in (*below, top / GROUPS, top / SIGNERS) if path.is_file()]
    return {path.relative_to(top).as_posix(): path for path in files}


def files_in(paths: list[Path]) -> dict[str, Path]:
    """What the command line names; a folder stands for the YAML files below it."""
    files = [file for path in paths for file in (sorted(_yaml_below(path)) if path.is_dir() else [path])]
    return {file.as_posix(): file for file in files}


def _yaml_below(folder: Path) -> list[Path]:
    return [path for ending in ("*.yaml", "*.yml") for path in folder.rglob(ending) if path.is_file()]


def sources() -> Sources:
    """Where included packs come from: files of the work tree, and what was fetched before."""
    from checker.policy.packs import Sources
    from checker.policy.places import SIGNERS

    top = settings_here()[0]

    def read(name: str) -> bytes | None:
        path = top / name
        if not path.is_file():
            return None
        _refuse_links(top, (name,))
        from checker.governance import LARGEST_PACK, too_large  # brings git, which the files at hand do not need

        with path.open("rb") as file:
            data = file.read(LARGEST_PACK + 1)
        if len(data) > LARGEST_PACK:
            raise too_large(name, path.stat().st_size)
        return data

    return Sources(read, signers=read(SIGNERS) or b"")


def _refuse_links(top: Path, names: Iterable[str]) -> None:
    real = top.resolve()
    for name in names:
        if (top / name).resolve() != real / name:
            message = f"{name} lies behind a symlink, which is not followed"
            raise PolicyError(message, hint="put the file itself there", location=Location(name))


def read_file(path: Path) -> bytes:
    """The bytes of a file. Raises UsageError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name an existing policy file") from error
