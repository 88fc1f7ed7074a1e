"""What a shared store's library raised, in our words, and whether it is worth asking again."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from typing import NamedTuple

_REFUSED_NAMES = frozenset(
    {
        "AuthenticationError",
        "ClientAuthenticationError",
        "CredentialRetrievalError",
        "DefaultCredentialsError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "PermissionDenied",
        "ProfileNotFound",
        "RefreshError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
_THROTTLED_CODES = frozenset(
    {"SlowDown", "RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequests"}
)
_BUSY_NUMBERS = frozenset({errno.EBUSY, errno.EAGAIN, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT})
_PLUGINS = {
    "s3": "s3",
    "s3a": "s3",
    "ssh": "ssh",
    "sftp": "ssh",
    "gs": "gs",
    "gcs": "gs",
    "az": "azure",
    "abfs": "azure",
}
_USER_IN_URL = re.compile(r"(?<=://)[^/\s@]+@")


class NoStore(OSError):
    """The folder of a store is not there: an unmounted drive is not an empty one."""


class Trouble(NamedTuple):
    """Why a store could not be asked. `again`: a little later it may be."""

    reason: str
    again: bool = False


def trouble_of(error: BaseException, scheme: str) -> Trouble | None:
    """What the error means; None when the store was asked and has no such entry."""
    if isinstance(error, NoStore):
        return Trouble("is not there: mount or make the folder")
    chain = tuple(_chain(error))
    if any(isinstance(link, ImportError) for link in chain):
        extra = _PLUGINS.get(scheme)
        return Trouble(f"needs {f'headwater[{extra}]' if extra else f'a plug-in of fsspec for {scheme}://'}")
    status = next((found for link in chain if (found := _status(link))), 0)
    if isinstance(error, FileNotFoundError) and status in (0, 404):
        # s3fs gives the code in the cause, or only the words that S3 has for it.
        no_bucket = any(_code(link) == "NoSuchBucket" for link in chain) or "bucket does not exist" in str(error)
        return Trouble("has no such bucket") if no_bucket else None
    if status in (404, 410):
        return None
    if any(isinstance(link, PermissionError) or type(link).__name__ in _REFUSED_NAMES for link in chain):
        return Trouble(f"refused access ({_named(chain, status)})")
    if status in (401, 403, 407):
        return Trouble(f"refused access (HTTP {status})")
    again = status in (408, 429) or status >= 500 or any(_is_passing(link) for link in chain)
    return Trouble(f"cannot be reached ({_named(chain, status)})", again)


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, ConnectionRefusedError):
        return False
    if isinstance(error, TimeoutError | ConnectionError) or _code(error) in _THROTTLED_CODES:
        return True
    named = type(error).__name__
    if "Timeout" in named or named in ("ServerDisconnectedError", "ClientPayloadError", "IncompleteRead"):
        return True
    return isinstance(error, OSError) and error.errno in _BUSY_NUMBERS


def _named(chain: tuple[BaseException, ...], status: int) -> str:
    first = chain[0]
    code = next((found for link in chain if (found := _code(link))), "")
    if code or status:
        return code or f"HTTP {status}"
    number = next((link.errno for link in chain if isinstance(link, OSError) and link.errno in errno.errorcode), None)
    if number is not None:
        return errno.errorcode[number]
    return _USER_IN_URL.sub("", f"{type(first).__name__}: {first}" if str(first) else type(first).__name__)[:200]


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _status(error: BaseException) -> int:
    """The HTTP status that an error carries; each library has its own name for it."""
    response = getattr(error, "response", None)
    nested = response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None
    for name in ("status", "status_code"):
        status = nested or getattr(error, name, None)
        if isinstance(status, int) and 400 <= status <= 599:
            return status
    return 0


def _code(error: BaseException) -> str:
    """The word by which S3 names what is wrong (`SlowDown`)."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return code if isinstance(code, str) and code.isalnum() else ""
