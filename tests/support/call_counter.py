# SPDX-License-Identifier: Apache-2.0
"""Records the HTTP calls that this process makes to OpenStack, and lets them through."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from devcloud.layout import Ports


@dataclass(frozen=True)
class ServiceCall:
    """One HTTP call, such as nova GET /v2.1/os-migrations."""

    service: str
    method: str
    path: str
    query: str


class Calls(list[ServiceCall]):
    """The calls in the order in which they were begun."""

    def __init__(self) -> None:
        super().__init__()
        self.peak = 0  # the most calls that were on their way at once
        self._under_way = 0
        self._lock = threading.Lock()

    def to(self, service: str) -> list[ServiceCall]:
        """Those to one service: keystone, nova, neutron, glance or placement."""
        return [call for call in self if call.service == service]

    @property
    def frame(self) -> list[ServiceCall]:
        """Those that Horizon makes by itself for any full page."""
        return [call for call in self if _is_of_the_frame(call)]

    @property
    def panel(self) -> list[ServiceCall]:
        """Those of the panel: all but the frame's."""
        return [call for call in self if not _is_of_the_frame(call)]

    @contextmanager
    def under_way(self, call: ServiceCall) -> Iterator[None]:
        with self._lock:
            self.append(call)
            self._under_way += 1
            self.peak = max(self.peak, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1


def _is_of_the_frame(call: ServiceCall) -> bool:
    place = (call.service, call.method, call.path.rstrip("/"))
    of_keystone = place in (("keystone", "GET", "/v3"), ("keystone", "GET", ""))
    of_projects = place[:2] == ("keystone", "GET") and call.path.endswith("/projects")
    return of_keystone or of_projects or place == ("neutron", "GET", "/v2.0/extensions")


@contextmanager
def recording(ports: Ports) -> Iterator[Calls]:
    """Record at requests' adapter, through which every OpenStack client goes."""
    calls = Calls()
    services = {number: name for name, number in ports.numbers.items()}
    send = HTTPAdapter.send

    def record(adapter: HTTPAdapter, request: PreparedRequest, **options: object) -> Response:
        url = urlsplit(str(request.url))
        call = ServiceCall(services.get(url.port, url.netloc), str(request.method), url.path, url.query)
        with calls.under_way(call):
            return send(adapter, request, **options)

    with mock.patch.object(HTTPAdapter, "send", record):
        yield calls
