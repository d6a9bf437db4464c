# SPDX-License-Identifier: Apache-2.0
"""When a run may end: by how it has gone so far, else by what there is to copy."""

from __future__ import annotations

from datetime import datetime

from migration_panel.hosts.plan import span_of
from migration_panel.hosts.run import Outcome, Run

# The end is told as a span: somewhat quicker than so far, down to half as quick.
SPEEDUP, SLOWDOWN = 4 / 3, 2
# Fewer that have moved tell chance, not a pace.
FEWEST = 2


def ending(run: Run, now: datetime, bandwidth: float, wave: int) -> tuple[int, int] | None:
    """Seconds from now, at best and at worst; None if nothing is left to be done, or nobody can tell."""
    left = run.having(Outcome.RUNNING, Outcome.QUEUED, Outcome.TODO)
    if not left or (run.having(Outcome.TODO) and not run.goes_on):
        return None
    ended = [
        step.migration.updated_at
        for step in run.having(Outcome.MOVED, Outcome.CONFIRM)
        if step.migration and step.migration.updated_at and step.migration.updated_at >= run.started_at
    ]
    if len(ended) >= FEWEST:
        seconds = (now - run.started_at).total_seconds() / len(ended) * len(left)
        return round(seconds / SPEEDUP), round(seconds * SLOWDOWN)
    least, most = span_of([(step.server, step.way) for step in left if step.server], bandwidth, wave)
    return None if least is None or most is None else (least, most)
