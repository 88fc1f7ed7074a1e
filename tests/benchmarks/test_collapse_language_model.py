"""The language model that grows recursive text, against a plain Python one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks.collapse import language_model
from benchmarks.collapse.language_model import END, Ids

WORDS = 9
TOY = [[1, 2, 3, 1, 2, 4], [1, 2, 3, 5], [6], [2, 3, 1, 2, 3, 7, 8], [1, 2, 3, 5, 5]]


class Plain:
    """The same model by counting in dictionaries."""

    def __init__(self, documents: Sequence[Sequence[int]], temperature: float) -> None:
        self.temperature = temperature
        self.after: defaultdict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for document in documents:
            words = [END, END, END, *document, END]
            for place in range(3, len(words)):
                for length in range(4):
                    self.after[tuple(words[place - length : place])][words[place]] += 1

    def chance(self, context: tuple[int, ...], word: int, base: float) -> float:
        """Witten and Bell, interpolated down to `base`; `context` in the order of reading."""
        shorter = self.chance(context[1:], word, base) if context else base
        seen = self.after.get(context)
        if not seen:
            return shorter
        trust = seen.total() / (seen.total() + len(seen))
        tempered = {w: count ** (1 / self.temperature) for w, count in seen.items()}
        return float(trust * tempered.get(word, 0.0) / sum(tempered.values()) + (1 - trust) * shorter)


def toy() -> list[Ids]:
    return [np.array(document, dtype=np.int64) for document in TOY]


@pytest.mark.parametrize("temperature", [1.0, 0.8, 0.5])
@pytest.mark.parametrize(
    "context",
    [
        pytest.param((END, END, END), id="start of a document"),
        pytest.param((1, 2, 3), id="seen often"),
        pytest.param((8, 1, 2), id="known by its last two words"),
        pytest.param((4, 4, 8), id="known by its last word"),
        pytest.param((END, END, 6), id="a document of one word"),
    ],
)
def test_probabilities_are_those_of_the_plain_model(context: tuple[int, ...], temperature: float) -> None:
    model = language_model.train(toy(), WORDS, temperature)
    found = language_model.probabilities(model, np.array([context[::-1]]), open_words=20)[0]
    plain = Plain(TOY, temperature)
    assert found.tolist() == pytest.approx([plain.chance(context, word, 1 / 20) for word in range(WORDS)])


def test_words_are_drawn_as_often_as_they_are_likely() -> None:
    model = language_model.train(toy(), WORDS, 0.8)
    first = Counter(int(document[0]) for seed in range(30) for document in language_model.write(model, 1000, seed))
    plain = Plain(TOY, 0.8)
    seen = {word for word in range(1, WORDS) if plain.after[()][word]}
    likely = {word: plain.chance((END, END, END), word, 0.0) for word in seen}
    # Empty documents are not written, and at single words all the weight lies on what was seen.
    bottom = 1 - sum(likely.values()) - plain.chance((END, END, END), END, 0.0)
    total = sum(likely.values()) + bottom
    assert set(first) <= seen
    for word, chance in likely.items():
        assert first[word] / first.total() == pytest.approx(chance / total, abs=0.03)


def test_the_same_seed_writes_the_same_and_another_does_not() -> None:
    model = language_model.train(toy(), WORDS, 1.0)
    one, again, other = (language_model.write(model, 500, seed) for seed in (1, 1, 2))
    assert [document.tolist() for document in one] == [document.tolist() for document in again]
    assert [document.tolist() for document in one] != [document.tolist() for document in other]


@pytest.mark.parametrize("tokens", [1, 7, 1000])
def test_as_many_words_are_written_as_were_asked_for(tokens: int) -> None:
    written = language_model.write(language_model.train(toy(), WORDS), tokens, 3)
    assert sum(map(len, written)) == tokens
    assert all(len(document) and END not in document for document in written)


def test_positions_are_all_words_with_what_stood_before() -> None:
    history, after = language_model.positions(toy())
    assert after.tolist() == [word for document in TOY for word in document]
    assert history[5].tolist() == [2, 1, 3]
    assert history[6].tolist() == [END, END, END]


def test_too_many_words_for_a_key_are_refused() -> None:
    with pytest.raises(ValueError, match="too many"):
        language_model.train(toy(), 1 << 16)
