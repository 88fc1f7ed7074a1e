"""Two branches that each adopt or prune: git merges the baseline without a conflict, and the result is right."""

from __future__ import annotations

from pathlib import Path

import pytest
import repos

from checker.adopt.adopting import with_union
from checker.model.exemption import BaselineEntry
from checker.policy.baseline import read_baseline, write_baseline
from checker.policy.places import BASELINE

ATTRIBUTES = f"{with_union(None, BASELINE)}\n"


def known(*names: str) -> frozenset[BaselineEntry]:
    return frozenset(BaselineEntry("team/cap", f"data/{name}", (), f"md5:{ord(name[0]):032x}") for name in names)


@pytest.mark.parametrize("order", [("ours", "theirs"), ("theirs", "ours")], ids=["one order", "the other order"])
@pytest.mark.parametrize(
    ("before", "ours", "theirs", "never", "always"),
    [
        pytest.param("abcdefgh", "bcdefgh", "abcdefg", "ah", "bcdefg", id="each prunes, far apart"),
        pytest.param("abcd", "acd", "abd", "", "ad", id="each prunes, lines beside each other"),
        pytest.param("abcd", "acd", "acd", "b", "acd", id="both prune the same line"),
        pytest.param("am", "abm", "acm", "", "abcm", id="each adopts, at the same place"),
        pytest.param("am", "abm", "abm", "", "abm", id="both adopt the same line"),
        pytest.param("am", "amz", "abm", "", "abmz", id="each adopts, far apart"),
        pytest.param("", "ab", "bc", "", "abc", id="each creates the file"),
        pytest.param("abcd", "ab", "abcde", "", "abe", id="one prunes at the end, where the other adopts"),
        pytest.param("abc", "", "abc", "abc", "", id="one prunes all"),
    ],
)
def test_branches_merge(
    tmp_path: Path, before: str, ours: str, theirs: str, never: str, always: str, order: tuple[str, str]
) -> None:
    repo = repos.init(tmp_path / "repo")
    repo.commit({".gitattributes": ATTRIBUTES, **({BASELINE: write_baseline(known(*before))} if before else {})})
    for branch, names in (("ours", ours), ("theirs", theirs)):
        repo.git("switch", "-q", "-c", branch, "main")
        repo.commit({BASELINE: write_baseline(known(*names))}, branch)
    first, second = order
    repo.git("switch", "-q", first)
    repo.git("merge", "-q", "--no-edit", second)

    merged = read_baseline((repo.folder / BASELINE).read_bytes(), BASELINE)

    # A line that one branch took out beside a change of the other may come back: it is void, so it covers nothing.
    assert known(*always) <= merged <= known(*before, *ours, *theirs)
    assert not merged & known(*never)


def test_without_the_attribute_the_same_branches_conflict(tmp_path: Path) -> None:
    repo = repos.init(tmp_path / "repo")
    repo.commit({BASELINE: write_baseline(known("a", "m"))})
    for branch in ("b", "c"):
        repo.git("switch", "-q", "-c", branch, "main")
        repo.commit({BASELINE: write_baseline(known("a", branch, "m"))}, branch)
    repo.git("merge", "-q", "--no-edit", "b", check=False)
    assert b"<<<<<<<" in (repo.folder / BASELINE).read_bytes()


@pytest.mark.parametrize(
    ("attributes", "line"),
    [
        pytest.param(None, f"{BASELINE} merge=union", id="no file"),
        pytest.param(b"*.csv text\n", f"{BASELINE} merge=union", id="other lines"),
        pytest.param(f"{BASELINE} merge=union\n".encode(), None, id="it is there"),
        pytest.param(f"/{BASELINE} text merge=union\r\n".encode(), None, id="anchored, among others, Windows"),
        pytest.param(f"{BASELINE} -merge\n".encode(), None, id="somebody wants it otherwise"),
        pytest.param(f"{BASELINE} text\n".encode(), f"{BASELINE} merge=union", id="something else is said of it"),
        pytest.param(f"# {BASELINE} merge=union\n".encode(), f"{BASELINE} merge=union", id="in a comment"),
        pytest.param(b"\xff\xfe\n", f"{BASELINE} merge=union", id="a file that is no text"),
    ],
)
def test_the_attribute_is_added_once(attributes: bytes | None, line: str | None) -> None:
    assert with_union(attributes, BASELINE) == line
