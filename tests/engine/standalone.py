"""A cluster of Apache Spark as a site runs it: a master and a worker, daemons on 127.0.0.1 that know nothing of us."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from engine.clusters import need_java, need_pyspark, pyspark_home

_START_SECONDS = 120
_SHOWN_BYTES = 3000
_LOOPBACK = "127.0.0.1"
_MASTER = re.compile(rb"Starting Spark master at (spark://[0-9.]+:[0-9]+)")
_WORKER = re.compile(rb"Successfully registered with master ()")


@contextmanager
def standalone(folder: Path) -> Iterator[str]:
    """The address of the master. Logs and the worker's scratch files lie in `folder`."""
    need_pyspark()
    need_java()
    ports = ("--host", _LOOPBACK, "--port", "0", "--webui-port", "0")
    with ExitStack() as started:
        package = "org.apache.spark.deploy"
        master = started.enter_context(_daemon([f"{package}.master.Master", *ports], folder / "master", _MASTER))
        size = ("--cores", "2", "--memory", "1g", "--work-dir", str(folder / "work"))
        started.enter_context(_daemon([f"{package}.worker.Worker", *ports, *size, master], folder / "worker", _WORKER))
        yield master


@contextmanager
def _daemon(command: Sequence[str], folder: Path, ready: re.Pattern[bytes]) -> Iterator[str]:
    """Runs a class of Spark in an empty folder until the end of the block; gives what `ready` finds in its log."""
    folder.mkdir(parents=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYSPARK"))}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(pyspark_home() / "bin" / "spark-class"), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**environment, "SPARK_HOME": str(pyspark_home()), "SPARK_LOCAL_IP": _LOOPBACK},
            cwd=folder,
            start_new_session=True,
        )
    try:
        yield _said(process, folder / "log", ready)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _said(process: subprocess.Popen[bytes], log: Path, ready: re.Pattern[bytes]) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = ready.search(log.read_bytes())
        if found is not None:
            return found[1].decode()
        time.sleep(0.1)
    shown = log.read_bytes()[-_SHOWN_BYTES:].decode(errors="replace")
    raise AssertionError(f"the daemon has not started (exit code {process.poll()}); its log ends with\n{shown}")
