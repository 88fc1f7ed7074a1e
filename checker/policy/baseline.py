"""`governance/baseline.txt`: what was broken when headwater was adopted, one finding a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NoReturn

from checker.errors import PolicyError
from checker.model.exemption import BaselineEntry
from checker.model.location import Location
from checker.model.outcome import Scope

HEADER = """\
# headwater baseline: findings that were there when headwater was adopted. It only shrinks.
# rule, dataset, scope (- is the whole dataset), digest of the content. An entry is void once its content changes.
"""
MOST_BYTES = 64 * 1024 * 1024
MOST_ENTRIES = 500_000
MOST_CHARACTERS = 16_384
WHOLE = "-"
_SHAPE = "RULE DATASET SCOPE DIGEST"
_REWRITE = "take the line out, or write the file anew with `headwater baseline create`"
_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


def read_baseline(data: bytes, path: str) -> frozenset[BaselineEntry]:
    """The entries, in whatever order and however often they stand there: a merge of two branches may repeat them.

    Raises PolicyError with the line and column of the first entry that cannot be read.
    """
    return frozenset(entry for _, entry in read_lines(data, path))


def read_lines(data: bytes, path: str) -> Iterator[tuple[int, BaselineEntry]]:
    """Each entry with the number of its line. Raises PolicyError as `read_baseline` does."""
    if len(data) > MOST_BYTES:
        raise PolicyError(
            f"the baseline has {len(data):,} bytes, more than the {MOST_BYTES:,} that are read",
            hint="mend some of what is known, then run `headwater baseline prune`",
            location=Location(path),
        )
    found = 0
    for number, raw in enumerate(data.split(b"\n"), 1):
        line = _text(raw.removesuffix(b"\r"), path, number)
        if not line.strip(" \t") or line.startswith("#"):
            continue
        found += 1
        if found > MOST_ENTRIES:
            _refuse(f"the baseline has more than the {MOST_ENTRIES:,} entries that are read", path, number)
        yield number, _entry(line, path, number)


def write_baseline(entries: Iterable[BaselineEntry]) -> bytes:
    """The file: sorted, each entry once, without a time. What is read from it is what was written."""
    lines = sorted({line_of(entry) for entry in entries})
    return (HEADER + "".join(f"{line}\n" for line in lines)).encode("ascii")


def line_of(entry: BaselineEntry) -> str:
    """One line, without its end: four words in ASCII."""
    scope = ",".join(f"{_escaped(axis, ',=')}={_escaped(name, ',=')}" for axis, name in entry.scope)
    return f"{_escaped(entry.rule)} {_escaped(entry.dataset)} {scope or WHOLE} {_escaped(entry.digest)}"


def _text(raw: bytes, path: str, number: int) -> str:
    if len(raw) > MOST_CHARACTERS:
        _refuse(f"the line has {len(raw):,} bytes, more than the {MOST_CHARACTERS:,} that are read", path, number)
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError as error:
        what = "starts with a byte order mark" if raw.startswith(b"\xef\xbb\xbf") else "is not in ASCII"
        _refuse(f"the line {what}; other characters are written as %XX", path, number, error.start + 1)
    if not text.isprintable() and not text.replace("\t", " ").isprintable():
        _refuse("the line holds a control character", path, number)
    if text.startswith(_MARKERS):
        _refuse(
            f"the line is left over from a merge ({text[:7]})",
            path,
            number,
            hint="keep the entries of both sides, and delete the marker",
        )
    return text


def _entry(line: str, path: str, number: int) -> BaselineEntry:
    words = line.split()
    if len(words) != 4:
        _refuse(f"{len(words)} words where {_SHAPE} are expected", path, number)
    rule, dataset, scope, digest = words
    column = 1 + line.index(rule)
    known = BaselineEntry(
        _plain(rule, path, number, column),
        _plain(dataset, path, number, column + len(rule) + 1),
        _scope(scope, path, number, column + len(rule) + len(dataset) + 2),
        _plain(digest, path, number, 1 + line.rindex(digest)),
    )
    if "/" not in known.rule:
        _refuse(f"{rule} is no rule: POLICY/RULE is expected", path, number, column)
    if not known.digest.partition(":")[2]:
        _refuse(f"{digest} is no digest: md5:... or sha256:... is expected", path, number, 1 + line.rindex(digest))
    return known


def _scope(text: str, path: str, number: int, column: int) -> Scope:
    if text == WHOLE:
        return ()
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(axis and sign for axis, sign, _ in pairs):
        _refuse(f"{text} is no scope: AXIS=NAME[,AXIS=NAME] or {WHOLE} is expected", path, number, column)
    return tuple((_plain(axis, path, number, column), _plain(name, path, number, column)) for axis, _, name in pairs)


def _escaped(text: str, more: str = "") -> str:
    """What would end a word or a line, or is not ASCII, as %XX of its UTF-8: readable where it can be."""
    if text.isalnum() and text.isascii():
        return text
    return "".join(char if _is_plain(char) and char not in more else _percent(char) for char in text)


def _is_plain(char: str) -> bool:
    return "!" <= char <= "~" and char not in "%#"


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


def _plain(word: str, path: str, number: int, column: int) -> str:
    if "%" not in word:
        return word
    try:
        first, *rest = word.encode("ascii").split(b"%")
        if any(len(part) < 2 or not _HEX.issuperset(part[:2]) for part in rest):
            raise ValueError
        data = first + b"".join(bytes((int(part[:2], 16),)) + part[2:] for part in rest)
        return data.decode("utf-8", "surrogatepass")
    except ValueError:
        _refuse(f"{word} is not escaped as it should be: %XX of UTF-8 is expected", path, number, column)


_HEX = frozenset(b"0123456789ABCDEFabcdef")


def _refuse(message: str, path: str, line: int, column: int = 1, hint: str = _REWRITE) -> NoReturn:
    raise PolicyError(message, hint=hint, location=Location(path, line, column))
