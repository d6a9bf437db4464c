# SPDX-License-Identifier: Apache-2.0
"""The timeline of a migration."""

from dataclasses import replace
from datetime import timedelta

import pytest

from migration_panel.api.models import Event, InstanceAction, Migration
from migration_panel.board.detail.timeline import EntryKind, Outcome, timeline
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
    begun = asked("live-migration", -1, event("second", 5, 6, "Success"), event("first", 0, 1, "Success"))
    entries = timeline(LIVE, begun, [begun])
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
    begun = asked("live-migration", -1, event("step", 0, 1, result))
    assert timeline(replace(LIVE, status=status), begun, [])[1].outcome is outcome


def test_only_the_last_step_is_in_progress():
    begun = asked("live-migration", -1, event("late", 5), event("early", 0))
    entries = timeline(replace(LIVE, status="preparing"), begun, [])
    assert [entry.outcome for entry in entries[1:]] == [Outcome.UNRECORDED, Outcome.IN_PROGRESS]


def test_text_of_an_earlier_attempt_is_left_out_of_a_success():
    begun = asked("live-migration", -1, event("step", 0, 1, "Success", details="old trouble"))
    assert timeline(LIVE, begun, [])[1].details == ""


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
