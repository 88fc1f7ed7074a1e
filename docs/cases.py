"""The cases of a check as its page shows them: the rule, the data in words, and what the check really says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from checker.model.outcome import Judgement, Verdict
from checker.policytest.given import evidence
from checker.rules import by_id
from checker.rules._base import Missing
from checker.rules._soundness import sound
from checker.safeyaml import load

CASES = Path(__file__).resolve().parents[1] / "tests" / "rules"
KINDS = {"pass": "Passes", "fail": "Fails", "doubtful": "Warns", "unknown": "Not evaluated"}
WORST_FIRST = (Verdict.BROKEN, Verdict.UNKNOWN, Verdict.DOUBTFUL, Verdict.HOLDS)
# A case at the edge says the most; among equals the shortest is read first.
EDGES = ("exactly", "one-", "just")
_NO_DATA = ("params", "expect", "shards", "where")
_LONGEST = 240


class Case(NamedTuple):
    """A case file: its kind (`pass`, `fail`, ...), its name in words, and what it holds."""

    kind: str
    words: str
    content: Mapping[str, Any]


def section(check_id: str, folder: Path = CASES) -> list[str]:
    """Lines of Markdown: one telling case of each kind, none for a check that has no cases."""
    chosen = [case for kind in KINDS if (case := telling(check_id, kind, folder)) is not None]
    lines = ["", "### Examples"] if chosen else []
    for case in chosen:
        lines += ["", f"{KINDS[case.kind]}: {case.words}.", "", *rule(check_id, case.content), ""]
        lines += [f"- {line}" for line in (*data(case.content), *said(check_id, case.content))]
    return lines


def telling(check_id: str, kind: str, folder: Path) -> Case | None:
    """The case of a kind that is shown."""
    files = sorted((folder / check_id).glob(f"{kind}-*.yaml"), key=_telling)
    if not files:
        return None
    content: Any = load(files[0].read_bytes(), files[0].name, strict=False).data
    return Case(kind, files[0].stem.partition("-")[2].replace("-", " "), content)


def _telling(file: Path) -> tuple[bool, int, str]:
    return not file.stem.partition("-")[2].startswith(EDGES), file.stat().st_size, file.name


def rule(check_id: str, content: Mapping[str, Any]) -> Iterator[str]:
    """The rule as a policy has it."""
    yield "```yaml"
    yield f"check: {check_id}"
    if content.get("params"):
        yield f"with: {flow(content['params'])}"
    if content.get("where"):
        yield f"select: {{where: {flow(content['where'])}}}"
    yield "```"


def data(content: Mapping[str, Any]) -> Iterator[str]:
    """What the dataset is, in words."""
    for name, held in (content.get("shards") or {}).items():
        yield f"`{name}`: {shard(held)}"
    for key, value in content.items():
        if key not in _NO_DATA:
            yield f"{key.replace('_', ' ')}: {clipped(flow(value))}"


def shard(held: Any) -> str:
    """`800 human and 200 machine records of the domain health`."""
    if isinstance(held, list):
        return ", ".join(map(cell, held)) or "no records"
    if isinstance(held, dict) and "unmeasured" in held:
        return f"not measured ({held['unmeasured'].lower().replace('_', ' ')})"
    return clipped(flow(held))


def cell(described: Mapping[str, Any]) -> str:
    """Some records of one origin, with whatever else is said of them."""
    number = described.get("records", 0)
    rest = {key: value for key, value in described.items() if key not in ("origin", "records")}
    detail = (
        f" ({', '.join(f'{key} {value if isinstance(value, str) else flow(value)}' for key, value in rest.items())})"
    )
    return f"{number:,} {described['origin']} record{'' if number == 1 else 's'}{detail if rest else ''}"


def said(check_id: str, content: Mapping[str, Any]) -> Iterator[str]:
    """What the check says of it, the gravest first: it is asked here and now."""
    found = sorted(judged(check_id, content), key=lambda judgement: WORST_FIRST.index(judgement.verdict))
    yield f"says: {clipped(found[0].message)}"
    if found[0].fix:
        yield f"next: {clipped(found[0].fix)}"


def judged(check_id: str, content: Mapping[str, Any]) -> list[Judgement]:
    """Every judgement; what the check cannot tell is one too."""
    check, seen = by_id(check_id), sound(evidence(content))
    found: list[Judgement] = []
    try:
        found.extend(check.judge(seen, check.build(content.get("params") or {})))
    except Missing as missing:
        place = seen.dataset.version.definition
        found.append(Judgement(Verdict.UNKNOWN, missing.what, place, fix=missing.fix))
    return found


def flow(value: object) -> str:
    """A value in YAML's flow form, without quotes where YAML needs none."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and value.replace("-", "").replace("_", "").replace(".", "").isalnum():
        return value
    return json.dumps(value, ensure_ascii=False)


def clipped(text: str) -> str:
    """One line of Markdown of a bearable length, its signs taken as they are."""
    line = " ".join(text.split())
    line = line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
    for sign in ("\\", "*", "_", "<", "|", "[", "]"):
        line = line.replace(sign, f"\\{sign}")
    return line
