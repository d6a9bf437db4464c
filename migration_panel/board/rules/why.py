# SPDX-License-Identifier: Apache-2.0
"""Why a migration failed, from what Nova keeps of the request that began it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from migration_panel.nova.records import Event, InstanceAction, Migration, Server

# Nova's name of the action (nova/compute/instance_actions.py) for each type of migration.
BEGUN_BY = {
    "live-migration": "live-migration",
    "migration": "migrate",
    "resize": "resize",
    "evacuation": "evacuate",
}

# The action is recorded by the API, the migration a moment later by another service with a clock of its own.
CLOCKS = timedelta(seconds=5)

RUNNING = 1

# Nova tries host after host, and each that refuses leaves an error here; the copy begins with the one that does not.
CHECKS = frozenset({"compute_check_can_live_migrate_destination", "compute_check_can_live_migrate_source"})
COPY = "compute_live_migration"

# What libvirt's driver says when the type does not suit the storage (nova/exception.py).
NEEDS_BLOCK = "is not on shared storage"
NEEDS_SHARED = "is not on local storage"


@dataclass(frozen=True)
class Why:
    """``code`` is one of told, hidden, copying, unknown; ``text`` is Nova's, and only with the first."""

    code: str
    text: str = ""
    # Where it was said, or where to look.
    host: str | None = None
    # Nova has the instance in error although its guest runs on at the source.
    unharmed: bool = False


def begun_by(migration: Migration, actions: Iterable[InstanceAction]) -> InstanceAction | None:
    """The request that led to the migration: the nearest of its kind, which Nova does not link to it.

    Not the last one before it: a second try may follow sooner than clocks differ.
    """
    name = BEGUN_BY.get(migration.type)
    nearness = {
        action: abs(migration.created_at - action.started_at)
        for action in actions
        if action.name == name
        and action.started_at
        and migration.created_at
        and action.started_at <= migration.created_at + CLOCKS
    }
    return min(nearness, key=nearness.__getitem__, default=None)


def why(migration: Migration, action: InstanceAction | None, server: Server | None, *, details: bool = True) -> Why:
    """``details``: whether this Nova records the text of errors at all (2.84)."""
    unharmed = is_unharmed(migration, server)
    events = action.events if action else ()
    copied = migration.type == "live-migration" and any(event.name == COPY for event in events)
    failed = telling(event for event in events if not (copied and event.name in CHECKS))
    if failed and failed.details:
        return Why("told", failed.details, failed.host, unharmed)
    if failed and details:
        return Why("hidden", host=failed.host, unharmed=unharmed)
    # The copy itself runs outside of every recorded event (nova/compute/manager.py, _do_live_migration).
    if copied:
        return Why("copying", host=migration.source, unharmed=unharmed)
    return Why("unknown", host=migration.source, unharmed=unharmed)


def telling(events: Iterable[Event]) -> Event | None:
    """The event that says most: the one nearest to the trouble, and of several the last."""
    errors = [event for event in events if event.result == "Error"]
    return max(errors, key=lambda event: (bool(event.details), _nearness(event), _when(event)), default=None)


def _nearness(event: Event) -> int:
    """The conductor only sums up, and the check at the destination wraps what the source has said."""
    if event.name.startswith("conductor_") or event.name == "cold_migrate":
        return 0
    return 2 if event.name == "compute_check_can_live_migrate_source" else 1


def _when(event: Event) -> float:
    at = event.finished_at or event.started_at
    return at.timestamp() if at else 0


def is_unharmed(migration: Migration, server: Server | None) -> bool:
    """After a failed or aborted copy, Nova 32.2 to 34.0 may put an instance in error that runs on at the source."""
    return (
        server is not None
        and migration.type == "live-migration"
        and server.status == "ERROR"
        and server.power_state == RUNNING
        and server.host in (migration.source, None)
        and server.task_state is None
    )


def next_kind(migration: Migration, reason: Why | None, *, block: bool = False) -> str | None:
    """Slug of the type to try next: the same, or its other half if the storage was what spoke against it."""
    if migration.type == "migration":
        return "cold"
    if migration.type != "live-migration":
        return None
    text = reason.text if reason else ""
    if NEEDS_SHARED in text:
        return "live"
    return "live-block" if block or NEEDS_BLOCK in text else "live"
