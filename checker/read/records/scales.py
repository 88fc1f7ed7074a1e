"""Weighs the text of a record, and of a conversation turn by turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from checker.model.composition import Origin
from checker.read.records.roles import RoleMap
from checker.read.records.values import text_of

CountTokens = Callable[[str], int]


class Weight(NamedTuple):
    """The size of one record's text, and of its machine turns."""

    bytes: int = 0
    tokens: int = 0
    machine_bytes: int = 0
    machine_tokens: int = 0


class Turn(NamedTuple):
    """Who speaks, and what is said as it stands in the file."""

    role: object
    content: object


class Scales:
    """`count_tokens` comes from the room that measures."""

    def __init__(self, count_tokens: CountTokens, roles: RoleMap) -> None:
        self._count_tokens = count_tokens
        self._roles = roles

    def text(self, text: str) -> Weight:
        """Size in UTF-8 bytes and tokens. A lone surrogate, which UTF-8 cannot write, counts three bytes."""
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

    def record(self, turns: Iterable[Turn] | None, texts: Iterable[object]) -> Weight:
        """The turns where there are any, else the first text that is there."""
        if turns is not None:
            return self.turns(turns)
        return self.text(next((text_of(value) for value in texts if value is not None), ""))
