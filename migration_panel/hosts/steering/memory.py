# SPDX-License-Identifier: Apache-2.0
"""What is remembered of a host in Django's cache, under few keys: nothing that Nova would not tell soon enough."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Sequence

from django.core.cache import cache

from migration_panel.hosts.runs.run import Step
from migration_panel.nova.maintenance import Maintenance

# How long an instance is taken for asked for, if nothing shows it, s: longer than from a look at it to Nova's answer.
CLAIMED = 15
# How long one may hold the list of these, s: it takes a moment, unless its worker dies.
HELD = 5
REFUSED = 3600


def key(nova: Maintenance, word: str, host: str) -> str:
    where = hashlib.sha256(f"{nova.access.endpoint}\0{host}".encode()).hexdigest()[:32]
    return f"migration_panel:{word}:{where}"


def claim(nova: Maintenance, host: str, steps: Sequence[Step]) -> list[Step]:
    """Those that nobody else has claimed in the state in which they were seen.

    None at all while somebody else is claiming: the next look goes on.
    """
    if not cache.add(key(nova, "claiming", host), True, HELD):
        return []
    try:
        claims = _claims(nova, host)
        free = [step for step in steps if seen(step) not in claims]
        until = time.time() + CLAIMED
        cache.set(key(nova, "claims", host), claims | {seen(step): until for step in free}, CLAIMED)
        return free
    finally:
        cache.delete(key(nova, "claiming", host))


def release(nova: Maintenance, host: str, steps: Iterable[Step]) -> None:
    """For those that were not asked for after all."""
    unasked = {seen(step) for step in steps}
    if unasked and cache.add(key(nova, "claiming", host), True, HELD):
        claims = {one: until for one, until in _claims(nova, host).items() if one not in unasked}
        cache.set(key(nova, "claims", host), claims, CLAIMED)
        cache.delete(key(nova, "claiming", host))


def refuse(nova: Maintenance, host: str, reasons: dict[str, str]) -> None:
    """``reasons`` by ``seen``."""
    if reasons:
        cache.set(key(nova, "refused", host), refusals(nova, host) | reasons, REFUSED)


def refusals(nova: Maintenance, host: str) -> dict[str, str]:
    return dict(cache.get(key(nova, "refused", host)) or {})


def forget(nova: Maintenance, host: str, steps: Iterable[Step]) -> None:
    """For another try, which somebody wants."""
    tried = {seen(step) for step in steps}
    left = {one: reason for one, reason in refusals(nova, host).items() if one not in tried}
    cache.set(key(nova, "refused", host), left, REFUSED)
    release(nova, host, steps)


def seen(step: Step) -> str:
    """The instance in the state in which it was seen: after a failure it is in another."""
    changed = step.server.updated if step.server else ""
    return f"{step.instance_id} {changed} {step.migration.id if step.migration else 0}"


def _claims(nova: Maintenance, host: str) -> dict[str, float]:
    found = cache.get(key(nova, "claims", host)) or {}
    return {one: until for one, until in found.items() if until > time.time()}
