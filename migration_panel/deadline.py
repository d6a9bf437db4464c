# SPDX-License-Identifier: Apache-2.0
"""Limits of one request to the panel: a deadline, and a maximum number of calls to OpenStack.

The limits are set in one place, around the views, and are passed to threads by their context.  A thread whose call
takes too long is abandoned: the request does not wait for it, and the HTTP client's own timeout ends it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from functools import wraps
from threading import Lock
from typing import Any

from asgiref.sync import iscoroutinefunction as is_marked_async
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from migration_panel.conf import get_config
from migration_panel.exceptions import MigrationPanelError, ServiceUnavailable

# How long after TIMEOUT a request stops waiting, s: half a second remains for the page itself.
GRACE = 1.5
# How long a script waits beyond the time limit of a request, s: for a free worker, Keystone and the network.
SCRIPT_MARGIN = 5
# A script waits at least this long, s: Horizon's own pages have no time limit.
SCRIPT_MINIMUM = 30
# How much earlier calls end by themselves, s: callers that can do without the answer then still render the page.
SPARE = 0.5
# With less time, no call is made, s.
LEAST = 0.05
# A request that carries out an order may make this many times the calls of a request that only reads.
ORDERS = 5
# Reasons of errors.
NO_ANSWER = _("The service did not answer in time.")
OUT_OF_TIME = _("This page has reached its time limit.")
TOO_MANY_CALLS = _("This page has reached its limit of requests to OpenStack.")

READING = ("GET", "HEAD", "OPTIONS")


def script_limit_ms() -> int:
    """Return how long a script of the panel waits for an answer, ms: longer than the panel works on the request.

    A script that waits less sends another request while the panel still works on the first.
    """
    seconds = max(SCRIPT_MINIMUM, get_config().timeout + GRACE + SCRIPT_MARGIN)
    return round(1000 * seconds)


class OutOfTime(ServiceUnavailable):
    """The limit of this request was reached.  The service may answer another request."""


@dataclass
class Deadline:
    """Limits of one request.  Safe to use from several threads at once."""

    # By ``time.monotonic``.
    ends: float
    calls: int
    _outages: dict[str, MigrationPanelError] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def left(self) -> float:
        """Return how long to wait for answers, s."""
        return max(0.0, self.ends - time.monotonic())

    def start_call(self, endpoint: str, *, undoes: bool = False) -> float:
        """Count a call, and return its maximum duration, s.

        Raise the error of an earlier call to the same service that got no answer, and OutOfTime once the limits are
        reached.  A call that ``undoes`` something is always made.
        """
        with self._lock:
            if endpoint in self._outages and not undoes:
                raise self._outages[endpoint]
            if self.calls <= 0 and not undoes:
                raise OutOfTime(TOO_MANY_CALLS)
            self.calls -= 1
        seconds = self.left() - SPARE
        if undoes:
            return max(seconds, SPARE)
        if seconds < LEAST:
            raise OutOfTime(OUT_OF_TIME)
        return seconds

    def record_outage(self, endpoint: str, error: MigrationPanelError) -> None:
        """Make all further calls of this request to the service fail at once."""
        with self._lock:
            self._outages.setdefault(endpoint, error)


_current: ContextVar[Deadline | None] = ContextVar("migration_panel_deadline", default=None)
# Whether the caller waits for this thread only until the deadline.
_watched: ContextVar[bool] = ContextVar("migration_panel_watched", default=False)


def current() -> Deadline | None:
    """Return the limits of the request that this thread works for; None outside requests."""
    return _current.get()


@contextmanager
def limits(request: HttpRequest) -> Iterator[None]:
    """Set the limits of a request, unless they are set already."""
    if current() is not None:
        yield
        return
    config = get_config()
    calls = config.max_calls * (1 if request.method in READING else ORDERS)
    token = _current.set(Deadline(time.monotonic() + config.timeout + GRACE, calls))
    try:
        yield
    finally:
        _current.reset(token)


def limited(view: Callable[..., Any]) -> Callable[..., Any]:
    """Set the limits around a view, sync or async."""

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with limits(request):
            return view(request, *args, **kwargs)

    @wraps(view)
    async def respond_async(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with limits(request):
            return await view(request, *args, **kwargs)

    return respond_async if is_marked_async(view) else respond


def watched(call: Callable[[], Any]) -> Callable[[], Any]:
    """Mark a call for a thread whose caller waits only until the deadline."""

    def marked() -> Any:
        _watched.set(True)
        return call()

    return marked


def within_limits(call: Callable[[], Any], seconds: float) -> Any:
    """Return the result of a call.  Raise its error, or OutOfTime after ``seconds``."""
    if _watched.get():
        return call()
    # A separate thread: a shared pool would fill up with calls that hang.
    thread = ThreadPoolExecutor(1, "migration-panel-call")
    future = thread.submit(copy_context().run, call)
    thread.shutdown(wait=False)
    if not wait([future], seconds).done:
        raise OutOfTime(NO_ANSWER)
    return future.result()
