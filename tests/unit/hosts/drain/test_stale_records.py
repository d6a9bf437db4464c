# SPDX-License-Identifier: Apache-2.0
"""Records that stay open forever: of deleted instances, and of instances at rest."""

from datetime import timedelta

import pytest

from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.records import DELETED, NO_CHANGE, in_doubt, verdict
from migration_panel.hosts.drain.return_state import return_of
from migration_panel.hosts.drain.run_text import warnings
from tests.support.host_records import HOST, ORDER, START, back, move, server, uuid_of
from tests.support.record_ids import record_id

COLD = {"type": "migration"}
LATER = START + timedelta(minutes=20)
NEXT_DAY = START + timedelta(days=1)
OLD = -90 * 24 * 3600

OPEN = [
    move(status="pre-migrating", at=OLD, **COLD),
    move(status="post-migrating", **COLD),
    move(status="finished", at=OLD, **COLD),
    move(status="finished", type="resize"),
    move(status="queued"),
    back(status="confirming", at=OLD, **COLD),
    back(status="running", at=OLD),
]


@pytest.mark.parametrize("migration", OPEN, ids=lambda migration: f"{migration.type} {migration.status}")
def test_open_record_of_a_deleted_instance_holds_nothing_and_is_named(migration):
    verdicts = {migration.uuid: DELETED}
    run = drain_of(HOST, ORDER, [], [migration], now=NEXT_DAY, looked_up={uuid_of("web"): None}, verdicts=verdicts)
    assert (run.listed_empty, run.moving, run.steps) == (True, False, ())
    assert any("instance was deleted" in text and uuid_of("web") in text for text in warnings(run))


@pytest.mark.parametrize("migration", OPEN[:4], ids=lambda migration: f"{migration.type} {migration.status}")
def test_open_record_of_an_instance_that_may_exist_holds_the_host(migration):
    run = drain_of(HOST, ORDER, [], [migration], now=NEXT_DAY)
    assert (run.listed_empty, len(run.steps)) == (False, 1)


@pytest.mark.parametrize("migration", OPEN, ids=lambda migration: f"{migration.type} {migration.status}")
def test_open_record_without_a_change_holds_nothing_and_is_named(migration):
    run = drain_of(HOST, ORDER, [], [migration], now=NEXT_DAY, verdicts={migration.uuid: NO_CHANGE})
    assert (run.listed_empty, run.moving) == (True, False)
    assert {(step.outcome.value, step.code) for step in run.steps} <= {("left", "no-change")}
    assert any("without a change since" in text for text in warnings(run))


@pytest.mark.parametrize(("code", "reason"), [(DELETED, "instance-deleted"), (NO_CHANGE, "no-change")])
@pytest.mark.parametrize("status", ["running", "finished"])
def test_return_finishes_although_a_record_stays_open(code, reason, status):
    moves = [move(), back(status=status)]
    run = return_of(HOST, START, [], moves, {}, now=NEXT_DAY, verdicts={moves[1].uuid: code})
    assert [(step.outcome.value, step.code) for step in run.steps] == [("left", reason)]
    assert not run.moving


@pytest.mark.parametrize(
    ("migration", "instance", "code"),
    [
        (move(status="post-migrating", **COLD), None, DELETED),
        (move(status="error"), None, DELETED),
        (move(status="confirming", **COLD), {"host": "compute-02"}, NO_CHANGE),
        (move(status="finished", **COLD), {"host": "compute-02"}, NO_CHANGE),
        (move(status="finished", **COLD), {"host": "compute-02", "vm_state": "resized"}, ""),
        (move(status="confirming", **COLD), {"host": "compute-02", "task_state": "resize_confirming"}, ""),
        (move(status="confirming", at=24 * 3600 - 600, **COLD), {"host": "compute-02"}, ""),
        (move(status="error"), {"host": "compute-02"}, ""),
        # Its cell is down.
        (move(status="confirming", **COLD), {"host": None, "vm_state": "", "status": "UNKNOWN"}, ""),
        # The instance has arrived: the record counts as completed.
        (move(status="running"), {"host": "compute-02"}, ""),
        (move(status="running"), {"host": "compute-03"}, NO_CHANGE),
    ],
    ids=record_id,
)
def test_verdict_depends_on_the_instance_and_the_age_of_the_record(migration, instance, code):
    assert verdict(migration, None if instance is None else server(**instance), NEXT_DAY) == code


@pytest.mark.parametrize(
    ("migrations", "here", "doubtful"),
    [
        ([move(status="pre-migrating", at=OLD, **COLD)], False, True),
        ([move(status="pre-migrating", **COLD)], False, True),
        ([move(status="pre-migrating", at=1100, **COLD)], False, False),
        ([move(status="finished", **COLD)], False, False),
        ([move(status="finished", at=-7200, **COLD)], False, True),
        ([move(status="error")], False, True),
        ([move(status="error", at=-7200)], False, False),
        ([move(status="error", **COLD)], False, False),
        ([move(status="error")], True, False),
        ([move()], False, False),
        ([move(status="queued"), move(at=9)], False, False),
        ([back(status="confirming", at=OLD, **COLD)], False, True),
    ],
    ids=record_id,
)
def test_in_doubt_are_failed_and_stale_records_of_unlisted_instances(migrations, here, doubtful):
    known = {uuid_of("web")} if here else set()
    found = in_doubt(migrations, HOST, known, START, LATER)
    assert [migration.instance_id for migration in found] == ([uuid_of("web")] if doubtful else [])
