"""Composition as pictures: stacked bars by shard, domain and language. Patterns carry what colors carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checker.model.composition import Origin
from checker.model.report import DatasetReport
from checker.report import _words as words
from checker.report._html.markup import Html, el, join

SHOWN = 15
AXES = (("domain", "Domains"), ("language", "Languages"), ("source", "Sources"))


class Part(NamedTuple):
    """One bar: a name and its records by origin."""

    name: str
    records: dict[Origin, int]

    @property
    def total(self) -> int:
        return sum(self.records.values())

    @property
    def not_human(self) -> float:
        return 1 - self.records[Origin.HUMAN] / self.total if self.total else 0.0


def patterns(*others: Html) -> Html:
    """The fills, once a page: plain, hatched, dotted, crossed; and what else drawings share."""
    stroke = el("path", d="M-2 2 2-2M0 8 8 0M6 10 10 6", class_="stroke")
    cross = el("path", d="M0 0 8 8M8 0 0 8", class_="stroke")
    marks = {
        Origin.HUMAN: None,
        Origin.MACHINE: stroke,
        Origin.MIXED: el("circle", cx=4, cy=4, r=1.6, class_="dot"),
        Origin.UNKNOWN: cross,
    }
    fills = [
        el(
            "pattern",
            el("rect", width=8, height=8, class_=f"f-{origin.value}"),
            mark,
            id=f"p-{origin.value}",
            width=8,
            height=8,
            patternUnits="userSpaceOnUse",
        )
        for origin, mark in marks.items()
    ]
    return el("svg", el("defs", *fills, *others), width=0, height=0, aria_hidden="true", focusable="false")


def key() -> Html:
    """What the fills mean."""
    return el(
        "ul",
        *(el("li", el("svg", _fill(origin, 0.0, 100.0), aria_hidden="true"), f"{origin.value}") for origin in Origin),
        class_="key",
    )


def composition(dataset: DatasetReport) -> Html:
    """The dataset as a whole, then its parts along each axis that has more than one."""
    if dataset.composition is None:
        return el("p", "The composition was not needed or could not be measured.", class_="soft")
    whole = Part("the whole dataset", words.origins(dataset.composition))
    pictures = [key(), _bars([whole])]
    shards = [Part(shard.path, words.origins(shard.composition)) for shard in dataset.shards if shard.composition]
    if len(shards) > 1:
        pictures += _chart("Shards", "shard", shards)
    unmeasured = sum(shard.composition is None for shard in dataset.shards)
    if unmeasured and shards:
        pictures.append(el("p", f"{words.plural(unmeasured, 'shard')} not measured.", class_="soft small"))
    for axis, title in AXES:
        parts = [Part(name, counted) for name, counted in words.by_axis(dataset.composition, axis).items()]
        pictures += _chart(title, axis, parts) if len(parts) > 1 else _alone(axis, parts)
    return join(pictures)


def _chart(title: str, noun: str, parts: list[Part]) -> Iterator[Html]:
    """The least human parts first; beyond the room the rest is one bar."""
    ranked = sorted(parts, key=lambda part: (-part.not_human, -part.total, part.name))
    shown, rest = ranked[:SHOWN], ranked[SHOWN:]
    said = f"{title} ({len(parts):,}, the least human {len(shown)} first)" if rest else f"{title} ({len(parts):,})"
    yield el("h4", said)
    if rest:
        merged = {origin: sum(part.records[origin] for part in rest) for origin in Origin}
        shown.append(Part(f"the other {words.plural(len(rest), noun)}", merged))
    yield _bars(shown)


def _alone(axis: str, parts: list[Part]) -> Iterator[Html]:
    """A sentence where a picture would repeat the whole."""
    if parts and parts[0].name:
        yield el("p", f"All records have the {axis} ", el("bdi", parts[0].name), ".", class_="soft small")


def _bars(parts: Iterable[Part]) -> Html:
    return el("ul", *(_bar(part) for part in parts), class_="bars")


def _bar(part: Part) -> Html:
    """Widths are percent of the bar, so that patterns keep their shape at every size."""
    shares = [(origin, number / part.total) for origin, number in part.records.items() if number]
    said = ", ".join(f"{origin.value} {words.percent(share)}" for origin, share in shares) or "no records"
    rects, start = [], 0.0
    for origin, share in shares:
        rects.append(_fill(origin, start * 100, share * 100))
        start += share
    frame = el("rect", x="0", y="0", width="100%", height="100%", class_="edge-of-bar")
    name = part.name or "(not stated)"
    title = el("title", f"{name}: {said}; {words.plural(part.total, 'record')}")
    return el(
        "li",
        el("span", el("bdi", name), el("span", f" {words.plural(part.total, 'record')}", class_="count")),
        el("svg", title, *rects, frame, role="img"),
        el("span", said, class_="share"),
    )


def _fill(origin: Origin, start: float, width: float) -> Html:
    return el("rect", x=f"{start:.3f}%", y="0", width=f"{width:.3f}%", height="100%", fill=f"url(#p-{origin.value})")
