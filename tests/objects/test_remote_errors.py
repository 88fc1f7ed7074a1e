"""What the libraries raise, in our words: real exceptions of aiohttp, botocore, asyncssh and Python itself."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from importlib import import_module
from typing import Any

import pytest

from checker.discover.remote_errors import Asked, public_address, translate
from checker.errors import ObjectDenied, ObjectError, ObjectMissing, ObjectOffline

ASKED = Asked("data/a", "data/a (md5 00) is not in the DVC cache", "storage", "s3://bucket/data", "s3")


def made(module: str, name: str, *arguments: Any, **options: Any) -> Any:
    return getattr(import_module(module), name)(*arguments, **options)


def http(status: int) -> Exception:
    url = made("yarl", "URL", "https://host/x")
    request = made("aiohttp", "RequestInfo", url, "GET", {}, url)
    error: Exception = made("aiohttp", "ClientResponseError", request, (), status=status)
    return error


def s3(code: str, status: int) -> Exception:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    error: Exception = made("botocore.exceptions", "ClientError", response, "GetObject")
    return error


def caused(error: Exception, cause: Exception) -> Exception:
    """As after `raise error from cause`."""
    error.__cause__ = cause
    return error


def during(error: Exception, context: Exception) -> Exception:
    """As after `raise error` while `context` was handled."""
    error.__context__ = context
    return error


DENIED = [
    pytest.param(http(401), "HTTP 401", id="HTTP 401"),
    pytest.param(http(403), "HTTP 403", id="HTTP 403"),
    pytest.param(http(407), "HTTP 407", id="a proxy wants a password"),
    pytest.param(caused(FileNotFoundError("u"), http(401)), "HTTP 401", id="HTTP 401 told as not found"),
    pytest.param(s3("InvalidAccessKeyId", 403), "InvalidAccessKeyId", id="S3 does not know the key"),
    pytest.param(s3("SignatureDoesNotMatch", 403), "SignatureDoesNotMatch", id="S3 wrong secret"),
    pytest.param(s3("403", 403), "HTTP 403", id="S3 HEAD without a body"),
    pytest.param(made("botocore.exceptions", "NoCredentialsError"), "NoCredentialsError", id="S3 no credentials"),
    pytest.param(made("botocore.exceptions", "ProfileNotFound", profile="x"), "ProfileNotFound", id="S3 no profile"),
    pytest.param(made("asyncssh", "PermissionDenied", "no"), "PermissionDenied", id="SSH key refused"),
    pytest.param(made("asyncssh", "HostKeyNotVerifiable", "no"), "HostKeyNotVerifiable", id="SSH host unknown"),
    pytest.param(made("asyncssh", "KeyImportError", "no"), "KeyImportError", id="SSH key unreadable"),
    pytest.param(PermissionError(errno.EACCES, "no"), "PermissionError, EACCES", id="file rights"),
    pytest.param(made("dvc_objects.fs.errors", "AuthError"), "AuthError", id="dvc's own"),
]
OFFLINE = [
    pytest.param(ConnectionRefusedError(errno.ECONNREFUSED, "no"), "ECONNREFUSED", id="refused"),
    pytest.param(OSError(errno.EHOSTUNREACH, "no"), "EHOSTUNREACH", id="no route"),
    pytest.param(socket.gaierror(-2, "Name or service not known"), "gaierror", id="no such name"),
    pytest.param(TimeoutError(), "TimeoutError", id="timeout"),
    pytest.param(asyncio.TimeoutError(), "TimeoutError", id="timeout of asyncio"),
    pytest.param(made("fsspec.exceptions", "FSTimeoutError"), "FSTimeoutError", id="timeout of fsspec"),
    pytest.param(http(503), "HTTP 503", id="HTTP 503"),
    pytest.param(http(429), "HTTP 429", id="too many requests"),
    pytest.param(made("aiohttp", "ClientPayloadError", "short"), "ClientPayloadError", id="broke off"),
    pytest.param(made("aiohttp", "ServerDisconnectedError"), "ServerDisconnectedError", id="hung up"),
    pytest.param(
        caused(FileNotFoundError("u"), made("aiohttp", "ClientOSError", errno.ECONNREFUSED, "no")),
        "ClientOSError",
        id="refused told as not found",
    ),
    pytest.param(
        made("botocore.exceptions", "EndpointConnectionError", endpoint_url="http://x"),
        "EndpointConnectionError",
        id="S3 refused",
    ),
    pytest.param(s3("SlowDown", 503), "SlowDown", id="S3 slow down"),
    pytest.param(made("asyncssh", "ConnectionLost", "no"), "ConnectionLost", id="SSH lost"),
    pytest.param(ssl.SSLCertVerificationError(1, "self-signed"), "SSLCertVerificationError", id="certificate"),
]
MISSING = [
    pytest.param(FileNotFoundError(errno.ENOENT, "no"), id="not found"),
    pytest.param(http(404), id="HTTP 404"),
    pytest.param(http(410), id="HTTP 410"),
    pytest.param(s3("NoSuchKey", 404), id="S3 no key"),
    pytest.param(caused(FileNotFoundError("x"), s3("NoSuchBucket", 404)), id="S3 no bucket"),
    pytest.param(made("asyncssh", "SFTPNoSuchFile", "no"), id="SFTP not found"),
    pytest.param(during(FileNotFoundError("x"), KeyError("x")), id="while another error was handled"),
]
OTHER = [
    pytest.param(ValueError("odd"), "ValueError: odd", id="an error of a library"),
    pytest.param(http(400), "ClientResponseError", id="HTTP 400"),
    pytest.param(caused(ValueError("odd"), KeyError("k")), "ValueError: odd", id="with a cause"),
]


@pytest.mark.parametrize(("error", "reason"), DENIED)
def test_denied(error: Exception, reason: str) -> None:
    found = translate(error, ASKED)
    assert type(found) is ObjectDenied
    assert found.message == f"data/a: remote 'storage' (s3://bucket/data) refused access ({reason})"


@pytest.mark.parametrize(("error", "reason"), OFFLINE)
def test_offline(error: Exception, reason: str) -> None:
    found = translate(error, ASKED)
    assert type(found) is ObjectOffline
    assert "cannot be reached (" in found.message
    assert reason in found.message


@pytest.mark.parametrize("error", MISSING)
def test_missing(error: Exception) -> None:
    found = translate(error, ASKED)
    assert type(found) is ObjectMissing
    assert found.message.startswith(
        "data/a (md5 00) is not in the DVC cache, nor in remote 'storage' (s3://bucket/data)"
    )


@pytest.mark.parametrize(("error", "words"), OTHER)
def test_other(error: Exception, words: str) -> None:
    found = translate(error, ASKED)
    assert type(found) is ObjectError
    assert words in found.message


def test_a_bucket_that_does_not_exist_is_said() -> None:
    assert "its bucket does not exist" in translate(caused(FileNotFoundError(), s3("NoSuchBucket", 404)), ASKED).message


def test_a_suppressed_context_does_not_count() -> None:
    error = FileNotFoundError("x")
    error.__context__ = PermissionError("before")
    error.__suppress_context__ = True
    assert type(translate(error, ASKED)) is ObjectMissing


def test_a_chain_that_bites_its_tail_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__context__, two.__context__ = two, one
    assert "ValueError: one" in translate(one, ASKED).message


@pytest.mark.parametrize(
    ("scheme", "package"),
    [("s3", "headwater[s3]"), ("gs", "headwater[gs]"), ("webdavs", "dvc-webdav"), ("oss", "dvc-oss")],
)
def test_plugin_that_is_not_installed(scheme: str, package: str) -> None:
    asked = Asked("data/a", "", "storage", f"{scheme}://x", scheme)
    found = translate(ImportError("requires something"), asked)
    assert f"needs DVC's plug-in for {scheme}://" in found.message
    assert found.hint == f"pip install '{package}'"


def test_secrets_stay_unsaid() -> None:
    error = ValueError("cannot sign with hunter2 at https://ana:pass@host/x")
    found = translate(error, ASKED, ("hunter2",))
    assert found.message.endswith("ValueError: cannot sign with … at https://host/x")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        pytest.param("https://ana:p@ss@host:81/a?sig=x#y", "https://host:81/a", id="everything secret"),
        pytest.param("ssh://ana@host/srv/data", "ssh://host/srv/data", id="user"),
        pytest.param("s3://bucket/a", "s3://bucket/a", id="nothing secret"),
        pytest.param("azure://c?sv=1&sig=x", "azure://c", id="shared access signature"),
        pytest.param("remote://storage/a", "remote://storage/a", id="a remote in a remote"),
    ],
)
def test_address_without_secrets(url: str, shown: str) -> None:
    assert public_address(url) == shown
