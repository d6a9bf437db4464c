# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest

from migration_panel.hosts.drain.records import DELETED
from migration_panel.hosts.drain.return_state import destinations, last_drain, return_of
from migration_panel.hosts.drain.run import Outcome
from tests.support.host_records import HOST, NOW, START, back, move, server, uuid_of
from tests.support.record_ids import record_id

COLD = {"type": "migration"}
OFF = {"vm_state": "stopped", "status": "SHUTOFF", "power_state": 4}
VERIFY = {"vm_state": "resized", "status": "VERIFY_RESIZE", "power_state": 4}
THERE = {"host": "compute-02"}

# Migrations, the instance on this host, the instance on the destination, and the expected outcome.
STEPS = [
    # Still on the destination.
    ([move()], None, {}, "todo live-block"),
    ([move()], None, {"volume_backed": True}, "todo live"),
    ([move()], None, {"volume_backed": True, "ephemeral_gib": 10}, "todo live-block"),
    ([move()], None, {"vm_state": "paused"}, "todo live-block"),
    ([move(type="evacuation", status="completed")], None, {}, "todo live-block"),
    ([move(type="evacuation", status="completed")], None, OFF, "todo cold-block"),
    ([move(status="confirmed", **COLD)], None, OFF, "todo cold-block"),
    ([move(status="finished", **COLD)], None, VERIFY, "todo cold-block revert"),
    ([move()], None, {"task_state": "migrating"}, "queued"),
    # Changed since.
    ([move()], None, OFF, "left changed"),
    ([move(status="confirmed", **COLD)], None, {}, "left changed"),
    ([move(status="finished", **COLD)], None, VERIFY | {"power_state": 1}, "left unconfirmed"),
    ([move()], None, VERIFY, "left unconfirmed"),
    ([move()], None, {"vm_state": "error"}, "left changed"),
    ([move()], None, {"locked": True}, "left locked"),
    ([move()], None, {"task_state": "rebooting"}, "left busy"),
    ([move(status="confirming", **COLD)], None, VERIFY, "left busy"),
    # Migrated again, or deleted.
    ([move()], None, None, "left elsewhere"),
    ([move()], None, {"host": "compute-03"}, "left elsewhere"),
    # On its way, or back.
    ([move(), back(status="queued")], None, {"task_state": "migrating"}, "queued"),
    ([move(), back(status="running")], None, {"task_state": "migrating"}, "running"),
    ([move(), back()], {}, None, "moved"),
    ([move(status="confirmed", **COLD), back(status="finished", **COLD)], VERIFY, None, "confirm"),
    ([move(status="confirmed", **COLD), back(status="confirmed", **COLD)], OFF, None, "moved"),
    ([move(status="reverting", **COLD)], None, VERIFY | {"task_state": "resize_reverting"}, "running"),
    ([move(status="reverted", **COLD)], None, VERIFY | {"task_state": "resize_reverting"}, "running"),
    ([move(status="reverted", **COLD)], OFF | {"task_state": "resize_reverting"}, None, "running"),
    ([move(status="reverted", **COLD)], OFF, None, "moved"),
    ([move(), back(status="failed")], None, {}, "failed failed"),
    ([move(), back(status="cancelled")], None, {}, "left aborted"),
    # A service was restarted, and lost its queue.
    ([move(), back(status="queued")], None, {}, "failed cut-off"),
    ([move(), back(status="queued", at=205)], None, {}, "queued"),
    # Away again after it was back, for example by a second drain within a minute: the last departure counts.
    ([move(), back(), move(at=200)], None, {}, "todo live-block"),
    ([move(), back(), move(at=200), back(at=205)], {}, None, "moved"),
    # Twice away before the return: the last migration shows where it is.
    ([move(at=1), move(at=9, destination="compute-03")], None, {"host": "compute-03"}, "todo live-block"),
    ([move(status="failed"), move(at=9)], None, {}, "todo live-block"),
]


@pytest.mark.parametrize(("migrations", "here", "there", "expected"), STEPS, ids=record_id)
def test_step_depends_on_the_instance_and_its_migrations(migrations, here, there, expected):
    on_host = [] if here is None else [server(**here)]
    now = START + timedelta(seconds=210)
    looked_up = {} if there is None else {uuid_of("web"): server(**(THERE | there))}
    [step] = return_of(HOST, START, on_host, migrations, looked_up, now=now).steps
    parts = [step.outcome.value, step.code]
    if step.outcome.value == "todo":
        parts += [step.method.kind.slug, "revert" if step.revert else ""]
    assert " ".join(filter(None, parts)) == expected


@pytest.mark.parametrize(
    ("migrations", "expected"),
    [([move()], "left busy"), ([move(), back(status="error")], "failed failed")],
    ids=["no record", "failed record"],
)
def test_task_unchanged_for_more_than_an_hour_is_stuck(migrations, expected):
    there = {uuid_of("web"): server(**THERE, task_state="migrating")}
    for seconds, shown in ((3500, "queued "), (3700, expected)):
        run = return_of(HOST, START, [], migrations, there, now=START + timedelta(seconds=seconds))
        [step] = run.steps
        assert f"{step.outcome.value} {step.code}" == shown
        assert run.moving is (shown == "queued ")


@pytest.mark.parametrize(("seconds", "expected"), [(10, "running"), (30, "moved")])
def test_revert_whose_record_was_never_closed_is_over_when_the_instance_rests_on_the_host(seconds, expected):
    out = move(status="reverting", **COLD)
    run = return_of(HOST, START, [server()], [out], {}, now=START + timedelta(seconds=seconds))
    assert [step.outcome.value for step in run.steps] == [expected]
    assert run.moving is (expected == "running")


@pytest.mark.parametrize(
    "migrations",
    [
        [],
        [move(status="failed")],
        [move(status="cancelled")],
        [move(at=-600)],
        [move(source="compute-010")],
        [move(type="resize", status="confirmed")],
        [back()],
    ],
    ids=record_id,
)
def test_instance_that_did_not_leave_has_no_step_in_a_return(migrations):
    assert return_of(HOST, START, [], migrations, {uuid_of("web"): server(**THERE)}, now=NOW).steps == ()


def test_host_that_is_down_gets_no_instance_back():
    [step] = return_of(HOST, START, [], [move()], {uuid_of("web"): server(**THERE)}, now=NOW, up=False).steps
    assert (step.outcome.value, step.code) == ("left", "down")


@pytest.mark.parametrize(
    ("ordered", "expected"),
    [(None, "todo"), (0, "left left-later"), (1, "todo"), (60, "todo")],
    ids=["never", "before-it-left", "same-second", "after-it-left"],
)
def test_instance_that_left_after_the_order_stays(ordered, expected):
    ordered_at = None if ordered is None else START + timedelta(seconds=ordered)
    there = {uuid_of("web"): server(**THERE)}
    run = return_of(HOST, START, [], [move(at=1.5)], there, now=NOW, ordered_at=ordered_at)
    assert f"{run.steps[0].outcome.value} {run.steps[0].code}".strip() == expected
    assert run.left_later is (expected != "todo")


def test_only_hosts_from_which_instances_have_to_return_are_listed():
    migrations = [
        move("a"),
        move("b", destination="compute-03"),
        back("b", status="running", source="compute-03"),
        move("c", destination="compute-04"),
        back("c", status="failed", source="compute-04"),
        move("d", status="reverted", destination="compute-05", **COLD),
    ]
    assert destinations(migrations, HOST, START) == {"compute-02", "compute-03", "compute-04"}


def test_destination_of_a_departure_after_a_return_is_listed():
    migrations = [move("a"), back("a"), move("a", at=200, destination="compute-04"), move("b"), back("b")]
    assert destinations(migrations, HOST, START) == {"compute-04"}


def test_departure_after_the_order_of_a_return_stays_away():
    there = {uuid_of("web"): server(**THERE)}
    ordered_at = START + timedelta(seconds=150)
    [step] = return_of(HOST, START, [], [move(), back(), move(at=200)], there, now=NOW, ordered_at=ordered_at).steps
    assert (step.outcome.value, step.code) == ("left", "left-later")


def test_leaving_instances_are_counted():
    migrations = [move("a"), move("b", "queued"), move("c", "running"), move("d", "failed")]
    assert return_of(HOST, START, [], migrations, {}, now=NOW).leaving == 2


HOUR = 3600


@pytest.mark.parametrize(
    ("times", "begun"),
    [
        ([], None),
        ([5], 5),
        ([5, 6, 7], 5),
        ([5, HOUR, 2 * HOUR - 60], 5),
        ([5, 3 * HOUR], 3 * HOUR),
        ([5, 3 * HOUR, 3 * HOUR + 9], 3 * HOUR),
    ],
)
def test_start_of_the_last_drain_is_estimated_from_departures(times, begun):
    migrations = [move(str(at), at=at) for at in times]
    expected = None if begun is None else START + timedelta(seconds=begun)
    assert last_drain([*migrations, move("x", status="failed", at=9 * HOUR), back(at=9 * HOUR)], HOST) == expected


GONE = {"vm_state": "error", "status": "ERROR"}


@pytest.mark.parametrize("status", ["done", "accepted", "pre-migrating"])
def test_nothing_is_moved_to_a_host_that_was_not_restarted_after_an_evacuation(status):
    """At its next start, nova-compute would delete the evacuated instances."""
    migrations = [move("a", type="evacuation", status="done"), move("b"), move("c", type="evacuation", status=status)]
    migrations += [move("d", status="finished", **COLD), move("e"), back("e", status="failed")]
    there = {uuid_of(name): server(name, **THERE) for name in "abe"} | {uuid_of("d"): server("d", **(THERE | VERIFY))}
    run = return_of(HOST, START, [], migrations, there, now=NOW)
    states = {step.instance_id: (step.outcome.value, step.code) for step in run.steps}
    assert states[uuid_of("a")] == ("left", "not-restarted")
    assert states[uuid_of("b")] == ("left", "restart-first")
    assert states[uuid_of("d")] == ("left", "restart-first")
    assert states[uuid_of("e")] == ("failed", "failed")
    assert (run.restart_needed, run.can_continue, any(step.retryable for step in run.steps)) == (True, False, False)


@pytest.mark.parametrize(
    "evacuation",
    [
        move("a", type="evacuation", status="completed"),
        move("a", type="evacuation", status="failed"),
        move("a", type="evacuation", status="done", source="compute-09"),
    ],
    ids=record_id,
)
def test_other_evacuations_do_not_block_a_return(evacuation):
    run = return_of(HOST, START, [], [evacuation, move()], {uuid_of("web"): server(**THERE)}, now=NOW)
    assert not run.restart_needed
    assert Outcome.TODO in [step.outcome for step in run.steps]


def test_evacuation_of_a_deleted_instance_needs_no_restart():
    evacuation = move("a", type="evacuation", status="done")
    verdicts = {evacuation.uuid: DELETED}
    run = return_of(
        HOST, START, [], [evacuation, move()], {uuid_of("web"): server(**THERE)}, now=NOW, verdicts=verdicts
    )
    assert not run.restart_needed
    assert sorted((step.outcome.value, step.code) for step in run.steps) == [("left", DELETED), ("todo", "")]


@pytest.mark.parametrize(
    ("instance", "expected"),
    [
        (THERE | GONE, ["failed failed-there"]),
        (THERE, ["todo "]),
        ({"host": "compute-03"}, []),
        (None, []),
    ],
    ids=record_id,
)
def test_return_knows_instances_that_left_by_a_failed_migration(instance, expected):
    looked_up = {uuid_of("web"): server(**instance) if instance else None}
    run = return_of(HOST, START, [], [move(status="error")], {}, now=NOW, looked_up=looked_up)
    assert [f"{step.outcome.value} {step.code}" for step in run.steps] == expected


@pytest.mark.parametrize(
    ("migrations", "here", "seconds", "expected"),
    [
        # Nova lists the instance here although it left and did not return.
        ([move()], {}, 8, "moved "),
        ([move()], {}, 20, "failed still-here"),
        ([move()], {"task_state": "migrating"}, 20, "failed still-here"),
        # A completed migration back proves nothing if Nova does not list it here.
        ([move(), back()], None, 105, "running "),
        ([move(), back()], None, 120, "left elsewhere"),
        ([move(status="reverted", **COLD)], None, 60, "running "),
        ([move(status="reverted", **COLD)], None, 700, "left elsewhere"),
    ],
    ids=record_id,
)
def test_instance_is_returned_only_if_nova_lists_it(migrations, here, seconds, expected):
    now = START + timedelta(seconds=2 + seconds)
    [step] = return_of(HOST, START, [] if here is None else [server(**here)], migrations, {}, now=now).steps
    assert f"{step.outcome.value} {step.code}" == expected


@pytest.mark.parametrize(
    ("status", "expected"), [("error", ("failed", "failed", True)), ("cancelled", ("failed", "aborted-in-error", True))]
)
def test_instance_in_error_on_its_way_back_may_be_reset(status, expected):
    there = {uuid_of("web"): server(**(THERE | GONE))}
    [step] = return_of(HOST, START, [], [move(), back(status=status)], there, now=START + timedelta(minutes=3)).steps
    assert (step.outcome.value, step.code, step.resettable) == expected
