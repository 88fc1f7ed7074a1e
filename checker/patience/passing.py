"""Which failures pass by themselves, and what the place that failed says about when to come back."""

from __future__ import annotations

import errno
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# S3's and its relatives' words for "too many questions".
_THROTTLED = frozenset(
    {"RequestLimitExceeded", "SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "503 SlowDown"}
)
_PASSING_NUMBERS = frozenset({errno.EBUSY, errno.EAGAIN, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT})
# Classes by name, so that no library is imported to recognize its errors: a connection that ended in the middle.
_PASSING_NAMES = frozenset(
    {
        "ClientPayloadError",
        "ConnectionClosedError",
        "ConnectionLost",
        "ContentLengthError",
        "IncompleteRead",
        "IncompleteReadError",
        "ProtocolError",
        "ResponseParserError",  # a throttled answer is not always well-formed XML (s3fs #484)
        "ResponseStreamingError",
        "SFTPConnectionLost",
        "ServerDisconnectedError",
    }
)
# A host that does not even take the connection is not busy: what is wrong is the network or the address.
_NOT_THERE = frozenset({"ConnectTimeout", "ConnectTimeoutError", "ConnectionTimeoutError"})


class Passing(NamedTuple):
    """`throttled`: it has too many questions. `wish_seconds`: when it says to come back, 0 when it does not."""

    throttled: bool = False
    wish_seconds: float = 0.0


def passing(error: BaseException) -> Passing | None:
    """None for what will not pass by itself."""
    links = tuple(chain(error))
    if any(type(link).__name__ in _NOT_THERE for link in links):
        return None
    statuses = {status(link) for link in links}
    throttled = 429 in statuses or 503 in statuses or any(code(link) in _THROTTLED for link in links)
    if throttled or 408 in statuses or max(statuses) >= 500 or any(map(_breaks_off, links)):
        return Passing(throttled, max(map(_wish, links)))
    return None


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it comes from."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def status(error: BaseException) -> int:
    """The HTTP status that an error carries (aiohttp, gcsfs, azure and botocore each name it differently), or 0."""
    answer = getattr(error, "response", None)
    nested = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(answer, dict) else None
    for name in ("status", "status_code"):
        found = nested or getattr(error, name, None)
        if isinstance(found, int) and 300 <= found <= 599:
            return found
    return 0


def code(error: BaseException) -> str:
    """The word by which S3 names what is wrong (`SlowDown`), or nothing."""
    found = details(error).get("Code")
    return found if isinstance(found, str) and found.isalnum() else ""


def details(error: BaseException) -> Mapping[str, object]:
    """What S3 says beside that word (`ServerTime`, `Region`)."""
    answer = getattr(error, "response", None)
    found = answer.get("Error") if isinstance(answer, dict) else None
    return found if isinstance(found, dict) else {}


def _breaks_off(error: BaseException) -> bool:
    if isinstance(error, ConnectionRefusedError):
        return False
    named = type(error).__name__
    if isinstance(error, TimeoutError | ConnectionError) or "Timeout" in named or named in _PASSING_NAMES:
        return True
    return isinstance(error, OSError) and error.errno in _PASSING_NUMBERS


def _wish(error: BaseException) -> float:
    answer = getattr(error, "response", None)
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders") if isinstance(answer, dict) else None
    given = (headers or getattr(error, "headers", None) or {}).get("retry-after", "")
    return _seconds(str(given))


def _seconds(given: str) -> float:
    """RFC 9110, 10.2.3: seconds or a date; anything else counts as not given."""
    if not given:
        return 0.0
    try:
        seconds = float(given)
    except ValueError:
        # Rare, and not for a hook to import.
        from datetime import datetime, timezone
        from email.utils import parsedate_to_datetime

        try:
            moment = parsedate_to_datetime(given)
        except (TypeError, ValueError):
            return 0.0
        aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        seconds = (aware - datetime.now(timezone.utc)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
