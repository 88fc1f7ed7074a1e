"""Weighs the text of a record, and of a conversation turn by turn; hands it on to whoever looks at texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from checker.model.composition import Origin
from checker.read.records.batch import Groups, Key, Weight
from checker.read.records.growth import Growth
from checker.read.records.roles import RoleMap
from checker.read.records.texts import MAX_TEXT_BYTES, TextSink, bounded
from checker.read.records.values import text_of

CountTokens = Callable[[str], int]


class Turn(NamedTuple):
    """Who speaks, and what is said as it stands in the file."""

    role: object
    content: object


class Scales:
    """`count_tokens` comes from the room that measures; None means that texts go to `sink` and are not weighed.

    The text of a record is that of the turns that count, a line feed between them, where there are turns; else the
    first text that is there; else nothing.
    """

    def __init__(
        self,
        count_tokens: CountTokens | None,
        roles: RoleMap,
        sink: TextSink | None = None,
        growth: Growth | None = None,
    ) -> None:
        self._count_tokens = count_tokens
        self._roles = roles
        self._growth = growth
        self.sink = sink

    @property
    def weighs(self) -> bool:
        """Whether sizes are wanted."""
        return self._count_tokens is not None

    def grow(self, records: int, size: int) -> None:
        """So many records more are about to be looked at, with texts of that size; what grows hugely is refused."""
        if self._growth is None:
            return
        self._growth.texts(size)
        if self.sink is not None:
            self._growth.records(records)

    def add(self, groups: Groups, keys: Iterable[Key], rows: Iterable[int], texts: Sequence[str]) -> None:
        """Weigh records by their only text. With a sink the weights come when a block of texts was handed over."""
        self.grow(len(texts), 0)  # a line holds its text
        if self.sink is None:
            groups.weigh(keys, map(self.text, texts))
        elif not self.weighs:
            groups.count(keys)
            self.sink.add(rows, _bounded(texts))
        elif _bounded(texts) is not texts:
            groups.weigh(keys, map(self.text, texts))
            self.sink.add(rows, _bounded(texts))
        else:
            held = list(keys)
            self.sink.add(rows, texts, lambda sizes, tokens: groups.weigh(held, map(Weight, sizes, tokens)))

    def record(self, row: int, turns: Sequence[Turn] | None, texts: Iterable[object]) -> Weight:
        """Weigh one record: the turns where there are any, else the first text that is there."""
        if turns is not None:
            self.grow(1, sum(len(turn.content) for turn in turns if isinstance(turn.content, str)))
            if self.sink is not None:
                self.sink.add((row,), _bounded((self._spoken(turns),)))
            return self.turns(turns)
        value = next((value for value in texts if value is not None), "")
        if isinstance(value, bytes):
            self.grow(1, len(value))
            return self._damaged(row, value)
        text = text_of(value)
        self.grow(1, len(text))
        if self.sink is not None:
            self.sink.add((row,), _bounded((text,)))
        return self.text(text)

    def text(self, text: str) -> Weight:
        """Size in UTF-8 bytes and tokens. A lone surrogate, which UTF-8 cannot write, counts three bytes."""
        if self._count_tokens is None:
            return Weight()
        size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        return Weight(size, self._count_tokens(text))

    def turns(self, turns: Iterable[Turn]) -> Weight:
        """Sum the turns that count; system prompts do not."""
        total = [0, 0, 0, 0]
        for turn in turns:
            speaker = self._roles.speaker(turn.role)
            if speaker is None:
                continue
            size, tokens, *_ = self.text(text_of(turn.content))
            total[0] += size
            total[1] += tokens
            if speaker is Origin.MACHINE:
                total[2] += size
                total[3] += tokens
        return Weight(*total)

    def _damaged(self, row: int, text: bytes) -> Weight:
        """A text that is not UTF-8: its bytes count as they are."""
        if self.sink is not None:
            self.sink.add_bytes(row, bounded(text))
        return Weight(len(text), self.text(text.decode("utf-8", "replace")).tokens) if self.weighs else Weight()

    def rest(self) -> None:
        """The end of a block of lines."""
        if self.sink is not None:
            self.sink.rest()

    def flush(self) -> None:
        """Let all weights arrive that are not there yet."""
        if self.sink is not None:
            self.sink.flush()

    def _spoken(self, turns: Iterable[Turn]) -> str:
        return "\n".join(text_of(turn.content) for turn in turns if self._roles.speaker(turn.role) is not None)


def _bounded(texts: Sequence[str]) -> Sequence[str]:
    """The very same texts, unless one is too long."""
    if max(map(len, texts), default=0) * 4 <= MAX_TEXT_BYTES:
        return texts
    short = [_cut(text) for text in texts]
    return short if any(one is not text for one, text in zip(short, texts, strict=True)) else texts


def _cut(text: str) -> str:
    data = text.encode("utf-8", "surrogatepass")
    return text if len(data) <= MAX_TEXT_BYTES else bounded(data).decode("utf-8", "surrogatepass")
