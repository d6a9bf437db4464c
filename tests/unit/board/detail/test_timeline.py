# SPDX-License-Identifier: Apache-2.0
"""The timeline of a migration."""

from dataclasses import replace
from datetime import timedelta

import pytest

from migration_panel.api.models import Event, InstanceAction, Migration
from migration_panel.board.detail.timeline import EntryKind, Outcome, timeline
from migration_panel.board.progress import Sample
from tests.support.board_migrations import NOON
from tests.support.nova_answers import INSTANCE, LISTED

LIVE = Migration.from_api(LISTED)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def event(name, start, end=None, result=None, **rest):
    own = {"host": None, "details": None} | rest
    finish = after(end) if end is not None else None
    return Event(name, result, started_at=after(start), finished_at=finish, **own)


def asked(name, seconds, *events):
    return InstanceAction(name, f"req-{name}-{seconds}", after(seconds), "alice-id", events)


def names(entries):
    return [entry.name for entry in entries]


def test_request_then_steps_then_end():
    request = asked("live-migration", -1, event("second", 5, 6, "Success"), event("first", 0, 1, "Success"))
    entries = timeline(LIVE, request, [request])
    assert names(entries) == ["live-migration", "first", "second", "completed"]
    assert [entry.kind for entry in entries] == [EntryKind.REQUEST, EntryKind.STEP, EntryKind.STEP, EntryKind.END]
    assert (entries[0].user_id, entries[-1].at) == ("alice-id", after(42))


@pytest.mark.parametrize(
    ("status", "result", "outcome"),
    [
        ("completed", "Success", Outcome.DONE),
        ("error", "Error", Outcome.FAILED),
        ("running", "Error", Outcome.FAILED),
        ("running", None, Outcome.IN_PROGRESS),
        ("completed", None, Outcome.UNRECORDED),
        ("error", None, Outcome.UNRECORDED),
    ],
)
def test_outcome_of_the_last_step(status, result, outcome):
    request = asked("live-migration", -1, event("step", 0, 1, result))
    assert timeline(replace(LIVE, status=status), request, [])[1].outcome is outcome


def test_only_the_last_step_is_in_progress():
    request = asked("live-migration", -1, event("late", 5), event("early", 0))
    entries = timeline(replace(LIVE, status="preparing"), request, [])
    assert [entry.outcome for entry in entries[1:]] == [Outcome.UNRECORDED, Outcome.IN_PROGRESS]


def test_text_of_an_earlier_attempt_is_left_out_of_a_success():
    request = asked("live-migration", -1, event("step", 0, 1, "Success", details="old trouble"))
    assert timeline(LIVE, request, [])[1].details == ""


@pytest.mark.parametrize(
    ("kind", "status", "action", "seconds", "shown"),
    [
        ("live-migration", "cancelled", "live_migration_cancel", 20, True),
        ("live-migration", "running", "live_migration_force_complete", 9999, True),
        ("live-migration", "completed", "live_migration_force_complete", 20, True),
        ("live-migration", "completed", "live_migration_cancel", 9999, False),
        ("live-migration", "completed", "live_migration_cancel", -60, False),
        ("live-migration", "completed", "confirmResize", 20, False),
        ("migration", "confirmed", "confirmResize", 20, True),
        ("migration", "reverted", "revertResize", 20, True),
        ("resize", "finished", "revertResize", 9999, True),
        ("migration", "confirmed", "live_migration_cancel", 20, False),
        ("migration", "confirmed", "reboot", 20, False),
        ("evacuation", "done", "confirmResize", 20, False),
    ],
)
def test_follow_up_requests_are_those_between_start_and_end(kind, status, action, seconds, shown):
    migration = replace(LIVE, type=kind, status=status)
    assert (action in names(timeline(migration, None, [asked(action, seconds)]))) is shown


def test_timeline_without_records_has_only_the_end():
    assert names(timeline(LIVE, None, [])) == ["completed"]
    assert timeline(replace(LIVE, status="running", instance_id=INSTANCE), None, []) == ()


def copying(*parts, block=True):
    """Samples of the parts, a sample every five seconds."""
    return [Sample(after(5 * number).timestamp(), 9, 9, part, block=block) for number, part in enumerate(parts)]


def test_disk_and_memory_are_steps_with_their_times_and_the_source():
    samples = copying("disk", "disk", "memory", "memory", "memory")
    disk, memory, end = timeline(LIVE, None, [], samples)
    assert (disk.kind, disk.name, disk.at, disk.until) == (EntryKind.COPY, "disk", after(0), after(10))
    assert (memory.name, memory.at, memory.until) == ("memory", after(10), after(20))
    assert {disk.host, memory.host} == {"compute-01"}
    assert (disk.outcome, memory.outcome, end.kind) == (Outcome.DONE, Outcome.DONE, EntryKind.END)


def test_copy_is_between_the_steps_before_and_after_it():
    request = asked(
        "live-migration",
        -1,
        event("compute_pre_live_migration", -1, 0, "Success"),
        event("compute_post_live_migration_at_destination", 40, 41, "Success"),
    )
    entries = timeline(LIVE, request, [], copying("memory", "memory"))
    assert names(entries)[1:4] == [
        "compute_pre_live_migration",
        "memory",
        "compute_post_live_migration_at_destination",
    ]


@pytest.mark.parametrize(
    ("status", "stale", "outcome"),
    [
        ("running", False, Outcome.IN_PROGRESS),
        ("running (post-copy)", False, Outcome.IN_PROGRESS),
        ("post-migrating", False, Outcome.DONE),
        ("completed", False, Outcome.DONE),
        ("cancelled", False, Outcome.STOPPED),
        ("error", False, Outcome.STOPPED),
        ("running", True, Outcome.STOPPED),
    ],
    ids=["running", "post-copy", "switching", "completed", "aborted", "failed", "stale"],
)
def test_outcome_of_the_part_that_is_copied_last(status, stale, outcome):
    entries = timeline(replace(LIVE, status=status), None, [], copying("disk", "memory"), stale=stale)
    assert [entry.outcome for entry in entries if entry.kind is EntryKind.COPY] == [Outcome.DONE, outcome]


def test_single_sample_shows_no_duration():
    [entry, _end] = timeline(LIVE, None, [], copying("memory"))
    assert entry.until is None


def test_samples_before_the_copy_of_a_disk_are_no_copy_of_a_disk():
    """Nova may report figures while there is no disk to copy."""
    assert names(timeline(LIVE, None, [], copying("disk", block=False))) == ["completed"]


def test_last_step_of_a_stale_record_is_not_in_progress():
    request = asked("live-migration", -1, event("step", 0))
    [_request, step] = timeline(replace(LIVE, status="running"), request, [], stale=True)
    assert step.outcome is Outcome.UNRECORDED
