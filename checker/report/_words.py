"""How numbers, scopes and statuses are said to people. Nothing here escapes; the sinks do."""

from __future__ import annotations

import math
from collections.abc import Mapping

from checker.model.composition import Composition, Origin
from checker.model.dataset import Snapshot, SnapshotKind
from checker.model.outcome import Number, Outcome, Scope, Status
from checker.model.report import PolicyStamp, Report
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
    unit = outcome.unit
    digits = 1
    pair = (_amount(outcome.measured, unit, digits), _amount(outcome.limit, unit, digits))
    while pair[0] == pair[1] and outcome.measured != outcome.limit and digits < 12:
        digits += 1
        pair = (_amount(outcome.measured, unit, digits), _amount(outcome.limit, unit, digits))
    return pair


def _amount(value: Number | str | None, unit: str, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, bool)):
        return str(value)
    if not math.isfinite(value):
        return "not a number"
    if is_share(value, unit):
        return percent(value, digits) + (f" of {unit}" if unit in _COUNTED else "")
    number = f"{value:,}" if isinstance(value, int) else f"{value:,.{digits + 2}f}".rstrip("0").rstrip(".")
    return f"{number} {unit}".rstrip()


def is_share(value: Number | str | None, unit: str) -> bool:
    """Whether a number is a share: counts are integers, a fraction of records or tokens is a share of them."""
    if unit.startswith("share"):
        return isinstance(value, (int, float))
    return unit in _COUNTED and isinstance(value, float) and 0 <= value <= 1


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


def state(taken: Snapshot | None) -> str:
    """What was looked at, without its object ids."""
    if taken is None:
        return "no base"
    fixed = {
        SnapshotKind.INDEX: "the git index",
        SnapshotKind.WORKTREE: "the work tree",
        SnapshotKind.EMPTY: "nothing (an empty repository)",
    }
    return fixed.get(taken.kind, taken.label)


def snapshot(taken: Snapshot | None) -> str:
    """The same with a short commit id."""
    name = state(taken)
    short = (taken.commit or "")[:12] if taken else ""
    return f"{name} ({short})" if short and short not in name else name


def policy(stamp: PolicyStamp) -> str:
    """`core 1.2.0`, and where it was read."""
    name = f"{stamp.id} {stamp.version}".rstrip()
    return f"{name} at {stamp.revision[:12]}" if stamp.revision else name


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
        f"{number[Status.NOT_EVALUATED] - open_blocking:,} left open"
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
