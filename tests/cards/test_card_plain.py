"""Plain YAML cards: canonical keys as such."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from checker.errors import CardError
from checker.model.card import Card, CardFormat
from checker.model.location import Location
from checker.read.cards import read_card
from checker.read.cards.plain import looks_plain

Read = Callable[[str], Card]


def yaml_card(text: str) -> Card:
    return read_card("cards/river.yaml", text.encode())


def contents(card: Card, key: str) -> list[object]:
    return [value.content for value in card.filled(key)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", ["River Notes"]),
        ("version", ["2.0.1"]),
        ("license", ["CC-BY-4.0"]),
        ("license_link", ["LICENSE"]),
        ("language", ["en", "no"]),
        ("synthetic", [True, True]),
        ("synthetic_share", [0.2]),
        ("size_records", [3900]),
        ("size_tokens", [1_000_000]),
        ("personal_data", ["none"]),
        ("sources", [{"name": "gauges", "url": "https://example.org/gauges"}, "town archive"]),
        ("generators", ["small-lm"]),
        ("transforms", []),
        ("biases", []),
    ],
)
def test_the_sample(sample: Read, key: str, expected: list[object]) -> None:
    assert contents(sample("plain.yaml"), key) == expected


def test_the_sample_is_sound(sample: Read) -> None:
    card = sample("plain.yaml")
    assert (card.format, card.version, card.problems) == (CardFormat.YAML, "", ())


def test_an_empty_list_is_a_statement_that_is_not_filled(sample: Read) -> None:
    value = sample("plain.yaml").fields["transforms"][0]
    assert (value.filled, value.content, value.location.line) == (False, (), 17)


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        pytest.param("license: mit\nx: 1", "license", ["mit"], id="a license as text"),
        pytest.param(
            "licenses: [mit, {id: CC0-1.0}]", "license", ["mit", "CC0-1.0"], id="licenses as text and mapping"
        ),
        pytest.param(
            "license: {name: River license, url: x}", "license", ["River license"], id="a license with a name only"
        ),
        pytest.param("license: {spdx: MIT, name: The MIT license}", "license_name", ["The MIT license"], id="its name"),
        pytest.param("headwater:\n  synthetic: false", "synthetic", [False], id="under headwater"),
        pytest.param("synthetic: {share: 0.5, generators: [a]}", "synthetic", [True], id="from a share in a mapping"),
        pytest.param(
            "synthetic: {share: 0.5, generators: [a, b]}", "generators", ["a", "b"], id="generators in a mapping"
        ),
        pytest.param("synthetic: 30%", "synthetic_share", [0.3], id="a share for an answer"),
        pytest.param("synthetic_share: 0", "synthetic", [False], id="a share of nothing is a no"),
        pytest.param("origin: {synthetic_share: 0.1}", "synthetic_share", [0.1], id="under origin"),
        pytest.param("language: no", "language", ["no"], id="Norwegian"),
        pytest.param("name: 123\nlicense: mit", "name", ["123"], id="a name of digits"),
        pytest.param("date: 2024-07-01", "date", ["2024-07-01"], id="a date"),
        pytest.param("first-used: 2023", "first_used", [2023], id="a key with a hyphen"),
        pytest.param("maintenance: {plan: {each: year}}", "maintenance.plan.each", ["year"], id="parts of parts"),
        pytest.param("ip: {copyright: none}", "ip.copyright", ["none"], id="a dotted key"),
        pytest.param("name: a\nfavorite_color: blue", "favorite_color", ["blue"], id="a key of one's own"),
        pytest.param("ongoing: yes", "ongoing", [True], id="an answer"),
        pytest.param("size: 3 boxes", "size", ["3 boxes"], id="a size in words"),
        pytest.param("name: &a x\ntitle: *a", "name", ["x", "x"], id="an alias"),
    ],
)
def test_ways_to_write_it(text: str, key: str, expected: list[object]) -> None:
    assert contents(yaml_card(text), key) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "no mapping", id="empty"),
        pytest.param("- a\n- b", "no mapping", id="a list"),
        pytest.param("a: 1\nb: 2", "none of its keys", id="another kind of file"),
        pytest.param("name: [", "not valid YAML", id="broken"),
        pytest.param("name: a\n---\nname: b", "second YAML document", id="two documents"),
        pytest.param("name: !!python/object:x y", "the tag", id="a tag"),
        pytest.param(
            "a: &a [1]\nb: &b " + str(["*a"] * 60).replace("'", ""), "none of its keys", id="aliases in bounds"
        ),
    ],
)
def test_what_cannot_be_read_is_an_error(text: str, message: str) -> None:
    with pytest.raises(CardError) as caught:
        yaml_card(text)
    assert message in caught.value.message


def test_the_error_names_the_line() -> None:
    with pytest.raises(CardError) as caught:
        yaml_card("name: a\nlicense: [\n")
    assert caught.value.location is not None
    assert caught.value.location.path == "cards/river.yaml"
    assert caught.value.location.line is not None


def test_bytes_that_are_not_utf_8_are_an_error_with_their_line() -> None:
    with pytest.raises(CardError, match="0xff is not UTF-8") as caught:
        read_card("a.yaml", b"name: a\nlicense: \xff\n")
    assert caught.value.location == Location("a.yaml", 2)


def test_a_byte_order_mark_is_a_problem() -> None:
    card = read_card("a.yaml", b"\xef\xbb\xbfname: a\n")
    assert contents(card, "name") == ["a"]
    assert ["byte-order mark" in problem.message for problem in card.problems] == [True]


def test_a_bomb_of_aliases_is_an_error() -> None:
    lines = ["name: a", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(CardError, match="aliases"):
        yaml_card("\n".join(lines))


def test_json_with_canonical_keys_is_a_plain_card() -> None:
    card = read_card("cards/river.json", b'{"name": "River",\n "license": "mit", "synthetic": false}')
    assert card.format is CardFormat.YAML
    assert contents(card, "synthetic") == [False]
    assert card.filled("license")[0].location == Location("cards/river.json", 2, 13)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param({"headwater"}, True, id="headwater"),
        pytest.param({"license", "language"}, True, id="a license and a language"),
        pytest.param({"licenses", "synthetic"}, True, id="by another name"),
        pytest.param({"language"}, False, id="one key"),
        pytest.param({"name", "version", "description"}, False, id="a package file"),
        pytest.param({"stages", "outs"}, False, id="a pipeline"),
        pytest.param(set(), False, id="nothing"),
    ],
)
def test_what_looks_like_a_card(names: set[str], expected: bool) -> None:
    assert looks_plain(frozenset(names)) is expected
