# SPDX-License-Identifier: Apache-2.0
"""Records that Nova never completes: what has become of their instances."""

from datetime import timedelta

import pytest

from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.records import missing_instances, with_stale_completed
from migration_panel.hosts.drain.return_state import return_of
from tests.support.host_records import HOST, ORDER, START, back, move, server, uuid_of

LATER = START + timedelta(minutes=3)
THERE = {"host": "compute-02"}
OPEN = move(status="running")


@pytest.mark.parametrize(
    ("migrations", "instance", "statuses"),
    [
        ([OPEN], THERE, ["completed"]),
        ([move(status="preparing")], THERE, ["completed"]),
        ([move(status="a later Nova's")], THERE, ["completed"]),
        # As it should be.
        ([move()], THERE, ["completed"]),
        ([move(status="failed")], THERE, ["failed"]),
        # Its source is at it yet.
        ([move(status="running", at=150)], THERE, ["running"]),
        ([OPEN], THERE | {"task_state": "migrating"}, ["running"]),
        # It never left, or nobody knows.
        ([OPEN], {}, ["running"]),
        ([OPEN], {"task_state": "migrating"}, ["running"]),
        ([OPEN], {"host": None}, ["running"]),
        ([move(status="accepted", destination=None)], {"host": None}, ["accepted"]),
        ([OPEN], None, ["running"]),
        # Moved on by somebody, back or further.
        ([OPEN, back()], {}, ["completed", "completed"]),
        ([OPEN, back(status="queued")], {"host": "compute-02", "task_state": "migrating"}, ["completed", "queued"]),
        ([OPEN, move(at=90, source="compute-02", destination="compute-03")], None, ["completed", "completed"]),
        # Forgotten in the queue, and moved since.
        ([move(status="queued"), move(at=90, destination="compute-03")], None, ["queued", "completed"]),
        ([move(status="queued"), move(at=60), back()], {}, ["queued", "completed", "completed"]),
        # Cold ones are told by the instance's own state.
        ([move(status="post-migrating", type="migration")], THERE, ["post-migrating"]),
        # Back, and nobody wrote so.
        ([move(), back(status="running")], {}, ["completed", "completed"]),
    ],
)
def test_status(migrations, instance, statuses):
    servers = {} if instance is None else {uuid_of("web"): server(**instance)}
    assert [one.status for one in with_stale_completed(migrations, servers, LATER)] == statuses


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
)
def test_who_is_looked_for(migrations, here, sought):
    known = {uuid_of("web")} if here else set()
    assert missing_instances(migrations, HOST, known, START, LATER) == ([uuid_of("web")] if sought else [])


def test_a_host_is_empty_though_a_record_stays_open():
    run = drain_of(HOST, ORDER, [], with_stale_completed([OPEN], {uuid_of("web"): server(**THERE)}, LATER), now=LATER)
    assert [step.outcome.value for step in run.steps] == ["moved"]
    assert run.listed_empty


def test_it_comes_back_like_the_others():
    web = {uuid_of("web"): server(**THERE)}
    [step] = return_of(HOST, START, [], with_stale_completed([OPEN], web, LATER), web, now=LATER).steps
    assert step.outcome.value == "todo"


@pytest.mark.parametrize(("seconds", "outcome"), [(30, "running"), (90, "moved")])
def test_back_at_rest_and_not_told_so(seconds, outcome):
    """For a moment it is taken for in progress, never for cut off: a second one must not be begun."""
    moves, here, now = [move(), back(status="running")], server(), START + timedelta(seconds=100 + seconds)
    ended = with_stale_completed(moves, {here.id: here}, now)
    [step] = return_of(HOST, START, [here], ended, {}, now=now).steps
    assert step.outcome.value == outcome
