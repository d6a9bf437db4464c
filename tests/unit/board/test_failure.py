# SPDX-License-Identifier: Apache-2.0
"""Why a migration failed: its request, its most specific error, and the state of the instance."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.models import Event, InstanceAction, Migration, Server
from migration_panel.board.failure import (
    FailureReason,
    failure_reason,
    find_request,
    is_unharmed,
    most_specific_error,
    suggest_retry_kind,
)
from tests.support.nova_answers import LISTED, SERVER

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=timezone.utc)
FAILED = Migration.from_api(LISTED | {"status": "error"})
CONDUCTOR = "conductor_live_migrate_instance"
AT_DESTINATION = "compute_check_can_live_migrate_destination"
AT_SOURCE = "compute_check_can_live_migrate_source"
COPY = "compute_live_migration"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def request(seconds: float | None, name: str = "live-migration") -> InstanceAction:
    """Return a request that was made ``seconds`` after the migration's record; its ID is this number."""
    return InstanceAction(name, f"{seconds}", None if seconds is None else at(seconds))


def event(name: str, details: str | None = None, result: str | None = "Error", ended: float | None = 0) -> Event:
    return Event(name, result, "compute-07", details, at(-1), None if ended is None else at(ended))


def action_with(*events: Event) -> InstanceAction:
    return InstanceAction("live-migration", "req-1", at(-1), events=events)


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        ([], None),
        ([-1], "-1"),
        ([0], "0"),
        ([-3600, -60, -1], "-1"),
        ([-1, -60, -3600], "-1"),
        ([-86400], "-86400"),
        ([3], "3"),
        ([5], "5"),
        ([5.1], None),
        ([60, -60], "-60"),
        # The clock of the service that writes the record is behind: only one request can be meant.
        ([2, -3600], "2"),
        # A second request, a moment after the refusal of the first.
        ([3, -0.2], "-0.2"),
        ([None], None),
        ([None, -4], "-4"),
    ],
    ids=[
        "no request",
        "just before",
        "same second",
        "in order",
        "in reverse order",
        "a day before",
        "clock ahead",
        "clock ahead by the limit",
        "clock ahead by more",
        "too late and before",
        "clock ahead and before",
        "second try",
        "no time",
        "no time and before",
    ],
)
def test_nearest_request_started_the_migration(seconds, found):
    action = find_request(FAILED, [request(one) for one in seconds])
    assert (action and action.request_id) == found


def test_quick_attempts_have_their_own_requests():
    requests = [request(seconds) for seconds in (4.4, 2.2, 0)]
    tries = [replace(FAILED, created_at=at(seconds)) for seconds in (4.6, 2.4, 0.2)]
    assert [find_request(one, requests).request_id for one in tries] == ["4.4", "2.2", "0"]


@pytest.mark.parametrize(
    ("migration_type", "name"),
    [
        ("live-migration", "live-migration"),
        ("migration", "migrate"),
        ("resize", "resize"),
        ("evacuation", "evacuate"),
        ("teleportation", None),
    ],
)
def test_request_has_the_same_kind(migration_type, name):
    names = ["live-migration", "migrate", "resize", "evacuate", "reboot", "live_migration_cancel", "teleportation"]
    action = find_request(replace(FAILED, type=migration_type), [request(-1, one) for one in names])
    assert (action and action.name) == name


def test_record_without_a_time_has_no_request():
    assert find_request(replace(FAILED, created_at=None), [request(-1)]) is None


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], None),
        ([event(AT_SOURCE, result="Success"), event(CONDUCTOR, result=None)], None),
        ([event(CONDUCTOR, "sum")], "sum"),
        ([event(CONDUCTOR, "sum"), event(AT_DESTINATION, "wrapped")], "wrapped"),
        ([event(AT_DESTINATION, "wrapped"), event(CONDUCTOR, "sum")], "wrapped"),
        ([event(CONDUCTOR, "sum"), event(AT_DESTINATION, "wrapped"), event(AT_SOURCE, "plain")], "plain"),
        ([event(AT_SOURCE, "plain", ended=-9), event(AT_DESTINATION, "wrapped")], "plain"),
        ([event(AT_SOURCE), event(CONDUCTOR, "sum")], "sum"),
        ([event(AT_SOURCE, ""), event(CONDUCTOR, "sum")], "sum"),
        ([event("conductor_migrate_server", "sum"), event("cold_migrate", "other sum", ended=1)], "other sum"),
        ([event("cold_migrate", "sum", ended=9), event("compute_finish_resize", "plain")], "plain"),
        ([event(AT_SOURCE, "stale", result="Success"), event(CONDUCTOR, "sum")], "sum"),
        ([event(AT_SOURCE, "stale", result=None), event(CONDUCTOR, "sum")], "sum"),
    ],
    ids=[
        "no event",
        "no error",
        "conductor",
        "destination after conductor",
        "destination before conductor",
        "source after destination",
        "source before destination",
        "source without text",
        "source with empty text",
        "last of two conductors",
        "compute over cold_migrate",
        "text of a success",
        "text without a result",
    ],
)
def test_most_specific_error_is_nearest_to_the_cause(events, expected):
    found = most_specific_error(events)
    assert (found and found.details) == expected


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("ended", [(1, 2), (-70, -60), (None, 5)], ids=["after", "before", "without a time"])
def test_last_of_several_errors_counts(ended, turned):
    events = [event(AT_DESTINATION, "first", ended=ended[0]), event(AT_DESTINATION, "last", ended=ended[1])]
    assert most_specific_error(reversed(events) if turned else events).details == "last"


def test_event_without_any_time_comes_before_all_others():
    timeless = replace(event(AT_SOURCE, "timeless", ended=None), started_at=None)
    assert most_specific_error([timeless, event(AT_SOURCE, "timed")]).details == "timed"
    assert most_specific_error([timeless]).details == "timeless"


REFUSED = (event(CONDUCTOR, "sum"), event(AT_SOURCE, "plain"))
HIDDEN = (event(CONDUCTOR), event(AT_SOURCE))
BEGUN = (event(COPY, result="Success"), event(CONDUCTOR, result="Success"))
MESSAGE = FailureReason("message", "plain", "compute-07")
HIDDEN_REASON = FailureReason("hidden", host="compute-07")
COPYING = FailureReason("copying", host="compute-01")
UNKNOWN = FailureReason("unknown", host="compute-01")


@pytest.mark.parametrize(
    ("migration_type", "events", "reason"),
    [
        ("live-migration", REFUSED, replace(MESSAGE, refused=True)),
        ("migration", (event("cold_migrate", "plain"),), replace(MESSAGE, refused=True)),
        ("live-migration", HIDDEN, HIDDEN_REASON),
        ("live-migration", BEGUN, COPYING),
        ("live-migration", (), UNKNOWN),
        ("live-migration", (event(CONDUCTOR, result=None),), UNKNOWN),
        # One host refused and the next host accepted: the refusal is no longer the reason.
        ("live-migration", (*BEGUN, event(AT_DESTINATION, "stale"), event(AT_SOURCE, "stale")), COPYING),
        ("live-migration", (*BEGUN, event(AT_DESTINATION)), COPYING),
        # The migration is queued, and fails before anything is copied.
        ("live-migration", (*BEGUN, event("compute_pre_live_migration", "plain")), MESSAGE),
        ("live-migration", (*BEGUN, event("compute_pre_live_migration")), HIDDEN_REASON),
        ("live-migration", (event(COPY, "plain"),), MESSAGE),
        ("migration", (event("compute_finish_resize", "plain"),), MESSAGE),
        ("migration", (event("compute_finish_resize"),), HIDDEN_REASON),
        ("migration", (event("compute_finish_resize", result="Success"),), UNKNOWN),
        ("migration", BEGUN, UNKNOWN),
        ("evacuation", (event("compute_rebuild_instance", "plain"),), MESSAGE),
    ],
    ids=[
        "refused",
        "no host",
        "hidden",
        "copying",
        "no event",
        "no error",
        "refused by another host",
        "hidden by another host",
        "failed in preparation",
        "hidden in preparation",
        "failed in the copy",
        "cold failed",
        "cold hidden",
        "cold without error",
        "cold with events of live",
        "evacuation failed",
    ],
)
def test_reason(migration_type, events, reason):
    assert failure_reason(replace(FAILED, type=migration_type), action_with(*events), None) == reason


@pytest.mark.parametrize(
    ("events", "code"),
    [(HIDDEN, "unknown"), (BEGUN, "copying"), ((*BEGUN, *HIDDEN), "copying")],
    ids=["hidden", "copying", "copying and hidden"],
)
def test_reason_is_not_hidden_before_2_84(events, code):
    assert failure_reason(FAILED, action_with(*events), None, details=False) == FailureReason(code, host="compute-01")


def test_reason_is_unknown_without_a_request():
    assert failure_reason(FAILED, None, None) == FailureReason("unknown", host="compute-01")


FLIPPED = Server.from_api(SERVER | {"status": "ERROR"})


@pytest.mark.parametrize("status", ["error", "failed", "cancelled"])
def test_instance_in_error_that_runs_at_its_source_is_unharmed(status):
    assert is_unharmed(replace(FAILED, status=status), FLIPPED)


@pytest.mark.parametrize("status", ["error", "failed", "cancelled"])
def test_instance_in_error_is_not_unharmed_when_its_host_is_hidden(status):
    assert not is_unharmed(replace(FAILED, status=status), replace(FLIPPED, host=None))


@pytest.mark.parametrize(
    "fact",
    [
        {"status": "ACTIVE"},
        {"status": "VERIFY_RESIZE"},
        {"power_state": 4},
        {"power_state": 3},
        {"power_state": 0},
        {"power_state": None},
        {"host": "compute-02"},
        {"task_state": "migrating"},
        {"task_state": "deleting"},
    ],
    ids=str,
)
def test_instance_is_not_unharmed_when_one_fact_differs(fact):
    assert not is_unharmed(FAILED, replace(FLIPPED, **fact))


@pytest.mark.parametrize("migration_type", ["migration", "resize", "evacuation", ""])
def test_only_a_live_migration_can_leave_the_instance_unharmed(migration_type):
    assert not is_unharmed(replace(FAILED, type=migration_type), FLIPPED)


def test_deleted_instance_is_not_unharmed():
    assert not is_unharmed(FAILED, None)


@pytest.mark.parametrize("events", [REFUSED, HIDDEN, BEGUN, ()], ids=["told", "hidden", "copying", "unknown"])
def test_every_reason_has_the_state_of_the_instance(events):
    assert failure_reason(FAILED, action_with(*events), FLIPPED).unharmed
    assert not failure_reason(FAILED, action_with(*events), replace(FLIPPED, status="ACTIVE")).unharmed


NOT_SHARED = FailureReason("message", "lab1 is not on shared storage: Shared storage live-migration requires …")
NOT_LOCAL = FailureReason(
    "message", "lab1 is not on local storage: Block migration can not be used with shared storage."
)


@pytest.mark.parametrize(
    ("migration_type", "reason", "kind"),
    [
        ("live-migration", None, "live"),
        ("live-migration", FailureReason("copying"), "live"),
        ("live-migration", FailureReason("message", "CPU doesn't have compatibility."), "live"),
        ("live-migration", NOT_SHARED, "live-block"),
        ("live-migration", NOT_LOCAL, "live"),
        ("migration", None, "cold"),
        ("migration", NOT_SHARED, "cold"),
        ("resize", None, None),
        ("evacuation", FailureReason("unknown"), None),
        ("teleportation", None, None),
    ],
    ids=[
        "no reason",
        "copying",
        "other message",
        "not shared",
        "not local",
        "cold",
        "cold not shared",
        "resize",
        "evacuation",
        "unknown type",
    ],
)
def test_retry_suggests_the_other_live_type_if_the_storage_did_not_fit(migration_type, reason, kind):
    assert suggest_retry_kind(replace(FAILED, type=migration_type), reason) == kind


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (None, "live-block"),
        (FailureReason("copying"), "live-block"),
        (FailureReason("message", "CPU doesn't have compatibility."), "live-block"),
        (NOT_SHARED, "live-block"),
        (NOT_LOCAL, "live"),
    ],
    ids=["no reason", "copying", "other message", "not shared", "not local"],
)
def test_retry_suggests_live_block_after_a_copied_disk_unless_the_storage_is_shared(reason, kind):
    assert suggest_retry_kind(FAILED, reason, block=True) == kind
