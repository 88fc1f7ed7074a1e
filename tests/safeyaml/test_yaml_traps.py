"""What YAML readers understand differently: refused where headwater's own files are read, as DVC has it elsewhere."""

from __future__ import annotations

import math

import pytest

from checker.errors import YamlError
from checker.safeyaml import load

pytestmark = pytest.mark.usefixtures("parser")

SAME_IN_BOTH = [
    pytest.param("1e-3", 0.001, id="exponent without a dot is a number"),
    pytest.param("1.0", 1.0, id="a float with nothing after the point"),
    pytest.param("-.5", -0.5, id="a float with nothing before the point"),
    pytest.param("0", 0, id="zero"),
    pytest.param("-17", -17, id="a negative integer"),
    pytest.param("0x1F", 31, id="hexadecimal"),
    pytest.param("true", True, id="true"),
    pytest.param("FALSE", False, id="false in capitals"),
    pytest.param("~", None, id="tilde"),
    pytest.param("", None, id="nothing at all"),
    pytest.param("null", None, id="null"),
    pytest.param("2027-04-01", "2027-04-01", id="a date stays text"),
    pytest.param("2001-12-14 21:59:43.10 -5", "2001-12-14 21:59:43.10 -5", id="a time stamp stays text"),
    pytest.param("tRue", "tRue", id="odd capitals are text"),
    pytest.param("1.2.3", "1.2.3", id="a version of three parts is text"),
    pytest.param("y", "y", id="y is text"),
    pytest.param("=", "=", id="the old default key is text"),
    pytest.param("'no'", "no", id="no in quotes"),
    pytest.param('"020"', "020", id="digits in quotes"),
    pytest.param("'12:30'", "12:30", id="a time in quotes"),
    pytest.param("1:2:x", "1:2:x", id="colons in text"),
    pytest.param("norway", "norway", id="a word that begins like no"),
]

TRAPS = [
    pytest.param("no", "no", id="no"),
    pytest.param("No", "No", id="No"),
    pytest.param("yes", "yes", id="yes"),
    pytest.param("ON", "ON", id="ON"),
    pytest.param("off", "off", id="off"),
    pytest.param("020", 20, id="leading zero"),
    pytest.param("-07", -7, id="leading zero after a sign"),
    pytest.param("00", 0, id="two zeros"),
    pytest.param("0o17", 15, id="octal of YAML 1.2"),
    pytest.param("0b101", 5, id="binary"),
    pytest.param("1_000", 1000, id="underscore in an integer"),
    pytest.param("1_0.5", 10.5, id="underscore in a float"),
    pytest.param("12:30", "12:30", id="base sixty"),
    pytest.param("1:20:30.5", "1:20:30.5", id="base sixty with a fraction"),
    pytest.param(".inf", math.inf, id="infinity"),
    pytest.param("-.INF", -math.inf, id="minus infinity"),
    pytest.param("1e999", math.inf, id="overflows to infinity"),
]


@pytest.mark.parametrize("strict", [pytest.param(True, id="strict"), pytest.param(False, id="lax")])
@pytest.mark.parametrize(("written", "meant"), SAME_IN_BOTH)
def test_a_scalar_means_what_yaml_1_2_says(written: str, meant: object, strict: bool) -> None:
    data = load(f"key: {written}\n".encode(), "f.yaml", strict=strict).data

    assert data == {"key": meant}
    assert type(data["key"]) is type(meant)


@pytest.mark.parametrize(("written", "meant"), TRAPS)
def test_a_trap_is_refused_where_headwater_is_configured(written: str, meant: object) -> None:
    with pytest.raises(YamlError) as caught:
        load(f"a: 1\nkey: {written}\n".encode(), "f.yaml")

    assert str(caught.value).startswith(f"f.yaml:2:6: {written} is ")
    assert "write" in caught.value.hint


@pytest.mark.parametrize(("written", "meant"), TRAPS)
def test_a_trap_means_what_dvc_takes_it_for_elsewhere(written: str, meant: object) -> None:
    assert load(f"key: {written}\n".encode(), "f.dvc", strict=False).data == {"key": meant}


def test_nan_is_refused_in_settings_and_kept_elsewhere() -> None:
    with pytest.raises(YamlError, match=r"f.yaml:1:6: \.nan is not a limit"):
        load(b"max: .nan", "f.yaml")

    data = load(b"max: .nan", "f.yaml", strict=False).data
    assert isinstance(data, dict)
    assert math.isnan(data["max"])


@pytest.mark.parametrize(
    ("key", "words"),
    [
        pytest.param("on", "on is true to some YAML readers", id="a word of YAML 1.1"),
        pytest.param("1", "the key 1 is not text", id="a number"),
        pytest.param("true", "the key true is not text", id="a bool"),
        pytest.param("~", "the key null is not text", id="null"),
        pytest.param("? [a]\n", "a key is a list or mapping", id="a list"),
        pytest.param("? {a: 1}\n", "a key is a list or mapping", id="a mapping"),
    ],
)
def test_keys_are_text_where_headwater_is_configured(key: str, words: str) -> None:
    with pytest.raises(YamlError) as caught:
        load(f"{key}: 1\n".encode(), "f.yaml")

    assert words in caught.value.message


def test_keys_may_be_numbers_elsewhere_but_never_collections() -> None:
    assert load(b"7: a\ntrue: b\n2.5: c\n", "f.yaml", strict=False).data == {7: "a", True: "b", 2.5: "c"}
    with pytest.raises(YamlError, match="a key is a list or mapping"):
        load(b"a: &x [1]\n? *x\n: 2\n", "f.yaml", strict=False)


@pytest.mark.parametrize("strict", [pytest.param(True, id="strict"), pytest.param(False, id="lax")])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("max: 0.2\nper: 1\nmax: 0.9\n", "f.yaml:3:1", id="at the top"),
        pytest.param("with: {max: 0.2, max: 0.9}\n", "f.yaml:1:18", id="in one line"),
        pytest.param("max: 1\n'max': 2\n", "f.yaml:2:1", id="once with quotes"),
        pytest.param('max: 1\n"\\x6dax": 2\n', "f.yaml:2:1", id="once with an escape"),
    ],
)
def test_a_key_stands_once(text: str, place: str, strict: bool) -> None:
    with pytest.raises(YamlError, match="the key 'max' stands twice, first in line 1") as caught:
        load(text.encode(), "f.yaml", strict=strict)

    assert str(caught.value.location) == place


def test_one_and_true_are_one_key_to_python_so_they_count_as_twice() -> None:
    with pytest.raises(YamlError, match="stands twice"):
        load(b"1: a\ntrue: b\n", "f.yaml", strict=False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a: &x 1", "the anchor &x is not allowed", id="an anchor"),
        pytest.param("a: &x [1]", "the anchor &x is not allowed", id="an anchored list"),
        pytest.param("a: *x", "the alias *x is not allowed", id="an alias"),
        pytest.param("<<: {a: 1}", "the merge key << is not allowed", id="a merge key"),
    ],
)
def test_what_hides_values_is_refused_where_headwater_is_configured(text: str, words: str) -> None:
    with pytest.raises(YamlError) as caught:
        load(text.encode(), "f.yaml")

    assert caught.value.message == words
    assert caught.value.location is not None


@pytest.mark.parametrize("strict", [pytest.param(True, id="strict"), pytest.param(False, id="lax")])
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: !!str 1", id="a standard tag"),
        pytest.param("a: !custom {b: 1}", id="a local tag"),
        pytest.param("a: ! x", id="the bare tag"),
        pytest.param("a: !!python/object/apply:os.system [id]", id="a Python object"),
    ],
)
def test_tags_are_refused_everywhere(text: str, strict: bool) -> None:
    with pytest.raises(YamlError, match=r"the tag .* is not allowed"):
        load(text.encode(), "f.yaml", strict=strict)


def test_merge_keys_work_as_dvc_users_write_them() -> None:
    text = b"""
base: &base {cmd: run, wdir: src}
more: &more {wdir: other, frozen: true}
one: {<<: *base, cmd: own}
two: {<<: [*base, *more]}
three: {<<: {cmd: inline}}
quoted: {'<<': *base}
"""
    data = load(text, "dvc.yaml", strict=False).data

    assert isinstance(data, dict)
    assert data["one"] == {"cmd": "own", "wdir": "src"}
    assert data["two"] == {"cmd": "run", "wdir": "src", "frozen": True}
    assert data["three"] == {"cmd": "inline"}
    assert data["quoted"] == {"<<": {"cmd": "run", "wdir": "src"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("a: {<<: 1}", "<< takes a mapping", id="of a number"),
        pytest.param("a: {<<: [{b: 1}, 2]}", "<< takes a mapping", id="of a list with a number"),
        pytest.param("a: {<<: {b: 1}, <<: {c: 1}}", "a second <<", id="twice"),
    ],
)
def test_a_merge_key_that_merges_nothing_is_refused(text: str, words: str) -> None:
    with pytest.raises(YamlError) as caught:
        load(text.encode(), "dvc.yaml", strict=False)

    assert words in caught.value.message
