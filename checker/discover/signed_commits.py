"""Who signed the commit that a file has its content from, as git verifies it with keys that the caller names."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from checker.discover.git import Git
from checker.discover.repository import Repository

_SSH_GOOD = 'Good "git" signature for '
_GPG_GOOD = "[GNUPG:] VALIDSIG "
# A commit is verified by these programs, whatever the configuration of a repository names.
_PROGRAMS = (
    "-c",
    "gpg.program=gpg",
    "-c",
    "gpg.ssh.program=ssh-keygen",
    "-c",
    "gpg.x509.program=false",
    "-c",
    "gpg.minTrustLevel=undefined",
    "-c",
    "gpg.ssh.revocationFile=",
)


class SignedCommit(NamedTuple):
    """A commit with a good signature. `keys` are its key as `SHA256:...` (SSH) or as GPG fingerprints in upper case.

    `author` are the name and the e-mail that the commit states: what it claims, which nobody has checked.
    """

    commit: str
    author: tuple[str, str]
    keys: tuple[str, ...]


def signed_change(
    repository: Repository, revision: str, path: str, content: bytes, signers: Path, gpg_home: Path
) -> SignedCommit | None:
    """The signed commit that last changed a file, when the file has this content there; None without a good signature.

    `signers` is an allowed_signers file, `gpg_home` the folder of the GPG keys to trust. A shallow clone has no answer:
    its first commit seems to have written every file.
    """
    if repository.shallow():
        return None
    # With the user's `log.showSignature` git would print what it makes of the signature among the fields.
    told = repository.git.ask(
        "log", "-1", "--no-show-signature", "--format=%H%x00%an%x00%ae", revision, "--", f":(top,literal){path}"
    )
    fields = told.out.decode("utf-8", "replace").strip().split("\0")
    if told.code != 0 or len(fields) != 3:
        return None
    commit, name, mail = fields
    blob = repository.git.ask("cat-file", "blob", f"{commit}:{path}")
    if blob.code != 0 or blob.out != content:
        return None
    keys = _keys_of(repository, commit, signers, gpg_home)
    return SignedCommit(commit, (name, mail), keys) if keys else None


def _keys_of(repository: Repository, commit: str, signers: Path, gpg_home: Path) -> tuple[str, ...]:
    git = Git(repository.git.folder, (*repository.git.variables, ("GNUPGHOME", str(gpg_home)), ("TZ", "UTC")))
    answer = git.ask(*_PROGRAMS, "-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-commit", "--raw", commit)
    if answer.code != 0:
        return ()
    lines = answer.error.splitlines()
    ssh = [line.split()[-1] for line in lines if line.startswith(_SSH_GOOD)]
    gpg = [line.split() for line in lines if line.startswith(_GPG_GOOD)]
    # The fingerprint of the key that signed, and of the primary key that it belongs to.
    return (*ssh, *(fields[at].upper() for fields in gpg for at in (2, -1)))
