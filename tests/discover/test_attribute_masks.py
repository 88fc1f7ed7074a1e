"""Which lines of `.gitattributes` mask a policy: held against what git itself says of the very same file."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from checker.discover.attributes import MOST_LINES, masks, too_long

POLICY = "policies/team.yaml"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository of real git."""
    top: Path = tmp_path_factory.mktemp("attributes")
    subprocess.run(["git", "init", "--quiet", str(top)], check=True)
    return top


def masked_for_git(repository: Path, data: bytes) -> bool:
    """Whether git gives the policy another way to be compared."""
    (repository / ".gitattributes").write_bytes(data)
    command = ["git", "-C", str(repository), "check-attr", "diff", POLICY]
    return "unspecified" not in subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"policies/*.yaml -diff\n", id="plain"),
        pytest.param(b"policies/** diff=other", id="without a line end"),
        pytest.param(b"policies/*.yaml -diff\r\n", id="windows line end"),
        pytest.param(b"policies/*.yaml\r-diff\n", id="carriage return as a blank"),
        pytest.param(b'"policies/*.yaml" -diff\n', id="in quotes"),
        pytest.param(b'"polic\\151es/*.yaml" -diff\n', id="octal in quotes"),
        pytest.param(b"\xef\xbb\xbfpolicies/*.yaml -diff\n", id="behind a byte order mark"),
        pytest.param(b"policies/*.yaml note=\x0c -diff\n", id="form feed in a value"),
        pytest.param(b"policies/*.yaml note=\x0b -diff\n", id="vertical tab in a value"),
        pytest.param("policies/*.yaml note=\u2028 -diff\n".encode(), id="line separator of Unicode in a value"),
        pytest.param("policies/*.yaml note=\u0085 -diff\n".encode(), id="next line of Unicode in a value"),
        pytest.param(b"   policies/*.yaml   -diff   \n", id="blanks around"),
        pytest.param(b"team.yaml -diff\n", id="by its name alone"),
        pytest.param(b"\\policies/team.yaml -diff\n", id="backslash before a letter"),
        pytest.param(b"policies/[[:alpha:]]*.yaml -diff\n", id="class of letters"),
        pytest.param(b"policies/[^a-s]eam.yaml -diff\n", id="class of other letters"),
        pytest.param(b"policies/[]t]eam.yaml -diff\n", id="class with its own bracket"),
    ],
)
def test_what_masks_for_git_is_told(repository: Path, data: bytes) -> None:
    assert masked_for_git(repository, data)
    assert [mask.path for mask in masks({".gitattributes": data}, [POLICY])] == [POLICY]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"# policies/*.yaml -diff\n", id="comment"),
        pytest.param(b"policies/*.yaml text eol=lf\n", id="attributes that hide nothing"),
        pytest.param(b"*.bin filter=lfs diff=lfs merge=lfs -text\n", id="other files"),
        pytest.param(b'"policies/\\"team.yaml" -diff\n', id="a quote in the name"),
        pytest.param(b'"policies/team.yaml -diff\n', id="quotes that do not end"),
        pytest.param(b"policies/team.yml -diff\n", id="another ending"),
        pytest.param(b"\xff\xfe -diff\n", id="no UTF-8"),
        pytest.param(b"*.[ch] diff=cpp\n", id="class that fits other endings"),
        pytest.param(b"policies/\\[t]eam.yaml -diff\n", id="a bracket as a letter"),
    ],
)
def test_what_git_does_not_mask_is_silent(repository: Path, data: bytes) -> None:
    assert not masked_for_git(repository, data)
    assert list(masks({".gitattributes": data}, [POLICY])) == []


def test_a_file_below_rules_its_own_folder_only() -> None:
    found = masks({"data/.gitattributes": b"*.yaml -diff\n", "policies/.gitattributes": b"*.yaml -diff\n"}, [POLICY])
    assert [mask.location.path for mask in found] == ["policies/.gitattributes"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param(MOST_LINES, False, id="exactly as many as are looked through"),
        pytest.param(MOST_LINES + 1, True, id="one more"),
    ],
)
def test_only_lines_that_mask_count(lines: int, told: bool) -> None:
    assert too_long(b"*.txt text\n" * MOST_LINES + b"*.bin -diff\n" * lines) is told


def test_many_lines_over_many_policies_take_seconds_at_most() -> None:
    data = b"".join(b"nothing-%d* -diff\n" % number for number in range(MOST_LINES))
    paths = [f"policies/p{number}.yaml" for number in range(100)]
    start = time.process_time()
    assert list(masks({".gitattributes": data}, paths)) == []
    assert time.process_time() - start < 15
