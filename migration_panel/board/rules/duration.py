# SPDX-License-Identifier: Apache-2.0
"""How long a migration took, as far as Nova's records show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from migration_panel.api.models import Event, Migration
from migration_panel.board.rules.phases import phase_of

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


def ended_at(migration: Migration, events: Iterable[Event] = ()) -> datetime | None:
    """Return when the move itself ended.  None while the migration is open, or if Nova stored no time."""
    if not phase_of(migration.status).over:
        return None
    if migration.status not in LATE.get(migration.type, ()):
        return migration.changed_at
    step = LAST_STEP[migration.type]
    return max((one.finished_at for one in events if one.name == step and one.finished_at), default=None)
