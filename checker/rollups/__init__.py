"""Rolls up what is known of dataset versions, so that a run with nothing changed asks for one entry each."""

from __future__ import annotations

from checker.rollups.writing import Written, expect_rollups, write_rollups

__all__ = ["Written", "expect_rollups", "write_rollups"]
