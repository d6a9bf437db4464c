# SPDX-License-Identifier: Apache-2.0
"""What the requests of one drain or return share in Django's cache: claims on instances, failures, stops, returns.

Nova would report all of it, only later.  Returns are stored because Nova drops a service's reason when it enables the
service.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from migration_panel import cache
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.api.validate import validated
from migration_panel.conf import get_config
from migration_panel.hosts.drain.run import Step
from migration_panel.hosts.drain.submit_result import Refusal

# How much longer than TIMEOUT a claim is valid, s: longer than from the claim to the last answer of Nova.
CLAIM_MARGIN = 5
# How long one request may hold the list of claims, s: it needs a moment, unless its worker dies.
LOCK_LIFETIME = 5
# How many times a request tries to lock the list to release its claims, and the pause between attempts, s.
LOCK_ATTEMPTS, LOCK_PAUSE = 5, 0.05
REFUSAL_LIFETIME = 3600
# An earlier failure excludes an instance from a new drain for this time at most, s (records.py, RECENT).
PENDING_LIFETIME = 3600
# A verdict about a record that Nova never closes stays true.
VERDICT_LIFETIME = 7 * 24 * 3600
MAX_VERDICTS = 1000
RETURN_LIFETIME = 7 * 24 * 3600

# Refusals of each host that this process has seen: without a cache, a page would repeat a refused request forever.
# Maximum number of hosts; the oldest refusals are dropped first.
MAX_HOSTS = 100
_refused: dict[str, tuple[float, dict[str, Refusal]]] = {}


@dataclass(frozen=True)
class ReturnState:
    # The start of the drain whose instances return.
    since: datetime
    # When the return was ordered, by Nova's clock.
    ordered_at: datetime
    stopped: bool = False


def key(nova: Nova, word: str, host: str) -> str:
    """Return a cache key shared by the users of all projects, because they all see the same hosts."""
    return cache.key(word, nova.access.cloud, host)


def state_key(step: Step) -> str:
    """Return a key of the instance in the state in which it was read: after a failure, its state is another."""
    changed = step.server.updated if step.server else ""
    return f"{step.instance_id} {changed} {step.migration.uuid if step.migration else ''}"


def claim(nova: Nova, host: str, steps: Sequence[Step]) -> list[Step] | None:
    """Return the steps that no other request has claimed in the state in which they were read.

    Return None while another request holds the list of claims.
    """
    if not cache.claim(key(nova, "claiming", host), LOCK_LIFETIME):
        return None
    try:
        claims = _claims(nova, host)
        free = [step for step in steps if state_key(step) not in claims]
        expires = _seconds(nova) + _lifetime()
        cache.put(key(nova, "claims", host), claims | {state_key(step): expires for step in free}, _lifetime())
        return free
    finally:
        cache.remove(key(nova, "claiming", host))


def release(nova: Nova, host: str, steps: Iterable[Step]) -> None:
    """Drop this request's claims on steps that were not requested after all, or that Nova refused."""
    released = {state_key(step) for step in steps}
    if released and _wait_for_list(nova, host):
        claims = {state: expires for state, expires in _claims(nova, host).items() if state not in released}
        cache.put(key(nova, "claims", host), claims, _lifetime())
        cache.remove(key(nova, "claiming", host))


def _wait_for_list(nova: Nova, host: str) -> bool:
    """Lock the list of claims; wait briefly if another request holds it.  Return whether the list is locked."""
    for attempt in range(LOCK_ATTEMPTS):
        if attempt:
            time.sleep(LOCK_PAUSE)
        if cache.claim(key(nova, "claiming", host), LOCK_LIFETIME):
            return True
    return False


def _lifetime() -> float:
    """Return for how long a new claim is valid, s."""
    return get_config().timeout + CLAIM_MARGIN


def _claims(nova: Nova, host: str) -> dict[str, float]:
    """Return when each valid claim expires, by ``state_key``."""
    claims, now = cache.get_items(key(nova, "claims", host)), _seconds(nova)
    return {state: expires for state, expires in claims.items() if isinstance(expires, float) and expires > now}


def _seconds(nova: Nova) -> float:
    """Return the time by Nova's clock, which is the same for all Horizon servers."""
    return nova.now().timestamp()


def store_refusals(nova: Nova, host: str, added: dict[str, Refusal]) -> None:
    """Add Nova's refusals.  ``added``: by ``state_key``."""
    if added:
        _put_refusals(nova, host, refusals(nova, host) | added)


def refusals(nova: Nova, host: str) -> dict[str, Refusal]:
    """Return Nova's refusals by ``state_key``, from the cache or else from this process."""
    name = key(nova, "refusals", host)
    stored = cache.get(name)
    if not isinstance(stored, dict):
        expires, stored = _refused.get(name, (0.0, {}))
        stored = stored if time.monotonic() < expires else {}
    return {state: refusal for state, refusal in stored.items() if isinstance(refusal, Refusal)}


def _put_refusals(nova: Nova, host: str, kept: dict[str, Refusal]) -> None:
    name = key(nova, "refusals", host)
    cache.put(name, kept, REFUSAL_LIFETIME)
    _refused.pop(name, None)
    if kept:
        _refused[name] = (time.monotonic() + REFUSAL_LIFETIME, kept)
    for oldest in list(_refused)[:-MAX_HOSTS]:
        _refused.pop(oldest, None)


def remove_refusals(nova: Nova, host: str, steps: Iterable[Step]) -> None:
    """Drop the refusals of steps that Nova has accepted since."""
    states = {state_key(step) for step in steps}
    stored = refusals(nova, host)
    if states & set(stored):
        _put_refusals(nova, host, {state: refusal for state, refusal in stored.items() if state not in states})


def store_pending(nova: Nova, host: str, instances: Iterable[str]) -> None:
    """Store the IDs of the instances that a new drain includes and has not requested yet, whatever failed before."""
    cache.put(key(nova, "ordered", host), sorted(instances), PENDING_LIFETIME)


def pending(nova: Nova, host: str) -> frozenset[str]:
    """Return the IDs that ``store_pending`` stored.

    Without an entry, only another order by the user retries what failed within the last hour.
    """
    stored = cache.get(key(nova, "ordered", host))
    return frozenset(item for item in stored if isinstance(item, str)) if isinstance(stored, list) else frozenset()


def remove_pending(nova: Nova, host: str, steps: Iterable[Step]) -> None:
    """Remove instances that were requested: from now on, their failures count."""
    stored = pending(nova, host)
    if requested := stored.intersection(step.instance_id for step in steps):
        store_pending(nova, host, stored - requested)


def verdicts(nova: Nova, host: str, migrations: Iterable[Migration]) -> dict[str, str]:
    """Return the stored verdicts (records.py) about records that have not changed since, by UUID."""
    stored = _verdicts(nova, host)
    states = {migration.uuid: _record_state(migration) for migration in migrations if migration.uuid in stored}
    return {uuid: stored[uuid][1] for uuid, state in states.items() if stored[uuid][0] == state}


def store_verdicts(nova: Nova, host: str, migrations: Iterable[Migration], codes: Mapping[str, str]) -> None:
    """Add verdicts (records.py).  ``codes``: by the UUID of the migration."""
    values = {
        migration.uuid: (_record_state(migration), codes[migration.uuid])
        for migration in migrations
        if migration.uuid in codes
    }
    if values:
        newest = list((_verdicts(nova, host) | values).items())[-MAX_VERDICTS:]
        cache.put(key(nova, "verdicts", host), dict(newest), VERDICT_LIFETIME)


def _verdicts(nova: Nova, host: str) -> dict[str, tuple[str, str]]:
    """Return the state of each judged record and its verdict, by UUID."""
    stored = cache.get_items(key(nova, "verdicts", host))
    return {uuid: verdict for uuid, verdict in stored.items() if isinstance(verdict, tuple) and len(verdict) == 2}


def _record_state(migration: Migration) -> str:
    return f"{migration.status} {migration.changed_at}"


def store_return(nova: Nova, host: str, state: ReturnState) -> None:
    cache.put(key(nova, "return", host), (state.since, state.ordered_at, state.stopped), RETURN_LIFETIME)


def stored_return(nova: Nova, host: str) -> ReturnState | None:
    """Return the return; None if it is not stored, or if another program or version has written the entry."""
    values = cache.get(key(nova, "return", host))
    try:
        return validated(ReturnState(*values)) if isinstance(values, tuple) else None
    except TypeError:
        return None


def drop_return(nova: Nova, host: str) -> None:
    cache.remove(key(nova, "return", host))
