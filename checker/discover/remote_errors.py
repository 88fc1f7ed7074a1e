"""Say in our words what a remote's library raised: refused, unreachable, absent, or something else."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from checker.errors import ObjectDenied, ObjectError, ObjectMissing, ObjectOffline
from checker.patience.passing import chain
from checker.patience.reasons import reason_of

# Classes by name, so that no plug-in is imported to recognize its errors.
_DENIED = frozenset(
    {
        "AuthError",
        "ClientAuthenticationError",
        "CredentialRetrievalError",
        "CredentialUnavailableError",
        "DefaultCredentialsError",
        "HostKeyNotVerifiable",
        "KeyEncryptionError",
        "KeyImportError",
        "NoAuthTokenError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "PermissionDenied",
        "ProfileNotFound",
        "RefreshError",
        "SFTPPermissionDenied",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
_OFFLINE = frozenset(
    {
        "ChannelOpenError",
        "ClientConnectionError",
        "ClientConnectorCertificateError",
        "ClientConnectorDNSError",
        "ClientConnectorError",
        "ClientOSError",
        "ClientPayloadError",
        "ConnectTimeoutError",
        "ConnectionClosedError",
        "ConnectionLost",
        "DisconnectError",
        "EndpointConnectionError",
        "FSTimeoutError",
        "HTTPClientError",
        "IncompleteRead",
        "ProtocolError",
        "ProxyConnectionError",
        "ReadTimeoutError",
        "SFTPConnectionLost",
        "SFTPNoConnection",
        "SSLError",
        "ServerDisconnectedError",
        "ServerTimeoutError",
        "ServiceRequestError",
        "ServiceResponseError",
        "SocketTimeoutError",
        "TimeoutError",
        "TransportError",
        "gaierror",
    }
)
_MISSING = frozenset({"NoSuchBucket", "NoSuchKey", "ResourceNotFoundError", "SFTPNoSuchFile", "SFTPNoSuchPath"})
_DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    }
)
_UNREACHABLE = frozenset(
    {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT, errno.ECONNRESET, errno.EPIPE}
)
_PLUGINS = {"s3": "s3", "ssh": "ssh", "gs": "gs", "azure": "azure"}
_PASSWORD_IN_URL = re.compile(r"(?<=://)[^/\s@]+@")


class Asked(NamedTuple):
    """What was wanted: the object, where it was looked for before, and the remote that failed to give it."""

    of: str
    looked: str
    remote: str
    address: str
    scheme: str

    @property
    def label(self) -> str:
        return f"remote {self.remote!r} ({self.address})"


def public_address(url: str) -> str:
    """A URL without user, password, query and fragment, which may hold secrets."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def translate(error: BaseException, asked: Asked, secrets: tuple[str, ...] = ()) -> ObjectError:
    """The ObjectError for what a remote's library raised: the strongest reason in the chain. `secrets` stay unsaid."""
    links = tuple(chain(error))
    if any(isinstance(link, ImportError) or _named(link) == "RemoteMissingDepsError" for link in links):
        return _no_plugin(asked)
    known = reason_of(links)
    if known is not None:
        kind = ObjectDenied if known.denied else ObjectOffline
        return kind(f"{asked.of}: {asked.label} {known.words}", hint=known.hint, address=asked.address)
    for is_reason, make in ((_is_denied, _denied), (_is_offline, _offline), (_is_missing, _missing)):
        for link in reversed(links):
            if is_reason(link):
                return make(_reason(link), asked)
    return ObjectError(
        f"{asked.of}: {asked.label} failed with {_redacted(f'{_named(error)}: {error}', secrets)}",
        hint=f"see whether `dvc pull --remote {asked.remote}` works here",
        address=asked.address,
    )


def _is_denied(error: BaseException) -> bool:
    status = _status(error)
    named = _DENIED.intersection(_names(error)) or _code(error) in _DENIED_CODES
    return isinstance(error, PermissionError) or status in (401, 403, 407) or bool(named)


def _is_offline(error: BaseException) -> bool:
    if isinstance(error, (PermissionError, FileNotFoundError)) or _status(error) == 404:
        return False
    unreachable = isinstance(error, OSError) and error.errno in _UNREACHABLE
    down = _status(error) == 429 or _status(error) >= 500
    named = _OFFLINE.intersection(_names(error))
    return isinstance(error, (ConnectionError, TimeoutError)) or unreachable or down or bool(named)


def _is_missing(error: BaseException) -> bool:
    found = isinstance(error, (FileNotFoundError, NotADirectoryError)) or _status(error) in (404, 410)
    return found or bool(_MISSING.intersection(_names(error)))


def _denied(reason: str, asked: Asked) -> ObjectError:
    return ObjectDenied(
        f"{asked.of}: {asked.label} refused access ({reason})",
        hint=f"give this machine credentials for it: `dvc remote modify --local {asked.remote} …`, or its environment",
        address=asked.address,
    )


def _offline(reason: str, asked: Asked) -> ObjectError:
    return ObjectOffline(
        f"{asked.of}: {asked.label} cannot be reached ({reason})",
        hint="check the network and the address, or run where the DVC cache holds the data",
        address=asked.address,
    )


def _missing(reason: str, asked: Asked) -> ObjectError:
    bucket = "; its bucket does not exist" if reason == "NoSuchBucket" else ""
    return ObjectMissing(
        f"{asked.looked}, nor in {asked.label}{bucket}",
        hint=f"run `dvc push --remote {asked.remote}` where the data is",
        address=asked.address,
    )


def _no_plugin(asked: Asked) -> ObjectError:
    extra = _PLUGINS.get(asked.scheme)
    package = f"headwater[{extra}]" if extra else f"dvc-{'webdav' if asked.scheme == 'webdavs' else asked.scheme}"
    return ObjectError(
        f"{asked.of}: {asked.label} needs DVC's plug-in for {asked.scheme}://, which is not installed",
        hint=f"pip install '{package}'",
        address=asked.address,
    )


def _reason(error: BaseException) -> str:
    if status := _status(error):
        return _code(error) or f"HTTP {status}"
    number = error.errno if isinstance(error, OSError) and type(error).__module__ == "builtins" else None
    if number is not None and number in errno.errorcode:
        return f"{_named(error)}, {errno.errorcode[number]}"
    return _code(error) or _named(error)


def _named(error: BaseException) -> str:
    return type(error).__name__


def _names(error: BaseException) -> Iterator[str]:
    return (kind.__name__ for kind in type(error).__mro__)


def _status(error: BaseException) -> int:
    """The HTTP status that an error carries (aiohttp, gcsfs, azure and botocore each name it differently), or 0."""
    response = getattr(error, "response", None)
    nested = response.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(response, dict) else None
    for name in ("status", "status_code", "code"):  # in this order: aiohttp warns when `code` is looked at
        status = nested or getattr(error, name, None)
        if isinstance(status, int) and 400 <= status <= 599:
            return status
    return 0


def _code(error: BaseException) -> str:
    """The word by which S3 names what is wrong (`NoSuchBucket`)."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    return code if isinstance(code, str) and code.isalpha() else ""


def _redacted(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, "…")
    return _PASSWORD_IN_URL.sub("", text)[:300]
