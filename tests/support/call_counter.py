# SPDX-License-Identifier: Apache-2.0
"""Record the HTTP calls of this process to OpenStack, and pass them on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest import mock
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from devcloud.layout import Ports

GATE_SECONDS = 60  # for all calls to come, on a machine that is busy


@dataclass(frozen=True)
class ServiceCall:
    """One HTTP call, such as nova GET /v2.1/os-migrations."""

    service: str
    method: str
    path: str
    query: str


class Gate:
    """Hold the calls that match until `number` of them wait at once, then let every call pass.

    So a test proves that calls are made at once without measuring a time: calls in sequence never open the gate.
    """

    def __init__(self, number: int, matches: Callable[[ServiceCall], bool], seconds: float | None = None) -> None:
        self._number, self._matches = number, matches
        self._seconds = GATE_SECONDS if seconds is None else seconds
        self._waiting: list[ServiceCall] = []
        self._change = threading.Condition()

    def wait(self, call: ServiceCall) -> None:
        """Return when the gate is open; raise an AssertionError if it does not open in time."""
        if not self._matches(call):
            return
        with self._change:
            self._waiting.append(call)
            self._change.notify_all()
            if not self._change.wait_for(self._is_open, self._seconds):
                raise AssertionError(self._problem())

    def require_open(self) -> None:
        """Raise an AssertionError if the calls were not made at once, even if the code under test hid that error."""
        if not self._is_open():
            raise AssertionError(self._problem())

    def _is_open(self) -> bool:
        return len(self._waiting) >= self._number

    def _problem(self) -> str:
        waiting = ", ".join(f"{call.service} {call.method} {call.path}" for call in self._waiting) or "none"
        return f"{self._number} calls must be on their way at once; there were {len(self._waiting)}: {waiting}"


class Calls(list[ServiceCall]):
    """The calls in the order of their start."""

    def to(self, service: str) -> list[ServiceCall]:
        """Return the calls to a service: keystone, nova, neutron, glance or placement."""
        return [call for call in self if call.service == service]

    @property
    def frame(self) -> list[ServiceCall]:
        """Return the calls that Horizon itself makes for every full page."""
        return [call for call in self if _is_of_the_frame(call)]

    @property
    def panel(self) -> list[ServiceCall]:
        """Return the calls of the panel: all calls but those of the frame."""
        return [call for call in self if not _is_of_the_frame(call)]


def _is_of_the_frame(call: ServiceCall) -> bool:
    place = (call.service, call.method, call.path.rstrip("/"))
    keystone_version = place in (("keystone", "GET", "/v3"), ("keystone", "GET", ""))
    user_projects = place[:2] == ("keystone", "GET") and call.path.endswith("/projects")
    return keystone_version or user_projects or place == ("neutron", "GET", "/v2.0/extensions")


@contextmanager
def recording(
    ports: Ports, at_once: int = 0, matches: Callable[[ServiceCall], bool] = lambda call: True
) -> Iterator[Calls]:
    """Record at requests' adapter, through which every OpenStack client goes.

    With `at_once`, no call that `matches` is sent before `at_once` calls wait; Horizon's own calls are not counted.
    The block raises an AssertionError if these calls do not come.
    """
    calls = Calls()
    gate = Gate(at_once, lambda call: not _is_of_the_frame(call) and matches(call)) if at_once else None
    services = {number: name for name, number in ports.numbers.items()}
    send = HTTPAdapter.send

    def record(adapter: HTTPAdapter, request: PreparedRequest, **options: object) -> Response:
        url = urlsplit(str(request.url))
        call = ServiceCall(services.get(url.port, url.netloc), str(request.method), url.path, url.query)
        calls.append(call)
        if gate:
            gate.wait(call)
        return send(adapter, request, **options)

    with mock.patch.object(HTTPAdapter, "send", record):
        yield calls
    if gate:
        gate.require_open()
