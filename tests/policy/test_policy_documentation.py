"""What the page on writing policies shows is what headwater reads."""

from __future__ import annotations

import re
from pathlib import Path

from checker import safeyaml
from checker.policy import schema
from checker.policy.includes import MOST_INCLUDES
from checker.policy.inherit import MOST_LEVELS
from checker.policy.load import MOST_RULES, collect
from checker.policy.schemas.policies import policy_schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "writing-policies.md"


def examples() -> list[bytes]:
    found = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [text.encode() for text in found]


def test_every_example_satisfies_the_schema() -> None:
    assert len(examples()) == 4
    for text in examples():
        assert schema.faults(safeyaml.load(text, "example.yaml"), policy_schema()) == []


def test_the_examples_that_need_nothing_from_elsewhere_load_together() -> None:
    files = {f"{number}.yaml": text for number, text in enumerate(examples()) if b"include:" not in text}
    loaded = collect(files)

    assert [str(fault) for fault in loaded.faults] == []
    assert [policy.id for policy in loaded.policies] == ["core", "clinical", "org-clinical"]
    assert any(rule.id == "clinical/few-machine-records" for rule in loaded.policies[1].rules)


def test_the_limits_are_those_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")

    assert f"at most {MOST_LEVELS} levels" in text
    assert f"at most {MOST_INCLUDES} includes and {MOST_RULES:,} rules" in text
