"""Lineage as a layered graph: which data and stages lead to a dataset, and where each is drawn. Pure geometry."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from checker.model.lineage import Lineage, Link, Step

MAX_NODES = 60


@dataclass(frozen=True, slots=True)
class Node:
    """A box: data or a stage. `marks` are `source`, `target`, `gap`."""

    key: str
    label: str
    kind: str
    detail: str = ""
    marks: tuple[str, ...] = ()


@dataclass(slots=True)
class Graph:
    """Boxes by key, and who leads to whom."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: set[tuple[str, str]] = field(default_factory=set)


def build(lineage: Lineage, target: str) -> Graph:
    """Data and the stages between them. A `.dvc` file that was only added is its data, not a stage."""
    graph = Graph()
    broken = {gap.path for gap in lineage.gaps}
    roots = set(lineage.roots)
    for step in lineage.steps:
        outs = [_data(graph, link, target, roots, broken) for link in step.outs]
        deps = [_data(graph, link, target, roots, broken) for link in step.deps]
        if step.cmd:
            stage = _stage(graph, step)
            graph.edges |= {(dep, stage) for dep in deps} | {(stage, out) for out in outs}
        else:
            graph.edges |= {(dep, out) for dep in deps for out in outs if dep != out}
    return graph


def nearest(graph: Graph, target: str, limit: int = MAX_NODES) -> tuple[Graph, int]:
    """The part that is next to the target, and how many boxes that leaves out."""
    if len(graph.nodes) <= limit:
        return graph, 0
    before: dict[str, list[str]] = {}
    for source, sink in sorted(graph.edges):
        before.setdefault(sink, []).append(source)
    kept = dict.fromkeys([_key(target)] if _key(target) in graph.nodes else [])
    queue = list(kept) or list(graph.nodes)
    for key in queue:
        if len(kept) >= limit:
            break
        kept[key] = None
        queue += [source for source in before.get(key, []) if source not in kept and source not in queue]
    nodes = {key: graph.nodes[key] for key in kept}
    edges = {edge for edge in graph.edges if edge[0] in nodes and edge[1] in nodes}
    return Graph(nodes, edges), len(graph.nodes) - len(nodes)


def layers(graph: Graph) -> list[list[str]]:
    """Columns, sources left. Within a column boxes stand near the middle of what leads to them."""
    depth = _depths(graph)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key in sorted(graph.nodes):
        columns[depth[key]].append(key)
    for left, right in pairwise(columns):
        place = {key: index for index, key in enumerate(left)}
        right.sort(key=lambda key: (_middle(key, graph, place), key))
    return columns


def _depths(graph: Graph) -> dict[str, int]:
    """The longest way from a source. What stands in a circle (a feedback loop) goes as far right as its way in."""
    depth = dict.fromkeys(graph.nodes, 0)
    waiting = {key: sum(sink == key for _, sink in graph.edges) for key in graph.nodes}
    after: dict[str, list[str]] = {}
    for source, sink in sorted(graph.edges):
        after.setdefault(source, []).append(sink)
    left = dict.fromkeys(sorted(graph.nodes))
    while left:
        key = next((name for name in left if waiting[name] <= 0), next(iter(left)))
        del left[key]
        for sink in after.get(key, []):
            waiting[sink] -= 1
            if sink in left:
                depth[sink] = max(depth[sink], depth[key] + 1)
    return depth


def _middle(key: str, graph: Graph, place: dict[str, int]) -> float:
    sources = [place[source] for source, sink in graph.edges if sink == key and source in place]
    return sum(sources) / len(sources) if sources else len(place)


def _data(graph: Graph, link: Link, target: str, roots: set[str], broken: set[str]) -> str:
    address = link.url or ""
    label = re.sub(r"//[^/@]*@", "//", address) if address and link.kind != "path" else link.path
    key = _key(label)
    tests = (("target", link.path == target), ("source", link.path in roots), ("gap", link.path in broken))
    marks = tuple(name for name, holds in tests if holds)
    known = graph.nodes.get(key)
    kind = {"path": "data"}.get(link.kind, link.kind)
    detail = (link.hash or link.rev_lock or (known.detail if known else ""))[:12]
    graph.nodes[key] = Node(key, label, kind, detail, tuple(dict.fromkeys((*(known.marks if known else ()), *marks))))
    return key


def _stage(graph: Graph, step: Step) -> str:
    key = f"stage:{step.definition.path}:{step.name}"
    graph.nodes[key] = Node(key, step.name, "stage", step.cmd)
    return key


def _key(label: str) -> str:
    return f"data:{label}"
