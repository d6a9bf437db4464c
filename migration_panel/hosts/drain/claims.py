# SPDX-License-Identifier: Apache-2.0
"""What the requests of one drain or return share in Django's cache: claims on instances, failures, stops, returns.

Nothing is stored that Nova would not report soon enough.  Returns are stored because Nova drops a service's reason when
it enables the service.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from migration_panel import cache
from migration_panel.api.models import Migration
from migration_panel.api.nova import Nova
from migration_panel.hosts.drain.run import Step

# How long an instance is taken for asked for, if nothing shows it, s: longer than from a look at it to Nova's answer.
CLAIMED = 15
# How long one may hold the list of these, s: it takes a moment, unless its worker dies.
HELD = 5
REFUSED = 3600
# An earlier failure excludes an instance from a new drain for this time at most, s (records.py, RECENT).
ORDERED = 3600
# A verdict about a record that will never be closed stays true.
VERDICTS = 7 * 24 * 3600
MAX_VERDICTS = 1000

# Refusals of each host that this process has seen: a cache that keeps nothing must not make a page repeat a request
# for ever.  Hosts at most, those first that were refused first.
MAX_HOSTS = 100
_refused: dict[str, tuple[float, dict[str, str]]] = {}

RETURNS_KEPT = 7 * 24 * 3600


def key(nova: Nova, word: str, host: str) -> str:
    """Return a cache key shared by the users of all projects, because they all see the same hosts."""
    return cache.key(word, nova.access.cloud, host)


def claim(nova: Nova, host: str, steps: Sequence[Step]) -> list[Step]:
    """Those that nobody else has claimed in the state in which they were seen.

    None at all while somebody else is claiming: the next look goes on.
    """
    if not cache.claim(key(nova, "claiming", host), HELD):
        return []
    try:
        claims = _claims(nova, host)
        free = [step for step in steps if seen(step) not in claims]
        until = _seconds(nova) + CLAIMED
        cache.put(key(nova, "claims", host), claims | {seen(step): until for step in free}, CLAIMED)
        return free
    finally:
        cache.remove(key(nova, "claiming", host))


def release(nova: Nova, host: str, steps: Iterable[Step]) -> None:
    """For those that were not asked for after all."""
    unasked = {seen(step) for step in steps}
    if unasked and cache.claim(key(nova, "claiming", host), HELD):
        claims = {one: until for one, until in _claims(nova, host).items() if one not in unasked}
        cache.put(key(nova, "claims", host), claims, CLAIMED)
        cache.remove(key(nova, "claiming", host))


def refuse(nova: Nova, host: str, reasons: dict[str, str]) -> None:
    """``reasons`` by ``seen``."""
    if reasons:
        _keep_refusals(nova, host, refusals(nova, host) | reasons)


def refusals(nova: Nova, host: str) -> dict[str, str]:
    """Return what Nova refused, as far as the cache or else this process knows."""
    name = key(nova, "refused", host)
    found = cache.get(name)
    if found is None:
        until, found = _refused.get(name, (0.0, {}))
        found = found if time.monotonic() < until else {}
    return dict(found)


def _keep_refusals(nova: Nova, host: str, reasons: dict[str, str]) -> None:
    name = key(nova, "refused", host)
    cache.put(name, reasons, REFUSED)
    _refused.pop(name, None)
    if reasons:
        _refused[name] = (time.monotonic() + REFUSED, reasons)
    for oldest in list(_refused)[:-MAX_HOSTS]:
        _refused.pop(oldest, None)


def forget(nova: Nova, host: str, steps: Iterable[Step]) -> None:
    """For another try, which somebody wants."""
    tried = {seen(step) for step in steps}
    left = {one: reason for one, reason in refusals(nova, host).items() if one not in tried}
    _keep_refusals(nova, host, left)
    release(nova, host, steps)


def order(nova: Nova, host: str, instances: Iterable[str]) -> None:
    """Store which instances a new drain is to move and has not requested yet, whatever failed before it."""
    cache.put(key(nova, "ordered", host), sorted(instances), ORDERED)


def ordered(nova: Nova, host: str) -> frozenset[str]:
    """Empty where it was not stored: then only the user's next order tries again what failed lately."""
    return frozenset(cache.get(key(nova, "ordered", host)) or ())


def requested(nova: Nova, host: str, steps: Iterable[Step]) -> None:
    """For those that were requested: from now on, their failures count."""
    kept = ordered(nova, host)
    if left := kept.intersection(step.instance_id for step in steps):
        order(nova, host, kept - left)


def seen(step: Step) -> str:
    """The instance in the state in which it was seen: after a failure it is in another."""
    changed = step.server.updated if step.server else ""
    return f"{step.instance_id} {changed} {step.migration.uuid if step.migration else ''}"


def verdicts(nova: Nova, host: str, migrations: Iterable[Migration]) -> dict[str, str]:
    """Return the stored codes of unclosed.py for the records that have not changed since."""
    kept: dict[str, tuple[str, str]] = cache.get(key(nova, "verdicts", host)) or {}
    found = {one.uuid: kept[one.uuid] for one in migrations if one.uuid in kept}
    changed = {one.uuid: _changed(one) for one in migrations}
    return {uuid: code for uuid, (since, code) in found.items() if since == changed[uuid]}


def store_verdicts(nova: Nova, host: str, migrations: Iterable[Migration], codes: Mapping[str, str]) -> None:
    """Store the codes of unclosed.py.  ``codes``: by the UUID of the migration."""
    values = {one.uuid: (_changed(one), codes[one.uuid]) for one in migrations if one.uuid in codes}
    if values:
        kept = (cache.get(key(nova, "verdicts", host)) or {}) | values
        cache.put(key(nova, "verdicts", host), dict(list(kept.items())[-MAX_VERDICTS:]), VERDICTS)


def _changed(migration: Migration) -> str:
    return f"{migration.status} {migration.changed_at}"


def _claims(nova: Nova, host: str) -> dict[str, float]:
    found = cache.get(key(nova, "claims", host)) or {}
    return {one: until for one, until in found.items() if until > _seconds(nova)}


def _seconds(nova: Nova) -> float:
    """Return the time by Nova's clock, which is the same for all Horizon servers."""
    return nova.now().timestamp()


@dataclass(frozen=True)
class ReturnState:
    # When the drain began whose instances come back.
    since: datetime
    # When that was ordered, by Nova's clock.
    ordered_at: datetime
    stopped: bool = False


def store_return(nova: Nova, host: str, begun: ReturnState) -> None:
    cache.put(key(nova, "return", host), (begun.since, begun.ordered_at, begun.stopped), RETURNS_KEPT)


def stored_return(nova: Nova, host: str) -> ReturnState | None:
    found = cache.get(key(nova, "return", host))
    return ReturnState(*found) if found else None


def drop_return(nova: Nova, host: str) -> None:
    cache.remove(key(nova, "return", host))
