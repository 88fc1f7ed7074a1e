"""Every kind of remote against a real server: the bytes, and four different errors."""

from __future__ import annotations

import multiprocessing
import shutil
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from objects.data import Team, commit, dvc, md5, put, shard_of, store_at, store_with, version_of, write
from objects.servers import S3Server, SshServer, WebServer, closed_port, sshd_binary

from checker.discover.objects import ObjectStore
from checker.errors import DatasetError, ObjectDamaged, ObjectDenied, ObjectError, ObjectMissing, ObjectOffline
from checker.model.dataset import DatasetVersion, Shard
from checker.patience.pace import Patience

pytestmark = [
    # dvc-http 2.32 still calls what aiohttp 3.14 deprecates.
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'auth' parameter is deprecated:DeprecationWarning"),
]
BRIEF = Patience(seconds=0.5, first_wait_seconds=0.01, longest_wait_seconds=0.05)
QUICK_SECONDS = 15  # an unreachable remote must not hold up a pull request


@dataclass(frozen=True, slots=True)
class Served:
    """How a repository names this remote: the committed options, this machine's, and those that must fail."""

    url: str
    local: str
    wrong_local: str
    offline_url: str
    options: str = ""
    offline_options: str = ""
    secrets: tuple[str, ...] = ()
    put: Callable[[str, bytes], object] | None = None

    def config(self) -> str:
        return _remote(self.url, self.options)

    def offline(self) -> str:
        return _remote(self.offline_url, self.offline_options or self.options)


def _remote(url: str, options: str) -> str:
    return f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {url}\n{options}"


def _local(**options: object) -> str:
    rows = "".join(f"    {name} = {value}\n" for name, value in options.items())
    return f"['remote \"storage\"']\n{rows}"


@pytest.fixture
def http_remote(web: WebServer) -> Served:
    return Served(
        url=f"{web.url}/locked",
        options="    auth = basic\n",
        local=_local(user="ana", password="s3cret"),
        wrong_local=_local(user="ana", password="gue55ed"),
        offline_url=f"http://127.0.0.1:{closed_port()}/locked",
        secrets=("gue55ed", "s3cret"),
    )


@pytest.fixture
def s3_remote(s3: S3Server) -> Served:
    def lay(path: str, data: bytes) -> None:
        s3.put(f"data/{path}", data)

    return Served(
        url="s3://team/data",
        options=f"    endpointurl = {s3.url}\n    region = us-east-1\n",
        offline_options=f"    endpointurl = http://127.0.0.1:{closed_port()}\n    region = us-east-1\n",
        local=_local(access_key_id=s3.key, secret_access_key=s3.secret),
        wrong_local=_local(access_key_id="AKIAUNKNOWN", secret_access_key="gue55ed"),
        offline_url="s3://team/data",
        secrets=(s3.secret, "gue55ed"),
        put=lay,
    )


@pytest.fixture
def ssh_remote(ssh: SshServer) -> Served:
    return _ssh(ssh)


@pytest.fixture
def sshd_remote(sshd: SshServer) -> Served:
    return _ssh(sshd)


def _ssh(server: SshServer) -> Served:
    return Served(
        url=server.url(),
        local=_local(user=server.user, keyfile=server.key),
        wrong_local=_local(user=server.user, keyfile=server.stranger),
        offline_url=f"ssh://127.0.0.1:{closed_port()}{server.path}",
    )


@pytest.fixture(params=["http", "s3", "ssh", *(["sshd"] if sshd_binary() else [])])
def served(request: pytest.FixtureRequest) -> Served:
    found: Served = request.getfixturevalue(f"{request.param}_remote")
    return found


def _lay(served: Served, team: Team, oid: str, data: bytes) -> None:
    file = put(team.storage, oid, data)
    if served.put is not None:
        served.put(file.relative_to(team.storage).as_posix(), data)


def test_every_shard_is_streamed_and_nothing_is_kept(served: Served, team: Team, tmp_path: Path, machine: Path) -> None:
    with store_with(tmp_path, served.config(), local=served.local) as store:
        shards = store.manifest(team.folder)
        assert [shard.path for shard in shards] == ["a.jsonl", "deep/b.jsonl", "empty.jsonl"]
        for shard in shards:
            with store.open(team.folder, shard) as stream:
                assert stream.read() == team.contents[f"data/train/{shard.path}"]
        (one,) = store.manifest(team.file)
        with store.open(team.file, one) as stream:
            assert b"".join(iter(lambda: stream.read(5), b"")) == team.contents["data/one.txt"]
        assert not any(store.has_local(team.folder, shard) for shard in shards)
    assert not (tmp_path / ".dvc" / "cache").exists()
    assert not (machine / "site").exists()


def test_many_threads_read_at_once(served: Served, team: Team, tmp_path: Path) -> None:
    with store_with(tmp_path, served.config(), local=served.local) as store:

        def read(shard: Shard) -> bytes:
            with store.open(team.folder, shard) as stream:
                return stream.read()

        shards = store.manifest(team.folder) * 4
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(read, shards))
    assert found == [team.contents[f"data/train/{shard.path}"] for shard in shards]


def test_refused_credentials(served: Served, team: Team, tmp_path: Path) -> None:
    with store_with(tmp_path, served.config(), local=served.wrong_local) as store:
        with pytest.raises(ObjectDenied) as refused:
            store.manifest(team.folder)
        with pytest.raises(ObjectDenied):
            store.open(team.folder, shard_of(team.contents["data/train/a.jsonl"]))
    assert refused.value.address == served.url
    assert "remote 'storage'" in str(refused.value)
    assert "dvc remote modify --local storage" in refused.value.hint
    _says_no_secret(refused.value, served)


def test_nobody_listens(served: Served, team: Team, tmp_path: Path) -> None:
    with store_with(tmp_path, served.offline(), local=served.local) as store:
        start = time.monotonic()
        with pytest.raises(ObjectOffline, match="cannot be reached") as offline:
            store.manifest(team.folder)
        with pytest.raises(ObjectOffline):
            store.manifest(team.folder)
        with pytest.raises(ObjectOffline, match="not asked again"):
            store.manifest(team.folder)
        assert time.monotonic() - start < QUICK_SECONDS
    _says_no_secret(offline.value, served)


def test_object_that_was_never_pushed(served: Served, team: Team, tmp_path: Path) -> None:
    with store_with(tmp_path, served.config(), local=served.local) as store:
        with pytest.raises(ObjectMissing, match="nor in remote 'storage'") as missing:
            store.manifest(version_of("data/new", md5(b"never pushed") + ".dir"))
        with pytest.raises(ObjectMissing, match=r"data/train/lost\.jsonl"):
            store.open(team.folder, shard_of(b"never pushed", "lost.jsonl"))
    assert "dvc push" in missing.value.hint
    _says_no_secret(missing.value, served)


def test_bytes_that_are_not_what_git_records(served: Served, team: Team, tmp_path: Path) -> None:
    _lay(served, team, "0" * 32, b"other bytes than the name says")
    with store_with(tmp_path, served.config(), local=served.local) as store:
        stream = store.open(team.folder, Shard("a.jsonl", "0" * 32))
        with stream, pytest.raises(ObjectDamaged, match=f"git records {'0' * 32}"):
            stream.read(1)


def test_list_of_shards_that_is_not_what_git_records(served: Served, team: Team, tmp_path: Path) -> None:
    _lay(served, team, "1" * 32 + ".dir", b"[]")
    with (
        store_with(tmp_path, served.config(), local=served.local) as store,
        pytest.raises(ObjectDamaged, match=rf"git records {'1' * 32}\.dir"),
    ):
        store.manifest(version_of("data/train", "1" * 32 + ".dir"))


def _says_no_secret(error: ObjectError, served: Served) -> None:
    assert not [secret for secret in served.secrets if secret in f"{error} {error.address}"]


# What only one kind of remote can do


def test_server_that_answers_503(web: WebServer, team: Team, tmp_path: Path) -> None:
    with (
        store_with(tmp_path, _remote(f"{web.url}/broken", ""), patience=BRIEF) as store,
        pytest.raises(ObjectOffline, match=r"cannot be reached \(HTTP 503\)"),
    ):
        store.manifest(team.folder)


def test_password_in_the_url_stays_unsaid(team: Team, tmp_path: Path) -> None:
    url = f"http://ana:gue55ed@127.0.0.1:{closed_port()}/open"
    with store_with(tmp_path, _remote(url, "")) as store, pytest.raises(ObjectOffline) as offline:
        store.manifest(team.folder)
    assert "gue55ed" not in f"{offline.value} {offline.value.address}"


def test_connection_that_breaks_off_while_reading(team: Team, tmp_path: Path) -> None:
    data = team.contents["data/train/a.jsonl"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer_half, args=(listener, data), daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        with store_with(tmp_path, _remote(url, ""), patience=BRIEF) as store:
            stream = store.open(team.folder, shard_of(data))
            with stream, pytest.raises(ObjectOffline, match=r"cannot be reached \(ClientPayloadError\)"):
                stream.read()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(QUICK_SECONDS)


def _answer_half(listener: socket.socket, data: bytes) -> None:
    """Answer each HEAD, and half of each GET, until the listener ends."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            method = connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(data))
            if method.startswith(b"GET"):
                connection.sendall(data[: len(data) // 2])


def test_bucket_that_does_not_exist(s3_remote: Served, team: Team, tmp_path: Path) -> None:
    config = _remote("s3://nowhere/data", s3_remote.options)
    with (
        store_with(tmp_path, config, local=s3_remote.local) as store,
        pytest.raises(ObjectMissing, match="its bucket does not exist"),
    ):
        store.manifest(team.folder)


def test_no_credentials_at_all(s3_remote: Served, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with store_with(tmp_path / "r", s3_remote.config()) as store, pytest.raises(ObjectDenied, match="NoCredentials"):
        store.manifest(team.folder)


@pytest.mark.parametrize("root", ["", "sub"])
def test_cloud_versioned_remote(root: str, s3: S3Server, s3_remote: Served, tmp_path: Path) -> None:
    """Real DVC pushes to it; the newest file of a name is read, and only believed when its hash is right."""
    top = tmp_path / root
    s3.keep_versions("versioned")
    commit(tmp_path, {"README.md": "data"})
    top.mkdir(exist_ok=True)
    dvc(top, "init", *(("--subdir",) if root else ()))
    config = _remote(f"s3://versioned/data{root}", s3_remote.options + "    version_aware = true\n")
    path = f"{root}/data/a.jsonl".lstrip("/")
    write(top, {".dvc/config": config, ".dvc/config.local": s3_remote.local, "data/a.jsonl": b"one\n"})
    dvc(top, "add", "data")
    dvc(top, "push")
    shutil.rmtree(top / ".dvc/cache")
    commit(tmp_path, {f"{root}/.dvc/config".lstrip("/"): config})
    version = version_of(path.removesuffix("/a.jsonl"), md5(b"") + ".dir", root=root)
    shard = shard_of(b"one\n")
    with store_at(tmp_path) as store:
        with store.open(version, shard) as stream:
            assert stream.read() == b"one\n"
        s3.put(f"data{root}/data/a.jsonl", b"two\n", "versioned")
        with store.open(version, shard) as stream, pytest.raises(ObjectDamaged, match="gives the newest file of that"):
            stream.read()
        with pytest.raises(ObjectMissing):
            store.open(version, shard_of(b"one\n", "b.jsonl"))
        with pytest.raises(DatasetError, match="is no path that a shard may have"):
            store.open(version, shard_of(b"one\n", "../../elsewhere"))


def test_plugin_that_is_not_installed(team: Team, tmp_path: Path) -> None:
    with store_with(tmp_path, _remote("gs://bucket/data", "")) as store, pytest.raises(ObjectError) as absent:
        store.manifest(team.folder)
    assert "needs DVC's plug-in for gs://" in absent.value.message
    assert absent.value.hint == "pip install 'headwater[gs]'"


def test_key_that_is_refused_does_not_lead_to_a_question(ssh: SshServer, team: Team, tmp_path: Path) -> None:
    with (
        store_with(tmp_path, _remote(ssh.url(), "    user = nobody-we-know\n")) as store,
        pytest.raises(ObjectDenied, match="PermissionDenied"),
    ):
        store.manifest(team.folder)


def test_object_as_dvc_2_pushed_it(web: WebServer, team: Team, tmp_path: Path) -> None:
    text = b"one\r\ntwo\r\n"
    put(team.storage, md5(b"one\ntwo\n"), text, "md5-dos2unix")
    shard = Shard("a.txt", md5(b"one\ntwo\n"), "md5-dos2unix")
    version = version_of("a.txt", shard.hash, hash_name="md5-dos2unix")
    with store_with(tmp_path, _remote(f"{web.url}/open", "")) as store, store.open(version, shard) as stream:
        assert stream.read() == text


def test_remote_that_refers_to_another(web: WebServer, team: Team, tmp_path: Path) -> None:
    config = _remote("remote://host/open", "") + f"['remote \"host\"']\n    url = {web.url}\n"
    with store_with(tmp_path, config) as store:
        assert len(store.manifest(team.folder)) == 3


def test_another_process_makes_its_own_connection(s3_remote: Served, team: Team, tmp_path: Path) -> None:
    with store_with(tmp_path, s3_remote.config(), local=s3_remote.local) as store:
        shards = store.manifest(team.folder)
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            found = list(pool.map(_length, [store] * 3, [team.folder] * 3, shards))
    assert found == [len(team.contents[f"data/train/{shard.path}"]) for shard in shards]


def _length(store: ObjectStore, version: DatasetVersion, shard: Shard) -> int:
    with store, store.open(version, shard) as stream:
        return len(stream.read())
