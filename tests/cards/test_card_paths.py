"""Where the card of a dataset is looked for."""

from __future__ import annotations

import pytest

from checker.discover.cards import card_paths


@pytest.mark.parametrize(
    ("version_path", "existing", "expected"),
    [
        pytest.param("data/train", [], [], id="nothing"),
        pytest.param("data/train", ["data/train.dvc", "data/train.txt"], [], id="no card"),
        pytest.param("data/train", ["data/train.md"], ["data/train.md"], id="beside the dataset"),
        pytest.param(
            "data/train", ["data/train.card.md", "data/train.md"], ["data/train.md", "data/train.card.md"], id="both"
        ),
        pytest.param("data/train.jsonl", ["data/train.md"], ["data/train.md"], id="without the ending of the data"),
        pytest.param(
            "data/train.jsonl.gz",
            ["data/train.md", "data/train.jsonl.gz.md"],
            ["data/train.jsonl.gz.md", "data/train.md"],
            id="the full name is nearer",
        ),
        pytest.param("data/train", ["cards/train.md"], ["cards/train.md"], id="in cards at the top"),
        pytest.param(
            "data/train",
            ["cards/train.md", "data/cards/train.md"],
            ["data/cards/train.md", "cards/train.md"],
            id="nearer",
        ),
        pytest.param("data/train", ["cards/data/train.md"], [], id="cards does not mirror folders"),
        pytest.param("data/train", ["data/train/README.md"], ["data/train/README.md"], id="inside the dataset"),
        pytest.param(
            "data/train", ["data/README.md", "README.md"], ["data/README.md", "README.md"], id="the repository's last"
        ),
        pytest.param(
            "train", ["README.md", "croissant.json"], ["croissant.json", "README.md"], id="a dataset at the top"
        ),
        pytest.param("data/raw/train", ["data/README.md"], [], id="not the readme of a folder above"),
        pytest.param("data/train", ["data/test.md", "data/train2.md"], [], id="another dataset's"),
        pytest.param("data/train", ["data/train.jsonld"], ["data/train.jsonld"], id="JSON-LD"),
        pytest.param("data/train", ["data/train.card.json"], ["data/train.card.json"], id="a JSON card"),
        pytest.param("data/.hidden", ["data/.hidden.md"], ["data/.hidden.md"], id="a hidden dataset"),
        pytest.param("data/...", ["README.md"], ["README.md"], id="a name of dots"),
    ],
)
def test_the_candidates_that_exist_best_first(version_path: str, existing: list[str], expected: list[str]) -> None:
    assert card_paths(version_path, frozenset(existing)) == tuple(expected)


def test_a_named_card_is_the_only_one() -> None:
    existing = frozenset(("docs/river.md", "data/train.md"))
    assert card_paths("data/train", existing, "docs/river.md") == ("docs/river.md",)


def test_nothing_takes_the_place_of_a_named_card_that_is_missing() -> None:
    assert card_paths("data/train", frozenset(("data/train.md",)), "docs/river.md") == ()
