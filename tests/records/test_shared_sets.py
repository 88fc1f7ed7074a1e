"""Real sets: what is counted is the truth that their manifest tells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"

TRUTH = {
    "text/gpteacher_codegen": {"machine": 4535},
    "text/gpteacher_roleplay": {"machine": 1923},
    "text/gsm8k_model_solutions": {"machine": 5276},
    "text/gsm8k_test": {"human": 1319},
    "text/gsm8k_train": {"human": 7473},
    "text/pubmedqa_pairs": {"human": 301, "machine": 450},
    "text/python_peps": {"human": 300},
    "text/self_instruct_human": {"human": 427},
    "text/self_instruct_machine": {"machine": 1965},
    "text/squad_continuations": {"human": 1421, "machine": 1500},
    "near_dup/disfl_qa_pairs": {"human": 11825},
    "near_dup/gpteacher_toolformer_ladder": {"machine": 7691},
    "near_dup/gsm8k_test_socratic": {"mixed": 1319},
    "collapse/seed_creative_fiction": {"machine": 1000},
    "derived/ngram_recursion_gsm8k": {"human": 1000, "machine": 32000},
}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared fixtures are not beside the repository")
@pytest.mark.parametrize("name", TRUTH)
def test_origins_are_those_of_the_manifest(reader: Any, name: str) -> None:
    data = (SHARED / f"{name}.jsonl.gz").read_bytes()
    bare, full = reader.read(data, "a.jsonl.gz"), reader.read(data, "a.jsonl.gz", text=True)
    assert bare.origins == full.origins == TRUTH[name]
    assert (bare.composition.bad_rows, full.composition.bad_rows) == (0, 0)
    assert set(bare.bases) == {"declared-record"}
    row = next(
        line for line in (SHARED / "MANIFEST.md").read_text(encoding="utf-8").splitlines() if f"`{name}." in line
    )
    assert int(row.split("|")[6]) == bare.records


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared fixtures are not beside the repository")
def test_every_field_of_a_real_set(reader: Any) -> None:
    found = reader.read((SHARED / "text/python_peps.jsonl.gz").read_bytes(), "a.jsonl.gz", text=True)
    everywhere = ("source", "url", "source_or_url", "license", "origin", "created_at")
    assert found.coverage == dict.fromkeys(everywhere, 300)
    assert found.licenses == {"public-domain/CC0": 300}
    assert (found.values("domain"), found.values("source")) == ({"technical-docs"}, {"python-peps"})
