"""What is taken without jsonschema is what jsonschema takes: never more, and of good files nothing less."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from benchmarks.policy import Size, policies
from checker import safeyaml
from checker.policy.schema import published
from checker.policy.schemas.accepting import surely_fits

PACKS = sorted((Path(__file__).resolve().parents[2] / "policies" / "packs").glob("*.yaml"))
SCHEMAS = {name: Draft202012Validator(schema) for name, schema in published().items()}
WORDS = st.sampled_from(["", "a", "b", "check", "synthetic-cap", "parameter", "block", "x\n", "1.0"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 0.5, -1.5]) | WORDS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=8
)
SMALL = st.integers(0, 2)
KEYWORDS = {
    "type": st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null", ["string", "null"]]),
    "enum": st.lists(SCALARS, min_size=1, max_size=3),
    "const": SCALARS,
    "required": st.lists(WORDS, max_size=2, unique=True),
    "minimum": SMALL,
    "maximum": SMALL,
    "exclusiveMinimum": SMALL,
    "exclusiveMaximum": SMALL,
    "minItems": SMALL,
    "maxItems": SMALL,
    "minLength": SMALL,
    "maxLength": SMALL,
    "minProperties": SMALL,
    "maxProperties": SMALL,  # a word that is not known here
    "uniqueItems": st.booleans(),
    "pattern": st.sampled_from(["^a", "b$", r"^[a-z]*$(?!\n)"]),
    "title": WORDS,
}


def _combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    some = st.lists(inner, min_size=1, max_size=3)
    branch = st.builds(
        lambda key, name, then: {"if": {"properties": {key: {"const": name}}, "required": [key]}, "then": then},
        st.sampled_from(["check", "a"]),
        WORDS,
        inner,
    )
    return st.fixed_dictionaries(
        {},
        optional={
            **KEYWORDS,
            "properties": st.dictionaries(WORDS, inner, max_size=3),
            "additionalProperties": inner | st.booleans(),
            "propertyNames": inner,
            "items": inner | st.booleans(),
            "anyOf": some,
            "allOf": some | st.lists(branch, min_size=1, max_size=3),
            "oneOf": some,
            "not": inner,
            "if": inner | st.just({"required": ["a"]}) | st.just({"type": "object", "required": ["check"]}),
            "then": inner,
            "else": inner,
        },
    )


ANY_SCHEMA = st.recursive(st.fixed_dictionaries({}, optional=KEYWORDS), _combined, max_leaves=6)


@given(ANY_SCHEMA, st.lists(VALUES, min_size=1, max_size=8))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_schema_nothing_is_taken_that_jsonschema_refuses(schema: Any, values: list[Any]) -> None:
    validator = Draft202012Validator(schema)
    for value in values:
        assert validator.is_valid(value) or not surely_fits(schema, value)


def _paths(data: Any) -> list[tuple[Any, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [(), *((key, *rest) for key, value in pairs for rest in _paths(value))]


def _changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.deepcopy(data)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return made


SAMPLES: list[Any] = [
    *(safeyaml.load(path.read_bytes(), path.name).data for path in PACKS),
    *(safeyaml.load(text.encode(), name).data for name, text in policies(Size(4, 9, 0)).items()),
]


@given(st.data(), st.sampled_from(SAMPLES), VALUES)
@settings(max_examples=120, deadline=None)
def test_a_policy_with_a_wrong_value_is_not_taken_where_jsonschema_refuses(data: Any, sample: Any, value: Any) -> None:
    changed = _changed(sample, data.draw(st.sampled_from(_paths(sample))), value)

    validator = SCHEMAS["policy.schema.json"]
    assert validator.is_valid(changed) or not surely_fits(published()["policy.schema.json"], changed)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_the_shipped_packs_are_taken_at_once(path: Path) -> None:
    assert surely_fits(published()["policy.schema.json"], safeyaml.load(path.read_bytes(), path.name).data)


def test_policies_of_every_check_are_taken_at_once() -> None:
    schema = published()["policy.schema.json"]
    for name, text in policies(Size(10, 18, 0)).items():
        assert surely_fits(schema, safeyaml.load(text.encode(), name).data), name


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param({"type": "integer"}, True, id="a truth value is no number"),
        pytest.param({"enum": [1]}, True, id="true is not one"),
        pytest.param({"const": 0}, False, id="false is not zero"),
        pytest.param({"uniqueItems": True}, ["a", "a"], id="a text twice"),
        pytest.param({"uniqueItems": True}, [{"a": 1}, {"a": 1}], id="a mapping twice"),
        pytest.param({"additionalProperties": False}, {"a": 1}, id="a key where none is"),
        pytest.param({"unheard-of": 1}, "x", id="a word that is not known"),
        pytest.param({"$ref": "#/$defs/none"}, "x", id="a reference to nothing"),
        pytest.param({"$ref": "https://example.org/x"}, "x", id="a reference to elsewhere"),
        pytest.param(False, "x", id="nothing is allowed"),
        pytest.param({"items": {"type": "string"}}, ["a", 1], id="one bad item of two"),
    ],
)
def test_what_is_not_taken(schema: Any, value: Any) -> None:
    assert not surely_fits({"allOf": [schema]}, value)
