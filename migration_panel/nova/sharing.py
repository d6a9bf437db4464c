# SPDX-License-Identifier: Apache-2.0
"""One answer of Nova for all who poll the same view within a moment, so that viewers do not add up to calls."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from migration_panel.conf import get_config
from migration_panel.errors import NotAllowed, SignedOut
from migration_panel.nova.client import Nova
from migration_panel.nova.records import Migration

# How long after Nova has taken a token its bearer may share what others were told, s.
TRUST = 60.0
# Entries of either table at which what is out of date is dropped.
CROWDED = 1000


@dataclass
class Answer:
    """One call that is under way or has ended."""

    future: Future[Any] = field(default_factory=Future)
    came_at: float | None = None


class Share:
    """Answers by view and question, within this process.  A token takes part only once Nova itself has taken it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._answers: dict[Hashable, Answer] = {}
        self._taken: dict[bytes, float] = {}

    def get(self, question: Hashable, token: str, lifetime: float, ask: Callable[[], Any]) -> Any:
        """What ``ask`` gives or raises, now or within ``lifetime`` s before; ``question`` must tell views apart."""
        bearer = hashlib.sha256(token.encode()).digest()
        with self._lock:
            answer = self._answers.get(question)
            shared = answer is not None and self._fresh(answer, lifetime) and self._trusted(bearer)
            if not shared:
                answer = self._answers[question] = Answer()
        if not shared:
            return self._asked(answer, bearer, ask)
        try:
            return answer.future.result()
        except (SignedOut, NotAllowed):
            # Was said of another's token.
            return ask()

    def _asked(self, answer: Answer, bearer: bytes, ask: Callable[[], Any]) -> Any:
        try:
            value = ask()
        except BaseException as error:
            # Whatever it is, those who wait must hear of it, or they would wait for ever.
            self._settle(answer, bearer, taken=False)
            answer.future.set_exception(error)
            raise
        self._settle(answer, bearer, taken=True)
        answer.future.set_result(value)
        return value

    def _settle(self, answer: Answer, bearer: bytes, *, taken: bool) -> None:
        with self._lock:
            now = self._clock()
            # A failure is shared by those who wait for it and by nobody later.
            answer.came_at = now if taken else float("-inf")
            if taken:
                self._taken[bearer] = now
            else:
                self._taken.pop(bearer, None)
            self._clear(now)

    def _fresh(self, answer: Answer, lifetime: float) -> bool:
        return answer.came_at is None or self._clock() - answer.came_at < lifetime

    def _trusted(self, bearer: bytes) -> bool:
        return self._clock() - self._taken.get(bearer, float("-inf")) < TRUST

    def _clear(self, now: float) -> None:
        if len(self._answers) > CROWDED:
            self._answers = {
                key: one for key, one in self._answers.items() if one.came_at is None or now - one.came_at < TRUST
            }
        if len(self._taken) > CROWDED:
            self._taken = {key: moment for key, moment in self._taken.items() if now - moment < TRUST}


_share = Share()


class SharedNova(Nova):
    """For polls: their two questions are shared by all whose project and roles are the same."""

    def migrations(self, **filters: Any) -> list[Migration]:
        question = ("migrations", *sorted(filters.items()))
        return self._shared(question, lambda: super(SharedNova, self).migrations(**filters))

    def live_migrations(self, instance_id: str) -> list[Migration]:
        return self._shared(("live", instance_id), lambda: super(SharedNova, self).live_migrations(instance_id))

    def _shared(self, question: tuple[Hashable, ...], ask: Callable[[], list[Migration]]) -> list[Migration]:
        return _share.get((self.access.view, *question), self.access.token, get_config().share, ask)
