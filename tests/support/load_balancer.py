# SPDX-License-Identifier: Apache-2.0
"""A load balancer on the loopback address: each request goes to the next server that listens.

If a server ends during a request, the client gets a 502; no request is sent twice.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle

from devcloud.layout import ADDRESS
from tests.support.recording_relay import HOP_BY_HOP

PATIENCE = 60  # seconds for an answer


class RoundRobin(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, servers: Sequence[int]) -> None:
        super().__init__((ADDRESS, port), _Handler)
        self.url = f"http://{ADDRESS}:{port}"
        self.answered: list[int] = []
        self._turn = cycle(servers)
        self._servers = servers
        self._lock = threading.Lock()

    def connected(self) -> http.client.HTTPConnection:
        """Return a connection to the next server that listens.  Raise OSError if no server listens."""
        for _ in self._servers[1:]:
            try:
                return self._to_next()
            except OSError:
                continue
        return self._to_next()

    def _to_next(self) -> http.client.HTTPConnection:
        with self._lock:
            port = next(self._turn)
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=PATIENCE)
        connection.connect()
        return connection

    def __enter__(self) -> RoundRobin:
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that closes its connection during a request."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: RoundRobin

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65537)
        self.close_connection = True
        if self.raw_requestline and self.parse_request():
            self._answer(*self._forward(self.rfile.read(int(self.headers.get("Content-Length") or 0))))

    def _forward(self, body: bytes) -> tuple[int, Sequence[tuple[str, str]], bytes]:
        # ``Host`` and ``Origin`` stay unchanged: Django compares them to check where a form comes from.
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        try:
            connection = self.server.connected()
        except OSError:
            return 503, [], b"no server listens"
        try:
            connection.request(self.command, self.path, body or None, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return 502, [], b"the server ended"
        finally:
            connection.close()
        self.server.answered.append(connection.port)
        return answer.status, answer.getheaders(), text

    def _answer(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP - {"server", "date"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, form: str, *args: object) -> None:
        """Print nothing."""
