"""Every outcome with what was measured, what is allowed, and the digests it rests on."""

from __future__ import annotations

from collections.abc import Iterable

from checker.model.outcome import Outcome, Status
from checker.report import _words as words
from checker.report._html.markup import Html, el, join
from checker.report._html.style import FILTERS


def filters(outcomes: tuple[Outcome, ...]) -> Html:
    """Radio buttons; the style sheet hides what is not asked for."""
    buttons = []
    for name, title, statuses in FILTERS:
        number = sum(not statuses or outcome.status.value in statuses for outcome in outcomes)
        if number or name == "all":
            checked = "" if name == "all" else None
            buttons.append(el("input", type="radio", name="show", id=f"show-{name}", checked=checked))
            buttons.append(el("label", f"{title} {number:,}", for_=f"show-{name}"))
    return el("fieldset", el("legend", "Show"), *buttons, class_="filter")


def by_dataset(outcomes: Iterable[Outcome]) -> Html:
    """Grouped by dataset; the gravest dataset first, and in it what blocks."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.dataset, []).append(outcome)
    parts = []
    for dataset, same in groups.items():
        parts.append(el("h3", el("bdi", dataset or "The repository as a whole")))
        parts += [_article(outcome) for outcome in same]
    return join(parts)


def _article(outcome: Outcome) -> Html:
    status = outcome.status.value
    part = words.scope(outcome.scope)
    measured, allowed = words.bounds(outcome)
    why = words.reason(outcome)
    body = el(
        "div",
        el("p", el("code", outcome.rule), el("span", el("bdi", f" {part}"), class_="soft") if part else None),
        el("p", el("bdi", outcome.message), class_="what"),
        el("p", el("bdi", why), class_="soft") if why else None,
        _exempt(outcome),
        _numbers(measured, allowed, words.limit_word(outcome)),
        _gauge(outcome, measured, allowed),
        el("p", el("b", "Next: "), el("bdi", outcome.fix), class_="next") if outcome.fix else None,
        _trail(outcome),
    )
    mark = el("span", "blocks", class_="blocks") if outcome.blocking else None
    badge = el("div", el("span", words.STATUS[outcome.status], class_=f"badge b-{status}"), mark)
    return el("article", badge, body, class_=f"outcome s-{status}")


def _exempt(outcome: Outcome) -> Html | None:
    """Which file lets a breach stand."""
    if outcome.exemption is None or outcome.exemption.location is None:
        return None
    kind = "The waiver" if outcome.exemption.kind == "waiver" else "The baseline"
    return el("p", f"{kind}: ", el("code", str(outcome.exemption.location)), class_="trail")


def _numbers(measured: str, allowed: str, limit_word: str) -> Html | None:
    if not measured and not allowed:
        return None
    rows = [("Measured", measured), (limit_word.capitalize(), allowed)]
    return el("p", *(el("span", f"{name} ", el("b", value)) for name, value in rows if value), class_="numbers")


def _gauge(outcome: Outcome, measured: str, allowed: str) -> Html | None:
    """For shares: how far the measured value goes, and where the limit stands."""
    value, limit = outcome.measured, outcome.limit
    if isinstance(value, str) or isinstance(limit, str) or value is None or limit is None:
        return None
    if not (words.is_share(outcome) and 0 <= value <= 1 and 0 <= limit <= 1):
        return None
    kind = "under" if outcome.status is Status.PASS else "over"
    return el(
        "svg",
        el("title", f"measured {measured}, allowed {allowed}"),
        el("rect", x="0", y="30%", width="100%", height="40%", class_="rail"),
        el("rect", x="0", y="30%", width=f"{value * 100:.3f}%", height="40%", class_=kind),
        el("rect", x=f"{min(limit * 100, 99.3):.3f}%", y="0", width="3", height="100%", class_="limit"),
        class_="gauge",
        role="img",
    )


def _trail(outcome: Outcome) -> Html:
    facts = join(
        [
            el("code", str(outcome.location)),
            Html(" · check "),
            el("code", outcome.check),
            f" · level {outcome.level.value}",
        ]
    )
    return join([el("p", facts, class_="trail"), _evidence(outcome)])


def _evidence(outcome: Outcome) -> Html | None:
    if not outcome.evidence:
        return None
    digests = join((el("code", digest) for digest in outcome.evidence), ", ")
    count = words.plural(len(outcome.evidence), "digest")
    return el("details", el("summary", f"evidence: {count}"), el("p", digests), class_="trail")
