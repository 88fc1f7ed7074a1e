"""What headwater finds among real pairs, in the data beside the repository that is no part of it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.near_dup.product import Found, find
from benchmarks.near_dup.scoring import RIGHT, Share
from checker.kernels import jaccard
from checker.measure.tokens import count_tokens

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
LADDER = ("dedupe-only", "similarity-0.9", "similarity-0.8", "similarity-0.7", "similarity-0.6")
FEW_TOKENS = 12


class Line(NamedTuple):
    """One line of the table."""

    what: str
    found: str


def lines() -> list[Line]:
    """Everything; nothing where the data is absent."""
    if not (DATA / "near_dup").is_dir():
        return []
    return [*revisions(), *questions(), *short_texts(), *ladder()]


def revisions() -> list[Line]:
    """Two revisions of the same document, and documents of different names, which are no copies."""
    pairs = _rows("near_dup/pep_revisions")
    texts = [row["text_a"] for row in pairs] + [row["text_b"] for row in pairs]
    names = [row["doc_id"] for row in pairs] * 2
    found = _found(texts)
    made = []
    for least in (0.8, 0.9):
        wanted = [
            (place, place + len(pairs)) for place, row in enumerate(pairs) if float(row["jaccard_word5"]) >= least
        ]
        share = Share(sum(pair in found.every for pair in wanted), len(wanted))
        made.append(Line(f"revisions of a PEP, known Jaccard ≥ {least}: found", _of(share)))
    foreign = [pair for pair in found.every if names[pair[0]] != names[pair[1]]]
    similar = [jaccard(texts[one], texts[other]) for one, other in foreign]
    false = sum(share < RIGHT for share in similar)
    made.append(Line(f"pairs found of different PEPs with a Jaccard < {RIGHT}", f"{false:,} of {len(found.every):,}"))
    if similar:
        which = sorted({" and ".join(sorted((names[one], names[other]))) for one, other in foreign})
        made.append(
            Line(
                f"other pairs found of different PEPs ({', '.join(which)})",
                f"{len(similar) - false:,}, least Jaccard {min(similar):.2f}",
            )
        )
    return made


def questions() -> list[Line]:
    """The same questions in two files."""
    socratic, plain = (
        [row["question"] for row in _rows(name)] for name in ("near_dup/gsm8k_test_socratic", "text/gsm8k_test")
    )
    same = {
        (one, other + len(socratic))
        for one, text in enumerate(socratic)
        for other, rival in enumerate(plain)
        if text == rival
    }
    found = {pair for pair in _found([*socratic, *plain]).exact if pair[0] < len(socratic) <= pair[1]}
    hit = Share(len(same & found), len(same))
    return [
        Line("the same question in two files of GSM8K: found", _of(hit)),
        Line("pairs called equal that are not", str(len(found - same))),
    ]


def short_texts() -> list[Line]:
    """A question and the same with a slip of the tongue: ten words, so one word more breaks most 5-grams."""
    pairs = _rows("near_dup/disfl_qa_pairs")
    texts = [row["text_a"] for row in pairs] + [row["text_b"] for row in pairs]
    wanted = {(place, place + len(pairs)) for place in range(len(pairs))}
    similar = {pair: jaccard(texts[pair[0]], texts[pair[1]]) for pair in wanted}
    found = _found(texts)
    middle = sorted(similar.values())[len(similar) // 2]
    other = [pair for pair in found.near if pair not in wanted]
    true = sum(jaccard(texts[one], texts[two]) >= RIGHT for one, two in other)
    few = sum(count_tokens(texts[one]) <= FEW_TOKENS for one, _ in other)
    return [
        Line(
            f"Disfl-QA, a question and its disfluent form: found (their Jaccard is {middle:.2f} in the middle)",
            _of(Share(len(wanted & found.every), len(wanted))),
        ),
        *(
            Line(
                f"those of them with a Jaccard of {least} to {most}: found", _of(_between(similar, found, least, most))
            )
            for least, most in ((0.7, 0.75), (0.75, 0.8), (0.8, 1.0))
        ),
        Line(
            f"other near pairs found that have a Jaccard ≥ {RIGHT} ({few:,} of at most {FEW_TOKENS} words)",
            _of(Share(true, len(other))),
        ),
    ]


def _between(similar: dict[tuple[int, int], float], found: Found, least: float, most: float) -> Share:
    """Of the pairs from the least similarity on, and below the other one unless that is 1."""
    pairs = {pair for pair, share in similar.items() if least <= share < most or share == most == 1}
    return Share(len(pairs & found.every), len(pairs))


def ladder() -> list[Line]:
    """Each step keeps less of what is alike: the share of near-copies falls."""
    rows = _rows("near_dup/gpteacher_toolformer_ladder")
    shares = []
    for step in LADDER:
        whole = _found([row["text"] for row in rows if step in row["kept_at"]]).whole
        shares.append((whole.near or 0) / whole.documents)
    falls = all(one > other for one, other in pairwise(shares))
    listed = ", ".join(f"{share:.1%}" for share in shares)
    return [Line(f"GPTeacher ladder, near-copies left at {', '.join(LADDER)}", f"{listed} ({_verdict(falls)})")]


def _verdict(falls: bool) -> str:
    return "falls at each step" if falls else "does not fall at each step"


def _found(texts: Sequence[str]) -> Found:
    return find(texts, "numpy")


def _rows(name: str) -> Sequence[dict[str, Any]]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _of(share: Share) -> str:
    return f"{share.hits:,} of {share.of:,} ({share.value:.1%})"
