"""Plain text: the whole file is one record, or each line that is not blank (`format: lines`)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import chain

from checker.read.records.bad import BadRows
from checker.read.records.batch import Batch, grouped, make_layout
from checker.read.records.lines import Read, blocks, chunks
from checker.read.records.scales import Scales, Weight

_BARE = make_layout({})
_PIECE = 4 * 1024 * 1024


def read_lines(read: Read, scales: Scales | None, bad: BadRows) -> Iterator[Batch]:
    """Each line is the text of a record."""
    for block in blocks(read, bad):
        lines = [text for line in block.lines if (text := line.decode().strip("\r\n")) and not text.isspace()]
        weights = [Weight() if scales is None else scales.text(text) for text in lines]
        yield Batch(_BARE, grouped([()] * len(lines), weights))


def read_document(read: Read, scales: Scales | None, bad: BadRows) -> Iterator[Batch]:
    """The file is the text of one record; an empty file holds none.

    A long document is weighed in pieces that end at white space, so that no token is cut (unless a token is longer
    than a piece, which then counts once more).
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    total, seen, rest = Weight(), False, ""
    try:
        for chunk in chain(chunks(read), (b"",)):
            text = rest + decoder.decode(chunk, final=not chunk)
            seen = seen or bool(text)
            cut = len(text) if not chunk or len(text) > _PIECE else max(map(text.rfind, " \n\t")) + 1
            if scales is not None:
                piece = scales.text(text[:cut])
                total = Weight(total.bytes + piece.bytes, total.tokens + piece.tokens)
            rest = text[cut:]
    except UnicodeDecodeError:
        bad.add(1, "the text is not valid UTF-8")
        return
    if seen:
        yield Batch(_BARE, grouped([()], [total]))
