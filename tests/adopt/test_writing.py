"""Files that commands write into a work tree: whole or not at all, never through a symlink."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from checker.adopt import writing
from checker.errors import UsageError

# A limit of the system on the size of files is as good as a full disk.
SCRIPT = """
import resource, sys
from pathlib import Path
from checker.adopt import writing
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
writing.{call}(Path(sys.argv[1]), "folder/file.txt", b"x" * 100_000)
"""


@pytest.mark.parametrize("call", ["create", "replace"])
def test_half_a_file_is_not_left(tmp_path: Path, call: str) -> None:
    command = [sys.executable, "-c", SCRIPT.format(call=call), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "cannot write folder/file.txt" in done.stderr
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_file_that_cannot_be_replaced_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file.txt").write_bytes(b"before")
    command = [sys.executable, "-c", SCRIPT.format(call="replace"), str(tmp_path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
    assert [file.read_bytes() for file in (tmp_path / "folder").iterdir()] == [b"before"]


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_bytes(b"before")
    (tmp_path / "file.txt").chmod(0o640)
    writing.replace(tmp_path, "file.txt", b"after")
    assert (tmp_path / "file.txt").read_bytes() == b"after"
    assert stat.S_IMODE((tmp_path / "file.txt").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(None, b"new\n", id="no file"),
        pytest.param(b"", b"new\n", id="an empty file"),
        pytest.param(b"old\n", b"old\nnew\n", id="a line before"),
        pytest.param(b"old", b"old\nnew\n", id="a line without its end"),
        pytest.param(b"old\r\nmore", b"old\r\nmore\r\nnew\r\n", id="windows line ends"),
    ],
)
def test_a_line_more(tmp_path: Path, before: bytes | None, after: bytes) -> None:
    if before is not None:
        (tmp_path / "file.txt").write_bytes(before)
    writing.append_line(tmp_path, "file.txt", "new")
    assert (tmp_path / "file.txt").read_bytes() == after


@pytest.mark.parametrize("link", [pytest.param("link", id="the folder"), pytest.param("folder/link", id="the file")])
def test_a_symlink_is_refused(tmp_path: Path, link: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other/file.txt").write_bytes(b"of somebody else")
    (tmp_path / link).symlink_to(tmp_path / "other" / ("file.txt" if "/" in link else ""))
    path = link if "/" in link else f"{link}/file.txt"
    for write in (writing.replace, writing.create):
        if write is writing.create and "/" in link:
            assert writing.create(tmp_path, path, b"ours") is False
            continue
        with pytest.raises(UsageError, match="symlink"):
            write(tmp_path, path, b"ours")
    assert (tmp_path / "other/file.txt").read_bytes() == b"of somebody else"
