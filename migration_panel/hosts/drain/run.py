# SPDX-License-Identifier: Apache-2.0
"""The state of a drain or a return, as Nova reports it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from migration_panel.api.models import Migration, Server
from migration_panel.board.failure import is_unharmed
from migration_panel.hosts.drain.evidence import Evidence
from migration_panel.hosts.drain.methods import NO_METHOD, MoveMethod
from migration_panel.hosts.drain.records import COLD_TYPES, still_open
from migration_panel.hosts.drain.request import DrainRequest

# Code of a step: the instance left after the return was ordered.
LEFT_LATER = "left-later"
# Codes of instances that are not migrated because a user decided so, or because there is nothing to migrate any more.
# With any other code, an obstacle has to be removed first.
NOT_WANTED = frozenset(
    ("left-out", "shut-off", "aborted", "reverted", LEFT_LATER, "elsewhere", "changed", "deleted", "instance-deleted")
)


class Outcome(str, Enum):
    """The state of an instance.  The page shows them in this order: first those that need the user."""

    FAILED = "failed"
    CONFIRM = "confirm"
    RUNNING = "running"
    QUEUED = "queued"
    TODO = "todo"
    LEFT = "left"
    MOVED = "moved"


class Direction(str, Enum):
    """Whether the instances leave the host or return to it."""

    DRAIN = "drain"
    RETURN = "return"


@dataclass(frozen=True)
class Step:
    """One instance of a run."""

    instance_id: str
    outcome: Outcome
    # Why the instance is not migrated; the sentence is in text.py.
    code: str = ""
    detail: str = ""
    # None if Nova does not list the instance on the host, and it was not looked up.
    server: Server | None = None
    migration: Migration | None = None
    method: MoveMethod = NO_METHOD
    # Whether the instance returns by the revert of an unconfirmed cold migration.
    revert: bool = False

    @property
    def blocked(self) -> bool:
        """Return whether the instance stays where it is until somebody removes an obstacle."""
        return self.outcome is Outcome.LEFT and self.code not in NOT_WANTED

    @property
    def retryable(self) -> bool:
        """Return whether the migration failed or was aborted, and can be requested again."""
        ended = self.outcome is Outcome.FAILED or self.code == "aborted"
        return ended and self.server is not None and self.method.kind is not None

    @property
    def resettable(self) -> bool:
        """Return whether Nova set the instance to Error although its guest is still running on its host."""
        ended = self.outcome is Outcome.FAILED and self.code in ("failed", "aborted-in-error")
        return ended and self.migration is not None and is_unharmed(self.migration, self.server)

    @property
    def confirmable(self) -> bool:
        """Return whether an administrator may confirm the migration: the owner of the instance confirms a resize."""
        is_cold = self.migration is not None and self.migration.type in COLD_TYPES
        return self.outcome is Outcome.CONFIRM and is_cold and self.code != "earlier"

    @property
    def cold(self) -> bool:
        """Return whether the migration takes a place in the wave of cold migrations."""
        if self.migration is not None and self.outcome is Outcome.RUNNING:
            return self.migration.type != "live-migration"
        task = self.server.task_state if self.server else None
        return task is not None and task.startswith("resize_")


@dataclass(frozen=True)
class DrainRun:
    """A drain of a host, or a return to it."""

    host: str
    direction: Direction
    started_at: datetime
    steps: tuple[Step, ...]
    # Whether Nova's lists show no instance on the host, no migration that holds resources of it, and no arrival.
    listed_empty: bool = False
    # Of a second source; None until it was queried.
    evidence: Evidence | None = None
    # The request of a drain; None for a return.
    order: DrainRequest | None = None
    # Whether the host's service is up.
    up: bool = True
    # Number of other instances on their way to the host.
    arriving: int = 0
    # Number of instances that still leave the host during a return.
    leaving: int = 0
    # Nova's records of migrations from the host and to it.
    records: tuple[Migration, ...] = ()
    # Codes of records.py by the UUID of the migration.
    verdicts: Mapping[str, str] = field(default_factory=dict)
    # Whether nova-compute has not been restarted since an evacuation: its next start would delete instances.
    restart_needed: bool = False
    # Whether any user may continue the run: a return only after it was ordered.
    resumable: bool = True
    # When a return was ordered; None if it was not.
    ordered_at: datetime | None = None

    @property
    def empty(self) -> bool:
        """Return whether two independent sources show that no instance is on the host."""
        return self.listed_empty and self.evidence is not None and self.evidence.proves_empty

    @property
    def unclosed(self) -> tuple[tuple[Migration, str], ...]:
        """Return the open records that Nova never closes, each with the code of the reason."""
        return tuple(
            (migration, self.verdicts[migration.uuid])
            for migration in self.records
            if migration.uuid in self.verdicts and still_open(migration)
        )

    @property
    def left_later(self) -> bool:
        """Return whether an instance left the host after the return was ordered."""
        return any(step.code == LEFT_LATER for step in self.steps)

    def with_outcome(self, *outcomes: Outcome) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.outcome in outcomes)

    def count(self, outcome: Outcome) -> int:
        return len(self.with_outcome(outcome))

    @property
    def moving(self) -> bool:
        """Return whether an instance is on its way from the host or to it."""
        return bool(self.with_outcome(Outcome.RUNNING, Outcome.QUEUED)) or self.arriving + self.leaving > 0

    @property
    def stopped(self) -> bool:
        return bool(self.order and self.order.stopped)

    @property
    def partial_selection(self) -> bool:
        """Return whether only the user who made the plan knows which instances are included."""
        return bool(self.order and self.order.partial_selection)

    @property
    def can_continue(self) -> bool:
        """Return whether work is left that the page of any user may continue."""
        allowed = self.resumable and self.up and not self.stopped and not self.partial_selection
        return allowed and bool(self.with_outcome(Outcome.TODO))

    def as_json(self, names: Mapping[str, str | None], reasons: Mapping[str, str]) -> dict[str, Any]:
        """Return the JSON of ``run/`` without what the presenter adds: a contract (doc/api.rst)."""
        return {
            "host": self.host,
            "direction": self.direction.value,
            "total": len(self.steps),
            "moved": self.count(Outcome.MOVED),
            "empty": self.empty,
            "instances": [
                {
                    "id": step.instance_id,
                    "name": names.get(step.instance_id),
                    "outcome": step.outcome.value,
                    "reason": reasons.get(step.instance_id) or None,
                }
                for step in self.steps
            ],
        }
