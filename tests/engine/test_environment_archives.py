"""What may be given as `--environment`: an archive of a Python environment, told from others before it is sent."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any, cast

import pytest

from checker.engine.choosing import Choice, open_engine
from checker.engine.spark.shipping import checked, ship
from checker.errors import EngineError, UsageError


def tarred(path: Path, *names: str, mode: str = "w:gz") -> Path:
    """An archive of small files with these names."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # the mode is one of its own
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = 4
            archive.addfile(member, io.BytesIO(b"\x7fELF"))
    return path


@pytest.mark.parametrize("name", ["environment.tar.gz", "environment.tgz", "with space/50%.tar.gz"])
def test_an_environment_that_was_packed_from_within(tmp_path: Path, name: str) -> None:
    path = tarred(tmp_path / name, "./lib/site.py", "./bin/python", "./pyvenv.cfg")
    assert checked(str(path)) == path


def test_an_environment_that_is_not_compressed(tmp_path: Path) -> None:
    path = tarred(tmp_path / "environment.tar", "bin/python", mode="w")
    assert checked(str(path)) == path


def test_a_relative_path_is_made_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tarred(tmp_path / "environment.tar.gz", "bin/python")
    monkeypatch.chdir(tmp_path)
    assert checked("environment.tar.gz") == path


def test_a_folder_that_was_packed_with_its_name(tmp_path: Path) -> None:
    path = tarred(tmp_path / "environment.tar.gz", "env/lib/site.py", "env/bin/python")
    with pytest.raises(UsageError, match="no bin/python at its top: its Python is env/bin/python") as told:
        checked(str(path))
    assert "tar -C ENVIRONMENT" in str(told.value.hint)


@pytest.mark.parametrize("names", [(), ("data/train.jsonl",)], ids=["empty", "something else"])
def test_an_archive_without_python(tmp_path: Path, names: tuple[str, ...]) -> None:
    path = tarred(tmp_path / "environment.tar.gz", *names)
    with pytest.raises(UsageError, match="no bin/python at its top: there is no Python in it"):
        checked(str(path))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("environment.tar.gz", b"", "cannot be read", id="nothing in the file"),
        pytest.param("environment.tar.gz", b"PK\x03\x04", "cannot be read", id="no gzip"),
        pytest.param("environment.tar", b"\x00" * 10, "cannot be read", id="no tar"),
        pytest.param("environment.zip", b"", "is no packed environment", id="a zip, which keeps no links"),
        pytest.param("a#b.tar.gz", b"", "has a # in its path", id="a name that Spark reads as two"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=said):
        checked(str(tmp_path / name))


def test_an_archive_that_is_cut_off(tmp_path: Path) -> None:
    whole = tarred(tmp_path / "environment.tar.gz", *(f"lib/{number}.py" for number in range(200)), "bin/python")
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 2])
    with pytest.raises(UsageError, match="cannot be read"):
        checked(str(whole))


def test_an_archive_that_is_not_there_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        checked(str(tmp_path / "environment.tar.gz"))
    (tmp_path / "folder.tar.gz").mkdir()
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        checked(str(tmp_path / "folder.tar.gz"))


def test_a_master_of_this_machine_needs_none(tmp_path: Path) -> None:
    path = tarred(tmp_path / "environment.tar.gz", "bin/python")
    with pytest.raises(UsageError, match="the workers of --master local\\[2\\] run on this machine"):
        open_engine(Choice(master="local[2]", environment=str(path)))


class Taking:
    """A session that takes archives, or raises what it is given."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.settings, self.conf = error, dict[str, str](), self

    def addArtifacts(self, place: str, *, archive: bool) -> None:  # noqa: N802 - Spark's name
        assert archive
        assert place.startswith("file:///")
        assert place.endswith("/environment.tar.gz#environment")
        if self.error is not None:
            raise self.error

    def set(self, name: str, value: str) -> None:
        self.settings[name] = value


def test_workers_are_started_with_the_python_of_the_archive(tmp_path: Path) -> None:
    session = Taking()
    path = tarred(tmp_path / "environment.tar.gz", "bin/python")
    ship(cast(Any, session), str(path), "spark://host:7077")
    assert session.settings == {"spark.sql.execution.pyspark.python": "./environment/bin/python"}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(
            NotImplementedError("handle add artifacts"), r"^Spark there takes no archives \(handle add", id="Sail"
        ),
        pytest.param(OSError("No space left on device"), r"^Spark at spark://h has run out of disk", id="a full disk"),
        pytest.param(RuntimeError("else"), r"^Spark at spark://h fails: else", id="anything else of py4j"),
    ],
)
def test_an_archive_that_spark_does_not_take_is_told(tmp_path: Path, error: Exception, said: str) -> None:
    path = tarred(tmp_path / "environment.tar.gz", "bin/python")
    with pytest.raises(EngineError, match=said):
        ship(cast(Any, Taking(error)), str(path), "spark://h")
