"""One built data repository for every test of the demo that only looks at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.demo.repository import build
from checker.demo.workshop import Workshop


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """The repository as the story begins with it; tests must not change it."""
    workshop = Workshop(tmp_path_factory.mktemp("demo") / "workshop")
    build(workshop)
    return workshop


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """An empty workshop with its repository folder."""
    empty = Workshop(tmp_path / "workshop")
    empty.data.mkdir(parents=True)
    return empty
