# SPDX-License-Identifier: Apache-2.0
"""Failure reasons in polls: when and with which calls they are requested, and when the row is sent again."""

from dataclasses import replace

import pytest
from django.core.cache import cache

from migration_panel.api.models import Migration
from migration_panel.board.cache import store_reasons
from migration_panel.board.cursor import Cursor
from migration_panel.board.failure import FailureReason
from migration_panel.board.lists import Query
from migration_panel.board.text import status_text
from migration_panel.exceptions import SessionExpired
from tests.support.board_migrations import (
    LIST,
    instance,
    list_migrations,
    migration_ids,
    name_all_instances,
    progress_answer,
    progress_path,
    record,
)
from tests.support.board_rows import read_feed
from tests.support.nova_answers import EVENT, LISTED, REQUEST, action, actions, fault, server, without_admin_fields
from tests.support.user_requests import nova_of

ACTIONS = "/v2.1/servers/*/os-instance-actions"
REQUESTED = f"{ACTIONS}/{REQUEST}"
MESSAGE = FailureReason("message", EVENT["details"], "compute-01", refused=True)
UNHARMED = replace(MESSAGE, unharmed=True)
LATER = "2026-11-22T12:00:43.000000"


@pytest.fixture
def cloud(fake_cloud):
    name_all_instances(fake_cloud)
    fake_cloud.on("GET", ACTIONS, json=actions({}))
    fake_cloud.on("GET", REQUESTED, json=action({}))
    return fake_cloud


def failed(number: int, **changes) -> dict:
    return record(number, status="error") | changes


async def poll(nova, feed=None):
    """Poll as a browser does; without a feed, request the first page."""
    return await read_feed(nova, Query(), Cursor.parse(feed.cursor.encode()) if feed and feed.cursor else None)


def reasons(feed) -> list:
    return [row.reason for row in feed.rows]


def reason_calls(cloud) -> list[str]:
    """Return the instances whose actions were requested since the last call."""
    found = sorted(call.path.split("/")[3] for call in cloud.made("GET", ACTIONS) if call.path.endswith("-actions"))
    cloud.forget()
    return found


async def test_poll_returns_the_reason(cloud):
    list_migrations(cloud, failed(2), record(1, status="completed"))
    nova = nova_of(cloud)
    assert reasons(await poll(nova)) == [MESSAGE, None]
    about = [f"GET /v2.1/servers/{instance(2)}{path}" for path in ("", "/os-instance-actions")]
    # The server is read once for the name and once for the reason: the two calls do not wait for each other.
    assert sorted(cloud.panel_calls) == sorted(
        [
            *[f"GET {LIST}"] * 2,
            f"GET /v2.1/servers/{instance(1)}",
            about[0],
            *about,
            f"{about[1]}/{REQUEST}",
        ]
    )


async def test_reasons_names_and_progress_are_requested_at_once(cloud):
    list_migrations(cloud, failed(4), failed(3), record(2), record(1, status="completed"))
    answers = {f"/v2.1/servers/{instance(number)}": server(name=f"vm-{number}") for number in range(1, 5)}
    answers[progress_path(2)] = progress_answer(2)
    # Four names, the progress of one copy, and the first call for two reasons.
    cloud.on("GET", "/v2.1/servers/*", json=lambda call: answers[call.path], together=7)
    cloud.on("GET", ACTIONS, json=actions({}), together=2)
    cloud.on("GET", REQUESTED, json=action({}), together=2)
    feed = await poll(nova_of(cloud))
    assert [row.name for row in feed.rows] == ["vm-4", "vm-3", "vm-2", "vm-1"]
    assert feed.rows[2].progress.percent == 25
    assert reasons(feed) == [MESSAGE, MESSAGE, None, None]


async def test_page_requests_no_reasons_and_shows_stored_reasons(cloud):
    list_migrations(cloud, failed(2), failed(1))
    nova = nova_of(cloud)
    known = Migration.from_api(LISTED | failed(1))
    await store_reasons(nova, [(known, MESSAGE)])
    feed = await read_feed(nova, Query(), figures=False)
    assert reasons(feed) == [None, MESSAGE]
    assert reason_calls(cloud) == []


async def test_first_poll_requests_unknown_reasons_only(cloud):
    list_migrations(cloud, failed(2), failed(1))
    nova = nova_of(cloud)
    await store_reasons(nova, [(Migration.from_api(LISTED | failed(1)), FailureReason("hidden"))])
    assert reasons(await poll(nova)) == [MESSAGE, FailureReason("hidden")]
    assert reason_calls(cloud) == [instance(2)]


async def test_poll_with_stored_reasons_costs_one_call(cloud):
    list_migrations(cloud, failed(2), failed(1), record(3, status="cancelled"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    cloud.forget()
    for _ in range(3):
        feed = await poll(nova, feed)
        assert migration_ids(feed) == []
    assert set(cloud.panel_calls) == {f"GET {LIST}"}


async def test_new_failure_has_its_reason_in_the_same_poll(cloud):
    list_migrations(cloud, record(1))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, failed(1, updated_at=LATER))
    feed = await poll(nova, feed)
    assert reasons(feed) == [MESSAGE]
    assert reason_calls(cloud) == [instance(1)]


async def test_reason_is_requested_again_after_a_second_end(cloud):
    list_migrations(cloud, failed(1, status="cancelled"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    assert reasons(feed) == [FailureReason("cancelled")]
    assert reason_calls(cloud) == []
    list_migrations(cloud, failed(1, updated_at=LATER))
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", json=server(status="ERROR"))
    cloud.on("GET", ACTIONS, json=actions({}))
    assert reasons(await poll(nova, feed)) == [UNHARMED]


@pytest.mark.parametrize(
    "status", ["queued", "preparing", "running", "completed", "finished", "confirmed", "reverted", "teleporting"]
)
async def test_what_has_not_failed_needs_no_reason(cloud, status):
    list_migrations(cloud, record(1, status=status))
    assert reasons(await poll(nova_of(cloud))) == [None]
    assert reason_calls(cloud) == []


@pytest.mark.parametrize("path", [f"/v2.1/servers/{instance(1)}", ACTIONS, REQUESTED])
@pytest.mark.parametrize("status", [400, 403, 409, 500, 503])
async def test_failed_reason_does_not_fail_the_poll_and_comes_later(cloud, path, status):
    list_migrations(cloud, failed(2), failed(1, instance_uuid=instance(1)))
    cloud.on("GET", path, status=status, json=fault("someFault", status, "not now"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    assert migration_ids(feed) == [2, 1]
    assert feed.rows[1].reason is None
    name_all_instances(cloud)
    cloud.on("GET", ACTIONS, json=actions({}))
    cloud.on("GET", REQUESTED, json=action({}))
    later = await poll(nova, feed)
    assert later.rows[-1].migration.id == 1
    assert set(reasons(later)) == {MESSAGE}


@pytest.mark.parametrize("path", [ACTIONS, REQUESTED])
async def test_session_that_expires_with_the_reasons_raises(cloud, path):
    list_migrations(cloud, failed(1))
    cloud.on("GET", path, status=401, json=fault("unauthorized", 401, "expired"))
    with pytest.raises(SessionExpired):
        await poll(nova_of(cloud))


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        ("error", [UNHARMED, MESSAGE]),
        ("cancelled", [FailureReason("cancelled", unharmed=True), MESSAGE]),
        ("completed", [None, MESSAGE]),
        ("running", [None, MESSAGE]),
    ],
    ids=["failed again", "cancelled", "completed", "running"],
)
async def test_only_the_newest_of_an_instance_may_be_unharmed(cloud, newer, expected):
    list_migrations(cloud, failed(2, instance_uuid=instance(1), status=newer), failed(1))
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", json=server(status="ERROR"))
    feed = await poll(nova_of(cloud))
    assert reasons(feed) == expected
    fitting = [[one.slug for one in row.available if one.repair] for row in feed.rows]
    assert fitting == [["reset-state"] if why and why.unharmed else [] for why in expected]


async def test_reset_instance_is_shown_when_the_reason_is_requested_again(cloud):
    list_migrations(cloud, failed(1))
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", json=server(status="ERROR"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    assert reasons(feed) == [UNHARMED]
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", json=server())
    assert reasons(await poll(nova, feed)) == []
    cache.clear()
    assert reasons(await poll(nova, feed)) == [MESSAGE]


@pytest.mark.parametrize("admin_first", [True, False])
async def test_each_scope_has_its_own_reasons(cloud, admin_first):
    list_migrations(cloud, failed(1))

    def answer(call):
        return action({}) if call.headers["x-auth-token"] == "admins" else without_admin_fields(action({}))

    cloud.on("GET", REQUESTED, json=answer)
    views = {
        "admins": (nova_of(cloud, token="admins", roles=("admin",)), MESSAGE),
        "managers": (nova_of(cloud, token="managers", roles=("manager",)), FailureReason("hidden")),
    }
    for name in sorted(views, reverse=not admin_first):
        nova, found = views[name]
        assert reasons(await poll(nova)) == [found]
        assert reasons(await read_feed(nova, Query(), figures=False)) == [found]


async def test_post_copy_is_stored_beyond_the_end_of_the_migration(cloud):
    """Nova's record does not show post-copy: the failure would seem to have left the guest on the source."""
    list_migrations(cloud, record(1, status="running (post-copy)"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    cloud.on("GET", ACTIONS, json=actions({"action": "live_migration_force_complete"}, {}))
    cloud.on("GET", REQUESTED, json=action({"event": "compute_live_migration", "result": "Success"}))
    list_migrations(cloud, record(1, status="failed", updated_at=LATER))
    [row] = (await poll(nova, feed)).rows
    assert row.reason.harm == "lost"
    assert status_text(row) == "Failed in post-copy"
    assert "stayed on" not in status_text(row)
    assert row.available == ()
