"""The small model is repeatable and can only say what its text taught it."""

from __future__ import annotations

import random

import pytest

from checker.demo.corpus import handbook
from checker.demo.language_model import sample, train
from checker.demo.mixture import machine_records

TEXTS = ("the cat sat on the mat", "the cat ran", "a dog sat on the cat")


def test_counts_are_those_of_the_text() -> None:
    model = train(TEXTS)
    assert model["<s> <s>"] == {"the": 2, "a": 1}
    assert model["the cat"] == {"sat": 1, "ran": 1, "</s>": 1}


def test_no_text_teaches_nothing() -> None:
    assert dict(train([])) == {}


def test_the_same_seed_says_the_same() -> None:
    model = train(TEXTS)
    assert [sample(model, random.Random(7)) for _ in range(2)] == [sample(model, random.Random(7))] * 2


def test_every_three_words_were_read_before() -> None:
    texts = [passage.text for passage in handbook()["text"]]
    model = train(texts)
    dice = random.Random(3)
    read = {tuple(words[at : at + 3]) for text in texts for words in [text.split()] for at in range(len(words) - 2)}
    for _ in range(50):
        words = sample(model, dice).split()
        assert {tuple(words[at : at + 3]) for at in range(len(words) - 2)} <= read


def test_it_says_more_than_it_read() -> None:
    texts = [" ".join(passage.text.split()) for passage in handbook()["text"]]
    said = [sample(train(texts), random.Random(seed)) for seed in range(20)]
    assert any(text not in texts for text in said)


def test_a_text_ends_at_the_longest() -> None:
    assert sample(train(["a b " * 500]), random.Random(1), longest=10).split() == ["a", "b"] * 5


@pytest.mark.parametrize(
    ("human", "share", "machine"),
    [
        pytest.param(100, 0.0, 0, id="none"),
        pytest.param(100, 0.5, 100, id="one half"),
        pytest.param(95, 0.05, 5, id="one in twenty"),
        pytest.param(0, 0.5, 0, id="nothing to mix into"),
    ],
)
def test_machine_records_make_the_share_of_the_whole(human: int, share: float, machine: int) -> None:
    assert machine_records(human, share) == machine
