"""Whether one glob reaches all that another one reaches."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from checker.globs import matches

# Stands for characters that no pattern spells out: only a wildcard takes it.
_ANY = "\x01" * 50


def covers(wide: str, narrow: str) -> bool:
    """Whether every name that fits `narrow` fits `wide`; where that cannot be told, false.

    Names that `narrow` stands for are tried: its wildcards filled with nothing and with much, `**` also with folders.
    """
    return wide == narrow or all(matches(wide, name) for name in _names_of(narrow))


def cover(wide: Collection[str], narrow: Collection[str]) -> bool:
    """The same for lists of globs, of which any may fit; an empty list reaches everything."""
    if not wide:
        return True
    return bool(narrow) and all(any(covers(one, other) for one in wide) for other in narrow)


def _names_of(glob: str) -> Iterator[str]:
    for folders in ((), (_ANY,), (_ANY, _ANY, _ANY)):
        for filling in ("", _ANY):
            name: list[str] = []
            for segment in glob.split("/"):
                # A folder has a name, so a star alone never stands for nothing.
                name += folders if segment == "**" else (_filled(segment, filling) or _ANY,)
            yield "/".join(name)


def _filled(segment: str, filling: str) -> str:
    return segment.replace("*", filling).replace("?", _ANY[0])
