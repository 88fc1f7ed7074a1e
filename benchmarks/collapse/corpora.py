"""Text written by people: documents, the source that each comes from, and a split by source."""

from __future__ import annotations

import ast
import gzip
import json
import random
import re
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "text"
PASSAGE_WORDS = 150  # long texts are cut at blank lines into passages of at least this
FEWEST_WORDS = 12
MOSTLY = 0.7  # of the words in a paragraph of prose are made of letters
TRAIN, GOLD = 0.35, 0.25  # the rest is the pool that tests are drawn from
_WORD = re.compile(r"\w+")
_NOT_READ = {"test", "tests", "site-packages", "dist-packages", "idlelib", "lib2to3", "pydoc_data"}


class Document(NamedTuple):
    """`source` is what documents may share beyond their topic: a book, a module, an author."""

    text: str
    source: str
    words: int


class Corpus(NamedTuple):
    """`foreign` are documents of people too, of another domain."""

    name: str
    documents: tuple[Document, ...]
    foreign: tuple[Document, ...]


class Split(NamedTuple):
    """Three parts that share no source."""

    train: tuple[Document, ...]
    gold: tuple[Document, ...]
    pool: tuple[Document, ...]


def corpora(folder: Path = SHARED) -> tuple[Corpus, ...]:
    """PEPs and school problems where the fixtures are, and everywhere the documentation of Python and numpy."""
    manuals = docstrings(library(), numpy_sources())
    if not (folder / "python_peps.jsonl.gz").is_file():
        return (Corpus("python-docs", manuals, language_reference()),)
    peps, problems = python_peps(folder), gsm8k(folder)
    return (
        Corpus("peps", peps, problems),
        Corpus("gsm8k", problems, peps),
        Corpus("python-docs", manuals, paragraphs_of_wikipedia(folder)),
    )


def split(documents: Sequence[Document], seed: int) -> Split:
    """35 % of the words to train on, 25 % gold, 40 % pool; all documents of a source fall in one part."""
    sources = by_source(documents)
    names = sorted(sources)
    random.Random(seed).shuffle(names)
    total = sum(document.words for document in documents)
    parts: tuple[list[Document], ...] = ([], [], [])
    seen = 0
    for name in names:
        place = 0 if seen < TRAIN * total else 1 if seen < (TRAIN + GOLD) * total else 2
        parts[place].extend(sources[name])
        seen += sum(document.words for document in sources[name])
    return Split(*(tuple(part) for part in parts))


def by_source(documents: Iterable[Document]) -> Mapping[str, tuple[Document, ...]]:
    """The documents of each source, in order."""
    found: dict[str, list[Document]] = {}
    for document in documents:
        found.setdefault(document.source, []).append(document)
    return {name: tuple(members) for name, members in found.items()}


def words_of(text: str) -> list[str]:
    """The words of a text in lower case: what the language model reads and writes."""
    return _WORD.findall(text.lower())


def python_peps(folder: Path) -> tuple[Document, ...]:
    """Passages of the prose of Python Enhancement Proposals; the source is the PEP."""
    rows = rows_of(folder / "python_peps.jsonl.gz")
    return _documents(
        (f"pep {number}", part) for number, row in enumerate(rows) for part in _passages(_prose(str(row["text"])))
    )


def gsm8k(folder: Path) -> tuple[Document, ...]:
    """Questions with answers; each is its own source, for who wrote which is not known."""
    rows = rows_of(folder / "gsm8k_train.jsonl.gz")
    return _documents((f"problem {number}", str(row["text"])) for number, row in enumerate(rows))


def paragraphs_of_wikipedia(folder: Path) -> tuple[Document, ...]:
    """The contexts of SQuAD that people wrote."""
    rows = rows_of(folder / "squad_continuations.jsonl.gz")
    human = [str(row["text"]) for row in rows if row["origin"] == "human"]
    return _documents((f"paragraph {number}", text) for number, text in enumerate(human))


def docstrings(*roots: Path) -> tuple[Document, ...]:
    """Docstrings of Python sources, read as text; the source is the file."""
    return _documents(
        (path.as_posix(), text) for root in roots for path in _modules(root) for text in _written_in(path)
    )


def library() -> Path:
    """Where the standard library lies."""
    return Path(sysconfig.get_path("stdlib"))


def numpy_sources() -> Path:
    """Where numpy lies, which the benchmark needs anyway."""
    import numpy

    return Path(numpy.__file__).parent


def language_reference() -> tuple[Document, ...]:
    """Passages of the language reference as `pydoc` carries it; the source is the topic."""
    path = library() / "pydoc_data" / "topics.py"
    found: dict[str, str] = {}
    for statement in ast.parse(path.read_bytes()).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Dict):
            found.update(ast.literal_eval(statement.value))
    return _documents((topic, part) for topic, text in sorted(found.items()) for part in _passages(text))


def rows_of(path: Path) -> list[dict[str, object]]:
    """The records of a compressed file of JSON Lines."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _documents(texts: Iterable[tuple[str, str]]) -> tuple[Document, ...]:
    """Each distinct text once, without those that are too short to say anything."""
    found: dict[str, Document] = {}
    for source, text in texts:
        words = len(_WORD.findall(text))
        if words >= FEWEST_WORDS and text not in found:
            found[text] = Document(text, source, words)
    return tuple(found.values())


def _prose(text: str) -> str:
    """The paragraphs without code, tables, lists of addresses and lines of marks."""
    return "\n\n".join(part for part in re.split(r"\n\s*\n", text) if _is_prose(part))


def _is_prose(paragraph: str) -> bool:
    if paragraph[:1] in (" ", "\t", ".", "+", "|", ":"):
        return False
    words = paragraph.split()
    return sum(word.strip(".,;:!?()'\"`*-").isalpha() for word in words) >= MOSTLY * len(words)


def _passages(text: str) -> Iterator[str]:
    kept: list[str] = []
    words = 0
    for paragraph in re.split(r"\n\s*\n", text):
        kept.append(paragraph)
        words += len(_WORD.findall(paragraph))
        if words >= PASSAGE_WORDS:
            yield "\n\n".join(kept)
            kept, words = [], 0
    yield "\n\n".join(kept)


def _modules(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*.py")) if not _NOT_READ.intersection(path.relative_to(root).parts)]


def _written_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield text
