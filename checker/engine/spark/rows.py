"""What a worker answers for a shard, as columns of text: nothing that comes back is ever unpickled."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple

from checker import errors
from checker.engine.seam import Measured, Result
from checker.errors import HeadwaterError
from checker.model.composition import Absence, Unmeasured
from checker.model.location import Location
from checker.store.entries import Name

SCHEMA = "number long, kind string, content string"


class Kind(str, Enum):
    """What an answer is."""

    MEASURED = "measured"
    UNMEASURED = "unmeasured"
    REFUSED = "refused"  # a fault that the user can mend
    FAULT = "fault"  # one of ours: a traceback
    MEMORY = "memory"  # more than the worker has
    OTHER = "other"  # the worker is not what the driver needs: its own stamp
    STRANGER = "stranger"  # what it was sent names something that it does not have


class Sent(NamedTuple):
    """An entry that a worker has put into the shared store, and the digest of its content that a signature covers."""

    name: Name
    digest: str


class Answer(NamedTuple):
    """The row: `number` of the shard in its wave, and `content`, JSON or text as the kind has it."""

    number: int
    kind: Kind
    content: str

    def told(self) -> Result:
        """The result of a shard. Raises the HeadwaterError that the worker met.

        ValueError, TypeError, LookupError or AttributeError for what no `answer` and no `refusal` wrote.
        """
        found: dict[str, Any] = json.loads(self.content)
        if self.kind is Kind.MEASURED:
            parts = found["result"]
            _must_be_texts(parts["differs"], *(value for name, value in parts.items() if name != "differs"))
            return Measured(**{**parts, "differs": tuple(parts["differs"])})
        if self.kind is Kind.UNMEASURED:
            _must_be_texts([], *found.values())
            return Unmeasured(**{**found, "absence": Absence[found["absence"]]})
        raise _error(found)

    def sent(self) -> tuple[Sent, ...]:
        """What the worker has put into the shared store."""
        found = json.loads(self.content)["sent"] if self.kind is Kind.MEASURED else ()
        for one in found:
            _must_be_texts(one)
        return tuple(Sent(Name(key, kind), digest) for key, kind, digest in found)


def answer(number: int, result: Result, sent: Sequence[Sent] = ()) -> Answer:
    """The row of a result."""
    if isinstance(result, Unmeasured):
        return Answer(number, Kind.UNMEASURED, _text({**result._asdict(), "absence": result.absence.name}))
    entries = [[*one.name, one.digest] for one in sent]
    return Answer(number, Kind.MEASURED, _text({"result": result._asdict(), "sent": entries}))


def refusal(number: int, error: HeadwaterError) -> Answer:
    """The row of what the user can mend."""
    found = {"type": type(error).__name__, "message": error.message, "hint": error.hint, "location": error.location}
    return Answer(number, Kind.REFUSED, _text(found))


def _error(found: dict[str, Any]) -> HeadwaterError:
    """As the worker raised it; of its kinds only those of `checker.errors`, which all are made in one way."""
    _must_be_texts([], found["type"], found["message"], found["hint"])
    kinds = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
    kind = kinds.get(found["type"], HeadwaterError)
    error = (kind if issubclass(kind, HeadwaterError) else HeadwaterError)(found["message"], hint=found["hint"])
    error.location = None if found["location"] is None else Location(*found["location"])
    return error


def _must_be_texts(several: object, *others: object) -> None:
    """Raises ValueError."""
    if not isinstance(several, list) or not all(isinstance(one, str) for one in (*several, *others)):
        raise ValueError("expected texts")


def _text(found: object) -> str:
    """ASCII: names of files need not be Unicode, and columns of text have to be."""
    return json.dumps(found)
