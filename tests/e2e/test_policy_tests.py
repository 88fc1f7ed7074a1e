"""A case about real files comes to what `headwater check` says of the same files in a data repository."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from itertools import groupby
from pathlib import Path

from e2e.data_repository import build, write_shard

WORST_FIRST = ("fail", "not-evaluated", "warn", "waived", "pass")
HEAD = "apiVersion: headwater/v1\nkind: PolicyTest\nmetadata: {id: team-tests}\npolicy: team\ncases:\n"
CASE = "  - name: the files of the repository\n    stage: commit\n    dataset: fixtures/notes\n    expect: "


def test_a_fixture_comes_to_what_check_says(tmp_path: Path) -> None:
    repository = build(tmp_path)
    data = repository.path / "data/train"
    write_shard(data / "c.jsonl", 3, 4)
    repository.track("data/train")
    report = json.loads(repository.headwater("check", "--staged", "--format", "json").stdout)
    judged = [outcome for outcome in report["outcomes"] if outcome["check"] != "lineage-complete"]
    expected = {}
    for rule, group in groupby(sorted(judged, key=lambda outcome: str(outcome["rule"])), key=lambda one: one["rule"]):
        outcomes = list(group)
        counts = Counter(outcome["status"] for outcome in outcomes)
        worst = min(counts, key=WORST_FIRST.index)
        first = next(outcome for outcome in outcomes if outcome["status"] == worst)
        blocking = any(outcome["blocking"] for outcome in outcomes)
        expected[rule] = {"status": worst, "count": counts[worst], "blocking": blocking, "measured": first["measured"]}
    assert expected["team/cap"] == {"status": "fail", "count": 1, "blocking": True, "measured": 0.57}
    assert len(expected) > 4

    tests = repository.path / "policies/tests"
    shutil.copytree(data, tests / "fixtures/notes")
    shutil.copy(repository.path / "data/train.md", tests / "fixtures/notes/card.md")
    (tests / "team.yaml").write_text(f"{HEAD}{CASE}{json.dumps(expected)}\n", encoding="utf-8")
    done = repository.headwater("policy", "test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "headwater: 1 case, 0 failed\n", "")

    with (tests / "fixtures/notes/c.jsonl").open("a", encoding="utf-8") as shard:
        shard.write('{"text": "x", "origin": "human"}\n')
    done = repository.headwater("policy", "test")
    assert done.returncode == 1
    assert "team/cap has measured 0.49875, 0.57 is expected" in done.stdout
