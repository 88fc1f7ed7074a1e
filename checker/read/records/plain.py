"""Plain text: the whole file is one record, or each line that is not blank (`format: lines`)."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import chain

from checker.read.records.bad import BadRows
from checker.read.records.batch import NOTHING, Batch, Groups, Weight, grouped, make_layout
from checker.read.records.lines import Read, blocks, chunks
from checker.read.records.scales import Scales
from checker.read.records.slices import Slices
from checker.read.records.texts import Beginning

_BARE = make_layout({})
_PIECE = 4 * 1024 * 1024


def read_lines(read: Read, scales: Scales | None, bad: BadRows, slices: Slices) -> Iterator[Batch]:
    """Each line is the text of a record."""
    groups = Groups()
    for block in blocks(read, bad):
        texts = [line.decode().strip("\r\n") for line in block.lines]
        rows = [row for row, text in enumerate(texts, block.first) if text and not text.isspace()]
        keys = [()] * len(rows)
        slices.missing(len(rows))
        if scales is None:
            groups.count(keys)
        else:
            scales.add(groups, keys, rows, [texts[row - block.first] for row in rows])
            scales.rest()
        yield NOTHING
    if scales is not None:
        scales.flush()
    yield Batch(_BARE, groups.take())


def read_document(read: Read, scales: Scales | None, bad: BadRows, slices: Slices) -> Iterator[Batch]:
    """The file is the text of one record; an empty file holds none.

    A long document is weighed in pieces that end at white space, so that no token is cut (unless a token is longer
    than a piece, which then counts once more).
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    total, seen, rest = Weight(), False, ""
    beginning = Beginning()
    try:
        for chunk in chain(chunks(read), (b"",)):
            text = rest + decoder.decode(chunk, final=not chunk)
            if scales is not None and scales.sink is not None:
                beginning.add(chunk)
            seen = seen or bool(text)
            cut = len(text) if not chunk or len(text) > _PIECE else max(map(text.rfind, " \n\t")) + 1
            if scales is not None:
                piece = scales.text(text[:cut])
                total = Weight(total.bytes + piece.bytes, total.tokens + piece.tokens)
            rest = text[cut:]
    except UnicodeDecodeError:
        bad.add(1, "the text is not valid UTF-8")
        return
    if seen and scales is not None and scales.sink is not None:
        scales.sink.add_bytes(1, beginning.text())
    if seen:
        slices.missing(1)
        yield Batch(_BARE, grouped([()], [total]))
