# SPDX-License-Identifier: Apache-2.0
"""Records that Nova will never close, and records that disagree with the instance."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.models import Migration, Server
from migration_panel.board.status import (
    CLOCK_MARGIN,
    PHASES,
    STALE_AFTER,
    Phase,
    Sighting,
    is_left_at_source,
    is_resting,
    stale_phase,
)
from tests.support.nova_answers import LISTED, SERVER

CHANGED = datetime(2026, 11, 22, 12, 0, 42, tzinfo=timezone.utc)
LATER = CHANGED + STALE_AFTER + timedelta(minutes=1)
SOON = CHANGED + STALE_AFTER - timedelta(minutes=1)
OPEN = sorted(status for status, phase in PHASES.items() if not phase.over)
OVER = sorted(status for status, phase in PHASES.items() if phase.over)
GONE = Sighting(gone=True, at=LATER)
MOVING = Sighting(host="compute-01", at=LATER)
AT_SOURCE = Sighting(resting=True, host="compute-01", at=LATER)
ARRIVED = Sighting(resting=True, host="compute-02", at=LATER)


def record(status: str = "running", **changes) -> Migration:
    return replace(Migration.from_api(LISTED | {"status": status}), **changes)


def judged(status: str, seen: Sighting, now: datetime = LATER, *, sees_all: bool = True) -> Phase | None:
    return stale_phase(record(status), seen, now, sees_all=sees_all)


@pytest.mark.parametrize("status", [*OPEN, "teleporting"])
@pytest.mark.parametrize(
    ("seen", "now", "phase"),
    [
        (GONE, SOON, Phase.CANCELLED),
        (GONE, LATER, Phase.CANCELLED),
        (AT_SOURCE, LATER, Phase.FAILED),
        (ARRIVED, LATER, Phase.DONE),
        (replace(AT_SOURCE, host=None), LATER, Phase.FAILED),
        # The time for a step is not over, or a task is in progress.
        (AT_SOURCE, SOON, None),
        (ARRIVED, SOON, None),
        (MOVING, LATER, None),
        (Sighting(), LATER, None),
        # An answer from before the last change of the record proves nothing.
        (replace(AT_SOURCE, at=CHANGED), LATER, None),
        (replace(AT_SOURCE, at=None), LATER, None),
    ],
    ids=[
        "deleted",
        "deleted later",
        "at the source",
        "at the destination",
        "host hidden",
        "at the source too soon",
        "at the destination too soon",
        "in progress",
        "unknown",
        "seen before the change",
        "seen at an unknown time",
    ],
)
def test_open_record(status, seen, now, phase):
    assert judged(status, seen, now) is phase


@pytest.mark.parametrize("status", OVER)
@pytest.mark.parametrize("seen", [GONE, AT_SOURCE, ARRIVED], ids=["deleted", "at the source", "at the destination"])
def test_finished_record_is_trusted(status, seen):
    assert judged(status, seen) is None


@pytest.mark.parametrize(("now", "phase"), [(SOON, None), (LATER, Phase.CANCELLED)], ids=["soon", "later"])
def test_instance_that_is_not_found_may_be_of_another_project(now, phase):
    assert judged("running", GONE, now, sees_all=False) is phase


def test_record_without_times_is_never_old():
    timeless = record(created_at=None, updated_at=None)
    assert stale_phase(timeless, AT_SOURCE, LATER, sees_all=True) is None


@pytest.mark.parametrize(
    ("changes", "resting"),
    [
        ({}, True),
        ({"vm_state": "stopped"}, True),
        ({"vm_state": "error", "status": "ERROR"}, True),
        ({"task_state": "migrating"}, False),
        ({"task_state": "resize_migrating"}, False),
        ({"vm_state": "resized"}, False),
        # In a cell that is down, the state is unknown.
        ({"vm_state": "", "status": "UNKNOWN"}, False),
    ],
    ids=["active", "stopped", "error", "live migration", "cold migration", "resized", "cell down"],
)
def test_resting(changes, resting):
    assert is_resting(replace(Server.from_api(SERVER), **changes)) is resting


@pytest.mark.parametrize(
    ("migration", "seen", "left"),
    [
        ({}, {}, True),
        ({}, {"resting": False}, True),
        ({}, {"host": "compute-02"}, False),
        ({}, {"host": "compute-03"}, False),
        ({}, {"host": None}, False),
        ({}, {"at": CHANGED + CLOCK_MARGIN - timedelta(seconds=1)}, False),
        ({}, {"at": CHANGED + CLOCK_MARGIN}, True),
        ({}, {"at": None}, False),
        ({"status": "running"}, {}, False),
        ({"status": "error"}, {}, False),
        ({"type": "migration"}, {}, False),
        ({"type": "evacuation"}, {}, False),
        ({"source": None}, {"host": None}, False),
    ],
    ids=[
        "at the source",
        "busy",
        "at the destination",
        "elsewhere",
        "host hidden",
        "too soon",
        "after the margin",
        "no time",
        "running",
        "error",
        "cold",
        "evacuation",
        "source hidden",
    ],
)
def test_completed_but_left_at_the_source(migration, seen, left):
    assert is_left_at_source(replace(record("completed"), **migration), replace(AT_SOURCE, **seen)) is left
