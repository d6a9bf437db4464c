# SPDX-License-Identifier: Apache-2.0
"""A host's migrations, sorted by what they mean to a run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from migration_panel.api.models import Migration, Server
from migration_panel.board.status import Phase, phase_of

# Greatest difference between the clock of Nova's API, which dates a drain, and a conductor's, which dates migrations.
CLOCKS = timedelta(minutes=1)
EARLIEST = datetime.min.replace(tzinfo=timezone.utc)

# Of a resize the flavor changes: its owner confirms or reverts it, not we.
LEAVING = frozenset({"live-migration", "migration", "evacuation"})
COLD_TYPES = frozenset({"migration"})

# Nova's task_state while an instance moves, from the answer to the request on, before there is a migration.
TASKS = frozenset(
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

# An instance at rest is not moving, whatever the record says: its service was restarted, and forgot its queue
# (nova/compute/manager.py, _reset_live_migration).  So much later, lists read at different moments cannot deceive, s.
SETTLED = timedelta(seconds=15)
# For this long after a failure, only a user's order retries the instance, whatever the clocks say.
RECENT = timedelta(hours=1)
# A copy that nobody writes about any more, of an instance that is no longer there.
FORGOTTEN = timedelta(minutes=10)

# The scheduler, or the queue of the source host, has it.
QUEUED = frozenset({"accepted", "queued"})


def when(migration: Migration) -> tuple[datetime, bool, datetime, str]:
    """Return the sort key of an instance's migrations.  The ID is not part of it, because IDs repeat between cells.

    Nova stores whole seconds.  Of two migrations in the same second, the open migration is the later.
    """
    created, is_open = migration.created_at or EARLIEST, not phase_of(migration.status).over
    return created, is_open, migration.changed_at or created, migration.uuid


def oldest_first(migrations: Iterable[Migration]) -> list[Migration]:
    return sorted(migrations, key=when)


def leaves(migration: Migration, host: str) -> bool:
    """Return whether the migration leaves the host and is of a type that a drain starts or counts."""
    return migration.source == host and migration.destination != host and migration.type in LEAVING


def outgoing(migrations: Iterable[Migration], host: str, since: datetime) -> list[Migration]:
    """Of the run: those that the host is the source of and that began since."""
    return [one for one in oldest_first(migrations) if leaves(one, host) and _began_since(one, since)]


def incoming(migrations: Iterable[Migration], host: str, since: datetime) -> list[Migration]:
    """Those that the host is the destination of and that began since."""
    return [
        one
        for one in oldest_first(migrations)
        if one.destination == host and one.source != host and _began_since(one, since)
    ]


def by_instance(migrations: Iterable[Migration]) -> dict[str, list[Migration]]:
    """Oldest first."""
    found: dict[str, list[Migration]] = {}
    for one in oldest_first(migrations):
        found.setdefault(one.instance_id, []).append(one)
    return found


def moving(migration: Migration) -> bool:
    return phase_of(migration.status).moving


def cut_off(migration: Migration, server: Server | None, now: datetime) -> bool:
    """Whether Nova has forgotten it: the record will stay as it is for ever."""
    if not moving(migration):
        return False
    if server is None:
        return migration.type == "live-migration" and unchanged_for(FORGOTTEN, migration, now)
    at_rest = server.task_state is None and server.vm_state != "resized"
    return at_rest and not at_end(migration, server) and unchanged_for(SETTLED, migration, now)


def requested(server: Server, now: datetime) -> bool:
    """Whether Nova accepted a request to move it lately, of which there may be no record yet.

    A task that has not changed for RECENT is stuck: whoever worked on it has stopped.
    """
    changed = server.changed_at
    return server.task_state in TASKS and not (changed and now - changed > RECENT)


def unchanged_for(span: timedelta, migration: Migration, now: datetime) -> bool:
    """Whether Nova's record is as it is for longer than that."""
    return now - (migration.changed_at or now) > span


def at_end(migration: Migration, server: Server) -> bool:
    """Whether the instance is where it was to go."""
    return migration.destination is not None and server.host == migration.destination


def newest(migrations: Iterable[Migration]) -> list[Migration]:
    """The last one of each instance: there is no other before it is over, forgotten ones apart."""
    return list({one.instance_id: one for one in oldest_first(migrations)}.values())


def still_open(migration: Migration) -> bool:
    """Whether it still concerns both of its hosts: under way, or waiting for a confirmation."""
    return not phase_of(migration.status).over


def reached_destination(migration: Migration) -> bool:
    """Whether the instance came to the destination, even if it was brought back later."""
    done = phase_of(migration.status) in (Phase.DONE, Phase.CONFIRM)
    return done or migration.status in ("confirming", "reverting")


def failed_live(migration: Migration) -> bool:
    """Return whether it may have failed after the guest switched over: Nova 27 then lists it on the destination."""
    return migration.type == "live-migration" and phase_of(migration.status) is Phase.FAILED


def ended_lately(migration: Migration, now: datetime) -> bool:
    """Return whether it failed or was aborted within the last hour."""
    ended = phase_of(migration.status) in (Phase.FAILED, Phase.CANCELLED)
    return ended and not unchanged_for(RECENT, migration, now)


def _began_since(migration: Migration, since: datetime) -> bool:
    return migration.created_at is not None and migration.created_at >= since - CLOCKS
