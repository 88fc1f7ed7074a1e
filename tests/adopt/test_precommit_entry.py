"""The entry for pre-commit: appended to an existing configuration without touching another byte, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from checker.adopt.precommit import CONFIG, appended, entry, has_headwater, new_config

OTHER = (
    "- repo: https://github.com/pre-commit/pre-commit-hooks\n  rev: v5.0.0  # pinned\n  hooks:\n  - id: check-yaml\n"
)


def indented(text: str, by: str) -> str:
    return "".join(f"{by}{line}" for line in text.splitlines(keepends=True))


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(f"repos:\n{OTHER}", id="items at the margin"),
        pytest.param(f"repos:\n{indented(OTHER, '  ')}", id="items indented by two"),
        pytest.param(f"repos:\n{indented(OTHER, '    ')}", id="items indented by four"),
        pytest.param(f"# ours\ndefault_stages: [pre-commit]\nrepos:\n{OTHER}\n# the end\n", id="comments at the end"),
        pytest.param(f"repos:\n{OTHER}\n\n# more\nfail_fast: true\n", id="a key after the list"),
        pytest.param(f"---\nrepos:\n{OTHER}", id="a start of the document"),
        pytest.param(f"repos:\n{OTHER}".rstrip("\n"), id="no line end at the end"),
        pytest.param(f"repos:\n{OTHER}".replace("\n", "\r\n"), id="line ends of Windows"),
        pytest.param(f"repos:\n{OTHER}{OTHER.replace('v5', 'v4')}", id="two entries"),
        pytest.param(f"repos:\n# first\n{OTHER}  # within\n", id="comments within the list"),
        pytest.param(f"exclude: |\n  a\n  b\nrepos:\n{OTHER}", id="a block of text before"),
        pytest.param(f'repos:\n{OTHER}exclude: "^å/"\n', id="a letter beyond ASCII"),
    ],
)
def test_one_more_entry_and_every_other_byte_as_it_was(config: str) -> None:
    made = appended(config.encode(), "", "")
    assert made is not None
    before, after = yaml.safe_load(config), yaml.safe_load(made)
    assert after["repos"][:-1] == before["repos"]
    assert {**after, "repos": 0} == {**before, "repos": 0}
    assert [hook["id"] for hook in after["repos"][-1]["hooks"]] == [
        "headwater-commit",
        "headwater-push",
        "headwater-policy",
    ]
    kept = made.decode().splitlines(keepends=True)
    lines = [line if line.endswith("\n") else f"{line}\n" for line in config.splitlines(keepends=True)]
    at = next(index for index, line in enumerate(kept) if "repo: local" in line)
    number = len(kept) - len(lines)
    assert kept[:at] + kept[at + number :] == lines


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"repos: []\n", id="an empty list"),
        pytest.param(b"repos: [{repo: meta, hooks: [{id: identity}]}]\n", id="a list in one line"),
        pytest.param(b"repos:\n  here: too\n", id="no list"),
        pytest.param(b"- repo: meta\n", id="the list alone, as of old"),
        pytest.param(b"repos:\n- repo: meta\nrepos:\n- repo: meta\n", id="the key twice"),
        pytest.param(b"repos: [\n", id="no YAML"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param(b"repos:\n- repo: meta\n---\na: 1\n", id="two documents"),
    ],
)
def test_what_cannot_be_shown_to_be_right_is_left_alone(config: bytes) -> None:
    assert appended(config, "", "") is None


@pytest.mark.parametrize(
    ("config", "answer"),
    [
        pytest.param(b"    - id: headwater-commit\n", True, id="a hook of ours"),
        pytest.param(b"      entry: headwater check --staged\n", True, id="one of their own"),
        pytest.param(b"      - id: 'headwater-push'\n", True, id="in quotes"),
        pytest.param(b"# headwater comes later\n", False, id="a comment"),
        pytest.param(b"  - repo: https://x.org/headwaters-of-the-rhine\n", False, id="another name"),
    ],
)
def test_whether_it_is_there_already(config: bytes, answer: bool) -> None:
    assert has_headwater(config) is answer


def test_without_a_source_the_installed_one_runs() -> None:
    config: Any = yaml.safe_load(new_config("", ""))
    (only,) = config["repos"]
    assert only["repo"] == "local"
    assert {hook["language"] for hook in only["hooks"]} == {"system"}
    assert all(hook["entry"].startswith("headwater ") and hook["pass_filenames"] is False for hook in only["hooks"])


def test_with_a_source_pre_commit_installs_it() -> None:
    (only,) = yaml.safe_load(entry("https://example.org/headwater", "v1"))
    assert (only["repo"], only["rev"]) == ("https://example.org/headwater", "v1")


def test_pre_commit_itself_accepts_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    import subprocess
    import sys

    file = tmp_path_factory.mktemp("config") / CONFIG
    file.write_bytes(appended(f"repos:\n{OTHER}".encode(), "", "") or b"")
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-config", str(file)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout
