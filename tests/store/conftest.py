"""Real places for entries, and the objects' own servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from objects.faults import FaultyProxy, faulty_proxy
from objects.servers import S3Server, SshServer, asyncssh_server, s3_server
from store.serving import Opened

# The machine's own settings must not reach the tests.
_FOREIGN = (
    "AWS_PROFILE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "HEADWATER_EVIDENCE_KEY",
)


@pytest.fixture(autouse=True)
def _own_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _FOREIGN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """moto with an empty bucket `team`; every request must be signed."""
    with s3_server(tmp_path_factory.mktemp("empty"), tmp_path_factory.mktemp("moto") / "log") as server:
        yield server


@pytest.fixture
def proxy(s3: S3Server) -> Iterator[FaultyProxy]:
    """What stands before moto and fails as a test says."""
    with faulty_proxy(s3.url) as standing:
        yield standing


@pytest.fixture(scope="session")
def ssh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """An SFTP server with an empty folder."""
    with asyncssh_server(tmp_path_factory.mktemp("storage"), tmp_path_factory.mktemp("keys")) as server:
        yield server


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Closes what it is given, at the end of the test."""
    with ExitStack() as stack:
        yield Opened(stack)
