"""What every test process needs."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator

import pytest

# A shell starts its background jobs with SIGINT ignored, and every process that a test starts would inherit that:
# the tests that press Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """`make test-engines` is the one run that has Spark: there, a test that finds none has failed."""
    report = yield
    if report.skipped and os.environ.get("ENGINES") == "required" and item.get_closest_marker("engines"):
        report.outcome = "failed"
    return report


# Servers of Spark Connect take their time to start: each once in a test process, by the first test that asks for it.
@pytest.fixture(scope="session")
def connect_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Apache Spark Connect server."""
    from engine import clusters

    with clusters.connect_server(tmp_path_factory.mktemp("connect")) as address:
        yield address


@pytest.fixture(scope="session")
def sail_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of Sail, another implementation of the protocol."""
    from engine import clusters

    with clusters.sail_server(tmp_path_factory.mktemp("sail")) as address:
        yield address
