"""Approvals by signature: real keys, real ssh-keygen and gpg, real commits."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from checker.discover import open_repository
from checker.model.exemption import Waiver
from checker.model.policy import Approvers
from checker.policy.waivers.groups import read_approvers
from checker.policy.waivers.reading import read_waivers
from checker.policy.waivers.signatures import KeyLine, key_lines, ssh_signer
from checker.trust.approvals import verifier

TODAY = "2026-11-23"
PATH = "waivers/legacy.yaml"
TEXT = """\
apiVersion: headwater/v1
kind: Waiver
metadata: {id: legacy}
rule: team/cap
match: {dataset: data/train}
relax: {max: 0.4}
reason: the export of 2019 has no capture metadata
requested_by: ana
approved_by: [bo, cy]
expires: 2026-12-15
"""
needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not on this machine")
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not on this machine")


def run(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"HOME": str(cwd), "GIT_CONFIG_NOSYSTEM": "1", **(env or {})}
    done = subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


class People:
    """People with SSH keys in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def key(self, name: str) -> str:
        """The public key of a person, made when first asked for."""
        place = self.folder / name
        if not place.exists():
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(place), cwd=self.folder)
        return " ".join((self.folder / f"{name}.pub").read_text().split()[:2])

    def line(self, name: str, options: str = "", principals: str = "") -> str:
        """A line of allowed_signers."""
        return " ".join(part for part in (principals or name, options, self.key(name)) if part) + "\n"

    def sign(self, name: str, data: bytes, namespace: str = "headwater-waiver") -> bytes:
        """What `ssh-keygen -Y sign` writes."""
        self.key(name)
        message = self.folder / "message"
        message.write_bytes(data)
        Path(f"{message}.sig").unlink(missing_ok=True)
        run(
            "ssh-keygen",
            "-q",
            "-Y",
            "sign",
            "-f",
            str(self.folder / name),
            "-n",
            namespace,
            str(message),
            cwd=self.folder,
        )
        return Path(f"{message}.sig").read_bytes()


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    return People(tmp_path_factory.mktemp("people"))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository without a waiver in it."""
    top = tmp_path_factory.mktemp("plain")
    run("git", "init", "-q", "-b", "main", cwd=top)
    return top


def waiver(*signatures: bytes, text: str = TEXT) -> Waiver:
    files = {PATH: text.encode()} | {f"{PATH}.{number}.sig": data for number, data in enumerate(signatures)}
    (found,), faults = read_waivers(files, None)
    assert not faults
    return found


def verified(top: Path, signers: str, one: Waiver, revision: str | None = None, **given: object) -> tuple[str, ...]:
    approvers = Approvers(allowed_signers=signers.encode())._replace(**given)  # type: ignore[arg-type]  # each case names a field
    return verifier(open_repository(top), revision, approvers, TODAY)(one)


@needs_ssh
class TestOverTheFile:
    """`waivers/<name>.yaml.<anything>.sig`."""

    def test_one_and_both_approvers(self, people: People, plain: Path) -> None:
        data = TEXT.encode()
        signers = people.line("bo") + people.line("cy")
        assert verified(plain, signers, waiver(people.sign("bo", data))) == ("bo",)
        assert verified(plain, signers, waiver(people.sign("cy", data), people.sign("bo", data))) == ("bo", "cy")
        assert verified(plain, signers, waiver()) == ()

    def test_a_byte_more_is_another_file(self, people: People, plain: Path) -> None:
        signature = people.sign("bo", TEXT.encode())
        assert verified(plain, people.line("bo"), waiver(signature, text=TEXT.replace("0.4", "0.5"))) == ()
        assert verified(plain, people.line("bo"), waiver(signature, text=TEXT + "\n")) == ()

    def test_a_signature_made_for_something_else(self, people: People, plain: Path) -> None:
        for namespace in ("file", "git", "headwater-pack"):
            assert verified(plain, people.line("bo"), waiver(people.sign("bo", TEXT.encode(), namespace))) == ()

    @pytest.mark.parametrize(
        "signature",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"approved by bo", id="words"),
            pytest.param(b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", id="torn"),
            pytest.param(b"\0" * 60_000, id="nothing but zeros"),
        ],
    )
    def test_what_is_no_signature(self, signature: bytes, people: People, plain: Path) -> None:
        assert verified(plain, people.line("bo"), waiver(signature)) == ()

    def test_who_asks_or_owns_cannot_sign_for_another(self, people: People, plain: Path) -> None:
        data = TEXT.encode()
        # Ana's key, which allowed_signers gives to bo as well.
        for listed in (people.line("ana"), people.line("ana", 'valid-before="20200101"')):
            signers = listed + people.line("ana", principals="bo")
            assert verified(plain, signers, waiver(people.sign("ana", data))) == ()
        owned = TEXT + "owner: cy\n"
        assert verified(plain, people.line("cy"), waiver(people.sign("cy", owned.encode()), text=owned)) == ()

    def test_a_key_for_anybody_is_nobodys(self, people: People, plain: Path) -> None:
        data = TEXT.encode()
        for principals in ("*", "b*", "?o", "*,!ana"):
            signers = people.line("di", principals=principals)
            assert verified(plain, signers, waiver(people.sign("di", data))) == ()

    def test_one_key_approves_once(self, people: People, plain: Path) -> None:
        data = TEXT.encode()
        signers = people.line("bo", principals="bo,cy")
        signature = people.sign("bo", data)
        assert verified(plain, signers, waiver(signature, signature)) == ("bo",)

    def test_someone_who_is_not_named_as_approver(self, people: People, plain: Path) -> None:
        assert verified(plain, people.line("di"), waiver(people.sign("di", TEXT.encode()))) == ()

    def test_names_are_compared_without_regard_to_capitals(self, people: People, plain: Path) -> None:
        signers = people.line("bo", principals='"BO"')
        assert verified(plain, signers, waiver(people.sign("bo", TEXT.encode()))) == ("bo",)

    @pytest.mark.parametrize(
        "name",
        [
            pytest.param("bo\u200b", id="a blank without width"),
            pytest.param("\u2060bo", id="a joiner"),
            pytest.param("b\u00ado", id="a soft hyphen"),
            pytest.param("\uff22\uff2f", id="wide letters"),
        ],
    )
    def test_who_asks_is_not_another_by_what_nobody_sees(self, name: str, people: People, plain: Path) -> None:
        text = TEXT + f'owner: "{name}"\n'
        assert verified(plain, people.line("bo"), waiver(people.sign("bo", text.encode()), text=text)) == ()

    @pytest.mark.parametrize(
        ("options", "names"),
        [
            pytest.param('namespaces="headwater-waiver"', ("bo",), id="for waivers"),
            pytest.param('namespaces="git,headwater-*"', ("bo",), id="for waivers among others"),
            pytest.param('namespaces="git"', (), id="for commits only"),
            pytest.param('valid-after="20260101"', ("bo",), id="valid since"),
            pytest.param('valid-after="20270101"', (), id="valid later"),
            pytest.param('valid-before="20261231",valid-after="20260101"', ("bo",), id="valid between"),
            pytest.param('valid-before="20261101"', (), id="no longer valid"),
            pytest.param("cert-authority", (), id="an authority signs for anybody"),
        ],
    )
    def test_options_of_a_key(self, options: str, names: tuple[str, ...], people: People, plain: Path) -> None:
        assert verified(plain, people.line("bo", options), waiver(people.sign("bo", TEXT.encode()))) == names

    def test_the_day_of_judging_counts_not_the_clock(self, people: People) -> None:
        data = TEXT.encode()
        keys = key_lines(people.line("bo", 'valid-before="20301231"').encode(), "x")[0]
        signature = people.sign("bo", data)
        assert ssh_signer(data, signature, keys, "bo", "headwater-waiver", "2030-12-30") is not None
        assert ssh_signer(data, signature, keys, "bo", "headwater-waiver", "2031-01-01") is None

    def test_without_ssh_keygen_nobody_is_verified(
        self, people: People, plain: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one = waiver(people.sign("bo", TEXT.encode()))
        git = shutil.which("git")
        assert git is not None
        (tmp_path / "git").symlink_to(git)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert verified(plain, people.line("bo"), one) == ()


@pytest.fixture
def top(tmp_path: Path) -> Iterator[Path]:
    """A repository with a first commit by ana."""
    run("git", "init", "-q", "-b", "main", cwd=tmp_path)
    (tmp_path / "README.md").write_text("data\n")
    commit(tmp_path, "ana", "start")
    yield tmp_path


def commit(top: Path, author: str, message: str, *options: str, committer: str = "") -> str:
    """Commit everything; e-mails are what the names claim."""
    env = {
        "GIT_AUTHOR_NAME": author,
        "GIT_AUTHOR_EMAIL": f"{author}@example.org",
        "GIT_COMMITTER_NAME": committer or author,
        "GIT_COMMITTER_EMAIL": f"{committer or author}@example.org",
    }
    run("git", "add", "-A", cwd=top)
    run("git", *options, "commit", "-q", "-m", message, *(["-S"] if options else []), cwd=top, env=env)
    return run("git", "rev-parse", "HEAD", cwd=top).strip()


def by_ssh(people: People, name: str) -> tuple[str, ...]:
    people.key(name)
    return ("-c", "gpg.format=ssh", "-c", f"user.signingkey={people.folder / name}")


@needs_ssh
class TestByCommit:
    """The commit that last changed the waiver is signed by an approver who is not its author."""

    def test_an_approver_signs_what_another_wrote(self, top: Path, people: People) -> None:
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        head = commit(top, "ana", "ask", *by_ssh(people, "bo"), committer="bo")
        signers = people.line("bo") + people.line("cy")
        assert verified(top, signers, waiver(), head) == ("bo",)
        assert verified(top, people.line("cy"), waiver(), head) == ()
        assert verified(top, signers, waiver(), None) == ()
        # A later commit that leaves the waiver alone takes nothing away, whoever makes it.
        (top / "README.md").write_text("more data\n")
        assert verified(top, signers, waiver(), commit(top, "ana", "go on")) == ("bo",)

    def test_what_git_shows_to_its_user_changes_nothing(
        self, top: Path, people: People, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = tmp_path / "gitconfig-of-a-user"
        settings.write_text("[log]\n\tshowSignature = true\n[color]\n\tui = always\n")
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        head = commit(top, "ana", "ask", *by_ssh(people, "bo"), committer="bo")
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
        assert verified(top, people.line("bo"), waiver(), head) == ("bo",)

    def test_nobody_approves_what_is_their_own(self, top: Path, people: People) -> None:
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        head = commit(top, "bo", "ask and approve", *by_ssh(people, "bo"))
        assert verified(top, people.line("bo"), waiver(), head) == ()

    def test_names_and_e_mails_are_not_believed(self, top: Path, people: People) -> None:
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        unsigned = commit(top, "ana", "say that bo did it", committer="bo")
        assert verified(top, people.line("bo"), waiver(), unsigned) == ()
        (top / PATH).write_text(TEXT + "# again\n")
        signed = commit(top, "ana", "sign as bo", *by_ssh(people, "mallory"), committer="bo")
        assert verified(top, people.line("bo"), waiver(text=TEXT + "# again\n"), signed) == ()

    def test_who_asks_signs_nothing_whatever_key_is_theirs(self, top: Path, people: People) -> None:
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        head = commit(top, "someone", "ask", *by_ssh(people, "ana"))
        assert verified(top, people.line("ana") + people.line("ana", principals="bo"), waiver(), head) == ()

    def test_a_change_after_the_signature(self, top: Path, people: People) -> None:
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        commit(top, "ana", "ask", *by_ssh(people, "bo"))
        wider = TEXT.replace("0.4", "0.9")
        (top / PATH).write_text(wider)
        # In the index, with the signed commit still the last one: the content is another.
        head = run("git", "rev-parse", "HEAD", cwd=top).strip()
        assert verified(top, people.line("bo"), waiver(text=wider), head) == ()
        assert verified(top, people.line("bo"), waiver(text=wider), commit(top, "ana", "widen")) == ()

    def test_a_shallow_clone_cannot_tell(
        self, top: Path, people: People, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        commit(top, "ana", "ask")
        (top / "README.md").write_text("signed for another reason\n")
        head = commit(top, "ana", "go on", *by_ssh(people, "bo"))
        clone = tmp_path_factory.mktemp("shallow")
        run("git", "clone", "-q", "--depth=1", f"file://{top}", str(clone), cwd=top)
        assert verified(clone, people.line("bo"), waiver(), head) == ()

    def test_the_repository_does_not_say_what_verifies(self, top: Path, people: People) -> None:
        """A configured program that finds everything good is not asked."""
        liar = top / "liar"
        liar.write_text("#!/bin/sh\necho 'Good \"git\" signature for bo with ED25519 key SHA256:x'\nexit 0\n")
        liar.chmod(0o755)
        run("git", "config", "gpg.ssh.program", str(liar), cwd=top)
        run("git", "config", "gpg.program", str(liar), cwd=top)
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        run("git", "config", "--unset", "gpg.ssh.program", cwd=top)
        head = commit(top, "ana", "ask", *by_ssh(people, "mallory"))
        run("git", "config", "gpg.ssh.program", str(liar), cwd=top)
        assert verified(top, people.line("bo"), waiver(), head) == ()

    def test_a_file_and_a_commit_are_two_approvals_by_two_keys(self, top: Path, people: People) -> None:
        (top / "waivers").mkdir()
        (top / PATH).write_text(TEXT)
        head = commit(top, "ana", "ask", *by_ssh(people, "bo"))
        signers = people.line("bo") + people.line("cy") + people.line("bo", principals="cy")
        assert verified(top, signers, waiver(people.sign("cy", TEXT.encode())), head) == ("bo", "cy")
        assert verified(top, signers, waiver(people.sign("bo", TEXT.encode())), head) == ("bo",)


@needs_gpg
def test_a_commit_signed_with_gpg(top: Path, people: People, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The key is in governance/*.asc, and groups.yaml says whose it is by its fingerprint."""
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    env = {"GNUPGHOME": str(home)}
    base = ("gpg", "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "")
    run(*base, "--quick-generate-key", "Bo <bo@example.org>", "ed25519", "sign", "never", cwd=top, env=env)
    listed = run("gpg", "--batch", "--list-keys", "--with-colons", cwd=top, env=env)
    fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr"))
    public = run("gpg", "--batch", "--armor", "--export", fingerprint, cwd=top, env=env).encode()
    (top / "waivers").mkdir()
    (top / PATH).write_text(TEXT)
    run("git", "add", "-A", cwd=top)
    names = {f"GIT_{who}_{what}": "ana" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    run("git", "-c", f"user.signingkey={fingerprint}", "commit", "-q", "-S", "-m", "ask", cwd=top, env={**env, **names})
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)
    head = run("git", "rev-parse", "HEAD", cwd=top).strip()
    head_of_file = "apiVersion: headwater/v1\nkind: Groups\nmetadata: {id: g}\n"
    groups = f"{head_of_file}groups: {{a: [bo]}}\ngpg: {{bo: [{fingerprint}]}}\n"
    files = {"governance/groups.yaml": groups.encode(), "governance/bo.asc": public}
    approvers, faults = read_approvers(files)
    assert not faults
    repository = open_repository(top)
    assert verifier(repository, head, approvers, TODAY)(waiver()) == ("bo",)
    # Without the key, or with it under another name, it stands for nobody.
    assert verifier(repository, head, approvers._replace(gpg_keys=()), TODAY)(waiver()) == ()
    assert verifier(repository, head, approvers._replace(gpg={"di": (fingerprint,)}), TODAY)(waiver()) == ()
    assert (
        verifier(repository, head, approvers._replace(gpg={"bo": (fingerprint,), "ana": (fingerprint,)}), TODAY)(
            waiver()
        )
        == ()
    )
    assert verifier(repository, head, approvers._replace(gpg={"bo": ("0" * 40,)}), TODAY)(waiver()) == ()
    assert verifier(repository, head, approvers._replace(gpg_keys=(b"no key at all",)), TODAY)(waiver()) == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("bo ssh-ed25519 AAAA comment here", KeyLine(("bo",), "", "ssh-ed25519 AAAA", ""), id="plain"),
        pytest.param('"bo,cy" ssh-rsa AAAA', KeyLine(("bo", "cy"), "", "ssh-rsa AAAA", ""), id="quoted names"),
        pytest.param(
            'bo namespaces="a b",valid-after="20260101" sk-ssh-ed25519@openssh.com AAAA',
            KeyLine(("bo",), 'namespaces="a b",valid-after="20260101"', "sk-ssh-ed25519@openssh.com AAAA", ""),
            id="options with blanks in quotes",
        ),
        pytest.param(
            "  bo\tecdsa-sha2-nistp256\tAAAA", KeyLine(("bo",), "", "ecdsa-sha2-nistp256 AAAA", ""), id="tabs"
        ),
    ],
)
def test_lines_of_allowed_signers(line: str, expected: KeyLine) -> None:
    (found,), faults = key_lines(line.encode(), "x")
    assert not faults
    assert found._replace(fingerprint="") == expected
    assert found.fingerprint.startswith("SHA256:")


@needs_ssh
def test_fingerprints_are_those_of_ssh_keygen(people: People) -> None:
    people.key("bo")
    said = run("ssh-keygen", "-l", "-f", str(people.folder / "bo.pub"), cwd=people.folder)
    (found,), _ = key_lines(people.line("bo").encode(), "x")
    assert found.fingerprint == said.split()[1]
