"""The trail to a dataset as a drawing, with the same as a list for those who do not see it."""

from __future__ import annotations

from itertools import pairwise

from checker.model.report import DatasetReport
from checker.report import _words as words
from checker.report._escape import clip, legible
from checker.report._html.graph import Graph, Node, build, layout, nearest
from checker.report._html.markup import Html, el, join

WIDTH, HEIGHT, GAP_X, GAP_Y, EDGE = 200, 58, 56, 14, 8
Point = tuple[float, float]


def lineage(dataset: DatasetReport) -> Html:
    """Drawing, breaks in the trail, list."""
    if dataset.lineage is None or not dataset.lineage.steps:
        return el("p", "No pipeline was read for this dataset.", class_="soft")
    graph, left_out = nearest(build(dataset.lineage, dataset.path), dataset.path)
    more = words.plural(left_out, "further box") if left_out == 1 else f"{left_out:,} further boxes"
    return join(
        [
            el("div", _drawing(graph, dataset.name), class_="scroll", tabindex=0, role="region", aria_label="Lineage"),
            el("p", f"{more} not drawn; the JSON report has every step.", class_="soft small") if left_out else None,
            _gaps(dataset),
            _list(dataset),
        ]
    )


def arrow() -> Html:
    """The tip of every way, defined once a page."""
    tip = el("path", d="M0 0 8 4 0 8z", class_="tip")
    return el("marker", tip, id="tip", viewBox="0 0 8 8", refX=7, refY=4, markerWidth=7, markerHeight=7, orient="auto")


def _drawing(graph: Graph, name: str) -> Html:
    plan = layout(graph)
    tallest = max(len(column) for column in plan.columns)
    width = len(plan.columns) * (WIDTH + GAP_X) - GAP_X + 2 * EDGE
    height = tallest * (HEIGHT + GAP_Y) - GAP_Y + 2 * EDGE
    place: dict[str, Point] = {
        key: (
            EDGE + x * (WIDTH + GAP_X),
            EDGE + y * (HEIGHT + GAP_Y) + (tallest - len(column)) * (HEIGHT + GAP_Y) / 2,
        )
        for x, column in enumerate(plan.columns)
        for y, key in enumerate(column)
    }
    return el(
        "svg",
        el("title", f"Lineage of {name}: {len(graph.nodes)} boxes, sources on the left"),
        *(
            _way([place[key] for key in (source, *between, sink)])
            for (source, sink), between in sorted(plan.bends.items())
        ),
        *(_box(graph.nodes[key], *place[key]) for key in sorted(graph.nodes)),
        class_="lineage",
        role="img",
        width=width,
        height=round(height),
        viewBox=f"0 0 {width} {round(height)}",
    )


def _way(points: list[Point]) -> Html:
    """A curve from box to box; where it passes a column it runs straight through the free row."""
    middle = HEIGHT / 2
    way = f"M{points[0][0] + WIDTH:.1f} {points[0][1] + middle:.1f}"
    for (left, top), (x, y) in pairwise(points):
        start, end = left + WIDTH, x - (1 if (x, y) == points[-1] else 0)
        bend = (start + end) / 2
        way += f"C{bend:.1f} {top + middle:.1f} {bend:.1f} {y + middle:.1f} {end:.1f} {y + middle:.1f}"
        if (x, y) != points[-1]:
            way += f"H{x + WIDTH:.1f}"
    return el("path", d=way, class_="way", marker_end="url(#tip)")


def _box(node: Node, x: float, y: float) -> Html:
    """What it is, how it came to be, its digest; marks are said in words, too."""
    words_of = {"target": "judged here", "source": "source", "gap": "broken trail"}
    said = [words_of[mark] for mark in node.marks]
    origin = f"by stage {node.made_by}" if node.made_by else {"data": ""}.get(node.kind, node.kind)
    second = ", ".join(part for part in (origin, *said) if part) or "data"
    return el(
        "g",
        el("title", f"{node.label} ({second}) {node.digest}"),
        el(
            "rect", x=f"{x:.1f}", y=f"{y:.1f}", width=WIDTH, height=HEIGHT, rx=4, class_=" ".join(("data", *node.marks))
        ),
        _text(node.label, x, y + 19, 27, None),
        _text(second, x, y + 35, 32, "sub"),
        _text(node.digest[:12] or "no digest", x, y + 49, 32, "sub"),
    )


def _text(text: str, x: float, y: float, room: int, kind: str | None) -> Html:
    return el("text", clip(legible(text), room), x=f"{x + 11:.1f}", y=f"{y:.1f}", class_=kind)


def _gaps(dataset: DatasetReport) -> Html | None:
    gaps = dataset.lineage.gaps if dataset.lineage else ()
    if not gaps:
        return el("p", "The trail has no break.", class_="small")
    rows = [
        el(
            "li",
            el("b", gap.kind.value),
            ": ",
            el("bdi", gap.message),
            " (",
            el("code", str(gap.location)),
            f"). Next: {gap.fix}" if gap.fix else ")",
        )
        for gap in gaps
    ]
    return join([el("h4", f"Breaks in the trail ({len(gaps):,})"), el("ul", *rows, class_="gaps")])


def _list(dataset: DatasetReport) -> Html:
    steps = dataset.lineage.steps if dataset.lineage else ()
    rows = [
        el(
            "li",
            el("code", step.name),
            f" ({step.definition}): ",
            ", ".join(link.path for link in step.deps) or "no inputs",
            " → ",
            ", ".join(link.path for link in step.outs) or "no outputs",
        )
        for step in steps
    ]
    return el("details", el("summary", f"The trail as a list ({len(steps):,})"), el("ol", *rows, class_="small"))
