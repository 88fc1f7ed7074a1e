"""Tells the story, and holds headwater to it: a step that ends otherwise than told makes the demo fail."""

from __future__ import annotations

import json
import shutil
import tempfile
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from checker.demo import repository
from checker.demo.refusals import REFUSALS, Refusal, raise_cap
from checker.demo.workshop import Workshop
from checker.errors import HeadwaterError, UsageError

WIDTH = 100
BRANCH = "raise-the-cap"
GIT_HOOK = "#!/bin/sh\nexec headwater check --staged\n"


def run_demo(out: TextIO, folder: Path | None, keep: bool) -> int:
    """Build the repository, play every step; 0 when each ended as told. The folder stays when `keep` is true."""
    place = _empty_folder(folder)
    try:
        story = Story(Workshop(place), out)
        story.begin()
        # Without a good state to come back to, the rest of the story means nothing.
        if story.commit_clean():
            for number, refusal in enumerate(REFUSALS, start=3):
                story.refuse(number, refusal)
            story.loosen(3 + len(REFUSALS))
            story.summarize(4 + len(REFUSALS))
        return story.end(keep)
    finally:
        if not keep:
            shutil.rmtree(place, ignore_errors=True)


def _empty_folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="headwater-demo-"))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not an empty folder", hint="name a folder that does not exist yet")
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@dataclass(slots=True)
class Story:
    """The steps in the order in which they are told. `surprises` is what ended otherwise than told."""

    workshop: Workshop
    out: TextIO
    started: float = 0.0
    surprises: tuple[str, ...] = ()

    def begin(self) -> None:
        """Build the repository and install the hook."""
        self.started = time.monotonic()
        self._chapter(
            "1. A data repository from real text",
            "People wrote the text: the docstrings, the language reference, the licenses in this Python. A DVC stage "
            "trains a word-trigram model on it, a second samples that model, a third mixes 5 % of the samples in.",
        )
        repository.build(self.workshop)
        human = sum(repository.human_records(self.workshop).values())
        sampled = json.loads(self.workshop.read("data/generated.jsonl").partition("\n")[0])["text"]
        self._say(f"{human} records by people; the model says, for example:")
        self._quote(textwrap.shorten(sampled, 200, placeholder=" ..."))
        self._install_hook()

    def commit_clean(self) -> bool:
        """The good state passes the hook."""
        self._chapter(
            "2. A clean commit passes", "All data is declared, under the cap, and its cards say what is in it."
        )
        ended = self._commit("Add the handbook, its pipeline and its policy")
        self._expect(ended == 0, "the clean commit was refused")
        return ended == 0

    def refuse(self, number: int, refusal: Refusal) -> None:
        """One spoiled state is refused, by the check that is told; then the good state comes back."""
        self._chapter(f"{number}. {refusal.title}", refusal.words)
        refusal.spoil(self.workshop)
        ended = self._commit(refusal.message)
        self._expect(ended != 0, f"the commit {refusal.message!r} passed")
        checks = self._refusing_checks()
        self._expect(
            checks == {refusal.check}, f"{refusal.message!r}: {refusal.check} had to refuse, {sorted(checks)} did"
        )
        self._say(f"Refused by {', '.join(sorted(checks)) or 'nothing'}. The change is taken back.")
        self.workshop.run("git", "reset", "-q", "--hard")
        if refusal.data:
            self.workshop.run("dvc", "checkout", "-q", "--force")

    def loosen(self, number: int) -> None:
        """A pull request that raises the cap is refused by the rules of the default branch; then it is dropped."""
        self._chapter(
            f"{number}. A pull request that bends its own judge",
            "Somebody raises the cap on a branch instead of mending data. The commit is allowed, because a branch may "
            "propose anything. Its pull request is judged by the rules of the default branch, which tell what it "
            "would loosen.",
        )
        self.workshop.run("git", "switch", "-q", "--create", BRANCH)
        raise_cap(self.workshop)
        self._expect(self._commit("Raise the cap to 30 %") == 0, "the branch could not propose a policy")
        self._say("$ headwater check --base main")
        ended = self.workshop.run("headwater", "check", "--base", "main", may_fail=True)
        self._quote(ended.output)
        self._expect(ended.code == 1 and "fail policy/loosened" in ended.output, "the pull request was not refused")
        self._say("Refused by policy/loosened. The branch is dropped.")
        self.workshop.run("git", "switch", "-q", "main")
        self.workshop.run("git", "branch", "-q", "-D", BRANCH)

    def summarize(self, number: int) -> None:
        """The whole state at release strictness, as a page for people."""
        page = self.workshop.folder / "summary.html"
        self._chapter(f"{number}. The summary for an auditor", "Everything that is committed, judged as for a release.")
        arguments = ["check", "--rev", "HEAD", "--stage", "release", "--all", "--format", "text"]
        self._say(f"$ headwater {' '.join(arguments)} --format html={page}")
        ended = self.workshop.run("headwater", *arguments, "--format", f"html={page}", may_fail=True)
        self._quote(ended.output)
        self._expect(ended.code == 0, f"the release check ended with {ended.code}")
        self._expect(page.is_file(), "the summary was not written")
        self._say(f"Summary: {page}")

    def end(self, keep: bool) -> int:
        """The result in words, and the exit code."""
        seconds = time.monotonic() - self.started
        for surprise in self.surprises:
            self._say(f"NOT AS TOLD: {surprise}")
        if not self.surprises:
            self._say(
                f"\nOne commit passed; {len(REFUSALS)} commits and a pull request were refused, each for the right "
                f"reason, in {seconds:.0f} s."
            )
        if keep:
            self._say(f"The repository is yours to play with: {self.workshop.data}")
        return 1 if self.surprises else 0

    def _install_hook(self) -> None:
        if self.workshop.has("pre-commit"):
            self._say("$ pre-commit install")
            self._quote(self.workshop.run("pre-commit", "install").output)
            return
        self._say("pre-commit is not installed here, so a plain git hook runs `headwater check --staged`.")
        self.workshop.write(".git/hooks/pre-commit", GIT_HOOK)
        (self.workshop.data / ".git" / "hooks" / "pre-commit").chmod(0o755)

    def _commit(self, message: str) -> int:
        self._say(f'$ git add --all && git commit -m "{message}"')
        self.workshop.run("git", "add", "--all")
        ended = self.workshop.run("git", "commit", "-q", "-m", message, may_fail=True)
        self._quote(ended.output)
        return ended.code

    def _refusing_checks(self) -> set[str]:
        """Which checks block what is staged, by headwater's own report."""
        report = self.workshop.folder / "report.json"
        report.unlink(missing_ok=True)
        ended = self.workshop.run("headwater", "check", "--staged", "--format", f"json={report}", may_fail=True)
        if not report.is_file():
            raise HeadwaterError(f"headwater check wrote no report: {ended.output[-500:]}")
        outcomes = json.loads(report.read_text(encoding="utf-8"))["outcomes"]
        return {outcome["check"] for outcome in outcomes if outcome["blocking"]}

    def _expect(self, good: bool, surprise: str) -> None:
        if not good:
            self.surprises = (*self.surprises, surprise)

    def _chapter(self, title: str, words: str) -> None:
        self._say(f"\n=== {title}\n{textwrap.fill(words, WIDTH)}")

    def _quote(self, text: str) -> None:
        self._say(textwrap.indent(text.strip("\n"), "  | ", lambda _: True))

    def _say(self, text: str) -> None:
        # At once, so that a watcher sees each step when it happens, in a pipe too.
        self.out.write(f"{text}\n")
        self.out.flush()
