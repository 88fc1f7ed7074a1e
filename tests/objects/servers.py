"""Real servers on the loopback interface: HTTP with basic authentication, S3 by moto, SSH by asyncssh or sshd."""

from __future__ import annotations

import asyncio
import base64
import getpass
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
import venv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOTO = "moto[server]==5.2.5"
DEADLINE_SECONDS = 60


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class WebServer:
    """A file server. Below `/locked` it wants basic authentication; every request is kept."""

    port: int
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)  # method, path, Authorization

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def web_server(folder: Path, user: str = "ana", password: str = "s3cret") -> Iterator[WebServer]:
    """Serve a folder at `/open`, `/locked` (credentials) and `/broken` (status 503)."""
    expected = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self._admitted():
                super().do_GET()

        def do_HEAD(self) -> None:
            if self._admitted():
                super().do_HEAD()

        def translate_path(self, path: str) -> str:
            return str(folder) + "/" + path.split("/", 2)[2]

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

        def _admitted(self) -> bool:
            given = self.headers.get("Authorization")
            running.requests.append((self.command, self.path, given))
            if self.path.startswith("/broken/"):
                self.send_error(503)
            elif self.path.startswith("/locked/") and given != expected:
                self.send_error(401)
            else:
                return True
            return False

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = WebServer(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class S3Server:
    """moto with one bucket `team`; every request must be signed with this key."""

    url: str
    key: str
    secret: str

    def put(self, key: str, data: bytes, bucket: str = "team") -> None:
        """Lay an object into a bucket."""
        _client(self.url, "s3", self.key, self.secret).put_object(Bucket=bucket, Key=key, Body=data)

    def objects(self, prefix: str, bucket: str = "team") -> dict[str, bytes]:
        """Up to 1,000 objects by key."""
        client = _client(self.url, "s3", self.key, self.secret)
        listed = client.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ())
        return {one["Key"]: client.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed}

    def keep_versions(self, bucket: str) -> None:
        """Make a bucket that keeps every version of a file."""
        client = _client(self.url, "s3", self.key, self.secret)
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


@contextmanager
def s3_server(folder: Path, log: Path) -> Iterator[S3Server]:
    """Start moto in an environment of its own (its pins do not fit beside DVC's), `folder` in its bucket."""
    with log.open("wb") as output:
        command = (str(_moto_python()), "-m", "moto.server", "-H", "127.0.0.1", "-p", "0")
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        port = _wait_for(lambda: re.search(rb"http://127\.0\.0\.1:(\d+)", log.read_bytes()), log).group(1).decode()
        url = f"http://127.0.0.1:{port}"
        iam = _client(url, "iam", "setup", "setup")
        iam.create_user(UserName="ana")
        allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
        iam.put_user_policy(UserName="ana", PolicyName="all", PolicyDocument=json.dumps(allow))
        made = iam.create_access_key(UserName="ana")["AccessKey"]
        s3 = _client(url, "s3", "setup", "setup")
        s3.create_bucket(Bucket="team")
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            s3.put_object(Bucket="team", Key=f"data/{file.relative_to(folder).as_posix()}", Body=file.read_bytes())
        plain = {"Content-Type": "text/plain"}
        demand_signatures = urllib.request.Request(f"{url}/moto-api/reset-auth", b"0", plain, method="POST")
        urllib.request.urlopen(demand_signatures).close()
        yield S3Server(url, made["AccessKeyId"], made["SecretAccessKey"])
    finally:
        process.terminate()
        process.wait()


# Objects by the thousand are laid into moto's memory: as many requests would take a minute.
_FILLED = """
import sys
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer
store = s3_backends["123456789012"]["aws"]
store.create_bucket("team", "us-east-1")
body, *keys = sys.stdin.buffer.read().split(b"\\n")
for key in keys:
    store.put_object("team", key.decode(), body)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print("http://%s:%d" % server.get_host_and_port(), flush=True)
server._thread.join()
"""


@contextmanager
def filled_s3_server(keys: Iterable[str], body: bytes, log: Path) -> Iterator[S3Server]:
    """moto with all these keys in its bucket, each with this body, which has no line feed. It admits anybody."""
    with log.open("wb") as output:
        command = (str(_moto_python()), "-c", _FILLED)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)
    try:
        assert process.stdin is not None
        process.stdin.write(b"\n".join([body, *(key.encode() for key in keys)]))
        process.stdin.close()
        url = _wait_for(lambda: re.search(rb"^(http://127\.0\.0\.1:\d+)$", log.read_bytes(), re.MULTILINE), log)
        yield S3Server(url.group(1).decode(), "anybody", "anything")
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True)
class SshServer:
    """An SFTP server that admits one key."""

    port: int
    user: str
    key: Path
    stranger: Path
    path: str  # the storage folder as the server shows it

    def url(self) -> str:
        return f"ssh://127.0.0.1:{self.port}{self.path}"


@contextmanager
def asyncssh_server(folder: Path, keys: Path) -> Iterator[SshServer]:
    """An SSH server in this process, from the library that dvc-ssh brings along."""
    import asyncssh

    _make_keys(keys)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    class Files(asyncssh.SFTPServer):
        def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
            super().__init__(channel, chroot=str(folder.parent).encode())

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            asyncssh.SSHServer,
            "127.0.0.1",
            0,
            server_host_keys=[str(keys / "host")],
            authorized_client_keys=str(keys / "ana.pub"),
            sftp_factory=Files,
        )

    async def stop() -> None:
        acceptor.close()
        await acceptor.wait_closed()

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(DEADLINE_SECONDS)
    try:
        yield SshServer(acceptor.get_port(), "ana", keys / "ana", keys / "stranger", f"/{folder.name}")
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(DEADLINE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def sshd_binary() -> str | None:
    """OpenSSH's server, where the machine has one."""
    return shutil.which("sshd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))


@contextmanager
def openssh_server(folder: Path, keys: Path) -> Iterator[SshServer]:
    """A real sshd on a free port, with its own host key and one authorized key."""
    _make_keys(keys)
    port = closed_port()
    settings = {
        "Port": port,
        "ListenAddress": "127.0.0.1",
        "HostKey": keys / "host",
        "AuthorizedKeysFile": keys / "ana.pub",
        "PidFile": "none",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "Subsystem": "sftp internal-sftp",
    }
    config = keys / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    log = keys / "sshd.log"
    with log.open("wb") as output:
        process = subprocess.Popen((str(sshd_binary()), "-D", "-e", "-f", str(config)), stderr=output)
    try:
        _wait_for(lambda: b"Server listening" in log.read_bytes(), log)
        yield SshServer(port, getpass.getuser(), keys / "ana", keys / "stranger", str(folder))
    finally:
        process.terminate()
        process.wait()


def _make_keys(folder: Path) -> None:
    import asyncssh

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("host", "ana", "stranger"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(folder / name))
        key.write_public_key(str(folder / f"{name}.pub"))
        (folder / name).chmod(0o600)


def _client(url: str, service: str, key: str, secret: str):  # type: ignore[no-untyped-def]
    return (
        import_module("botocore.session")
        .get_session()
        .create_client(
            service, region_name="us-east-1", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret
        )
    )


def _moto_python() -> Path:
    """The interpreter of `.venvs/moto`, which the first test process makes and the others wait for."""
    from filelock import FileLock

    home = ROOT / ".venvs"
    home.mkdir(exist_ok=True)
    python = home / "moto" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / "moto" / "installed"
    with FileLock(home / "moto.lock"):
        if not stamp.exists() or stamp.read_text() != MOTO:
            venv.create(home / "moto", with_pip=True, clear=True)
            subprocess.run((str(python), "-m", "pip", "install", "-q", MOTO), check=True)
            stamp.write_text(MOTO)
    return python


def _wait_for(found, log: Path):  # type: ignore[no-untyped-def]
    """Poll until `found` gives something."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if result := found():
            return result
        threading.Event().wait(0.02)
    raise TimeoutError(f"the server did not come up: {log.read_text(errors='replace')}")
