"""Whatever stands in a file that rules, the command ends with 2 and says where, in bounded time and memory."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from repos import init

from checker.errors import HeadwaterError, PolicyError, YamlError
from checker.policy.rulebook import read_rulebook

HEAD = "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: team, version: 1.0.0}\n"
RULE = "rules: [{id: cap, check: synthetic-cap, level: block, with: {max: 0.2}}]\n"
GOOD = HEAD + RULE
WAIVER = (
    "apiVersion: headwater/v1\nkind: Waiver\nmetadata: {id: late}\nrule: team/cap\nmatch: {dataset: data/**}\n"
    "relax: {max: 0.3}\nreason: The vendor delivers real records next month.\nticket: DATA-7\n"
    'owner: "@ada"\nrequested_by: "@ada"\napproved_by: ["@bob"]\nexpires: 2026-12-01\n'
)
GROUPS = 'apiVersion: headwater/v1\nkind: Groups\nmetadata: {id: groups}\ngroups: {data: ["@bob"]}\n'
SETTINGS = "budget: 1\n"
# What people write as YAML, a good text of each, and where it lies.
KINDS: Mapping[str, tuple[str, str]] = {
    "policy": ("policies/team.yaml", GOOD),
    "waiver": ("waivers/late.yaml", WAIVER),
    "groups": ("governance/groups.yaml", GROUPS),
    "settings": ("headwater.yaml", SETTINGS),
}
PLACE = re.compile(r"[\w./-]+:\d+:\d+: ")
MEMORY_KB, CPU_SECONDS = 1_000_000, 20


def bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    return "\n".join([*lines, *(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, 12))])


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


# What is wrong with any YAML file: id, how to spoil a good text, what the message says.
SPOILED: list[Any] = [
    pytest.param(lambda text: f"{bomb()}\n{text}", "anchor &a0 is not allowed", id="an alias bomb"),
    pytest.param(lambda text: f"{text}x: {'[' * 200_000}", "nested deeper than 40 levels", id="deep nesting"),
    pytest.param(lambda text: f"{text}{'x: 1' * 90_000}", "bytes, at most 262144 are read", id="a huge file"),
    pytest.param(lambda text: text + text.splitlines()[-1] + "\n", "stands twice, first in line", id="a key twice"),
    pytest.param(lambda text: f"{text}x: 020\n", "different number to different YAML readers", id="an octal number"),
    pytest.param(lambda text: f"{text}x: 12:30\n", "a number in base 60", id="a number in base 60"),
    pytest.param(lambda text: f"{text}x: no\n", "no is false to some YAML readers", id="the country of Norway"),
    pytest.param(lambda text: f"{text}x: .inf\n", "not a limit that anything", id="infinity"),
    pytest.param(lambda text: f"{text}x: .nan\n", "not a limit that anything", id="not a number"),
    pytest.param(lambda text: f"{text}x: 1{'0' * 500}\n", "a number of 501 digits", id="a number of many digits"),
    pytest.param(lambda text: f"{text}x: !!python/object:os.system y\n", "the tag", id="a tag"),
    pytest.param(lambda text: f"{text}<<: {{a: 1}}\n", "merge key << is not allowed", id="a merge key"),
    pytest.param(lambda text: text.encode() + b"x: \xff\xfe\n", "byte 0xff is not UTF-8", id="bytes that are no text"),
    pytest.param(lambda text: text.encode("utf-16"), "the file is UTF-16", id="UTF-16"),
    pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), "a byte order mark is not allowed", id="a BOM"),
    pytest.param(lambda text: f"{text}x:\ty\n", "a tab is not allowed here", id="a tab"),
    pytest.param(lambda text: f"{text}x: \x00\n", "a NUL byte is not allowed", id="a NUL byte"),
    pytest.param(lambda text: f"{text}x: \x1b[2J\n", "control character U+001B", id="an escape sequence"),
    pytest.param(lambda text: f"{text}x: [1\n", "not valid YAML", id="a bracket that is left open"),
    pytest.param(lambda text: f"{text}x: a\u2028b\n", "U+2028 is a line break to some", id="an odd line break"),
    pytest.param(lambda text: f"{text}? [a, b]\n: 1\n", "a key is a list or mapping", id="a list as a key"),
    pytest.param(lambda text: f"{text}1: 2\n", "the key 1 is not text", id="a number as a key"),
    pytest.param(lambda text: f"{text}nobody-knows-me: 1\n", "unknown key nobody-knows-me", id="an unknown key"),
    pytest.param(lambda text: f"%YAML 1.1\n---\n{text}", "only YAML 1.2 is read", id="an old version of YAML"),
    pytest.param(lambda text: "just text\n", "", id="text that is no mapping"),
    pytest.param(lambda text: "- a\n- b\n", "", id="a list"),
]


def files_with(kind: str, content: str | bytes) -> dict[str, bytes]:
    path, _ = KINDS[kind]
    good = {"policies/team.yaml": GOOD.encode()}
    return {**good, path: content if isinstance(content, bytes) else content.encode()}


def fault_of(files: Mapping[str, bytes]) -> HeadwaterError:
    with pytest.raises((PolicyError, YamlError)) as caught:
        read_rulebook(files, "HEAD")
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("spoil", "says"), SPOILED)
def test_each_spoiled_file_is_one_fault_with_a_place(kind: str, spoil: Any, says: str) -> None:
    path, good = KINDS[kind]
    fault = fault_of(files_with(kind, spoil(good)))

    assert says in fault.message
    assert fault.location is not None
    assert fault.location.path == path
    assert fault.location.line or "bytes, at most" in fault.message
    assert len(str(fault)) < 2_000


@pytest.mark.parametrize("kind", KINDS)
def test_the_good_files_are_good_with_line_ends_of_windows_too(kind: str) -> None:
    _, good = KINDS[kind]
    book = read_rulebook(files_with(kind, good))
    assert book.policies
    windows = read_rulebook(files_with(kind, good.replace("\n", "\r\n")))
    assert [policy.rules for policy in windows.policies] == [policy.rules for policy in book.policies]


def test_a_number_with_an_exponent_is_a_number() -> None:
    (policy,) = read_rulebook({"policies/team.yaml": changed(GOOD, "0.2", "1e-3").encode()}).policies
    assert getattr(policy.rules[0].params, "max") == 0.001  # noqa: B009 - the record of the check


def extending(name: str, *others: str) -> bytes:
    packs = ", ".join(f"{{pack: {other}}}" for other in others)
    return changed(HEAD, "team", name).encode() + f"extends: [{packs}]\n".encode()


POLICY_FAULTS: list[Any] = [
    pytest.param(
        {"policies/a.yaml": extending("a", "b"), "policies/b.yaml": extending("b", "a")},
        "in a circle",
        "policies/b.yaml:4:18",
        id="two policies that extend each other",
    ),
    pytest.param(
        {"policies/a.yaml": extending("a", "a")},
        "in a circle",
        "policies/a.yaml:4:18",
        id="a policy that extends itself",
    ),
    pytest.param(
        {"policies/a.yaml": extending("a", "basline@1")},
        "basline@1 is not a pack",
        "policies/a.yaml:4:18",
        id="a pack that is missing",
    ),
    pytest.param(
        {"policies/a.yaml": extending("a", "baseline@9")},
        "baseline@9 does not exist",
        "policies/a.yaml:4:18",
        id="a version of a pack that is missing",
    ),
    pytest.param(
        {"policies/a.yaml": GOOD.encode(), "policies/b.yaml": GOOD.encode()},
        "the policy id team is used already at policies/a.yaml:3:16",
        "policies/b.yaml:3:16",
        id="two policies with one id",
    ),
    pytest.param(
        {"policies/a.yaml": b"".join(b"---\n" + GOOD.encode() for _ in range(100))},
        "the policy id team is used already",
        "policies/a.yaml:9:16",
        id="one hundred documents of one id in a file",
    ),
    pytest.param(
        {"policies/a.yaml": changed(GOOD, "level: block", "level: block, stages: []").encode()},
        "rules[0].stages is empty",
        "policies/a.yaml:4:63",
        id="a rule without stages",
    ),
    pytest.param(
        {"policies/a.yaml": changed(GOOD, "block", '"off"').encode()},
        "the policy team demands nothing: every rule is off",
        "policies/a.yaml:1:1",
        id="a policy of which every rule is off",
    ),
    pytest.param(
        {"policies/a.yaml": changed(GOOD, "max: 0.2", "max: 1.5").encode()},
        "is 1.5, the most is 1",
        "policies/a.yaml:4:67",
        id="a limit beyond what can be",
    ),
    pytest.param({"policies/a.yaml": b""}, "the file holds no policy", "policies/a.yaml", id="an empty file"),
    pytest.param(
        {"policies/w.yaml": WAIVER.encode()}, "does not belong here", "policies/w.yaml:2:7", id="a waiver there"
    ),
]


@pytest.mark.parametrize(("files", "says", "place"), POLICY_FAULTS)
def test_policies_that_cannot_be(files: Mapping[str, bytes], says: str, place: str) -> None:
    fault = fault_of(files)
    assert says in fault.message
    assert str(fault.location) == place


def test_one_hundred_policies_in_a_file_are_one_hundred_policies() -> None:
    text = "".join(f"---\n{changed(GOOD, 'team', f'team-{number}')}" for number in range(100))
    assert len(read_rulebook({"policies/a.yaml": text.encode()}).policies) == 100


def diamond(levels: int) -> dict[str, bytes]:
    """Each policy extends the two of the next level: two to the power of `levels` ways lead to the last."""
    found = {
        f"policies/{side}{level}.yaml": extending(f"{side}{level}", f"q{level + 1}", f"r{level + 1}")
        for level in range(levels)
        for side in "qr"
    }
    last = {f"policies/{side}{levels}.yaml": changed(GOOD, "team", f"{side}{levels}") for side in "qr"}
    return {**found, **{path: changed(text, "id: cap", f"id: {path[9]}").encode() for path, text in last.items()}}


def chain(levels: int) -> dict[str, bytes]:
    links = {f"policies/c{level}.yaml": extending(f"c{level}", f"c{level + 1}") for level in range(levels)}
    return {**links, f"policies/c{levels}.yaml": changed(GOOD, "team", f"c{levels}").encode()}


def wide(children: int) -> dict[str, bytes]:
    """Every child has all rules of one parent."""
    rule = "  - {{id: r{}, check: synthetic-cap, level: block, with: {{max: 0.2}}}}\n"
    parent = changed(HEAD, "team", "one") + "rules:\n" + "".join(rule.format(number) for number in range(1_500))
    found = {f"policies/w{number}.yaml": extending(f"w{number}", "one") for number in range(children)}
    return {"policies/one.yaml": parent.encode(), **found}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        pytest.param(diamond(30), "extended over more than 20 levels", id="two to the power of thirty ways"),
        pytest.param(chain(500), "extended over more than 20 levels", id="a long chain"),
        pytest.param(wide(100), "more than 20,000 rules", id="small files of very many rules"),
    ],
)
def test_what_extends_makes_of_small_files_is_bounded(files: Mapping[str, bytes], says: str) -> None:
    started = time.process_time()
    assert says in fault_of(files).message
    assert time.process_time() - started < CPU_SECONDS


def test_twelve_levels_of_two_ways_each_are_resolved() -> None:
    assert len(read_rulebook(diamond(12)).policies) == 26


NO_DAYS: list[Any] = [
    pytest.param("2026-02-30", id="30 February"),
    pytest.param("2026-02-29", id="29 February of a year without one"),
    pytest.param("2026-13-01", id="a thirteenth month"),
    pytest.param("2026-00-10", id="no month"),
    pytest.param("2026-06-31", id="31 June"),
    pytest.param("0000-01-01", id="the year 0"),
    pytest.param("2026-12-01T00:00:00+14:00", id="a time with a zone"),
    pytest.param("2026-12-01Z", id="a day with a zone"),
    pytest.param("2026-1-1", id="days without zeros"),
    pytest.param("20261201", id="a day without hyphens"),
    pytest.param("tomorrow", id="a word"),
    pytest.param('""', id="nothing"),
    pytest.param("２０２６-12-01", id="digits of another script"),
]


@pytest.mark.parametrize("day", NO_DAYS)
def test_a_review_on_no_day_is_refused(day: str) -> None:
    rationale = f"with: {{max: 0.2}}, rationale: {{review_by: {day}}}"
    fault = fault_of({"policies/a.yaml": changed(GOOD, "with: {max: 0.2}", rationale).encode()})
    assert "review_by" in fault.message
    assert str(fault.location) == "policies/a.yaml:4:96"


@pytest.mark.parametrize("key", ["expires", "not_before"])
@pytest.mark.parametrize("day", NO_DAYS)
def test_a_waiver_on_no_day_is_refused(day: str, key: str) -> None:
    text = changed(WAIVER, "expires: 2026-12-01\n", f"expires: 2026-12-01\n{key}: {day}\n")
    text = text if key == "not_before" else changed(text, "expires: 2026-12-01\n", "")
    fault = fault_of(files_with("waiver", text))
    assert key in fault.message
    assert fault.location is not None
    assert fault.location.line == text.count("\n")


@pytest.mark.parametrize(
    "day",
    [
        pytest.param("2028-02-29", id="29 February of a leap year"),
        pytest.param("9999-12-31", id="the last day there is"),
        pytest.param("0001-01-01", id="the first day there is"),
        pytest.param('"2026-12-31"', id="in quotes"),
    ],
)
def test_days_at_the_edges_of_the_calendar_are_read(day: str) -> None:
    rationale = f"with: {{max: 0.2}}, rationale: {{review_by: {day}}}"
    book = read_rulebook({"policies/a.yaml": changed(GOOD, "with: {max: 0.2}", rationale).encode()})
    assert book.policies[0].rules[0].rationale.review_by == day.strip('"')


def test_a_waiver_that_ends_before_it_begins_is_refused() -> None:
    fault = fault_of(files_with("waiver", f"{WAIVER}not_before: 2026-12-05\n"))
    assert "expires on 2026-12-01, before it begins on 2026-12-05" in fault.message


def two_rules(first: str, second: str, more: str = "") -> bytes:
    lines = (f"  - {{id: {name}, check: {rule}, level: block{more}}}\n" for name, rule in (("a", first), ("b", second)))
    return (HEAD + "rules:\n" + "".join(lines)).encode()


LICENSES = "license-allowed, with: {{allow: [{}]}}"


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        pytest.param(LICENSES.format("MIT"), LICENSES.format("Apache-2.0"), True, id="licenses with nothing in common"),
        pytest.param(LICENSES.format("MIT"), LICENSES.format("mit, ISC"), False, id="one license under two names"),
        pytest.param(LICENSES.format("CC-BY-*"), LICENSES.format("CC-BY-4.0"), False, id="a star may be anything"),
        pytest.param(
            LICENSES.format("MIT") + ", stages: [commit]",
            LICENSES.format("ISC") + ", stages: [release]",
            False,
            id="at different stages",
        ),
        pytest.param(
            LICENSES.format("MIT") + ", select: {roles: [train]}",
            LICENSES.format("ISC") + ", select: {roles: [gold]}",
            False,
            id="for different data",
        ),
        pytest.param(
            LICENSES.format("MIT"),
            LICENSES.format("ISC") + ", select: {roles: [gold]}",
            True,
            id="for all data and for some of it",
        ),
        pytest.param(
            "synthetic-cap, with: {max: 0.1}",
            "synthetic-cap, with: {max: 0.3}",
            False,
            id="a stricter and a looser cap",
        ),
        pytest.param(
            "card-required, with: {formats: [croissant]}",
            "card-required, with: {formats: [huggingface]}",
            True,
            id="a card of two formats",
        ),
    ],
)
def test_rules_that_no_data_can_satisfy_together_are_refused(first: str, second: str, clash: bool) -> None:
    files = {"policies/a.yaml": two_rules(first, second)}
    if not clash:
        assert len(read_rulebook(files).policies[0].rules) == 2
        return
    fault = fault_of(files)
    assert fault.message.startswith("no data can satisfy both team/a (policies/a.yaml:5:10) and team/b: ")
    assert fault.location is not None
    assert fault.location.line == 6


def test_rules_of_two_policies_contradict_each_other_too() -> None:
    one = HEAD + "rules: [{id: a, check: license-allowed, level: block, with: {allow: [MIT]}}]\n"
    other = changed(changed(one, "team", "other"), "MIT", "ISC")
    assert "team/a" in fault_of({"policies/a.yaml": one.encode(), "policies/b.yaml": other.encode()}).message


def test_a_rule_that_denies_all_that_it_allows_is_refused() -> None:
    text = HEAD + "rules: [{id: a, check: license-allowed, level: block, with: {allow: [MIT], deny: [mit]}}]\n"
    fault = fault_of({"policies/a.yaml": text.encode()})
    assert "deny refuses all that allow has (MIT)" in fault.message


def run_limited(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command with as much memory and CPU as a small runner has."""
    if sys.platform != "linux":
        pytest.skip("only Linux limits the memory of a process")
    limits = f'ulimit -v {MEMORY_KB}; ulimit -t {CPU_SECONDS}; exec "$@"'
    command = ["sh", "-c", limits, "sh", sys.executable, "-m", "checker", *arguments]
    root = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": root, "HEADWATER_CACHE_DIR": str(folder.parent / "cache")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_the_command_names_every_spoiled_file_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    (folder / "policies").mkdir(parents=True)
    for number, case in enumerate(SPOILED):
        spoiled = case.values[0](GOOD)
        data = spoiled if isinstance(spoiled, bytes) else spoiled.encode()
        (folder / "policies" / f"{number:02}.yaml").write_bytes(data)
    done = run_limited(folder, "policy", "lint", "policies")

    assert done.returncode == 2, done.stderr
    said = done.stdout + done.stderr
    assert all(f"policies/{number:02}.yaml:" in said for number in range(len(SPOILED)))
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("path", "content", "says"),
    [
        pytest.param("policies/team.yaml", f"{GOOD}x: {'[' * 120_000}\n", "nested deeper", id="a policy"),
        pytest.param("waivers/late.yaml", f"{bomb()}\n{WAIVER}", "anchor &a0 is not allowed", id="a waiver"),
        pytest.param("governance/groups.yaml", GROUPS + "\t\n", "a tab is not allowed", id="the groups"),
        pytest.param("headwater.yaml", "budget: 020\n", "different number to different", id="the settings"),
        pytest.param("governance/baseline.txt", "a b\n" * 10, "governance/baseline.txt:1:", id="the baseline"),
    ],
)
def test_a_commit_with_a_spoiled_file_ends_with_two(path: str, content: str, says: str, tmp_path: Path) -> None:
    repository = init(tmp_path / "repository")
    repository.write("policies/team.yaml", GOOD)
    repository.write("data.jsonl.dvc", "outs:\n- md5: d8acabbe38a3afb2b8ab15bdcb1ea1b8\n  path: data.jsonl\n")
    repository.write(path, content)
    repository.git("add", "-A")
    done = run_limited(repository.folder, "check", "--staged")

    assert done.returncode == 2, done.stderr
    assert says in done.stderr
    assert PLACE.search(done.stderr)
    assert "Traceback" not in done.stderr
