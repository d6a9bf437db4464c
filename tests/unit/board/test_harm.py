# SPDX-License-Identifier: Apache-2.0
"""The state of an instance after a failed live migration: each case from Nova's records."""

from dataclasses import replace

import pytest

from migration_panel.api.models import Event, InstanceAction, Migration, Server
from migration_panel.board.failure import CANCEL, FORCE, FailureReason, failure_reason, requested, suggest_retry_kind
from migration_panel.board.harm import NO_DOUBTS, Doubts, Harm, harm_of, is_resettable
from tests.support.nova_answers import LISTED, SERVER

FAILED = Migration.from_api(LISTED | {"status": "error"})
IN_ERROR = Server.from_api(SERVER | {"status": "ERROR"})
ACTIVE = Server.from_api(SERVER)
OLD = Doubts(host_follows=False)
POST_COPY = Doubts(post_copy=True)
FORCED = Doubts(forced=True)
THERE = {"host": "compute-02"}


@pytest.mark.parametrize(
    ("migration", "server", "doubts", "harm", "reset"),
    [
        ({}, {}, NO_DOUBTS, Harm.UNHARMED, True),
        ({"status": "failed"}, {}, NO_DOUBTS, Harm.UNHARMED, True),
        ({"status": "cancelled"}, {}, NO_DOUBTS, Harm.UNHARMED, True),
        # After the switch-over.
        ({}, THERE, NO_DOUBTS, Harm.SWITCHED, True),
        ({}, THERE | {"power_state": 4}, NO_DOUBTS, Harm.SWITCHED, False),
        ({}, THERE | {"task_state": "rebooting"}, NO_DOUBTS, Harm.SWITCHED, False),
        ({}, THERE | {"status": "ACTIVE"}, NO_DOUBTS, Harm.SWITCHED, False),
        ({"status": "cancelled"}, THERE, NO_DOUBTS, Harm.NONE, False),
        # Nova before 27 leaves the host at the source.
        ({}, {}, OLD, Harm.UNCERTAIN, False),
        ({}, THERE, OLD, Harm.UNCERTAIN, False),
        ({}, THERE | {"status": "ACTIVE"}, OLD, Harm.SWITCHED, False),
        # It never had a destination.
        ({"destination": None}, {}, OLD, Harm.UNHARMED, False),
        # The host is hidden: it does not count as the source.
        ({}, {"host": None}, NO_DOUBTS, Harm.UNSEEN, False),
        ({"source": None, "destination": None}, {"host": None}, NO_DOUBTS, Harm.UNSEEN, False),
        ({}, {"host": None, "status": "ACTIVE"}, NO_DOUBTS, Harm.NONE, False),
        # Post-copy, and force complete, which may have been post-copy.
        ({"status": "failed"}, {"status": "ACTIVE"}, POST_COPY, Harm.LOST, False),
        ({}, {}, POST_COPY, Harm.LOST, False),
        ({}, {"power_state": 3}, POST_COPY, Harm.LOST, False),
        ({}, THERE, POST_COPY, Harm.SWITCHED, True),
        ({"status": "failed"}, {"status": "ACTIVE"}, FORCED, Harm.FORCED, False),
        ({}, {}, FORCED, Harm.FORCED, False),
        ({"status": "cancelled"}, {}, FORCED, Harm.UNHARMED, True),
        # Nothing to add.
        ({}, {"status": "ACTIVE"}, NO_DOUBTS, Harm.NONE, False),
        ({}, {"power_state": 4}, NO_DOUBTS, Harm.NONE, False),
        ({}, {"host": "compute-03"}, NO_DOUBTS, Harm.NONE, False),
        ({"type": "migration"}, {}, NO_DOUBTS, Harm.NONE, False),
        ({"type": "evacuation"}, THERE, NO_DOUBTS, Harm.NONE, False),
    ],
    ids=[
        "error",
        "failed",
        "cancelled",
        "switched",
        "switched and shut down",
        "switched and busy",
        "switched and active",
        "cancelled at the destination",
        "old Nova",
        "old Nova at the destination",
        "old Nova active at the destination",
        "no destination",
        "host hidden",
        "all hosts hidden",
        "host hidden and active",
        "post-copy failed",
        "post-copy error",
        "post-copy paused",
        "post-copy switched",
        "forced and failed",
        "forced and error",
        "forced and cancelled",
        "active",
        "shut down",
        "an unknown host",
        "cold",
        "evacuation",
    ],
)
def test_harm(migration, server, doubts, harm, reset):
    record, instance = replace(FAILED, **migration), replace(IN_ERROR, **server)
    assert harm_of(record, instance, doubts) is harm
    assert is_resettable(harm, instance, doubts) is reset


@pytest.mark.parametrize(
    "doubts", [NO_DOUBTS, OLD, POST_COPY, FORCED], ids=["no doubts", "old Nova", "post-copy", "forced"]
)
def test_deleted_instance_has_no_harm(doubts):
    assert harm_of(FAILED, None, doubts) is Harm.NONE
    assert not is_resettable(Harm.UNHARMED, None, doubts)


def action(name: str, second: int, user: str = "bob-id") -> InstanceAction:
    data = {"action": name, "request_id": f"req-{second}", "start_time": f"2026-11-22T12:00:{second:02}.000000"}
    return InstanceAction.from_api(data | {"user_id": user})


COPIED = InstanceAction(
    "live-migration",
    "req",
    FAILED.created_at,
    events=(Event("compute_live_migration", "Success", None, None, None, None),),
)


def test_aborted_migration_that_turns_to_error_names_who_aborted_it():
    """As recorded from Nova 34: cancelled, and a second later error; every event is a success."""
    reason = failure_reason(FAILED, COPIED, IN_ERROR, actions=[action(CANCEL, 41), action("live-migration", 0)])
    assert reason == FailureReason("aborted", host="compute-01", unharmed=True, user_id="bob-id")
    assert reason.can_reset


def test_late_abort_does_not_explain_a_failure_after_the_switch():
    there = replace(IN_ERROR, host="compute-02")
    reason = failure_reason(FAILED, COPIED, there, actions=[action(CANCEL, 41)])
    assert reason == FailureReason("copying", host="compute-01", harm="switched", resettable=True)


def test_novas_own_text_comes_before_the_abort():
    event = Event("compute_pre_live_migration", "Error", "compute-02", "No space left", None, None)
    reason = failure_reason(FAILED, replace(COPIED, events=(event,)), ACTIVE, actions=[action(CANCEL, 41)])
    assert (reason.code, reason.text) == ("message", "No space left")


@pytest.mark.parametrize(
    ("name", "second", "found"), [(CANCEL, 41, True), (CANCEL, 47, True), (CANCEL, 48, False), (FORCE, 41, False)]
)
def test_only_a_request_within_the_time_of_the_migration_counts(name, second, found):
    assert (requested(CANCEL, FAILED, [action(name, second)]) is not None) is found


def test_last_of_several_requests_counts():
    assert requested(CANCEL, FAILED, [action(CANCEL, 30, "a"), action(CANCEL, 40, "b")]).user_id == "b"


@pytest.mark.parametrize("harm", [one.value for one in Harm if one not in (Harm.NONE, Harm.UNHARMED)])
def test_no_retry_while_the_host_of_the_guest_is_unknown(harm):
    assert suggest_retry_kind(FAILED, FailureReason("copying", harm=harm)) is None


def test_earlier_migration_does_not_show_the_state_of_the_instance():
    reason = FailureReason("message", "no", "compute-01", unharmed=True, harm="lost", resettable=True)
    assert reason.without_state() == FailureReason("message", "no", "compute-01")
