"""Hostile conditions, each in a process with little memory and time: none passes, hangs, or fills the memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from checker.rules import _cel

pytestmark = [
    pytest.mark.skipif(not _cel.installed(), reason="the extra `cel` is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="limits of memory and time are held by Linux"),
]

TEN = "[1,2,3,4,5,6,7,8,9,10]"
MEMORY_BYTES = 1 << 30
CPU_SECONDS = 5
# Loads each condition, judges with it if it loads, and says what came of it and what it cost.
CHILD = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]),) * 2)
from checker import rules
from checker.policytest.given import evidence
from checker.rules._base import Missing
check = rules.by_id("expression")
card = {"fields": {"name": "a" * 2000, "license": ["a" * 1900] * 50}}
seen = evidence({"shards": {"a.jsonl": [{"origin": "human", "records": 8, "domain": "d" * 1500}]}, "card": card})
for line in sys.stdin:
    name, cel = json.loads(line)
    started = time.process_time()
    params = check.build({"cel": cel})
    faults = list(check.refuse(params))
    if faults:
        said = "refused"
    else:
        try:
            said = " ".join(judgement.verdict.value for judgement in check.judge(seen, params))
        except Missing:
            said = "unknown"
    cost = time.process_time() - started
    print(json.dumps([name, said, round(cost, 3)]), flush=True)
"""


def nested(macro: str, depth: int, inner: str) -> str:
    """Ten to the power of `depth` steps."""
    for level in range(depth):
        inner = f"{TEN}.{macro}(v{level}, {inner})"
    return inner


ATTACKS = {
    "a misspelled field": "share.machin <= 0.2",
    "an error value alone, which is truthy": "card.synthetic",
    "a key that is not there, negated": "!(domain.machine['x'] > 0.2)",
    "an index beyond the list": "card.license[99] == 'x'",
    "nested all": nested("all", 6, "share.human < 0.0"),
    "nested exists": nested("exists", 5, "records.total < 0"),
    "nested exists_one": nested("exists_one", 5, "records.total < 0"),
    "nested all that would be true": nested("all", 5, "records.total > 0"),
    "long texts in many steps": nested("all", 3, "card.license.all(each, card.name.contains(each))"),
    "a text doubled again and again": "[card.name]" + ".map(x, x + x)" * 100 + "[0] == ''",
    "a list doubled again and again": "[card.license]" + ".map(x, x + x)" * 100 + "[0] == []",
    "bytes doubled": "[b'aaaa']" + ".map(x, x + x)" * 100 + "[0] == b'' && records.total > 0",
    "maps put together": "[{'a': records.total}]" + ".map(x, {'a': x, 'b': x})" * 60 + " == []",
    "maps within maps": "{'a': " * 200 + "records.total" + "}" * 200 + " == {}",
    "50,000 parentheses": "(" * 50_000 + "records.total > 0" + ")" * 50_000,
    "1,000 parentheses": "(" * 1_000 + "records.total > 0" + ")" * 1_000,
    "20,000 brackets": "[" * 20_000 + "]" * 20_000 + " == [records.total]",
    "1,000 brackets": "[" * 1_000 + "]" * 1_000 + " == [records.total]",
    "1,000 questions": "records.total > 0 ? (" * 90 + "true" + ") : false" * 90,
    "a quadratic pattern": "card.name.matches('(a+)+$')",
    "a large pattern": "card.name.matches('((a?){1,30}){1,30}')",
    "an integer that runs over": "9223372036854775807 + records.total > 0",
    "a product that runs over": "9223372036854775807 * records.total > 0",
    "the least integer negated": "-(-9223372036854775807 - records.total + 7) > 0 && -9223372036854775808 / -1 > 0",
    "int and double": "share.human <= 1",
    "a mixed list": "[records.total, 1.0][0] <= 1.5",
    "an unknown function": "allow() || records.total > 0",
    "the clock": "now() > 0 && records.total > 0",
    "a look-alike letter": "sh\u0430re.human >= 0.0",
    "a comment": "records.total > 0 // && share.human > 2.0",
    "reading the environment": "records.total > 0 && getenv('HOME') != ''",
    "a message of protocol buffers": "google.protobuf.Any{} == google.protobuf.Any{} && records.total > 0",
    "null": "null",
    "a reserved word": "import == records.total",
    "a name of Python": "__import__('os') == records.total",
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float]]:
    """What came of every attack; one that ends the process ends the list."""
    lines = "".join(json.dumps([name, cel]) + "\n" for name, cel in ATTACKS.items())
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(MEMORY_BYTES), str(CPU_SECONDS)],
        input=lines,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {name: (said, cost) for name, said, cost in found}


@pytest.mark.parametrize("name", ATTACKS)
def test_it_neither_passes_nor_costs(name: str, told: dict[str, tuple[str, float]]) -> None:
    said, cost = told[name]
    assert said in ("refused", "unknown", "broken")
    assert cost < 0.5
