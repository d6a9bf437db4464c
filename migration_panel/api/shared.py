# SPDX-License-Identifier: Apache-2.0
"""One answer of Nova for all who poll the same view within a moment, so that viewers do not add up to calls."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable, Sized
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar

from django.http import HttpRequest

from migration_panel.api.nova import Nova
from migration_panel.api.session import Access
from migration_panel.cache import Shelf
from migration_panel.conf import get_config
from migration_panel.deadline import NO_ANSWER, OutOfTime, current
from migration_panel.exceptions import NotAllowed, SessionExpired

Result = TypeVar("Result")

# How long after Nova has taken a token its bearer may share what others were told, s.
TRUST = 60.0
# Maximum number of answers, and of the records in them, that a worker stores: about 15 MB.
MAX_ENTRIES = 1000
MAX_RECORDS = 20_000
# Trusted tokens, shared by all workers.
TRUSTED = Shelf("trusted", entries=8)


@dataclass
class PendingCall:
    """One call that is under way or has ended."""

    began_at: float
    future: Future[Any] = field(default_factory=Future)
    # None until it has come.
    came_at: float | None = None
    # When the answer is too old for every request that has used it.
    until: float = 0.0
    records: int = 0


class TokenTrust:
    """In a token that Nova has taken of late: all workers know of it by Django's cache, asked and told once a poll."""

    def __init__(self, token: str) -> None:
        self._item = hashlib.sha256(token.encode()).hexdigest()
        self._held: bool | None = None
        self._told = False

    def __bool__(self) -> bool:
        if self._held is None:
            self._held = TRUSTED.get([self._item]).get(self._item) is True
        return self._held

    def gain(self) -> None:
        if not self._told:
            TRUSTED.put({self._item: True}, TRUST)
            self._held = self._told = True

    def lose(self) -> None:
        TRUSTED.remove(self._item)
        self._held = self._told = False


class SharedCalls:
    """Answers by view and question, within this process.  A token takes part only once Nova itself has taken it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._answers: dict[Hashable, PendingCall] = {}

    def get(self, question: Hashable, trust: TokenTrust, lifetime: float, ask: Callable[[], Any]) -> Any:
        """What ``ask`` gives or raises, now or within ``lifetime`` s before; ``question`` must tell views apart."""
        trusted = bool(trust)
        with self._lock:
            answer = self._answers.get(question)
            shared = trusted and answer is not None and self._fresh(answer, lifetime)
            if not shared:
                answer = self._answers[question] = PendingCall(self._clock())
        if not shared:
            return self._asked(answer, trust, lifetime, ask)
        deadline = current()
        try:
            return answer.future.result(deadline and deadline.left())
        except (SessionExpired, NotAllowed, OutOfTime):
            # The error concerns the token or the deadline of another request.
            return ask()
        except TimeoutError as error:
            raise OutOfTime(NO_ANSWER) from error

    def _asked(self, answer: PendingCall, trust: TokenTrust, lifetime: float, ask: Callable[[], Any]) -> Any:
        try:
            value = ask()
        except BaseException as error:
            # Whatever it is, those who wait must hear of it, or they would wait for ever; nobody hears of it later.
            self._settle(answer, float("-inf"), 0)
            answer.future.set_exception(error)
            if isinstance(error, (SessionExpired, NotAllowed)):
                trust.lose()
            raise
        self._settle(answer, self._clock(), lifetime, value)
        answer.future.set_result(value)
        trust.gain()
        return value

    def _settle(self, answer: PendingCall, came_at: float, lifetime: float, value: Any = ()) -> None:
        with self._lock:
            answer.came_at = came_at
            answer.until = came_at + lifetime
            answer.records = _count(value)
            self._clear()

    def _fresh(self, answer: PendingCall, lifetime: float) -> bool:
        """Return whether an answer can be used.  A call that its own request has given up is not waited for."""
        if answer.came_at is None:
            return self._clock() - answer.began_at < get_config().timeout
        return self._clock() - answer.came_at < lifetime

    def _clear(self) -> None:
        """Drop expired answers, then the oldest above the limits.  Requests that wait hold their own reference."""
        now = self._clock()
        kept = {key: one for key, one in self._answers.items() if one.came_at is None or one.until > now}
        records = sum(one.records for one in kept.values())
        oldest = sorted((one.came_at, number, key) for number, (key, one) in enumerate(kept.items()) if one.came_at)
        for _came_at, _number, key in oldest:
            if len(kept) <= MAX_ENTRIES and records <= MAX_RECORDS:
                break
            records -= kept.pop(key).records
        self._answers = kept


def _count(value: Any) -> int:
    """Return how many records an answer holds, whether it is a list or a Listing."""
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


def connect_for_poll(request: HttpRequest) -> Nova:
    """Connect to Nova with the user's token, and share the lists of migrations.  Raise MigrationPanelError."""
    access = Access.of(request)
    return Nova(access, PollSharing(access))
