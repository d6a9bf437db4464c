# SPDX-License-Identifier: Apache-2.0
"""What Nova's words for a migration mean to the one who watches it."""

from enum import Enum


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
