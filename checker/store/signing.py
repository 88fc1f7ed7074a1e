"""Signatures of entries: who may write evidence holds one secret, and who demands signed evidence checks with it."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping
from enum import Enum
from hashlib import sha256

from checker.errors import UsageError
from checker.store.entries import LIST, Name

VARIABLE = "HEADWATER_EVIDENCE_KEY"
LEAST_KEY_BYTES = 32
SUFFIX = ".sig"
MAX_SIGNATURE_BYTES = 256
# Git, which records its md5, stands for a list of shards: no signature could say more.
UNSIGNED = (LIST,)
_PREFIX = "hmac-sha256 "


class Signed(str, Enum):
    """Whether the entries of shared stores have to be signed."""

    OPTIONAL = "optional"
    REQUIRED = "required"


def signing_key(environment: Mapping[str, str] = os.environ) -> bytes | None:
    """The secret in HEADWATER_EVIDENCE_KEY, or None. UsageError when it is too short to be one."""
    secret = environment.get(VARIABLE, "").encode("utf-8", "surrogateescape")
    if secret and len(secret) < LEAST_KEY_BYTES:
        raise UsageError(
            f"{VARIABLE} has {len(secret)} bytes, at least {LEAST_KEY_BYTES} are needed",
            hint="`openssl rand -hex 32` makes one",
        )
    return secret or None


def signature_of(name: Name, digest: str, key: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) over the kind, the key and the digest of the content, as the line that `.sig` holds."""
    message = f"headwater/evidence/v1 {name.kind} {name.key} {digest}".encode()
    return f"{_PREFIX}{hmac.new(key, message, sha256).hexdigest()}\n".encode()


def problem_of(signature: bytes | None, name: Name, digest: str, key: bytes | None) -> str:
    """Why an entry with this signature must not be used where signatures are required; empty when it may."""
    if key is None:
        return f"its signature cannot be checked: {VARIABLE} is not set"
    if signature is None:
        return "it is not signed"
    fits = hmac.compare_digest(signature, signature_of(name, digest, key))
    return "" if fits else "its signature is not by the holder of this key"
