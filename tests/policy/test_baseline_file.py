"""`governance/baseline.txt`: what is written is what is read, and what is wrong is named with its line."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.errors import PolicyError
from checker.model.exemption import BaselineEntry
from checker.policy.baseline import HEADER, line_of, read_baseline, write_baseline
from checker.policy.places import BASELINE
from checker.policy.rulebook import read_rulebook

MD5 = "md5:d8acabbe38a3afb2b8ab15bdcb1ea1b8"
PLAIN = BaselineEntry("team/cap", "data/train", (), MD5)
# Lone surrogates stand for the bytes of a path that is not UTF-8.
anything = st.text(st.characters(), min_size=1)
entries = st.builds(
    BaselineEntry,
    rule=st.builds("{}/{}".format, anything, anything),
    dataset=anything,
    scope=st.lists(st.tuples(anything, st.text(st.characters())), max_size=3).map(tuple),
    digest=st.builds("{}:{}".format, anything, anything),
)


@settings(max_examples=300, deadline=None)
@given(st.frozensets(entries, max_size=6))
def test_what_is_written_is_what_is_read(known: frozenset[BaselineEntry]) -> None:
    assert read_baseline(write_baseline(known), BASELINE) == known


@settings(max_examples=100, deadline=None)
@given(st.lists(entries, max_size=6), st.randoms(use_true_random=False))
def test_the_order_and_the_number_of_entries_change_nothing(known: list[BaselineEntry], random: Random) -> None:
    again = [*known, *known]
    random.shuffle(again)
    assert write_baseline(again) == write_baseline(known)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        pytest.param(PLAIN, f"team/cap data/train - {MD5}", id="the whole dataset"),
        pytest.param(
            PLAIN._replace(scope=(("shard", "a/07.jsonl"),)),
            f"team/cap data/train shard=a/07.jsonl {MD5}",
            id="a shard",
        ),
        pytest.param(
            PLAIN._replace(scope=(("domain", "law"), ("field", "url"))),
            f"team/cap data/train domain=law,field=url {MD5}",
            id="two axes",
        ),
        pytest.param(PLAIN._replace(dataset="my data"), f"team/cap my%20data - {MD5}", id="a space"),
        pytest.param(PLAIN._replace(dataset="a\tb\nc\r"), f"team/cap a%09b%0Ac%0D - {MD5}", id="tabs and line ends"),
        pytest.param(PLAIN._replace(dataset="50%#1"), f"team/cap 50%25%231 - {MD5}", id="percent and hash"),
        pytest.param(PLAIN._replace(dataset="dåta"), f"team/cap d%C3%A5ta - {MD5}", id="a letter beyond ASCII"),
        pytest.param(PLAIN._replace(dataset="a\u202eb"), f"team/cap a%E2%80%AEb - {MD5}", id="a bidi mark is seen"),
        pytest.param(PLAIN._replace(dataset="a\udcffb"), f"team/cap a%ED%B3%BFb - {MD5}", id="a byte that is no UTF-8"),
        pytest.param(
            PLAIN._replace(scope=(("source", "a=b,c"),)),
            f"team/cap data/train source=a%3Db%2Cc {MD5}",
            id="signs of scope",
        ),
        pytest.param(PLAIN._replace(dataset="-"), f"team/cap - - {MD5}", id="a dataset called minus"),
        pytest.param(
            PLAIN._replace(scope=(("domain", ""),)), f"team/cap data/train domain= {MD5}", id="a name of nothing"
        ),
    ],
)
def test_a_line_as_people_see_it(entry: BaselineEntry, line: str) -> None:
    assert line_of(entry) == line
    assert read_baseline(f"{line}\n".encode(), BASELINE) == {entry}


def test_the_file_is_sorted_and_holds_no_time() -> None:
    later = PLAIN._replace(rule="team/zebra")
    data = write_baseline([later, PLAIN, later]).decode()
    assert data == f"{HEADER}{line_of(PLAIN)}\n{line_of(later)}\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="an empty file"),
        pytest.param(b"\n\n  \n", id="empty lines"),
        pytest.param(HEADER.encode(), id="comments alone"),
    ],
)
def test_a_baseline_of_nothing(data: bytes) -> None:
    assert read_baseline(data, BASELINE) == frozenset()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(f"team/cap data/train - {MD5}", id="no line end at the end"),
        pytest.param(f"team/cap data/train - {MD5}\r\n", id="line ends of Windows"),
        pytest.param(f"  team/cap\tdata/train  -   {MD5}  \n", id="more spaces, and tabs"),
        pytest.param(f"team/cap data/train - {MD5}\nteam/cap data/train - {MD5}\n", id="twice, as after a merge"),
        pytest.param(f"team/cap d%61ta/train - {MD5}\n", id="more escaped than need be"),
    ],
)
def test_what_editors_and_merges_make_of_it_is_read(data: str) -> None:
    assert read_baseline(data.encode(), BASELINE) == {PLAIN}


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        pytest.param(
            "team/cap data/train", 1, "2 words where RULE DATASET SCOPE DIGEST are expected", id="too few words"
        ),
        pytest.param(f"team/cap my data - {MD5}", 1, "5 words where", id="a path that is not escaped"),
        pytest.param(
            f"cap data/train - {MD5}", 1, "cap is no rule: POLICY/RULE is expected", id="a rule without policy"
        ),
        pytest.param("team/cap data/train - d8acab", 23, "d8acab is no digest", id="a digest without its name"),
        pytest.param("team/cap data/train - md5:", 23, "md5: is no digest", id="a digest of nothing"),
        pytest.param(f"team/cap data/train shard {MD5}", 21, "shard is no scope", id="a scope without a name"),
        pytest.param(f"team/cap data/train =a {MD5}", 21, "=a is no scope", id="a scope without an axis"),
        pytest.param(f"team/cap data%2 - {MD5}", 10, "data%2 is not escaped as it should be", id="half an escape"),
        pytest.param(f"team/cap data%zz - {MD5}", 10, "data%zz is not escaped", id="an escape that is no number"),
        pytest.param(f"team/cap data%FF - {MD5}", 10, "data%FF is not escaped", id="an escape that is no UTF-8"),
        pytest.param("team/cap dåta - md5:1", 11, "is not in ASCII", id="a letter that is not escaped"),
        pytest.param("\ufeffteam/cap data - md5:1", 1, "starts with a byte order mark", id="a byte order mark"),
        pytest.param("team/cap da\0ta - md5:1", 1, "holds a control character", id="a NUL"),
        pytest.param("team/cap data\x1c- md5:1", 1, "holds a control character", id="a control that splits words"),
        pytest.param("<<<<<<< HEAD", 1, "left over from a merge (<<<<<<<)", id="the start of a conflict"),
        pytest.param("=======", 1, "left over from a merge", id="the middle of a conflict"),
        pytest.param(f"team/cap {'a' * 20_000} - {MD5}", 1, "more than the 16,384 that are read", id="an endless line"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(line: str, column: int, words: str) -> None:
    with pytest.raises(PolicyError, match=r"^governance/baseline.txt:2:") as caught:
        read_baseline(f"team/cap data/train - {MD5}\n{line}\n".encode(), BASELINE)
    assert words in caught.value.message
    assert caught.value.location is not None
    assert (caught.value.location.line, caught.value.location.column) == (2, column)
    assert caught.value.hint


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(PolicyError, match=r"baseline.txt:500001:.*more than the 500,000 entries"):
        read_baseline(f"team/cap data/train - {MD5}\n".encode() * 500_001, BASELINE)


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(PolicyError, match="67,108,865 bytes, more than the 67,108,864"):
        read_baseline(b"\n" * (64 * 1024 * 1024 + 1), BASELINE)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    try:
        found = read_baseline(data, BASELINE)
    except PolicyError as error:
        assert error.location is not None
        assert error.hint
    else:
        assert read_baseline(write_baseline(found), BASELINE) == found


def test_the_rulebook_of_a_state_holds_its_baseline() -> None:
    assert read_rulebook({BASELINE: write_baseline([PLAIN])}).baseline == {PLAIN}


def test_the_rulebook_names_a_broken_baseline() -> None:
    with pytest.raises(PolicyError, match=r"^governance/baseline.txt:1:1: 1 words where"):
        read_rulebook({BASELINE: b"what\n"})
