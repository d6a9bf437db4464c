# SPDX-License-Identifier: Apache-2.0
"""What can be evacuated, and what has become of it: pure rules."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.models import Migration, Server
from migration_panel.hosts.evacuate.plan import (
    EvacuationProgress,
    EvacuationState,
    Proof,
    changed_since,
    evacuable_instances,
    namesakes,
    not_restarted_since,
    of_this_outage,
    proof_of,
)
from migration_panel.hosts.evacuate.text import caution_text, fate_text, tally_text
from tests.support.board_migrations import instance
from tests.support.nova_answers import LISTED


def server(number=1, **given):
    return Server(id=instance(number), name=f"vm-{number}", status="ACTIVE", **({"vm_state": "active"} | given))


def evacuation(number=1, status="done", **given):
    own = {"instance_uuid": instance(number), "migration_type": "evacuation", "status": status}
    return Migration.from_api(LISTED | {"id": number} | own | given)


@pytest.mark.parametrize(
    ("given", "status", "fate"),
    [
        ({}, None, EvacuationState.READY),
        ({"vm_state": "stopped"}, None, EvacuationState.READY),
        ({"vm_state": "error"}, None, EvacuationState.READY),
        ({"vm_state": "paused"}, None, EvacuationState.STATE),
        ({"vm_state": "suspended"}, None, EvacuationState.STATE),
        ({"vm_state": "resized"}, None, EvacuationState.STATE),
        ({"vm_state": ""}, None, EvacuationState.STATE),
        # Left behind by what the host was doing when it died: Nova takes it.
        ({"task_state": "migrating"}, None, EvacuationState.READY),
        ({"task_state": "rebuilding"}, None, EvacuationState.BEGUN),
        ({"task_state": "rebuild_spawning", "vm_state": "error"}, None, EvacuationState.BEGUN),
        ({}, "accepted", EvacuationState.BEGUN),
        ({}, "pre-migrating", EvacuationState.BEGUN),
        ({}, "failed", EvacuationState.READY),
        ({"vm_state": "error"}, "error", EvacuationState.READY),
        ({}, "completed", EvacuationState.READY),
        ({"task_state": "deleting"}, None, EvacuationState.DELETING),
        ({"task_state": "soft-deleting"}, None, EvacuationState.DELETING),
    ],
)
def test_fate_follows_from_states_and_the_evacuation_under_way(given, status, fate):
    found = evacuable_instances([server(**given)], [evacuation(status=status)] if status else [])
    assert [one.fate for one in found] == [fate]
    assert "%(" not in fate_text(found[0])


@pytest.mark.parametrize(
    ("given", "words"),
    [({"volume_backed": True}, "from its volume"), ({}, "lost, unless"), ({"vm_state": "paused"}, "it is paused")],
)
def test_words_say_what_is_lost(given, words):
    [one] = evacuable_instances([server(**given)], [])
    assert words in fate_text(one)


def outage(*migrations, here=(1,)):
    found = of_this_outage("compute-01", [server(number) for number in here], migrations)
    return [(one.id, one.status) for one in found]


def test_last_one_of_each_instance_counts():
    again = evacuation(1, "accepted", id=9)
    assert outage(evacuation(1, "error"), again, evacuation(2, "done")) == [(9, "accepted"), (2, "done")]


@pytest.mark.parametrize(
    ("one", "counts"),
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
)
def test_earlier_outages_and_other_hosts_are_left_out(one, counts):
    assert bool(outage(one)) is counts


def test_tally_counts_each_and_tells_when_all_is_over():
    moved = [evacuation(1, "done"), evacuation(2, "accepted"), evacuation(3, "error")]
    tally = EvacuationProgress.of(evacuable_instances([server(2), server(3)], moved), moved)
    assert tally == EvacuationProgress(done=1, moving=1, failed=1, left=1)
    assert tally_text(tally) == "1 evacuated, 1 under way, 1 failed, 1 left on the host."
    assert tally_text(EvacuationProgress(0, 0, 0, 5)) == ""
    assert not tally.over
    assert EvacuationProgress(3, 0, 0, 0).over


NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def at(minutes):
    """Nova's text of a time so many minutes after noon."""
    return (NOON + timedelta(minutes=minutes)).isoformat()


def since(minutes, number=1, status="done", **given):
    return evacuation(number, status, created_at=at(minutes), updated_at=at(minutes + 1), **given)


def service(**given):
    return ComputeHost("compute-01", **({"up": False, "updated_at": NOON} | given))


@pytest.mark.parametrize(
    ("given", "record", "now", "fate"),
    [
        ({}, since(0, status="accepted"), 1.1, EvacuationState.BEGUN),
        # The instance is at rest: Nova's conductor has lost the request.
        ({}, since(0, status="accepted"), 5, EvacuationState.READY),
        ({"vm_state": "paused"}, since(0, status="accepted"), 5, EvacuationState.STATE),
        ({"task_state": "rebuilding", "updated": at(0)}, since(0, status="pre-migrating"), 59, EvacuationState.BEGUN),
        ({"task_state": "rebuilding", "updated": at(0)}, since(0, status="pre-migrating"), 62, EvacuationState.STALLED),
        # A rebuild that the user had requested when the host failed.
        ({"task_state": "rebuilding", "updated": at(0)}, None, 59, EvacuationState.BEGUN),
        ({"task_state": "rebuilding", "updated": at(0)}, None, 61, EvacuationState.STALLED),
        ({"task_state": "rebuilding"}, None, 600, EvacuationState.BEGUN),
    ],
)
def test_record_that_stays_open_does_not_block_an_instance_forever(given, record, now, fate):
    records = [record] if record else []
    [one] = evacuable_instances([server(**given)], records, NOON + timedelta(minutes=now))
    assert (one.fate, one.selectable) == (fate, fate in (EvacuationState.READY, EvacuationState.STALLED))
    assert one.preselected is (fate is EvacuationState.READY)


@pytest.mark.parametrize(
    ("given", "ticked", "words"),
    [
        ({}, True, ""),
        ({"locked": True}, False, "Locked."),
        ({"locked": True, "locked_reason": "masakari"}, False, "Locked: “masakari”"),
        ({"task_state": "powering-off"}, True, "openstack server set --state active"),
    ],
)
def test_lock_and_interrupted_task_are_shown(given, ticked, words):
    [one] = evacuable_instances([server(**given)], [])
    assert one.preselected is ticked
    assert words in " ".join(caution_text(one))


@pytest.mark.parametrize(
    ("seen", "found", "fate"),
    [
        ({}, {}, None),
        ({}, {"host": "compute-02"}, EvacuationState.GONE),
        ({}, {"host": None}, EvacuationState.UNKNOWN),
        ({}, {"task_state": "rebuilding"}, EvacuationState.BEGUN),
        ({"task_state": "rebuilding"}, {"task_state": "rebuilding"}, None),
        ({"task_state": "rebuilding"}, {"task_state": "rebuilding", "updated": at(9)}, EvacuationState.BEGUN),
        ({"task_state": "rebuilding"}, {"task_state": "rebuild_spawning"}, EvacuationState.BEGUN),
        ({}, {"vm_state": "paused"}, EvacuationState.STATE),
        ({}, {"task_state": "deleting"}, EvacuationState.DELETING),
        ({}, {"task_state": "powering-off"}, None),
    ],
)
def test_look_up_before_the_request_finds_changes(seen, found, fate):
    usual = {"host": "compute-01", "updated": at(0)}
    assert changed_since(server(**usual | seen), server(**usual | found), "compute-01") is fate


@pytest.mark.parametrize(
    ("state", "record", "counts"),
    [
        # The service has been silent since noon, and nobody has changed it.
        ({}, since(1), True),
        ({}, since(-5), False),
        ({}, since(-60 * 24 * 9), False),
        ({}, since(-5, 1, "error"), False),
        # An administrator has changed it since it fell silent.
        ({"forced_down": True}, since(-5), True),
        ({"enabled": False}, since(-5), True),
        ({"enabled": False}, since(-60 * 5), True),
        ({"forced_down": True}, since(-60 * 24 * 9), False),
        # Nothing is known of the beginning.
        ({"updated_at": None}, since(-60 * 24 * 9), True),
    ],
)
def test_evacuations_of_an_earlier_outage_do_not_count(state, record, counts):
    here = [server(1)] if record.status == "error" else []
    assert bool(of_this_outage("compute-01", here, [record], service(**state))) is counts


def test_evacuations_of_one_outage_follow_each_other():
    records = [since(-30, 3), since(-80, 2), since(-300, 1)]
    found = of_this_outage("compute-01", [], records, service(enabled=False))
    assert [one.id for one in found] == [3, 2]


def test_done_evacuation_of_a_returned_instance_is_from_an_earlier_outage():
    assert of_this_outage("compute-01", [server(1)], [since(1)], service()) == []


def test_restart_ends_an_outage_for_all_its_records():
    """Nova closes no record of an instance that is deleted."""
    records = [since(0, 1, "pre-migrating"), since(0, 2, "done"), since(5, 3, "completed"), since(60, 4, "accepted")]
    found = of_this_outage("compute-01", [], records, service(updated_at=None))
    assert [one.id for one in found] == [4]


def test_newest_record_has_the_latest_time_whatever_its_id():
    """IDs repeat between cells."""
    records = [since(1, 1, "error", id=9000), since(9, 1, "accepted", id=57)]
    assert [one.id for one in of_this_outage("compute-01", [server(1)], records, service())] == [57]


def test_records_unchanged_for_long_are_not_in_progress():
    gone = since(0, 1, "accepted")
    assert EvacuationProgress.of([], [gone], NOON + timedelta(minutes=30)).moving == 1
    assert EvacuationProgress.of([], [gone], NOON + timedelta(hours=2)).moving == 0
    again = evacuable_instances([server(1)], [gone], NOON + timedelta(minutes=30))
    assert EvacuationProgress.of(again, [gone], NOON + timedelta(minutes=30)) == EvacuationProgress(0, 0, 0, 1)


@pytest.mark.parametrize(
    ("host", "others", "found"),
    [
        ("h1", [ComputeHost("h1.example.com")], ["h1.example.com"]),
        ("h1.old.example.com", [ComputeHost("h1.example.com"), ComputeHost("H1")], ["H1", "h1.example.com"]),
        ("h1", [ComputeHost("h1"), ComputeHost("h10"), ComputeHost("h1-ilo")], []),
        ("h1", [ComputeHost("h1.example.com", up=False)], []),
        ("192.0.2.1", [ComputeHost("192.0.2.2")], []),
        ("2001:db8::1", [ComputeHost("2001:db8::2")], []),
    ],
)
def test_services_that_are_up_and_share_the_first_label_are_found(host, others, found):
    assert namesakes(host, others) == found


@pytest.mark.parametrize(
    ("status", "found"),
    [("accepted", True), ("pre-migrating", True), ("done", True), ("completed", False), ("failed", False)],
)
def test_next_start_deletes_the_guests_of_these_records(status, found):
    assert bool(not_restarted_since("compute-01", [evacuation(1, status)])) is found
    assert not_restarted_since("compute-02", [evacuation(1, status)]) == []


@pytest.mark.parametrize(
    ("consumers", "status", "proof"),
    [
        (None, "done", Proof.UNKNOWN),
        ((), "done", Proof.EMPTY),
        ((instance(1),), "done", Proof.EMPTY),
        ((instance(1), instance(2)), "done", Proof.HELD),
        # It is on the host until its evacuation is done.
        ((instance(1),), "accepted", Proof.HELD),
        ((instance(1),), "pre-migrating", Proof.HELD),
        ((instance(1),), "failed", Proof.HELD),
    ],
)
def test_empty_needs_confirmation_by_a_second_source(consumers, status, proof):
    assert proof_of(consumers, [evacuation(1, status)]) is proof
