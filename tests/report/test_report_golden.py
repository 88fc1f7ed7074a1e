"""The whole output of every format, looked at in review."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from report.samples import SAMPLES, failing

from checker.report import FORMATS, render

EXTENSIONS = {"json": "json", "sarif": "sarif", "gitlab": "json", "junit": "xml", "html": "html", "markdown": "md"}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_is_as_when_someone_last_looked(name: str, sample: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{sample}.{name}.{EXTENSIONS.get(name, 'txt')}", render(name, SAMPLES[sample]()))


def test_colors_are_as_when_someone_last_looked(golden: Callable[[str, str], None]) -> None:
    golden("failing.text-color.txt", render("text", failing(), color=True))


@pytest.mark.parametrize("name", FORMATS)
def test_color_changes_only_formats_that_have_colors(name: str) -> None:
    same = render(name, failing(), color=True) == render(name, failing())
    assert same is (name != "text")


def test_formats_are_the_files_of_the_room() -> None:
    assert set(FORMATS) == {"text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html"}


@pytest.mark.parametrize("name", FORMATS)
def test_order_of_work_does_not_show(name: str) -> None:
    report = failing()
    turned = report._replace(outcomes=report.outcomes[::-1], datasets=report.datasets[::-1])
    assert render(name, turned) == render(name, report)
