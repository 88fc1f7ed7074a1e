"""Attacks by a change under judgement: its configuration, its files and its links must not reach any remote."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from objects.data import Team, commit, git, opened, store_at, write
from objects.servers import S3Server, SshServer, WebServer, web_server

from checker.discover.objects import ObjectStore, open_store
from checker.discover.trust import Checkout, establish
from checker.errors import DatasetError, ObjectError, ObjectMissing

pytestmark = [
    # dvc-http 2.32 still calls what aiohttp 3.14 deprecates.
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning"),
]
CREDENTIALS = "['remote \"storage\"']\n    user = ana\n    password = s3cret\n"


@pytest.fixture
def evil(tmp_path: Path) -> Iterator[WebServer]:
    """The attacker's server, which must never hear from us."""
    (tmp_path / "nothing").mkdir()
    with web_server(tmp_path / "nothing") as server:
        yield server


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return tmp_path / "repo"


def remote(url: str, *options: str) -> str:
    rows = "".join(f"    {option}\n" for option in (f"url = {url}", *options))
    return f"[core]\n    remote = storage\n['remote \"storage\"']\n{rows}"


def checked_out_change(repo: Path, trusted: dict[str, str], change: dict[str, str]) -> None:
    """main has the trusted files; the work tree is at `change`, as in a job for a pull request."""
    commit(repo, {"README.md": "data", **trusted})
    git(repo, "checkout", "-q", "-b", "change")
    commit(repo, change)


def reads(store: ObjectStore, team: Team) -> bool:
    with store:
        shards = store.manifest(team.folder)
        for shard in shards:
            with store.open(team.folder, shard) as stream:
                assert stream.read() == team.contents[f"data/train/{shard.path}"]
    return len(shards) == 3


def test_change_points_the_remote_at_another_server(repo: Path, team: Team, web: WebServer, evil: WebServer) -> None:
    good = remote(f"{web.url}/locked", "auth = basic")
    checked_out_change(repo, {".dvc/config": good}, {".dvc/config": remote(f"{evil.url}/locked", "auth = basic")})
    write(repo, {".dvc/config.local": CREDENTIALS})
    assert reads(store_at(repo, "main"), team)
    assert evil.requests == []
    admitted = "Basic " + base64.b64encode(b"ana:s3cret").decode()
    assert {header for _, _, header in web.requests} == {admitted}


def test_the_same_with_main_checked_out(repo: Path, team: Team, web: WebServer, evil: WebServer) -> None:
    checked_out_change(repo, {".dvc/config": remote(f"{web.url}/open")}, {".dvc/config": remote(f"{evil.url}/open")})
    git(repo, "checkout", "-q", "main")
    assert reads(store_at(repo, "main"), team)
    assert evil.requests == []


def test_change_names_a_new_default_remote(repo: Path, team: Team, web: WebServer, evil: WebServer) -> None:
    more = "['remote \"new\"']\n    url = " + evil.url + "/open\n"
    good = remote(f"{web.url}/open")
    checked_out_change(repo, {".dvc/config": good}, {".dvc/config": good.replace("storage\n", "new\n", 1) + more})
    assert reads(store_at(repo, "main"), team)
    assert evil.requests == []


def test_change_brings_the_first_configuration(repo: Path, team: Team, evil: WebServer) -> None:
    checked_out_change(repo, {}, {".dvc/config": remote(f"{evil.url}/open")})
    with pytest.raises(ObjectMissing, match=r"main:\.dvc/config names no default remote"):
        store_at(repo, "main").manifest(team.folder)
    assert evil.requests == []


def test_change_tracks_a_local_configuration(repo: Path, team: Team, web: WebServer, evil: WebServer) -> None:
    checked_out_change(
        repo, {".dvc/config": remote(f"{web.url}/open")}, {".dvc/config.local": remote(f"{evil.url}/open")}
    )
    assert reads(store_at(repo, "main"), team)
    assert evil.requests == []


def test_a_tracked_local_configuration_is_named_when_the_remote_is_missing(
    repo: Path, team: Team, evil: WebServer
) -> None:
    checked_out_change(repo, {".dvc/config": ""}, {".dvc/config.local": remote(f"{evil.url}/open")})
    with pytest.raises(ObjectMissing) as missing:
        store_at(repo, "main").manifest(team.folder)
    assert ".dvc/config.local is tracked by git and therefore not used" in missing.value.hint


def test_change_makes_the_dvc_folder_a_link(repo: Path, team: Team, web: WebServer, evil: WebServer) -> None:
    commit(repo, {".dvc/config": remote(f"{web.url}/open")})
    git(repo, "checkout", "-q", "-b", "change")
    git(repo, "rm", "-q", "-r", ".dvc")
    write(repo, {"elsewhere/config.local": remote(f"{evil.url}/open")})
    (repo / ".dvc").symlink_to("elsewhere")
    commit(repo, {"note": "linked"})
    git(repo, "add", "-f", ".dvc", "elsewhere")
    git(repo, "commit", "-q", "-m", "Link")
    assert (repo / ".dvc/config.local").is_file()
    assert reads(store_at(repo, "main"), team)
    assert evil.requests == []


def test_change_hides_a_local_configuration_in_a_submodule(
    repo: Path, tmp_path: Path, team: Team, web: WebServer, evil: WebServer
) -> None:
    commit(repo, {"a/.dvc/config": remote(f"{web.url}/open")})
    commit(tmp_path / "inner", {"config.local": remote(f"{evil.url}/open")})
    git(repo, "checkout", "-q", "-b", "change")
    git(repo, "rm", "-q", "-r", "a")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tmp_path / "inner"), "a/.dvc")
    git(repo, "commit", "-q", "-m", "Submodule")
    assert (repo / "a/.dvc/config.local").is_file()
    root = establish(opened(repo), opened(repo).revision("main"), remotes=True).root("a")
    assert [level.name for level in root.config.levels] == ["repo"]
    assert "is tracked by git" in root.caution
    with store_at(repo, "main") as store:
        assert len(store.manifest(team.folder._replace(path="a/data", root="a"))) == 3
    assert evil.requests == []


@pytest.mark.parametrize(
    ("files", "doors", "path", "theirs"),
    [
        pytest.param({".dvc/config.local"}, (), ".dvc/config.local", True, id="tracked"),
        pytest.param({".dvc/config"}, (), ".dvc/config.local", False, id="only its neighbor is tracked"),
        pytest.param({".dvc/config.local"}, (), ".DVC/Config.Local", True, id="another case"),
        pytest.param({"a"}, (".dvc",), ".dvc/config.local", True, id="behind a link or submodule"),
        pytest.param({"a"}, (".dvc",), ".dvcs/config.local", False, id="beside a link"),
        pytest.param({"café/x"}, (), "cafe\u0301/x", True, id="another Unicode form"),
        pytest.param({"x"}, (), "../x", False, id="outside of the work tree"),
    ],
)
def test_what_git_writes(files: set[str], doors: tuple[str, ...], path: str, theirs: bool, tmp_path: Path) -> None:
    checkout = Checkout(str(tmp_path), frozenset(files), frozenset(doors))
    assert checkout.writes(str(tmp_path / path)) is theirs


def test_a_file_that_git_writes_is_found_behind_an_untracked_link(tmp_path: Path) -> None:
    write(tmp_path, {"ci/dvc.local": ""})
    (tmp_path / "mine").symlink_to("ci/dvc.local")
    assert Checkout(str(tmp_path), frozenset({"ci/dvc.local"})).writes(str(tmp_path / "mine"))


# Files that a remote's options name: a profile in them may start a program


def profile(marker: Path, key: str = "", secret: str = "") -> str:
    """An AWS profile that runs a program for its credentials, or simply has some."""
    if key:
        return f"[profile ci]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
    return f"[profile ci]\ncredential_process = sh -c 'touch {marker}; exit 1'\n"


def bucket(s3: S3Server, *options: str) -> str:
    return remote("s3://team/data", f"endpointurl = {s3.url}", "region = us-east-1", *options)


def test_change_adds_a_profile_that_starts_a_program(repo: Path, tmp_path: Path, team: Team, s3: S3Server) -> None:
    marker = tmp_path / "started"
    checked_out_change(
        repo,
        {".dvc/config": bucket(s3)},
        {".dvc/config": bucket(s3, "configpath = ../aws.cfg", "profile = ci"), "aws.cfg": profile(marker)},
    )
    write(
        repo, {".dvc/config.local": f"['remote \"storage\"']\naccess_key_id={s3.key}\nsecret_access_key={s3.secret}\n"}
    )
    assert reads(store_at(repo, "main"), team)
    assert not marker.exists()


def test_change_alters_the_profile_that_main_uses(repo: Path, tmp_path: Path, team: Team, s3: S3Server) -> None:
    marker = tmp_path / "started"
    config = bucket(s3, "configpath = ../aws.cfg", "profile = ci")
    checked_out_change(
        repo,
        {".dvc/config": config, "aws.cfg": profile(marker, s3.key, s3.secret)},
        {"aws.cfg": profile(marker)},
    )
    assert reads(store_at(repo, "main"), team)
    assert not marker.exists()


def test_the_attack_works_where_the_change_is_trusted(repo: Path, tmp_path: Path, team: Team, s3: S3Server) -> None:
    """The other way round, so that the tests above are known to look in the right place."""
    marker = tmp_path / "started"
    config = bucket(s3, "configpath = ../aws.cfg", "profile = ci")
    checked_out_change(repo, {}, {".dvc/config": config, "aws.cfg": profile(marker)})
    with store_at(repo, "change") as store, pytest.raises(ObjectError):
        store.manifest(team.folder)
    assert marker.exists()


def test_change_brings_a_file_that_main_only_names(repo: Path, tmp_path: Path, team: Team, s3: S3Server) -> None:
    marker = tmp_path / "started"
    config = bucket(s3, "configpath = ../aws.cfg", "profile = ci")
    checked_out_change(repo, {".dvc/config": config}, {"aws.cfg": profile(marker)})
    with pytest.raises(DatasetError, match=r"takes its configpath from aws\.cfg, which a change could bring along"):
        store_at(repo, "main").manifest(team.folder)
    assert not marker.exists()


def test_change_links_to_a_file_that_it_brings(repo: Path, tmp_path: Path, team: Team, s3: S3Server) -> None:
    marker = tmp_path / "started"
    config = bucket(s3, "configpath = ../secret/aws.cfg", "profile = ci")
    checked_out_change(repo, {".dvc/config": config}, {"mine/aws.cfg": profile(marker)})
    (repo / "secret").symlink_to("mine")
    git(repo, "add", "secret")
    git(repo, "commit", "-q", "-m", "Link")
    with pytest.raises(DatasetError, match="which a change could bring along"):
        store_at(repo, "main").manifest(team.folder)
    assert not marker.exists()


def test_a_file_that_git_does_not_write_is_used(repo: Path, team: Team, ssh: SshServer) -> None:
    config = remote(ssh.url(), f"user = {ssh.user}", "keyfile = ../deploy_key")
    commit(repo, {".dvc/config": config})
    write(repo, {"deploy_key": ssh.key.read_bytes()})
    (repo / "deploy_key").chmod(0o600)
    assert reads(store_at(repo), team)


def test_a_trusted_file_lies_in_private_for_as_long_as_it_is_used(
    repo: Path, tmp_path: Path, team: Team, ssh: SshServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(
        repo, {".dvc/config": remote(ssh.url(), f"user = {ssh.user}", "keyfile = ../key"), "key": ssh.key.read_bytes()}
    )
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    with store_at(repo) as store:
        store.manifest(team.folder)
        (folder,) = (tmp_path / "tmp").iterdir()
        assert (folder.stat().st_mode & 0o777, (folder / "trusted").stat().st_mode & 0o777) == (0o700, 0o600)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_invalid_trusted_configuration(repo: Path, team: Team) -> None:
    commit(repo, {".dvc/config": remote("http://127.0.0.1:1/x", "connect_timeout = soon")})
    with pytest.raises(DatasetError, match="the DVC configuration for remote 'storage' is not valid"):
        store_at(repo).manifest(team.folder)


def test_configuration_that_is_a_link_is_no_configuration(repo: Path, team: Team) -> None:
    commit(repo, {"real": remote("http://127.0.0.1:1/x")})
    (repo / ".dvc").mkdir()
    (repo / ".dvc/config").symlink_to("../real")
    git(repo, "add", "-f", ".dvc/config")
    git(repo, "commit", "-q", "-m", "Link")
    with pytest.raises(ObjectMissing, match="names no default remote"):
        open_store(opened(repo), opened(repo).revision("main"), remotes=True).manifest(team.folder)
