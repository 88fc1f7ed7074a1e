"""Files that are written to hurt: each ends in one named error, soon."""

from __future__ import annotations

import sys
import time

import pytest

from checker.errors import YamlError
from checker.safeyaml import MAX_ALIASED, MAX_DEPTH, load, load_all

pytestmark = pytest.mark.usefixtures("parser")

BOTH = [pytest.param(True, id="strict"), pytest.param(False, id="lax")]


def bomb(width: int, height: int) -> bytes:
    """`height` anchors, each a list of `width` aliases of the one before."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * width)}]" for at in range(1, height)]
    return "\n".join(lines).encode()


def refusal(data: bytes, *, strict: bool) -> YamlError:
    """The error, which must come within seconds of CPU, on a busy machine without libyaml too."""
    started = time.process_time()
    with pytest.raises(YamlError) as caught:
        load(data, "evil.yaml", strict=strict)
    assert time.process_time() - started < 5
    return caught.value


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    error = refusal(bomb(9, 20), strict=False)

    assert error.message == f"aliases stand for more than {MAX_ALIASED} values"


def test_an_alias_bomb_of_long_text_is_refused_too() -> None:
    data = b"a: &a " + b"x" * 1_000_000 + b"\nb: [" + b", ".join([b"*a"] * 1000) + b"]\n"

    assert "aliases stand for more than" in refusal(data, strict=False).message


def test_a_bomb_of_merge_keys_is_refused() -> None:
    lines = [b"m0: &m0 {" + b", ".join(b"k%d: 1" % key for key in range(1000)) + b"}"]
    lines += [b"m%d: &m%d {<<: [%s]}" % (at, at, b", ".join([b"*m%d" % (at - 1)] * 100)) for at in range(1, 5)]

    assert "aliases stand for more than" in refusal(b"\n".join(lines), strict=False).message


@pytest.mark.parametrize("strict", BOTH)
@pytest.mark.parametrize(
    "unit",
    [pytest.param(b"[", id="lists"), pytest.param(b"- ", id="block lists"), pytest.param(b"{a: ", id="mappings")],
)
def test_deep_nesting_is_refused_and_does_not_crash(unit: bytes, strict: bool) -> None:
    assert refusal(unit * 60_000, strict=strict).message == f"nested deeper than {MAX_DEPTH} levels"


@pytest.mark.parametrize("strict", BOTH)
def test_the_deepest_nesting_that_is_read(strict: bool) -> None:
    fits = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH

    assert load(fits, "deep.yaml", strict=strict).data == eval(fits)
    assert "nested deeper" in refusal(b"[" + fits + b"]", strict=strict).message


def test_aliases_do_not_hide_depth() -> None:
    half = MAX_DEPTH - 5
    data = b"a: &a " + b"[" * half + b"]" * half + b"\nb: " + b"[" * 6 + b"*a" + b"]" * 6

    assert refusal(data, strict=False).message == f"with *a written out, nested deeper than {MAX_DEPTH} levels"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"a: &x [*x]", id="a list that holds itself"),
        pytest.param(b"a: &x {b: *x}", id="a mapping that holds itself"),
        pytest.param(b"a: &x {<<: *x}", id="a mapping that merges itself"),
        pytest.param(b"&x [[[*x]]]", id="from far within"),
    ],
)
def test_recursion_is_refused(text: bytes) -> None:
    assert refusal(text, strict=False).message == "*x refers to itself"


def test_keys_that_share_a_hash_are_refused() -> None:
    shared = sys.hash_info.modulus
    data = "".join(f"{number * shared}: 1\n" for number in range(1, 20_000)).encode()

    assert "is too large a number" in refusal(data, strict=False).message
    assert load(f"{shared - 1}: 1\n".encode(), "f.yaml", strict=False).data == {shared - 1: 1}


def test_an_alias_means_the_last_anchor_of_that_name() -> None:
    data = load(b"a: &x 1\nb: *x\nc: &x 2\nd: *x\n", "f.yaml", strict=False).data

    assert data == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_an_alias_does_not_reach_into_another_document() -> None:
    with pytest.raises(YamlError, match=r"the alias \*x has no anchor before it"):
        load_all(b"a: &x 1\n---\nb: *x\n", "f.yaml", strict=False)


def test_too_many_bytes() -> None:
    exactly = b"a: " + b"x" * (256 * 1024 - 3)

    assert load(exactly, "f.yaml").data == {"a": "x" * (256 * 1024 - 3)}
    assert "262145 bytes, at most 262144" in refusal(exactly + b"x", strict=True).message
    assert load(exactly + b"x", "f.yaml", strict=False).data is not None


def test_too_many_values() -> None:
    fits = b"[" + b",".join([b"1"] * 49_999) + b"]"

    assert load(fits, "f.yaml").data == [1] * 49_999
    assert "more than 50000 values" in refusal(fits[:-1] + b",1]", strict=True).message


@pytest.mark.parametrize("strict", BOTH)
@pytest.mark.parametrize(
    ("data", "words", "place"),
    [
        pytest.param(b"\xef\xbb\xbfa: 1", "a byte order mark", "1:1", id="a byte order mark"),
        pytest.param(b"a: \xef\xbb\xbf1", "a byte order mark", "1:4", id="a byte order mark inside"),
        pytest.param("a: 1".encode("utf-16"), "the file is UTF-16", "1:1", id="UTF-16"),
        pytest.param(b"a: 1\nb: caf\xe9\n", "byte 0xe9 is not UTF-8", "2:7", id="Latin-1"),
        pytest.param(b"a: \xed\xa0\x80", "byte 0xed is not UTF-8", "1:4", id="an encoded surrogate"),
        pytest.param(b"a: x\x00y", "a NUL byte", "1:5", id="NUL"),
        pytest.param(b"a: x\x1b[31m", "the control character U+001B", "1:5", id="an escape sequence"),
        pytest.param(b'a: 1\nb: "x\\0"', "a NUL character", "2:4", id="NUL as an escape"),
        pytest.param(b'a: "\\ud800"', "", "1:", id="half a surrogate pair"),
        pytest.param(b'a: "\\UFFFFFFFF"', "", "", id="a character beyond Unicode"),
        pytest.param(b"%YAML 1.1\n---\na: 1\n", "only YAML 1.2 is read", "", id="YAML 1.1"),
        pytest.param(b"%TAG ! tag:x,2000:\n---\na: 1\n", "%TAG directives", "", id="a tag directive"),
        pytest.param(b"a: " + b"9" * 500, "a number of 500 digits", "1:4", id="a number without end"),
        pytest.param(b"a: 1." + b"9" * 500, "a number of 502 digits", "1:4", id="a fraction without end"),
        pytest.param(b"a: *", "not valid YAML", "1:", id="an alias without a name"),
        pytest.param(b"a: [1", "not valid YAML", "", id="a list without an end"),
        pytest.param(b"a: b: c", "not valid YAML", "1:5", id="two values in a line"),
        pytest.param(b"a: 1\n\tb: 2\n", "", "2:1", id="a tab for indentation"),
    ],
)
def test_broken_bytes_have_a_name_and_a_place(data: bytes, words: str, place: str, strict: bool) -> None:
    error = refusal(data, strict=strict)

    assert words in error.message
    assert str(error.location).startswith("evil.yaml" + (f":{place}" if place else ""))


@pytest.mark.parametrize(
    "odd", [pytest.param("\x85", id="NEL"), pytest.param("\u2028", id="LS"), pytest.param("\u2029", id="PS")]
)
def test_characters_that_are_line_breaks_to_some_are_refused_where_headwater_is_configured(odd: str) -> None:
    error = refusal(f"a: x\nb: y{odd}c: z".encode(), strict=True)

    assert "is a line break to some YAML readers" in error.message
    assert str(error.location) == "evil.yaml:2:5"


def test_a_tab_is_named_in_settings_and_hinted_at_elsewhere() -> None:
    assert refusal(b"a: 1 #\tcomment", strict=True).message == "a tab is not allowed here"
    assert "not tabs" in refusal(b"a:\n\tb: 1\n", strict=False).hint


def test_documents_are_counted() -> None:
    assert [document.data for document in load_all(b"a: 1\n---\n- 2\n---\n", "f.yaml")] == [{"a": 1}, [2], None]
    assert load_all(b"# only a comment\n", "f.yaml") == ()
    assert load(b"", "f.yaml").data is None
    with pytest.raises(YamlError, match="a second YAML document starts here") as caught:
        load(b"a: 1\n---\nb: 2\n", "f.yaml")
    assert caught.value.location is not None
    assert caught.value.location.line == 3
