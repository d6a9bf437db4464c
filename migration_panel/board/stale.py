# SPDX-License-Identifier: Apache-2.0
"""Records that Nova will never close, and records that contradict the instance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from migration_panel.api.models import Migration, Server
from migration_panel.board.status import Phase, phase_of

# An open record without a change for this long is compared with its instance.  Nova updates the record of a live
# migration every few seconds; a queue and a long cold copy show in the instance's task state.
LONG = timedelta(hours=1)
# An answer about the instance counts as newer if it is this much later than the record's last change: the clocks of
# Horizon and of Nova's services may differ.
SETTLED = timedelta(minutes=1)


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
    unchanged = _unchanged_for(LONG, migration, now)
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
    return seen.at is not None and migration.changed_at is not None and seen.at - migration.changed_at >= SETTLED
