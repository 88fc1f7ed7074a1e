"""Text written by people that lies on every machine with Python: its docstrings, language reference and licenses."""

from __future__ import annotations

import ast
import inspect
import re
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from checker.errors import UsageError

LIBRARY = Path(sysconfig.get_path("stdlib"))
# One shard a topic. Modules that a Python version lacks are left out; docstrings are read as text, nothing is imported.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "text": (
        "string",
        "textwrap",
        "difflib",
        "re",
        "gettext",
        "csv",
        "configparser",
        "html",
        "json",
        "pprint",
        "locale",
    ),
    "numbers": ("statistics", "fractions", "decimal", "random", "numbers", "datetime", "calendar", "colorsys"),
    "files": ("pathlib", "shutil", "tempfile", "zipfile", "tarfile", "os", "glob", "filecmp", "mailbox", "fileinput"),
    "network": ("smtplib", "ftplib", "imaplib", "http", "urllib", "socketserver", "email", "ipaddress", "xmlrpc"),
    "programs": ("argparse", "logging", "threading", "subprocess", "asyncio", "multiprocessing", "unittest", "inspect"),
}
# Where the source of a documented module is not under the module's own name.
SOURCES = {"decimal": ("_pydecimal",), "datetime": ("_pydatetime", "datetime")}
MOST_PER_TOPIC = 300
EXAM_PER_TOPIC = 4
FEWEST_WORDS = 12
LEGAL = re.compile(r"copyright|licen[cs]e|permission|warrant|liab", re.IGNORECASE)


class Passage(NamedTuple):
    """A piece of text with where it was found."""

    id: str
    text: str
    source: str
    url: str
    topic: str


def handbook(library: Path = LIBRARY) -> Mapping[str, tuple[Passage, ...]]:
    """The documentation of Python by topic."""
    found = {
        topic: tuple(_distinct(_docstrings(library, topic, names), MOST_PER_TOPIC)) for topic, names in TOPICS.items()
    }
    found["language"] = tuple(_distinct(_reference(library), MOST_PER_TOPIC))
    poor = [topic for topic, passages in found.items() if len(passages) < 50]
    if poor:
        raise UsageError(
            f"this Python has no documentation in its source for {', '.join(poor)} (looked in {library})",
            hint="run the demo with a complete Python, with .py files and pydoc_data",
        )
    return found


def hold_back_exam(
    handbook: Mapping[str, tuple[Passage, ...]],
) -> tuple[Mapping[str, tuple[Passage, ...]], tuple[Passage, ...]]:
    """The handbook without a few passages of each topic that nothing else in it resembles, and those as an exam."""
    times = Counter(phrase for passages in handbook.values() for each in passages for phrase in _phrases(each))
    exam = tuple(
        passage
        for passages in handbook.values()
        for passage in islice((each for each in reversed(passages) if _is_alone(each, times)), EXAM_PER_TOPIC)
    )
    held = {passage.id for passage in exam}
    return {
        topic: tuple(passage for passage in passages if passage.id not in held) for topic, passages in handbook.items()
    }, exam


def _is_alone(passage: Passage, times: Mapping[str, int]) -> bool:
    phrases = _phrases(passage)
    return len(phrases) >= 30 and sum(times[phrase] > 1 for phrase in phrases) < len(phrases) / 10


def _phrases(passage: Passage) -> set[str]:
    """Runs of four words; two texts that share few of them are no copies of each other."""
    words = re.findall(r"\w+", passage.text.lower())
    return {" ".join(words[start : start + 4]) for start in range(len(words) - 3)}


def legal(library: Path = LIBRARY) -> tuple[Passage, ...]:
    """The license texts and notices of the Python distribution, by paragraph."""
    found = tuple(_distinct(_legal_paragraphs(library), 10 * MOST_PER_TOPIC))
    if len(found) < 12:
        raise UsageError(
            f"this Python carries only {len(found)} paragraphs of license text (looked in {library})",
            hint="run the demo with a complete Python",
        )
    return found


def _docstrings(library: Path, topic: str, modules: Iterable[str]) -> Iterator[Passage]:
    for module in modules:
        url = f"https://docs.python.org/3/library/{module}.html"
        for path in _files(library, module):
            name = ".".join(path.relative_to(library).with_suffix("").parts).removesuffix(".__init__")
            for owner, text in _documented(_parse(path), name):
                yield Passage(owner, text, "python-docstrings", url, topic)


def _files(library: Path, module: str) -> list[Path]:
    """The source files of a module or package, tests left out."""
    found = []
    for name in SOURCES.get(module, (module,)):
        found += [path for path in [library / f"{name}.py"] if path.is_file()]
        found += [
            path for path in sorted((library / name).rglob("*.py")) if "test" not in str(path.relative_to(library))
        ]
    return found


def _parse(path: Path) -> ast.Module:
    # Bytes, because a source file may declare its own encoding.
    return ast.parse(path.read_bytes(), filename=str(path))


def _documented(tree: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    """Every docstring in a tree with the dotted name of what it documents."""
    if isinstance(tree, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        text = ast.get_docstring(tree)
        if text:
            yield name, text
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _documented(child, f"{name}.{child.name}")


def _reference(library: Path) -> Iterator[Passage]:
    """The language reference as `pydoc` carries it: one big dict of topics, read as text."""
    path = library / "pydoc_data" / "topics.py"
    if not path.is_file():
        return
    for statement in _parse(path).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict):
            for topic, text in ast.literal_eval(statement.value).items():
                for number, paragraph in enumerate(_paragraphs(text)):
                    name = f"pydoc_data.topics.{topic}.{number}"
                    url = "https://docs.python.org/3/reference/index.html"
                    yield Passage(name, paragraph, "python-reference", url, "language")


def _legal_paragraphs(library: Path) -> Iterator[Passage]:
    url = "https://docs.python.org/3/license.html"
    for path in [library / "LICENSE.txt", library / "LICENSE", library.parent / "LICENSE.txt"]:
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="strict")
            for number, paragraph in enumerate(_paragraphs(text)):
                yield Passage(f"LICENSE.{number}", paragraph, "python-license", url, "legal")
            break
    for path in sorted(library.glob("*.py")) + sorted(library.glob("[a-z]*/[a-z_]*.py")):
        if path.parts[-2] not in ("test", "site-packages", "dist-packages", "idlelib", "lib2to3"):
            for number, paragraph in enumerate(_paragraphs(_header(path))):
                if LEGAL.search(paragraph):
                    name = f"{path.relative_to(library).as_posix()}.{number}"
                    yield Passage(name, paragraph, "python-source-notices", url, "legal")


def _header(path: Path) -> str:
    """The comment block at the top of a source file, without the comment signs."""
    lines = []
    for line in path.read_bytes()[:20_000].decode("utf-8", "replace").splitlines():
        if line.strip() and not line.startswith("#"):
            break
        lines.append(re.sub(r"^#+ ?", "", line))
    return "\n".join(lines)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(text)):
        yield paragraph.strip()


def _distinct(passages: Iterable[Passage], most: int) -> Iterator[Passage]:
    """The first `most` passages that are long enough to read and were not seen before."""
    seen: set[str] = set()
    for passage in passages:
        words = passage.text.split()
        key = " ".join(words)
        if len(seen) == most:
            return
        if len(words) >= FEWEST_WORDS and sum(word.isalpha() for word in words) > len(words) / 2 and key not in seen:
            seen.add(key)
            yield passage
