"""Which file is which kind of card, and that nothing but CardError comes out of one that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.errors import CardError
from checker.model.card import CardFormat
from checker.read.cards import MAX_BYTES, card_format, read_card

SAMPLES = Path(__file__).parent / "samples"
FRONT = b"---\npretty_name: a\nlicense: mit\n---\n"


@pytest.mark.parametrize(
    ("path", "head", "expected"),
    [
        pytest.param("data/train.md", b"", CardFormat.HUGGING_FACE, id="Markdown beside a dataset"),
        pytest.param("data/README.md", b"# Notes", CardFormat.HUGGING_FACE, id="the readme of a folder"),
        pytest.param("README.md", b"# My project", None, id="the readme of a project"),
        pytest.param("README.md", b"---\ntitle: My site\n---\n", None, id="a project with front matter of a site"),
        pytest.param("README.md", FRONT, CardFormat.HUGGING_FACE, id="the readme of a dataset"),
        pytest.param("readme.md", b"\xef\xbb\xbf" + FRONT, CardFormat.HUGGING_FACE, id="with a byte-order mark"),
        pytest.param("README.md", FRONT.replace(b"\n", b"\r\n"), CardFormat.HUGGING_FACE, id="with CRLF"),
        pytest.param("a.json", b'{"@context": {', CardFormat.CROISSANT, id="JSON-LD"),
        pytest.param(
            "a.json",
            b'\xef\xbb\xbf {"conformsTo": "http://mlcommons.org/croissant/1.0"',
            CardFormat.CROISSANT,
            id="by version",
        ),
        pytest.param("a.json", b'{"source": {}, "provenance": {}, "use": {}}', CardFormat.DTA, id="D&TA by its groups"),
        pytest.param("a.json", b'{"license": "mit", "language": "en"}', CardFormat.YAML, id="canonical keys in JSON"),
        pytest.param("a.json", b'{"accuracy": 0.5}', None, id="a metrics file"),
        pytest.param("a.json", b"[1]", None, id="a list"),
        pytest.param("a.json", b"", None, id="an empty file"),
        pytest.param("a.yaml", b"license: mit\nlanguage: en\n", CardFormat.YAML, id="canonical keys"),
        pytest.param("a.yml", b"headwater:\n  license: mit\n", CardFormat.YAML, id="headwater"),
        pytest.param("params.yaml", b"lr: 0.1\nname: run\n", None, id="parameters"),
        pytest.param("a.yaml", b"\xff\xfe\x00", None, id="bytes"),
        pytest.param("a.csv", b"license", None, id="a table"),
        pytest.param("LICENSE", b"MIT", None, id="no ending"),
    ],
)
def test_the_format_of_a_file(path: str, head: bytes, expected: CardFormat | None) -> None:
    assert card_format(path, head) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("current.md", CardFormat.HUGGING_FACE),
        ("croissant-1.1.json", CardFormat.CROISSANT),
        ("croissant-0.8.json", CardFormat.CROISSANT),
        ("dta-1.0.0.json", CardFormat.DTA),
        ("oasis.json", CardFormat.DTA),
        ("plain.yaml", CardFormat.YAML),
    ],
)
def test_the_format_that_is_seen_is_the_one_that_is_read(name: str, expected: CardFormat) -> None:
    data = (SAMPLES / name).read_bytes()
    assert card_format(name, data[:65_536]) is expected
    assert read_card(name, data).format is expected


@pytest.mark.parametrize(
    ("path", "data", "message"),
    [
        pytest.param("README.md", b"# My project", "no front matter of a dataset", id="the readme of a project"),
        pytest.param("a.csv", b"a,b", "Markdown, YAML or JSON", id="a table"),
        pytest.param("a.json", b'{"accuracy": 0.5}', "none of its keys", id="a metrics file"),
        pytest.param("a.json", b"\xff\xfe{", "UTF-8", id="UTF-16"),
        pytest.param("a.md", b" " * (MAX_BYTES + 1), "at most", id="too large"),
    ],
)
def test_what_is_no_card_is_an_error(path: str, data: bytes, message: str) -> None:
    with pytest.raises(CardError) as caught:
        read_card(path, data)
    assert message in str(caught.value)
