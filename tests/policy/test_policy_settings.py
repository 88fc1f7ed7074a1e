"""`headwater.yaml`."""

from __future__ import annotations

import pytest

from checker.errors import PolicyError, YamlError
from checker.model.dataset import DatasetSettings, OriginRule, Role
from checker.policy.fields import RECORD_FIELDS, VALUE_FIELDS
from checker.policy.settings import Settings, load_settings

FULL = b"""\
datasets:
  - path: data/train/**
    card: cards/train.md
    role: train
    modality: text
    format: jsonl
    domain: health
    language: en
    fields: {text: body, origin: meta.origin, turns: ""}
    values: {origin: {gpt: machine}, role: {user: machine}}
    origins:
      - {path: "synthetic/**", origin: machine, kind: generative, confidence: 0.9}
      - {path: "**", origin: human}
  - path: data/**
    role: raw
policies: ["rules/*.yaml"]
budget: 2.5
"""


def test_everything_arrives() -> None:
    loaded = load_settings(FULL, "headwater.yaml")

    assert loaded == Settings(
        datasets=(
            (
                "data/train/**",
                DatasetSettings(
                    role=Role.TRAIN,
                    format="jsonl",
                    card="cards/train.md",
                    domain="health",
                    language="en",
                    fields={"text": "body", "origin": "meta.origin", "turns": ""},
                    values={"origin": {"gpt": "machine"}, "role": {"user": "machine"}},
                    origins=(OriginRule("synthetic/**", "machine", "generative", 0.9), OriginRule("**", "human")),
                ),
            ),
            ("data/**", DatasetSettings(role=Role.RAW)),
        ),
        policies=("rules/*.yaml",),
        budget_seconds=2.5,
    )


def test_the_first_entry_that_fits_counts() -> None:
    loaded = load_settings(FULL, "headwater.yaml")

    assert [own.role if own else None for own in map(loaded.of, ("data/train/en", "data/web", "models/x"))] == [
        Role.TRAIN,
        Role.RAW,
        None,
    ]


@pytest.mark.parametrize(
    "data", [pytest.param(None, id="no file"), pytest.param(b"", id="empty"), pytest.param(b"# soon\n", id="a comment")]
)
def test_nothing_said_leaves_everything_to_convention(data: bytes | None) -> None:
    assert load_settings(data, "headwater.yaml") == Settings()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("datasets: [{role: train}]", "1:12: the key path is missing in datasets[0]", id="no path"),
        pytest.param("datasets: [{path: ../x}]", "1:19: datasets[0].path is ../x; write a path within", id="leads out"),
        pytest.param("datasets: [{path: a/../../x}]", "1:19: datasets[0].path is a/../../x", id="leads out later"),
        pytest.param("datasets: [{path: /x}]", "1:19: datasets[0].path is /x; write a path within", id="absolute"),
        pytest.param("datasets: [{path: 'C:/x'}]", "1:19: datasets[0].path is C:/x", id="a drive"),
        pytest.param("datasets: [{path: 'a\\b'}]", "1:19: datasets[0].path is a\\b", id="a backslash"),
        pytest.param('datasets: [{path: "a\\nb"}]', "1:19: datasets[0].path is a", id="a line break in a path"),
        pytest.param('datasets: [{path: "a\\n"}]', "1:19: datasets[0].path is a", id="a line break at its end"),
        pytest.param("datasets: [{path: x, card: ../c}]", "1:28: datasets[0].card is ../c", id="a card outside"),
        pytest.param(
            "datasets: [{path: x, role: trian}]", "1:28: datasets[0].role is trian; did you mean train?", id="role"
        ),
        pytest.param(
            "datasets: [{path: x, rol: train}]", "1:22: unknown key rol in datasets[0]; did you mean role?", id="key"
        ),
        pytest.param("datasets: [{path: x, modality: image}]", "1:32: datasets[0].modality is image", id="not yet"),
        pytest.param(
            "datasets: [{path: x, fields: {licence: a}}]",
            "1:31: unknown key licence in datasets[0].fields; did you mean license?",
            id="an unknown field",
        ),
        pytest.param(
            "datasets: [{path: x, values: {origin: {gpt: 4}}}]",
            "1:45: datasets[0].values.origin.gpt is 4, text is expected; put it in quotes",
            id="a value that is a number",
        ),
        pytest.param(
            "datasets: [{path: x, origins: [{path: y, origin: robot}]}]",
            "1:50: datasets[0].origins[0].origin is robot; expected one of: human, machine, mixed, unknown",
            id="an unknown origin",
        ),
        pytest.param(
            "datasets: [{path: x, origins: [{path: y, origin: human, confidence: 1.5}]}]",
            "1:69: datasets[0].origins[0].confidence is 1.5, the most is 1",
            id="more than sure",
        ),
        pytest.param("budget: -1", "1:9: budget is -1, the least is 0; seconds that measuring may take", id="budget"),
        pytest.param("policy: [x]", "1:1: unknown key policy; did you mean policies?", id="an unknown key at the top"),
        pytest.param("- x", "1:1: the file is a list, a mapping is expected", id="a list"),
    ],
)
def test_a_fault_says_where_and_what(text: str, words: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_settings(text.encode(), "headwater.yaml")

    assert str(caught.value).startswith(f"headwater.yaml:{words}")


def test_norwegian_is_asked_for_in_quotes() -> None:
    with pytest.raises(YamlError, match='write "no" in quotes'):
        load_settings(b"datasets: [{path: x, language: no}]", "headwater.yaml")


def test_the_fields_are_those_that_the_readers_know() -> None:
    from checker.read.records.vocabulary import ALIASES

    assert set(RECORD_FIELDS) == set(ALIASES)
    assert set(VALUE_FIELDS) <= {*ALIASES, "role"}


def test_the_formats_are_those_that_the_readers_know() -> None:
    from checker.policy.schemas.settings import settings_schema
    from checker.read.records.formats import Format, named_format

    offered = settings_schema()["properties"]["datasets"]["items"]["properties"]["format"]["enum"]
    assert set(offered) >= {known.value for known in Format}
    assert all(named_format("shard", name) for name in offered)
