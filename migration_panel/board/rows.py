# SPDX-License-Identifier: Apache-2.0
"""One migration as the board shows it and as ``status/`` tells it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from typing import Any

from migration_panel import clock
from migration_panel.api.models import Migration
from migration_panel.board.actions import BULK, FORCE_COMPLETE, Action, available_actions
from migration_panel.board.cache import InstanceSummary, PendingAction
from migration_panel.board.failure import FailureReason, suggest_retry_kind
from migration_panel.board.harm import POST_COPY
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
from migration_panel.board.stale import NOT_SEEN, Sighting, is_left_at_source, stale_phase
from migration_panel.board.status import Phase, Section, phase_of, section_of, type_of
from migration_panel.conf import get_config


@dataclass(frozen=True)
class Row:
    migration: Migration
    # None for an instance that is deleted, or that Nova does not tell of.
    name: str | None
    progress: Progress | None
    section: Section = Section.HISTORY
    project_id: str | None = None
    # What Nova would take now, whoever asks for it.
    fitting: tuple[Action, ...] = ()
    # What the reader may do, a part of ``fitting``.
    actions: tuple[Action, ...] = ()
    asked: PendingAction | None = None
    # Of one that failed or was aborted; None while it is not known.
    why: FailureReason | None = None
    # Whether the instance has not been moved since.
    newest: bool = True
    pace: TransferRate = UNKNOWN
    # Whether the disk is copied: Nova does not record it, only copied bytes betray it while it runs.
    block: bool = False
    # Asked for by somebody outside of the project that is shown.
    foreign: bool = False
    # When the newest figures known are from, s since the epoch; 0 for none.
    heard_at: float = 0.0
    # Time of the last figures, if they are too old to be shown as current.
    quiet_since: datetime | None = None
    # Nova found no such instance.
    gone: bool = False
    # Whether Nova shows the reader every instance, so that an instance not found is a deleted instance.
    sees_all: bool = True
    # The phase of a record that Nova will never close.
    stale: Phase | None = None
    # Nova still lists the instance on the source of its completed migration.
    left_at_source: bool = False
    # ID of the user who reads the row.
    reader: str | None = None

    @classmethod
    def of(
        cls,
        migration: Migration,
        known: InstanceSummary,
        *,
        section: Section | None = Section.HISTORY,
        asked: PendingAction | None = None,
        why: FailureReason | None = None,
        newest: bool = True,
        samples: Sequence[Sample] = (),
        queue: bool = True,
        foreign: bool = False,
        seen: Sighting = NOT_SEEN,
        now: datetime | None = None,
        sees_all: bool = True,
        whole: bool = False,
    ) -> Row:
        """Build a row.

        ``queue``: whether Nova can abort migrations that have not started to copy; ``section``: None to determine it;
        ``seen``: what Nova says about the instance; ``whole``: whether ``newest`` is certain.
        """
        now = now or clock.now()
        stale = stale_phase(migration, seen, now, sees_all=sees_all)
        left_at_source = whole and newest and is_left_at_source(migration, seen)
        if section is None:
            closed = stale is not None or (seen.gone and phase_of(migration.status).over)
            section = section_of(migration, now, newest=newest, closed=closed, left_at_source=left_at_source)
        if why and not newest:
            # How the instance is now follows from its last migration, not from those before.
            why = why.without_state()
        moving = phase_of(migration.status).moving and stale is None
        if not moving or migration.status == POST_COPY:
            # The request has had its effect.
            asked = None
        progress = progress_of(migration.figures, known.memory_mib)
        left = left_of(migration.figures, known.memory_mib) if migration.figures else 0
        forced = asked is not None and asked.action == FORCE_COMPLETE.slug
        # What is forced to its end does not stall.
        pace = UNKNOWN if forced else transfer_rate(samples, progress, left, get_config().stall)
        quiet = quiet_since(migration.updated_at, now) if progress and moving else None
        if quiet:
            # The rate and the estimated end are outdated.
            pace = replace(pace, rate=None, least=None, most=None)
        return cls(
            migration,
            known.name,
            progress,
            Section.NEEDS_YOU if pace.stalled_for and section is Section.UNDER_WAY else section,
            known.project_id,
            tuple(
                action
                for action in available_actions(
                    migration.type,
                    migration.status,
                    paused=known.paused,
                    queue=queue,
                    unharmed=bool(why and why.mendable),
                )
                # Asked for once is enough, as long as something may come of it.
                if not (asked and asked.action == action.slug and not asked.overdue)
                # Nova would refuse it.
                and stale is None
                and not seen.gone
            ),
            asked=asked,
            why=why,
            newest=newest,
            pace=pace,
            block=bool(migration.figures and migration.figures.disk_total) or any(one.block for one in samples),
            foreign=foreign,
            heard_at=samples[-1].at if samples else 0.0,
            quiet_since=quiet,
            gone=seen.gone,
            sees_all=sees_all,
            stale=stale,
            left_at_source=left_at_source,
        )

    def offered_to(self, may: Callable[[str, str | None], bool], reader: str | None = None) -> Row:
        """Return the row with the actions that the reader may use.

        ``may(rule, project)``: whether policy allows a rule; ``reader``: the user's ID.
        """
        actions = tuple(one for one in self.fitting if may(one.rule, self.project_id))
        return replace(self, actions=actions, reader=reader)

    @property
    def type(self) -> str:
        return type_of(self.migration.type)

    @property
    def phase(self) -> Phase:
        return self.stale or phase_of(self.migration.status)

    @property
    def order(self) -> str:
        """Return a text for the script that sorts older migrations first."""
        created = self.migration.created_at
        at = created.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") if created else ""
        return f"{at} {self.migration.uuid}"

    @property
    def selectable(self) -> bool:
        """Whether it can be one of several that are acted on at once."""
        return any(action in BULK for action in self.actions)

    @property
    def suggest_retry_kind(self) -> str | None:
        """Slug of the type to try next, if it failed and its instance is still there."""
        failed = self.phase is Phase.FAILED and self.newest and self.name is not None
        return suggest_retry_kind(self.migration, self.why, block=self.block) if failed else None

    def as_json(self, reason: str = "") -> dict[str, Any]:
        """The contract of ``status/`` (doc/api.rst)."""
        one = self.migration
        return {
            "uuid": one.uuid,
            "id": one.id,
            "instance": {"id": one.instance_id, "name": self.name},
            "type": self.type,
            "status": one.status,
            "phase": self.phase.value,
            "progress": self._progress_json(),
            "source": one.source,
            "destination": one.destination,
            "reason": reason or None,
            "actions": [action.slug for action in self.actions if not action.repair],
            "created_at": _iso(one.created_at),
            "updated_at": _iso(one.updated_at),
        }

    def _progress_json(self) -> dict[str, Any] | None:
        if self.progress is None or self.migration.figures is None:
            return None
        return {"percent": self.progress.percent, **asdict(self.migration.figures)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
