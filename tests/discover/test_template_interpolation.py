"""Templates against DVC's own resolver: the same text, or a refusal by both."""

from __future__ import annotations

from typing import Any

import pytest
from dvc.exceptions import DvcException
from dvc.parsing import DataResolver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.discover.generate import generated
from checker.discover.template import Scope, TemplateError, check_syntax, resolve

WORDS = st.sampled_from(["a", "b", "c", "deep", "list", "item", "key", "0", "1", "-1", " a ", "no such"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([0.5, -1.0, 1e20, 3.0]),
    st.sampled_from(["", "text", "two words", "it's", "$HOME", "\\${a}", "täxt", "--flag"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "deep", "x y"]), inner, max_size=3)
    ),
    max_leaves=8,
)
VARS = st.dictionaries(st.sampled_from(["a", "b", "c", "deep", "list"]), VALUES, max_size=5)
EXPRESSIONS = st.one_of(
    st.lists(WORDS, min_size=1, max_size=3).map(".".join),
    st.builds(lambda word, index: f"{word}[{index}]", WORDS, WORDS),
    st.sampled_from(["", ".", "a..b", "a[", "a]", "a[0", "[0]", "a.[0]", "a[0][1].b", "a[0]b"]),
)
TEXTS = st.lists(
    st.one_of(
        EXPRESSIONS.map(lambda expression: f"${{{expression}}}"),
        st.sampled_from([" ", "plain", "\\${a}", "$", "{}", "$${a}", "${", "}", "\n", "\\", "\r"]),
    ),
    min_size=1,
    max_size=6,
).map("".join)


# The first example imports half of DVC.
PATIENT = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class NoFiles:
    """The part of DVC's repository that its resolver asks for, without any file."""

    config: dict[str, Any]

    def __init__(self, parsing: dict[str, str] | None = None) -> None:
        from dvc.fs import MemoryFileSystem

        self.fs = MemoryFileSystem(global_store=False)
        self.config = {"parsing": parsing or {}}


def by_dvc(content: dict[str, Any], parsing: dict[str, str] | None = None) -> object:
    try:
        return DataResolver(NoFiles(parsing), "", content).resolve()["stages"] or {}
    except (DvcException, AssertionError, TypeError, AttributeError):
        return "refused"


def by_us(content: dict[str, Any], parsing: dict[str, str] | None = None) -> object:
    def no_file(path: str) -> object:
        raise TemplateError(path)

    try:
        scope = Scope(no_file, parsing)
        scope.add_vars(content.get("vars", []), lambda path: path)
        found: dict[str, object] = {}
        for name, definition in content["stages"].items():
            if "foreach" in definition or "matrix" in definition:
                template = definition.get("do") or {key: value for key, value in definition.items() if key != "matrix"}
                check_syntax(template)
                stages = [(f"{name}@{suffix}", inner) for suffix, inner in generated(definition, scope)]
            else:
                template = definition
                check_syntax(template)
                stages = [(name, scope)]
            for full, inner in stages:
                found[full] = {key: resolve(value, inner, key) for key, value in template.items()}
        return found
    except TemplateError:
        return "refused"


def same(content: dict[str, Any], parsing: dict[str, str] | None = None) -> bool:
    # repr tells 1 from True and from 1.0, which == does not.
    return repr(by_us(content, parsing)) == repr(by_dvc(content, parsing))


@given(VARS, TEXTS, st.sampled_from(["cmd", "outs", "desc", "meta"]))
@PATIENT
def test_a_text_becomes_what_dvc_makes_of_it(values: dict[str, Any], text: str, field: str) -> None:
    content = {"vars": [values], "stages": {"s": {"cmd": "c", field: [text] if field == "outs" else text}}}
    assert same(content), (by_us(content), by_dvc(content))


@given(
    VARS,
    st.sampled_from(
        [{}, {"bool": "boolean_optional"}, {"list": "append"}, {"bool": "boolean_optional", "list": "append"}]
    ),
)
@PATIENT
def test_a_mapping_becomes_the_options_that_dvc_writes(values: dict[str, Any], parsing: dict[str, str]) -> None:
    content = {"vars": [{"all": values}], "stages": {"s": {"cmd": "run ${all} end"}}}
    assert same(content, parsing), (by_us(content, parsing), by_dvc(content, parsing))


@given(VARS, st.one_of(VALUES, st.sampled_from(["${a}", "${list}", "${deep.a}"]), st.lists(TEXTS, max_size=2)))
@PATIENT
def test_foreach_makes_the_stages_that_dvc_makes(values: dict[str, Any], iterable: object) -> None:
    content = {"vars": [values], "stages": {"s": {"foreach": iterable, "do": {"cmd": "run ${item}", "outs": ["o"]}}}}
    assert same(content), (by_us(content), by_dvc(content))


@given(
    VARS,
    st.dictionaries(
        st.sampled_from(["x", "y"]),
        st.one_of(st.lists(VALUES, max_size=3), st.sampled_from(["${a}", "${list}"])),
        min_size=1,
        max_size=2,
    ),
)
@PATIENT
def test_matrix_makes_the_stages_that_dvc_makes(values: dict[str, Any], axes: dict[str, object]) -> None:
    content = {"vars": [values], "stages": {"s": {"matrix": axes, "cmd": "run ${key}", "desc": "${item.x}"}}}
    assert same(content), (by_us(content), by_dvc(content))


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([{"a": 1}, {"b": 2}], id="different names"),
        pytest.param([{"a": {"x": 1}}, {"a": {"y": 2}}], id="mappings are merged"),
        pytest.param([{"a": {"x": 1}}, {"a": {"x": 2}}], id="a value is redefined"),
        pytest.param([{"a": 1}, {"a": {"x": 2}}], id="a value becomes a mapping"),
        pytest.param([{"a": "${b}"}], id="a template in vars"),
        pytest.param(["nowhere.yaml"], id="a file that is not there"),
    ],
)
def test_vars_are_taken_as_dvc_takes_them(items: list[object]) -> None:
    content = {"vars": items, "stages": {"s": {"cmd": "run ${a}"}}}
    assert same(content), (by_us(content), by_dvc(content))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("${" * 500_000, id="never closed"),
        pytest.param("${" * 500_000 + "\n}", id="closed on another line"),
        pytest.param("${" * 2 + "\n" * 500_000 + "}", id="many lines"),
        pytest.param("\\${" * 300_000 + "}", id="escaped"),
    ],
)
def test_a_long_hostile_text_costs_its_length(text: str) -> None:
    def no_file(path: str) -> object:
        raise TemplateError(path)

    check_syntax(text)
    assert resolve(text, Scope(no_file), "cmd") == text.replace("\\${", "${")
