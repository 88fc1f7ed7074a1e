"""The small parser of DVC's configuration agrees with DVC's own, and looks for files where DVC looks."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from dvc.config import Config
from dvc.dirs import global_config_dir, system_config_dir
from objects.data import dvc, git

from checker.discover.dvcconfig import DvcConfig, Level, machine_levels, parse, read_level, resolve
from checker.errors import DatasetError


class OneText:
    """A file system of one text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def open(self, path: str) -> io.StringIO:
        return io.StringIO(self.text)


def as_dvc_reads(text: str) -> dict[str, dict[str, Any]]:
    """What DVC's parser makes of a text, with one flat level of sections."""
    found = Config.load_file("config", OneText(text))
    remotes = {f'remote "{name}"': options for name, options in found.pop("remote").items()}
    return {**{name: options for name, options in found.items() if options}, **remotes}


TEXTS = [
    pytest.param("", id="empty"),
    pytest.param("# only a comment\n\n", id="only a comment"),
    pytest.param("[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../storage\n", id="as dvc writes it"),
    pytest.param("[CORE]\nRemote = Storage\n['Remote \"Big Store\"']\nURL = s3://B/c\n", id="capitals and a blank"),
    pytest.param('[remote "storage"]\nurl=/data\n', id="section name without quotes"),
    pytest.param("  [ core ]  # note\n remote=x # why\n", id="blanks and comments everywhere"),
    pytest.param("[cache]\ndir = '/a b/#c'  # note\n", id="hash sign within quotes"),
    pytest.param('[cache]\ndir = "/a, b"\n', id="comma within quotes"),
    pytest.param("[cache]\ndir = a#b\n", id="hash sign without quotes"),
    pytest.param("[cache]\ndir =\n", id="empty value"),
    pytest.param("[cache]\n\"dir\" = x\n'type' = symlink\n", id="quoted keys"),
    pytest.param("[cache]\ndir = '''/a\nb'''\n[core]\nremote = x\n", id="value over several lines"),
    pytest.param('[cache]\ndir = """/a"""\n', id="triple quotes on one line"),
    pytest.param('[remote "a"]\nurl = http://h/p?x=1=2\n', id="equals signs in the value"),
    pytest.param("[core]\nremote = 'a' 'b'\n", id="quotes within quotes"),
    pytest.param("[core]\r\nremote = x\r\n", id="CRLF"),
    pytest.param("[core]\nremote = größe\n", id="umlauts"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_agrees_with_dvc(text: str) -> None:
    assert {name: dict(options) for name, options in parse(text).items() if options} == as_dvc_reads(text)


def test_agrees_with_dvc_on_what_dvc_itself_writes(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    dvc(tmp_path, "init")
    dvc(tmp_path, "remote", "add", "-d", "First Store", "s3://bucket/a b")
    dvc(tmp_path, "remote", "modify", "First Store", "access_key_id", "a#b, \"c'd")
    dvc(tmp_path, "cache", "dir", "../shared cache")
    text = (tmp_path / ".dvc/config").read_text()
    assert {name: dict(options) for name, options in parse(text).items()} == as_dvc_reads(text)
    assert read_level("repo", tmp_path / ".dvc", text.encode(), "x").sections["cache"]["dir"] == "../../shared cache"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[core]\nremote = a, b\n", id="a list"),
        pytest.param("[core]\nremote = '''never closed\n", id="quotes never closed"),
        pytest.param("[core]\n[[remote]]\nremote = x\n", id="a nested section"),
        pytest.param("[core\nremote\n", id="no section, no option"),
    ],
)
def test_what_dvc_refuses_or_reads_as_something_else_is_left_out(text: str) -> None:
    assert "remote" not in parse(text).get("core", {})


def test_a_stronger_level_wins_option_by_option() -> None:
    def level(name: str, text: str) -> Level:
        return read_level(name, f"/{name}", text.encode(), name)

    config = DvcConfig(
        (
            level("global", '[cache]\ndir = far\n[remote "a"]\nurl = ../far\nuser = eve\n'),
            level("repo", '[core]\nremote = A\n[remote "a"]\nurl = ../near\n'),
            level("local", '[remote "a"]\nuser = ana\n'),
        )
    )
    assert config.default_remote() == "a"
    assert config.remote_url("A") == "/near"
    assert config.option('remote "a"', "user") == ("ana", config.levels[2])
    assert config.cache_folder("/repo/.dvc") == "/global/far"
    assert DvcConfig(()).cache_folder("/repo/.dvc") == str(Path("/repo/.dvc/cache"))
    assert (DvcConfig(()).default_remote(), DvcConfig(()).remote_url("a")) == (None, None)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("../storage", id="relative"),
        pytest.param("/abs/../olute", id="absolute with dots"),
        pytest.param("~/storage", id="home"),
        pytest.param("s3://bucket/a/../b", id="a URL stays"),
        pytest.param("C:relative", id="colon"),
        pytest.param(".", id="the folder itself"),
    ],
)
def test_paths_resolve_as_in_dvc(value: str) -> None:
    theirs = Config._resolve("/repo/.dvc", value)
    assert resolve(value, "/repo/.dvc") == (theirs if "://" in theirs else os.path.normpath(theirs))


def test_not_utf8() -> None:
    with pytest.raises(DatasetError, match=r"main:\.dvc/config: the DVC configuration is not UTF-8"):
        read_level("repo", "/", b"[core]\nremote = \xff\n", "main:.dvc/config")


@pytest.mark.parametrize("given", [pytest.param(True, id="by DVC's variables"), pytest.param(False, id="by XDG")])
def test_machine_levels_lie_where_dvc_looks(given: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not given:
        monkeypatch.delenv("DVC_GLOBAL_CONFIG_DIR")
        monkeypatch.delenv("DVC_SYSTEM_CONFIG_DIR")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("XDG_CONFIG_DIRS", f"{tmp_path / 'etc'}{os.pathsep}/elsewhere")
    assert machine_levels() == ()
    for name, folder in (("system", system_config_dir()), ("global", global_config_dir())):
        Path(folder).mkdir(parents=True)
        Path(folder, "config").write_text(f"[core]\nremote = {name}\n")
    assert [(level.name, level.sections["core"]["remote"]) for level in machine_levels()] == [
        ("system", "system"),
        ("global", "global"),
    ]
