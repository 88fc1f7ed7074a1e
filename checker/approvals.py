"""Who has approved a waiver with a signature: over its file, or of the commit that last changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from checker.discover.repository import Repository
from checker.model.exemption import Approvers, Waiver
from checker.policy.places import SIGNERS
from checker.policy.signatures import (
    SECONDS,
    WAIVER_NAMESPACE,
    KeyLine,
    clean_environment,
    folded,
    key_lines,
    ssh_signer,
)
from checker.policy.standing import Verify, independent

if TYPE_CHECKING:
    # A hook whose waivers nobody signs does not pay for starting programs.
    from pathlib import Path

    from checker.discover.signed_commits import SignedCommit


def verifier(repository: Repository, revision: str | None, approvers: Approvers, today: str) -> Verify:
    """A function that tells which of those that a waiver names as approvers have signed it.

    `revision` is the commit that the waivers are read from, None where there is none yet. One key approves once, for
    one person; the keys of who asks for a waiver or owns it approve nothing.
    """
    keys = key_lines(approvers.allowed_signers, SIGNERS)[0]

    def verify(waiver: Waiver) -> tuple[str, ...]:
        names = independent(waiver)
        usable = _usable(keys, waiver)
        used: dict[str, str] = {}
        for signature in waiver.signatures:
            for name in names:
                if name not in used.values():
                    made_by = ssh_signer(waiver.data, signature, usable, name, WAIVER_NAMESPACE, today)
                    if made_by is not None and made_by not in used:
                        used[made_by] = name
        rest = tuple(name for name in names if name not in used.values())
        if rest and revision is not None:
            used |= _by_commit(repository, revision, waiver, rest, usable, approvers, today, used)
        return tuple(name for name in names if name in used.values())

    return verify


def _usable(keys: Iterable[KeyLine], waiver: Waiver) -> tuple[KeyLine, ...]:
    """The keys that are of nobody who asks for the waiver or owns it."""
    authors = [name for name in (waiver.requested_by, waiver.owner) if name]
    keys = tuple(keys)
    own = {key.fingerprint for key in keys if any(key.belongs_to(name) for name in authors)}
    return tuple(key for key in keys if key.fingerprint not in own)


def _by_commit(
    repository: Repository,
    revision: str,
    waiver: Waiver,
    names: tuple[str, ...],
    keys: tuple[KeyLine, ...],
    approvers: Approvers,
    today: str,
    used: Mapping[str, str],
) -> dict[str, str]:
    """The approver who signed the commit that last changed the waiver, by the key; nobody when they wrote it, too."""
    lines = [
        key.line(name)
        for name in names
        for key in keys
        if '"' not in name and key.belongs_to(name) and key.counts_on(today)
    ]
    fingerprints = {name: _gpg_keys(name, waiver, approvers) for name in names}
    if not lines and not any(fingerprints.values()):
        return {}
    import tempfile
    from pathlib import Path

    from checker.discover.signed_commits import signed_change

    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        signers, home = Path(folder, "allowed_signers"), Path(folder, "gpg")
        signers.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        home.mkdir(mode=0o700)
        if any(fingerprints.values()):
            _import_keys(approvers.gpg_keys, home)
        signed = signed_change(repository, revision, waiver.location.path, waiver.data, signers, home)
    if signed is None:
        return {}
    owners = {key.fingerprint: name for name in names for key in keys if key.belongs_to(name)}
    owners |= {key: name for name in names for key in fingerprints[name]}
    known = (key for key in signed.keys if key in owners and key not in used)
    return {key: owners[key] for key in list(known)[:1] if not _wrote(owners[key], signed)}


def _gpg_keys(name: str, waiver: Waiver, approvers: Approvers) -> tuple[str, ...]:
    """The fingerprints of an approver that are not those of who asks for the waiver or owns it, too."""
    of = {folded(person): keys for person, keys in approvers.gpg.items()}
    own = {key for author in (waiver.requested_by, waiver.owner) for key in of.get(folded(author), ())}
    return tuple(key for key in of.get(folded(name), ()) if key not in own)


def _wrote(name: str, signed: SignedCommit) -> bool:
    """Whether the commit says that the approver is its author: nobody approves what is their own."""
    return folded(name) in map(folded, signed.author)


def _import_keys(keys: Iterable[bytes], home: Path) -> None:
    """Put the approvers' GPG keys into a folder of their own, so that no key of this machine counts."""
    import subprocess

    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--no-autostart", "--import"]
    for data in keys:
        try:
            subprocess.run(
                command, input=data, capture_output=True, env=clean_environment(), timeout=SECONDS, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return
