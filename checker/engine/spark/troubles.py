"""What pyspark, py4j and gRPC raise, in words: what happened and what to do next."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

from checker.errors import EngineError, HeadwaterError

CLIENT = "pip install 'headwater[spark]'"
WHOLE = "pip install 'headwater[spark-local]'"


def must_be_installed(module: str) -> None:
    """Raises EngineError with the command that installs what is missing."""
    try:
        import_module(module)
    except ImportError as error:  # a module that is missing, and pyspark's own word for a package that it needs
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
    for pattern, message, hint in _KNOWN:
        if (found := re.search(pattern, said)) is not None:
            return EngineError(f"Spark at {where} {found.expand(message)}", hint=hint)
    return EngineError(f"Spark at {where} fails: {_first_line(error)}", hint="what Spark itself logs may say more")


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:300]


_ENDED = ("Python worker exited unexpectedly", "ExecutorLostFailure", "Python worker process terminated")
_KNOWN: tuple[tuple[str, str, str], ...] = ()
