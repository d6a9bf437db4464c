# SPDX-License-Identifier: Apache-2.0
"""Share Nova's answers between polls of users who may see the same: the number of calls does not grow with users."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Hashable, Sized
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass, field
from operator import itemgetter
from threading import Lock
from typing import Any, TypeVar

from django.http import HttpRequest

from migration_panel.api.nova import Nova
from migration_panel.api.session import Access, has_connected, knows_version
from migration_panel.cache import Shelf
from migration_panel.conf import get_config
from migration_panel.deadline import NO_ANSWER, OutOfTime, current
from migration_panel.exceptions import NotAllowed, SessionExpired

Result = TypeVar("Result")

# How long after Nova accepted a token its user may share results of others, s.
TRUST = 60.0
# Minimum time between two writes of the trust, s: a write to a cache of files lasts about 5 ms.
RENEWAL = TRUST / 4
# Maximum number of results, and of the records in them, that a worker stores: about 15 MB.
MAX_ENTRIES = 1000
MAX_RECORDS = 20_000
# Trusted tokens, shared by all workers.
TRUSTED = Shelf("trusted-since", entries=8)


@dataclass
class PendingCall:
    """A call that is in progress or has finished.  Times are those of the clock of SharedCalls, s."""

    started_at: float
    future: Future[Any] = field(default_factory=Future)
    # None while the call is in progress.
    finished_at: float | None = None
    # When the result is too old for every request that has used it.
    expires_at: float = 0.0
    records: int = 0


class TokenTrust:
    """Whether Nova accepted a token recently.  Stored in Django's cache for all workers, as the time of the last write.

    One read of the cache for each poll, and at most one write per RENEWAL.
    """

    def __init__(self, token: str) -> None:
        self._item = hashlib.sha256(token.encode()).hexdigest()
        # The calls of a poll run in several threads.
        self._lock = Lock()
        self._read = self._refused = False
        # None if the token is not trusted.
        self._stored_at: float | None = None

    def read(self) -> bool:
        """Return whether Nova accepted the token recently."""
        with self._lock:
            if not self._read:
                found = TRUSTED.get([self._item]).get(self._item)
                self._stored_at = found if isinstance(found, float) else None
                self._read = True
            return self._stored_at is not None

    def store(self) -> None:
        """Store that Nova has accepted the token, unless the trust was stored less than RENEWAL ago."""
        with self._lock:
            now = time.time()
            # A call that Nova accepted earlier may finish after the refusal: the token stays refused.
            if self._refused:
                return
            if self._stored_at is None or not 0 <= now - self._stored_at < RENEWAL:
                TRUSTED.put({self._item: now}, TRUST)
                self._stored_at, self._read = now, True

    def drop(self, *, expired: bool = True) -> None:
        """Remove the trust in the token.  ``expired``: whether Nova refused the token itself, not only a call."""
        with self._lock:
            TRUSTED.remove(self._item)
            self._stored_at, self._read = None, True
            self._refused = self._refused or expired


class SharedCalls:
    """Calls of this process by their question.  A token gets results of others only after Nova itself accepted it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._calls: dict[Hashable, PendingCall] = {}

    def get(self, question: Hashable, trust: TokenTrust, lifetime: float, call: Callable[[], Any]) -> Any:
        """Return or raise what ``call`` returns or raises, now or less than ``lifetime`` s ago.

        ``question`` must differ for users who may see different things.
        """
        trusted = trust.read()
        with self._lock:
            pending = self._calls.get(question)
            shared = trusted and pending is not None and self._is_usable(pending, lifetime)
            if pending is None or not shared:
                pending = self._calls[question] = PendingCall(self._clock())
        if not shared:
            return self._make(pending, trust, lifetime, call)
        deadline = current()
        try:
            return pending.future.result(deadline.left() if deadline else None)
        except (SessionExpired, NotAllowed, OutOfTime):
            # The error concerns the token or the deadline of another request.
            return call()
        except TimeoutError as error:
            raise OutOfTime(NO_ANSWER) from error

    def _make(self, pending: PendingCall, trust: TokenTrust, lifetime: float, call: Callable[[], Any]) -> Any:
        """Make the call, and give its result to the requests that wait for it."""
        try:
            value = call()
        except BaseException as error:
            # Whatever the error is, waiting requests get it, or they would wait forever; later requests do not.
            self._finish(pending, float("-inf"), 0)
            pending.future.set_exception(error)
            if isinstance(error, (SessionExpired, NotAllowed)):
                trust.drop(expired=isinstance(error, SessionExpired))
            raise
        self._finish(pending, self._clock(), lifetime, value)
        pending.future.set_result(value)
        trust.store()
        return value

    def _finish(self, pending: PendingCall, finished_at: float, lifetime: float, value: Any = ()) -> None:
        with self._lock:
            pending.finished_at = finished_at
            pending.expires_at = finished_at + lifetime
            pending.records = _count(value)
            self._drop_expired()

    def _is_usable(self, pending: PendingCall, lifetime: float) -> bool:
        """Return whether a result can be used.  A call that its own request has abandoned is not waited for."""
        if pending.finished_at is None:
            return self._clock() - pending.started_at < get_config().timeout
        return self._clock() - pending.finished_at < lifetime

    def _drop_expired(self) -> None:
        """Drop expired results, then the oldest above the limits.  Waiting requests hold their own reference."""
        now = self._clock()
        kept = {
            question: pending
            for question, pending in self._calls.items()
            if pending.finished_at is None or pending.expires_at > now
        }
        records = sum(pending.records for pending in kept.values())
        finished = [(pending.finished_at, question) for question, pending in kept.items() if pending.finished_at]
        for _finished_at, question in sorted(finished, key=itemgetter(0)):
            if len(kept) <= MAX_ENTRIES and records <= MAX_RECORDS:
                break
            records -= kept.pop(question).records
        self._calls = kept


def _count(value: Any) -> int:
    """Return the number of records in a result: a list, a Listing or a single record."""
    records = getattr(value, "records", value)
    return len(records) if isinstance(records, Sized) else 1


_shared_calls = SharedCalls()


class PollSharing:
    """Share the calls of one user's poll with all users who have the same project and roles."""

    def __init__(self, access: Access) -> None:
        self._scope = access.cache_scope
        self._trust = TokenTrust(f"{self._scope}\0{access.token}")

    def __call__(self, question: tuple[Hashable, ...], call: Callable[[], Result]) -> Result:
        """Return what the call returns, now or less than SHARE seconds ago."""
        result: Result = _shared_calls.get((self._scope, *question), self._trust, get_config().share, call)
        return result


async def connect_for_poll(request: HttpRequest) -> Nova:
    """Connect to Nova with the user's token, and share the lists of migrations.  Raise MigrationPanelError."""
    if not has_connected():
        # The first connection of a process reads Horizon's policy files, which would hold up the event loop.
        return await asyncio.to_thread(lambda: _connect(Access.of(request)))
    access = Access.of(request)
    return _connect(access) if knows_version(access) else await asyncio.to_thread(_connect, access)


def _connect(access: Access) -> Nova:
    return Nova(access, PollSharing(access))
