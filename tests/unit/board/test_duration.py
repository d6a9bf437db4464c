# SPDX-License-Identifier: Apache-2.0
"""When a migration ended: not when its host came back, and not when a user confirmed the migration days later."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.models import Event, Migration
from migration_panel.board.status import ended_at
from tests.support.nova_answers import LISTED

CHANGED = datetime(2026, 11, 25, 12, 0, 42, tzinfo=timezone.utc)
MOVED = CHANGED - timedelta(days=3)


def record(migration_type: str, status: str) -> Migration:
    changes = {"migration_type": migration_type, "status": status, "updated_at": CHANGED.isoformat()}
    return Migration.from_api(LISTED | changes)


def event(name: str, at: datetime | None) -> Event:
    return Event(name, "Success", None, None, None, at)


@pytest.mark.parametrize(
    ("migration_type", "status", "ended"),
    [
        ("live-migration", "completed", CHANGED),
        ("live-migration", "error", CHANGED),
        ("evacuation", "done", CHANGED),
        ("evacuation", "failed", CHANGED),
        ("evacuation", "completed", None),
        ("migration", "error", CHANGED),
        ("migration", "confirmed", None),
        ("migration", "reverted", None),
        ("resize", "confirmed", None),
        ("live-migration", "running", None),
        ("migration", "finished", None),
    ],
    ids=[
        "live completed",
        "live error",
        "evacuation done",
        "evacuation failed",
        "evacuation completed",
        "cold error",
        "cold confirmed",
        "cold reverted",
        "resize confirmed",
        "live running",
        "cold waiting",
    ],
)
def test_end_from_the_record_alone(migration_type, status, ended):
    assert ended_at(record(migration_type, status)) == ended


@pytest.mark.parametrize(
    ("migration_type", "status", "step"),
    [
        ("evacuation", "completed", "compute_rebuild_instance"),
        ("migration", "confirmed", "compute_finish_resize"),
        ("resize", "reverted", "compute_finish_resize"),
    ],
)
def test_last_step_of_the_request_is_the_end(migration_type, status, step):
    events = [event(step, MOVED), event(step, None), event("conductor_migrate_server", CHANGED)]
    assert ended_at(record(migration_type, status), events) == MOVED
    assert ended_at(record(migration_type, status), events[1:]) is None
