# SPDX-License-Identifier: Apache-2.0
"""Records that Nova never completes, although their instances have arrived."""

from datetime import timedelta

import pytest

from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.records import missing_instances, with_stale_completed
from migration_panel.hosts.drain.return_state import return_of
from tests.support.host_records import HOST, ORDER, START, back, move, server, uuid_of
from tests.support.record_ids import record_id

LATER = START + timedelta(minutes=3)
THERE = {"host": "compute-02"}
OPEN = move(status="running")


@pytest.mark.parametrize(
    ("migrations", "instance", "statuses"),
    [
        ([OPEN], THERE, ["completed"]),
        ([move(status="preparing")], THERE, ["completed"]),
        ([move(status="a later Nova's")], THERE, ["completed"]),
        # Closed records stay as they are.
        ([move()], THERE, ["completed"]),
        ([move(status="failed")], THERE, ["failed"]),
        # Its source still works on it.
        ([move(status="running", at=150)], THERE, ["running"]),
        ([OPEN], THERE | {"task_state": "migrating"}, ["running"]),
        # The instance never left, or its host is unknown.
        ([OPEN], {}, ["running"]),
        ([OPEN], {"task_state": "migrating"}, ["running"]),
        ([OPEN], {"host": None}, ["running"]),
        ([move(status="accepted", destination=None)], {"host": None}, ["accepted"]),
        ([OPEN], None, ["running"]),
        # Migrated again by a user, back or to another host.
        ([OPEN, back()], {}, ["completed", "completed"]),
        ([OPEN, back(status="queued")], {"host": "compute-02", "task_state": "migrating"}, ["completed", "queued"]),
        ([OPEN, move(at=90, source="compute-02", destination="compute-03")], None, ["completed", "completed"]),
        # Lost from the queue, and migrated since.
        ([move(status="queued"), move(at=90, destination="compute-03")], None, ["queued", "completed"]),
        ([move(status="queued"), move(at=60), back()], {}, ["queued", "completed", "completed"]),
        # A cold migration shows in the state of the instance.
        ([move(status="post-migrating", type="migration")], THERE, ["post-migrating"]),
        # The instance has returned, and the record is still open.
        ([move(), back(status="running")], {}, ["completed", "completed"]),
    ],
    ids=record_id,
)
def test_stale_record_counts_as_completed_once_the_instance_arrived(migrations, instance, statuses):
    servers = {} if instance is None else {uuid_of("web"): server(**instance)}
    assert [migration.status for migration in with_stale_completed(migrations, servers, LATER)] == statuses


@pytest.mark.parametrize(
    ("migrations", "here", "sought"),
    [
        ([OPEN], False, True),
        ([OPEN], True, False),
        ([move()], False, False),
        ([move(status="running", at=150)], False, False),
        ([move(status="running", at=-600)], False, False),
        ([move(status="post-migrating", type="migration")], False, False),
        ([move(status="queued"), move(at=60)], False, False),
        ([back(status="running", at=60)], False, False),
    ],
    ids=record_id,
)
def test_missing_instances_are_those_with_an_abandoned_record(migrations, here, sought):
    known = {uuid_of("web")} if here else set()
    assert missing_instances(migrations, HOST, known, START, LATER) == ([uuid_of("web")] if sought else [])


def test_host_is_empty_although_a_stale_record_stays_open():
    run = drain_of(HOST, ORDER, [], with_stale_completed([OPEN], {uuid_of("web"): server(**THERE)}, LATER), now=LATER)
    assert [step.outcome.value for step in run.steps] == ["moved"]
    assert run.listed_empty


def test_instance_with_a_stale_record_returns_like_the_others():
    web = {uuid_of("web"): server(**THERE)}
    [step] = return_of(HOST, START, [], with_stale_completed([OPEN], web, LATER), web, now=LATER).steps
    assert step.outcome.value == "todo"


@pytest.mark.parametrize(("seconds", "outcome"), [(30, "running"), (90, "moved")])
def test_open_record_of_a_returned_instance_counts_as_completed_after_a_minute(seconds, outcome):
    """Until then it counts as in progress, never as cut off: a second migration must not start."""
    moves, here, now = [move(), back(status="running")], server(), START + timedelta(seconds=100 + seconds)
    ended = with_stale_completed(moves, {here.id: here}, now)
    [step] = return_of(HOST, START, [here], ended, {}, now=now).steps
    assert step.outcome.value == outcome
