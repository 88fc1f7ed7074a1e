"""From the text of a condition to a compiled one: what is wrong with it, in words, and which variables it uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from checker.rules import _cel
from checker.rules._aggregates import variables

MOST_BYTES = 2_048
_MOST_SAID = 200
_ESCAPES = ("\\", "'''", '"""')


class Fault(NamedTuple):
    """What is wrong and the next step; `line` and `column` within the text, from 1, 0 where unknown."""

    what: str
    fix: str = ""
    line: int = 0
    column: int = 0


class Condition(NamedTuple):
    """A compiled condition with the variables that it uses, or what is wrong with it."""

    names: tuple[str, ...] = ()
    program: _cel.Compiled | None = None
    faults: tuple[Fault, ...] = ()

    def value(self, given: Mapping[str, object]) -> bool | str:
        """True, False, or why there is no answer."""
        if self.program is None:
            return self.faults[0].what
        answer = self.program.value(given)
        return answer if isinstance(answer, bool) else _line(answer.partition(": ")[2] or answer)


@lru_cache(maxsize=1024)
def condition(source: str) -> Condition:
    """Compile a condition. Nothing of it is trusted: it comes from a file that anybody may propose."""
    faults = tuple(_unreadable(source))
    if faults:
        return Condition(faults=faults)
    if not _cel.installed():
        fix = f"install it beside headwater: pip install 'headwater[cel]', which brings {_cel.PACKAGE}"
        return Condition(faults=(Fault(f"{_cel.PACKAGE}, which reads expressions, is not installed", fix),))
    types = {name: row.type for name, row in variables().items()}
    try:
        program = _cel.compiled(source, types)
    except _cel.Refused as refused:
        return Condition(faults=(_fault(source, str(refused), types),))
    if program.type != "bool":
        return Condition(faults=(Fault(f"it gives {program.type}, true or false is expected", "compare it", 1, 1),))
    names = _used(source, types)
    if not names:
        fix = "use a variable of docs/expressions.md; between its words stands a dot and nothing else"
        return Condition(faults=(Fault("it looks at no variable, so it says nothing of the data", fix, 1, 1),))
    return Condition(names, program)


def _used(source: str, types: Mapping[str, str]) -> tuple[str, ...]:
    """The variables without which it does not compile; none where one is written apart (`share .human`)."""
    spoken = [name for name in types if name in source]
    if not _compiles(source, types, spoken):
        return ()
    return tuple(name for name in spoken if not _compiles(source, types, (each for each in spoken if each != name)))


def _compiles(source: str, types: Mapping[str, str], names: Iterable[str]) -> bool:
    try:
        _cel.compiled(source, {name: types[name] for name in names})
    except _cel.Refused:
        return False
    return True


def _unreadable(source: str) -> Iterator[Fault]:
    """What would make a reader and the compiler see two different conditions."""
    size = len(source.encode("utf-8", "replace"))
    if size > MOST_BYTES:
        yield Fault(f"it has {size:,} bytes, the most are {MOST_BYTES:,}", "split it into several rules", 1, 1)
        return
    if not source.strip():
        yield Fault("it is empty", "write what is good, such as share.machine <= 0.2", 1, 1)
        return
    for sign in _ESCAPES:
        if sign in source:
            yield _at(source, source.index(sign), f"{sign} is not taken", "write texts in plain quotes")
            return
    place = _odd(source)
    if place is not None:
        fix = "write it with the signs of a keyboard"
        yield _at(source, place, f"U+{ord(source[place]):04X} is not taken here", fix)
        return
    comment = _comment(source)
    if comment is not None:
        # In a folded scalar all lines are one, and a comment would swallow every condition after it.
        yield _at(source, comment, "// starts a comment, which hides what follows", "use # in YAML, or message")


def _odd(source: str) -> int | None:
    """The first sign that does not show itself: control, invisible, or turning the direction of writing."""
    return next((at for at, sign in enumerate(source) if not sign.isprintable() and sign not in "\n\t"), None)


def _comment(source: str) -> int | None:
    """Where a comment starts, outside of texts; there are no escapes in them."""
    quote = ""
    for at, sign in enumerate(source):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif source.startswith("//", at):
            return at
    return None


def _at(source: str, index: int, what: str, fix: str) -> Fault:
    before = source[:index]
    return Fault(what, fix, before.count("\n") + 1, index - before.rfind("\n"))


def _fault(source: str, message: str, types: Mapping[str, str]) -> Fault:
    """`...<input>:2:10: undeclared reference to 'share.humn' (in container '')` in our words."""
    _, _, rest = message.partition("<input>:")
    line, _, rest = rest.partition(":")
    column, _, text = rest.partition(":")
    if not line.isdigit() or not column.isdigit():
        return Fault(_too_much(message), "make it shorter, or split it into several rules", 1, 1)
    what = _line(text.partition("\n")[0].partition(" (in container")[0])
    said, fix = _words(what, types)
    return _placed(source, Fault(said, fix, int(line), int(column)), what)


def _placed(source: str, fault: Fault, what: str) -> Fault:
    """CEL points at the dot or the bracket behind an unknown name; a reader looks for its first letter."""
    name = _quoted(what)
    lines = source.split("\n")
    if not what.startswith("undeclared") or fault.line > len(lines):
        return fault
    start = lines[fault.line - 1].rfind(name, 0, fault.column + len(name))
    return fault._replace(column=start + 1) if start >= 0 else fault


def _words(what: str, types: Mapping[str, str]) -> tuple[str, str]:
    if what.startswith("undeclared reference"):
        name = _quoted(what)
        return f"{name} is no variable and no function here", _nearest(name, types)
    if what.startswith("found no matching overload"):
        return what.removeprefix("found "), _operands(what)
    return what, "see docs/expressions.md"


def _operands(what: str) -> str:
    if "'_/_'" in what and "double" in what:
        return "multiply the other side: 0.0 / 0.0 is no number, and would decide by accident"
    if "(double, int)" in what or "(int, double)" in what:
        return "write 1.0 for 1, or double(x) of a count"
    return "the types must fit; docs/expressions.md has the type of each variable"


def _nearest(name: str, types: Mapping[str, str]) -> str:
    from difflib import get_close_matches

    functions = [each for each in (*_cel.FUNCTIONS, *_cel.MACROS) if each.isalpha()]
    close = get_close_matches(name, [*types, *functions], n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    group = [each for each in types if each.partition(".")[0] == name.partition(".")[0]]
    return f"expected one of: {', '.join(sorted(group) or sorted(functions))}; docs/expressions.md lists all"


def _quoted(what: str) -> str:
    return what.partition("'")[2].partition("'")[0]


def _too_much(message: str) -> str:
    return _line(message.partition(": ")[2].replace("ERROR: ", "") or message)


def _line(text: str) -> str:
    """One line of printable signs, without the library's own bracket at the end."""
    line = " ".join(text.partition(" [")[0].split())
    return "".join(sign for sign in line if sign.isprintable())[:_MOST_SAID].rstrip(".")
