"""Real pairs with the real kernels: revisions of documents, questions in two variants, a ladder of similarity."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import corpora

from checker.compare import duplication, overlap, with_exact
from checker.kernels import jaccard, text_pass
from checker.model.text import TextSource

FOLDER = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "near_dup"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the fixtures beside the repository are absent"),
]


def rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def measured(texts: Sequence[str], shard: str) -> TextSource:
    """A shard measured by the kernels that ship."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *(len(text) for text in encoded)]).astype(np.int64)
    sweep = text_pass("numpy")
    sweep.add(np.frombuffer(b"".join(encoded), np.uint8), ends, np.arange(1, len(texts) + 1, dtype=np.uint32))
    return corpora.held(sweep.finish(), shard)


def test_revisions_of_the_same_document() -> None:
    pairs = rows("pep_revisions")
    sources = [measured([row["text_a"] for row in pairs], "a"), measured([row["text_b"] for row in pairs], "b")]
    found = overlap(sources[:1], sources[1:], near=True)
    alike, right = (_with_a_pair(pairs, least) for least in (0.8, 0.7))
    assert alike > 50
    assert found.near is not None
    assert 0.97 * alike <= found.near <= right + 2
    texts = {(side, number): row[f"text_{side}"] for side in "ab" for number, row in enumerate(pairs, 1)}
    exact = with_exact(found.pairs, lambda place: texts[place.shard, place.row])
    names = [(pairs[pair.one.row - 1]["doc_id"], pairs[pair.other.row - 1]["doc_id"]) for pair in exact]
    assert all(one == other for one, other in names), "documents of different names are no copies"
    for before, after in zip(found.pairs, exact, strict=True):
        assert after.exact
        assert abs(before.similarity - after.similarity) < 0.15
        assert after.similarity == pytest.approx(
            jaccard(texts[before.one.shard, before.one.row], texts[before.other.shard, before.other.row])
        )


def _with_a_pair(pairs: Sequence[dict[str, Any]], least: float) -> int:
    """How many of the current texts have an older one of the same document that is at least so similar."""
    texts: dict[str, list[str]] = defaultdict(list)
    for row in pairs:
        texts[row["doc_id"]].append(row["text_b"])
    return sum(any(jaccard(row["text_a"], old) >= least for old in texts[row["doc_id"]]) for row in pairs)


def test_the_same_questions_in_two_files() -> None:
    with gzip.open(FOLDER.parent / "text" / "gsm8k_test.jsonl.gz", "rt", encoding="utf-8") as file:
        plain = [json.loads(line) for line in file]
    socratic = rows("gsm8k_test_socratic")
    ours = measured([row["question"] for row in socratic], "socratic")
    theirs = measured([row["question"] for row in plain], "plain")
    found = overlap([ours], [theirs], near=True)
    shared = {row["question"] for row in plain}
    assert found.exact == sum(row["question"] in shared for row in socratic) > 1_000


def test_a_looser_ladder_repeats_more() -> None:
    """The author removed near-copies above 0.9, 0.8, 0.7, 0.6: what is left repeats itself less and less."""
    ladder = rows("gpteacher_toolformer_ladder")
    shares = []
    for step in ("dedupe-only", "similarity-0.9", "similarity-0.8", "similarity-0.7", "similarity-0.6"):
        texts = [row["text"] for row in ladder if step in row["kept_at"]]
        whole = duplication([measured(texts, step)], near=True).whole
        assert whole.near is not None
        shares.append(whole.near / whole.documents)
    assert len(shares) == 5
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > 5 * shares[-1]
