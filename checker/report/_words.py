"""How numbers, scopes and statuses are said to people. Nothing here escapes; the sinks do."""

from __future__ import annotations

import math
from collections.abc import Mapping

from checker.model.composition import Composition, Origin
from checker.model.dataset import Snapshot, SnapshotKind
from checker.model.outcome import Number, Outcome, Scope, Status
from checker.model.report import PluginStamp, PolicyStamp, Report
from checker.report._findings import binding, findings

STATUS = {
    Status.FAIL: "fail",
    Status.WARN: "warning",
    Status.WAIVED: "waived",
    Status.NOT_EVALUATED: "not evaluated",
    Status.PASS: "pass",
}
VERDICT = {"pass": "pass", "fail": "refused", "not-evaluated": "not evaluated"}
_COUNTED = ("records", "tokens", "weight")


def plural(number: int, noun: str) -> str:
    """`1 record`, `1,100 records`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def amounts(outcome: Outcome) -> tuple[str, str]:
    """Measured and allowed, with so many digits that different numbers never look the same; `""` where not given."""
    pair = ("", "")
    for digits in range(1, 13):
        pair = (_amount(outcome.measured, outcome, digits), _amount(outcome.limit, outcome, digits))
        if pair[0] != pair[1] or outcome.measured == outcome.limit:
            break
    return pair


def bounds(outcome: Outcome) -> tuple[str, str]:
    """The same for people: the limit says whether it is the most or the least."""
    measured, allowed = amounts(outcome)
    return measured, f"{_side(outcome)}{allowed}" if allowed else ""


def limit_word(outcome: Outcome) -> str:
    """What the limit is: a card's claim is nothing that a policy allows."""
    return "claimed" if _is_claim(outcome) else "allowed"


def _is_claim(outcome: Outcome) -> bool:
    return any(axis == "claim" for axis, _ in outcome.scope)


def _side(outcome: Outcome) -> str:
    """Whether the limit is the most or the least, which the outcome shows where the two differ."""
    measured, limit = outcome.measured, outcome.limit
    if not isinstance(measured, int | float) or not isinstance(limit, int | float) or _is_claim(outcome):
        return ""
    if measured == limit or not (math.isfinite(measured) and math.isfinite(limit)):
        return ""
    if (measured > limit) is (outcome.status is Status.PASS):
        return "at least "
    return "at most " if limit else ""


def _amount(value: Number | str | None, outcome: Outcome, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, bool)):
        return str(value)
    if not math.isfinite(value):
        return "not a number"
    unit = outcome.unit
    if is_share(outcome):
        whole = unit.removeprefix("share").removeprefix(" of ")
        return percent(value, digits) + (f" of {whole}" if whole else "")
    number = f"{value:,}" if isinstance(value, int) else f"{value:,.{digits + 2}f}".rstrip("0").rstrip(".")
    return f"{number} {unit.removesuffix('s') if value == 1 else unit}".rstrip()


def is_share(outcome: Outcome) -> bool:
    """Whether measured and limit are shares of a whole. Counts are integers, so a fraction of records is a share."""
    numbers = [value for value in (outcome.measured, outcome.limit) if isinstance(value, (int, float))]
    if outcome.unit.startswith("share"):
        return bool(numbers)
    fraction = any(isinstance(value, float) for value in numbers)
    return outcome.unit in _COUNTED and fraction and all(not value > 1 for value in numbers)


def reason(outcome: Outcome) -> str:
    """Why it is waived or open, without what the message says already."""
    return outcome.reason.removesuffix(outcome.message).rstrip(": ")


def percent(share: float, digits: int = 1) -> str:
    """A share as percent without trailing zeros; what is not all or nothing never shows as 100% or 0%."""
    text = f"{share * 100:.{digits}f}"
    if 0 < share < 1 and float(text) in (0, 100):
        bound = f"{10**-digits:.{digits}f}"
        return f"<{bound}%" if float(text) == 0 else f">{100 - float(bound):.{digits}f}%"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def size(size_bytes: int | None) -> str:
    """Bytes in the unit a reader expects."""
    if size_bytes is None:
        return ""
    value = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{size_bytes:,} B" if unit == "B" else f"{value:,.1f} {unit}"


def scope(parts: Scope) -> str:
    """`shard 07.jsonl, domain health`; empty for the whole dataset."""
    return ", ".join(f"{axis} {value or '(not stated)'}" for axis, value in parts)


def unsaid(outcome: Outcome) -> tuple[str, str]:
    """Dataset and part, each only as far as the message does not name it itself."""
    said, dataset = outcome.message, outcome.dataset
    named = said.startswith((f"{dataset}:", f"{dataset}/", f"{dataset},", f"{dataset} "))
    parts = tuple(
        (axis, value)
        for axis, value in outcome.scope
        if not said.startswith(f"{dataset}/{value}:") and f", {axis} {value}" not in said
    )
    return "" if named else dataset, scope(parts)


def state(taken: Snapshot | None) -> str:
    """What was looked at, without its object ids."""
    if taken is None:
        return "no base"
    fixed = {
        SnapshotKind.INDEX: "the git index",
        SnapshotKind.WORKTREE: "the work tree",
        SnapshotKind.EMPTY: "nothing (an empty repository)",
    }
    return fixed.get(taken.kind, "a commit" if taken.label == taken.commit else taken.label)


def snapshot(taken: Snapshot | None) -> str:
    """The same with a short commit id."""
    short = (taken.commit or "")[:12] if taken else ""
    return f"{state(taken)} ({short})" if short else state(taken)


def policy(stamp: PolicyStamp) -> str:
    """`core 1.2.0`, and where it was read."""
    name = f"{stamp.id} {stamp.version}".rstrip()
    return f"{name} at {stamp.revision[:12]}" if stamp.revision else name


def plugin(stamp: PluginStamp) -> str:
    """`acme-checks 1.2.0 (check licenses)`: what it is and what it offers, without its digest."""
    offers = f" ({', '.join(stamp.offers)})" if stamp.offers else ""
    return f"{stamp.name} {stamp.version}".rstrip() + offers


def counts(report: Report) -> dict[Status, int]:
    """How many binding outcomes have each status."""
    found = dict.fromkeys(STATUS, 0)
    for outcome in binding(report):
        found[outcome.status] += 1
    return found


def verdict(report: Report) -> str:
    """The verdict in one line: numbers only, no string from the input."""
    number = counts(report)
    blocking = sum(outcome.blocking and outcome.status is Status.FAIL for outcome in findings(report))
    open_blocking = sum(outcome.blocking and outcome.status is Status.NOT_EVALUATED for outcome in findings(report))
    parts = [
        f"{plural(blocking, 'blocking finding')}" if blocking else "",
        f"{plural(open_blocking, 'blocking rule')} not evaluated" if open_blocking else "",
        f"{plural(number[Status.FAIL] - blocking, 'finding')} that {_do(number[Status.FAIL] - blocking)} not block"
        if number[Status.FAIL] > blocking
        else "",
        plural(number[Status.WARN], "warning") if number[Status.WARN] else "",
        f"{number[Status.WAIVED]:,} waived" if number[Status.WAIVED] else "",
        f"{number[Status.NOT_EVALUATED] - open_blocking:,} not evaluated (not blocking)"
        if number[Status.NOT_EVALUATED] > open_blocking
        else "",
        f"{number[Status.PASS]:,} passed" if number[Status.PASS] else "",
        "nothing was judged" if not sum(number.values()) else "",
    ]
    where = plural(len(report.datasets), "dataset")
    return (
        f"{VERDICT[report.verdict]}: {', '.join(part for part in parts if part)}; {where}, stage {report.stage.value}"
    )


def _do(number: int) -> str:
    return "does" if number == 1 else "do"


def origins(composition: Composition) -> dict[Origin, int]:
    """Records by origin, in the fixed order."""
    found = dict.fromkeys(Origin, 0)
    for cell, tally in composition.cells.items():
        found[cell.origin] += tally.records
    return found


def by_axis(composition: Composition, axis: str) -> Mapping[str, dict[Origin, int]]:
    """Records by origin for each value of `domain`, `language` or `source`."""
    found: dict[str, dict[Origin, int]] = {}
    for cell, tally in composition.cells.items():
        part = found.setdefault(getattr(cell, axis), dict.fromkeys(Origin, 0))
        part[cell.origin] += tally.records
    return dict(sorted(found.items()))
