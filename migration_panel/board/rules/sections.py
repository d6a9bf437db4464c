# SPDX-License-Identifier: Apache-2.0
"""What the reader must see first."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum

from migration_panel.api.models import Migration
from migration_panel.board.rules.phases import Phase, phase_of

# A failure that nobody has answered for so long is history.
LATELY = timedelta(hours=24)


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
