# SPDX-License-Identifier: Apache-2.0
"""Nova's records of a host's migrations: what each means to a run, and which of them Nova never closes.

Nova cleans up only some open records (nova/compute/manager.py, _cleanup_incomplete_migrations).  These records must not
prevent a host from being reported empty.  A record is ignored only after its instance was looked up.

After a live migration, Nova lists the instance on the destination before the source completes the record, because the
source counts its own resources first (nova/compute/manager.py, _post_live_migration).  If the source's service ends in
between, the record stays at ``running`` forever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from itertools import zip_longest

from migration_panel.api.models import Migration, Server
from migration_panel.board.status import Phase, phase_of

# Greatest difference between the clock of Nova's API, which dates a drain, and a conductor's, which dates migrations.
MAX_CLOCK_SKEW = timedelta(minutes=1)
EARLIEST = datetime.min.replace(tzinfo=timezone.utc)

# Without resizes: the owner of the instance confirms or reverts a resize.
LEAVING_TYPES = frozenset({"live-migration", "migration", "evacuation"})
COLD_TYPES = frozenset({"migration"})

# Nova's task_state while an instance moves, from the answer to the request on, before there is a migration.
MOVING_TASKS = frozenset(
    {
        "migrating",
        "resize_prep",
        "resize_migrating",
        "resize_migrated",
        "resize_finish",
        "resize_reverting",
        "resize_confirming",
    }
)

# An instance without a task is not moving, even if its record is open: a restart of the service loses the queue
# (nova/compute/manager.py, _reset_live_migration).  After this time, the lists were not just read at different moments.
SETTLED = timedelta(seconds=15)
# For this long after a failure, only a user's order retries the instance, whatever the clocks say.
RECENT = timedelta(hours=1)
# Nova updates the record of a copy more often than this.
FORGOTTEN = timedelta(minutes=10)
# The last steps of a source take seconds.  After this time, its service no longer works on them.
ENDED = timedelta(minutes=1)
# Shorter times without a change are normal, for example while a migration waits for its confirmation.
STALE = timedelta(hours=1)

# The scheduler, or the queue of the source host, holds the migration.
QUEUED = frozenset({"accepted", "queued"})
# Statuses of evacuations whose guests nova-compute deletes on the source at its start (_destroy_evacuated_instances).
UNFINISHED = frozenset({"accepted", "pre-migrating", "done"})

# Verdicts about records that Nova never closes; the sentences are in text.py.
DELETED, NO_CHANGE = "instance-deleted", "no-change"


def sort_key(migration: Migration) -> tuple[datetime, bool, datetime, str]:
    """Return the sort key of an instance's migrations.  The ID is not part of it, because IDs repeat between cells.

    Nova stores whole seconds.  Of two migrations in the same second, the open migration is the later.
    """
    created, is_open = migration.created_at or EARLIEST, not phase_of(migration.status).over
    return created, is_open, migration.changed_at or created, migration.uuid


def oldest_first(migrations: Iterable[Migration]) -> list[Migration]:
    return sorted(migrations, key=sort_key)


def leaves(migration: Migration, host: str) -> bool:
    """Return whether the migration leaves the host and is of a type that a drain starts or counts."""
    return migration.source == host and migration.destination != host and migration.type in LEAVING_TYPES


def outgoing(migrations: Iterable[Migration], host: str, since: datetime) -> list[Migration]:
    """Return the migrations that started since then and leave the host, oldest first."""
    return [
        migration
        for migration in oldest_first(migrations)
        if leaves(migration, host) and _started_since(migration, since)
    ]


def incoming(migrations: Iterable[Migration], host: str, since: datetime) -> list[Migration]:
    """Return the migrations that started since then and have the host as destination, oldest first."""
    return [
        migration
        for migration in oldest_first(migrations)
        if migration.destination == host and migration.source != host and _started_since(migration, since)
    ]


def by_instance(migrations: Iterable[Migration]) -> dict[str, list[Migration]]:
    """Return the migrations of each instance by its ID, oldest first."""
    groups: dict[str, list[Migration]] = {}
    for migration in oldest_first(migrations):
        groups.setdefault(migration.instance_id, []).append(migration)
    return groups


def newest(migrations: Iterable[Migration]) -> list[Migration]:
    """Return the last migration of each instance: all its other records are closed, or Nova never closes them."""
    return list({migration.instance_id: migration for migration in oldest_first(migrations)}.values())


def is_moving(migration: Migration) -> bool:
    return phase_of(migration.status).moving


def is_cut_off(migration: Migration, server: Server | None, now: datetime) -> bool:
    """Return whether a restart interrupted the migration, so that its record stays open forever."""
    if not is_moving(migration):
        return False
    if server is None:
        return migration.type == "live-migration" and unchanged_for(FORGOTTEN, migration, now)
    at_rest = server.task_state is None and server.vm_state != "resized"
    return at_rest and not is_at_destination(migration, server) and unchanged_for(SETTLED, migration, now)


def is_requested(server: Server, now: datetime) -> bool:
    """Return whether Nova accepted a request to move the instance, of which there may be no record yet.

    A task that has not changed for RECENT is stuck: the service that worked on it has stopped.
    """
    changed = server.changed_at
    return server.task_state in MOVING_TASKS and not (changed and now - changed > RECENT)


def unchanged_for(span: timedelta, migration: Migration, now: datetime) -> bool:
    """Return whether Nova's record has not changed for longer than ``span``."""
    return now - (migration.changed_at or now) > span


def is_at_destination(migration: Migration, server: Server) -> bool:
    return migration.destination is not None and server.host == migration.destination


def still_open(migration: Migration) -> bool:
    """Return whether the migration concerns both of its hosts: in progress, or waiting for a confirmation."""
    return not phase_of(migration.status).over


def holding(
    migrations: Iterable[Migration], listed: Mapping[str, Server], verdicts: Mapping[str, str], now: datetime
) -> list[Migration]:
    """Return the open records that hold resources of the host.

    ``listed``: the instances on the host by ID; ``verdicts``: by the UUID of the migration.
    """
    return [
        migration
        for migration in newest(migrations)
        if still_open(migration)
        and migration.uuid not in verdicts
        and not is_cut_off(migration, listed.get(migration.instance_id), now)
    ]


def reached_destination(migration: Migration) -> bool:
    """Return whether the instance arrived at the destination, even if it was reverted later."""
    done = phase_of(migration.status) in (Phase.DONE, Phase.CONFIRM)
    return done or migration.status in ("confirming", "reverting")


def failed_live(migration: Migration) -> bool:
    """Return whether it may have failed after the guest switched over: Nova 27 then lists it on the destination."""
    return migration.type == "live-migration" and phase_of(migration.status) is Phase.FAILED


def ended_recently(migration: Migration, now: datetime) -> bool:
    """Return whether the migration failed or was aborted within the last hour."""
    ended = phase_of(migration.status) in (Phase.FAILED, Phase.CANCELLED)
    return ended and not unchanged_for(RECENT, migration, now)


def aborted_since(migrations: Iterable[Migration], host: str, moment: datetime) -> bool:
    """Return whether a migration to the host was aborted at that time or later."""
    changes = [
        migration.changed_at
        for migration in migrations
        if migration.destination == host and phase_of(migration.status) is Phase.CANCELLED and migration.changed_at
    ]
    return max(changes, default=EARLIEST) >= moment


def with_stale_completed(
    migrations: Iterable[Migration], servers: Mapping[str, Server], now: datetime
) -> Iterator[Migration]:
    """Yield the migrations, as ``completed`` if the instance arrived, or was migrated on from the destination.

    ``servers``: by ID.
    """
    for moves in by_instance(migrations).values():
        for migration, following in zip_longest(moves, moves[1:]):
            server = servers.get(migration.instance_id)
            ended = _has_arrived(migration, server, now) or _was_followed(migration, following)
            yield replace(migration, status="completed") if ended else migration


def missing_instances(
    migrations: Iterable[Migration], host: str, listed: Collection[str], since: datetime, now: datetime
) -> list[str]:
    """Return the IDs of the instances that left the list of the host while their records stayed open."""
    moves_by_instance = by_instance(outgoing(migrations, host, since))
    return [
        instance_id
        for instance_id, moves in moves_by_instance.items()
        if instance_id not in listed and _is_abandoned(moves[-1], now)
    ]


def in_doubt(
    migrations: Iterable[Migration], host: str, listed: Collection[str], since: datetime, now: datetime
) -> list[Migration]:
    """Return the newest records of instances that are not on the host and have to be looked up."""
    migrations = list(migrations)
    last = [moves[-1] for moves in by_instance(outgoing(migrations, host, since)).values()]
    failed = [migration for migration in last if failed_live(migration)]
    stale = [
        migration
        for migration in newest(migrations)
        if still_open(migration) and unchanged_for(_time_limit(migration), migration, now)
    ]
    return [migration for migration in (*failed, *stale) if migration.instance_id not in listed]


def verdict(migration: Migration, server: Server | None, now: datetime) -> str:
    """Return DELETED or NO_CHANGE for a record that Nova never closes, else an empty text.

    ``server``: the instance as it was looked up; None for a deleted instance.
    """
    if server is None:
        return DELETED
    # Nova reports neither state for an instance in a cell that is down.
    at_rest = server.task_state is None and server.vm_state not in ("", "resized")
    if at_rest and migration.type == "live-migration" and is_at_destination(migration, server):
        # It has arrived (with_stale_completed).
        return ""
    return NO_CHANGE if at_rest and still_open(migration) and unchanged_for(STALE, migration, now) else ""


def unfinished_evacuations(
    migrations: Iterable[Migration], host: str, verdicts: Mapping[str, str]
) -> tuple[Migration, ...]:
    """Return the evacuations that nova-compute on the host has not cleaned up, because it was not restarted.

    Records of deleted instances stay like this forever and do no harm.
    """
    return tuple(
        migration
        for migration in migrations
        if migration.type == "evacuation"
        and migration.source == host
        and migration.status in UNFINISHED
        and verdicts.get(migration.uuid) != DELETED
    )


def _started_since(migration: Migration, since: datetime) -> bool:
    return migration.created_at is not None and migration.created_at >= since - MAX_CLOCK_SKEW


def _has_arrived(migration: Migration, server: Server | None, now: datetime) -> bool:
    at_rest = server is not None and server.task_state is None and is_at_destination(migration, server)
    return at_rest and _is_abandoned(migration, now)


def _was_followed(migration: Migration, following: Migration | None) -> bool:
    return _is_moving_live(migration) and following is not None and following.source == migration.destination


def _is_abandoned(migration: Migration, now: datetime) -> bool:
    return _is_moving_live(migration) and unchanged_for(ENDED, migration, now)


def _is_moving_live(migration: Migration) -> bool:
    return migration.type == "live-migration" and is_moving(migration)


def _time_limit(migration: Migration) -> timedelta:
    """Return the time after which an open record without a change is in doubt."""
    return STALE if phase_of(migration.status) is Phase.CONFIRM else FORGOTTEN
