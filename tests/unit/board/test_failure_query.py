# SPDX-License-Identifier: Apache-2.0
"""Failure reasons: their cost in calls, how long they are stored, and which users share them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async

from migration_panel import clock
from migration_panel.api.models import Migration
from migration_panel.board import cache
from migration_panel.board.cache import remove_reason, store_post_copy, store_reasons, stored_reasons
from migration_panel.board.failure import FailureReason, needs_reason
from migration_panel.board.failure_query import fetch_reason_or_none
from migration_panel.board.status import PHASES, Phase
from migration_panel.cache import Shelf
from migration_panel.exceptions import SessionExpired
from tests.support.nova_answers import (
    EVENT,
    INSTANCE,
    LISTED,
    REQUEST,
    action,
    actions,
    fault,
    server,
    without_admin_fields,
)
from tests.support.user_requests import nova_of

SERVER = f"/v2.1/servers/{INSTANCE}"
ACTIONS = f"{SERVER}/os-instance-actions"
REQUESTED = f"{ACTIONS}/{REQUEST}"
FAILED = Migration.from_api(LISTED | {"status": "error"})
COLD = replace(FAILED, type="migration")
CANCELLED = replace(FAILED, status="cancelled")
MESSAGE = FailureReason("message", EVENT["details"], "compute-01", refused=True)
ADMIN = {"roles": ("admin",)}
MANAGER = {"roles": ("manager", "member")}


@pytest.fixture
def cloud(fake_cloud):
    """A cloud with a failed migration, refused by the check at its source."""
    fake_cloud.on("GET", SERVER, json=server())
    fake_cloud.on("GET", ACTIONS, json=actions({}, {"action": "create", "request_id": "req-0"}))
    fake_cloud.on("GET", REQUESTED, json=action({}))
    return fake_cloud


@pytest.mark.parametrize("status", [*PHASES, "teleporting"])
def test_failed_and_cancelled_migrations_need_a_reason(status):
    assert needs_reason(replace(FAILED, status=status)) is (PHASES.get(status) in (Phase.FAILED, Phase.CANCELLED))


@pytest.mark.parametrize(
    ("migration", "calls"),
    [
        (FAILED, [SERVER, ACTIONS, REQUESTED]),
        (COLD, [ACTIONS]),
        (replace(FAILED, type="evacuation"), [ACTIONS]),
        (CANCELLED, [SERVER]),
        (replace(CANCELLED, type="migration"), []),
    ],
    ids=["live", "cold without a request", "evacuation without a request", "cancelled", "cold cancelled"],
)
def test_reason_costs_no_more_calls_than_needed(cloud, migration, calls):
    fetch_reason_or_none(nova_of(cloud), migration)
    assert cloud.panel_calls == [f"GET {path}" for path in calls]


def test_reason_has_the_id_of_the_request(cloud):
    assert fetch_reason_or_none(nova_of(cloud), FAILED).request_id == REQUEST


def test_reason_of_a_cold_migration_needs_no_server(cloud):
    cloud.on("GET", ACTIONS, json=actions({"action": "migrate"}))
    cloud.on("GET", REQUESTED, json=action({"event": "compute_finish_resize", "details": "no"}, action="migrate"))
    assert fetch_reason_or_none(nova_of(cloud), COLD) == FailureReason("message", "no", "compute-01")
    assert cloud.panel_calls == [f"GET {ACTIONS}", f"GET {REQUESTED}"]


@pytest.mark.parametrize(
    ("version", "answer", "reason"),
    [
        ("", action({}), MESSAGE),
        ("2.84", action({}), MESSAGE),
        ("2.83", without_admin_fields(action({})), FailureReason("unknown", host="compute-01")),
        ("", without_admin_fields(action({})), FailureReason("hidden")),
        (
            "",
            action({"event": "compute_live_migration", "result": "Success"}),
            FailureReason("copying", host="compute-01"),
        ),
        ("", action(), FailureReason("unknown", host="compute-01")),
    ],
    ids=["told", "2.84", "2.83", "hidden", "copying", "no event"],
)
def test_reason(cloud, version, answer, reason):
    cloud.on("GET", REQUESTED, json=answer)
    assert fetch_reason_or_none(nova_of(cloud, version), FAILED) == reason


def test_cancelled_migration_needs_no_reason(cloud):
    assert fetch_reason_or_none(nova_of(cloud), CANCELLED) == FailureReason("cancelled")


@pytest.mark.parametrize("migration", [FAILED, CANCELLED], ids=["failed", "cancelled"])
def test_reason_has_an_unharmed_instance(cloud, migration):
    cloud.on("GET", SERVER, json=server(status="ERROR"))
    assert fetch_reason_or_none(nova_of(cloud), migration).unharmed


def test_deleted_instance_keeps_its_reason(cloud):
    cloud.on("GET", SERVER, status=404, json=fault("itemNotFound", 404, "gone"))
    assert fetch_reason_or_none(nova_of(cloud), FAILED) == MESSAGE
    assert fetch_reason_or_none(nova_of(cloud), CANCELLED) == FailureReason("cancelled")


@pytest.mark.parametrize("path", [ACTIONS, REQUESTED], ids=["actions", "request"])
def test_reason_is_unknown_without_actions(cloud, path):
    cloud.on("GET", path, status=404, json=fault("itemNotFound", 404, "gone"))
    assert fetch_reason_or_none(nova_of(cloud), FAILED) == FailureReason("unknown")


@pytest.mark.parametrize("path", [SERVER, ACTIONS, REQUESTED], ids=["server", "actions", "request"])
@pytest.mark.parametrize("status", [400, 403, 409, 429, 500, 503])
def test_reason_is_none_while_nova_does_not_answer(cloud, path, status):
    cloud.on("GET", path, status=status, json=fault("someFault", status, "not now"))
    assert fetch_reason_or_none(nova_of(cloud), FAILED) is None


@pytest.mark.parametrize("path", [SERVER, ACTIONS, REQUESTED], ids=["server", "actions", "request"])
def test_expired_session_raises(cloud, path):
    nova = nova_of(cloud)
    cloud.on("GET", path, status=401, json=fault("unauthorized", 401, "expired"))
    with pytest.raises(SessionExpired):
        fetch_reason_or_none(nova, FAILED)


async def test_stored_reasons_cost_no_call(cloud):
    nova = nova_of(cloud)
    for reason in (
        MESSAGE,
        FailureReason("hidden"),
        FailureReason("copying", host="c", unharmed=True),
        FailureReason("cancelled", unharmed=True),
    ):
        assert await store_reasons(nova, [(FAILED, reason)]) == {FAILED.uuid: reason}
        assert await stored_reasons(nova, [FAILED, COLD]) == {FAILED.uuid: reason}
    assert cloud.calls == []


async def test_missing_answer_is_not_stored(cloud):
    nova, other = nova_of(cloud), replace(FAILED, uuid="other")
    assert await store_reasons(nova, [(FAILED, None), (other, MESSAGE)]) == {"other": MESSAGE}
    assert await stored_reasons(nova, [FAILED, other]) == {"other": MESSAGE}


async def test_empty_lists_need_no_cache(cloud):
    nova = nova_of(cloud)
    assert await store_reasons(nova, []) == {}
    assert await stored_reasons(nova, []) == {}
    await store_reasons(nova, [(FAILED, MESSAGE)])
    assert await stored_reasons(nova, [replace(FAILED, status="completed")]) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"updated_at": FAILED.updated_at + timedelta(seconds=1)},
        {"updated_at": None},
        {"updated_at": None, "created_at": None},
        {"status": "failed"},
        {"uuid": "other"},
    ],
    ids=str,
)
async def test_reason_of_a_changed_migration_is_not_stored(cloud, change):
    nova = nova_of(cloud)
    await store_reasons(nova, [(FAILED, MESSAGE)])
    assert await stored_reasons(nova, [replace(FAILED, **change)]) == {}


@pytest.mark.parametrize(
    "other",
    [{"project_id": "other-id"}, MANAGER, {"roles": ("admin", "member")}, {"roles": ()}],
    ids=["project", "manager", "one role more", "no roles"],
)
async def test_other_scopes_have_other_entries(cloud, other):
    await store_reasons(nova_of(cloud, **ADMIN), [(FAILED, MESSAGE)])
    assert await stored_reasons(nova_of(cloud, **other), [FAILED]) == {}


async def test_another_user_with_the_same_rights_shares_the_entry(cloud):
    await store_reasons(nova_of(cloud, token="alice", **MANAGER), [(FAILED, MESSAGE)])
    assert await stored_reasons(nova_of(cloud, token="bob", **MANAGER), [FAILED]) == {FAILED.uuid: MESSAGE}


async def test_scopes_do_not_overwrite_each_other(cloud):
    admin, manager = nova_of(cloud, **ADMIN), nova_of(cloud, **MANAGER)
    await store_reasons(admin, [(FAILED, MESSAGE)])
    await store_reasons(manager, [(FAILED, FailureReason("hidden"))])
    assert await stored_reasons(admin, [FAILED]) == {FAILED.uuid: MESSAGE}
    assert await stored_reasons(manager, [FAILED]) == {FAILED.uuid: FailureReason("hidden")}


SHORT, LONG = 4, 24 * 3600


@pytest.mark.parametrize(
    ("ago", "reason", "seconds"),
    [
        (1, MESSAGE, SHORT),
        (50, MESSAGE, SHORT),
        (70, MESSAGE, LONG),
        (86400, FailureReason("cancelled"), LONG),
        (None, MESSAGE, SHORT),
        # The clock of the service that wrote the record is ahead of ours.
        (-30, MESSAGE, SHORT),
        # The instance may be repaired at any time, which the record of the migration does not show.
        (70, replace(MESSAGE, unharmed=True), SHORT),
        (86400, FailureReason("cancelled", unharmed=True), SHORT),
    ],
    ids=[
        "just now",
        "within the overlap",
        "after the overlap",
        "cancelled a day ago",
        "no time",
        "clock ahead",
        "unharmed",
        "cancelled and unharmed",
    ],
)
async def test_only_settled_reasons_are_stored_for_long(cloud, monkeypatch, ago, reason, seconds):
    kept = []
    monkeypatch.setattr(Shelf, "put", lambda self, values, seconds: kept.append(seconds) if values else None)
    changed = None if ago is None else clock.now() - timedelta(seconds=ago)
    await store_reasons(nova_of(cloud), [(replace(FAILED, created_at=None, updated_at=changed), reason)])
    assert kept == [seconds]


async def test_removed_reason_is_not_returned(cloud):
    nova, other = nova_of(cloud), replace(FAILED, uuid="other")
    await store_reasons(nova, [(FAILED, MESSAGE), (other, MESSAGE)])
    await sync_to_async(remove_reason)(nova, FAILED)
    assert await stored_reasons(nova, [FAILED, other]) == {"other": MESSAGE}


CANCEL = {"action": "live_migration_cancel", "start_time": "2026-11-22T12:00:41.000000", "user_id": "bob-id"}
FORCE = CANCEL | {"action": "live_migration_force_complete"}
COPIED = action({"event": "compute_live_migration", "result": "Success", "details": None})
IN_ERROR = server(status="ERROR")


def test_abort_that_nova_turned_into_an_error_is_found_in_its_actions(cloud):
    """As recorded with Nova 34: status error, every event a success, and the guest is still running on the source."""
    cloud.on("GET", SERVER, json=IN_ERROR)
    cloud.on("GET", ACTIONS, json=actions(CANCEL, {}))
    cloud.on("GET", REQUESTED, json=COPIED)
    assert fetch_reason_or_none(nova_of(cloud), FAILED) == FailureReason(
        "aborted", host="compute-01", unharmed=True, user_id="bob-id"
    )


@pytest.mark.parametrize(
    ("version", "changes", "unharmed", "harm", "mendable"),
    [
        ("2.94", {}, True, "", True),
        ("2.93", {}, False, "uncertain", False),
        ("2.60", {}, False, "uncertain", False),
        ("2.94", {"OS-EXT-SRV-ATTR:host": "compute-02"}, False, "switched", True),
        ("2.93", {"OS-EXT-SRV-ATTR:host": "compute-02"}, False, "uncertain", False),
        ("2.94", {"OS-EXT-SRV-ATTR:host": None}, False, "unseen", False),
    ],
    ids=[
        "at the source",
        "older Nova",
        "oldest Nova",
        "at the destination",
        "older Nova at the destination",
        "host hidden",
    ],
)
def test_state_can_be_reset_only_when_novas_host_can_be_trusted(cloud, version, changes, unharmed, harm, mendable):
    cloud.on("GET", SERVER, json=server(status="ERROR", **changes))
    cloud.on("GET", REQUESTED, json=COPIED)
    reason = fetch_reason_or_none(nova_of(cloud, version), FAILED)
    assert (reason.unharmed, reason.harm, reason.can_reset) == (unharmed, harm, mendable)


def test_failure_after_force_complete_is_not_unharmed(cloud):
    cloud.on("GET", SERVER, json=IN_ERROR)
    cloud.on("GET", ACTIONS, json=actions(FORCE, {}))
    cloud.on("GET", REQUESTED, json=COPIED)
    reason = fetch_reason_or_none(nova_of(cloud), FAILED)
    assert (reason.harm, reason.can_reset) == ("forced", False)


@pytest.mark.parametrize("status", ["failed", "error"])
def test_failure_of_a_migration_that_was_seen_in_post_copy_loses_the_guest(cloud, status):
    store_post_copy([replace(FAILED, status="running (post-copy)"), replace(FAILED, uuid="other")])
    cloud.on("GET", REQUESTED, json=COPIED)
    assert fetch_reason_or_none(nova_of(cloud), replace(FAILED, status=status)).harm == "lost"
    assert fetch_reason_or_none(nova_of(cloud), replace(FAILED, uuid="other")).harm == ""


@pytest.mark.parametrize("harm", ["switched", "uncertain", "unseen", "forced", "lost"])
async def test_state_of_the_instance_is_stored_only_briefly(cloud, harm, settings, monkeypatch):
    monkeypatch.setattr(cache, "REASON_KEPT_BRIEFLY", 0)
    nova = nova_of(cloud)
    await store_reasons(nova, [(FAILED, FailureReason("copying", harm=harm))])
    assert await stored_reasons(nova, [FAILED]) == {}
