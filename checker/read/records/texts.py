"""Hands the texts of readable records on, a few megabytes at a time: UTF-8 data, offsets and line numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from checker.read.records.lines import MAX_LINE_BYTES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    # UTF-8 of all texts back to back, where each begins and ends (n + 1), the line of each -> the tokens of each.
    Take = Callable[[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint32]], NDArray[np.uint32]]

# Called with the UTF-8 length and the tokens of each text that was added, when they are known.
Settle = Callable[[Sequence[int], Sequence[int]], None]

BLOCK_BYTES = 4 * 1024 * 1024
# Longer texts (of a table, or a file that is one text) are cut: see `cut`.
MAX_TEXT_BYTES = MAX_LINE_BYTES
_MOST_ROW = 2**32 - 1


class TextSink:
    """Gathers texts into blocks of about `block_bytes` and gives them to `take`, in the order of the lines.

    One entry a readable record, an empty one where there is no text. Besides one block no text is held.
    """

    def __init__(self, take: Take, block_bytes: int = BLOCK_BYTES) -> None:
        self._take = take
        self._block_bytes = block_bytes
        self._rows: list[int] = []
        self._texts: list[str] = []
        self._settles: list[tuple[int, Settle]] = []
        self._held = 0

    def add(self, rows: Iterable[int], texts: Sequence[str], settle: Settle | None = None) -> None:
        """Add the texts of records; `rows` are their lines, from 1."""
        self._rows.extend(rows)
        self._texts.extend(texts)
        if settle is not None:
            self._settles.append((len(texts), settle))
        else:
            self._settles.append((len(texts), _nobody))
        self._held += sum(map(len, texts))

    def rest(self) -> None:
        """Hand over when there is enough; called where a block of lines ends, so that lines come in order."""
        if self._held >= self._block_bytes or len(self._texts) >= self._block_bytes // 64:
            self.flush()

    def flush(self) -> None:
        """Hand over what is held."""
        rows, texts, settles = self._rows, self._texts, self._settles
        self._rows, self._texts, self._settles, self._held = [], [], [], 0
        if not texts:
            return
        sizes, tokens = self._in_order(rows, texts)
        start = 0
        for number, settle in settles:
            settle(sizes[start : start + number], tokens[start : start + number])
            start += number

    def add_column(self, data: Any, offsets: Any, rows: Any) -> NDArray[np.uint32]:
        """Hand over texts that lie back to back already, block by block; gives the tokens of each."""
        import numpy as np

        self.flush()
        found = [
            self._take(data, offsets[start : end + 1], _lines(rows[start:end]))
            for start, end in cuts(offsets, self._block_bytes)
        ]
        return np.concatenate(found) if found else np.zeros(0, np.uint32)

    def add_bytes(self, row: int, text: bytes) -> None:
        """Hand over one text that need not be valid UTF-8."""
        import numpy as np

        self.add_column(np.frombuffer(text, np.uint8), np.array([0, len(text)]), np.array([row]))

    def _in_order(self, rows: list[int], texts: list[str]) -> tuple[list[int], list[int]]:
        """By line: records that were read apart from their block were added after it."""
        order = None
        if any(one > other for one, other in pairwise(rows)):
            order = sorted(range(len(rows)), key=rows.__getitem__)
            texts = [texts[place] for place in order]
            rows = [rows[place] for place in order]
        sizes, tokens = self._encoded(rows, texts)
        if order is None:
            return sizes, tokens
        back = sorted(range(len(order)), key=order.__getitem__)
        return [sizes[place] for place in back], [tokens[place] for place in back]

    def _encoded(self, rows: list[int], texts: list[str]) -> tuple[list[int], list[int]]:
        import numpy as np

        joined = "".join(texts)
        if joined.isascii():
            data, sizes = joined.encode("ascii"), list(map(len, texts))
        else:
            # A lone surrogate has no UTF-8; its three bytes are counted as errors where the text is looked at.
            pieces = [text.encode("utf-8", "surrogatepass") for text in texts]
            data, sizes = b"".join(pieces), list(map(len, pieces))
        offsets = np.fromiter(accumulate(sizes, initial=0), np.int64, len(sizes) + 1)
        tokens = self._take(np.frombuffer(data, np.uint8), offsets, _lines(np.array(rows, np.int64)))
        return sizes, tokens.tolist()


class Beginning:
    """What stands for a text of any length: itself, or its beginning and the sha256 of all of it.

    So only equal texts are equal, and one text takes a bounded amount of memory.
    """

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._digest = sha256()

    def add(self, piece: bytes) -> None:
        """The next bytes of the text."""
        if self._size <= MAX_TEXT_BYTES:
            self._pieces.append(piece)
        self._size += len(piece)
        self._digest.update(piece)

    def text(self) -> bytes:
        """At most `MAX_TEXT_BYTES`."""
        held = b"".join(self._pieces)
        if self._size <= MAX_TEXT_BYTES:
            return held
        end = f"\n{self._digest.hexdigest()}".encode()
        whole = held[: MAX_TEXT_BYTES - len(end)].decode("utf-8", "ignore")  # no half character
        return whole.encode() + end


def bounded(text: bytes) -> bytes:
    """The text, or what stands for it where it is too long."""
    if len(text) <= MAX_TEXT_BYTES:
        return text
    beginning = Beginning()
    beginning.add(text)
    return beginning.text()


def _nobody(sizes: Sequence[int], tokens: Sequence[int]) -> None:
    """Nobody weighs these texts."""


def _lines(rows: Any) -> NDArray[np.uint32]:
    import numpy as np

    lines: NDArray[np.uint32] = np.minimum(rows, _MOST_ROW).astype(np.uint32)
    return lines


def cuts(offsets: Any, block_bytes: int) -> Iterator[tuple[int, int]]:
    """Ranges of texts of at most that many bytes, or one text each."""
    import numpy as np

    start, count = 0, len(offsets) - 1
    while start < count:
        end = int(np.searchsorted(offsets, offsets[start] + block_bytes, side="right")) - 1
        end = min(max(end, start + 1), count)
        yield start, end
        start = end
