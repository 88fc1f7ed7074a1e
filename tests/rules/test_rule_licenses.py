"""Licenses in the spellings of cards and corpora."""

from __future__ import annotations

import pytest

from checker.rules._licenses import Standing, canonical, judge, terms

SPELLINGS = [
    ("cc-by-4.0", "CC-BY-4.0"),
    ("CC BY-SA 3.0", "CC-BY-SA-3.0"),
    ("CC BY 4.0 International", "CC-BY-4.0"),
    ("cc by-sa-nc 4.0", "CC-BY-NC-SA-4.0"),
    ("CC-BY-SA-2.1-JP", "CC-BY-SA-2.1-JP"),
    ("https://creativecommons.org/licenses/by/4.0/", "CC-BY-4.0"),
    ("http://creativecommons.org/licenses/by-nc-nd/3.0", "CC-BY-NC-ND-3.0"),
    ("https://creativecommons.org/licenses/by/3.0/us/", "CC-BY-3.0-US"),
    ("https://creativecommons.org/licenses/by/4.0/deed.en", "CC-BY-4.0"),
    ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ("Creative Commons - Attribution - https://creativecommons.org/licenses/by/2.5/", "CC-BY-2.5"),
    (
        "Creative Commons - Attribution Share-Alike - https://creativecommons.org/licenses/by-sa/4.0/",
        "CC-BY-SA-4.0",
    ),
    ("Creative Commons Zero - Public Domain - https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
    ("Creative Commons Public Domain Mark - https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
    ("Apache 2 License - https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"),
    ("Community Data License Agreement - Permissive 1.0 - https://cdla.dev/", "CDLA-Permissive-1.0"),
    ("BSD 3-Clause", "BSD-3-Clause"),
    ("MIT License", "MIT"),
    ("Public Domain", "LicenseRef-Public-Domain"),
    ("odc-by", "ODC-By-1.0"),
    ("pddl", "PDDL-1.0"),
    ("c-uda", "C-UDA-1.0"),
    ("gpl-3.0", "GPL-3.0-only"),
    ("GPL-2.0+", "GPL-2.0-or-later"),
    ("agpl-3.0", "AGPL-3.0-only"),
    ("llama3.1", "llama3.1"),
    ("https://opensource.org/licenses/MIT", "MIT"),
    ("https://spdx.org/licenses/BSD-2-Clause.html", "BSD-2-Clause"),
]


@pytest.mark.parametrize(("text", "expected"), [pytest.param(*pair, id=pair[0]) for pair in SPELLINGS])
def test_spelling(text: str, expected: str) -> None:
    assert canonical(text) == expected
    assert canonical(expected) == expected or expected.startswith("LicenseRef-")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "other",
        "unknown",
        "cc",
        "bsd",
        "gpl",
        "class:permissive",
        "cc-by",
        "GNU Free Documentation License",
        "no license",
    ],
)
def test_what_is_no_exact_license_is_not_understood(text: str) -> None:
    assert canonical(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("MIT", Standing.ALLOWED, id="listed"),
        pytest.param("Apache-2.0", Standing.DENIED, id="understood and not listed"),
        pytest.param("other", Standing.UNKNOWN, id="not understood"),
        pytest.param("CC-BY-4.0", Standing.ALLOWED, id="a star is a version"),
        pytest.param("https://creativecommons.org/licenses/by/3.0/us/", Standing.ALLOWED, id="a version with a port"),
        pytest.param("CC-BY-SA-4.0", Standing.DENIED, id="a star is not another license"),
        pytest.param("CC-BY-NC-4.0", Standing.DENIED, id="nor a stricter one"),
        pytest.param("MIT AND CC-BY-4.0", Standing.ALLOWED, id="all are allowed"),
        pytest.param("MIT AND Apache-2.0", Standing.DENIED, id="one of a list is not"),
        pytest.param("MIT AND other", Standing.UNKNOWN, id="one of a list is not understood"),
        pytest.param("Apache-2.0 AND other", Standing.DENIED, id="refused outweighs unknown"),
        pytest.param("Apache-2.0 OR MIT", Standing.ALLOWED, id="a choice"),
        pytest.param("Apache-2.0 OR other", Standing.UNKNOWN, id="a choice of refused and unknown"),
        pytest.param("(Apache-2.0 OR MIT) AND CC-BY-4.0", Standing.UNKNOWN, id="nested is not guessed"),
        pytest.param("In-House", Standing.ALLOWED, id="a name of one's own that is listed"),
    ],
)
def test_standing(text: str, expected: Standing) -> None:
    assert judge(text, ("mit", "CC-BY-*", "in-house"), ()) is expected


def test_a_refusal_reaches_further_than_an_allowance() -> None:
    assert judge("CC-BY-NC-SA-4.0", ("*",), ("CC-BY-NC*",)) is Standing.DENIED
    assert judge("CC-BY-4.0", ("*",), ("CC-BY-NC*",)) is Standing.ALLOWED
    assert judge("gpl-3.0", ("*",), ("GPL-3.0",)) is Standing.DENIED


def test_a_text_of_any_length_is_read_in_no_time() -> None:
    assert judge("CC " * 100_000, ("*",), ()) is Standing.UNKNOWN
    assert len(terms("MIT AND " * 100_000).every) < 1_000
