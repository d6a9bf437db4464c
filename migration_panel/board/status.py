# SPDX-License-Identifier: Apache-2.0
"""The status of a migration: its phase, its section on the board, its place in a list, and when it ended.

Some records stay open forever, and some contradict the instance: these rules compare a record with its instance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum

from migration_panel.api.models import Event, Migration, Server

# A failure needs attention for this long.
RECENT = timedelta(hours=24)
# An open record without a change for this long is compared with its instance.  Nova updates the record of a live
# migration every few seconds; a queue and a long cold copy show in the instance's task state.
STALE_AFTER = timedelta(hours=1)
# An answer about the instance counts as newer if it is this much later than the record's last change: the clocks of
# Horizon and of Nova's services may differ.
CLOCK_MARGIN = timedelta(minutes=1)

# Nova's status of a live migration that has switched to the destination before all memory is copied.
POST_COPY = "running (post-copy)"

EARLIEST = datetime.min.replace(tzinfo=timezone.utc)

# The step that ends the move itself.  The record changes again, perhaps days later: an evacuation when nova-compute on
# the source restarts, a cold migration or resize when a user confirms or reverts it.
LAST_STEP = {
    "evacuation": "compute_rebuild_instance",
    "migration": "compute_finish_resize",
    "resize": "compute_finish_resize",
}
LATE = {
    "evacuation": frozenset({"completed"}),
    "migration": frozenset({"confirmed", "reverted", "completed"}),
    "resize": frozenset({"confirmed", "reverted", "completed"}),
}


class Phase(str, Enum):
    WAITING = "waiting"
    RUNNING = "running"
    CONFIRM = "confirm"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def moving(self) -> bool:
        """Return whether the migration is in progress."""
        return self in (Phase.WAITING, Phase.RUNNING)

    @property
    def over(self) -> bool:
        """Return whether the migration is finished, whatever its result."""
        return self in (Phase.DONE, Phase.CANCELLED, Phase.FAILED)


# All statuses that the services of Nova write (release 34); Nova has no list of them.
PHASES = {
    "accepted": Phase.WAITING,
    "queued": Phase.WAITING,
    "preparing": Phase.WAITING,
    "pre-migrating": Phase.WAITING,
    "running": Phase.RUNNING,
    POST_COPY: Phase.RUNNING,
    "migrating": Phase.RUNNING,
    "post-migrating": Phase.RUNNING,
    "confirming": Phase.RUNNING,
    "reverting": Phase.RUNNING,
    "finished": Phase.CONFIRM,
    "completed": Phase.DONE,
    "confirmed": Phase.DONE,
    "reverted": Phase.DONE,
    "done": Phase.DONE,
    "cancelled": Phase.CANCELLED,
    "failed": Phase.FAILED,
    "error": Phase.FAILED,
}

TYPES = {
    "live-migration": "live",
    "migration": "cold",
    "resize": "resize",
    "evacuation": "evacuation",
}


def phase_of(status: str) -> Phase:
    """Return the phase.  A status of a later Nova counts as in progress, so that the migration stays in sight."""
    return PHASES.get(status, Phase.RUNNING)


def is_copying(migration: Migration) -> bool:
    """Return whether Nova may report progress: only for a live migration that is running."""
    return migration.type == "live-migration" and migration.status == "running"


def type_of(migration_type: str) -> str:
    """Return the type as the JSON writes it; an unknown type is returned as it is."""
    return TYPES.get(migration_type, migration_type)


class Section(str, Enum):
    NEEDS_ATTENTION = "needs-you"
    IN_PROGRESS = "under-way"
    HISTORY = "history"


def section_of(
    migration: Migration, now: datetime, *, newest: bool, closed: bool = False, left_at_source: bool = False
) -> Section:
    """Return the section of a migration.

    ``newest``: whether it is the last migration of its instance; ``closed``: whether no action is possible, because
    the record is stale or the instance was deleted; ``left_at_source``: whether Nova still lists the instance on the
    source.
    """
    if closed:
        return Section.HISTORY
    phase = phase_of(migration.status)
    if phase.moving:
        return Section.IN_PROGRESS
    if phase is Phase.CONFIRM:
        return Section.NEEDS_ATTENTION
    changed = migration.changed_at
    recent = changed is not None and now - changed < RECENT
    open_question = (phase is Phase.FAILED and newest) or left_at_source
    return Section.NEEDS_ATTENTION if open_question and recent else Section.HISTORY


def age_key(migration: Migration) -> tuple[datetime, str]:
    """Return a sort key: an older migration has a smaller key."""
    return migration.created_at or EARLIEST, migration.uuid


def newest_first(migrations: Iterable[Migration]) -> list[Migration]:
    """Return the migrations by their time of creation."""
    return sorted(migrations, key=age_key, reverse=True)


def newest_of_each(migrations: Iterable[Migration]) -> set[str]:
    """Return the UUID of the last migration of each instance."""
    return set({migration.instance_id: migration.uuid for migration in sorted(migrations, key=age_key)}.values())


def instance_ids(migrations: Iterable[Migration]) -> set[str]:
    """Return the IDs of the instances."""
    return {migration.instance_id for migration in migrations}


def ended_at(migration: Migration, events: Iterable[Event] = ()) -> datetime | None:
    """Return when the move itself ended.  None while the migration is open, or if Nova stored no time."""
    if not phase_of(migration.status).over:
        return None
    if migration.status not in LATE.get(migration.type, ()):
        return migration.changed_at
    step = LAST_STEP[migration.type]
    return max((event.finished_at for event in events if event.name == step and event.finished_at), default=None)


@dataclass(frozen=True)
class Sighting:
    """What Nova returned when an instance was looked up."""

    # Nova did not find the instance.
    gone: bool = False
    # No task is in progress and nothing waits for confirmation.
    resting: bool = False
    # None if policy hides the host.
    host: str | None = None
    at: datetime | None = None


NOT_SEEN = Sighting()


def is_resting(server: Server) -> bool:
    """Return whether nothing moves the instance.  False for an instance in a cell that is down."""
    known = bool(server.vm_state) and server.status != "UNKNOWN"
    return known and server.task_state is None and server.vm_state != "resized"


def stale_phase(migration: Migration, seen: Sighting, now: datetime, *, sees_all: bool) -> Phase | None:
    """Return the phase to show instead of the record's own, or None if the record can be trusted.

    ``sees_all``: whether Nova shows the reader every instance, so that an instance not found is a deleted instance.
    """
    if phase_of(migration.status).over:
        return None
    unchanged = _unchanged_for(STALE_AFTER, migration, now)
    if seen.gone:
        return Phase.CANCELLED if sees_all or unchanged else None
    if not (unchanged and seen.resting and _is_newer(seen, migration)):
        return None
    return Phase.DONE if migration.destination and seen.host == migration.destination else Phase.FAILED


def is_left_at_source(migration: Migration, seen: Sighting) -> bool:
    """Return whether Nova still lists the instance on the source of its completed live migration.

    The migration must be the last of its instance.
    """
    return (
        migration.type == "live-migration"
        and migration.status == "completed"
        and migration.source is not None
        and migration.source != migration.destination
        and seen.host == migration.source
        and _is_newer(seen, migration)
    )


def _unchanged_for(span: timedelta, migration: Migration, now: datetime) -> bool:
    return migration.changed_at is not None and now - migration.changed_at > span


def _is_newer(seen: Sighting, migration: Migration) -> bool:
    return seen.at is not None and migration.changed_at is not None and seen.at - migration.changed_at >= CLOCK_MARGIN
