"""Near-duplicates with a known truth: what is found, what is found wrongly, and how fast."""

from __future__ import annotations

from benchmarks.row import Row


def rows(megabytes: float = 16, seed: int = 3) -> list[Row]:
    """Recall and precision of headwater alone, numpy only; `python -m benchmarks.near_dup` has the peers."""
    from benchmarks.near_dup.corpora import CORPORA
    from benchmarks.near_dup.planted import plant
    from benchmarks.near_dup.product import find
    from benchmarks.near_dup.scoring import score

    planted = plant(CORPORA["prose"](megabytes, seed), seed)
    exact, near, precision = score(find(planted.texts, "numpy"), planted)
    details: dict[str, object] = {
        "near-copies": near.of,
        "standard error of recall": round(near.error, 4),
        "recall of copies": exact.value,
        "pairs judged": precision.of,
        "standard error of precision": round(precision.error, 4),
    }
    planned = f"{near.of:,} planted pairs of Jaccard 0.80 to 0.97"
    return [
        Row("near-copies found, share", near.value, 0.99, False, planned, details),
        Row("pairs found that are right, share", precision.value, 0.98, False, "exact Jaccard 0.7 and more", details),
    ]
