# SPDX-License-Identifier: Apache-2.0
"""A small HTTP server on loopback that stands in for OpenStack in unit tests.

The server answers the calls of Horizon's frame for a full page, and the calls that a test defines with ``on``.  Other
calls get a 404.  All calls are recorded.
"""

import json as jsonlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

COMPUTE = "/v2.1"
IDENTITY = "/v3"
NETWORK = "/network"
PLACEMENT = "/placement"
TOGETHER_SECONDS = 60  # for all requests of a barrier to come, on a machine that is busy


@dataclass(frozen=True)
class Call:
    """One recorded request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any

    @property
    def microversion(self) -> str | None:
        """Return the requested Nova microversion, such as "2.80"."""
        version = self.headers.get("openstack-api-version", "")
        return version.removeprefix("compute ") or self.headers.get("x-openstack-nova-api-version")


@dataclass(frozen=True)
class Route:
    """The answer to matching requests."""

    method: str
    path: str
    query: dict[str, str] | None = None
    json: Any = None
    status: int = 200
    delay: float = 0
    together: threading.Barrier | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def matches(self, call: Call) -> bool:
        required = self.query or {}
        return (
            self.method == call.method
            and fnmatchcase(call.path, self.path)
            and all(call.query.get(name) == value for name, value in required.items())
        )


class Routes:
    """Routes; the last matching route has priority.

    Routes without wildcards are found by their path: some tests define one for each of thousands of instances, and
    ``fnmatch`` would compile all patterns again for each call.
    """

    def __init__(self) -> None:
        self._numbers = count()
        self._exact: dict[str, list[tuple[int, Route]]] = {}
        self._patterns: list[tuple[int, Route]] = []

    def add(self, route: Route) -> None:
        routes = self._patterns if set(route.path) & set("*?[") else self._exact.setdefault(route.path, [])
        routes.append((next(self._numbers), route))

    def matching(self, call: Call) -> Route | None:
        """Return the route with the answer to the call."""
        last = [
            next(((number, route) for number, route in reversed(routes) if route.matches(call)), None)
            for routes in (self._exact.get(call.path, []), self._patterns)
        ]
        return max(filter(None, last), default=(0, None))[1]


class FakeCloud:
    """The server, its routes and the recorded calls."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.max_microversion = "2.101"
        # How far the server's clock is ahead of the clock of the test, s.
        self.ahead = 0.0
        self._routes = Routes()
        self._frame = Routes()
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.nova_url = self.url + COMPUTE
        self.keystone_url = self.url + IDENTITY
        self.neutron_url = self.url + NETWORK
        self.placement_url = self.url + PLACEMENT
        self.answer_horizons_frame()

    def on(
        self,
        method: str,
        path: str,
        *,
        json: Any | Callable[[Call], Any] = None,
        status: int = 200,
        delay: float = 0,
        query: dict[str, str] | None = None,
        together: int = 0,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer matching requests with ``json``; the last matching route has priority.

        ``path`` may contain shell wildcards; ``query`` has the required parameters.  ``json`` may be a function of the
        call; bytes are sent unchanged.  With ``together``, no answer is sent until that many matching requests wait at
        once.  If they do not come, each gets a 504.  So a test proves that calls are made at once without a clock.
        """
        barrier = threading.Barrier(together) if together else None
        self._routes.add(Route(method, path, query, json, status, delay, barrier, headers or {}))

    def on_frame(self, method: str, path: str, json: Any, status: int = 200) -> None:
        """Answer a call of Horizon's frame, which ``panel_calls`` does not contain."""
        self._frame.add(Route(method, path, json=json, status=status))

    def made(self, method: str, path: str) -> list[Call]:
        """Return the recorded calls to a path, which may contain wildcards."""
        route = Route(method, path)
        return [call for call in list(self.calls) if route.matches(call)]

    @property
    def panel_calls(self) -> list[str]:
        """Return all calls but those of the frame, as "GET /v2.1/os-migrations"; ``calls`` has the arguments."""
        return [f"{call.method} {call.path}" for call in list(self.calls) if not self._frame.matching(call)]

    def forget(self) -> None:
        """Clear the recorded calls."""
        self.calls.clear()

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), name="fake-cloud", daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer_horizons_frame(self) -> None:
        """Answer the calls of Horizon itself: versions, the user's projects and Neutron's extensions."""
        projects = [{"id": "demo-id", "name": "demo", "domain_id": "default", "enabled": True}]
        identity = {"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": self.keystone_url}]}
        self.on_frame("GET", "/", {"versions": {"values": [identity]}}, status=300)
        self.on_frame("GET", IDENTITY, {"version": identity})
        self.on_frame("GET", f"{IDENTITY}/", {"version": identity})
        self.on_frame("GET", f"{IDENTITY}/users/*/projects", {"projects": projects})
        self.on_frame("GET", f"{IDENTITY}/auth/projects", {"projects": projects})
        self.on_frame("GET", f"{NETWORK}/v2.0/extensions*", {"extensions": [{"alias": "router", "name": "Router"}]})

    def answer(self, call: Call) -> tuple[int, dict[str, str], Any]:
        """Record the call and return status, headers and body of the answer."""
        with self._lock:
            self.calls.append(call)
        route = self._routes.matching(call) or self._frame.matching(call)
        if route is None:
            return self._unknown(call)
        if not _all_arrived(route.together):
            return 504, {}, {"computeFault": {"code": 504, "message": "the other requests did not come at once"}}
        time.sleep(route.delay)
        body = route.json(call) if callable(route.json) else route.json
        return route.status, route.headers, body

    def _unknown(self, call: Call) -> tuple[int, dict[str, str], Any]:
        if call.method == "GET" and call.path.rstrip("/") == COMPUTE:
            return 200, {}, {"version": self._nova_version()}
        message = f"The fake cloud has no answer to {call.method} {call.path}"
        return 404, {}, {"itemNotFound": {"code": 404, "message": message}}

    def _nova_version(self) -> dict[str, Any]:
        links = [{"rel": "self", "href": f"{self.nova_url}/"}]
        version = {"id": "v2.1", "status": "CURRENT", "min_version": "2.1", "version": self.max_microversion}
        return {**version, "links": links}


def _all_arrived(barrier: threading.Barrier | None) -> bool:
    try:
        if barrier is not None:
            barrier.wait(timeout=TOGETHER_SECONDS)
    except threading.BrokenBarrierError:
        return False
    return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that does not wait for the answer: some tests need this."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        call = Call(
            self.command,
            url.path,
            dict(parse_qsl(url.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
            jsonlib.loads(body) if body else None,
        )
        self._send(call, *self.server.cloud.answer(call))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _serve

    def _send(self, call: Call, status: int, headers: dict[str, str], body: Any) -> None:
        payload = body if isinstance(body, bytes) else b"" if body is None else jsonlib.dumps(body).encode()
        self.send_response(status)
        # Nova repeats the microversion; novaclient and keystoneauth warn if it is missing.
        if call.microversion and call.path.startswith(COMPUTE):
            self.send_header("OpenStack-API-Version", f"compute {call.microversion}")
            self.send_header("X-OpenStack-Nova-API-Version", call.microversion)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def date_time_string(self, timestamp: float | None = None) -> str:
        """Return the header ``Date`` of an answer."""
        return super().date_time_string((timestamp or time.time()) + self.server.cloud.ahead)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: ``FakeCloud.calls`` has the calls."""


@contextmanager
def running_fake_cloud() -> Iterator[FakeCloud]:
    cloud = FakeCloud()
    cloud.start()
    try:
        yield cloud
    finally:
        cloud.stop()
