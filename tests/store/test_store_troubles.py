"""What a store's library raises, in our words: absent, refused, busy, or out of reach."""

from __future__ import annotations

import errno

import pytest
from botocore.exceptions import ClientError, NoCredentialsError  # type: ignore[import-untyped]  # it has no types
from s3fs.errors import translate_boto_error  # type: ignore[import-untyped]  # it has no types

from checker.patience.passing import Passing
from checker.store.troubles import NoStore, TooSlow, Trouble, trouble_of

_ROOM = "make room there, or name another store"


def s3_error(code: str, status: int) -> Exception:
    """As s3fs raises what S3 answered."""
    answer = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    translated: Exception = translate_boto_error(ClientError(answer, "GetObject"), set_cause=True)
    return translated


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        pytest.param(FileNotFoundError("gone"), None, id="no such entry"),
        pytest.param(s3_error("NoSuchKey", 404), None, id="no such object"),
        pytest.param(s3_error("NoSuchBucket", 404), Trouble("has no such bucket"), id="no such bucket"),
        pytest.param(
            s3_error("AccessDenied", 403), Trouble("refused access (AccessDenied)", of_one=True), id="S3 refuses"
        ),
        pytest.param(
            s3_error("SlowDown", 503),
            Trouble("cannot be reached (SlowDown)", Passing(throttled=True), of_one=True),
            id="S3 is busy",
        ),
        pytest.param(
            s3_error("InternalError", 500),
            Trouble("cannot be reached (InternalError)", Passing(), of_one=True),
            id="S3 fails",
        ),
        pytest.param(
            NoCredentialsError(),
            Trouble("refused access (NoCredentialsError: Unable to locate credentials)"),
            id="nothing to sign with",
        ),
        pytest.param(
            PermissionError(errno.EACCES, "no"),
            Trouble("refused access (EACCES)", of_one=True),
            id="a folder of others",
        ),
        pytest.param(TimeoutError(), Trouble("cannot be reached (TimeoutError)", Passing()), id="no answer"),
        pytest.param(
            ConnectionRefusedError(errno.ECONNREFUSED, "no"), Trouble("cannot be reached (ECONNREFUSED)"), id="closed"
        ),
        pytest.param(
            OSError(errno.ECONNRESET, "reset"), Trouble("cannot be reached (ECONNRESET)", Passing()), id="cut off"
        ),
        pytest.param(OSError(errno.ENOSPC, "full"), Trouble("has no room left (ENOSPC)", hint=_ROOM), id="no room"),
        pytest.param(OSError(errno.EROFS, "ro"), Trouble("is read-only (EROFS)", hint=_ROOM), id="read-only"),
        pytest.param(TooSlow("slow"), Trouble("answers too slowly"), id="a trickle"),
        pytest.param(NoStore("/mnt"), Trouble("is not there: mount or make the folder"), id="not mounted"),
        pytest.param(
            caused(RuntimeError("wrapped"), ImportError("no gcsfs")), Trouble("needs headwater[gs]"), id="no plug-in"
        ),
        pytest.param(
            RuntimeError("s3://ana:secret@host failed"),
            Trouble("cannot be reached (RuntimeError: s3://host failed)"),
            id="a password is not repeated",
        ),
    ],
)
def test_what_it_means(error: Exception, trouble: Trouble | None) -> None:
    assert trouble_of(error, "gs") == trouble
