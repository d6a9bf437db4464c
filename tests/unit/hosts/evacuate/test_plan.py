# SPDX-License-Identifier: Apache-2.0
"""Which instances can be evacuated, and which evacuations belong to the current outage."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Migration, Server
from migration_panel.hosts.drain.evidence import UNKNOWN, Evidence
from migration_panel.hosts.evacuate.plan import (
    EvacuationProgress,
    EvacuationState,
    changed_since,
    evacuable_instances,
    evacuation_evidence,
    evacuations_before_restart,
    evacuations_of_outage,
    is_confirmed_empty,
    namesakes,
)
from migration_panel.hosts.evacuate.text import cautions, consequence_text, empty_text, progress_texts
from tests.support.board_migrations import instance
from tests.support.nova_answers import LISTED


def server(number=1, **fields):
    return Server(id=instance(number), name=f"vm-{number}", status="ACTIVE", **({"vm_state": "active"} | fields))


def evacuation(number=1, status="done", **changes):
    """Return the record of an evacuation of instance ``number``, with changes of Nova's answer."""
    own = {"instance_uuid": instance(number), "migration_type": "evacuation", "status": status}
    return Migration.from_api(LISTED | {"id": number} | own | changes)


@pytest.mark.parametrize(
    ("fields", "status", "state"),
    [
        ({}, None, EvacuationState.READY),
        ({"vm_state": "stopped"}, None, EvacuationState.READY),
        ({"vm_state": "error"}, None, EvacuationState.READY),
        ({"vm_state": "paused"}, None, EvacuationState.UNSUPPORTED),
        ({"vm_state": "suspended"}, None, EvacuationState.UNSUPPORTED),
        ({"vm_state": "resized"}, None, EvacuationState.UNSUPPORTED),
        ({"vm_state": ""}, None, EvacuationState.UNSUPPORTED),
        # A task that the failure of the host interrupted: Nova accepts the evacuation.
        ({"task_state": "migrating"}, None, EvacuationState.READY),
        ({"task_state": "rebuilding"}, None, EvacuationState.IN_PROGRESS),
        ({"task_state": "rebuild_spawning", "vm_state": "error"}, None, EvacuationState.IN_PROGRESS),
        ({}, "accepted", EvacuationState.IN_PROGRESS),
        ({}, "pre-migrating", EvacuationState.IN_PROGRESS),
        ({}, "failed", EvacuationState.READY),
        ({"vm_state": "error"}, "error", EvacuationState.READY),
        ({}, "completed", EvacuationState.READY),
        ({"task_state": "deleting"}, None, EvacuationState.DELETING),
        ({"task_state": "soft-deleting"}, None, EvacuationState.DELETING),
    ],
    ids=[
        "active",
        "stopped",
        "error",
        "paused",
        "suspended",
        "resized",
        "no state",
        "interrupted migration",
        "rebuilding",
        "rebuilding in error",
        "evacuation accepted",
        "evacuation pre-migrating",
        "evacuation failed",
        "evacuation in error",
        "evacuation completed",
        "deleting",
        "soft-deleting",
    ],
)
def test_state_depends_on_the_instance_and_its_evacuation(fields, status, state):
    [evacuable] = evacuable_instances([server(**fields)], [evacuation(status=status)] if status else [])
    assert evacuable.state is state
    assert "%(" not in consequence_text(evacuable)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"volume_backed": True}, "from its volume"),
        ({}, "lost, unless"),
        ({"vm_state": "paused"}, "the status of the instance is Paused."),
    ],
    ids=["volume", "image", "cannot be evacuated"],
)
def test_consequence_says_what_is_lost(fields, expected):
    [evacuable] = evacuable_instances([server(**fields)], [])
    assert expected in consequence_text(evacuable)


def outage(*migrations):
    """Return ID and status of the evacuations of the current outage.  Instance 1 is on the host."""
    return [(one.id, one.status) for one in evacuations_of_outage("compute-01", [server(1)], migrations)]


def test_only_the_last_evacuation_of_each_instance_counts():
    second = evacuation(1, "accepted", id=9)
    assert outage(evacuation(1, "error"), second, evacuation(2, "done")) == [(9, "accepted"), (2, "done")]


@pytest.mark.parametrize(
    ("migration", "counts"),
    [
        (evacuation(1, "completed"), False),
        (evacuation(1, "error"), True),
        (evacuation(2, "error"), False),
        (evacuation(2, "failed"), False),
        (evacuation(2, "done"), True),
        (evacuation(2, "pre-migrating"), True),
        (evacuation(2, "done", source_compute="compute-02", dest_compute="compute-01"), False),
        (evacuation(2, "done", source_compute="compute-010"), False),
    ],
    ids=[
        "completed and returned",
        "error and on the host",
        "error and not on the host",
        "failed and not on the host",
        "done",
        "in progress",
        "evacuation to the host",
        "host with a longer name",
    ],
)
def test_earlier_outages_and_other_hosts_are_excluded(migration, counts):
    assert bool(outage(migration)) is counts


def test_progress_counts_evacuations_and_remaining_instances():
    evacuations = [evacuation(1, "done"), evacuation(2, "accepted"), evacuation(3, "error")]
    progress = EvacuationProgress.of(evacuable_instances([server(2), server(3)], evacuations), evacuations)
    assert progress == EvacuationProgress(done=1, in_progress=1, failed=1, remaining=1)
    assert progress_texts(progress) == ["Evacuated: 1", "In progress: 1", "Failed: 1", "Still to evacuate: 1"]
    assert progress_texts(EvacuationProgress(0, 0, 0, 5)) == []


NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def at(minutes):
    """Return a time, in minutes after noon, as Nova writes it."""
    return (NOON + timedelta(minutes=minutes)).isoformat()


def evacuation_at(minutes, number=1, status="done", **changes):
    """Return an evacuation that was created some minutes after noon and changed a minute later."""
    return evacuation(number, status, created_at=at(minutes), updated_at=at(minutes + 1), **changes)


def service(**fields):
    """Return the service of a host that is down since noon."""
    return ComputeHost("compute-01", **({"up": False, "updated_at": NOON} | fields))


@pytest.mark.parametrize(
    ("fields", "record", "now", "state"),
    [
        ({}, evacuation_at(0, status="accepted"), 1.1, EvacuationState.IN_PROGRESS),
        # The instance is at rest: Nova's conductor has lost the request.
        ({}, evacuation_at(0, status="accepted"), 5, EvacuationState.READY),
        ({"vm_state": "paused"}, evacuation_at(0, status="accepted"), 5, EvacuationState.UNSUPPORTED),
        (
            {"task_state": "rebuilding", "updated": at(0)},
            evacuation_at(0, status="pre-migrating"),
            59,
            EvacuationState.IN_PROGRESS,
        ),
        (
            {"task_state": "rebuilding", "updated": at(0)},
            evacuation_at(0, status="pre-migrating"),
            62,
            EvacuationState.STALLED,
        ),
        # A rebuild that the user had requested when the host failed.
        ({"task_state": "rebuilding", "updated": at(0)}, None, 59, EvacuationState.IN_PROGRESS),
        ({"task_state": "rebuilding", "updated": at(0)}, None, 61, EvacuationState.STALLED),
        ({"task_state": "rebuilding"}, None, 600, EvacuationState.IN_PROGRESS),
    ],
    ids=[
        "just accepted",
        "accepted but at rest",
        "accepted but paused",
        "rebuilding for less than an hour",
        "rebuilding for over an hour",
        "rebuild by the user for less than an hour",
        "rebuild by the user for over an hour",
        "rebuild since an unknown time",
    ],
)
def test_record_that_stays_open_does_not_block_an_instance_forever(fields, record, now, state):
    records = [record] if record else []
    [evacuable] = evacuable_instances([server(**fields)], records, NOON + timedelta(minutes=now))
    assert evacuable.state is state
    assert evacuable.selectable is (state in (EvacuationState.READY, EvacuationState.STALLED))
    assert evacuable.preselected is (state is EvacuationState.READY)


@pytest.mark.parametrize(
    ("fields", "preselected", "expected"),
    [
        ({}, True, ""),
        ({"locked": True}, False, "Locked."),
        ({"locked": True, "locked_reason": "masakari"}, False, "Locked: “masakari”"),
        ({"task_state": "powering-off"}, True, "openstack server set --state active"),
    ],
    ids=["neither", "locked", "locked with a reason", "interrupted task"],
)
def test_lock_and_interrupted_task_are_shown(fields, preselected, expected):
    [evacuable] = evacuable_instances([server(**fields)], [])
    assert evacuable.preselected is preselected
    assert expected in " ".join(cautions(evacuable))


@pytest.mark.parametrize(
    ("seen", "current", "state"),
    [
        ({}, {}, None),
        ({}, {"host": "compute-02"}, EvacuationState.NOT_ON_HOST),
        ({}, {"host": None}, EvacuationState.HOST_UNKNOWN),
        ({}, {"task_state": "rebuilding"}, EvacuationState.IN_PROGRESS),
        ({"task_state": "rebuilding"}, {"task_state": "rebuilding"}, None),
        ({"task_state": "rebuilding"}, {"task_state": "rebuilding", "updated": at(9)}, EvacuationState.IN_PROGRESS),
        ({"task_state": "rebuilding"}, {"task_state": "rebuild_spawning"}, EvacuationState.IN_PROGRESS),
        ({}, {"vm_state": "paused"}, EvacuationState.UNSUPPORTED),
        ({}, {"task_state": "deleting"}, EvacuationState.DELETING),
        ({}, {"task_state": "powering-off"}, None),
    ],
    ids=[
        "unchanged",
        "on another host",
        "host unknown",
        "rebuilding",
        "rebuilding, unchanged",
        "rebuilding, changed",
        "next step of a rebuild",
        "paused",
        "deleting",
        "interrupted task",
    ],
)
def test_look_up_before_the_request_finds_changes(seen, current, state):
    common = {"host": "compute-01", "updated": at(0)}
    assert changed_since(server(**common | seen), server(**common | current), "compute-01") is state


@pytest.mark.parametrize(
    ("fields", "record", "counts"),
    [
        # The last report of the service was at noon.
        ({}, evacuation_at(1), True),
        ({}, evacuation_at(-5), False),
        ({}, evacuation_at(-60 * 24 * 9), False),
        ({}, evacuation_at(-5, 1, "error"), False),
        # An administrator changed the service at noon, after its last report.
        ({"forced_down": True}, evacuation_at(-5), True),
        ({"enabled": False}, evacuation_at(-5), True),
        ({"enabled": False}, evacuation_at(-60 * 5), True),
        ({"forced_down": True}, evacuation_at(-60 * 24 * 9), False),
        # The start of the outage is unknown.
        ({"updated_at": None}, evacuation_at(-60 * 24 * 9), True),
    ],
    ids=[
        "after the last report",
        "before the last report",
        "days before the last report",
        "failed before the last report",
        "before forced down",
        "before disabled",
        "hours before disabled",
        "days before forced down",
        "no last report",
    ],
)
def test_evacuations_of_an_earlier_outage_do_not_count(fields, record, counts):
    servers = [server(1)] if record.status == "error" else []
    assert bool(evacuations_of_outage("compute-01", servers, [record], service(**fields))) is counts


def test_evacuations_within_an_hour_of_each_other_are_of_one_outage():
    records = [evacuation_at(-30, 3), evacuation_at(-80, 2), evacuation_at(-300, 1)]
    evacuations = evacuations_of_outage("compute-01", [], records, service(enabled=False))
    assert [migration.id for migration in evacuations] == [3, 2]


def test_done_evacuation_of_a_returned_instance_is_from_an_earlier_outage():
    assert evacuations_of_outage("compute-01", [server(1)], [evacuation_at(1)], service()) == []


def test_restart_ends_the_outage_for_all_records():
    """Nova never closes the record of a deleted instance."""
    records = [
        evacuation_at(0, 1, "pre-migrating"),
        evacuation_at(0, 2, "done"),
        evacuation_at(5, 3, "completed"),
        evacuation_at(60, 4, "accepted"),
    ]
    evacuations = evacuations_of_outage("compute-01", [], records, service(updated_at=None))
    assert [migration.id for migration in evacuations] == [4]


def test_newest_record_has_the_latest_time_whatever_its_id():
    """IDs repeat between cells."""
    records = [evacuation_at(1, 1, "error", id=9000), evacuation_at(9, 1, "accepted", id=57)]
    evacuations = evacuations_of_outage("compute-01", [server(1)], records, service())
    assert [migration.id for migration in evacuations] == [57]


def test_records_unchanged_for_long_are_not_in_progress():
    record = evacuation_at(0, 1, "accepted")
    half_an_hour, two_hours = NOON + timedelta(minutes=30), NOON + timedelta(hours=2)
    assert EvacuationProgress.of([], [record], half_an_hour).in_progress == 1
    assert EvacuationProgress.of([], [record], two_hours).in_progress == 0
    ready = evacuable_instances([server(1)], [record], half_an_hour)
    assert EvacuationProgress.of(ready, [record], half_an_hour) == EvacuationProgress(0, 0, 0, 1)


@pytest.mark.parametrize(
    ("host", "services", "expected"),
    [
        ("h1", [ComputeHost("h1.example.com")], ["h1.example.com"]),
        ("h1.old.example.com", [ComputeHost("h1.example.com"), ComputeHost("H1")], ["H1", "h1.example.com"]),
        ("h1", [ComputeHost("h1"), ComputeHost("h10"), ComputeHost("h1-ilo")], []),
        ("h1", [ComputeHost("h1.example.com", up=False)], []),
        ("192.0.2.1", [ComputeHost("192.0.2.2")], []),
        ("2001:db8::1", [ComputeHost("2001:db8::2")], []),
    ],
    ids=["domain added", "domain changed", "other first label", "down", "IPv4", "IPv6"],
)
def test_namesakes_are_up_and_share_the_first_label(host, services, expected):
    assert namesakes(host, services) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [("accepted", True), ("pre-migrating", True), ("done", True), ("completed", False), ("failed", False)],
)
def test_next_restart_deletes_the_guests_of_unfinished_evacuations(status, expected):
    assert bool(evacuations_before_restart("compute-01", [evacuation(1, status)])) is expected
    assert evacuations_before_restart("compute-02", [evacuation(1, status)]) == []


@pytest.mark.parametrize(
    ("consumers", "status", "evidence", "confirmed"),
    [
        (None, "done", UNKNOWN, False),
        ((), "done", Evidence(known=True), True),
        ((instance(1),), "done", Evidence(known=True, evacuated=1), True),
        ((instance(1), instance(2)), "done", Evidence(known=True, instances=1, evacuated=1), False),
        # The instance stays on the host until its evacuation is done.
        ((instance(1),), "accepted", Evidence(known=True, instances=1), False),
        ((instance(1),), "pre-migrating", Evidence(known=True, instances=1), False),
        ((instance(1),), "failed", Evidence(known=True, instances=1), False),
    ],
    ids=["no answer", "nothing", "evacuated", "another instance", "accepted", "pre-migrating", "failed"],
)
def test_host_is_confirmed_empty_if_only_evacuated_instances_hold_allocations(consumers, status, evidence, confirmed):
    assert evacuation_evidence(consumers, [evacuation(1, status)]) == evidence
    assert is_confirmed_empty(evidence) is confirmed


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (UNKNOWN, "could not be confirmed"),
        (Evidence(known=True, evacuated=1), "Placement confirms this"),
        (Evidence(known=True, instances=1), "still holds allocations"),
    ],
    ids=["unknown", "empty", "held"],
)
def test_text_of_an_empty_list_depends_on_the_evidence(evidence, expected):
    assert expected in empty_text("compute-01", evidence)
