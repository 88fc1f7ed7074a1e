"""The short way through what `dvc add` writes says exactly what the YAML reader says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from checker.discover.dvcfile import read_dvcfile

HEX = st.text("0123456789abcdef", min_size=32, max_size=32)
DIGESTS = st.one_of(
    HEX,
    HEX.map(lambda digest: f"{digest}.dir"),
    st.text("0123456789", min_size=32, max_size=32),
    st.text("0123456789", min_size=30, max_size=30).map(lambda digits: f"{digits[:20]}e{digits[:11]}"),
    st.text("0123456789e", min_size=32, max_size=32),
)
PATHS = st.one_of(
    st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_./-]{0,20}\Z"),
    st.sampled_from(
        ["true", "False", "NULL", "null", "no", "on", "a/../b", "../up", "../../out", ".git/x", "x.dvc", "e1"]
    ),
    st.sampled_from(
        ["12", "1e3", "0x1f", "2020-01-01", "~", ".5", "_1", "a.", "a-", "a--b", "dvc.yaml", "a//b", "a/."]
    ),
)


@given(DIGESTS, st.integers(0, 10**20), st.none() | st.integers(0, 10**6), st.booleans(), PATHS, st.booleans())
def test_both_ways_say_the_same(
    digest: str, size: int, count: int | None, modern: bool, path: str, one_more_line: bool
) -> None:
    counted = "" if count is None else f"  nfiles: {count}\n"
    named = "  hash: md5\n" if modern else ""
    text = f"outs:\n- md5: {digest}\n  size: {size}\n{counted}{named}  path: {path}\n"
    # A comment changes nothing, but the file no longer has the exact shape, so it is read as YAML.
    by_yaml = read_dvcfile("sub/x.dvc", f"{text}# edited\n".encode(), "")
    assert read_dvcfile("sub/x.dvc", text.encode(), "") == by_yaml
    assert read_dvcfile("sub/x.dvc", (text + "\n" * one_more_line).encode(), "sub") == read_dvcfile(
        "sub/x.dvc", f"{text}# edited\n".encode(), "sub"
    )
