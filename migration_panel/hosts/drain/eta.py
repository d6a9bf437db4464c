# SPDX-License-Identifier: Apache-2.0
"""When a run may end: by how it has gone so far, else by what there is to copy."""

from __future__ import annotations

from datetime import datetime
from typing import TypeGuard

from migration_panel.api.models import Migration
from migration_panel.hosts.drain.methods import MoveMethod
from migration_panel.hosts.drain.plan import span_of
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.migration_types import COLD_BLOCK, LIVE, LIVE_BLOCK

# The end is told as a span: somewhat quicker than so far, down to half as quick.
SPEEDUP, SLOWDOWN = 4 / 3, 2
# Fewer that have moved tell chance, not a pace.
MIN_FINISHED = 2


def remaining_time(run: DrainRun, now: datetime, bandwidth: float, wave: int) -> tuple[int, int] | None:
    """Seconds from now, at best and at worst; None if nothing is left to be done, or nobody can tell."""
    left = run.with_outcome(Outcome.RUNNING, Outcome.QUEUED, Outcome.TODO)
    if not left or (run.with_outcome(Outcome.TODO) and not run.can_continue):
        return None
    ended = [
        step.migration for step in run.with_outcome(Outcome.MOVED, Outcome.CONFIRM) if _of_run(run, step.migration)
    ]
    if len(ended) >= MIN_FINISHED:
        # A return starts with its first migration; ``started_at`` is the start of the drain before.
        back = run.direction is Direction.RETURN
        start = min(one.created_at or now for one in ended) if back else run.started_at
        seconds = (now - start).total_seconds() / len(ended) * len(left)
        return round(seconds / SPEEDUP), round(seconds * SLOWDOWN)
    least, most = span_of([(step.server, _rate(run, step)) for step in left if step.server], bandwidth, wave)
    return None if least is None or most is None else (least, most)


def _of_run(run: DrainRun, migration: Migration | None) -> TypeGuard[Migration]:
    """Return whether the migration finished within the run and in its direction, so that it shows the run's pace."""
    if migration is None or migration.updated_at is None or migration.updated_at < run.started_at:
        return False
    return run.direction is Direction.DRAIN or migration.destination == run.host


def _rate(run: DrainRun, step: Step) -> MoveMethod:
    """That of one under way, which Nova would not take again just now."""
    if step.way.kind:
        return step.way
    live = step.migration.type == "live-migration" if step.migration else not step.cold
    block = run.direction is Direction.RETURN or bool(run.order and run.order.block)
    return MoveMethod((LIVE_BLOCK if block else LIVE) if live else COLD_BLOCK)
