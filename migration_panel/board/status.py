# SPDX-License-Identifier: Apache-2.0
"""The status of a migration: its phase, its section on the board, its place in a list, and when it ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from enum import Enum

from migration_panel.api.models import Event, Migration

# A failure that nobody has answered for so long is history.
LATELY = timedelta(hours=24)

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
        return self in (Phase.WAITING, Phase.RUNNING)

    @property
    def over(self) -> bool:
        return self in (Phase.DONE, Phase.CANCELLED, Phase.FAILED)


# Nova has no list of its own: these are all that its services write (release 34).
PHASES = {
    "accepted": Phase.WAITING,
    "queued": Phase.WAITING,
    "preparing": Phase.WAITING,
    "pre-migrating": Phase.WAITING,
    "running": Phase.RUNNING,
    "running (post-copy)": Phase.RUNNING,
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
    """A status that a later Nova may invent counts as under way, so that it stays in sight."""
    return PHASES.get(status, Phase.RUNNING)


def type_of(migration_type: str) -> str:
    return TYPES.get(migration_type, migration_type)


class Section(str, Enum):
    NEEDS_YOU = "needs-you"
    UNDER_WAY = "under-way"
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
        return Section.UNDER_WAY
    if phase is Phase.CONFIRM:
        return Section.NEEDS_YOU
    changed = migration.changed_at
    lately = changed is not None and now - changed < LATELY
    concerns = (phase is Phase.FAILED and newest) or left_at_source
    return Section.NEEDS_YOU if concerns and lately else Section.HISTORY


def age_key(migration: Migration) -> tuple[datetime, str]:
    """Return a sort key: an older migration has a smaller key."""
    return migration.created_at or EARLIEST, migration.uuid


def newest_first(migrations: Iterable[Migration]) -> list[Migration]:
    return sorted(migrations, key=age_key, reverse=True)


def newest_of_each(migrations: Iterable[Migration]) -> set[str]:
    """Return the UUID of the last migration of each instance."""
    return set({one.instance_id: one.uuid for one in sorted(migrations, key=age_key)}.values())


def ended_at(migration: Migration, events: Iterable[Event] = ()) -> datetime | None:
    """Return when the move itself ended.  None while the migration is open, or if Nova stored no time."""
    if not phase_of(migration.status).over:
        return None
    if migration.status not in LATE.get(migration.type, ()):
        return migration.changed_at
    step = LAST_STEP[migration.type]
    return max((one.finished_at for one in events if one.name == step and one.finished_at), default=None)
