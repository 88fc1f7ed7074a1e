"""DVC's configuration as far as the cache and the choice of a remote need it, without importing dvc."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from checker.errors import DatasetError
from checker.model.location import Location

Sections = Mapping[str, Mapping[str, str]]

_SECTION = re.compile(r"""\s*(?P<open>(?:\[\s*)+)(?P<name>"[^"]*"|'[^']*'|[^'"\s].*?)(?:\s*\])+\s*(?:\#.*)?""")
_OPTION = re.compile(r"""\s*(?P<key>".*?"|'.*?'|[^'"=#\s][^=]*?)\s*=\s*(?P<value>.*)""")
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>.*?)(?P=quote)\s*(?:\#.*)?""")
_URL = re.compile(r"\w+://")


class Level(NamedTuple):
    """One configuration file. Relative paths in it count from `folder`."""

    name: str  # system | global | repo | local
    folder: str
    text: str
    sections: Sections


class DvcConfig(NamedTuple):
    """The levels from weakest to strongest; a stronger one overrides option by option, as in DVC."""

    levels: tuple[Level, ...]

    def option(self, section: str, key: str) -> tuple[str, Level] | None:
        """The option's value and the level that decides it."""
        for level in reversed(self.levels):
            if key in level.sections.get(section, {}):
                return level.sections[section][key], level
        return None

    def path(self, section: str, key: str) -> str | None:
        """The option as an absolute path, or the URL that it is."""
        found = self.option(section, key)
        return None if found is None else resolve(found[0], found[1].folder)

    def default_remote(self) -> str | None:
        """The name in `core.remote`."""
        found = self.option("core", "remote")
        return None if found is None else found[0].lower()

    def remote_url(self, name: str) -> str | None:
        """The remote's URL, or an absolute path when it is a folder of this machine."""
        return self.path(f'remote "{name.lower()}"', "url")

    def cache_folder(self, dvc_folder: str) -> str:
        """The cache: what `cache.dir` says, else `.dvc/cache`."""
        return self.path("cache", "dir") or str(Path(dvc_folder, "cache"))


def read_level(name: str, folder: str | Path, data: bytes, shown_as: str) -> Level:
    """The level `name` from the bytes of a file; what is not understood is left out, dvc itself will judge it."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DatasetError("the DVC configuration is not UTF-8", location=Location(shown_as)) from error
    return Level(name, str(folder), text, parse(text))


def machine_levels() -> tuple[Level, ...]:
    """The system-wide and the user's own configuration, where they exist."""
    return tuple(_machine_levels())


def is_url(address: str) -> bool:
    """Whether an address names a protocol, so that it is no folder of this machine."""
    return _URL.match(address) is not None


def resolve(value: str, folder: str) -> str:
    """A path option as DVC resolves it: URLs stay, `~` is the home, the rest counts from the file's folder."""
    if is_url(value):
        return value
    expanded = os.path.expanduser(value)  # noqa: PTH111 - Path would fold `//` and raise for an unknown user
    return os.path.normpath(expanded if Path(expanded).is_absolute() else str(Path(folder, value)))


def parse(text: str) -> Sections:
    """The sections that ConfigObj would see, names and keys in lower case (`remote "storage"` -> `url`)."""
    sections: dict[str, dict[str, str]] = {}
    options: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        if section := _SECTION.fullmatch(line):
            nested = section["open"].count("[") > 1
            options = {} if nested else sections.setdefault(_unquoted(section["name"]).strip().lower(), {})
        elif option := _OPTION.fullmatch(line):
            value = _value(option["value"], lines)
            if value is not None:
                options[_unquoted(option["key"]).lower()] = value
    return {re.sub(r'^(remote)\s*"(.*)"$', r'\1 "\2"', name): found for name, found in sections.items()}


def _value(raw: str, following: Iterator[str]) -> str | None:
    for quotes in ('"""', "'''"):
        if raw.startswith(quotes):
            return _long_value(raw.removeprefix(quotes), quotes, following)
    if raw.startswith(("'", '"')):
        quoted = _QUOTED.fullmatch(raw)
        return quoted["text"] if quoted else None
    bare = raw.split("#", 1)[0].rstrip()
    return None if "," in bare else bare


def _long_value(rest: str, quotes: str, following: Iterator[str]) -> str | None:
    lines = [rest]
    while quotes not in lines[-1]:
        line = next(following, None)
        if line is None:
            return None
        lines.append(line)
    lines[-1] = lines[-1].split(quotes, 1)[0]
    return "\n".join(lines)


def _unquoted(name: str) -> str:
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"" else name


def _machine_levels() -> Iterator[Level]:
    for name, folder in (("system", _system_folder()), ("global", _global_folder())):
        file = folder / "config"
        try:
            data = file.read_bytes()
        except OSError:
            continue  # absent or not ours to read: DVC goes on without it, too
        yield read_level(name, folder, data, file.as_posix())


def _system_folder() -> Path:
    if given := os.environ.get("DVC_SYSTEM_CONFIG_DIR"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData"), "iterative", "dvc")
    if sys.platform == "darwin":
        return Path("/Library/Application Support/dvc")
    return Path(os.environ.get("XDG_CONFIG_DIRS", "").split(os.pathsep)[0] or "/etc/xdg", "dvc")


def _global_folder() -> Path:
    if given := os.environ.get("DVC_GLOBAL_CONFIG_DIR"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or "~/AppData/Local").expanduser() / "iterative" / "dvc"
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/dvc").expanduser()
    return Path(os.environ.get("XDG_CONFIG_HOME", "").strip() or "~/.config").expanduser() / "dvc"
