# SPDX-License-Identifier: Apache-2.0
"""Live migrations that came to their end, though Nova's records never will.

The instance is the destination's before its source, which counts its own resources first, completes the record
(nova/compute/manager.py, _post_live_migration).  If the source's service ends in between, the record stays at
``running`` for ever, and nothing sets it right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

from migration_panel.api.models import Migration, Server
from migration_panel.hosts.runs.moves import at_end, by_instance, leaving, moving, unchanged_for

# What the source still does takes seconds; so much later, nobody is at it any more.
ENDED = timedelta(minutes=1)


def as_they_ended(migrations: Iterable[Migration], servers: Mapping[str, Server], now: datetime) -> Iterable[Migration]:
    """The same, completed if the instance is where it was to go, or has gone on from there; ``servers``: by ID."""
    for moves in by_instance(migrations).values():
        for one, following in zip_longest(moves, moves[1:]):
            ended = _arrived(one, servers.get(one.instance_id), now) or _went_on(one, following)
            yield replace(one, status="completed") if ended else one


def vanished(
    migrations: Iterable[Migration], host: str, here: Collection[str], since: datetime, now: datetime
) -> list[str]:
    """IDs of the instances that the host has no more, and of which the records do not tell where they are."""
    left = by_instance(leaving(migrations, host, since))
    return [one for one, moves in left.items() if one not in here and _abandoned(moves[-1], now)]


def _arrived(migration: Migration, server: Server | None, now: datetime) -> bool:
    return server is not None and server.task_state is None and at_end(migration, server) and _abandoned(migration, now)


def _went_on(migration: Migration, following: Migration | None) -> bool:
    return _open(migration) and following is not None and following.source == migration.destination


def _abandoned(migration: Migration, now: datetime) -> bool:
    return _open(migration) and unchanged_for(ENDED, migration, now)


def _open(migration: Migration) -> bool:
    return migration.type == "live-migration" and moving(migration)
