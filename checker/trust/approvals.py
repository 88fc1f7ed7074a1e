"""Who has approved a waiver with a signature: over its file, or of the commit that last changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from checker.discover.repository import Repository
from checker.model.exemption import Waiver
from checker.model.policy import Approvers
from checker.policy.places import SIGNERS
from checker.policy.waivers.signatures import (
    SECONDS,
    WAIVER_NAMESPACE,
    KeyLine,
    clean_environment,
    folded,
    key_lines,
    ssh_signer,
)
from checker.policy.waivers.standing import Verify, independent

if TYPE_CHECKING:
    # A hook whose waivers nobody signs does not pay for starting programs.
    from pathlib import Path

    from checker.discover.signed_commits import SignedCommit


class Candidates(NamedTuple):
    """Who could have approved a waiver: names that are not its authors', with the keys that are theirs alone.

    `gpg` maps names to fingerprints, `gpg_keys` are the key files of all approvers.
    """

    names: tuple[str, ...]
    keys: tuple[KeyLine, ...]
    gpg: Mapping[str, tuple[str, ...]]
    gpg_keys: tuple[bytes, ...]

    def without(self, names: Iterable[str]) -> Candidates:
        """The others."""
        return self._replace(names=tuple(name for name in self.names if name not in set(names)))

    def lines(self) -> tuple[str, ...]:
        """An allowed_signers file of theirs."""
        return tuple(
            key.line(name) for name in self.names for key in self.keys if '"' not in name and key.belongs_to(name)
        )

    def owners(self) -> dict[str, str]:
        """Whose key a fingerprint is."""
        ssh = {key.fingerprint: name for name in self.names for key in self.keys if key.belongs_to(name)}
        return {**ssh, **{key: name for name in self.names for key in self.gpg[name]}}


def verifier(repository: Repository, revision: str | None, approvers: Approvers, today: str) -> Verify:
    """A function that tells which of those that a waiver names as approvers have signed it.

    `revision` is the commit that the waivers are read from, None where there is none yet. One key approves once, for
    one person; the keys of who asks for a waiver or owns it approve nothing.
    """
    keys = key_lines(approvers.allowed_signers, SIGNERS)[0]

    def verify(waiver: Waiver) -> tuple[str, ...]:
        who = _candidates(waiver, keys, approvers, today)
        found = _by_files(waiver, who, today)
        rest = who.without(found.values())
        if rest.names and revision is not None:
            found |= _by_commit(repository, revision, waiver, rest, found)
        return tuple(name for name in who.names if name in found.values())

    return verify


def _candidates(waiver: Waiver, keys: tuple[KeyLine, ...], approvers: Approvers, today: str) -> Candidates:
    authors = [name for name in (waiver.requested_by, waiver.owner) if name]
    gpg = {folded(person): fingerprints for person, fingerprints in approvers.gpg.items()}
    own = {key.fingerprint for key in keys if any(key.belongs_to(name) for name in authors)}
    own |= {key for name in authors for key in gpg.get(folded(name), ())}
    names = independent(waiver)
    return Candidates(
        names,
        tuple(key for key in keys if key.fingerprint not in own and key.counts_on(today)),
        {name: tuple(key for key in gpg.get(folded(name), ()) if key not in own) for name in names},
        approvers.gpg_keys,
    )


def _by_files(waiver: Waiver, who: Candidates, today: str) -> dict[str, str]:
    """The approvers whose signatures lie beside the waiver, by their keys."""
    found: dict[str, str] = {}
    for signature in waiver.signatures:
        for name in who.without(found.values()).names:
            made_by = ssh_signer(waiver.data, signature, who.keys, name, WAIVER_NAMESPACE, today)
            if made_by is not None:
                found.setdefault(made_by, name)
    return found


def _by_commit(
    repository: Repository, revision: str, waiver: Waiver, who: Candidates, used: Mapping[str, str]
) -> dict[str, str]:
    """The approver who signed the commit that last changed the waiver, by the key; nobody when they wrote it, too."""
    lines = who.lines()
    if not lines and not any(who.gpg[name] for name in who.names):
        return {}
    import tempfile
    from pathlib import Path

    from checker.discover.signed_commits import signed_change

    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        signers, home = Path(folder, "allowed_signers"), Path(folder, "gpg")
        signers.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        home.mkdir(mode=0o700)
        if any(who.gpg[name] for name in who.names):
            _import_keys(who.gpg_keys, home)
        signed = signed_change(repository, revision, waiver.location.path, waiver.data, signers, home)
    if signed is None:
        return {}
    owners = who.owners()
    known = (key for key in signed.keys if key in owners and key not in used)
    return {key: owners[key] for key in list(known)[:1] if not _wrote(owners[key], signed)}


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
