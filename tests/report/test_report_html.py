"""The page parsed back: only our elements, every outcome, nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from report.evil import EVIL
from report.samples import SAMPLES, clean, empty, evil, failing, many

from checker.model.lineage import Gap, GapKind, Lineage, Link, Step
from checker.model.location import Location
from checker.report import FORMATS, render
from checker.report import _escape as escape
from checker.report._html.graph import MAX_NODES, build, layout, nearest

VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """Tags with attributes in order, text, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.style = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += data

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]


@pytest.mark.parametrize(
    "text", [text for text in EVIL.values() if text.strip()], ids=[k for k in EVIL if EVIL[k].strip()]
)
def test_hostile_text_gives_the_same_elements_as_harmless_text(text: str) -> None:
    page = Page(render("html", evil(text)))
    assert page.open == []
    assert page.shape == Page(render("html", evil("harmless"))).shape
    assert all(char.isprintable() or char == "\n" for char in page.text)
    assert escape.legible(text) in page.text


@pytest.mark.parametrize("text", EVIL.values(), ids=EVIL)
def test_nothing_runs_and_nothing_is_fetched(text: str) -> None:
    for tag, attributes in Page(render("html", evil(text))).elements:
        assert tag not in {
            "script",
            "img",
            "link",
            "iframe",
            "object",
            "embed",
            "form",
            "base",
            "image",
            "use",
            "a",
        } or (tag == "a" and str(attributes["href"]).startswith("#"))
        assert not any(name.startswith("on") or name in {"style", "src", "srcset", "xlink:href"} for name in attributes)
        assert all(
            "url(" not in str(value) or re.fullmatch(r"url\(#[a-z-]+\)", str(value))
            for value in attributes.values()
            if value != escape.legible(text)
        )


def test_the_policy_of_the_page_allows_its_own_style_alone() -> None:
    page = Page(render("html", failing()))
    policy = next(dict(a)["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "://" not in page.style and "@import" not in page.style


def test_an_auditor_finds_everything() -> None:
    report = failing()
    text = Page(render("html", report)).text
    for outcome in report.outcomes:
        assert outcome.message in text and outcome.rule in text
        assert all(digest in text for digest in outcome.evidence)
    for stamp in report.policies:
        assert stamp.digest in text and stamp.revision in text
    for dataset in report.datasets:
        assert dataset.hash is not None and dataset.hash in text
        assert all(shard.hash in text for shard in dataset.shards)
    assert str(report.snapshot.commit) in text and str(report.snapshot.tree) in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_password_in_an_address_is_not_shown(name: str) -> None:
    assert "secret" not in render(name, failing())


@pytest.mark.parametrize(
    ("sample", "head"),
    [
        pytest.param(clean(), "Passed: nothing blocks", id="clean"),
        pytest.param(failing(), "Refused: a blocking rule is broken", id="failing"),
        pytest.param(SAMPLES["not-evaluated"](), "Not evaluated: a blocking rule could not be judged", id="open"),
        pytest.param(empty(), "No rule judged anything", id="empty says so"),
    ],
)
def test_the_verdict_is_said_in_words(sample: object, head: str) -> None:
    from checker.model.report import Report

    assert isinstance(sample, Report)
    assert head in Page(render("html", sample)).text


def test_of_many_shards_the_least_human_are_drawn_and_the_rest_is_one_bar() -> None:
    html = render("html", many(2_000))
    text = Page(html).text
    assert "Shards (2,000, the least human 15 first)" in text
    assert "the other 1,985 shards" in text
    assert "1000 more shards" in text.replace("1,000", "1000")
    assert text.count("machine-made, the cap is 20%") == 2_000


def test_every_anchor_leads_somewhere_and_names_are_given_once() -> None:
    report = failing()
    page = Page(render("html", report._replace(datasets=report.datasets * 2)))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {str(a["href"])[1:] for tag, a in page.elements if tag == "a"} <= set(ids)


def step(name: str, deps: list[str], outs: list[str]) -> Step:
    return Step(name, Location("dvc.yaml", 1), "run", tuple(map(Link, deps)), tuple(map(Link, outs)))


def test_sources_stand_left_and_a_long_edge_gets_room() -> None:
    graph = build(Lineage((step("one", ["a"], ["b"]), step("two", ["a", "b"], ["c"]))), "c")
    plan = layout(graph)
    assert plan.columns[0] == ("a",) and plan.columns[2] == ("c",)
    assert len(plan.columns[1]) == 2
    assert len(plan.bends["a", "c"]) == 1 and plan.bends["a", "b"] == ()


def test_a_feedback_loop_is_drawn_and_not_followed_for_ever() -> None:
    graph = build(Lineage((step("train", ["data"], ["model"]), step("write", ["model"], ["data"]))), "data")
    assert sorted(key for column in layout(graph).columns for key in column if not key.startswith("\0")) == [
        "data",
        "model",
    ]


def test_a_step_that_feeds_itself_has_no_edge() -> None:
    assert build(Lineage((step("same", ["a"], ["a"]),)), "a").edges == set()


def test_a_large_graph_keeps_what_is_nearest() -> None:
    chain = tuple(step(f"s{number}", [f"d{number}"], [f"d{number + 1}"]) for number in range(200))
    graph, left_out = nearest(build(Lineage(chain), "d200"), "d200")
    assert len(graph.nodes) == MAX_NODES and left_out == 201 - MAX_NODES
    assert "d200" in graph.nodes and "d0" not in graph.nodes


def test_a_step_with_very_many_inputs_is_quick_and_capped() -> None:
    wide = (step("wide", [f"d{number:06}" for number in range(20_000)], ["out"]),)
    graph, left_out = nearest(build(Lineage(wide), "out"), "out")
    assert len(graph.nodes) == MAX_NODES and left_out == 20_001 - MAX_NODES


def test_a_gap_is_marked_and_told() -> None:
    gap = Gap(GapKind.UNTRACKED, "b", "b is not tracked", Location("dvc.yaml", 2))
    graph = build(Lineage((step("one", ["a"], ["b"]),), roots=("a",), gaps=(gap,)), "b")
    assert graph.nodes["b"].marks == ("target", "gap") and graph.nodes["a"].marks == ("source",)
