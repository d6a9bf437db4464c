# SPDX-License-Identifier: Apache-2.0
"""The timeline of a migration: requests, steps, the copy and the end, by time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from enum import Enum

from migration_panel.api.models import Event, InstanceAction, Migration
from migration_panel.board.failure import CLOCKS
from migration_panel.board.progress import Sample
from migration_panel.board.status import POST_COPY, Phase, phase_of

# Nova's names of actions on a migration that has started (nova/compute/instance_actions.py).
FOLLOW_UP_ACTIONS = {
    "live-migration": frozenset({"live_migration_cancel", "live_migration_force_complete"}),
    "migration": frozenset({"confirmResize", "revertResize"}),
    "resize": frozenset({"confirmResize", "revertResize"}),
}


class EntryKind(str, Enum):
    """What an entry of the timeline is: a request of a user, a step of Nova, the copy of a part, or the end."""

    REQUEST = "request"
    STEP = "step"
    # Nova records no event for the copy.  The samples of its progress show it.
    COPY = "copy"
    END = "end"


class Outcome(str, Enum):
    """The result of a step."""

    NONE = "none"
    DONE = "done"
    FAILED = "failed"
    IN_PROGRESS = "under-way"
    # Of several attempts at the same step, Nova records the end of one only.
    UNRECORDED = "unrecorded"
    # The migration ended during the step.
    STOPPED = "stopped"


@dataclass(frozen=True)
class Entry:
    """An entry of the timeline."""

    kind: EntryKind
    # Nova's name of the action or of the event, "disk" or "memory", or the last status.
    name: str
    at: datetime | None
    until: datetime | None = None
    outcome: Outcome = Outcome.NONE
    host: str | None = None
    # Nova's text of an error.
    details: str = ""
    user_id: str | None = None


def timeline(
    migration: Migration,
    request: InstanceAction | None,
    actions: Iterable[InstanceAction],
    samples: Sequence[Sample] = (),
    *,
    stale: bool = False,
) -> tuple[Entry, ...]:
    """Return the entries by time.

    ``request``: the request that started the migration, with its events; ``actions``: all actions of the instance;
    ``samples``: the progress of the copy; ``stale``: whether Nova will never close the record.
    """
    requests = [*([request] if request else []), *_follow_ups(migration, actions)]
    entries = [Entry(EntryKind.REQUEST, action.name, action.started_at, user_id=action.user_id) for action in requests]
    moving = phase_of(migration.status).moving and not stale
    entries += _steps(request.events if request else (), moving=moving)
    entries += _copies(migration, samples, moving=moving)
    entries.sort(key=lambda entry: entry.at.timestamp() if entry.at else 0)
    if phase_of(migration.status).over:
        # The end is last, although the clocks of the services may differ.
        entries.append(Entry(EntryKind.END, migration.status, migration.changed_at))
    return tuple(entries)


def _follow_ups(migration: Migration, actions: Iterable[InstanceAction]) -> list[InstanceAction]:
    """Return the actions on the migration while it was in progress or waited for confirmation."""
    names = FOLLOW_UP_ACTIONS.get(migration.type, frozenset())
    return [action for action in actions if action.name in names and _within(migration, action.started_at)]


def _within(migration: Migration, moment: datetime | None) -> bool:
    if moment is None or migration.created_at is None or moment < migration.created_at - CLOCKS:
        return False
    over, end = phase_of(migration.status).over, migration.changed_at
    return not over or end is None or moment <= end + CLOCKS


def _copies(migration: Migration, samples: Sequence[Sample], *, moving: bool) -> list[Entry]:
    """Return the copies of the disk and of the memory, from the first to the last progress that the panel has seen."""
    disk = [sample.at for sample in samples if sample.part == "disk" and sample.block]
    memory = [sample.at for sample in samples if sample.part == "memory"]
    last = _copy_outcome(migration, moving=moving)
    entries = []
    if disk:
        # libvirt copies the disk first.
        until, outcome = (memory[0], Outcome.DONE) if memory else (disk[-1], last)
        entries.append(_copy(migration, "disk", disk[0], until, outcome))
    if memory:
        entries.append(_copy(migration, "memory", memory[0], memory[-1], last))
    return entries


def _copy(migration: Migration, part: str, since: float, until: float, outcome: Outcome) -> Entry:
    start, end = (datetime.fromtimestamp(seconds, timezone.utc) for seconds in (since, until))
    # A single sample shows no duration.
    return Entry(EntryKind.COPY, part, start, end if end > start else None, outcome, migration.source)


def _copy_outcome(migration: Migration, *, moving: bool) -> Outcome:
    """Return the result of the part that was copied last."""
    if moving:
        return Outcome.IN_PROGRESS if migration.status in ("running", POST_COPY) else Outcome.DONE
    return Outcome.DONE if phase_of(migration.status) is Phase.DONE else Outcome.STOPPED


def _steps(events: Iterable[Event], *, moving: bool) -> list[Entry]:
    ordered = sorted(events, key=lambda event: event.started_at.timestamp() if event.started_at else 0)
    return [_step(event, in_progress=moving and event is ordered[-1]) for event in ordered]


def _step(event: Event, *, in_progress: bool) -> Entry:
    results = {"Success": Outcome.DONE, "Error": Outcome.FAILED}
    without_end = Outcome.IN_PROGRESS if in_progress else Outcome.UNRECORDED
    return Entry(
        EntryKind.STEP,
        event.name,
        event.started_at,
        event.finished_at,
        results.get(event.result or "", without_end),
        event.host,
        # An event that succeeded in the end still has the text of an earlier attempt.
        (event.details or "") if event.result == "Error" else "",
    )
