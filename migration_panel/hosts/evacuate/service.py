# SPDX-License-Identifier: Apache-2.0
"""Asks Nova to evacuate instances: all at once, none twice, and not for long."""

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
from migration_panel.hosts.evacuate.plan import changed_since
from migration_panel.hosts.evacuate.text import CLAIMED, error_text, refused_fate_text
from migration_panel.machine_lock import block, locked

# No call is begun after so many seconds, so that the browser has its answer soon.
TIME_LIMIT = 3.0

# How long an instance counts as requested, s: until well after Nova's record appears.  If Nova did not answer, it may
# process the request much later.
CLAIM = 60
CLAIM_UNANSWERED = 300

# Instances for which this process is sending a request.
_requested: set[str] = set()
_requested_lock = threading.Lock()


@dataclass
class EvacuateResult:
    begun: list[Server] = field(default_factory=list)
    # By the reason.
    refused: dict[str, list[Server]] = field(default_factory=lambda: defaultdict(list))
    # Not asked for, for lack of time.
    late: list[Server] = field(default_factory=list)


async def evacuate(nova: Nova, host: str, servers: Sequence[Server], destination: str | None) -> EvacuateResult:
    """Raises SessionExpired if the session has ended before anything was begun."""
    end = time.monotonic() + TIME_LIMIT
    answers = await gather([partial(_evacuate, nova, host, one, destination, end) for one in servers])
    result = EvacuateResult()
    for server, answer in zip(servers, answers, strict=True):
        if answer is True:
            result.begun.append(server)
        elif answer is None:
            result.late.append(server)
        else:
            reason = answer if isinstance(answer, str) else error_text(answer, server.id)
            result.refused[reason].append(server)
    if not result.begun:
        _raise_signed_out(answers)
    return result


def _evacuate(
    nova: Nova, host: str, server: Server, destination: str | None, end: float
) -> bool | str | MigrationPanelError | None:
    """Request one evacuation.  Return True if Nova accepted it, None if there was no time left, else the obstacle.

    Nova would start a second evacuation of an instance while the first is in progress: it stores the task state of the
    instance without comparing it (nova/compute/api.py, evacuate).  Four checks prevent this: a reservation within this
    process, a lock among the processes of this machine, a claim by the instance's ID in the common cache, and a look-up
    of the instance just before the request, because Nova sets the task state before it answers.
    """
    if time.monotonic() > end:
        return None
    lock, claim = f"evacuation {server.id}", cache.key("evacuation", server.id)
    with _reserved(server.id) as reserved:
        if not reserved:
            return str(CLAIMED)
        with locked(lock, end) as alone:
            if alone and time.monotonic() > end:
                return None
            if not alone or not cache.claim(claim, CLAIM):
                return str(CLAIMED)
            return _request(nova, host, server, destination, claim, lock)


def _request(
    nova: Nova, host: str, server: Server, destination: str | None, claim: str, lock: str
) -> bool | str | MigrationPanelError:
    """Look the instance up and request its evacuation.  Drop the claim if Nova certainly did not accept it."""
    answer = _against(nova, host, server)
    if answer is not None:
        cache.remove(claim)
        return answer
    try:
        nova.evacuate(server.id, destination)
    except MigrationPanelError as error:
        if error.status == 503:
            # Nova may have accepted the request although no answer came.
            cache.put(claim, True, CLAIM_UNANSWERED)
            block(lock, CLAIM_UNANSWERED)
        else:
            cache.remove(claim)
        return error
    return True


def _against(nova: Nova, host: str, server: Server) -> str | MigrationPanelError | None:
    try:
        found = nova.server(server.id)
    except MigrationPanelError as error:
        return error
    fate = changed_since(server, found, host)
    return None if fate is None else refused_fate_text(fate, found)


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


def _raise_signed_out(answers: list[object]) -> None:
    for answer in answers:
        if isinstance(answer, SessionExpired):
            raise answer
