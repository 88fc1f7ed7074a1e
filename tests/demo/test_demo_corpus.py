"""The demo's text is real, complete in its provenance, and read without importing what it is read from."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from checker.demo import corpus
from checker.demo.corpus import EXAM_PER_TOPIC, handbook, hold_back_exam, legal
from checker.errors import UsageError
from checker.kernels import jaccard


def test_every_topic_has_enough_text_to_be_a_shard() -> None:
    assert all(len(passages) >= 50 for passages in handbook().values())
    assert {*corpus.TOPICS, "language"} == set(handbook())


def test_no_text_appears_twice_in_a_topic() -> None:
    for passages in (*handbook().values(), legal()):
        texts = [" ".join(passage.text.split()) for passage in passages]
        assert len(texts) == len(set(texts))
        assert len({passage.id for passage in passages}) == len(passages)


@pytest.mark.parametrize(
    ("module", "name"),
    [pytest.param("textwrap", "TextWrapper.wrap", id="method"), pytest.param("statistics", "median", id="function")],
)
def test_a_docstring_is_the_one_that_python_shows(module: str, name: str) -> None:
    thing: object = importlib.import_module(module)
    for part in name.split("."):
        thing = getattr(thing, part)
    shown = {passage.id: passage for passages in handbook().values() for passage in passages}[f"{module}.{name}"]
    assert shown.text == inspect.getdoc(thing)
    assert shown.url == f"https://docs.python.org/3/library/{module}.html"


def test_legal_text_is_about_rights() -> None:
    assert {passage.topic for passage in legal()} == {"legal"}
    assert any("Python Software Foundation" in passage.text or "Licensed to PSF" in passage.text for passage in legal())


def test_reading_imports_nothing_that_is_read() -> None:
    code = (
        "import sys; from checker.demo.corpus import handbook; handbook();"
        "print(sorted({'mailbox', 'ftplib', 'pydoc_data', 'xmlrpc', 'statistics'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_a_python_without_sources_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no documentation in its source for text, numbers") as fault:
        handbook(tmp_path)
    assert str(tmp_path) in str(fault.value)


def test_a_python_without_licenses_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="only 0 paragraphs of license text"):
        legal(tmp_path)


def test_a_header_in_another_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_bytes(
        b"# Copyright (c) by Fran\xe7ois. " + b"Permission is granted. " * 9 + b"\nx = 1\n"
    )
    with pytest.raises(UsageError, match="only 1 paragraphs"):
        legal(tmp_path)


def test_the_exam_is_held_back_and_resembles_nothing_that_stays() -> None:
    topics, exam = hold_back_exam(handbook())
    stays = [passage.text for passages in topics.values() for passage in passages]
    assert len(exam) == EXAM_PER_TOPIC * len(topics)
    assert {passage.id for passages in topics.values() for passage in passages}.isdisjoint(each.id for each in exam)
    assert max(jaccard(each.text, other) for each in exam[:4] for other in stays) < 0.3
