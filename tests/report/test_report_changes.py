"""The change of the data for people and programs: looked at as a whole, and with hostile names."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from report.evil import EVIL
from report.samples import BASE, COMMIT, HUMAN, MACHINE, composition

from checker.model.changes import Changes, DatasetChange, Flow, Kind, ShardChange, Side
from checker.model.composition import Composition
from checker.model.dataset import Snapshot, SnapshotKind
from checker.model.likeness import Copies
from checker.report import _changes_json, _changes_markdown, _changes_text

RENDERERS = {"text": _changes_text.render, "markdown": _changes_markdown.render, "json": _changes_json.render}
OPEN = "data/open: 1.jsonl: the bytes are not here; run `dvc fetch`"
BEFORE = Snapshot(SnapshotKind.REVISION, "v1", BASE)
AFTER = Snapshot(SnapshotKind.REVISION, "v2", COMMIT)


def side(human: int, machine: int, dialects: dict[str, int], **given: object) -> Side:
    counted: Composition = composition(
        (HUMAN, "health", "en", "notes", human), (MACHINE, "web", "en", "model", machine)
    )
    plain = Side(2, counted._replace(slices={"dialect": dialects}), Copies(human + machine, 4, 9), 60_000, 4_100)
    return plain._replace(**given)  # type: ignore[arg-type]  # each case names a field of it


def whole() -> Changes:
    """One dataset of each kind."""
    old = side(900, 100, {"north": 800, "south": 150, "west": 50}, budget_tokens=20_000, blocks=3,
               figures={"distinct3": 0.72, "selfrep4": 0.11, "vendi": 0.2},
               vocabulary={"hapax_share": 0.41, "mattr": 0.81, "repeated_5grams": 0.012})  # fmt: skip
    new = side(850, 400, {"north": 1_200, "south": 40, "east": 10}, budget_tokens=20_000, blocks=4,
               figures={"distinct3": 0.61, "selfrep4": 0.22, "vendi": 0.2},
               vocabulary={"hapax_share": 0.33, "mattr": 0.78, "repeated_5grams": 0.03})  # fmt: skip
    shards = (
        ShardChange("03.jsonl", Kind.CHANGED, 400, 350),
        ShardChange("07.jsonl", Kind.NEW, None, 300),
        ShardChange("b.jsonl", Kind.MOVED, 600, 600, "a.jsonl"),
        ShardChange("old.jsonl", Kind.REMOVED, 1, None),
    )
    return Changes(
        "0.1.0",
        "corpus",
        BEFORE,
        AFTER,
        (
            DatasetChange("data/gold", Kind.UNCHANGED),
            DatasetChange("data/gone", Kind.REMOVED, old, Side(), (), Flow(0, 0, 0, 1_000)),
            DatasetChange("data/new", Kind.NEW, Side(), new, (), Flow(0, 0, 1_250, 0)),
            DatasetChange("data/open", Kind.CHANGED, Side(shards=3), Side(), open=(OPEN,)),
            DatasetChange("data/train", Kind.CHANGED, old, new, shards, Flow(920, 30, 300, 50)),
        ),
        ("measurements are not kept: the folder cannot be written",),
    )  # fmt: skip


@pytest.mark.parametrize(("name", "extension"), [("text", "txt"), ("markdown", "md"), ("json", "json")])
def test_is_as_when_someone_last_looked(name: str, extension: str, golden: Callable[[str, str], None]) -> None:
    golden(f"diff.{name}.{extension}", RENDERERS[name](whole()))


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        pytest.param(66_000, True, id="a tenth more text"),
        pytest.param(66_600, False, id="more than that"),
        pytest.param(53_400, False, id="more than a tenth less"),
    ],
)
def test_what_depends_on_the_amount_of_text_is_told_of_like_amounts(tokens: int, told: bool) -> None:
    old = side(900, 100, {}, vocabulary={"hapax_share": 0.41, "mattr": 0.81})
    new = side(900, 100, {}, vocabulary={"hapax_share": 0.33, "mattr": 0.78}, tokens=tokens)
    change = DatasetChange("data/train", Kind.CHANGED, old, new)
    said = _changes_text.render(Changes("0.1.0", "corpus", BEFORE, AFTER, (change,)))
    assert ("all text words seen once: 41% -> 33% (-8 points)" in said) is told
    assert "all text words varied within 50: 0.81 -> 0.78 (-3.7%)" in said


def test_nothing_to_compare_is_said() -> None:
    empty = Changes("0.1.0", "corpus", BEFORE, AFTER, ())
    assert _changes_text.render(empty).endswith("headwater: 0 datasets: nothing to compare\n")
    assert empty.exit_code == 0


def test_what_is_not_measured_is_an_exit_code() -> None:
    assert whole().exit_code == 3


def evil(word: str) -> Changes:
    """A hostile string in every place that the data, the settings or git name."""
    sides = side(9, 1, {word: 5, "x": 5}), side(9, 2, {"x": 5})
    named = [
        each._replace(composition=each.composition._replace(slices={word: each.composition.slices["dialect"]}))
        for each in sides
        if each.composition
    ]
    shards = (ShardChange(word, Kind.MOVED, 1, 1, word), ShardChange(word, Kind.CHANGED, 1, 2))
    change = DatasetChange(word, Kind.CHANGED, named[0], named[1], shards, Flow(1, 1, 1, 1), (word,))
    return Changes("0.1.0", word, BEFORE._replace(label=word), AFTER, (change,), (word,))


@pytest.mark.parametrize("word", [pytest.param(word, id=name) for name, word in EVIL.items()])
def test_a_hostile_name_stays_a_name(word: str) -> None:
    text = _changes_text.render(evil(word))
    ours = ("from ", "dataset ", "  records", "  shard", "  tokens", "  distinct", "  origin", "  domain", "  language",
            "  exact", "  near", "  diversity", "  slice ", "  not measured: ", "note: ", "headwater: ")  # fmt: skip
    for line in text.splitlines():
        assert line.startswith(ours), line
        assert line.isprintable(), line
    markdown = _changes_markdown.render(evil(word))
    assert "<script" not in markdown
    assert "<img" not in markdown
    assert "@octocat" not in markdown
    assert markdown.count("<!--") == 1
    assert len(markdown) <= 61_000
    found = json.loads(_changes_json.render(evil(word)))
    assert found["schema"] == "headwater/diff/v1"
    assert found["datasets"][0]["change"] == "changed"
    written = _changes_json.render(evil(word))
    assert written.isascii()
    assert "\x7f" not in written


def test_ten_thousand_changed_shards_are_a_few_lines_for_people_and_all_for_programs() -> None:
    shards = tuple(ShardChange(f"{number:05}.jsonl", Kind.CHANGED, 1, 2) for number in range(10_000))
    changes = whole()._replace(datasets=(DatasetChange("data/train", Kind.CHANGED, shards=shards),))
    text = _changes_text.render(changes)
    assert len(text.splitlines()) < 30
    assert "and 9,980 more shards; --format json has them all" in text
    assert len(json.loads(_changes_json.render(changes))["datasets"][0]["shards"]) == 10_000
