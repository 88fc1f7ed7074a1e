"""A Markdown card in pieces: front matter as the Hub splits it, headings with their text, bullets with a label."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

# Shared by huggingface_hub and the Hub's server: what this does not match has no metadata there.
_FRONT_MATTER = re.compile(r"^(\s*---(?:\r\n|\r|\n))([\S\s]*?)((?:\r\n|\r|\n)---[ \t]*(\r\n|\n|$))")
_LATE_START = re.compile(r"^---[ \t]*\r?\n(?=[A-Za-z_]+:)", re.MULTILINE)
_SEARCHED_FOR_LATE_START = 4096
_LINE_BREAK = re.compile("\r\n|\r|\n")
_HEADING = re.compile(r" {0,3}(#{1,6})((?:[ \t].*)?)\Z")
_LONGEST_HEADING = 400
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_BULLET = re.compile(r"[ \t]*[-*+][ \t]+\*\*([^*\n]{1,80})\*\*(.*)\Z")
_OPTIONAL = re.compile(r"\[optional\]|\(optional\)|\*", re.IGNORECASE)
_NUMBERED = re.compile(r"[0-9]+(?:\.[0-9]+)*[.)]?\s+")


class FrontMatter(NamedTuple):
    """The YAML between the dashes. `late` is the line it starts at when something stands before it."""

    text: str
    first_line: int
    end_line: int
    late: bool = False


class Section(NamedTuple):
    """A heading; the last line before the next one (`own_end`), and before the next that is not below it."""

    level: int
    title: str
    line: int
    own_end: int
    whole_end: int


class Bullet(NamedTuple):
    """A line such as `- **Curated by:** someone`; `label` is in lower case."""

    label: str
    text: str
    line: int


def front_matter(text: str) -> FrontMatter | None:
    """The front matter, also where something before it hides it from the Hub (`late`)."""
    match = _FRONT_MATTER.match(text)
    if match:
        return _cut(match, text, 0, late=False)
    start = _LATE_START.search(text, 0, _SEARCHED_FOR_LATE_START)
    if start is None:
        return None
    rest = text[start.start() :]
    match = _FRONT_MATTER.match(rest)
    return _cut(match, rest, _breaks(text[: start.start()]), late=True) if match else None


def _cut(match: re.Match[str], text: str, before: int, *, late: bool) -> FrontMatter:
    first = before + _breaks(match[1]) + 1
    return FrontMatter(match[2], first, before + _breaks(text[: match.end()]) + 1, late)


def _breaks(text: str) -> int:
    return sum(1 for _ in _LINE_BREAK.finditer(text))


class Body:
    """The text below the front matter. A heading inside a code block is code."""

    def __init__(self, text: str, after_line: int = 0) -> None:
        self.lines = _LINE_BREAK.split(text)
        self.after_line = after_line
        heads = list(_headings(self.lines, after_line))
        self.sections = _nested(heads, len(self.lines))

    def own(self, section: Section) -> str:
        """The text right under a heading."""
        return "\n".join(self.lines[section.line : section.own_end]).strip()

    def whole(self, index: int, apart: Collection[str] = ()) -> str:
        """The text under the heading with this index and under those below it, except below those in `apart`."""
        section = self.sections[index]
        texts = [self.own(section)]
        skipped = section.line
        for number in range(index + 1, len(self.sections)):
            inner = self.sections[number]
            if inner.line > section.whole_end:
                break
            if inner.line > skipped and plain_title(inner.title) in apart:
                skipped = inner.whole_end
            if inner.line > skipped:
                texts.append(self.own(inner))
        return "\n".join(text for text in texts if text)

    def bullets(self) -> Iterator[Bullet]:
        """The labeled bullets, in order."""
        for number, line in enumerate(self.lines[self.after_line :], self.after_line + 1):
            match = _BULLET.match(line)
            if match:
                value = match[2].strip()
                for mark in ("[optional]", ":"):
                    value = value.removeprefix(mark).strip()
                yield Bullet(plain_title(match[1]), value, number)


def without_bullets(text: str) -> str:
    """The text without labeled bullets: what is left of a description when its list of links is gone."""
    return "\n".join(line for line in text.split("\n") if not _BULLET.match(line)).strip()


def plain_title(title: str) -> str:
    """A heading as it is compared: lower case, without numbers, emphasis, "[optional]" and a colon."""
    bare = _OPTIONAL.sub("", title).replace("_", " ").replace("`", "")
    return " ".join(_NUMBERED.sub("", bare.strip(), count=1).strip(" :.#").casefold().split())


def _headings(lines: list[str], after_line: int) -> Iterator[tuple[int, int, str]]:
    fence = ""
    for number, line in enumerate(lines[after_line:], after_line + 1):
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip(" `~"):
                fence = ""
        elif mark:
            fence = mark[1]
        elif len(line) <= _LONGEST_HEADING and (match := _HEADING.match(line)):
            yield number, len(match[1]), match[2].strip().rstrip("#").strip()


def _nested(heads: list[tuple[int, int, str]], last: int) -> tuple[Section, ...]:
    """Sections with their ends, from the last heading to the first: one look at each."""
    found: list[Section] = []
    starts = [last + 1] * 7  # starts[level]: the line of the next heading of that level or above
    following = last + 1
    for line, level, title in reversed(heads):
        found.append(Section(level, title, line, following - 1, starts[level] - 1))
        for deeper in range(level, 7):
            starts[deeper] = line
        following = line
    return tuple(reversed(found))
