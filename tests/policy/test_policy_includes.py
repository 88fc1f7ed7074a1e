"""Packs that are included: from a file with its sha256, or from a commit of another repository; signed where asked."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import repos

from checker.errors import PolicyError
from checker.model.location import Location
from checker.policy import fetching
from checker.policy.includes import MOST_INCLUDES, git_urls
from checker.policy.load import Loaded, collect
from checker.policy.packs import Sources
from checker.policy.waivers.git_proof import GitObject, member, packed, proven, tree_of

PACK = """\
apiVersion: headwater/v1
kind: Policy
metadata: {id: org-core, version: 2.3.0}
rules:
  - {id: cap, check: synthetic-cap, level: warn, with: {max: 0.2}}
"""
HEAD = "apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: team}\n"
ANYTHING = Sources(may_fetch=lambda url: True)


class Origin(NamedTuple):
    """A repository of packs somewhere else."""

    repo: repos.GitRepo
    url: str
    commit: str


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    repo = repos.init(tmp_path / "packs-of-org")
    commit = repo.commit({"packs/org-core.yaml": PACK, "packs/deep/er/other.yaml": PACK, "README.md": "packs\n"})
    return Origin(repo, f"file://{repo.folder}", commit)


def policy_with(include: str, more: str = "extends: [{pack: org-core@2}]\n") -> bytes:
    return f"{HEAD}include:\n  - {include}\n{more}".encode()


def by_file(data: str | bytes = PACK, path: str = "governance/packs/org-core.yaml", more: str = "") -> str:
    digest = hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()
    return f"{{file: {path}, sha256: {digest}{more}}}"


def by_git(origin: Origin, path: str = "packs/org-core.yaml", more: str = "") -> str:
    return f'{{git: "{origin.url}", commit: {origin.commit}, path: {path}{more}}}'


def load(data: bytes, sources: Sources) -> Loaded:
    return collect({"policies/team.yaml": data}, sources=sources)


def from_files(**files: str | bytes) -> Sources:
    held = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return Sources(read=lambda path: held.get(path.rpartition("/")[2].partition(".")[0].replace("-", "_")))


def only_fault(loaded: Loaded) -> str:
    (fault,) = loaded.faults
    return str(fault)


def test_a_pack_in_a_file() -> None:
    loaded = load(policy_with(by_file()), from_files(org_core=PACK))

    assert loaded.faults == ()
    (policy,) = loaded.policies
    assert [rule.id for rule in policy.rules] == ["team/cap"]
    assert policy.rules[0].origin == "org-core@2"
    assert str(policy.rules[0].stated["with.max"]) == "governance/packs/org-core.yaml:5:57"
    assert policy.packs == ("org-core@2",)


def test_an_include_is_known_to_every_policy_of_the_repository() -> None:
    other = b"apiVersion: headwater/v1\nkind: Policy\nmetadata: {id: a}\nextends: [{pack: org-core@2}]\n"
    files = {"policies/a.yaml": other, "policies/team.yaml": policy_with(by_file())}
    loaded = collect(files, sources=from_files(org_core=PACK))

    assert loaded.faults == ()
    assert [policy.packs for policy in loaded.policies] == [("org-core@2",), ("org-core@2",)]


def test_the_digest_of_a_policy_covers_what_it_includes() -> None:
    first = load(policy_with(by_file()), from_files(org_core=PACK)).policies[0].digest
    changed = PACK + "# a comment\n"
    second = load(policy_with(by_file(changed)), from_files(org_core=changed)).policies[0].digest

    assert first != second


def test_an_included_pack_may_only_be_tightened() -> None:
    rules = "rules: [{id: cap, check: synthetic-cap, with: {max: 0.3}}]\n"
    loaded = load(policy_with(by_file(), f"extends: [{{pack: org-core@2}}]\n{rules}"), from_files(org_core=PACK))

    assert "the rule cap would loosen max from 0.2 in org-core@2 to 0.3" in only_fault(loaded)


def test_a_value_that_an_included_pack_leaves_to_who_extends_it() -> None:
    pack = PACK.replace("rules:", "parameters: {cap: {type: number, stricter: lower}}\nrules:").replace(
        "0.2}", "{parameter: cap}}"
    )
    sources = from_files(org_core=pack)
    fine = load(policy_with(by_file(pack), "extends: [{pack: org-core@2, with: {cap: 0.1}}]\n"), sources)
    fault = only_fault(load(policy_with(by_file(pack)), sources))

    assert fine.faults == ()
    assert fault == (
        "policies/team.yaml:6:18: the parameter cap of org-core has no value; write with: {cap: ...} beside the pack"
    )


OTHER = PACK.replace("0.2}", "0.9}")
PLACE = "policies/team.yaml:5:"


@pytest.mark.parametrize(
    ("include", "sources", "words"),
    [
        pytest.param(
            by_file(),
            Sources(),
            f"{PLACE}12: governance/packs/org-core.yaml is included and is not there; add the file",
            id="no such file",
        ),
        pytest.param(
            by_file(),
            from_files(org_core=OTHER),
            f"{PLACE}52: governance/packs/org-core.yaml has the sha256 {hashlib.sha256(OTHER.encode()).hexdigest()}, "
            "another one is pinned; review what changed, then pin that one",
            id="other bytes",
        ),
        pytest.param(
            by_file(PACK.replace(", version: 2.3.0", "")),
            from_files(org_core=PACK.replace(", version: 2.3.0", "")),
            f"{PLACE}5: the included pack governance/packs/org-core.yaml has no metadata.version",
            id="no version",
        ),
        pytest.param(
            by_file(PACK.replace("org-core", "baseline")),
            from_files(org_core=PACK.replace("org-core", "baseline")),
            f"{PLACE}5: the included pack governance/packs/org-core.yaml has the id baseline, which a pack of",
            id="the name of a shipped pack",
        ),
        pytest.param(
            by_file(f"{PACK}---\n{PACK}"),
            from_files(org_core=f"{PACK}---\n{PACK}"),
            f"{PLACE}5: the included pack governance/packs/org-core.yaml holds more than one policy",
            id="two policies",
        ),
        pytest.param(
            by_file(PACK.replace("warn", "wran")),
            from_files(org_core=PACK.replace("warn", "wran")),
            f"{PLACE}5: the included pack is wrong: governance/packs/org-core.yaml:5:44: rules[0].level is wran",
            id="a fault in the pack",
        ),
        pytest.param(
            by_file("a: &a [*a]\n"),
            from_files(org_core="a: &a [*a]\n"),
            f"{PLACE}5: the included pack is wrong: governance/packs/org-core.yaml:1:",
            id="not even safe YAML",
        ),
        pytest.param(
            by_file(PACK + f"include: [{by_file()}]\n"),
            from_files(org_core=PACK + f"include: [{by_file()}]\n"),
            f"{PLACE}5: the included pack governance/packs/org-core.yaml includes packs itself",
            id="a pack that includes",
        ),
    ],
)
def test_what_is_not_the_pinned_pack_is_refused(include: str, sources: Sources, words: str) -> None:
    faults = [str(fault) for fault in load(policy_with(include), sources).faults]

    assert any(fault.startswith(words) for fault in faults), faults


@pytest.mark.parametrize(
    ("include", "words"),
    [
        pytest.param("{file: a.yaml}", "the key sha256 is missing in include[0]", id="no digest"),
        pytest.param("{file: a.yaml, sha256: abc}", "include[0].sha256 is abc; write the 64", id="half a digest"),
        pytest.param("{file: /etc/passwd, sha256: abc}", "include[0].file is /etc/passwd", id="an absolute path"),
        pytest.param("{file: ../a.yaml, sha256: abc}", "include[0].file is ../a.yaml", id="a path that leads out"),
        pytest.param("{git: 'https://h/r', path: a}", "the key commit is missing in include[0]", id="no commit"),
        pytest.param("{git: 'https://h/r', path: a, commit: main}", "include[0].commit is main; write", id="no id"),
        pytest.param(
            "{git: 'https://h/r', path: a, sha256: abc}", "unknown key sha256 in include[0]", id="both ways at once"
        ),
        *(
            pytest.param(f"{{git: '{url}', path: a}}", f"include[0].git is {url}; write https://host/path", id=url)
            for url in (
                "ext::sh -c touch% owned",
                "--upload-pack=touch owned",
                "http://h/r",
                "git://h/r",
                "git@h:r",
                "/srv/git/r",
                "https://user:secret@h/r",
                "https://h/r?token=x",
                "ssh://-oProxyCommand=x/r",
                "file://h/r",
                "fd::7",
            )
        ),
    ],
)  # fmt: skip
def test_an_include_that_pins_nothing_or_asks_otherwise(include: str, words: str) -> None:
    faults = [str(fault) for fault in load(policy_with(include), ANYTHING).faults]

    assert any(f": {words}" in fault for fault in faults), faults
    assert not Path("owned").exists()


def test_two_includes_of_one_name_with_other_bytes(origin: Origin) -> None:
    data = policy_with(f"{by_file(OTHER)}\n  - {by_git(origin)}")
    loaded = load(data, from_files(org_core=OTHER)._replace(may_fetch=lambda url: True))

    assert "org-core@2 is included with other bytes at policies/team.yaml:5:5; pin the same bytes" in only_fault(loaded)


def test_another_version_than_the_included_one() -> None:
    loaded = load(policy_with(by_file(), "extends: [{pack: org-core@3}]\n"), from_files(org_core=PACK))

    assert "org-core@3 is not the version that is included; write org-core@2, or include it" in only_fault(loaded)


def test_a_flood_of_includes_is_cut() -> None:
    data = policy_with(by_file(), "").decode() + "".join(
        f"  - {by_file(path=f'x/{number}.yaml')}\n" for number in range(MOST_INCLUDES)
    )
    loaded = load(f"{data}extends: [{{pack: org-core@2}}]\n".encode(), Sources(read=lambda path: PACK.encode()))

    assert f"more than {MOST_INCLUDES} packs are included" in only_fault(loaded)


# -- git --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["packs/org-core.yaml", "packs/deep/er/other.yaml"])
def test_a_pack_of_a_commit_is_fetched_when_asked_and_kept(origin: Origin, path: str) -> None:
    data = policy_with(by_git(origin, path))
    before = only_fault(load(data, Sources()))
    assert before.startswith(f"{PLACE}11: {path} of {origin.url} at {origin.commit[:12]} has not been fetched")
    assert before.endswith("run `headwater policy fetch`")

    first = load(data, ANYTHING)
    shutil.rmtree(origin.repo.folder)
    again = load(data, Sources())

    assert first.faults == again.faults == ()
    assert first.policies[0].digest == again.policies[0].digest
    assert str(again.policies[0].rules[0].stated["with.max"]) == "org-core@2:5:57"


def test_the_commit_need_not_be_at_the_tip_of_a_branch(origin: Origin) -> None:
    origin.repo.commit({"packs/org-core.yaml": OTHER})

    (policy,) = load(policy_with(by_git(origin)), ANYTHING).policies
    assert getattr(policy.rules[0].params, "max") == 0.2  # noqa: B009 - a parameter of the check, unknown to types


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-1], id="cut short"),
        pytest.param(lambda data: data.replace(b"max: 0.2", b"max: 0.9"), id="a limit is changed"),
        pytest.param(lambda data: data + b"blob 0\0", id="something added"),
        pytest.param(lambda data: b"", id="emptied"),
        pytest.param(lambda data: b"\xff" * 100, id="noise"),
        pytest.param(lambda data: b"blob 999999999999\0", id="a size that is not true"),
    ],
)
def test_what_was_kept_counts_only_as_the_very_file_of_the_commit(
    origin: Origin, cache: Path, damage: Callable[[bytes], bytes]
) -> None:
    data = policy_with(by_git(origin))
    load(data, ANYTHING)
    (kept,) = [path for path in (cache / "packs").iterdir() if path.name != ".gitignore"]
    kept.write_bytes(damage(kept.read_bytes()))

    assert "has not been fetched to this machine" in only_fault(load(data, Sources()))
    assert load(data, ANYTHING).faults == ()
    assert load(data, Sources()).faults == ()


def test_a_kept_file_is_not_taken_for_that_of_another_path_or_commit(origin: Origin, cache: Path) -> None:
    load(policy_with(by_git(origin)), ANYTHING)
    (kept,) = [path for path in (cache / "packs").iterdir() if path.name != ".gitignore"]
    found = kept.read_bytes()

    assert proven(found, origin.commit, "packs/org-core.yaml") == PACK.encode()
    assert proven(found, origin.commit, "packs/deep/er/other.yaml") is None
    assert proven(found, origin.commit, "packs") is None
    assert proven(found, "0" * 40, "packs/org-core.yaml") is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("packs/none.yaml", "has no file packs/none.yaml", id="no such file"),
        pytest.param("packs", "has no file packs", id="a folder"),
        pytest.param("README.md/x", "has no file README.md/x", id="below a file"),
        pytest.param("link.yaml", "has no file link.yaml of a size", id="a link"),
        pytest.param("large.yaml", "has no file large.yaml of a size", id="larger than any policy"),
    ],
)
def test_a_path_that_the_commit_does_not_have(origin: Origin, path: str, words: str) -> None:
    (origin.repo.folder / "link.yaml").symlink_to("packs/org-core.yaml")
    (origin.repo.folder / "large.yaml").write_bytes(b"#" * 5_000_000)
    commit = origin.repo.commit({"README.md": "more\n"})

    fault = only_fault(load(policy_with(by_git(origin._replace(commit=commit), path)), ANYTHING))
    assert fault.startswith(f"{PLACE}11: the commit {commit[:12]} of {origin.url} {words}")


def test_a_commit_or_a_repository_that_is_not_there(origin: Origin, tmp_path: Path) -> None:
    absent = origin._replace(commit="a" * 40)
    nowhere = origin._replace(url=f"file://{tmp_path}/nowhere")

    for source in (absent, nowhere):
        fault = only_fault(load(policy_with(by_git(source)), ANYTHING))
        assert fault.startswith(f"{PLACE}11: {source.url} did not give the commit {source.commit[:12]}: ")
        assert fault.endswith("; check the URL, the commit and your access")


def test_nothing_of_the_repository_runs_and_no_setting_of_ours_is_taken_from_a_hook(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch from within a hook: git sets variables that would point it at the repository of the hook."""
    here = repos.init(tmp_path / "here")
    commit = origin.repo.commit(
        {
            ".gitattributes": "* filter=lfs diff=lfs\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = file://{tmp_path}/nowhere\n',
            "packs/org-core.yaml": PACK,
        }
    )
    owned = tmp_path / "owned"
    (tmp_path / "global").write_text(
        f'[filter "lfs"]\n\tsmudge = touch {owned}\n\trequired = true\n[init]\n\ttemplateDir = {tmp_path}/template\n'
    )
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "reference-transaction").write_text(f"#!/bin/sh\ntouch {owned}\n")
    (hooks / "reference-transaction").chmod(0o755)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    monkeypatch.setenv("GIT_DIR", str(here.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(here.folder / ".git" / "index"))

    assert load(policy_with(by_git(origin._replace(commit=commit))), ANYTHING).faults == ()
    assert not owned.exists()
    assert not (here.folder / ".git" / "FETCH_HEAD").exists()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        pytest.param(fetching.Limits(seconds=0.2), "no answer in 0.2 s", id="too slow"),
        pytest.param(fetching.Limits(size_bytes=1), "it sends more than 1 bytes", id="too much"),
    ],
)
def test_a_repository_that_takes_or_sends_too_much_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: fetching.Limits, words: str
) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 600\n")
    silent.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(silent))

    with pytest.raises(PolicyError, match=f"ssh://git@host.invalid/packs.git did not give the commit 1+: {words}"):
        fetching.fetch("ssh://git@host.invalid/packs.git", "1" * 40, "a.yaml", Location("p.yaml"), limits)


def test_which_repositories_policies_ask_of(origin: Origin) -> None:
    files = {"a.yaml": policy_with(by_git(origin)), "b.yaml": policy_with(by_file()), "c.yaml": b"include: ["}

    assert git_urls(files) == {origin.url}


def test_a_member_of_a_tree_is_found_whatever_lies_beside_it() -> None:
    blob, folder = GitObject("blob", b"x"), GitObject("tree", b"")
    tree = b"".join(
        b"%s %s\0%s" % (mode, name, bytes.fromhex(each.oid))
        for mode, name, each in (
            (b"100644", b"a", blob),
            (b"40000", b"a.d", folder),
            (b"100755", b"run", blob),
            (b"120000", b"link", blob),
            (b"160000", b"module", blob),
        )
    )
    assert member(tree, "a", folder=False) == member(tree, "run", folder=False) == blob.oid
    assert member(tree, "a.d", folder=True) == folder.oid
    assert {member(tree, name, folder=False) for name in ("a.d", "link", "module", "none")} == {""}
    assert {member(tree, name, folder=True) for name in ("a", "link", "module", "none")} == {""}
    assert member(b"100644 a", "a", folder=False) == member(b"", "a", folder=False) == ""
    assert tree_of(b"parent x\n") == ""
    assert packed([blob]) == b"blob 1\0x"


# -- signatures -------------------------------------------------------------------------------------------------------

needs_ssh = pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")


class Signer(NamedTuple):
    """A key, and the line that makes it somebody's."""

    key: Path
    line: str

    def sign(self, data: bytes, namespace: str = "headwater-pack") -> bytes:
        command = ["ssh-keygen", "-Y", "sign", "-f", str(self.key), "-n", namespace]
        return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def signer(folder: Path, name: str) -> Signer:
    key = folder / f"key-{name}"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "x", "-f", str(key)], check=True)
    return Signer(key, f"{name} {Path(f'{key}.pub').read_text()}")


@pytest.fixture(scope="module")
def ana(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signer(tmp_path_factory.mktemp("keys"), "ana@example.org")


SIGNED = ", signature: {file: governance/packs/core.sig, principal: ana@example.org}"


@needs_ssh
def test_a_signed_pack_in_a_file(ana: Signer) -> None:
    sources = from_files(org_core=PACK, core=ana.sign(PACK.encode()))._replace(signers=ana.line.encode())

    assert load(policy_with(by_file(more=SIGNED)), sources).faults == ()


@needs_ssh
def test_a_signed_pack_of_a_commit(ana: Signer, origin: Origin) -> None:
    commit = origin.repo.commit({"packs/org-core.yaml.sig": ana.sign(PACK.encode())})
    more = ", signature: {file: packs/org-core.yaml.sig, principal: ana@example.org}"
    sources = ANYTHING._replace(signers=ana.line.encode())
    data = policy_with(by_git(origin._replace(commit=commit), more=more))

    assert load(data, sources).faults == ()
    assert load(data, sources._replace(may_fetch=lambda url: False)).faults == ()


@needs_ssh
@pytest.mark.parametrize(
    ("signature", "signers", "words"),
    [
        pytest.param(None, None, "governance/packs/core.sig is included and is not there", id="no signature"),
        pytest.param(b"", None, "core.sig is no signature of ana@example.org over governance", id="an empty one"),
        pytest.param("other bytes", None, "is no signature of ana@example.org", id="over other bytes"),
        pytest.param("other namespace", None, "is no signature of ana@example.org", id="for another purpose"),
        pytest.param("other key", None, "is no signature of ana@example.org", id="by another key"),
        pytest.param("good", "", "allowed_signers has no key of ana@example.org, who has to sign", id="no keys at all"),
        pytest.param("good", "* ", "allowed_signers has no key of ana@example.org", id="a key of anybody"),
        pytest.param("good", "nonsense\n", "allowed_signers:1: this line is no key", id="not a file of keys"),
    ],
)  # fmt: skip
def test_a_signature_that_is_asked_for_and_is_not_good(
    ana: Signer, tmp_path: Path, signature: str | bytes | None, signers: str | None, words: str
) -> None:
    made: dict[str, Callable[[], bytes]] = {
        "good": lambda: ana.sign(PACK.encode()),
        "other bytes": lambda: ana.sign(OTHER.encode()),
        "other namespace": lambda: ana.sign(PACK.encode(), "file"),
        "other key": lambda: signer(tmp_path, "bob").sign(PACK.encode()),
    }
    data = made[signature]() if isinstance(signature, str) else signature
    keys = ana.line if signers is None else f"* {ana.line.partition(' ')[2]}" if signers == "* " else signers
    files: dict[str, str | bytes] = {"org_core": PACK} if data is None else {"org_core": PACK, "core": data}

    fault = only_fault(load(policy_with(by_file(more=SIGNED)), from_files(**files)._replace(signers=keys.encode())))
    assert words in fault


def test_git_that_cannot_be_started_proves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    place = Location("policies/team.yaml", 5)
    with pytest.raises(PolicyError, match="git cannot be started") as caught:
        fetching.fetch("https://example.org/packs.git", "0" * 40, "core.yaml", place)
    assert caught.value.location == place
    assert fetching._object(str(tmp_path), "commit", "0" * 40) is None
