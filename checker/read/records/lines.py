"""Cuts a byte stream into blocks of whole lines, in flat memory whatever a line's length."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import filterfalse
from typing import NamedTuple

from checker.errors import RecordError
from checker.read.records.bad import BadRows

MAX_LINE_BYTES = 16 * 1024 * 1024
# glibc maps larger buffers afresh each time, and the page faults cost more than the copy.
_CHUNK_BYTES = 64 * 1024
_BOM = b"\xef\xbb\xbf"
Read = Callable[[int], bytes]


class Block(NamedTuple):
    """Whole lines with their line ends, all valid UTF-8; `first` is the number of the first line, from 1."""

    first: int
    lines: list[bytes]


def blocks(read: Read, bad: BadRows, max_line: int = MAX_LINE_BYTES) -> Iterator[Block]:
    """Yield blocks of about 64 KiB. Lines over `max_line` bytes and lines that are not UTF-8 are counted as bad."""
    number = 1
    for lines in _whole_lines(read, max_line):
        if isinstance(lines, int):
            number += lines
            continue
        if lines is None:
            bad.add(number, f"the line is longer than {max_line} bytes")
            number += 1
            continue
        if all(map(_is_utf8, filterfalse(bytes.isascii, lines))):
            yield Block(number, lines)
        else:
            yield from _valid_lines(number, lines, bad)
        number += len(lines)


def _whole_lines(read: Read, max_line: int) -> Iterator[list[bytes] | int | None]:
    """Yield runs of whole lines; None stands for one line that was too long to keep, a number for blank lines."""
    pieces: list[bytes] = []  # of a line that is not complete yet
    held = 0
    skipping = False
    for chunk in chunks(read, min(_CHUNK_BYTES, max_line)):
        if chunk.isspace() and not held and not skipping:
            yield chunk.count(b"\n")  # a gigabyte of nothing would be a billion lines
            continue
        # BytesIO cuts twice as fast as bytes.split and does not copy the chunk first.
        lines = io.BytesIO(chunk).readlines()
        ends = lines[0].endswith(b"\n")
        if held + len(lines[0]) - ends > max_line or skipping:
            pieces, held, skipping = [], 0, not ends
            if skipping:
                continue
            yield None
            del lines[0]
        elif held and ends:
            lines[0] = b"".join((*pieces, lines[0]))
            pieces, held = [], 0
        if lines and not lines[-1].endswith(b"\n"):
            held += len(lines[-1])
            pieces.append(lines.pop())
        if lines:
            yield lines
    if skipping:
        yield None
    elif held:
        yield [b"".join(pieces)]


def chunks(read: Read, size: int = _CHUNK_BYTES) -> Iterator[bytes]:
    """Drop a byte order mark; refuse the encodings that are not UTF-8."""
    head = b""
    while len(head) < len(_BOM) and (more := read(size)):
        head += more
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise RecordError("the text is UTF-16, expected UTF-8", hint="convert it to UTF-8")
    if text := head.removeprefix(_BOM):
        yield text
    while chunk := read(size):
        yield chunk


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _valid_lines(number: int, lines: list[bytes], bad: BadRows) -> Iterator[Block]:
    """Yield the valid lines one by one, so that each keeps its number."""
    for offset, line in enumerate(lines):
        if _is_utf8(line):
            yield Block(number + offset, [line])
        else:
            bad.add(number + offset, "the line is not valid UTF-8")
