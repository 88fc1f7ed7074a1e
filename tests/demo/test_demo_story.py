"""The whole demo, as a new user runs it; and a story that ends otherwise than told is not told as a success."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checker.demo import run_demo
from checker.demo.refusals import REFUSALS, Refusal
from checker.demo.story import Story
from checker.demo.workshop import Workshop
from checker.errors import UsageError


@pytest.mark.slow
def test_the_whole_story_under_an_outer_hook(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    foreign = {"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere", "SKIP": "headwater", "PRE_COMMIT": "1"}
    environment = {name: value for name, value in os.environ.items() if name != "HOME"} | foreign
    command = [str(Path(sys.executable).with_name("headwater")), "demo", "--folder", str(folder)]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, encoding="utf-8")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    assert "One commit passed; 5 commits and a pull request were refused, each for the right reason" in ended.stdout
    for refusal in REFUSALS:
        assert f"Refused by {refusal.check}. " in ended.stdout
    assert "Refused by policy/loosened. The branch is dropped." in ended.stdout
    assert f"Summary: {folder / 'summary.html'}\n" in ended.stdout
    assert (folder / "summary.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    log = Workshop(folder).run("git", "log", "--format=%s").output.splitlines()
    assert log == ["Add the handbook, its pipeline and its policy", "Start a data repository"]
    assert Workshop(folder).run("git", "branch", "--format=%(refname:short)").output == "main\n"
    assert Workshop(folder).run("git", "status", "--porcelain").output == ""


class WithoutPreCommit(Workshop):
    """A machine on which pre-commit is not installed."""

    def has(self, program: str) -> bool:
        return program != "pre-commit" and super().has(program)


@pytest.mark.slow
def test_what_ends_otherwise_than_told_fails_the_demo(tmp_path: Path) -> None:
    out = io.StringIO()
    story = Story(WithoutPreCommit(tmp_path / "demo"), out)
    story.begin()
    assert story.commit_clean()
    assert not story.surprises

    def harmless(workshop: Workshop) -> None:
        workshop.write("notes.txt", "nothing to judge\n")

    lineage = next(refusal for refusal in REFUSALS if refusal.check == "lineage-complete")
    story.refuse(3, Refusal("Harmless", "Nothing is wrong.", "synthetic-cap", "Add notes", harmless))
    story.refuse(4, Refusal("Mistaken", "Another check refuses.", "card-required", "Use bigrams", lineage.spoil))
    assert story.surprises == (
        "the commit 'Add notes' passed",
        "'Add notes': synthetic-cap had to refuse, [] did",
        "'Use bigrams': card-required had to refuse, ['lineage-complete'] did",
    )
    assert story.end(keep=False) == 1
    assert "pre-commit is not installed here, so a plain git hook runs" in out.getvalue()
    assert "NOT AS TOLD: the commit 'Add notes' passed\n" in out.getvalue()
    assert "were refused" not in out.getvalue()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is not an empty folder"):
        run_demo(io.StringIO(), tmp_path, keep=False)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is not an empty folder"):
        run_demo(io.StringIO(), file, keep=True)


def test_every_refusal_is_by_another_check() -> None:
    assert len({refusal.check for refusal in REFUSALS}) == len(REFUSALS) == 5
