"""Strings that others wrote, made harmless, one function a sink: names may come from a hostile pull request."""

from __future__ import annotations

import re

# Compiled by `re` when they are first used: a hook that finds nothing escapes nothing.
_SPACES = r" {2,}"
_LOG_COMMAND = r"(?i)#(?=#(?:\[|vso\[))"
_MARKDOWN = {ord(char): f"&#{ord(char)};" for char in "\\`*_{}[]()<>!|~&:$\"'^=+"}
_MARKDOWN |= {ord("@"): "&#64;&#8203;", ord("#"): "&#35;&#8203;"}
_LOGIN = r"^([A-Za-z][A-Za-z0-9+.-]*://)[^/@\s]*@"
_AUTOLINK = r"(?i)\b(www)(?=\.)|\b(gh)(?=-\d)"


def legible(text: str) -> str:
    r"""Controls, bidi marks, surrogates and all that does not show as itself become visible (`\x1b`, `\u202e`)."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _code(ord(char)) for char in text)


def _code(point: int) -> str:
    if 0xDC80 <= point <= 0xDCFF:  # a byte of a git path that is not UTF-8, see PEP 383
        return f"\\x{point - 0xDC00:02x}"
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters: the middle goes, because a path differs at its end."""
    if len(text) <= limit:
        return text
    tail = limit // 2
    return f"{text[: limit - tail - 1]}…{text[len(text) - tail :]}"


def terminal(text: str, limit: int = 400) -> str:
    """One line for a terminal or a CI log. Runs of spaces would push a forged line to the next row, so they collapse;
    `##[` and `##vso[` command a runner wherever they stand in a line."""
    return re.sub(_LOG_COMMAND, r"\\x23", clip(re.sub(_SPACES, " ", legible(text)), limit))


def markup(text: str) -> str:
    """Text or a quoted attribute value of HTML and SVG."""
    safe = legible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace('"', "&quot;").replace("'", "&#39;")


def markdown(text: str, limit: int = 400) -> str:
    """A part of a line or table cell: no markup, mention, issue reference, link, image or formula comes of it."""
    cut = re.sub(_AUTOLINK, lambda found: f"{found[0]}\u200b", clip(legible(text), limit))
    return cut.translate(_MARKDOWN).replace("\u200b", "&#8203;")


def linkless(text: str, limit: int) -> str:
    """Plain text of SARIF, in which `[words](address)` is a link all the same (section 3.11.6 of its standard)."""
    return clip(legible(text).replace("](", "] ("), limit)


def markdown_code(text: str, limit: int = 200) -> str:
    """The same in typewriter face; a code span of backticks could be closed by the text, the element cannot."""
    return f"<code>{markdown(text, limit)}</code>"


def command_data(text: str) -> str:
    """The message of a GitHub workflow command."""
    return re.sub(_LOG_COMMAND, r"\\x23", legible(text)).replace("%", "%25")


def command_property(text: str) -> str:
    """A property (`file=`, `title=`) of a GitHub workflow command."""
    return command_data(text).replace(":", "%3A").replace(",", "%2C")


def exact(text: str) -> str:
    """For JSON: the string as it is, but lone surrogates, which strict readers refuse, become legible."""
    if text.isascii():
        return text
    return "".join(_code(ord(char)) if 0xD800 <= ord(char) <= 0xDFFF else char for char in text)


def address(url: str) -> str:
    """A URL without the user and password that someone left in it."""
    return re.sub(_LOGIN, r"\1", url)


def uri(path: str) -> str:
    """A repository path as a relative URI reference; bytes that are not UTF-8 keep their value."""
    from urllib.parse import quote

    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        data = exact(path).encode()
    return quote(data, safe="/-._~")
