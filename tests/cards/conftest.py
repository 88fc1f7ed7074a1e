"""Cards to read: samples of our own, one per format, and the real ones beside the repository."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.model.card import Card
from checker.read.cards import read_card

SAMPLES = Path(__file__).parent / "samples"
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def sample() -> Callable[[str], Card]:
    """Read a sample by its file name."""
    return lambda name: read_card(name, (SAMPLES / name).read_bytes())


@pytest.fixture
def shared() -> Path:
    """The real data beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("the folder shared is not beside the repository")
    return SHARED


@pytest.fixture
def markdown() -> Callable[[str], Card]:
    """Read a Markdown card from its text."""
    return lambda text: read_card("cards/river.md", text.encode())
