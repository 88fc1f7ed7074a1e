"""Who made a record: the words, the precedence, and the traps of real corpora."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checker.model.composition import Cell, Origin
from checker.model.dataset import DatasetSettings, DatasetVersion, OriginRule, Role
from checker.model.location import Location

Jsonl = Callable[..., bytes]
URL = "https://example.org/page"


@pytest.mark.parametrize(
    ("record", "origin", "basis"),
    [
        pytest.param({}, "unknown", "default", id="nothing said"),
        pytest.param({"origin": None}, "unknown", "default", id="null"),
        pytest.param({"origin": ""}, "unknown", "default", id="empty"),
        pytest.param({"origin": " N/A "}, "unknown", "default", id="not available"),
        pytest.param({"origin": "Unknown"}, "unknown", "default", id="unknown stays unknown"),
        pytest.param({"origin": "common-crawl"}, "unknown", "default", id="a word that is no origin"),
        pytest.param({"origin": ["human"]}, "unknown", "default", id="a list is no origin"),
        pytest.param({"origin": {"kind": "human"}}, "unknown", "default", id="an object is no origin"),
        pytest.param({"origin": True}, "unknown", "default", id="yes is no origin"),
        pytest.param({"origin": "human"}, "human", "declared-record", id="human"),
        pytest.param({"origin": " Human "}, "human", "declared-record", id="human with space"),
        pytest.param({"origin": "machine"}, "machine", "declared-record", id="machine"),
        pytest.param({"origin": "mixed"}, "mixed", "declared-record", id="mixed"),
        pytest.param(
            {"origin": "Machine_Generated"}, "machine", "declared-record", id="spelling of other vocabularies"
        ),
        pytest.param({"origin": "crowdsourced"}, "human", "declared-record", id="words of the hub"),
        pytest.param(
            {"origin": "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"},
            *("machine", "declared-record"),
            id="an address of IPTC",
        ),
        pytest.param({"origin": "machine/human"}, "unknown", "default", id="two words are no address"),
        pytest.param({"origin": "human", "synthetic": True}, "machine", "conflict", id="human but synthetic"),
        pytest.param(
            {"origin": "human", "provenance": {"origin": "machine"}},
            "machine",
            "conflict",
            id="human but nested machine",
        ),
        pytest.param(
            {"origin": "human", "origin_kind": "generative"}, "machine", "conflict", id="human but generative"
        ),
        pytest.param({"origin": "human", "kind": "ocr"}, "human", "declared-record", id="human and read by a machine"),
        pytest.param(
            {"messages": [{"role": "user"}], "conversations": [{"from": "gpt"}]},
            "mixed",
            "role",
            id="turns in two fields",
        ),
        pytest.param({"provenance": {"origin": "human"}}, "human", "declared-record", id="nested"),
        pytest.param(
            {"provenance": "web", "synthetic": True}, "machine", "declared-record", id="nested name as a text"
        ),
        *(
            pytest.param({"synthetic": value}, "machine", "declared-record", id=f"yes as {value!r}")
            for value in (True, "true", 1, 1.0, "yes", "Yes", "Y")
        ),
        *(
            pytest.param({"is_ai": value}, "human", "declared-record", id=f"no as {value!r}")
            for value in (False, "false", 0, "no", "No")
        ),
        *(
            pytest.param({"synthetic": value}, "unknown", "default", id=f"neither yes nor no as {value!r}")
            for value in (None, "", "N/A", "unknown", 2, "maybe")
        ),
        pytest.param(
            {"origin": "unknown", "synthetic": "yes"}, "machine", "declared-record", id="the next field that says"
        ),
        pytest.param({"kind": "synthetic"}, "machine", "declared-record", id="kind synthetic"),
        pytest.param({"kind": "actual"}, "human", "declared-record", id="kind actual"),
        pytest.param({"kind": "article"}, "unknown", "default", id="kind of another sort"),
        pytest.param({"origin_kind": "distilled"}, "machine", "declared-record", id="a kind that only machines make"),
        pytest.param({"origin_kind": "ocr"}, "unknown", "default", id="who reads letters did not write them"),
        pytest.param({"generator": "gpt-4"}, "machine", "generator", id="a generator"),
        pytest.param({"generator": None}, "unknown", "default", id="no generator is not human"),
        pytest.param({"generator": "none"}, "unknown", "default", id="none is no generator"),
        pytest.param({"model": "gpt-4", "text": "x"}, "machine", "generator", id="a model"),
        pytest.param({"metadata": {"model": "gpt-4"}}, "machine", "generator", id="a model in the metadata"),
        pytest.param({"origin": "human", "generator": "gpt-4"}, "machine", "conflict", id="human but by a generator"),
        pytest.param({"synthetic": False, "model_name": "m"}, "machine", "conflict", id="not synthetic but by a model"),
        pytest.param({"origin": "mixed", "generator": "gpt-4"}, "mixed", "declared-record", id="mixed by a generator"),
        pytest.param(
            {"model": "m", "chosen": "a", "rejected": "b"}, "unknown", "default", id="the model of a preference set"
        ),
        pytest.param({"generator": "m", "chosen": "a"}, "machine", "generator", id="the generator of a preference set"),
        pytest.param({"is_generated": True}, "unknown", "default", id="generated code is not machine text"),
        pytest.param({"source": "machine"}, "unknown", "default", id="source is never an origin"),
        pytest.param({"source": "gpt-4"}, "unknown", "default", id="source is never a generator"),
        pytest.param({"version": "gpt-4"}, "unknown", "default", id="version is nothing"),
        pytest.param({"label": "human"}, "unknown", "default", id="label without a value map"),
        pytest.param({"label": 1}, "unknown", "default", id="label as a number"),
        pytest.param({"score": 0.99}, "unknown", "default", id="score is not a confidence"),
        pytest.param({"ai_prob": 0.99}, "unknown", "default", id="a detector does not decide"),
        pytest.param({"url": URL, "generator": "m"}, "machine", "generator", id="the address is of the seed"),
    ],
)
def test_what_a_record_says(reader: Any, jsonl: Jsonl, record: Mapping[str, object], origin: str, basis: str) -> None:
    found = reader.read(jsonl(record))
    assert (found.origins, found.bases) == ({origin: 1}, {basis: 1})
    # Among rows of another shape it is read the slow way, to the same effect.
    among = reader.read(jsonl(*[{"other": 1}] * 200, record))
    assert among.origins == ({"unknown": 201} if origin == "unknown" else {"unknown": 200, origin: 1})


def user(text: str = "Hello there") -> dict[str, str]:
    return {"role": "user", "content": text}


def assistant(text: str = "One two three") -> dict[str, str]:
    return {"role": "assistant", "content": text}


@pytest.mark.parametrize(
    ("record", "origin", "basis", "tokens", "machine_tokens"),
    [
        pytest.param({"messages": [user(), assistant()]}, "mixed", "role", 5, 3, id="both"),
        pytest.param({"messages": [user()]}, "human", "role", 2, 0, id="only the user"),
        pytest.param({"messages": [assistant()]}, "machine", "role", 3, 0, id="only the assistant"),
        pytest.param({"messages": []}, "unknown", "default", 0, 0, id="no turns"),
        pytest.param(
            {"messages": [{"role": "system", "content": "Be kind"}, user(), assistant()]},
            "mixed",
            "role",
            5,
            3,
            id="system",
        ),
        pytest.param(
            {"messages": [{"role": "narrator", "content": "Once"}]}, "unknown", "default", 1, 0, id="who is that"
        ),
        pytest.param(
            {"messages": [user(), {"role": "narrator", "content": "Once"}]},
            "unknown",
            "default",
            3,
            0,
            id="not surely human",
        ),
        pytest.param(
            {"messages": [user(), assistant(), {"role": "tool", "content": "42"}]}, "mixed", "role", 6, 3, id="a tool"
        ),
        pytest.param(
            {"conversations": [{"from": "human", "value": "Hello"}, {"from": "gpt", "value": "One two"}]},
            *("mixed", "role", 3, 2),
            id="from and value",
        ),
        pytest.param(
            {"conversation": [user(), assistant()], "model": "m"}, "mixed", "role", 5, 3, id="a model that talks"
        ),
        pytest.param(
            {"messages": [user(), assistant()], "origin": "machine"},
            "machine",
            "declared-record",
            5,
            0,
            id="all generated",
        ),
        pytest.param(
            {"messages": [user(), assistant()], "origin": "human"},
            "human",
            "declared-record",
            5,
            0,
            id="all human, it says",
        ),
        pytest.param(
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "image"}]},
                    assistant(),
                ]
            },
            *("mixed", "role", 4, 3),
            id="content in parts",
        ),
        pytest.param(
            {"messages": [{"role": "user", "content": None}, assistant()]}, "mixed", "role", 3, 3, id="silent turn"
        ),
        pytest.param({"messages": "user: hi"}, "unknown", "default", 0, 0, id="turns as one text"),
        pytest.param(
            {"text": "One two", "origin": "mixed"}, "mixed", "declared-record", 2, 2, id="mixed without turns"
        ),
        pytest.param(
            {"text": "whole", "messages": [user()]}, "human", "role", 2, 0, id="turns before the rendered text"
        ),
    ],
)
def test_conversations(
    reader: Any, jsonl: Jsonl, record: Mapping[str, object], origin: str, basis: str, tokens: int, machine_tokens: int
) -> None:
    bare = reader.read(jsonl(record))
    assert (bare.origins, bare.bases, bare.total("machine_tokens")) == ({origin: 1}, {basis: 1}, 0)
    for rows in ((record,), (*[{"other": 1}] * 200, record)):
        found = reader.read(jsonl(*rows), text=True)
        assert (found.total("tokens"), found.total("machine_tokens")) == (tokens, machine_tokens)


def test_roles_by_settings(reader: Any, jsonl: Jsonl) -> None:
    settings = DatasetSettings(values={"role": {"user": "machine", "Narrator": "human", "assistant": "excluded"}})
    rows = jsonl({"messages": [user(), assistant()]}, {"messages": [{"role": "narrator", "content": "Once"}]})
    found = reader.read(rows, settings=settings, text=True)
    assert found.origins == {"machine": 1, "human": 1}
    assert found.total("tokens") == 3


@pytest.mark.parametrize(
    ("settings", "record", "origin", "basis"),
    [
        pytest.param(
            {"fields": {"origin": "made.by"}}, {"made": {"by": "human"}}, "human", "policy-mapping", id="a path"
        ),
        pytest.param(
            {"fields": {"origin": "who"}},
            {"who": "human", "generator": "m"},
            "human",
            "policy-mapping",
            id="the mapping wins",
        ),
        pytest.param(
            {"fields": {"origin": "who"}}, {"origin": "human"}, "unknown", "default", id="instead of the aliases"
        ),
        pytest.param({"fields": {"origin": "flag"}}, {"flag": True}, "machine", "policy-mapping", id="a mapped flag"),
        pytest.param({"fields": {"generator": ""}}, {"model": "m"}, "unknown", "default", id="a field switched off"),
        pytest.param(
            {"values": {"origin": {"gpt": "machine", "hum": "human"}}},
            {"origin": "HUM"},
            "human",
            "policy-mapping",
            id="values",
        ),
        pytest.param(
            {"values": {"origin": {"0": "human"}}}, {"label": 0}, "human", "policy-mapping", id="label with a map"
        ),
        pytest.param(
            {"values": {"origin": {"0": "human"}}}, {"label": 1}, "unknown", "default", id="label not in the map"
        ),
        pytest.param(
            {"fields": {"origin": "label"}},
            {"label": "human"},
            "unknown",
            "default",
            id="label needs a map even when mapped",
        ),
        pytest.param(
            {"values": {"origin": {"human": "unknown"}}},
            {"origin": "human"},
            "unknown",
            "default",
            id="mapped to unknown",
        ),
        pytest.param({"role": Role.EVAL}, {"model": "m"}, "unknown", "default", id="the judged model of an evaluation"),
        pytest.param(
            {"role": Role.EVAL}, {"generator": "m"}, "machine", "generator", id="the generator in an evaluation"
        ),
    ],
)
def test_settings(
    reader: Any, jsonl: Jsonl, settings: Mapping[str, Any], record: Mapping[str, object], origin: str, basis: str
) -> None:
    found = reader.read(jsonl(record), settings=DatasetSettings(**settings))
    assert (found.origins, found.bases) == ({origin: 1}, {basis: 1})


VERSION = DatasetVersion("data", "", "0" * 32, Location("data.dvc"), is_dir=True)


@pytest.mark.parametrize(
    ("version", "path", "rules", "origin", "basis"),
    [
        pytest.param({}, "a.jsonl", [], "unknown", "default", id="nothing"),
        pytest.param({}, "web/a.jsonl", [("web/**", "human")], "human", "declared-path", id="a rule"),
        pytest.param(
            {}, "web/x/a.jsonl", [("web/*", "human")], "unknown", "default", id="one star stays in its folder"
        ),
        pytest.param(
            {}, "web/x/a.jsonl", [("**/a.jsonl", "machine")], "machine", "declared-path", id="two stars cross folders"
        ),
        pytest.param(
            {}, "a.jsonl", [("a*", "human"), ("**", "machine")], "human", "declared-path", id="the first rule"
        ),
        pytest.param({}, "kind=synthetic/a.jsonl", [], "machine", "declared-path", id="a partition"),
        pytest.param({}, "high-synthetic-wrap/a.jsonl", [], "machine", "declared-path", id="a folder that says it"),
        pytest.param({}, "synthetic.jsonl", [], "unknown", "default", id="a file name is not a folder"),
        pytest.param({}, "non-synthetic/a.jsonl", [], "unknown", "default", id="a folder that denies it"),
        pytest.param({}, "synthetic=false/a.jsonl", [], "unknown", "default", id="a partition that denies it"),
        pytest.param({}, "photosynthetic/a.jsonl", [], "unknown", "default", id="a longer word"),
        pytest.param({"path": "data/synthetic"}, "a.jsonl", [], "machine", "declared-path", id="the dataset's folder"),
        pytest.param(
            {"path": "synthetic.jsonl", "is_dir": False},
            "synthetic.jsonl",
            [],
            "unknown",
            "default",
            id="the dataset's file",
        ),
        pytest.param(
            {"meta": {"headwater": {"origin": "human"}}}, "a.jsonl", [], "human", "dvc-meta", id="meta in DVC"
        ),
        pytest.param(
            {"meta": {"headwater": {"origin": "who"}}}, "a.jsonl", [], "unknown", "default", id="meta, no origin"
        ),
        pytest.param({"meta": {"headwater": "human"}}, "a.jsonl", [], "unknown", "default", id="meta of another shape"),
        pytest.param(
            {"meta": {"headwater": {"origin": "human"}}},
            "synthetic/a.jsonl",
            [],
            "machine",
            "declared-path",
            id="path first",
        ),
        pytest.param(
            {}, "synthetic/a.jsonl", [("**", "human")], "human", "declared-path", id="a rule before the folder"
        ),
        pytest.param(
            {},
            f"{'-' * 250}.jsonl",
            [("*-*-*-*-*-*-*x.jsonl", "human"), ("**", "machine")],
            "machine",
            "declared-path",
            id="a name made to be slow to compare",
        ),
    ],
)
def test_what_the_place_says(
    reader: Any,
    jsonl: Jsonl,
    version: Mapping[str, Any],
    path: str,
    rules: list[tuple[str, str]],
    origin: str,
    basis: str,
) -> None:
    settings = DatasetSettings(origins=tuple(OriginRule(glob, given, "distilled", 0.5) for glob, given in rules))
    where = VERSION._replace(**version)
    found = reader.read(jsonl({"text": "x"}, {"origin": "mixed"}), path, settings=settings, version=where)
    assert found.bases == ({basis: 1, "declared-record": 1})
    assert found.origins == ({origin: 1, "mixed": 1})
    if rules and basis == "declared-path":
        assert Cell(Origin(origin), "distilled") in found.composition.cells
        assert found.coverage["origin_confidence"] == 1


@pytest.mark.parametrize(
    ("record", "filled"),
    [
        pytest.param({}, set(), id="nothing"),
        pytest.param({"id": "a", "url": "unknown", "author": "N/A", "source": ""}, {"id"}, id="words for nothing"),
        pytest.param({"id": 0}, {"id"}, id="zero is an id"),
        pytest.param({"source": "web"}, {"source", "source_or_url"}, id="a source"),
        pytest.param({"source": URL}, {"url", "source_or_url"}, id="a source that is an address"),
        pytest.param(
            {"metadata": {"WARC-Target-URI": URL}}, {"url", "source_or_url"}, id="an address in a WARC header"
        ),
        pytest.param({"date": "2025-01-01"}, {"created_at"}, id="a date"),
        pytest.param({"date": "2025-01-01", "dump": "CC"}, {"collected_at"}, id="the date of a crawl"),
        pytest.param({"timestamp": "2025-01-01"}, {"created_at"}, id="a timestamp"),
        pytest.param(
            {"timestamp": "2025-01-01", "url": URL},
            {"collected_at", "url", "source_or_url"},
            id="the timestamp of a page",
        ),
        pytest.param({"added": "2025", "created": "2024"}, {"collected_at", "created_at"}, id="both dates"),
        pytest.param({"warc_record_id": "u"}, {"id"}, id="a crawl record"),
        pytest.param(
            {"warc_record_id": "u", "origin": "machine"}, {"id", "origin", "parents"}, id="the seed of a machine row"
        ),
        pytest.param({"parent_id": "p"}, {"parents"}, id="a parent"),
        pytest.param({"origin": "human", "origin_confidence": 0.9}, {"origin", "origin_confidence"}, id="a score"),
        pytest.param({"origin_confidence": 0.9}, set(), id="a score of nothing"),
        pytest.param({"origin": "human", "origin_confidence": True}, {"origin"}, id="yes is no score"),
        pytest.param({"origin": "human", "origin_confidence": 95}, {"origin"}, id="a percentage is no score"),
        pytest.param(
            {"origin": "human", "origin_confidence": "0.95"}, {"origin", "origin_confidence"}, id="a score as text"
        ),
        pytest.param({"origin": "human", "score": 0.9}, {"origin"}, id="another score"),
        pytest.param({"synthetic": True}, {"origin", "origin_flag"}, id="a bare flag"),
        pytest.param({"origin": "machine", "generator": "m"}, {"origin", "generator"}, id="a generator"),
        pytest.param({"language": "en", "lang": "de"}, {"language"}, id="a language"),
        pytest.param({"language": "Python"}, set(), id="a programming language"),
        pytest.param({"license_type": "permissive"}, {"license"}, id="a class of licenses"),
        pytest.param({"review_result": False}, {"review"}, id="a review that failed"),
        pytest.param({"annotator": "ada"}, {"review"}, id="an annotator"),
        pytest.param(
            {"vendor": "acme", "capture_method": "crawl"}, {"vendor", "capture_method"}, id="vendor and method"
        ),
        pytest.param({"weight": 0}, {"weight"}, id="no weight is a weight"),
        pytest.param({"weight": -1}, set(), id="a negative weight is none"),
        pytest.param({"transforms": [{"op": "dedup"}]}, {"transforms"}, id="steps as objects"),
        pytest.param({"transforms": []}, set(), id="no steps"),
    ],
)
def test_coverage(reader: Any, jsonl: Jsonl, record: Mapping[str, object], filled: set[str]) -> None:
    assert set(reader.read(jsonl(record)).coverage) == filled
    assert set(reader.read(jsonl(*[{"other": 1}] * 200, record)).coverage) == filled


@pytest.mark.parametrize(
    ("record", "axis", "value"),
    [
        pytest.param({"domain": "Health"}, "domain", "health", id="a subject"),
        pytest.param({"domain": {"x": "health"}}, "domain", "", id="an object is no subject"),
        pytest.param({"language": {"x": "en"}}, "language", "", id="an object is no language"),
        pytest.param({"domain": "example.org"}, "domain", "", id="a host is no subject"),
        pytest.param({"domain": "example.org", "category": "law"}, "domain", "law", id="a host and a subject"),
        pytest.param({"domain": "health", "category": "qa"}, "domain", "health", id="domain first"),
        pytest.param({"topic": "finance"}, "domain", "finance", id="a topic"),
        pytest.param({"language": "English"}, "language", "en", id="a name of a language"),
        pytest.param({"language": "eng_Latn"}, "language", "en", id="a code with its script"),
        pytest.param({"language": "bul_Cyrl"}, "language", "bg", id="a code that cards are compared by"),
        pytest.param({"language": "pt_BR"}, "language", "pt-br", id="a region"),
        pytest.param({"language": "Java", "lang": "de"}, "language", "de", id="the natural language"),
        pytest.param({"source": f"{URL}/x"}, "source", "example.org", id="the host of an address"),
        pytest.param({"meta": {"pile_set_name": "ArXiv"}}, "source", "ArXiv", id="a set of the Pile"),
        pytest.param({"origin": "machine", "origin_kind": "Rephrased"}, "kind", "paraphrased", id="a kind"),
        pytest.param({"origin": "machine", "origin_kind": "whatever"}, "kind", "", id="no known kind"),
    ],
)
def test_axes(reader: Any, jsonl: Jsonl, record: Mapping[str, object], axis: str, value: str) -> None:
    assert reader.read(jsonl(record)).values(axis) == {value}


def test_domain_and_language_by_settings(reader: Any, jsonl: Jsonl) -> None:
    settings = DatasetSettings(domain="Health", language="de", values={"domain": {"jura": "legal"}})
    found = reader.read(jsonl({"text": "x"}, {"domain": "Jura", "language": "en"}), settings=settings)
    assert set(found.composition.cells) == {
        Cell(Origin.UNKNOWN, "", "health", "de"),
        Cell(Origin.UNKNOWN, "", "legal", "en"),
    }
    assert found.coverage == {"language": 1}


@pytest.mark.parametrize(
    ("record", "scores"),
    [
        pytest.param({"origin": "machine", "origin_confidence": 0.9}, {900: (1, 900_000)}, id="as stated"),
        pytest.param({"origin": "machine", "ai_prob": 0.9}, {900: (1, 900_000)}, id="the chance of a machine"),
        pytest.param({"origin": "human", "ai_prob": 0.1}, {900: (1, 900_000)}, id="turned round for humans"),
        pytest.param({"origin": "human", "detector": {"score": 0.25}}, {750: (1, 750_000)}, id="a detector's score"),
        pytest.param({"origin": "mixed", "ai_prob": 0.9}, {}, id="not of a mixed record"),
        pytest.param({"origin": "unknown", "ai_prob": 0.9}, {}, id="not of an unknown one"),
        pytest.param({"origin": "human", "origin_confidence": 1}, {1000: (1, 1_000_000)}, id="certain"),
        pytest.param({"origin": "human", "origin_confidence": 0}, {0: (1, 0)}, id="not at all"),
        pytest.param(
            {"origin": "human", "origin_confidence": 0.1234567}, {123: (1, 123_457)}, id="rounded to a millionth"
        ),
    ],
)
def test_scores(reader: Any, jsonl: Jsonl, record: Mapping[str, object], scores: Mapping[int, tuple[int, int]]) -> None:
    (tally,) = reader.read(jsonl(record)).composition.cells.values()
    assert tally.scores == scores


def test_moments_are_exact(reader: Any, jsonl: Jsonl) -> None:
    rows = [
        {"origin": "machine", "text": "word " * number, "origin_confidence": number / 37, "weight": number / 8}
        for number in range(37)
    ]
    (tally,) = reader.read(jsonl(*rows), text=True).composition.cells.values()
    for moments, weights in (
        (tally.token_moments, list(range(37))),
        (tally.weight_moments, [number * 125_000 for number in range(37)]),
    ):
        ppm = [round(number / 37 * 1_000_000) for number in range(37)]
        assert moments.w == sum(weights)
        assert moments.w2 == sum(weight**2 for weight in weights)
        assert moments.wc == sum(weight * c for weight, c in zip(weights, ppm, strict=True))
        assert moments.w2c == sum(weight**2 * c for weight, c in zip(weights, ppm, strict=True))
        assert moments.w2cc == sum(weight**2 * c**2 for weight, c in zip(weights, ppm, strict=True))


@pytest.mark.parametrize(
    ("record", "reviewed"),
    [
        pytest.param({"review_result": True}, 1, id="passed"),
        pytest.param({"review_result": False}, 0, id="failed"),
        pytest.param({"reviewed": "Yes"}, 1, id="yes"),
        pytest.param({"review": {"status": "approved"}}, 1, id="a status"),
        pytest.param({"review": {"status": "pending"}}, 0, id="pending"),
        pytest.param({"approved_by": "ada"}, 1, id="approved by somebody"),
        pytest.param({"annotator": "ada"}, 0, id="who labels does not review"),
        pytest.param({"review_result": False, "approved_by": "ada"}, 0, id="a failure stands"),
    ],
)
def test_reviews(reader: Any, jsonl: Jsonl, record: Mapping[str, object], reviewed: int) -> None:
    assert reader.read(jsonl(record)).total("reviewed") == reviewed


def test_licenses_are_counted_as_written(reader: Any, jsonl: Jsonl) -> None:
    rows = [
        {"license": " CC  BY 4.0 "},
        {"licenses": ["MIT", "Apache-2.0"]},
        {"metadata": {"license": "MIT"}},
        {"license": "unknown"},
    ]
    assert reader.read(jsonl(*rows)).licenses == {"CC BY 4.0": 1, "Apache-2.0 AND MIT": 1, "MIT": 1}
