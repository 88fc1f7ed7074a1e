"""Text evidence in files: whole, small, the same bytes for the same content, and never believed unchecked."""

from __future__ import annotations

from pathlib import Path

from store.texts import equal, shard_text

from checker.measure import EvidenceCache

KEY = "ab" * 32


def test_an_entry_comes_back(tmp_path: Path) -> None:
    cache, text = EvidenceCache(tmp_path / "deep"), shard_text(500)
    assert cache.text(KEY) is None
    kept = cache.keep_text(KEY, text)
    found = EvidenceCache(tmp_path / "deep").text(KEY)
    assert found is not None
    assert (found.key, found.digest, found.records) == (KEY, kept.digest, 500)
    assert equal(found.load(), text)
    assert equal(kept.load(), text)
