"""Croissant cards: three versions, every spelling of a term."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from checker.errors import CardError
from checker.model.card import Card, CardFormat
from checker.model.location import Location
from checker.read.cards import read_card

Read = Callable[[str], Card]

CONTEXT: dict[str, object] = {
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "isLiveDataset": "cr:isLiveDataset",
}


def croissant(**properties: object) -> Card:
    """A small card with these properties; `__` in a name is a colon."""
    body: dict[str, object] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": "River Notes",
    }
    body.update({name.replace("__", ":"): value for name, value in properties.items()})
    return read_card("river.json", json.dumps(body, indent=1).encode())


def contents(card: Card, key: str) -> list[object]:
    return [value.content for value in card.filled(key)]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("name", ["River Notes"]),
        ("id", ["https://example.org/river"]),
        ("version", ["2.0.1"]),
        ("description", ["Notes of people who live by a river.", "Notater fra elven."]),
        (
            "license",
            ["https://creativecommons.org/licenses/by/4.0/", "River license"],
        ),
        ("url", ["https://example.org/river"]),
        ("date", ["2024-07-01"]),
        ("language", ["en"]),
        ("ongoing", [False]),
        ("issuer", [{"type": "Organization", "name": "The River Society", "email": "river@example.org"}]),
        ("contact", ["river@example.org"]),
        ("limitations", ["Only people who write letters."]),
        ("biases", ["Few letters from the north.", "Few from children."]),
        ("personal_data", ["Names were removed."]),
        ("intended_use", ["Teaching language models about rivers."]),
        ("social_impact", []),
        ("synthetic", [True, True]),
        ("synthetic_note", ["A quarter was written by small-lm."]),
        ("collection_period", ["2024-01/2024-06"]),
        ("acquisition", ["Web Scraping", "Synthetic"]),
        ("transforms", ["Typed from scans."]),
        (
            "sources",
            [
                {
                    "id": "gauges",
                    "type": "Entity",
                    "name": "River gauge log",
                    "url": "https://example.org/gauges",
                },
                "https://example.org/letters",
                "Letters in the town archive.",
            ],
        ),
        ("generators", [{"type": "SoftwareAgent", "name": "small-lm"}]),
        ("size_bytes", [117743]),
        ("modality", ["image"]),
        ("conforms_to", ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"]),
        ("annotation", ["none"]),
    ],
)
def test_version_1_1(sample: Read, key: str, expected: list[object]) -> None:
    assert contents(sample("croissant-1.1.json"), key) == expected


def test_version_1_1_has_no_problem(sample: Read) -> None:
    card = sample("croissant-1.1.json")
    assert card.problems == ()
    assert (card.format, card.version) == (CardFormat.CROISSANT, "1.1")


def test_the_activity_is_the_lineage(sample: Read) -> None:
    activity = sample("croissant-1.1.json").filled("lineage")[0].content
    assert isinstance(activity, dict)
    assert (activity["name"], activity["startedAtTime"]) == ("Writing", "2024-01-01")


def test_files_keep_their_digests(sample: Read) -> None:
    first = sample("croissant-1.1.json").filled("distribution")[0].content
    assert isinstance(first, dict)
    assert first["sha256"] == "c617db2c7470716250f6f001be51304c76bcc8815527ab8bae734bdca0735737"
    assert first["size"] == "117743 B"


def test_places(sample: Read) -> None:
    value = sample("croissant-1.1.json").filled("biases")[1]
    assert (value.location, value.pointer) == (Location("croissant-1.1.json", 43, 51), "/rai:dataBias/1")


def test_version_0_8(sample: Read) -> None:
    card = sample("croissant-0.8.json")
    assert (card.version, card.problems) == ("0.8", ())
    assert contents(card, "license") == ["cc-by-4.0"]
    assert contents(card, "personal_data") == ["Names were removed."]
    assert contents(card, "size_bytes") == [100]


@pytest.mark.parametrize(
    ("term", "key"),
    [
        ("rai__dataCollection", "acquisition"),
        ("rai__dataCollectionTimeframe", "collection_period"),
        ("rai__dataCollectionTimeFrame", "collection_period"),
        ("rai__dataCollectionTimeFrameStart", "collection_period"),
        ("rai__dataCollectionTimeFrameEnd", "collection_period"),
        ("rai__dataCollectionMissingData", "gaps"),
        ("rai__dataCollectionRawData", "sources"),
        ("rai__dataCollectionRaw", "sources"),
        ("rai__dataImputationProtocol", "transforms"),
        ("rai__dataManipulationProtocol", "transforms"),
        ("rai__dataDataManipulationProtocol", "transforms"),
        ("rai__dataPreprocessingProtocol", "transforms"),
        ("rai__dataAnnotationProtocol", "annotation"),
        ("rai__dataAnnotationPlatform", "annotation"),
        ("rai__usedPlatform", "annotation"),
        ("rai__dataAnnotationAnalysis", "annotation"),
        ("rai__annotationsPerItem", "annotation"),
        ("rai__annotatorDemographics", "annotation"),
        ("rai__machineAnnotationTools", "annotation"),
        ("rai__dataReleaseMaintenancePlan", "maintenance"),
        ("rai__personalSensitiveInformation", "personal_data"),
        ("rai__dataBiases", "biases"),
        ("rai__dataBias", "biases"),
        ("rai__dataLimitations", "limitations"),
        ("rai__dataUseCases", "intended_use"),
        ("rai__usedBy", "intended_use"),
        ("rai__dataSocialImpact", "social_impact"),
        ("rai__socialImpact", "social_impact"),
        ("rai__syntheticDataExplanation", "synthetic_note"),
        ("dataBiases", "biases"),
        ("cr__dataBiases", "biases"),
        ("http://mlcommons.org/croissant/RAI/dataBiases", "biases"),
        ("https://mlcommons.org/croissant/RAI/dataBiases", "biases"),
        ("http://schema.org/description", "description"),
        ("https://schema.org/description", "description"),
        ("sc__description", "description"),
    ],
)
@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda text: text, id="scalar"),
        pytest.param(lambda text: [text], id="list of one"),
        pytest.param(lambda text: {"@value": text}, id="expanded"),
        pytest.param(lambda text: [{"@value": text, "@language": "en"}], id="expanded list"),
        pytest.param(lambda text: {"@list": [text]}, id="@list"),
    ],
)
def test_every_spelling_of_a_term(term: str, key: str, wrap: Callable[[str], object]) -> None:
    card = croissant(**{term: wrap("as stated")})
    assert contents(card, key) == ["as stated"]
    assert card.problems == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(True, [True], id="true"),
        pytest.param(False, [False], id="false"),
        pytest.param("true", [True], id="true as text"),
        pytest.param("No", [False], id="no"),
        pytest.param(["yes"], [True], id="a list of one"),
        pytest.param("", [], id="nothing"),
        pytest.param({"@value": "true", "@type": "sc:Boolean"}, [True], id="typed"),
    ],
)
def test_the_synthetic_flag(content: object, expected: list[bool]) -> None:
    assert contents(croissant(rai__hasSyntheticData=content), "synthetic") == expected


@pytest.mark.parametrize(
    ("stated", "version"),
    [
        pytest.param("http://mlcommons.org/croissant/1.0", "1.0", id="1.0"),
        pytest.param("https://mlcommons.org/croissant/1.1/", "1.1", id="https and a slash"),
        pytest.param(["http://example.org/x", "http://mlcommons.org/croissant/1.1"], "1.1", id="second of a list"),
        pytest.param({"@id": "http://mlcommons.org/croissant/1.0"}, "1.0", id="an object"),
    ],
)
def test_conforms_to(stated: object, version: str) -> None:
    card = croissant(conformsTo=stated)
    assert (card.version, card.problems) == (version, ())


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        pytest.param(
            {"conformsTo": "http://mlcommons.org/croissant/9.9"}, "known are 0.8, 1.0 and 1.1", id="a version to come"
        ),
        pytest.param(
            {"conformsTo": "http://example.org/x"}, "names no version of Croissant", id="another specification"
        ),
        pytest.param({"version": "1.0"}, "MAJOR.MINOR.PATCH", id="a version of two numbers"),
        pytest.param({"version": 3}, "MAJOR.MINOR.PATCH", id="a version of one number"),
        pytest.param({"version": 1.10}, "put it in quotes", id="a version that is a number"),
        pytest.param({"odrl__permission": "x"}, "odrl: is not declared", id="an undeclared prefix"),
        pytest.param({"rai__hasSyntheticData": "maybe"}, "neither yes nor no", id="synthetic maybe"),
        pytest.param(
            {"rai__hasSyntheticData": False, "rai__dataCollectionType": "Synthetic"},
            "contradicts itself",
            id="yes and no",
        ),
        pytest.param({"distribution": ["data.csv"]}, "an object is expected", id="a file as text"),
    ],
)
def test_what_a_reader_would_misread_is_a_problem(properties: dict[str, object], message: str) -> None:
    problems = croissant(**properties).problems
    assert len(problems) == 1
    assert message in problems[0].message
    assert problems[0].location.line is not None


def test_a_context_elsewhere_stands_for_the_usual_one() -> None:
    text = b'{"@context": "http://mlcommons.org/croissant/1.0", "@type": "Dataset", "name": "a", "conformsTo": "http://mlcommons.org/croissant/1.0"}'
    card = read_card("a.jsonld", text)
    assert (contents(card, "name"), card.problems) == (["a"], ())


def test_without_a_context_the_keys_mean_nothing() -> None:
    card = read_card("a.jsonld", b'{"@type": "sc:Dataset", "name": "a"}')
    assert contents(card, "name") == ["a"]
    assert ["no @context" in problem.message for problem in card.problems] == [True]


def test_a_graph_of_nodes_that_refer_to_each_other() -> None:
    graph = [
        {"@id": "#society", "@type": "sc:Organization", "sc:name": "The River Society"},
        {"@id": "#lm", "@type": "prov:SoftwareAgent", "prov:label": "small-lm"},
        {
            "@type": "sc:Dataset",
            "name": "River Notes",
            "creator": {"@id": "#society"},
            "conformsTo": "http://mlcommons.org/croissant/1.1",
            "prov:wasAttributedTo": {"@id": "#lm"},
        },
    ]
    card = read_card("a.json", json.dumps({"@context": CONTEXT, "@graph": graph}).encode())
    assert contents(card, "issuer") == [{"id": "#society", "type": "Organization", "name": "The River Society"}]
    assert contents(card, "generators") == [{"id": "#lm", "type": "SoftwareAgent", "name": "small-lm"}]
    assert card.filled("name")[0].pointer == "/@graph/2/name"
    assert card.problems == ()


def test_the_headwater_object_is_read_and_is_best() -> None:
    card = croissant(headwater={"synthetic_share": "20 %", "domain": ["health"]}, rai__hasSyntheticData=True)
    assert contents(card, "synthetic_share") == [0.2]
    assert contents(card, "synthetic") == [True, True]
    assert card.filled("synthetic")[0].pointer == "/headwater/synthetic_share"
    assert contents(card, "domain") == ["health"]


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        pytest.param("https://www.wikidata.org/wiki/Q4929239", "acquisition", id="collection"),
        pytest.param("wd:Q1172378", "transforms", id="preprocessing"),
        pytest.param("http://www.wikidata.org/entity/Q109719325", "annotation", id="annotation"),
        pytest.param("wd:Q3306762", "approvals", id="review"),
    ],
)
def test_activities_by_kind(kind: str, key: str) -> None:
    activity = {"@type": "prov:Activity", "prov:type": {"@id": kind}, "prov:label": "done"}
    agent = {"prov:wasAssociatedWith": {"@type": "prov:SoftwareAgent", "prov:label": "tool"}}
    card = croissant(prov__wasGeneratedBy={**activity, **agent})
    assert card.filled(key)
    assert bool(card.filled("generators")) == (key == "acquisition")


def test_media_made_by_a_model_are_synthetic() -> None:
    kind = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
    assert contents(croissant(digitalSourceType=kind), "synthetic") == [True]


@pytest.mark.parametrize(
    ("files", "total"),
    [
        pytest.param([("100 B", False), ("20", False)], [120], id="two sizes"),
        pytest.param([("100 B", False), ("7 B", True)], [100], id="one inside the other"),
        pytest.param([("100 B", False), (None, False)], [], id="one without a size"),
        pytest.param([("36.809 KB", False)], [], id="a rounded size"),
    ],
)
def test_sizes_add_up_only_when_all_are_exact(files: list[tuple[str | None, bool]], total: list[int]) -> None:
    nodes = [
        {
            "@type": "cr:FileObject",
            "@id": f"f{number}",
            "contentUrl": "x",
            "encodingFormat": "text/csv",
            **({"contentSize": size} if size else {}),
            **({"containedIn": {"@id": "f0"}} if inside else {}),
        }
        for number, (size, inside) in enumerate(files)
    ]
    assert contents(croissant(distribution=nodes), "size_bytes") == total


def test_references_that_go_in_circles_end() -> None:
    node: dict[str, object] = {"@id": "#a", "@type": "prov:Activity"}
    node["prov:used"] = [{"@id": "#a"}] * 50
    card = croissant(prov__wasGeneratedBy=node, prov__wasDerivedFrom=[{"@id": "#a"}] * 50)
    assert len(card.filled("sources")) == 50


@pytest.mark.parametrize("text", [pytest.param("[]", id="a list"), pytest.param("3", id="a number")])
def test_what_is_not_an_object_is_no_card(text: str) -> None:
    with pytest.raises(CardError, match="not a JSON object"):
        read_card("a.jsonld", text.encode())


def test_a_duplicate_key_is_a_problem_with_its_line() -> None:
    card = read_card("a.jsonld", b'{"@context": "x",\n"@type": "Dataset",\n"name": "a",\n"name": "b"}')
    assert contents(card, "name") == ["b"]
    assert [(problem.location.line, "stands twice" in problem.message) for problem in card.problems] == [(4, True)]
