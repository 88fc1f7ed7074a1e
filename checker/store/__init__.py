"""Keeps evidence by content: a local folder first, then what shared stores have."""

from __future__ import annotations

from checker.store.local import EvidenceCache

__all__ = ["EvidenceCache"]
