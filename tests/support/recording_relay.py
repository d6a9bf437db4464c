# SPDX-License-Identifier: Apache-2.0
"""Relays in front of all services of the embedded cloud: they record calls, and can inject faults.

The relays rewrite the catalog in Keystone's answers.  So a client that logs in through them uses only relays, and the
services call each other directly.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from devcloud.layout import ADDRESS, Ports

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"})


@dataclass(frozen=True)
class Passage:
    """One request and its answer.

    ``began`` and ``ended``: when the relay had read the first line and had sent the answer, by the monotonic clock, s.
    """

    service: str
    method: str
    path: str
    query: str
    status: int
    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(frozen=True)
class Fault:
    """An answer instead of the service's answer, or a change of the service's answer.

    ``delay`` and ``hold``: how long the request and the answer wait, s.  ``drip``: how long each byte of the body
    waits, s; no single read is late, but the answer takes very long.  ``cut``: send half of the body and close the
    connection.
    """

    status: int | None = None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    hold: float = 0
    drip: float = 0
    cut: bool = False


Choice = Callable[[str, str], "Fault | None"]


class Relays:
    """One relay for each service.  ``url``: the address of Keystone's relay."""

    def __init__(self, cloud: Ports, ports: Ports) -> None:
        self.passages: list[Passage] = []
        self._cloud, self._ports = cloud, ports
        self._faults: dict[str, Choice] = {}
        self._servers = [_Server(self, service, number) for service, number in ports.numbers.items()]

    @property
    def url(self) -> str:
        return self._ports.url("keystone")

    def upstream(self, service: str) -> int:
        return self._cloud.numbers[service]

    def rewritten(self, body: bytes) -> bytes:
        """Return the catalog with the ports of the relays instead of those of the services."""
        for service, number in self._cloud.numbers.items():
            body = body.replace(f":{number}".encode(), f":{self._ports.numbers[service]}".encode())
        return body

    @contextmanager
    def failing(self, service: str, fault: Fault | Choice) -> Iterator[None]:
        """Inject a fault into every request within the block, or the result of a function of method and path."""
        self._faults[service] = fault if callable(fault) else lambda method, path: fault
        try:
            yield
        finally:
            del self._faults[service]

    def fault(self, service: str, method: str, path: str) -> Fault | None:
        choose = self._faults.get(service)
        return choose(method, path) if choose else None

    @contextmanager
    def recording(self) -> Iterator[list[Passage]]:
        """Yield a list that gets, at the end of the block, the passages within it in the order of their ends."""
        before = len(self.passages)
        recorded: list[Passage] = []
        yield recorded
        recorded.extend(self.passages[before:])

    def __enter__(self) -> Relays:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, relays: Relays, service: str, port: int) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.relays, self.service = relays, service

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that closes its connection during a request."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        began = time.monotonic()
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.relays.fault(self.server.service, self.command, self.path)
        if fault and fault.delay:
            time.sleep(fault.delay)
        status = self._fail(fault) if fault and fault.status else self._pass_on(body, fault or Fault())
        parts = urlsplit(self.path)
        self.server.relays.passages.append(
            Passage(self.server.service, self.command, parts.path, parts.query, status, began, time.monotonic())
        )

    def _fail(self, fault: Fault) -> int:
        self._answer(fault.status, fault.headers.items(), fault.body, cut=fault.cut)
        return fault.status

    def _pass_on(self, body: bytes, fault: Fault) -> int:
        relays = self.server.relays
        upstream = http.client.HTTPConnection(ADDRESS, relays.upstream(self.server.service), timeout=120)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        headers["Accept-Encoding"] = "identity"
        try:
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            text = answer.read()
        except OSError:
            # Close the connection, like a service that does not listen.
            self.close_connection = True
            return 0
        finally:
            upstream.close()
        if self.server.service == "keystone":
            text = relays.rewritten(text)
        kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP]
        time.sleep(fault.hold)
        self._answer(answer.status, kept, text, cut=fault.cut, drip=fault.drip)
        return answer.status

    def _answer(self, status: int, headers: object, body: bytes, *, cut: bool, drip: float = 0) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for part in (bytes([byte]) for byte in body) if drip else [body[: len(body) // 2] if cut else body]:
            time.sleep(drip)
            self.wfile.write(part)
        self.wfile.flush()
        self.close_connection = self.close_connection or cut

    def log_message(self, form: str, *args: object) -> None:
        """Print nothing: ``passages`` has the requests."""
