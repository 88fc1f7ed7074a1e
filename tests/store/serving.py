"""Real places for shared entries: a folder, S3, SFTP, and a web server with moods."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from objects.faults import FaultyProxy
from objects.servers import S3Server, SshServer

from checker.store import EvidenceCache
from checker.store.addresses import Address
from checker.store.shared import SharedStore

Closable = TypeVar("Closable", SharedStore, EvidenceCache)


class Opened:
    """What a test opened, to be closed at its end."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, thing: Closable) -> Closable:
        return self._stack.enter_context(closing(thing))


@dataclass
class Moods:
    """How the web server answers: the first `busy` requests with 503, all with `status`, with `endless` bytes."""

    port: int = 0
    busy: int = 0
    status: int = 0
    endless: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def moody_server(folder: Path) -> Iterator[Moods]:
    """Serve a folder, as the moods say."""
    moods = Moods()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            moods.asked.append(self.path)
            if moods.busy > 0 or moods.status:
                moods.busy -= 1
                self.send_error(moods.status or 503)
            elif moods.endless:
                self._send_without_end()
            else:
                super().do_GET()

        def translate_path(self, path: str) -> str:
            return f"{folder}{path}"

        def log_message(self, *arguments: object) -> None:
            """Quiet."""

        def _send_without_end(self) -> None:
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                self.close_connection = True

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    moods.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield moods
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def s3_options(server: S3Server, **changes: object) -> Mapping[str, object]:
    """fsspec's options for moto."""
    client = {"endpoint_url": server.url, "region_name": "us-east-1"}
    return {"key": server.key, "secret": server.secret, "client_kwargs": client, **changes}


def s3_address(server: S3Server, prefix: str) -> Address:
    return Address(f"s3://team/{prefix}", s3_options(server))


def ssh_address(server: SshServer, prefix: str) -> Address:
    options = {"client_keys": [str(server.key)], "known_hosts": None, "username": server.user}
    return Address(f"{server.url()}/{prefix}", options)


def through(proxy: FaultyProxy, server: S3Server, prefix: str, **changes: object) -> Address:
    """As `s3_address`, with the proxy between."""
    client = {"endpoint_url": proxy.url, "region_name": "us-east-1"}
    return Address(f"s3://team/{prefix}", s3_options(server, client_kwargs=client, **changes))
