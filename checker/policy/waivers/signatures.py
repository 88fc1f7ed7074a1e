"""SSH signatures over files, held against `governance/allowed_signers` by `ssh-keygen`, which knows the format."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable
from typing import NamedTuple

from checker.errors import HeadwaterError, PolicyError
from checker.model.location import Location

WAIVER_NAMESPACE = "headwater-waiver"
MAX_SIGNERS_BYTES = 256 * 1024
SECONDS = 20.0
_KEY_TYPES = ("ssh-", "ecdsa-", "sk-")
_WILDCARDS = frozenset("*?!")


class KeyLine(NamedTuple):
    """One key of `allowed_signers`: whose it is, its options, the key as OpenSSH writes it, its SHA256 fingerprint."""

    principals: tuple[str, ...]
    options: str
    key: str
    fingerprint: str

    def belongs_to(self, name: str) -> bool:
        """Whether the line names this person in so many letters. A pattern may stand for anybody, so it is nobody's."""
        return folded(name) in map(folded, self.principals)

    def counts_on(self, day: str) -> bool:
        """Whether the key is one person's, and valid on a day (`YYYY-MM-DD`)."""
        options = _options(self.options)
        compact = day.replace("-", "")
        first, last = options.get("valid-after", "")[:8], options.get("valid-before", "99999999")[:8]
        return "cert-authority" not in options and first <= compact <= last

    def line(self, name: str) -> str:
        """The line for one person alone."""
        return " ".join(part for part in (f'"{name}"', self.options, self.key) if part)


def folded(name: str) -> str:
    """A name for comparing: one person does not become two by writing, nor by characters that nobody sees."""
    import unicodedata

    if name.isascii():
        return name.strip().casefold()
    seen = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", seen).strip().casefold()


def key_lines(data: bytes, path: str) -> tuple[tuple[KeyLine, ...], list[HeadwaterError]]:
    """The keys of an `allowed_signers` file, and the lines that OpenSSH could not read either."""
    try:
        if len(data) > MAX_SIGNERS_BYTES:
            message = f"the file has {len(data):,} bytes, at most {MAX_SIGNERS_BYTES:,} are read"
            return (), [PolicyError(message, hint="keep the keys of approvers only", location=Location(path))]
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        hint = "write it as ssh-keygen(1) says under ALLOWED SIGNERS"
        return (), [PolicyError("the file is not UTF-8 text", hint=hint, location=Location(path))]
    keys: list[KeyLine] = []
    faults: list[HeadwaterError] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _key_line(line)
        if found is None:
            message = "this line is no key of a signer"
            hint = "write: ana@example.org ssh-ed25519 AAAA... (ssh-keygen(1), ALLOWED SIGNERS)"
            faults.append(PolicyError(message, hint=hint, location=Location(path, number)))
        else:
            keys.append(found)
    return tuple(keys), faults


def ssh_signer(
    data: bytes, signature: bytes, keys: Iterable[KeyLine], name: str, namespace: str, day: str
) -> str | None:
    """The fingerprint of the key of `name` that made a signature over `data`; None when none of `keys` did.

    `day` is the day on which the key has to be valid. Also None where there is no `ssh-keygen` (OpenSSH 8.2 or newer).
    """
    own = [key for key in keys if key.belongs_to(name) and key.counts_on(day)]
    if not own or '"' in name:
        return None
    timed = any("valid-" in key.options.casefold() for key in own)
    said = _ask_ssh_keygen(data, signature, [key.line(name) for key in own], name, namespace, day if timed else "")
    made_by = said.split()[-1] if said else ""
    return next((key.fingerprint for key in own if key.fingerprint == made_by), None)


def _ask_ssh_keygen(data: bytes, signature: bytes, lines: list[str], name: str, namespace: str, day: str) -> str:
    """What `ssh-keygen -Y verify` says of a good signature; empty for a bad one, or when it cannot be asked."""
    import subprocess
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        signers, signed = Path(folder, "allowed_signers"), Path(folder, "signature")
        signers.write_text("\n".join(lines) + "\n", encoding="utf-8")
        signed.write_bytes(signature)
        timing = [f"-Overify-time={day.replace('-', '')}120000"] if day else []
        command = ["ssh-keygen", "-Y", "verify", *timing, "-f", str(signers), "-I", name, "-n", namespace]
        try:
            done = subprocess.run(
                [*command, "-s", str(signed)],
                input=data,
                capture_output=True,
                env=clean_environment(),
                timeout=SECONDS,
                check=False,
            )
        except (OSError, ValueError, subprocess.SubprocessError):
            return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def clean_environment() -> dict[str, str]:
    """What a program that checks signatures gets to see: where programs lie, and that the time is UTC."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP") if name in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _key_line(line: str) -> KeyLine | None:
    fields = _fields(line)
    at = next((at for at, field in enumerate(fields[1:3], 1) if field.startswith(_KEY_TYPES)), None)
    if at is None or len(fields) <= at + 1:
        return None
    try:
        raw = base64.b64decode(fields[at + 1], validate=True)
    except (binascii.Error, ValueError):
        return None
    digest = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    names = (name for name in fields[0].replace('"', "").split(",") if name and not _WILDCARDS & set(name))
    return KeyLine(tuple(names), fields[1] if at == 2 else "", f"{fields[at]} {fields[at + 1]}", f"SHA256:{digest}")


def _fields(line: str) -> list[str]:
    """The fields of a line; blanks within quotes part none."""
    fields, quoted, fresh = [""], False, True
    for char in line.strip():
        if char == '"':
            quoted = not quoted
        if char in " \t" and not quoted:
            fresh = True
            continue
        if fresh and fields[-1]:
            fields.append("")
        fresh = False
        fields[-1] += char
    return fields


def _options(text: str) -> dict[str, str]:
    """`namespaces="file,git",valid-after="20260101"` as a mapping; names in lower case, as OpenSSH takes them."""
    parts, quoted, start = [], False, 0
    for at, char in enumerate(text):
        quoted ^= char == '"'
        if char == "," and not quoted:
            parts.append(text[start:at])
            start = at + 1
    named = (part.partition("=") for part in (*parts, text[start:]) if part)
    return {name.casefold(): value.strip('"') for name, _, value in named}
