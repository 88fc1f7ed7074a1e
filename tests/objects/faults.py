"""A proxy before a real object store that does to requests what networks and busy stores do."""

from __future__ import annotations

import http.client
import http.server
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from ipaddress import IPv4Address
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_WAIT_SECONDS = 30
# Of the connection, not of the message.
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "server", "date"})


@dataclass(frozen=True, slots=True)
class Seen:
    """One request: its number from 1, the object's key (or the prefix of a listing), and what else was asked."""

    number: int
    method: str
    key: str
    query: Mapping[str, str]
    length: int
    ranged: str = ""

    @property
    def listing(self) -> bool:
        return "list-type" in self.query


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in the words of S3, which the store itself never sees."""

    status: int
    code: str
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> bytes:
        rows = {"Code": self.code, "Message": "see Code", **self.more, "RequestId": "1"}
        return f"<Error>{''.join(f'<{name}>{text}</{name}>' for name, text in rows.items())}</Error>".encode()


@dataclass(frozen=True, slots=True)
class Cut:
    """The connection ends after so many bytes of the answer's body; of a request with a body, of that."""

    after: int


@dataclass(frozen=True, slots=True)
class Lost:
    """The store does as asked, and nobody hears of it."""


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer comes in pieces of so many bytes, with a pause between them; after so many the connection ends."""

    size: int
    pause_seconds: float
    after: int | None = None


Fault = Answer | Cut | Lost | Slow
Rule = Callable[[Seen], Fault | None]


class FaultyProxy:
    """Where it listens, what it was asked, and the rule by which it fails; without one it passes all on."""

    def __init__(self, scheme: str, port: int) -> None:
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.rule: Rule = lambda _: None
        self.host, self.port = "127.0.0.1", 0
        self.seen: list[Seen] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()

    def stand_before(self, target: str) -> None:
        """Pass on to this server from now on."""
        parts = urlsplit(target)
        self.host, self.port = parts.hostname or "", parts.port or 80

    def forget(self) -> None:
        """Count anew."""
        with self._lock:
            self.seen, self.most_at_once = [], 0

    def counts(self) -> Counter[str]:
        """How many requests of each kind."""
        return Counter("LIST" if one.listing else one.method for one in self.seen)

    def note(self, method: str, path: str, headers: Mapping[str, str]) -> Seen:
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        key = unquote(parts.path).partition("/")[2].partition("/")[2] or query.get("prefix", "")
        length, ranged = int(headers.get("Content-Length") or 0), headers.get("Range") or ""
        with self._lock:
            one = Seen(len(self.seen) + 1, method, key, query, length, ranged)
            self.seen.append(one)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        return one

    def done(self) -> None:
        with self._lock:
            self._at_once -= 1


def self_signed(folder: Path) -> ssl.SSLContext:
    """TLS for 127.0.0.1 with a new certificate that nobody else has signed."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.pem").write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    return context


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    proxy: FaultyProxy


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        one = self.server.proxy.note(self.command, self.path, dict(self.headers))
        try:
            self._serve(one, self.server.proxy.rule(one))
        except OSError:
            self.close_connection = True
        finally:
            self.server.proxy.done()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, *arguments: object) -> None:
        """Quiet."""

    def _serve(self, one: Seen, fault: Fault | None) -> None:
        if isinstance(fault, Cut) and one.length:
            self.rfile.read(min(fault.after, one.length))
            return self._end()
        body = self.rfile.read(one.length) if one.length else b""
        if isinstance(fault, Answer):
            content = fault.body()
            return self._answer(fault.status, {"Content-Type": "application/xml", **fault.headers}, content)
        status, headers, content = self._ask(body)
        if isinstance(fault, Lost):
            return self._end()
        return self._answer(status, headers, content, fault)

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = http.client.HTTPConnection(self.server.proxy.host, self.server.proxy.port, timeout=_WAIT_SECONDS)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in ("connection", "expect"):
                    upstream.putheader(name, value)
            upstream.endheaders(body)
            answer = upstream.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            return answer.status, headers, answer.read()
        finally:
            upstream.close()

    def _answer(self, status: int, headers: Mapping[str, str], content: bytes, fault: Fault | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length" or self.command == "HEAD":
                self.send_header(name, value)
        if self.command == "HEAD":
            self.end_headers()
            return None
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if isinstance(fault, Cut):
            self.wfile.write(content[: fault.after])
            return self._end()
        if isinstance(fault, Slow):
            part = content[: fault.after]
            for start in range(0, len(part), fault.size):
                self.wfile.write(part[start : start + fault.size])
                self.wfile.flush()
                time.sleep(fault.pause_seconds)
            return self._end() if len(part) < len(content) else None
        self.wfile.write(content)
        return None

    def _end(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def faulty_proxy(target: str, tls: ssl.SSLContext | None = None) -> Iterator[FaultyProxy]:
    """Stand before the server at `target`, with TLS where a context is given."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    proxy = server.proxy = FaultyProxy("http" if tls is None else "https", server.server_address[1])
    proxy.stand_before(target)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
