# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import timedelta

import pytest

from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.run import Outcome
from tests.support.host_records import HOST, NOW, ORDER, START, back, move, server, uuid_of

COLD = {"type": "migration"}
OFF = {"vm_state": "stopped", "status": "SHUTOFF", "power_state": 4}
BUSY = {"task_state": "migrating"}

# Whether it is on the host and how, its migrations, and what that comes to.
STEPS = [
    ({}, [], "todo", ""),
    (OFF, [], "left", "shut-off"),
    ({"vm_state": "error"}, [], "left", "error"),
    # Asked for a moment ago.
    (BUSY, [], "queued", ""),
    (BUSY, [move(status="accepted", destination=None)], "queued", ""),
    (BUSY, [move(status="queued")], "queued", ""),
    (BUSY, [move(status="preparing")], "running", ""),
    (BUSY, [move(status="running")], "running", ""),
    (BUSY, [move(status="a later Nova's")], "running", ""),
    (OFF | {"task_state": "resize_prep"}, [move(status="pre-migrating", **COLD)], "running", ""),
    (OFF | {"task_state": "resize_prep"}, [], "queued", ""),
    # Begun before the drain.
    (BUSY, [move(status="running", at=-600)], "running", ""),
    (None, [move(status="post-migrating", at=-600, **COLD)], "running", "earlier"),
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
    # The last one counts.
    (None, [move(status="failed", at=1), move(at=9)], "moved", ""),
    (BUSY, [move(status="failed", at=1), move(status="queued", at=9)], "queued", ""),
    # Back again, by somebody's hand.
    ({}, [move(at=1), back(at=9)], "todo", ""),
    # The list of instances is older than that of migrations: never to be moved twice for that.
    ({}, [move(status="completed")], "running", ""),
    (BUSY, [move(status="completed")], "queued", ""),
    # Its service was restarted, and has forgotten its queue.
    ({}, [move(status="queued", at=-600)], "todo", ""),
    ({}, [move(status="queued", at=-70)], "todo", ""),
    ({}, [move(status="queued", at=-16)], "failed", "cut-off"),
    ({}, [move(status="accepted", at=5)], "queued", ""),
    ({"task_state": "rebooting"}, [move(status="queued", at=-60)], "queued", ""),
    (BUSY, [move(status="queued", at=-60), move(status="running", at=1)], "running", ""),
    # A confirmation waits here, of a move to this host.
    ({"vm_state": "resized"}, [back(status="finished", at=-600, **COLD)], "left", "unconfirmed"),
]


@pytest.mark.parametrize(("here", "migrations", "outcome", "code"), STEPS)
def test_step(here, migrations, outcome, code):
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
)
def test_what_never_left_and_is_not_there_is_no_part_of_it(gone):
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
)
def test_empty_only_if_nothing_holds_on_to_the_host(here, migrations, empty):
    assert drain_of(HOST, ORDER, here, migrations, now=NOW).listed_empty is empty


def test_who_is_coming_is_counted():
    run = drain_of(HOST, ORDER, [], [back(status="running", at=-60), back("db", "queued", at=-50)], now=NOW)
    assert (run.arriving, run.moving, run.steps) == (2, True, ())


def test_nothing_is_begun_while_the_host_is_down():
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
)
def test_who_may_go_on(order, can_continue):
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
)
def test_what_may_be_tried_again(here, migrations, retryable):
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
)
def test_what_is_confirmed_with_the_others(migration, confirmable):
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
        # Tried again, and gone since.
        (None, [move(status="queued"), move(at=9)], ["moved "], True),
        # Deleted, or moved by other ways.
        (None, [move(status="queued")], [], True),
        (None, [move(status="migrating", **COLD)], ["running "], False),
    ],
)
def test_what_a_restart_has_cut_off(here, migrations, outcomes, empty):
    run = drain_of(HOST, ORDER, [] if here is None else [server(**here)], migrations, now=LATER)
    assert [f"{step.outcome.value} {step.code}" for step in run.steps] == outcomes
    assert run.listed_empty is empty


THERE = {"host": "compute-02"}


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        (THERE | {"vm_state": "error", "status": "ERROR"}, ["failed failed-there compute-02"]),
        (THERE | {"task_state": "migrating"}, ["failed failed-there compute-02"]),
        # Somebody has repaired it.
        (THERE, ["moved  "]),
        ({"host": "compute-03"}, ["left away "]),
        ({"host": None, "vm_state": "shelved_offloaded"}, ["left away "]),
        # Not looked up.
        ("unknown", ["left away "]),
        # Deleted.
        (None, []),
    ],
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
    for seconds, told in ((3500, "queued "), (3700, expected)):
        run = drain_of(HOST, ORDER, [server(**here)], migrations, now=START + timedelta(seconds=seconds))
        [step] = run.steps
        assert f"{step.outcome.value} {step.code}" == told
        assert run.moving is (told == "queued ")


def test_task_of_an_instance_whose_time_cannot_be_read_counts_as_new():
    run = drain_of(HOST, ORDER, [server(**BUSY, updated="no time")], [], now=NOW)
    assert [step.outcome.value for step in run.steps] == ["queued"]


@pytest.mark.parametrize("ahead", [30, 300, 3000])
@pytest.mark.parametrize(("status", "expected"), [("error", "failed failed"), ("cancelled", "left aborted")])
def test_recent_failure_is_not_retried_whatever_the_clock(ahead, status, expected):
    """The order is dated by a clock that is ahead, so that the migration seems to be older than it."""
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
)
def test_instance_without_a_recent_failure_is_requested(migrations):
    [step] = drain_of(HOST, ORDER, [server()], migrations, now=NOW).steps
    assert step.outcome is Outcome.TODO


def test_last_migration_is_the_last_by_time_when_ids_of_cells_overlap():
    """An old cell has high IDs, a new one low ones."""
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
        # Nova 34: aborted by somebody, and set to Error.
        (ERROR, "cancelled", ("failed", "aborted-in-error", True)),
        (ERROR | {"power_state": 4}, "error", ("failed", "failed", False)),
        (ERROR | {"power_state": 4}, "cancelled", ("left", "aborted", False)),
        ({}, "error", ("failed", "failed", False)),
    ],
)
def test_instance_in_error_though_unharmed_may_be_reset(here, status, expected):
    [step] = drain_of(HOST, ORDER, [server(**here)], [move(status=status)], now=NOW).steps
    assert (step.outcome.value, step.code, step.resettable) == expected
