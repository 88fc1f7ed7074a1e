"""The published schemas, and the memory of what they accepted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checker import rules
from checker.policy import schema, validated
from checker.policy.load import collect, load_policies
from checker.policy.schemas.policies import policy_schema
from checker.policy.schemas.shapes import plain
from checker.resources import policy_root

Write = Callable[[str], bytes]


class Validator:
    """Accepts everything, and counts how often it was asked."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> bool:
        self.calls += 1
        return True


def marks_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != ".gitignore")


RULE = "rules: [{id: a, check: card-required, level: warn}]\n"


@pytest.mark.parametrize("name", sorted(schema.published()))
def test_a_published_schema_is_a_schema_and_shipped(name: str) -> None:
    made = schema.published()[name]

    Draft202012Validator.check_schema(made)
    assert json.loads((policy_root() / "schema" / name).read_text(encoding="utf-8"))["title"] == made["title"]


def test_every_check_and_parameter_is_described_for_editors() -> None:
    made = policy_schema()

    assert set(made["$defs"]) == {"rule", "parameter", *(f"with-{check_id}" for check_id in rules.check_ids())}
    for check_id in rules.check_ids():
        properties = made["$defs"][f"with-{check_id}"]["properties"]
        assert set(properties) == {info.name for info in rules.by_id(check_id).parameters()}
        assert all(len(entry["description"]) > 10 for entry in properties.values())


def keys_of(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key that a schema knows, with what it says of it."""
    if isinstance(schema, dict):
        for name, entry in (schema.get("properties") or {}).items():
            if isinstance(entry, dict):
                yield f"{path}.{name}", entry
        for part, entry in schema.items():
            yield from keys_of(entry, path if part == "properties" else f"{path}/{part}")
    elif isinstance(schema, list):
        for number, entry in enumerate(schema):
            yield from keys_of(entry, f"{path}[{number}]")


OFFERS = {"examples", "default", "enum", "const", "$ref", "properties", "additionalProperties"}


@pytest.mark.parametrize(
    "name", ["policy.schema.json", "settings.schema.json", "waiver.schema.json", "groups.schema.json"]
)
def test_editors_can_explain_and_complete_every_key(name: str) -> None:
    asked = [(path, entry) for path, entry in keys_of(schema.published()[name]) if "/if" not in path]

    assert len(asked) > 5
    assert [path for path, entry in asked if not {"description", "$ref"} & entry.keys()] == []
    # A choice among the items of a list is offered too, and a whole mapping is offered at once.
    bare = [
        path
        for path, entry in asked
        if entry.get("type") != "boolean" and not OFFERS & entry.keys() and "enum" not in entry.get("items", {})
    ]
    assert [path for path in bare if "fields." not in path and "/else." not in path] == []


@pytest.mark.parametrize("name", ["policy.schema.json", "settings.schema.json"])
def test_every_example_and_default_satisfies_its_own_schema(name: str) -> None:
    made = schema.published()[name]
    for path, entry in keys_of(made):
        offered = [*entry.get("examples", []), *([entry["default"]] if entry.get("default") is not None else [])]
        validator = Draft202012Validator({**entry, "$defs": made.get("$defs", {})})
        assert [found.message for value in offered for found in validator.iter_errors(value)] == [], path


def test_every_default_satisfies_its_own_schema() -> None:
    for check_id in rules.check_ids():
        for info in rules.by_id(check_id).parameters():
            if not info.required:
                faults = list(Draft202012Validator(dict(info.schema)).iter_errors(plain(info.default)))
                assert faults == [], (check_id, info.name)


def test_an_accepted_file_is_remembered_and_a_changed_one_is_not(policy: Write, cache: Path) -> None:
    load_policies({"p.yaml": policy(RULE)})
    marks = marks_in(cache / "validated")
    assert len(marks) == 1

    load_policies({"elsewhere.yaml": policy(RULE)})
    assert marks_in(cache / "validated") == marks

    load_policies({"p.yaml": policy(RULE) + b"# changed\n"})
    assert len(marks_in(cache / "validated")) == 2


def test_a_faulty_file_is_not_remembered(policy: Write, cache: Path) -> None:
    faulty = policy(RULE.replace("warn", "wran"))

    assert len(collect({"p.yaml": faulty}).faults) == 1
    assert not (cache / "validated").exists()
    assert len(collect({"p.yaml": faulty}).faults) == 1


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda mark: mark.write_text(""), id="emptied"),
        pytest.param(lambda mark: mark.write_text(mark.read_text()[:-1]), id="cut short"),
        pytest.param(lambda mark: mark.write_bytes(b"\xff\xfe"), id="not text"),
        pytest.param(lambda mark: (mark.unlink(), mark.mkdir()), id="a folder in its place"),
        pytest.param(lambda mark: mark.unlink(), id="gone"),
    ],
)
def test_a_damaged_memory_validates_again(tmp_path: Path, damage: Callable[[Path], Any]) -> None:
    validator = Validator()

    for _ in range(2):
        validated.unless_known(b"data", b"schema", validator, tmp_path)
    assert validator.calls == 1

    damage(marks_in(tmp_path)[0])
    validated.unless_known(b"data", b"schema", validator, tmp_path)
    assert validator.calls == 2


def test_another_schema_validates_again(tmp_path: Path) -> None:
    validator = Validator()

    for made in (b"one", b"another", b"one"):
        validated.unless_known(b"data", made, validator, tmp_path)

    assert validator.calls == 2


def test_without_a_published_schema_nothing_is_remembered(tmp_path: Path) -> None:
    validator = Validator()

    for _ in range(2):
        validated.unless_known(b"data", validated.schema_digest("no-such.schema.json"), validator, tmp_path)

    assert validator.calls == 2


def test_a_memory_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    validator = Validator()

    for _ in range(2):
        validated.unless_known(b"data", b"schema", validator, tmp_path / "file" / "below")

    assert validator.calls == 2


def test_the_memory_does_not_grow_without_end(tmp_path: Path) -> None:
    for number in range(520):
        validated.unless_known(str(number).encode(), b"schema", lambda: True, tmp_path)

    assert len(marks_in(tmp_path)) <= 500
    assert (tmp_path / ".gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        pytest.param({"HEADWATER_CACHE_DIR": "/own"}, "/own/validated", id="named"),
        pytest.param({"XDG_CACHE_HOME": "/xdg", "HOME": "/home/ana"}, "/xdg/headwater/validated", id="by the desktop"),
        pytest.param(
            {"XDG_CACHE_HOME": "x", "HOME": "/h"}, "/h/.cache/headwater/validated", id="a relative one is not"
        ),
        pytest.param({"HOME": "/h"}, "/h/.cache/headwater/validated", id="at home"),
    ],
)
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these systems keep caches elsewhere")
def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str) -> None:
    for name in ("HEADWATER_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert Path(validated.memory_folder()) == Path(folder)


def test_a_good_policy_never_imports_jsonschema_be_it_new_or_known(policy: Write, tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(policy("extends: [{pack: baseline@1}]\n" + RULE))
    script = (
        "import sys\nfrom pathlib import Path\nfrom checker.policy.load import load_policies\n"
        "from checker.policy.settings import load_settings\n"
        "load_policies({'p.yaml': Path(sys.argv[1]).read_bytes()})\n"
        "load_settings(b'budget: 1\\n', 'headwater.yaml')\n"
        "print('jsonschema' in sys.modules, 'numpy' in sys.modules)\n"
    )

    seen = [
        subprocess.run([sys.executable, "-c", script, path], check=True, capture_output=True, text=True).stdout.split()
        for _ in range(2)
    ]

    assert seen == [["False", "False"], ["False", "False"]]
