"""What the tests of policies share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

HEAD = "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: team, version: 1.0.0}\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("HEADWATER_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def policy() -> Callable[[str], bytes]:
    """A policy file: the usual head, which takes three lines, and what the test adds."""
    return lambda body: (HEAD + body).encode()


@pytest.fixture
def write_pack(tmp_path: Path) -> Callable[[str, str], Path]:
    """Put a pack into a folder of the test's own, and tell the folder."""
    folder = tmp_path / "packs"
    folder.mkdir()

    def write(name: str, body: str) -> Path:
        head = f'apiVersion: headwater/v1\nkind: Policy\nmetadata: {{id: {name}, version: "1.2.3"}}\n'
        (folder / f"{name}.yaml").write_text(head + body, encoding="utf-8")
        return folder

    return write
