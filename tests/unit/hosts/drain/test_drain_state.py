# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import timedelta

import pytest

from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.run import Outcome
from tests.support.host_records import HOST, NOW, ORDER, START, back, move, server, uuid_of
from tests.support.record_ids import record_id

COLD = {"type": "migration"}
OFF = {"vm_state": "stopped", "status": "SHUTOFF", "power_state": 4}
BUSY = {"task_state": "migrating"}

# The instance on the host, its migrations, and the expected outcome and code.
STEPS = [
    ({}, [], "todo", ""),
    (OFF, [], "left", "shut-off"),
    ({"vm_state": "error"}, [], "left", "error"),
    # Requested a moment ago.
    (BUSY, [], "queued", ""),
    (BUSY, [move(status="accepted", destination=None)], "queued", ""),
    (BUSY, [move(status="queued")], "queued", ""),
    (BUSY, [move(status="preparing")], "running", ""),
    (BUSY, [move(status="running")], "running", ""),
    (BUSY, [move(status="a later Nova's")], "running", ""),
    (OFF | {"task_state": "resize_prep"}, [move(status="pre-migrating", **COLD)], "running", ""),
    (OFF | {"task_state": "resize_prep"}, [], "queued", ""),
    # Started before the drain.
    (BUSY, [move(status="running", at=-600)], "running", ""),
    (None, [move(status="post-migrating", at=-600, **COLD)], "running", ""),
    (None, [move(status="finished", at=-600, **COLD)], "confirm", "earlier"),
    (None, [move(status="finished", type="resize")], "confirm", "earlier"),
    ({}, [move(status="failed", at=-4000)], "todo", ""),
    ({}, [move(status="completed", at=-600), back(at=-300)], "todo", ""),
    # Ended.
    (None, [move()], "moved", ""),
    (None, [move(status="confirmed", **COLD)], "moved", ""),
    (None, [move(status="done", type="evacuation")], "moved", ""),
    (None, [move(status="finished", **COLD)], "confirm", ""),
    (None, [move(status="confirming", **COLD)], "running", ""),
    (None, [move(status="post-migrating", **COLD)], "running", ""),
    ({}, [move(status="failed")], "failed", "failed"),
    ({}, [move(status="error")], "failed", "failed"),
    ({"vm_state": "error", "status": "ERROR"}, [move(status="error")], "failed", "failed"),
    (None, [move(status="error", **COLD)], "failed", "failed-there"),
    ({}, [move(status="cancelled")], "left", "aborted"),
    (OFF, [move(status="reverted", **COLD)], "left", "reverted"),
    # The last migration counts.
    (None, [move(status="failed", at=1), move(at=9)], "moved", ""),
    (BUSY, [move(status="failed", at=1), move(status="queued", at=9)], "queued", ""),
    # A user has returned the instance.
    ({}, [move(at=1), back(at=9)], "todo", ""),
    # The list of instances is older than the list of migrations: no second migration may start.
    ({}, [move(status="completed")], "running", ""),
    (BUSY, [move(status="completed")], "queued", ""),
    # The service was restarted, and lost its queue.
    ({}, [move(status="queued", at=-600)], "todo", ""),
    ({}, [move(status="queued", at=-70)], "todo", ""),
    ({}, [move(status="queued", at=-16)], "failed", "cut-off"),
    ({}, [move(status="accepted", at=5)], "queued", ""),
    ({"task_state": "rebooting"}, [move(status="queued", at=-60)], "queued", ""),
    (BUSY, [move(status="queued", at=-60), move(status="running", at=1)], "running", ""),
    # A migration to this host waits for its confirmation.
    ({"vm_state": "resized"}, [back(status="finished", at=-600, **COLD)], "left", "unconfirmed"),
]


@pytest.mark.parametrize(("here", "migrations", "outcome", "code"), STEPS, ids=record_id)
def test_step_depends_on_the_instance_and_its_migrations(here, migrations, outcome, code):
    run = drain_of(HOST, ORDER, [] if here is None else [server(**here)], migrations, now=NOW)
    [step] = run.steps
    assert (step.outcome.value, step.code) == (outcome, code)


@pytest.mark.parametrize(
    "gone",
    [
        [move(status="cancelled")],
        [move(status="completed", at=-600)],
        [move(source="compute-010", status="completed")],
        [move(source="compute-0", status="running")],
    ],
    ids=record_id,
)
def test_instance_that_is_not_on_the_host_and_never_left_has_no_step(gone):
    assert drain_of(HOST, ORDER, [], gone, now=NOW).steps == ()


@pytest.mark.parametrize(
    ("here", "migrations", "empty"),
    [
        ([], [], True),
        ([], [move()], True),
        ([], [move(status="confirmed", **COLD)], True),
        ([], [move(status="done", type="evacuation")], True),
        ([], [move(status="finished", **COLD)], False),
        ([], [move(status="finished", at=-9999999, type="resize")], False),
        ([], [move(status="confirming", **COLD)], False),
        ([], [move(status="post-migrating", **COLD)], False),
        ([], [back(status="running", at=-60)], False),
        ([], [back(status="accepted", at=-60)], False),
        ([server()], [], False),
        ([server(vm_state="error")], [], False),
        ([server(vm_state="shelved")], [], False),
    ],
    ids=record_id,
)
def test_listed_empty_is_false_while_an_instance_or_migration_needs_the_host(here, migrations, empty):
    assert drain_of(HOST, ORDER, here, migrations, now=NOW).listed_empty is empty


def test_arriving_instances_are_counted():
    run = drain_of(HOST, ORDER, [], [back(status="running", at=-60), back("db", "queued", at=-50)], now=NOW)
    assert (run.arriving, run.moving, run.steps) == (2, True, ())


def test_host_that_is_down_starts_no_migration():
    run = drain_of(HOST, ORDER, [server()], [], up=False, now=NOW)
    assert [(step.outcome, step.code) for step in run.steps] == [(Outcome.LEFT, "down")]
    assert not run.can_continue


@pytest.mark.parametrize(
    ("order", "can_continue"),
    [
        (ORDER, True),
        (replace(ORDER, stopped=True), False),
        (replace(ORDER, partial_selection=True), False),
        (replace(ORDER, excluded=frozenset({"aaaaaaaa"})), True),
    ],
    ids=record_id,
)
def test_run_can_continue_unless_stopped_or_partial(order, can_continue):
    assert drain_of(HOST, order, [server()], [], now=NOW).can_continue is can_continue


@pytest.mark.parametrize(
    ("here", "migrations", "retryable"),
    [
        ({}, [move(status="failed")], True),
        ({}, [move(status="cancelled")], True),
        ({"vm_state": "error"}, [move(status="error")], False),
        ({"locked": True}, [move(status="failed")], False),
        ({}, [], False),
        (None, [move(status="error", **COLD)], False),
    ],
    ids=record_id,
)
def test_retryable_is_a_failed_or_aborted_instance_with_a_method(here, migrations, retryable):
    [step] = drain_of(HOST, ORDER, [] if here is None else [server(**here)], migrations, now=NOW).steps
    assert step.retryable is retryable


@pytest.mark.parametrize(
    ("migration", "confirmable"),
    [
        (move(status="finished", **COLD), True),
        (move(status="finished", type="resize"), False),
        (move(status="finished", at=-600, **COLD), False),
        (move(status="confirming", **COLD), False),
    ],
    ids=record_id,
)
def test_only_cold_migrations_of_the_drain_are_confirmable(migration, confirmable):
    [step] = drain_of(HOST, ORDER, [], [migration], now=NOW).steps
    assert step.confirmable is confirmable


LATER = NOW + timedelta(minutes=11)


@pytest.mark.parametrize(
    ("here", "migrations", "outcomes", "empty"),
    [
        ({}, [move(status="queued")], ["failed cut-off"], False),
        ({}, [move(status="preparing")], ["failed cut-off"], False),
        (OFF, [move(status="pre-migrating", **COLD)], ["failed cut-off"], False),
        (BUSY, [move(status="queued")], ["queued "], False),
        # Retried, and left since.
        (None, [move(status="queued"), move(at=9)], ["moved "], True),
        # Deleted, or moved by other ways.
        (None, [move(status="queued")], [], True),
        (None, [move(status="migrating", **COLD)], ["running "], False),
    ],
    ids=record_id,
)
def test_migration_without_a_task_counts_as_cut_off(here, migrations, outcomes, empty):
    run = drain_of(HOST, ORDER, [] if here is None else [server(**here)], migrations, now=LATER)
    assert [f"{step.outcome.value} {step.code}" for step in run.steps] == outcomes
    assert run.listed_empty is empty


THERE = {"host": "compute-02"}


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        (THERE | {"vm_state": "error", "status": "ERROR"}, ["failed failed-there compute-02"]),
        (THERE | {"task_state": "migrating"}, ["failed failed-there compute-02"]),
        # A user has repaired the instance.
        (THERE, ["moved  "]),
        ({"host": "compute-03"}, ["left away "]),
        ({"host": None, "vm_state": "shelved_offloaded"}, ["left away "]),
        # Not looked up.
        ("unknown", ["left away "]),
        # Deleted.
        (None, []),
    ],
    ids=record_id,
)
@pytest.mark.parametrize("status", ["failed", "error"])
def test_live_migration_that_failed_once_the_guest_had_switched_over(instance, expected, status):
    looked_up = {} if instance == "unknown" else {uuid_of("web"): server(**instance) if instance else None}
    run = drain_of(HOST, ORDER, [], [move(status=status)], now=NOW, looked_up=looked_up)
    assert [f"{step.outcome.value} {step.code} {step.detail}" for step in run.steps] == expected
    assert not any(step.retryable or step.resettable for step in run.steps)


@pytest.mark.parametrize(
    ("here", "migration", "seconds", "expected"),
    [
        (BUSY, move(), 8, "queued "),
        (BUSY, move(), 20, "failed still-here"),
        ({}, move(), 8, "running "),
        ({}, move(), 20, "failed still-here"),
        ({}, move(status="confirmed", **COLD), 20, "failed still-here"),
        ({}, move(status="finished", **COLD), 20, "failed still-here"),
        ({"vm_state": "error", "status": "ERROR"}, move(), 20, "failed still-here"),
        (OFF, move(status="reverted", **COLD), 20, "left reverted"),
    ],
    ids=record_id,
)
def test_instance_is_still_listed_although_its_migration_is_completed(here, migration, seconds, expected):
    now = START + timedelta(seconds=2 + seconds)
    run = drain_of(HOST, ORDER, [server(**here)], [migration], now=now)
    [step] = run.steps
    assert f"{step.outcome.value} {step.code}" == expected
    if step.code == "still-here":
        assert (step.detail, step.retryable, run.moving) == ("compute-02", False, False)


@pytest.mark.parametrize(
    ("here", "migrations", "expected"),
    [
        (BUSY, [], "left busy"),
        (BUSY, [move(status="error")], "failed failed"),
        (OFF | {"task_state": "resize_prep"}, [], "left busy"),
    ],
    ids=["no record", "failed record", "cold"],
)
def test_task_unchanged_for_more_than_an_hour_is_stuck(here, migrations, expected):
    """Nova's conductor may have stopped between the answer to the request and the record."""
    for seconds, shown in ((3500, "queued "), (3700, expected)):
        run = drain_of(HOST, ORDER, [server(**here)], migrations, now=START + timedelta(seconds=seconds))
        [step] = run.steps
        assert f"{step.outcome.value} {step.code}" == shown
        assert run.moving is (shown == "queued ")


def test_task_of_an_instance_whose_time_cannot_be_read_counts_as_new():
    run = drain_of(HOST, ORDER, [server(**BUSY, updated="no time")], [], now=NOW)
    assert [step.outcome.value for step in run.steps] == ["queued"]


@pytest.mark.parametrize("ahead", [30, 300, 3000])
@pytest.mark.parametrize(("status", "expected"), [("error", "failed failed"), ("cancelled", "left aborted")])
def test_recent_failure_is_not_retried_whatever_the_clock(ahead, status, expected):
    """The clock that dates the order is ahead, so the migration seems to be older than the order."""
    order = replace(ORDER, started_at=START + timedelta(seconds=ahead))
    run = drain_of(HOST, order, [server()], [move(status=status)], now=NOW)
    [step] = run.steps
    assert f"{step.outcome.value} {step.code}" == expected
    assert step.retryable
    assert not run.can_continue


@pytest.mark.parametrize(
    "migrations",
    [
        [move(status="error", at=-3700)],
        [move(status="error", at=-600), back(status="completed", at=-300)],
        [move(status="error", at=-600, type="resize")],
        [back(status="error", at=-600)],
    ],
    ids=record_id,
)
def test_instance_without_a_recent_failure_is_requested(migrations):
    [step] = drain_of(HOST, ORDER, [server()], migrations, now=NOW).steps
    assert step.outcome is Outcome.TODO


def test_last_migration_is_the_last_by_time_when_ids_of_cells_overlap():
    """An old cell has high IDs, a new cell has low IDs."""
    first, last = move(status="failed", at=1, id=9001), move(status="completed", at=9, id=51)
    assert [step.outcome for step in drain_of(HOST, ORDER, [], [last, first], now=NOW).steps] == [Outcome.MOVED]


@pytest.mark.parametrize(("first", "second"), [(9001, 51), (51, 9001)])
def test_open_migration_is_the_last_of_two_in_the_same_second(first, second):
    failed, queued = move(status="failed", id=first), move(status="queued", id=second, uuid=uuid_of("again"))
    [step] = drain_of(HOST, ORDER, [server(**BUSY)], [failed, queued], now=NOW).steps
    assert step.outcome is Outcome.QUEUED


ERROR = {"vm_state": "error", "status": "ERROR"}


@pytest.mark.parametrize(
    ("here", "status", "expected"),
    [
        (ERROR, "error", ("failed", "failed", True)),
        (ERROR, "failed", ("failed", "failed", True)),
        # Nova 34: a user aborted the migration, and Nova set the instance to Error.
        (ERROR, "cancelled", ("failed", "aborted-in-error", True)),
        (ERROR | {"power_state": 4}, "error", ("failed", "failed", False)),
        (ERROR | {"power_state": 4}, "cancelled", ("left", "aborted", False)),
        ({}, "error", ("failed", "failed", False)),
    ],
    ids=record_id,
)
def test_instance_in_error_though_unharmed_may_be_reset(here, status, expected):
    [step] = drain_of(HOST, ORDER, [server(**here)], [move(status=status)], now=NOW).steps
    assert (step.outcome.value, step.code, step.resettable) == expected
