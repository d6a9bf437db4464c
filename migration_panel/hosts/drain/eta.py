# SPDX-License-Identifier: Apache-2.0
"""The remaining time of a run: by its pace so far, else by the amount of data to copy."""

from __future__ import annotations

from datetime import datetime
from typing import TypeGuard

from migration_panel.api.models import Migration
from migration_panel.hosts.drain.methods import MoveMethod
from migration_panel.hosts.drain.plan import duration_range
from migration_panel.hosts.drain.run import Direction, DrainRun, Outcome, Step
from migration_panel.migration_types import COLD_BLOCK, LIVE, LIVE_BLOCK

# The remaining time is a range: from somewhat faster than so far to half as fast.
SPEEDUP, SLOWDOWN = 4 / 3, 2
# A pace needs at least this number of finished migrations.
MIN_FINISHED = 2


def remaining_time(run: DrainRun, now: datetime, bandwidth: float, wave: int) -> tuple[int, int] | None:
    """Return the shortest and the longest remaining time, s; None if nothing is left to do, or it is unknown.

    ``bandwidth``: of a copy, MiB/s.  ``wave``: number of simultaneous cold migrations.
    """
    left = run.with_outcome(Outcome.RUNNING, Outcome.QUEUED, Outcome.TODO)
    if not left or (run.with_outcome(Outcome.TODO) and not run.can_continue):
        return None
    finished = [
        migration
        for migration in (step.migration for step in run.with_outcome(Outcome.MOVED, Outcome.CONFIRM))
        if _is_of_run(migration, run)
    ]
    if len(finished) >= MIN_FINISHED:
        # A return starts with its first migration; ``started_at`` is the start of the drain before.
        is_return = run.direction is Direction.RETURN
        start = min(migration.created_at or now for migration in finished) if is_return else run.started_at
        seconds = (now - start).total_seconds() / len(finished) * len(left)
        return round(seconds / SPEEDUP), round(seconds * SLOWDOWN)
    moves = [(step.server, _method(run, step)) for step in left if step.server]
    least, most = duration_range(moves, bandwidth, wave)
    return None if least is None or most is None else (least, most)


def _is_of_run(migration: Migration | None, run: DrainRun) -> TypeGuard[Migration]:
    """Return whether the migration finished within the run and in its direction, so that it shows the run's pace."""
    if migration is None or migration.updated_at is None or migration.updated_at < run.started_at:
        return False
    return run.direction is Direction.DRAIN or migration.destination == run.host


def _method(run: DrainRun, step: Step) -> MoveMethod:
    """Return the method of a step; of a migration in progress, the method with which it was requested."""
    if step.method.kind:
        return step.method
    live = step.migration.type == "live-migration" if step.migration else not step.cold
    block = run.direction is Direction.RETURN or bool(run.order and run.order.block)
    return MoveMethod((LIVE_BLOCK if block else LIVE) if live else COLD_BLOCK)
