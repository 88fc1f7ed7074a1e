"""What holds for any data and any bytes."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.errors import YamlError
from checker.safeyaml import load, load_all

# PyYAML writes the texts "1e3", "08" and "0o7" without quotes, for in YAML 1.1 they are no numbers; to DVC they are.
NUMBERS_OF_YAML_1_2 = re.compile(r"[-+]?(0o)?[0-9][0-9_]*([eE][-+]?[0-9]+)?$")
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30).filter(
    lambda text: not NUMBERS_OF_YAML_1_2.match(text)
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5), max_leaves=20
)
# Characters that mean something to YAML, so that random text reaches deep into the parser.
SYNTAX = st.text(st.sampled_from(list("ab1 0.-_:?,[]{}&*!|>'\"%@`#\n\t\\x~<=eéno\r")), max_size=60)


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from 1.0 and True, and finds NaN equal to itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) or (isinstance(one, float) and math.isnan(one) and math.isnan(other))


@given(DATA)
@settings(max_examples=300, deadline=None)
def test_what_pyyaml_writes_loads_back_equal(data: object) -> None:
    written = yaml.safe_dump(data).encode()

    assert same(load(written, "f.yaml", strict=False).data, data), written


@given(st.binary(max_size=200) | SYNTAX.map(str.encode), st.booleans())
@settings(max_examples=600, deadline=None)
def test_any_bytes_load_or_raise_a_yaml_error(data: bytes, strict: bool) -> None:
    try:
        documents = load_all(data, "f.yaml", strict=strict)
    except YamlError as error:
        assert error.message
        assert error.location is not None
        assert error.location.path == "f.yaml"
    else:
        assert all(document.where().path == "f.yaml" for document in documents)


@given(SYNTAX, st.booleans())
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_parsers_read_the_same_or_one_refuses(monkeypatch: pytest.MonkeyPatch, text: str, strict: bool) -> None:
    if not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    read = []
    for libyaml in (True, False):
        with monkeypatch.context() as patch:
            patch.setattr(yaml, "__with_libyaml__", libyaml)
            try:
                read.append([document.data for document in load_all(text.encode(), "f.yaml", strict=strict)])
            except YamlError:
                return

    assert same(read[0], read[1]), read


@given(SYNTAX)
@settings(max_examples=300, deadline=None)
def test_what_is_read_strictly_is_read_the_same_otherwise(text: str) -> None:
    try:
        strict = load(text.encode(), "f.yaml")
    except YamlError:
        return

    assert same(load(text.encode(), "f.yaml", strict=False).data, strict.data)
