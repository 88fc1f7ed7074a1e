"""Ships a Python environment to the workers of Spark, an archive that each unpacks and whose Python it runs."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.spark.troubles import put_in_words
from checker.errors import EngineError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

FOLDER = "environment"
PYTHON = "bin/python"
# Spark goes by the name alone. It unpacks .zip, too, but a Python there loses its links and its right to be run.
_ENDINGS = (".tar.gz", ".tgz", ".tar")
# A whole environment with DVC has some 20,000 files.
_MOST_MEMBERS = 500_000
_HOW = "pack it from within: tar -C ENVIRONMENT -czf environment.tar.gz . (docs/engines.md)"


def ship(spark: SparkSession, archive: str, where: str) -> None:
    """Let the workers of this session, which is at `where`, run the Python of `archive`.

    Raises UsageError for what is no such archive, EngineError for a server that takes none, or not this one.
    """
    path = checked(archive)
    with put_in_words(where):
        try:
            spark.addArtifacts(f"{path.as_uri()}#{FOLDER}", archive=True)
        except Exception as error:  # what pyspark, py4j and gRPC raise is an open set; the others are put in words
            if "artifact" not in str(error).lower():
                raise
            raise EngineError(
                f"Spark there takes no archives ({str(error).splitlines()[0][:200]})",
                hint="install the same headwater for its workers, and leave --environment out",
            ) from error
        # Workers are started in the folder where Spark unpacks what belongs to the session.
        spark.conf.set("spark.sql.execution.pyspark.python", f"./{FOLDER}/{PYTHON}")


def checked(archive: str) -> Path:
    """Where the archive is, whole path. Raises UsageError where it is none of a Python environment."""
    path = Path(archive).expanduser().resolve()
    if not path.name.endswith(_ENDINGS):
        raise UsageError(
            f"--environment {archive} is no packed environment: its name ends in none of {', '.join(_ENDINGS)}",
            hint=_HOW,
        )
    if "#" in str(path):
        raise UsageError(
            f"--environment {archive} has a # in its path, which means something else to Spark", hint="rename it"
        )
    try:
        found = _python_in(path)
    except (OSError, EOFError, tarfile.TarError, _zlib_error()) as error:
        reason = getattr(error, "strerror", None) or str(error) or "it ends too early"
        raise UsageError(f"--environment {archive} cannot be read: {reason}", hint=_HOW) from error
    if found != PYTHON:
        instead = f"its Python is {found}" if found else "there is no Python in it"
        raise UsageError(f"--environment {archive} has no {PYTHON} at its top: {instead}", hint=_HOW)
    return path


def _python_in(path: Path) -> str:
    """The first member that is the Python of an environment, wherever it lies; empty for none."""
    nested = ""
    for count, name in enumerate(_members(path)):
        if name == PYTHON or count == _MOST_MEMBERS:
            return name if name == PYTHON else nested
        if not nested and name.endswith(f"/{PYTHON}"):
            nested = name
    return nested


def _members(path: Path) -> Iterator[str]:
    """As a stream, so that the search ends where the Python is: `bin` lies near the beginning."""
    # Spark, too, takes the name's word for whether it is compressed.
    with tarfile.open(path, "r|" if path.name.endswith(".tar") else "r|gz") as archive:
        for member in archive:
            archive.members = []  # type: ignore[attr-defined]  # it keeps them all otherwise
            yield member.name.removeprefix("./")


def _zlib_error() -> type[Exception]:
    import zlib

    return zlib.error
