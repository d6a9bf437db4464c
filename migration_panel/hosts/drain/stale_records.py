# SPDX-License-Identifier: Apache-2.0
"""Records of migrations that Nova never closes, or that it completes only after the instance has arrived.

Nova cleans up only some of them (nova/compute/manager.py, _cleanup_incomplete_migrations).  These records must not
prevent a host from being reported empty.  A record is ignored only after its instance was looked up.

After a live migration, Nova lists the instance on the destination before the source completes the record, because the
source counts its own resources first (nova/compute/manager.py, _post_live_migration).  If the source's service ends in
between, the record stays at ``running`` forever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

from migration_panel.api.models import Migration, Server
from migration_panel.board.status import Phase, phase_of
from migration_panel.hosts.drain.records import (
    FORGOTTEN,
    at_end,
    by_instance,
    failed_live,
    moving,
    newest,
    outgoing,
    still_open,
    unchanged_for,
)

# What the source still does takes seconds; so much later, nobody is at it any more.
ENDED = timedelta(minutes=1)

# Codes; the sentences are in text.py.
DELETED, NO_CHANGE = "instance-deleted", "no-change"

# Shorter times without a change are normal, for example while a migration waits for its confirmation.
STALE = timedelta(hours=1)

# Evacuations whose guests nova-compute destroys on the source when it starts (_destroy_evacuated_instances).
UNFINISHED = frozenset({"accepted", "pre-migrating", "done"})


def with_stale_completed(
    migrations: Iterable[Migration], servers: Mapping[str, Server], now: datetime
) -> Iterable[Migration]:
    """The same, completed if the instance is where it was to go, or has gone on from there; ``servers``: by ID."""
    for moves in by_instance(migrations).values():
        for one, following in zip_longest(moves, moves[1:]):
            ended = _arrived(one, servers.get(one.instance_id), now) or _went_on(one, following)
            yield replace(one, status="completed") if ended else one


def missing_instances(
    migrations: Iterable[Migration], host: str, here: Collection[str], since: datetime, now: datetime
) -> list[str]:
    """IDs of the instances that the host has no more, and of which the records do not tell where they are."""
    left = by_instance(outgoing(migrations, host, since))
    return [one for one, moves in left.items() if one not in here and _abandoned(moves[-1], now)]


def _arrived(migration: Migration, server: Server | None, now: datetime) -> bool:
    return server is not None and server.task_state is None and at_end(migration, server) and _abandoned(migration, now)


def _went_on(migration: Migration, following: Migration | None) -> bool:
    return _open(migration) and following is not None and following.source == migration.destination


def _abandoned(migration: Migration, now: datetime) -> bool:
    return _open(migration) and unchanged_for(ENDED, migration, now)


def _open(migration: Migration) -> bool:
    return migration.type == "live-migration" and moving(migration)


def in_doubt(
    migrations: Iterable[Migration], host: str, here: Collection[str], since: datetime, now: datetime
) -> list[Migration]:
    """Return the newest records of instances that are not on the host and have to be looked up."""
    migrations = list(migrations)
    failed = [moves[-1] for moves in by_instance(outgoing(migrations, host, since)).values() if failed_live(moves[-1])]
    stale = [one for one in newest(migrations) if still_open(one) and unchanged_for(_patience(one), one, now)]
    return [one for one in (*failed, *stale) if one.instance_id not in here]


def verdict(migration: Migration, server: Server | None, now: datetime) -> str:
    """Return DELETED or NO_CHANGE for a record that will never be closed, else an empty text.

    ``server``: the instance as it was looked up; None for a deleted instance.
    """
    if server is None:
        return DELETED
    # Nova reports neither state for an instance in a cell that is down.
    at_rest = server.task_state is None and server.vm_state not in ("", "resized")
    if at_rest and migration.type == "live-migration" and at_end(migration, server):
        # It has arrived (arrivals.py).
        return ""
    return NO_CHANGE if at_rest and still_open(migration) and unchanged_for(STALE, migration, now) else ""


def unfinished_evacuations(
    migrations: Iterable[Migration], host: str, verdicts: Mapping[str, str]
) -> tuple[Migration, ...]:
    """Return the evacuations that nova-compute on the host has not cleaned up, because it was not restarted.

    Records of deleted instances stay like this forever and do no harm.
    """
    return tuple(
        one
        for one in migrations
        if one.type == "evacuation"
        and one.source == host
        and one.status in UNFINISHED
        and verdicts.get(one.uuid) != DELETED
    )


def _patience(migration: Migration) -> timedelta:
    return FORGOTTEN if moving(migration) or phase_of(migration.status) is not Phase.CONFIRM else STALE
