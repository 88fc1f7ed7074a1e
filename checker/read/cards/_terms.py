"""The closed lists that card fields draw from, and the words for yes and no."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CREATORS = frozenset(("found", "crowdsourced", "expert-generated", "machine-generated", "other"))

SIZE_CATEGORIES = (
    "n<1K",
    "1K<n<10K",
    "10K<n<100K",
    "100K<n<1M",
    "1M<n<10M",
    "10M<n<100M",
    "100M<n<1B",
    "1B<n<10B",
    "10B<n<100B",
    "100B<n<1T",
    "n>1T",
)
TERMS: Mapping[str, frozenset[str]] = {
    "size_category": frozenset((*SIZE_CATEGORIES, "other")),
    "annotations_creators": _CREATORS | {"no-annotation"},
    "language_creators": _CREATORS,
    "multilinguality": frozenset(("monolingual", "multilingual", "translation", "other")),
    "version_bump": frozenset(("major", "minor", "patch")),
}
MODALITIES = frozenset(
    ("3d", "audio", "document", "geospatial", "image", "tabular", "text", "time-series", "timeseries", "video")
)

_TRUE = frozenset(("yes", "true", "partly", "partially", "partial", "mixed", "some", "fully", "entirely", "all"))
_FALSE = frozenset(("no", "false", "none", "no synthetic data", "not synthetic"))
# Few cards say what these are for: `re` compiles them when they are first used, not whenever a commit reads a card.
_ANSWER = r"(?i)(yes|no)\s*[.,;:!(\u2013\u2014-]"
_PERCENT = r"(?i)(?:about |approximately |approx\. |~ ?)?([0-9]{1,3}(?:\.[0-9]{1,9})?) ?(?:%|percent)\Z"
_DECIMAL = r"[0-9]{1,9}(?:\.[0-9]{1,9})?\Z"
_COUNT = r"[0-9]{1,3}(?:[,_ ]?[0-9]{3})*\Z|[0-9]{1,18}\Z"


def answer(content: object) -> bool | None:
    """Yes or no, or None when the statement is neither. A share above 0 is a yes."""
    if isinstance(content, bool):
        return content
    found = share(content)
    if found is not None:
        return found > 0
    if not isinstance(content, str):
        return None
    text = content.strip().rstrip(".").casefold()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    match = re.match(_ANSWER, content.strip())
    return match[1].casefold() == "yes" if match else None


def share(content: object) -> float | None:
    """A share of 0 to 1, also written as "20 %"; None when the statement is not one."""
    if isinstance(content, bool):
        return None
    if isinstance(content, int | float):
        return float(content) if 0 <= content <= 1 else None
    if not isinstance(content, str):
        return None
    text = content.strip()
    if match := re.match(_PERCENT, text):
        number = float(match[1]) / 100
    elif re.match(_DECIMAL, text):
        number = float(text)
    else:
        return None
    return number if number <= 1 else None


def count(content: object) -> int | None:
    """A whole number, also written as "1,000" or 1e6; None when the statement is not one."""
    if isinstance(content, bool):
        return None
    if isinstance(content, int):
        return content if content >= 0 else None
    if isinstance(content, float):
        return int(content) if content >= 0 and content.is_integer() else None
    if isinstance(content, str) and len(content) <= 40 and re.match(_COUNT, content.strip()):
        return int(re.sub(r"[,_ ]", "", content.strip()))
    return None
