"""Which texts say nothing: what a template left behind, and words for "not yet"."""

from __future__ import annotations

import re
from collections.abc import Mapping

_COMMENT = re.compile(r"<!--(?:(?!-->)[\s\S])*(?:-->|\Z)")
_MARKED = re.compile(
    r"\[\s*(?:more information needed|needs more information|information needed|dataset name|todo|tbd"
    r"|insert[^\]\n]{0,100})\s*\]"
    r"(?:\([^)\n]{0,500}\))?",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^{}\n]{0,200}\}\}|\{%[^{}\n]{0,200}%\}")
# The sentences that the Hub's own template puts in when nothing is given.
_STOCK = re.compile(
    r"users should be made aware of the risks,? biases,? and limitations of the dataset\."
    r"|more information needed for further recommendations\."
    r"|this dataset card aims to be a base template for new datasets\."
    r"|it has been generated using \[this raw template\]\([^)\n]{0,500}\)\.",
    re.IGNORECASE,
)
# A bullet of the templates whose value is missing: "- **Leaderboard:**".
_EMPTY_BULLET = re.compile(
    r"^[ \t]*[-*+][ \t]+\*\*[^*\n]{1,80}\*\*:?[ \t]*(?:\[optional\][ \t]*:?[ \t]*)?$", re.MULTILINE
)
_NOTHING = frozenset(
    (
        "",
        "more information needed",
        "needs more information",
        "information needed",
        "to be provided",
        "to be determined",
        "to be added",
        "to be completed",
        "to be filled",
        "to do",
        "todo",
        "tbd",
        "tba",
        "fixme",
        "xxx",
        "n/a",
        "na",
        "not available",
        "unknown",
        "null",
        "placeholder",
        "lorem ipsum",
        "...",
        "\u2026",
        "?",
        "-",
    )
)
_EDGE = " \t\r\n.:;!*_`\"'()[]<>"


def without_placeholders(text: str) -> str:
    """The text that is left when comments, marks of a template and empty bullets are taken out."""
    if "<!--" in text:
        text = _COMMENT.sub("", text)
    text = _TEMPLATE.sub("", _MARKED.sub("", text))
    text = _EMPTY_BULLET.sub("", _STOCK.sub("", text))
    return text.strip()


def says_something(content: object) -> bool:
    """Whether a statement is more than a placeholder; a mapping or list needs one part that is."""
    if content is None:
        return False
    if isinstance(content, str):
        left = without_placeholders(content)
        return left.casefold() not in _NOTHING and left.strip(_EDGE).casefold() not in _NOTHING
    if isinstance(content, Mapping):
        return any(says_something(part) for part in content.values())
    if isinstance(content, tuple | list):
        return any(says_something(part) for part in content)
    return True
