"""Opens the Spark that the command line names: an application of our own, or a server of Spark Connect."""

from __future__ import annotations

import os
import re
import socket
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, NamedTuple

from checker.engine.choice import Choice, public
from checker.engine.spark.troubles import must_be_installed, put_in_words
from checker.engine.workers import cores
from checker.errors import EngineError, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CONNECT_SECONDS = 10
# A server that is busy starting takes some seconds for its first session.
ANSWER_SECONDS = 60
DEFAULT_PORT = 15002
_RETRIES = 3
# `local`, `local[4]`, `local[*,2]`, `local-cluster[2,1,1024]`: workers on this machine, with its files.
_LOCAL = re.compile(r"local(?:\[\s*(\*|[0-9]+)\s*(?:,.*)?\])?|local-cluster\[\s*([0-9]+)\s*,\s*([0-9]+)\s*,.*\]")
_SERVER = re.compile(r"sc://(\[[0-9A-Fa-f:.]+\]|[^/:;?#\s]+)(?::([0-9]{1,5}))?(?:/(?:;[\w-]+=[^;]*)*;?)?")
# What both kinds of session are told. Partitions are ours: Spark must not join them again while the job runs.
SETTINGS = {"spark.sql.adaptive.enabled": "false"}


class Session(NamedTuple):
    """`where` it is, for people. `end` stops what was started, nothing else.

    `local`: its workers run on this machine and share its files; `slots` is how many there are, 0 where nobody knows.
    """

    spark: SparkSession
    where: str
    local: bool
    slots: int
    end: Callable[[], None]

    def cancel(self, tag: str) -> None:
        """End the jobs of this tag; in an application of our own all jobs, since there the tag alone does not do it."""
        # A server need not offer the first, and none offers the second. One that is gone has nothing left to end.
        with suppress(Exception):
            self.spark.interruptTag(tag)
        with suppress(Exception):
            self.spark.sparkContext.cancelAllJobs()


def open_session(choice: Choice) -> Session:
    """Raises EngineError where pyspark or Java is missing, or where nothing answers, UsageError for an environment."""
    if choice.environment:
        _may_be_shipped(choice)
    # It speaks up about versions of pandas, which it imports and nothing here uses.
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"pyspark\.")
    must_be_installed("pyspark")
    return _served(choice) if choice.remote else _own(choice)


def is_local(master: str) -> bool:
    """Whether the workers of a master run on this machine."""
    return _LOCAL.fullmatch(master) is not None


def slots_of(master: str) -> int:
    """How many tasks a master on this machine runs at a time; 0 for others."""
    found = _LOCAL.fullmatch(master)
    if found is None:
        return 0
    threads, workers, each = found.groups()
    if workers:
        return int(workers) * int(each)
    return cores() if threads == "*" else int(threads or 1)


def _own(choice: Choice) -> Session:
    from checker.engine.spark.jvm import start

    with ExitStack() as started:
        spark = start(choice.master, is_local(choice.master), SETTINGS, started)
        _ship(spark, choice)
        return Session(spark, choice.master, is_local(choice.master), slots_of(choice.master), started.pop_all().close)


def _served(choice: Choice) -> Session:
    """A session of its own at a server, which other sessions may share."""
    where = public(choice.remote)
    _must_listen(choice.remote)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it tells of each handshake on stderr
    must_be_installed("pyspark.sql.connect.session")
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession as Connected

    with warnings.catch_warnings(), ExitStack() as started, put_in_words(where):
        warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]")  # what is given up is raised, too
        # An option, such as a name, would be sent at once, and asked for ten minutes from what never answers.
        spark = Connected.builder.remote(choice.remote).create()
        spark.client.set_retry_policies([DefaultPolicy(max_retries=_RETRIES)])
        _must_answer(spark, where)
        started.callback(spark.stop)
        spark.client.set_retry_policies([DefaultPolicy()])
        for name, value in SETTINGS.items():
            spark.conf.set(name, value)
        _ship(spark, choice)
        return Session(spark, where, False, 0, started.pop_all().close)


def _must_listen(remote: str) -> None:
    """A wrong host or port is told at once, in words of its own."""
    found = _SERVER.fullmatch(remote)
    if found is None:
        raise EngineError(
            f"what begins with {public(remote)!r} is no address of a Spark Connect server",
            hint="write sc://HOST:PORT, as in sc://spark:15002, or sc://HOST:PORT/;token=…",
        )
    host, port = found[1].strip("[]"), int(found[2] or DEFAULT_PORT)
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise EngineError(
            f"no Spark Connect server answers at {public(remote)} ({reason})",
            hint="check host and port; sbin/start-connect-server.sh of Spark starts one, on port 15002",
        ) from error


def _must_answer(spark: SparkSession, where: str) -> None:
    """The first question to the server, which pyspark would wait for without end. Raises what it raises."""
    answer: Future[str] = Future()

    def ask() -> None:
        try:
            answer.set_result(str(spark.version))
        except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
            answer.set_exception(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer.result(ANSWER_SECONDS)
    except TooLate as error:
        raise EngineError(
            f"what listens at {where} has not answered for {ANSWER_SECONDS} seconds",
            hint="see that it is a server of Spark Connect, and what its own log says",
        ) from error


def _may_be_shipped(choice: Choice) -> None:
    """What is wrong with the archive is said before a JVM is started."""
    from checker.engine.spark.shipping import checked

    if choice.master and is_local(choice.master):
        raise UsageError(
            f"the workers of --master {choice.master} run on this machine, in the Python that runs this",
            hint="leave --environment out",
        )
    checked(choice.environment)


def _ship(spark: SparkSession, choice: Choice) -> None:
    if choice.environment:
        from checker.engine.spark.shipping import ship

        ship(spark, choice.environment, choice.where)
