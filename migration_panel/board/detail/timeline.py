# SPDX-License-Identifier: Apache-2.0
"""What happened in the course of one migration, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from migration_panel.api.models import Event, InstanceAction, Migration
from migration_panel.board.failure import CLOCKS
from migration_panel.board.status import phase_of

# Nova's names of what is asked of a migration after it has begun (nova/compute/instance_actions.py).
FOLLOW_UP_ACTIONS = {
    "live-migration": frozenset({"live_migration_cancel", "live_migration_force_complete"}),
    "migration": frozenset({"confirmResize", "revertResize"}),
    "resize": frozenset({"confirmResize", "revertResize"}),
}


class EntryKind(str, Enum):
    ASKED = "asked"
    STEP = "step"
    ENDED = "ended"


class Outcome(str, Enum):
    NONE = "none"
    DONE = "done"
    FAILED = "failed"
    UNDER_WAY = "under-way"
    # Of several tries at the same step Nova records the end of one only.
    UNRECORDED = "unrecorded"


@dataclass(frozen=True)
class Entry:
    what: EntryKind
    # Nova's own: of the action, of the event, or the status that it ended in.
    name: str
    at: datetime | None
    until: datetime | None = None
    outcome: Outcome = Outcome.NONE
    host: str | None = None
    # Nova's text of an error.
    details: str = ""
    user_id: str | None = None


def timeline(
    migration: Migration, begun: InstanceAction | None, actions: Iterable[InstanceAction]
) -> tuple[Entry, ...]:
    """``begun`` is the request that led to it, with its events; ``actions`` are all of its instance."""
    asked = [begun, *_later(migration, actions)] if begun else _later(migration, actions)
    entries = [Entry(EntryKind.ASKED, one.name, one.started_at, user_id=one.user_id) for one in asked]
    entries += _steps(migration, begun.events if begun else ())
    entries.sort(key=lambda entry: entry.at.timestamp() if entry.at else 0)
    if phase_of(migration.status).over:
        # Last whatever the clocks of the services say.
        entries.append(Entry(EntryKind.ENDED, migration.status, migration.changed_at))
    return tuple(entries)


def _later(migration: Migration, actions: Iterable[InstanceAction]) -> list[InstanceAction]:
    names = FOLLOW_UP_ACTIONS.get(migration.type, frozenset())
    return [one for one in actions if one.name in names and _within(migration, one.started_at)]


def _within(migration: Migration, moment: datetime | None) -> bool:
    if moment is None or migration.created_at is None or moment < migration.created_at - CLOCKS:
        return False
    over, end = phase_of(migration.status).over, migration.changed_at
    return not over or end is None or moment <= end + CLOCKS


def _steps(migration: Migration, events: Iterable[Event]) -> list[Entry]:
    ordered = sorted(events, key=lambda event: event.started_at.timestamp() if event.started_at else 0)
    moving = phase_of(migration.status).moving
    return [_step(event, going_on=moving and event is ordered[-1]) for event in ordered]


def _step(event: Event, *, going_on: bool) -> Entry:
    results = {"Success": Outcome.DONE, "Error": Outcome.FAILED}
    unended = Outcome.UNDER_WAY if going_on else Outcome.UNRECORDED
    return Entry(
        EntryKind.STEP,
        event.name,
        event.started_at,
        event.finished_at,
        results.get(event.result or "", unended),
        event.host,
        # Nova leaves the text of an earlier try at an event that succeeded in the end.
        (event.details or "") if event.result == "Error" else "",
    )
