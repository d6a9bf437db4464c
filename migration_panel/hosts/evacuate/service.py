# SPDX-License-Identifier: Apache-2.0
"""Request evacuations from Nova: several at once, no instance twice, for a limited time."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from migration_panel import cache
from migration_panel.api.concurrency import gather
from migration_panel.api.models import Server
from migration_panel.api.nova import Nova
from migration_panel.exceptions import MigrationPanelError, SessionExpired
from migration_panel.hosts.evacuate.plan import EvacuableInstance, changed_since
from migration_panel.hosts.evacuate.text import ALREADY_REQUESTED, error_text, obstacle_text
from migration_panel.machine_lock import block, locked

# No call starts after this time, so that the browser gets its answer soon, s.
TIME_LIMIT = 3.0

# How long an instance counts as requested, s: until well after Nova's record appears.  If Nova did not answer, it may
# process the request much later.
CLAIM = 60
CLAIM_UNANSWERED = 300

# Instances for which this process is sending a request.
_requested: set[str] = set()
_requested_lock = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """The outcome of one request.  At most one field is set; no field is set if there was no time for the request."""

    accepted: bool = False
    # Whether another request for the instance is in progress, or was sent just before.
    claimed: bool = False
    # The instance as looked up just before the request, if it can no longer be evacuated.
    changed: EvacuableInstance | None = None
    error: MigrationPanelError | None = None


ACCEPTED = Outcome(accepted=True)
CLAIMED = Outcome(claimed=True)
NOT_ATTEMPTED = Outcome()


@dataclass
class EvacuateResult:
    """The outcomes of one submission of the form."""

    accepted: list[Server] = field(default_factory=list)
    # Reason -> instances that Nova refused, or that could not be requested.
    refused: dict[str, list[Server]] = field(default_factory=lambda: defaultdict(list))
    # Instances for which there was no time.
    not_attempted: list[Server] = field(default_factory=list)


async def evacuate(nova: Nova, host: str, servers: Sequence[Server], destination: str | None) -> EvacuateResult:
    """Request the evacuation of each instance; without ``destination``, Nova's scheduler chooses.

    Raise SessionExpired if the session ended before Nova accepted a request.
    """
    submission = Submission(nova, host, destination, time.monotonic() + TIME_LIMIT)
    outcomes: list[Outcome] = await gather([partial(submission.request, server) for server in servers])
    result = EvacuateResult()
    for server, outcome in zip(servers, outcomes, strict=True):
        if outcome.accepted:
            result.accepted.append(server)
        elif outcome == NOT_ATTEMPTED:
            result.not_attempted.append(server)
        else:
            result.refused[_reason(server, outcome)].append(server)
    if not result.accepted:
        for outcome in outcomes:
            if isinstance(outcome.error, SessionExpired):
                raise outcome.error
    return result


def _reason(server: Server, outcome: Outcome) -> str:
    if outcome.error:
        return error_text(outcome.error, server.id)
    return obstacle_text(outcome.changed) if outcome.changed else str(ALREADY_REQUESTED)


@dataclass(frozen=True)
class Submission:
    """One submission of the form.  ``end``: no call starts after this time by ``time.monotonic()``, s."""

    nova: Nova
    host: str
    destination: str | None
    end: float

    def request(self, server: Server) -> Outcome:
        """Request one evacuation, unless a check prevents it.

        Nova would start a second evacuation of an instance while the first is in progress: it stores the task state of
        the instance without comparing it (nova/compute/api.py, evacuate).  Four checks prevent this: a reservation
        within this process, a lock among the processes of this machine, a claim by the instance's ID in the common
        cache, and a look-up of the instance just before the request, because Nova sets the task state before it
        answers.
        """
        if self._is_over():
            return NOT_ATTEMPTED
        lock, claim = f"evacuation {server.id}", cache.key("evacuation", server.id)
        with _reserved(server.id) as reserved:
            if not reserved:
                return CLAIMED
            with locked(lock, self.end) as alone:
                if alone and self._is_over():
                    return NOT_ATTEMPTED
                if not alone or not cache.claim(claim, CLAIM):
                    return CLAIMED
                return self._send(server, claim, lock)

    def _is_over(self) -> bool:
        return time.monotonic() > self.end

    def _send(self, server: Server, claim: str, lock: str) -> Outcome:
        """Look the instance up and request its evacuation.  Drop the claim if Nova certainly did not accept it."""
        obstacle = self._look_up(server)
        if obstacle:
            cache.remove(claim)
            return obstacle
        try:
            self.nova.evacuate(server.id, self.destination)
        except MigrationPanelError as error:
            if error.status == 503:
                # Nova may have accepted the request although no answer came.
                cache.put(claim, True, CLAIM_UNANSWERED)
                block(lock, CLAIM_UNANSWERED)
            else:
                cache.remove(claim)
            return Outcome(error=error)
        return ACCEPTED

    def _look_up(self, server: Server) -> Outcome | None:
        """Return what prevents the evacuation of the instance by its current record, or None."""
        try:
            current = self.nova.server(server.id)
        except MigrationPanelError as error:
            return Outcome(error=error)
        state = changed_since(server, current, self.host)
        return Outcome(changed=EvacuableInstance(current, state)) if state else None


@contextmanager
def _reserved(instance_id: str) -> Iterator[bool]:
    """Yield whether no other thread of this process is evacuating the same instance."""
    with _requested_lock:
        free = instance_id not in _requested
        _requested.add(instance_id)
    try:
        yield free
    finally:
        if free:
            with _requested_lock:
                _requested.discard(instance_id)
