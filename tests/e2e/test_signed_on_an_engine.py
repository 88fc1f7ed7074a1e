"""Near-copies on workers that hold no key, where only signed evidence is believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from e2e.machines import Machine, document
from e2e.test_keys_of_a_dataset import with_near_copies
from e2e.test_text_checks import SETTINGS
from engine import clusters

pytestmark = [pytest.mark.engines, pytest.mark.timeout(300)]
CHECK = ("check", "--rev", "HEAD", "--all", "--stage", "push", "--format", "json")


def test_the_verdict_is_that_of_one_process(tmp_path: Path) -> None:
    repository = with_near_copies(tmp_path / "near", f"{SETTINGS}evidence:\n  signed: required\n")
    store = tmp_path / "store"
    store.mkdir()

    def judged(cache: str, *options: str) -> list[Any]:
        machine = Machine(repository.path, {"HEADWATER_CACHE_DIR": str(tmp_path / cache), **KEY, **NUMPY})
        report = document(machine.headwater(*CHECK, *options))
        assert [note for note in report["notes"] if "signed" in note] == []
        outcomes: list[Any] = report["outcomes"]
        return outcomes

    alone = judged("alone")
    assert "fail" in {outcome["status"] for outcome in alone if outcome["rule"] == "text/copies"}
    with clusters.sail_server(tmp_path) as address:
        engine = ("--store", str(store), "--engine", "spark", "--remote", address)
        assert judged("first", *engine) == alone
        signed = {file.name for file in store.rglob("*.sig")}
        entries = {f"{file.name}.sig" for kind in ("json", "text", "keys") for file in store.rglob(f"*.{kind}")}
        assert entries <= signed
        # Another machine takes from the store what the first has signed, and has the keys made again.
        assert judged("second", *engine) == alone


KEY = {"HEADWATER_EVIDENCE_KEY": "0123456789abcdef" * 2}
NUMPY = {"HEADWATER_BACKEND": "numpy"}
