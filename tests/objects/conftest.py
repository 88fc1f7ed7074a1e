"""A team's data, made by real git and DVC once a session, and real servers that hold it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from objects.data import Team, build_team
from objects.servers import (
    S3Server,
    SshServer,
    WebServer,
    asyncssh_server,
    openssh_server,
    s3_server,
    web_server,
)

# The machine's own settings must not reach the tests, nor the tests' settings the machine.
_FOREIGN = ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ACCESS_KEY_ID", "SSH_AUTH_SOCK")


@pytest.fixture(autouse=True)
def _own_machine(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path_factory.mktemp("machine")
    for name in _FOREIGN:
        monkeypatch.setenv(name, "")  # so that monkeypatch takes back what dvc-s3 itself puts there
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for level in ("GLOBAL", "SYSTEM"):
        monkeypatch.setenv(f"DVC_{level}_CONFIG_DIR", str(home / level.lower()))
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(home / "site"))
    return home


@pytest.fixture
def machine(_own_machine: Path) -> Path:
    """A folder with the `global` and `system` folders of DVC's configuration and its `site` cache."""
    return _own_machine


@pytest.fixture(scope="session")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Team:
    """The team's data, only in its remote."""
    return build_team(tmp_path_factory.mktemp("team"))


@pytest.fixture(scope="session")
def _web(pushed: Team) -> Iterator[WebServer]:
    with web_server(pushed.storage) as server:
        yield server


@pytest.fixture(scope="session")
def s3(pushed: Team, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """moto with the team's data."""
    with s3_server(pushed.storage, tmp_path_factory.mktemp("moto") / "log") as server:
        yield server


@pytest.fixture(scope="session")
def ssh(pushed: Team, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """An SSH server in Python with the team's data."""
    with asyncssh_server(pushed.storage, tmp_path_factory.mktemp("keys")) as server:
        yield server


@pytest.fixture(scope="session")
def sshd(pushed: Team, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    """OpenSSH's own server with the team's data; asked for only where there is one."""
    with openssh_server(pushed.storage, tmp_path_factory.mktemp("sshd")) as server:
        yield server


@pytest.fixture
def web(_web: WebServer) -> WebServer:
    """An HTTP server with the team's data."""
    _web.requests.clear()
    return _web


@pytest.fixture
def team(pushed: Team) -> Iterator[Team]:
    """The team's data; objects that a test adds to the remote are gone afterwards."""
    before = {path for path in pushed.storage.rglob("*") if path.is_file()}
    yield pushed
    for path in pushed.storage.rglob("*"):
        if path.is_file() and path not in before:
            path.unlink()


@pytest.fixture
def cache_of(team: Team, tmp_path: Path) -> Path:
    """A copy of the team's objects, to be used as a cache."""
    return Path(shutil.copytree(team.storage, tmp_path / "cache"))
