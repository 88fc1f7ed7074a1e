"""Whatever the bytes, a card is read or refused with CardError: nothing else comes out, and not late."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.errors import CardError
from checker.model.card import Card
from checker.read.cards import card_format, read_card

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
PATHS = ("cards/a.md", "README.md", "a.json", "a.jsonld", "a.yaml", "a.txt")
_TOKENS = st.sampled_from(
    [
        b"---\n",
        b"\r\n",
        b"\xef\xbb\xbf",
        b"\x00",
        b"\xff",
        b'"',
        b"{",
        b"[",
        b"}",
        b": ",
        b"- ",
        b"&a ",
        b"*a",
        b"!!x ",
        b"@graph",
        b"\n# Dataset Card for x\n",
        b"license",
        b"headwater:",
        b"\t",
        b"#{",
        b"<!--",
        b"{{",
        b"|",
        b"null",
        b"1e999",
        b"NaN",
    ]
)


def read(path: str, data: bytes) -> Card | None:
    """The card, or None when it is refused in the one way that is allowed. What is read must hold together."""
    card_format(path, data[:65_536])
    try:
        card = read_card(path, data)
    except CardError as error:
        assert error.message
        return None
    for values in card.fields.values():
        for value in values:
            assert value.location.path == path
            hash(str(value.content).encode())
    return card


@settings(max_examples=400, deadline=None)
@given(path=st.sampled_from(PATHS), data=st.binary(max_size=300))
def test_any_bytes(path: str, data: bytes) -> None:
    read(path, data)


@settings(max_examples=400, deadline=None)
@given(
    path=st.sampled_from(PATHS),
    parts=st.lists(_TOKENS | st.text(max_size=8).map(lambda text: text.encode()), max_size=40),
)
def test_any_pieces_of_cards(path: str, parts: list[bytes]) -> None:
    read(path, b"".join(parts))
    read(path, b"---\n" + b"".join(parts) + b"\n---\n")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_mutated_samples(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(SAMPLES))
    read("x/" + path.name, data.draw(mutations(path.read_bytes())))


@pytest.mark.shared
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(data=st.data())
def test_mutated_real_cards(data: st.DataObject) -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder shared is not beside the repository")
    real = sorted([*SHARED.glob("cards/*/*/README.md"), *SHARED.glob("croissant/**/*.json")])
    path = data.draw(st.sampled_from(real))
    read("x/" + path.name, data.draw(mutations(path.read_bytes()[:20_000])))


@st.composite
def mutations(draw: st.DrawFn, original: bytes) -> bytes:
    """Cut, repeat, replace and insert pieces."""
    text = bytearray(original)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 60)))
        new = draw(_TOKENS | st.just(bytes(text[start:end]) * 2) | st.just(b"") | st.binary(max_size=4))
        text[start:end] = new
    return bytes(text)


_LINES = 60_000


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param("a/b.md", b"# Biases\n" * _LINES, id="a heading again and again"),
        pytest.param(
            "a/b.md", b"".join(b"#" * (n % 6 + 1) + b" Source Data\n" for n in range(_LINES)), id="nested headings"
        ),
        pytest.param("a/b.md", b"---\nlanguage:\n" + b"- en\n" * _LINES + b"---\n", id="a long list"),
        pytest.param(
            "a/b.md",
            b"---\nlanguage:\n" + b"".join(b"- a%d\n" % n for n in range(_LINES)) + b"---\n",
            id="many languages",
        ),
        pytest.param("a/b.md", b"---\n" + b"a: 1\n" * _LINES + b"---\n", id="a duplicate key again and again"),
        pytest.param("a/b.md", b"---\n" * _LINES, id="only dashes"),
        pytest.param("a/b.md", b"\n" * 10 * _LINES, id="only line breaks"),
        pytest.param("a/b.md", b"<!--" * _LINES, id="comments that never end"),
        pytest.param("a/b.md", b"- **License:** " * _LINES, id="one endless bullet"),
        pytest.param("a.jsonld", b'{"@context":{},"a":' + b"[" * 100_000, id="nested lists"),
        pytest.param("a.jsonld", b'{"a":1,' + b'"a":1,' * _LINES + b'"a":1}', id="duplicate keys in JSON"),
        pytest.param(
            "a.jsonld",
            b'{"@context":{"a":"a:a","b":"'
            + b"b:" * 200
            + b'"},"@type":"sc:Dataset",'
            + b",".join(b'"b:%d":1' % n for n in range(_LINES // 2))
            + b"}",
            id="a context that goes in circles",
        ),
        pytest.param(
            "a.jsonld",
            b'{"@context":"x","@type":"Dataset","prov:wasGeneratedBy":[{"@id":"a","prov:used":['
            + b",".join([b'{"@id":"a"}'] * 20_000)
            + b"]}"
            + b',{"@id":"a"}' * 20_000
            + b"]}",
            id="references that multiply",
        ),
        pytest.param(
            "a.jsonld",
            b'{"@context":"x","@type":"Dataset","recordSet":['
            + b",".join(
                b'{"@type":"cr:RecordSet","@id":"r%d","field":{"@type":"cr:Field","@id":"f","subField":[{"@id":"f"},{"@id":"g"}]}}'
                % n
                for n in range(3_000)
            )
            + b"]}",
            id="fields shared by every record set",
        ),
        pytest.param("a.yaml", b"name: a\nb: " + b"[" * 100_000, id="nested YAML"),
        pytest.param(
            "a.yaml", b"name: a\n" + b"".join(b"k%d: {a: {b: {c: 1}}}\n" % n for n in range(20_000)), id="many mappings"
        ),
    ],
)
def test_a_hostile_card_is_judged_in_time(path: str, data: bytes) -> None:
    start = time.process_time()
    read(path, data)
    assert time.process_time() - start < 30
