"""The command line before any command runs."""

from __future__ import annotations

import pytest

from checker import cli


def test_the_name_alone_shows_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    shown = capsys.readouterr()
    assert shown.err == ""
    for word in ("check", "policy", "demo", "exit codes:"):
        assert word in shown.out


def test_who_names_paths_to_check_hears_what_does_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--worktree", "data/train"]) == 2
    said = capsys.readouterr().err
    assert "not paths such as data/train" in said
    assert "--all judges every dataset" in said
