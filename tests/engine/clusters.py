"""Real servers that speak Spark Connect, each a process of its own on 127.0.0.1: Apache Spark's, and Sail."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import pytest
from filelock import FileLock

LOCAL_CLUSTER = "local-cluster[2,1,1024]"
ROOT = Path(__file__).resolve().parents[2]
# The newest pyspark that Sail takes for its own workers, and which it looks up in its own process.
SAIL_PYSPARK = (4, 2)
_LOOPBACK = "127.0.0.1"
_START_SECONDS = 150
_END_SECONDS = 20
_SHOWN_BYTES = 3000
_CONNECT_SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
_SAIL = (
    "import sys; from pysail.spark import SparkConnectServer; server = SparkConnectServer('127.0.0.1', 0); "
    "server.start(background=True); print('started at:', *server.listening_address, flush=True); sys.stdin.read()"
)
_STARTED = re.compile(rb"started at: *\(?'?127\.0\.0\.1'?[:, ]+(\d+)")


def need_pyspark() -> None:
    """Skips where the whole of pyspark is not installed, the JVM's part included."""
    if find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed: make test-engines")
    if not (pyspark_home() / "jars").is_dir():
        pytest.skip("only the client of pyspark is installed: make test-engines")


def need_java() -> None:
    """Skips where nothing can run a JVM."""
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        pytest.skip("there is no Java: install Java 17 or 21")


def pyspark_home() -> Path:
    """Where pyspark has its jars and scripts."""
    spec = find_spec("pyspark")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent


@contextmanager
def connect_server(folder: Path, master: str = "local[2]", extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """Apache Spark's own Connect server; gives its address. `extra` are more settings. Its log is in `folder`."""
    need_pyspark()
    need_java()
    settings = {
        "spark.connect.grpc.binding.address": _LOOPBACK,
        "spark.connect.grpc.binding.port": "0",
        "spark.driver.host": _LOOPBACK,
        "spark.driver.bindAddress": _LOOPBACK,
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        **(extra or {}),
    }
    stated = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    submit = str(pyspark_home() / "bin" / "spark-submit")
    command = [submit, "--class", _CONNECT_SERVER, "--master", master, *stated, "spark-internal"]
    environment = {"SPARK_HOME": str(pyspark_home()), "SPARK_LOCAL_IP": _LOOPBACK, "PYSPARK_PYTHON": sys.executable}
    with _serving(command, folder, {**environment, **import_path()}) as port:
        yield f"sc://{_LOOPBACK}:{port}"


@contextmanager
def sail_server(folder: Path) -> Iterator[str]:
    """Sail, another implementation of the protocol, in Rust; gives its address. Its log is in `folder`."""
    if find_spec("pysail") is None:
        pytest.skip("pysail is not installed: make test-engines")
    paths = [*_pyspark_for_sail(), import_path()["PYTHONPATH"]]
    # It logs each step of each plan otherwise.
    environment = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1", "RUST_LOG": "warn"}
    with _serving([sys.executable, "-c", _SAIL], folder, environment) as port:
        yield f"sc://{_LOOPBACK}:{port}"


def import_path() -> dict[str, str]:
    """So that workers can import the kernels of the tests, and nothing of the folder they run in."""
    paths = os.pathsep.join(str(path) for path in (ROOT / "tests", ROOT))
    return {"PYTHONPATH": paths, "PYTHONSAFEPATH": "1"}


def _pyspark_for_sail() -> list[str]:
    """A folder with the client that Sail takes, where the installed pyspark is too new for it."""
    try:
        installed = tuple(int(part) for part in version("pyspark").split(".")[:2])
    except PackageNotFoundError:
        return []  # pyspark-client
    if installed <= SAIL_PYSPARK:
        return []
    wanted = ".".join(map(str, SAIL_PYSPARK))
    folder = Path(sys.prefix) / f"pyspark-{wanted}-for-sail"
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(partial)]
            done = subprocess.run([*pip, f"pyspark-client=={wanted}.*"], capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"Sail needs pyspark-client {wanted}, which pip could not install: {done.stderr[-300:]}")
            partial.rename(folder)
    return [str(folder)]


@contextmanager
def _serving(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """Starts the server in an empty folder, waits for the line with its port, and ends all that it started."""
    empty, log = folder / "empty", folder / "server.log"
    empty.mkdir(parents=True)
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            cwd=empty,
            start_new_session=True,
        )
    try:
        yield _port(process, log)
    finally:
        _end(process)


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    """Waits until the server says where it listens; the end of its log tells why it does not."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = _STARTED.search(log.read_bytes())
        if found is not None:
            return int(found[1])
        time.sleep(0.1)
    shown = log.read_bytes()[-_SHOWN_BYTES:].decode(errors="replace")
    raise AssertionError(f"the server has not started (exit code {process.poll()}); its log ends with\n{shown}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole session of processes: executors and workers of Python, too."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    if process.stdin is not None:
        process.stdin.close()
