"""Lineage as a layered graph: which data leads to a dataset, through which stages, and where each box stands."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from checker.model.lineage import Lineage, Link, Step
from checker.report._escape import address

MAX_NODES = 60
MAX_BENDS = 300
Edge = tuple[str, str]


class Node(NamedTuple):
    """A box: data, and the stage that made it. `marks` are `source`, `target`, `gap`."""

    label: str
    kind: str = "data"
    made_by: str = ""
    digest: str = ""
    marks: tuple[str, ...] = ()


@dataclass(slots=True)
class Graph:
    """Boxes by key, and who leads to whom."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: set[Edge] = field(default_factory=set)


class Layout(NamedTuple):
    """Columns from left to right; `bends` are the free places that a long edge passes through on its way."""

    columns: tuple[tuple[str, ...], ...]
    bends: dict[Edge, tuple[str, ...]]


def build(lineage: Lineage, target: str) -> Graph:
    """Every input leads to every output of its stage."""
    graph = Graph()
    marks = {"target": {target}, "source": set(lineage.roots), "gap": {gap.path for gap in lineage.gaps}}
    for step in lineage.steps:
        deps = [_add(graph, link, None, marks) for link in step.deps]
        outs = [_add(graph, link, step, marks) for link in step.outs]
        graph.edges |= {(dep, out) for dep in deps for out in outs if dep != out}
    return graph


def nearest(graph: Graph, target: str, limit: int = MAX_NODES) -> tuple[Graph, int]:
    """The part that is next to the target, and how many boxes that leaves out."""
    if len(graph.nodes) <= limit:
        return graph, 0
    before: dict[str, list[str]] = {}
    for source, sink in sorted(graph.edges):
        before.setdefault(sink, []).append(source)
    start = [target] if target in graph.nodes else sorted(graph.nodes)[:limit]
    kept, queue = dict.fromkeys(start), deque(start)
    while queue and len(kept) < limit:
        for source in before.get(queue.popleft(), []):
            if source not in kept and len(kept) < limit:
                kept[source] = None
                queue.append(source)
    nodes = {key: graph.nodes[key] for key in kept}
    edges = {edge for edge in graph.edges if edge[0] in nodes and edge[1] in nodes}
    return Graph(nodes, edges), len(graph.nodes) - len(nodes)


def layout(graph: Graph) -> Layout:
    """Sources left. Within a column each box or bend stands near the middle of what leads to it."""
    depth = _depths(graph)
    bends = _bends(graph, depth)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key in sorted(graph.nodes):
        columns[depth[key]].append(key)
    steps: dict[str, list[str]] = {}
    for (source, sink), between in bends.items():
        for place, key in enumerate(between):
            columns[depth[source] + 1 + place].append(key)
        for left, right in pairwise((source, *between, sink)):
            steps.setdefault(right, []).append(left)
    for left_column, right_column in pairwise(columns):
        place_of = {key: index for index, key in enumerate(left_column)}
        right_column.sort(key=lambda key: (_middle(steps.get(key, []), place_of), key))
    return Layout(tuple(tuple(column) for column in columns), bends)


def _bends(graph: Graph, depth: dict[str, int]) -> dict[Edge, tuple[str, ...]]:
    """Room for edges that skip columns, so that they do not run behind boxes; none in a graph too dense to read."""
    wanted = sum(max(depth[sink] - depth[source] - 1, 0) for source, sink in graph.edges)
    return {
        (source, sink): tuple(f"\0{source}\0{sink}\0{column:04}" for column in range(depth[source] + 1, depth[sink]))
        if wanted <= MAX_BENDS
        else ()
        for source, sink in sorted(graph.edges)
    }


def _depths(graph: Graph) -> dict[str, int]:
    """The longest way from a source. What stands in a circle (a feedback loop) is cut where the loop is entered."""
    depth = dict.fromkeys(graph.nodes, 0)
    waiting = dict.fromkeys(graph.nodes, 0)
    after: dict[str, list[str]] = {}
    for source, sink in sorted(graph.edges):
        after.setdefault(source, []).append(sink)
        waiting[sink] += 1
    left = dict.fromkeys(sorted(graph.nodes))
    while left:
        key = next((name for name in left if waiting[name] == 0), next(iter(left)))
        del left[key]
        for sink in after.get(key, []):
            waiting[sink] -= 1
            if sink in left:
                depth[sink] = max(depth[sink], depth[key] + 1)
    return depth


def _middle(sources: list[str], place_of: dict[str, int]) -> float:
    known = [place_of[source] for source in sources if source in place_of]
    return sum(known) / len(known) if known else len(place_of)


def _add(graph: Graph, link: Link, step: Step | None, marks: dict[str, set[str]]) -> str:
    """The box of a link; what another stage said of the same path is kept."""
    outside = link.url is not None and step is None
    key = address(link.url or "") if outside else link.path
    known = graph.nodes.get(key, Node(key))
    holds = tuple(name for name, paths in marks.items() if not outside and link.path in paths)
    graph.nodes[key] = Node(
        label=key,
        kind=link.kind if outside else "data",
        made_by=step.name if step and step.cmd else known.made_by,
        digest=link.hash or link.rev_lock or known.digest,
        marks=tuple(dict.fromkeys((*known.marks, *holds))),
    )
    return key
