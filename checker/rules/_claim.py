"""A statement of a card that was held against the evidence, as a judgement."""

from __future__ import annotations

from typing import NamedTuple

from checker.model.card import Card, Value
from checker.model.outcome import Judgement, Number, Verdict
from checker.rules import _digests


class Claim(NamedTuple):
    """`key` is the key of the card; `value` the statement of the card; `digests` the other evidence."""

    key: str
    card: Card
    value: Value
    digests: tuple[str, ...] = ()

    def agrees(self, message: str, measured: Number | str, claimed: Number | str, unit: str = "") -> Judgement:
        """The card is right."""
        return self._judgement(Verdict.HOLDS, message, measured, claimed, unit, "")

    def contradicted(
        self, message: str, measured: Number | str, claimed: Number | str, unit: str = "", fix: str = ""
    ) -> Judgement:
        """The card is wrong."""
        mend = fix or f"correct {self.value.location}, or the data if the card is right"
        return self._judgement(Verdict.BROKEN, message, measured, claimed, unit, mend)

    def open(self, message: str, claimed: Number | str, fix: str) -> Judgement:
        """Nobody can tell."""
        return self._judgement(Verdict.UNKNOWN, message, None, claimed, "", fix)

    def _judgement(
        self,
        verdict: Verdict,
        message: str,
        measured: Number | str | None,
        claimed: Number | str,
        unit: str,
        fix: str,
    ) -> Judgement:
        return Judgement(
            verdict,
            f"{self.card.path} {message}",
            self.value.location,
            scope=(("claim", self.key),),
            measured=measured,
            limit=claimed,
            unit=unit,
            fix=fix,
            evidence=(*_digests.of_card(self.card), *self.digests),
        )
