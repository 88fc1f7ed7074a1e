"""One self-contained page for an auditor: what was judged, by what, every outcome, pictures, lineage, digests."""

from __future__ import annotations

from checker.model.dataset import Snapshot
from checker.model.outcome import Outcome
from checker.model.report import DatasetReport, Report
from checker.report import _words as words
from checker.report._findings import binding, datasets, ordered
from checker.report._html.bars import composition, patterns
from checker.report._html.lineage import arrow, lineage
from checker.report._html.markup import Html, el, join
from checker.report._html.outcomes import by_dataset, filters
from checker.report._html.style import csp, sheet

MAX_SHARDS = 1000
_SIGNS = {"pass": "✓", "fail": "✕", "not-evaluated": "?"}
_HEADS = {
    "pass": "Passed: nothing blocks",
    "fail": "Refused: a blocking rule is broken",
    "not-evaluated": "Not evaluated: a blocking rule could not be judged",
}


def render(report: Report) -> str:
    """A page without scripts or references; two runs on the same input give the same bytes."""
    style = sheet()
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=csp(style)),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", f"headwater: {words.VERDICT[report.verdict]} {report.repository}".rstrip()),
        el("style", Html(style)),
    )
    page = el("html", head, el("body", _body(report)), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _body(report: Report) -> Html:
    proposed = tuple(outcome for outcome in ordered(report.outcomes) if outcome.informs_only)
    return join(
        [
            el("a", "Skip to the outcomes", href="#outcomes", class_="skip"),
            patterns(arrow()),
            el(
                "div",
                _header(report),
                el("main", _judged(report), _outcomes(report), _proposed(proposed), _datasets(report), _notes(report)),
                class_="page",
            ),
        ],
    )


def _header(report: Report) -> Html:
    links = [("#judged", "What was judged"), ("#outcomes", "Outcomes"), ("#datasets", "Datasets")]
    if any(outcome.informs_only for outcome in report.outcomes):
        links.insert(2, ("#proposed", "Proposed policy"))
    verdict = el(
        "div",
        el("span", _SIGNS[report.verdict], class_="sign", aria_hidden="true"),
        el("div", el("h1", _HEADS[report.verdict]), el("p", words.verdict(report).partition(": ")[2])),
        class_=f"verdict v-{report.verdict}",
    )
    return el(
        "header",
        el("p", f"headwater {report.tool_version}, audit summary", class_="brand"),
        verdict,
        el("nav", *(el("a", title, href=href) for href, title in links), aria_label="Contents"),
    )


def _judged(report: Report) -> Html:
    rows: list[tuple[str, str]] = [
        ("Repository", el("bdi", report.repository or "(not named)")),
        ("Judged", _state(report.snapshot)),
        ("Against", _state(report.base)),
        ("Stage", report.stage.value),
        ("Exit code", str(report.exit_code)),
        *([("Day (UTC)", report.as_of)] if report.as_of else []),
    ]
    facts = el("dl", *(join([el("dt", name), el("dd", value)]) for name, value in rows), class_="facts")
    return el(
        "section",
        el("h2", "What was judged, and by which policy"),
        facts,
        _policies(report),
        _plugins(report),
        id="judged",
    )


def _state(snapshot: Snapshot | None) -> Html:
    parts: list[str | None] = [el("bdi", words.state(snapshot))]
    if snapshot and snapshot.commit:
        parts += [Html(" ") if snapshot.commit == snapshot.label else Html(" commit "), el("code", snapshot.commit)]
    if snapshot and snapshot.tree:
        parts += [Html(" tree "), el("code", snapshot.tree)]
    return join(parts)


def _policies(report: Report) -> Html:
    if not report.policies:
        return el("p", "No policy was run.", class_="soft")
    head = el("tr", *(el("th", name, scope="col") for name in ("Policy", "Version", "Role", "Revision", "Digest")))
    rows = [
        el(
            "tr",
            el("td", el("b", stamp.id)),
            el("td", el("bdi", stamp.version)),
            el("td", "informs only (proposed)" if stamp.informs_only else "binds"),
            el("td", el("code", stamp.revision or "-")),
            el("td", el("code", stamp.digest)),
        )
        for stamp in report.policies
    ]
    return join([el("h3", "Policies"), el("table", el("thead", head), el("tbody", *rows), class_="stack")])


def _plugins(report: Report) -> Html | None:
    if not report.plugins:
        return None
    head = el("tr", *(el("th", name, scope="col") for name in ("Plug-in", "Version", "Offers", "Digest")))
    rows = [
        el(
            "tr",
            el("td", el("b", stamp.name)),
            el("td", el("bdi", stamp.version)),
            el("td", el("bdi", ", ".join(stamp.offers))),
            el("td", el("code", stamp.digest)),
        )
        for stamp in report.plugins
    ]
    return join([el("h3", "Plug-ins"), el("table", el("thead", head), el("tbody", *rows), class_="stack")])


def _outcomes(report: Report) -> Html:
    outcomes = binding(report)
    if not outcomes:
        said = el("p", "No rule judged anything: no policy selected a dataset here.", class_="soft")
        return el("section", el("h2", "Outcomes"), said, id="outcomes")
    title = f"Outcomes ({len(outcomes):,})"
    return el("section", el("h2", title), filters(outcomes), by_dataset(outcomes), id="outcomes")


def _proposed(outcomes: tuple[Outcome, ...]) -> Html | None:
    if not outcomes:
        return None
    said = "This change also changes the policy. What the proposed policy would say informs; it decides nothing."
    return el(
        "section", el("h2", f"Proposed policy ({len(outcomes):,})"), el("p", said), by_dataset(outcomes), id="proposed"
    )


def _datasets(report: Report) -> Html:
    judged = datasets(report)
    return el(
        "section",
        el("h2", f"Datasets ({len(judged):,})"),
        *(_dataset(dataset) for dataset in judged),
        el("p", "No dataset was judged.", class_="soft") if not judged else None,
        id="datasets",
    )


def _dataset(dataset: DatasetReport) -> Html:
    number = dataset.shard_count if dataset.shard_count is not None else len(dataset.shards) or None
    rows: list[tuple[str, str]] = [
        ("Path", el("code", dataset.path)),
        ("Hash", el("code", dataset.hash or "none: no run has produced it yet")),
        ("Card", el("code", dataset.card) if dataset.card else "none"),
        ("Shards", f"{number:,}" if number is not None else "not known"),
    ]
    if dataset.composition:
        bad = dataset.composition.bad_rows
        unreadable = f", {words.plural(bad, 'unreadable row')}" if bad else ""
        rows.append(("Records", f"{dataset.composition.records:,}{unreadable}"))
    return el(
        "section",
        el("h3", el("bdi", dataset.name)),
        el("dl", *(join([el("dt", name), el("dd", value)]) for name, value in rows), class_="facts"),
        el("h4", "Composition: who made the records"),
        composition(dataset),
        el("h4", "Lineage: where the data comes from"),
        lineage(dataset),
        _shards(dataset),
        class_="dataset",
    )


def _shards(dataset: DatasetReport) -> Html | None:
    if not dataset.shards:
        return None
    head = el(
        "tr",
        el("th", "Shard", scope="col"),
        el("th", "Hash", scope="col"),
        el("th", "Size", scope="col", class_="number"),
        el("th", "Records", scope="col", class_="number"),
    )
    rows = [
        el(
            "tr",
            el("td", el("bdi", shard.path)),
            el("td", el("code", shard.hash)),
            el("td", words.size(shard.size_bytes), class_="number"),
            el("td", f"{shard.composition.records:,}" if shard.composition else "not measured", class_="number"),
        )
        for shard in dataset.shards[:MAX_SHARDS]
    ]
    left_out = len(dataset.shards) - len(rows)
    more = f"{words.plural(left_out, 'more shard')}; the JSON report lists all."
    return el(
        "details",
        el("summary", f"Shards and their hashes ({len(dataset.shards):,})"),
        el("table", el("thead", head), el("tbody", *rows), class_="stack small"),
        el("p", more, class_="soft") if left_out else None,
    )


def _notes(report: Report) -> Html | None:
    if not report.notes:
        return None
    rows = [el("li", el("bdi", note)) for note in report.notes]
    return el("section", el("h2", "Notes"), el("ul", *rows))
