# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import timedelta

import pytest

from migration_panel.hosts.runs.draining import drain_of
from migration_panel.hosts.runs.run import Outcome
from tests.unit.hosts.cases import HOST, NOW, ORDER, back, move, server

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
    assert not run.goes_on


@pytest.mark.parametrize(
    ("order", "goes_on"),
    [
        (ORDER, True),
        (replace(ORDER, stopped=True), False),
        (replace(ORDER, chosen=True), False),
        (replace(ORDER, without=frozenset({"aaaaaaaa"})), True),
    ],
)
def test_who_may_go_on(order, goes_on):
    assert drain_of(HOST, order, [server()], [], now=NOW).goes_on is goes_on


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
