"""What a shared store's library raised, in our words, and whether it is worth asking again."""

from __future__ import annotations

import errno
import re
from typing import NamedTuple

from checker.patience.passing import Passing, chain, code, passing, status
from checker.patience.reasons import reason_of

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
# Refusals that may be about one entry: its own rights, its own key of encryption.
_OF_ONE = frozenset({"", "403", "AccessDenied", "Forbidden", "InvalidObjectState"})
_NOT_WRITTEN = {
    errno.ENOSPC: "has no room left",
    errno.EDQUOT: "has no room left for this user",
    errno.EFBIG: "takes no file of this size",
    errno.EROFS: "is read-only",
}
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
_HINT = "check the network, the address and this machine's credentials"


class NoStore(OSError):
    """The folder of a store is not there: an unmounted drive is not an empty one."""


class TooSlow(OSError):
    """It arrives, but so slowly that waiting for the rest is no use."""


class Trouble(NamedTuple):
    """Why a store could not be asked. `passing`: a little later it may be. `of_one`: other entries may be had."""

    reason: str
    passing: Passing | None = None
    of_one: bool = False
    hint: str = _HINT


def trouble_of(error: BaseException, scheme: str) -> Trouble | None:
    """What the error means; None when the store was asked and has no such entry."""
    if isinstance(error, NoStore):
        return Trouble("is not there: mount or make the folder")
    if isinstance(error, TooSlow):
        return Trouble("answers too slowly")
    links = tuple(chain(error))
    if any(isinstance(link, ImportError) for link in links):
        extra = _PLUGINS.get(scheme)
        return Trouble(f"needs {f'headwater[{extra}]' if extra else f'a plug-in of fsspec for {scheme}://'}")
    answer = next((found for link in links if (found := status(link))), 0)
    if isinstance(error, FileNotFoundError) and answer in (0, 404):
        # s3fs gives the code in the cause, or only the words that S3 has for it.
        no_bucket = any(code(link) == "NoSuchBucket" for link in links) or "bucket does not exist" in str(error)
        return Trouble("has no such bucket") if no_bucket else None
    if answer in (404, 410):
        return None
    if (known := reason_of(links)) is not None:
        return Trouble(known.words, hint=known.hint)
    return _refusal(links, answer) or _failure(error, links, answer)


def _refusal(links: tuple[BaseException, ...], answer: int) -> Trouble | None:
    named = any(type(link).__name__ in _REFUSED_NAMES for link in links)
    of_one = not named and all(code(link) in _OF_ONE for link in links)
    if named or any(isinstance(link, PermissionError) for link in links):
        return Trouble(f"refused access ({_named(links, answer)})", of_one=of_one)
    return Trouble(f"refused access (HTTP {answer})", of_one=answer == 403) if answer in (401, 403, 407) else None


def _failure(error: BaseException, links: tuple[BaseException, ...], answer: int) -> Trouble:
    full = next(
        (_NOT_WRITTEN[link.errno] for link in links if isinstance(link, OSError) and link.errno in _NOT_WRITTEN), ""
    )
    if full and not answer:
        return Trouble(f"{full} ({_named(links, 0)})", hint="make room there, or name another store")
    again = passing(error)
    wish = f", asks to wait {again.wish_seconds:,.0f} s" if again is not None and again.wish_seconds else ""
    return Trouble(
        f"cannot be reached ({_named(links, answer)}{wish})", again, of_one=again is not None and answer >= 500
    )


def _named(links: tuple[BaseException, ...], answer: int) -> str:
    first = links[0]
    word = next((found for link in links if (found := code(link))), "")
    if word or answer:
        return word or f"HTTP {answer}"
    number = next((link.errno for link in links if isinstance(link, OSError) and link.errno in errno.errorcode), None)
    if number is not None:
        return errno.errorcode[number]
    return _USER_IN_URL.sub("", f"{type(first).__name__}: {first}" if str(first) else type(first).__name__)[:200]
