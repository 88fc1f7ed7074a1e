"""One real repository a session, copied for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e.data_repository import DataRepository, build, copy


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> DataRepository:
    """Built once by real git and DVC."""
    return build(tmp_path_factory.mktemp("template"))


@pytest.fixture
def repository(template: DataRepository, tmp_path: Path) -> DataRepository:
    """A copy that the test may change, with pre-commit installed."""
    return copy(template, tmp_path)
