# SPDX-License-Identifier: Apache-2.0
"""A migration as the board shows it and as the JSON of ``status/`` has it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

from migration_panel import clock
from migration_panel.api.models import Migration
from migration_panel.board.actions import BULK, FORCE_COMPLETE, Action, available_actions
from migration_panel.board.cache import InstanceSummary, PendingAction
from migration_panel.board.failure import FailureReason, suggest_retry_kind
from migration_panel.board.progress import (
    UNKNOWN,
    Progress,
    Sample,
    TransferRate,
    left_of,
    progress_of,
    quiet_since,
    transfer_rate,
)
from migration_panel.board.status import (
    NOT_SEEN,
    POST_COPY,
    Phase,
    Section,
    Sighting,
    is_left_at_source,
    phase_of,
    section_of,
    stale_phase,
    type_of,
)
from migration_panel.conf import get_config


@dataclass(frozen=True)
class RowContext:
    """What is known about a migration besides its record."""

    # Why it failed or was aborted; None while unknown.
    reason: FailureReason | None = None
    # The last action that was requested, whether it has had its effect or not.
    pending: PendingAction | None = None
    samples: Sequence[Sample] = ()
    # Whether it is the last known migration of its instance, and whether all migrations of the instance are known.
    newest: bool = True
    all_listed: bool = False
    # Whether a user outside of the project that is shown requested it.
    admin_started: bool = False
    # What Nova returned when the instance was looked up.
    seen: Sighting = NOT_SEEN
    # Whether Nova shows the reader every instance, so that an instance not found is a deleted instance.
    sees_all: bool = True
    # Whether Nova can abort migrations that have not started to copy.
    can_abort_queued: bool = True
    # By Nova's clock where it is known.
    now: datetime = field(default_factory=lambda: clock.now())


@dataclass(frozen=True)
class Row:
    """A migration, what is known about it, and what the reader may do."""

    migration: Migration
    instance: InstanceSummary
    context: RowContext
    # None while Nova reports no figures.
    progress: Progress | None = None
    rate: TransferRate = UNKNOWN
    # What the reader may do, a part of ``available``.
    actions: tuple[Action, ...] = ()
    # ID of the user who reads the row.
    reader: str | None = None

    @classmethod
    def of(cls, migration: Migration, instance: InstanceSummary, context: RowContext | None = None) -> Row:
        """Build a row without the reader's actions; see ``offered_to``."""
        progress = progress_of(migration.figures, instance.memory_mib)
        row = cls(migration, instance, context or RowContext(), progress)
        return replace(row, rate=row._transfer_rate())

    def offered_to(self, may: Callable[[str, str | None], bool], reader: str | None = None) -> Row:
        """Return the row with the actions that the reader may use.

        ``may(rule, project)``: whether policy allows a rule; ``reader``: the user's ID.
        """
        actions = tuple(action for action in self.available if may(action.rule, self.instance.project_id))
        return replace(self, actions=actions, reader=reader)

    @property
    def name(self) -> str | None:
        """Return the instance's name; None if the instance was deleted or Nova did not return it."""
        return self.instance.name

    @property
    def type(self) -> str:
        return type_of(self.migration.type)

    @property
    def phase(self) -> Phase:
        return self.stale or phase_of(self.migration.status)

    @cached_property
    def stale(self) -> Phase | None:
        """Return the phase of a record that Nova will never close; None for any other record."""
        return stale_phase(self.migration, self.context.seen, self.context.now, sees_all=self.context.sees_all)

    @cached_property
    def left_at_source(self) -> bool:
        """Return whether Nova still lists the instance on the source of its completed migration."""
        last = self.context.all_listed and self.context.newest
        return last and is_left_at_source(self.migration, self.context.seen)

    @cached_property
    def section(self) -> Section:
        """Return the section of the board.  A copy that does not converge needs attention."""
        section = section_of(
            self.migration,
            self.context.now,
            newest=self.context.newest,
            closed=self.stale is not None or (self.gone and phase_of(self.migration.status).over),
            left_at_source=self.left_at_source,
        )
        return Section.NEEDS_ATTENTION if self.stalled and section is Section.IN_PROGRESS else section

    @property
    def queued(self) -> bool:
        """Return whether the migration waits for other live migrations of its source."""
        return self.phase.moving and self.migration.status == "queued"

    @property
    def stalled(self) -> bool:
        """Return whether the copy does not converge."""
        return self.rate.stalled_for is not None

    @property
    def gone(self) -> bool:
        """Return whether Nova did not find the instance."""
        return self.context.seen.gone

    @property
    def sees_all(self) -> bool:
        """Return whether Nova shows the reader every instance."""
        return self.context.sees_all

    @property
    def newest(self) -> bool:
        """Return whether the instance was not migrated again since."""
        return self.context.newest

    @property
    def admin_started(self) -> bool:
        """Return whether a user outside of the project requested the migration."""
        return self.context.admin_started

    @cached_property
    def reason(self) -> FailureReason | None:
        """Return why the migration failed or was aborted; None while unknown.

        Only the last migration of an instance shows the instance's present state.
        """
        reason = self.context.reason
        return reason.without_state() if reason and not self.context.newest else reason

    @property
    def pending(self) -> PendingAction | None:
        """Return the requested action that has had no effect yet."""
        return self.context.pending if self.phase.moving and self.migration.status != POST_COPY else None

    @property
    def block(self) -> bool:
        """Return whether the disk is copied.  Nova does not record it; only copied bytes show it."""
        figures = self.migration.figures
        return bool(figures and figures.disk_total) or any(sample.block for sample in self.context.samples)

    @property
    def sampled_at(self) -> float:
        """Return the time of the newest sample, s since the epoch; 0 without samples."""
        return self.context.samples[-1].at if self.context.samples else 0.0

    @property
    def quiet_since(self) -> datetime | None:
        """Return the time of the last figures if they are too old to be shown as current."""
        copying = self.progress is not None and self.phase.moving
        return quiet_since(self.migration.updated_at, self.context.now) if copying else None

    def _transfer_rate(self) -> TransferRate:
        """Return the rate of the copy; a copy that a user forces to its end does not stall."""
        if self.pending and self.pending.action == FORCE_COMPLETE.slug:
            return UNKNOWN
        figures = self.migration.figures
        left = left_of(figures, self.instance.memory_mib) if figures else 0
        rate = transfer_rate(self.context.samples, self.progress, left, get_config().stall)
        # The rate and the estimated end are outdated without new figures.
        return replace(rate, bytes_per_second=None, min_seconds=None, max_seconds=None) if self.quiet_since else rate

    @property
    def available(self) -> tuple[Action, ...]:
        """Return the actions that Nova accepts now, whoever requests them."""
        if self.stale is not None or self.gone:
            return ()
        actions = available_actions(
            self.migration.type,
            self.migration.status,
            paused=self.instance.paused,
            queue=self.context.can_abort_queued,
            unharmed=bool(self.reason and self.reason.can_reset),
        )
        # A second request is useless while the first may still have its effect.
        waits_for = self.pending.action if self.pending and not self.pending.overdue else None
        return tuple(action for action in actions if action.slug != waits_for)

    @property
    def order(self) -> str:
        """Return a text for the script that sorts older migrations first."""
        created = self.migration.created_at
        at = created.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") if created else ""
        return f"{at} {self.migration.uuid}"

    @property
    def selectable(self) -> bool:
        """Return whether a bulk action applies to the migration."""
        return any(action in BULK for action in self.actions)

    @property
    def retry_kind(self) -> str | None:
        """Return the slug of the type to try next, if the migration failed and its instance still exists."""
        failed = self.phase is Phase.FAILED and self.newest and self.name is not None
        # Nova does not migrate an instance whose state is Error.
        failed = failed and not (self.reason and self.reason.can_reset)
        return suggest_retry_kind(self.migration, self.reason, block=self.block) if failed else None

    def as_json(self, reason_text: str = "") -> dict[str, Any]:
        """Return the JSON of ``status/`` (doc/api.rst)."""
        migration = self.migration
        return {
            "uuid": migration.uuid,
            "id": migration.id,
            "instance": {"id": migration.instance_id, "name": self.name},
            "type": self.type,
            "status": migration.status,
            "phase": self.phase.value,
            "progress": self._progress_json(),
            "source": migration.source,
            "destination": migration.destination,
            "reason": reason_text or None,
            "actions": [action.slug for action in self.actions if not action.repair],
            "created_at": _iso(migration.created_at),
            "updated_at": _iso(migration.updated_at),
        }

    def _progress_json(self) -> dict[str, Any] | None:
        if self.progress is None or self.migration.figures is None:
            return None
        return {"percent": self.progress.percent, **asdict(self.migration.figures)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
