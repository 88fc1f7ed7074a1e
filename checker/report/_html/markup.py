"""Elements that escape what they hold: text becomes markup only through `el`."""

from __future__ import annotations

from collections.abc import Iterable

from checker.report._escape import markup

_VOID = frozenset({"meta", "input", "br"})


class Html(str):
    """Markup that this package wrote. An f-string of it is plain text again, and gets escaped."""

    __slots__ = ()


def el(name: str, /, *children: str | None, **attributes: str | int | float | None) -> Html:
    """`<name attributes>children</name>`; `class_` is `class`, `_` is `-`, an attribute of None is left out."""
    given = "".join(
        f' {_name(key)}="{markup(_value(value))}"' for key, value in attributes.items() if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{join(children)}</{name}>")


def join(parts: Iterable[str | None], between: str = "") -> Html:
    """Parts in a row; None and empty parts are left out."""
    return Html(between.join(part if isinstance(part, Html) else markup(part) for part in parts if part))


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | int | float) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
