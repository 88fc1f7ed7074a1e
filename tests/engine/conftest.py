"""Servers of Spark Connect, each started once in a test process, by the first test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine import clusters


@pytest.fixture(scope="session")
def connect_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Apache Spark Connect server."""
    with clusters.connect_server(tmp_path_factory.mktemp("connect")) as address:
        yield address


@pytest.fixture(scope="session")
def sail_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Sail server."""
    with clusters.sail_server(tmp_path_factory.mktemp("sail")) as address:
        yield address
