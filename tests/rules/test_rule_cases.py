"""Every file `<check>/<pass|fail|doubtful|unknown>-<words>.yaml` is a case; every check has one of each needed kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker import rules
from checker.model.outcome import Judgement, Verdict
from checker.policytest.given import evidence
from checker.rules._base import Missing
from checker.rules._cel import installed
from checker.rules._soundness import sound

HERE = Path(__file__).parent
CASES = sorted(HERE.glob("*/*.yaml"))
# No card, or one that nobody can read, is an answer: broken.
ALWAYS_ANSWERS = {"card-required"}
VERDICT = {
    "pass": Verdict.HOLDS,
    "fail": Verdict.BROKEN,
    "doubtful": Verdict.DOUBTFUL,
    "unknown": Verdict.UNKNOWN,
}


def judged(check_id: str, case: Mapping[str, Any]) -> list[Judgement]:
    """What the check says; what it raises is one judgement more, as `evaluate` makes it."""
    check = rules.by_id(check_id)
    seen = sound(evidence(case))
    said: list[Judgement] = []
    try:
        said.extend(check.judge(seen, check.build(case.get("params", {}))))
    except Missing as missing:
        where = seen.dataset.version.definition
        said.append(Judgement(Verdict.UNKNOWN, missing.what, where, fix=missing.fix, evidence=("md5:feed.dir",)))
    return said


# Its library has no wheels for Python 3.10.
NEEDS_EXTRA = pytest.mark.skipif(not installed(), reason="the extra `cel` is not installed")


def marks(path: Path) -> tuple[pytest.MarkDecorator, ...]:
    return (NEEDS_EXTRA,) if path.parent.name == "expression" else ()


@pytest.mark.parametrize(
    "path", [pytest.param(path, id=f"{path.parent.name}/{path.stem}", marks=marks(path)) for path in CASES]
)
def test_case(path: Path) -> None:
    case = yaml.safe_load(path.read_text("utf-8"))
    kind = path.stem.split("-")[0]
    said = judged(path.parent.name, case)
    expected = case["expect"]
    assert [judgement.verdict.name for judgement in said] == [entry["verdict"].upper() for entry in expected], said
    worst = [Verdict.BROKEN, Verdict.UNKNOWN, Verdict.DOUBTFUL, Verdict.HOLDS]
    assert min((judgement.verdict for judgement in said), key=worst.index) is VERDICT[kind]
    for judgement, entry in zip(said, expected, strict=True):
        _same(judgement, entry)


def _same(judgement: Judgement, entry: Mapping[str, Any]) -> None:
    if "scope" in entry:
        assert dict(judgement.scope) == entry["scope"]
    for name in ("measured", "limit", "unit"):
        if name in entry:
            assert getattr(judgement, name) == entry[name], judgement
    if "evidence" in entry:
        assert list(judgement.evidence) == entry["evidence"]
    if "deferred" in entry:
        assert judgement.deferred is entry["deferred"]
    if "at" in entry:
        assert str(judgement.location) == entry["at"]
    for text in _listed(entry.get("says")):
        assert text in judgement.message, judgement.message
    for text in _listed(entry.get("fix")):
        assert text in judgement.fix, judgement.fix
    # Whatever the verdict: evidence is named, messages are one sentence, and only what is wrong carries advice.
    assert judgement.evidence
    assert "\n" not in judgement.message
    assert bool(judgement.fix) or judgement.verdict in (Verdict.HOLDS, Verdict.UNKNOWN)
    assert not (judgement.fix and judgement.verdict is Verdict.HOLDS)


def _listed(entry: str | list[str] | None) -> list[str]:
    return entry if isinstance(entry, list) else [entry] if entry else []


@pytest.mark.parametrize("check_id", rules.check_ids())
def test_every_check_has_a_passing_a_failing_and_an_unknown_case(check_id: str) -> None:
    kinds = {path.stem.split("-")[0] for path in CASES if path.parent.name == check_id}
    assert kinds >= {"pass", "fail"} | ({"unknown"} - ({"unknown"} if check_id in ALWAYS_ANSWERS else set()))


def test_every_case_belongs_to_a_check_and_has_a_known_kind() -> None:
    assert {path.parent.name for path in CASES} <= set(rules.check_ids())
    assert {path.stem.split("-")[0] for path in CASES} <= set(VERDICT)
