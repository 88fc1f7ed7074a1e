"""Near-copies are planted as they are said to be, counted as defined, and found by what ships."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import numpy as np
import pytest

from benchmarks import near_dup
from benchmarks.near_dup import peers
from benchmarks.near_dup.corpora import CORPORA, WORDS
from benchmarks.near_dup.planted import ALIKE, NEAR, Planted, edited, plant
from benchmarks.near_dup.product import Disagreement, Found, _agree, find
from benchmarks.near_dup.real import Line
from benchmarks.near_dup.scoring import Score, Share, score, similarities
from benchmarks.near_dup.tables import Result, engines_table, in_docs, real_table
from benchmarks.peers.banded import FULL, candidates, verified
from checker.kernels import jaccard
from checker.model.likeness import Copies


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(CORPORA["prose"](0.6, 5), 5)


def test_documents_have_the_length_that_is_said() -> None:
    for name, read in CORPORA.items():
        texts = read(0.1, 1)
        sizes = [len(text.split(" ")) for text in texts]
        assert min(sizes) > 0, name
        assert max(sizes) <= WORDS[1], name
        assert 0.1e6 <= sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) < 0.12e6, name
        assert texts == read(0.1, 1) != read(0.1, 2), name


def test_planted_pairs_have_the_similarity_that_is_said(planted: Planted) -> None:
    for pairs, (least, most) in ((planted.near, NEAR), (planted.alike, ALIKE)):
        found = similarities(planted.texts, pairs)
        assert len(found) > 80
        assert least <= min(found) <= max(found) <= most
        thirds = np.histogram(found, 3, (least, most))[0]
        assert min(thirds) > len(found) / 5, "they are spread evenly"
    assert all(planted.texts[one] == planted.texts[other] for one, other in planted.exact)


def test_every_planted_text_belongs_to_one_pair(planted: Planted) -> None:
    ends = [place for pairs in planted[1:] for pair in pairs for place in pair]
    assert len(ends) == len(set(ends))
    assert all(one < other for pairs in (planted.exact, planted.near, planted.alike) for one, other in pairs)


@pytest.mark.parametrize(
    ("least", "most"),
    [
        pytest.param(0.80, 0.82, id="just near"),
        pytest.param(0.95, 0.97, id="hardly changed"),
        pytest.param(0.30, 0.32, id="much changed"),
    ],
)
def test_a_text_is_edited_to_the_similarity_wanted(least: float, most: float) -> None:
    text = " ".join(f"w{number}" for number in range(300))
    made = [edited(random.Random(seed), text, least, most) for seed in range(8)]
    hit = [copy for copy in made if copy is not None]
    assert hit
    assert all(least <= jaccard(text, copy) <= most for copy in hit)


def test_a_text_too_short_for_the_similarity_is_left_out() -> None:
    assert edited(random.Random(1), "one two three four five six", 0.95, 0.97) is None


def test_recall_and_precision_are_counted_as_defined() -> None:
    base = [f"w{number}" for number in range(40)]
    texts = [" ".join(words) for words in (base, base, [*base[:39], "x"], [*base[:20], *"abcdefghijkl"], ["other"])]
    truth = Planted(texts, exact=((0, 1),), near=((0, 2), (1, 2)), alike=((0, 3),))
    found = Found(frozenset({(0, 1)}), frozenset({(0, 2), (0, 3)}), 1.0)
    assert score(found, truth) == (Share(1, 1), Share(1, 2), Share(1, 2))


@pytest.mark.parametrize(
    ("share", "value", "error"),
    [
        pytest.param(Share(0, 0), 1.0, 0.0, id="nothing was wanted"),
        pytest.param(Share(0, 4), 0.0, 0.0, id="nothing found"),
        pytest.param(Share(2, 4), 0.5, 0.25, id="a half"),
        pytest.param(Share(4, 4), 1.0, 0.0, id="all"),
    ],
)
def test_a_share_has_a_standard_error(share: Share, value: float, error: float) -> None:
    assert (share.value, share.error) == (value, error)


def test_the_product_finds_what_was_planted(planted: Planted) -> None:
    found = find(planted.texts, "numpy")
    exact, near, precision = score(found, planted)
    assert exact.value == 1
    assert near.value >= 0.97
    assert precision.value >= 0.96
    assert found.exact >= set(planted.exact)
    assert found.seconds > 0


def test_copies_of_a_near_copy_are_pairs_too() -> None:
    text = " ".join(f"w{number}" for number in range(100))
    found = find([text, f"{text} more", "", text, "", "short"], "numpy")
    assert found.exact == {(0, 3)}
    assert found.near == {(0, 1), (1, 3)}
    assert found.whole == Copies(4, 1, 2)


def test_pairs_that_the_product_does_not_count_are_refused() -> None:
    _agree(Copies(5, 0, 3), frozenset({(0, 1), (1, 2), (0, 2), (3, 4)}))
    with pytest.raises(Disagreement, match="the pairs make 3 documents near-copies, `duplication` counts 2"):
        _agree(Copies(5, 0, 2), frozenset({(0, 1), (1, 2), (3, 4)}))


def test_the_rows_of_the_speed_table() -> None:
    recall, precision = near_dup.rows(0.3)
    assert (recall.goal, precision.goal) == (0.99, 0.98)
    assert 0.9 < recall.measured <= 1
    assert 0.9 < precision.measured <= 1


def signatures(*equal: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint32]]:
    """The first one, and one for each number that has so many of its values at the start."""
    base = np.arange(128, dtype=np.uint32)
    rows = [np.where(np.arange(128) < count, base, 1000 + 200 * at + base) for at, count in enumerate(equal)]
    return np.stack([base, *rows]).astype(np.uint32)


def test_the_search_for_peers_takes_pairs_of_a_band_at_the_threshold() -> None:
    found = signatures(7, 8, 96, 95)
    assert (0, 1) not in candidates(found)
    assert (0, 2) in candidates(found)
    assert verified(found, 0.75) == [(0, 3)]
    assert verified(signatures(0), 0.75) == []


def test_the_search_for_peers_leaves_out_what_everybody_has() -> None:
    crowd = np.zeros((FULL + 1, 128), np.uint32)
    assert candidates(crowd) == set()
    assert len(candidates(crowd[:3])) == 3


def test_an_engine_that_fails_is_named_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def uninstalled(name: str, *requirements: str) -> Path:
        raise subprocess.CalledProcessError(1, [name, *requirements])

    monkeypatch.setattr(peers, "python_with", uninstalled)
    with pytest.raises(peers.NotMeasured, match=r"pip could not install rensa==0\.5\.0"):
        peers.search("rensa", tmp_path / "texts.json", tmp_path)


def test_pairs_of_a_peer_are_put_in_order(tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_text(json.dumps({"pairs": [[2, 0], [0, 1], [0, 2]], "seconds": 2.5, "version": "1.2"}))
    found = peers._read(path, ["a", "b", "a"])
    assert found == Found(frozenset({(0, 2)}), frozenset({(0, 1)}), 2.5, "1.2")


def test_the_table_has_a_row_for_each_engine() -> None:
    ours = Result(Score(Share(1, 1), Share(3, 4), Share(2, 2)), 2.0, "")
    peer = ours._replace(seconds=5.0, version="1.2")
    rows = engines_table({"headwater": ours, "peer": peer, "absent": "pip could not install it"}).splitlines()[2:]
    assert rows == [
        "| headwater | 1.0000 | 0.7500 ± 0.2165 | 1.0000 ± 0.0000 | 2.00 | 1.0 |",
        "| peer 1.2 | 1.0000 | 0.7500 ± 0.2165 | 1.0000 ± 0.0000 | 5.00 | 2.5 |",
        "| absent | not measured: pip could not install it | | | | |",
    ]


def test_real_pairs_that_are_absent_are_not_measured() -> None:
    assert real_table([]) == "Not measured: the real pairs are not beside the repository.\n"
    assert real_table([Line("a", "1 of 2")]).endswith("| a | 1 of 2 |\n")


def test_the_tables_go_between_the_markers() -> None:
    page = "# x\n<!-- near_dup -->\nold\n<!-- /near_dup -->\nend\n"
    assert in_docs(page, "new\n") == "# x\n<!-- near_dup -->\nnew\n<!-- /near_dup -->\nend\n"
    with pytest.raises(ValueError, match="the page has no <!-- near_dup -->"):
        in_docs("# x\n", "new\n")
