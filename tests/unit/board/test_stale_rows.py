# SPDX-License-Identifier: Apache-2.0
"""Rows of records that Nova will never close, and of instances that are deleted."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from migration_panel.board.cursor import Cursor
from migration_panel.board.failure_text import reason_text
from migration_panel.board.lists import Query
from migration_panel.board.status import Section
from migration_panel.board.text import status_text
from tests.support.board_migrations import (
    instance,
    list_migrations,
    name_all_instances,
    progress_answer,
    progress_path,
    record,
    take_calls,
)
from tests.support.board_rows import read_feed
from tests.support.nova_answers import fault, server
from tests.support.user_requests import nova_of

LONG_AGO = {"created_at": "2026-08-20T12:00:00.000000", "updated_at": "2026-08-20T12:00:00.000000"}
COLD = {"migration_type": "migration"}
UNRECORDED = "Nova's record has not changed since 2026-08-20 12:00:00 UTC, and the instance has no task in progress."


@pytest.fixture
def cloud(fake_cloud):
    return name_all_instances(fake_cloud)


def serve_deleted(cloud, number: int) -> None:
    cloud.on("GET", f"/v2.1/servers/{instance(number)}", status=404, json=fault("itemNotFound", 404, "gone"))


def serve_instance(cloud, number: int, **changes) -> None:
    cloud.on("GET", f"/v2.1/servers/{instance(number)}", json=server(**changes))


async def row_of(cloud, query=None, **user):
    feed = await read_feed(nova_of(cloud, **user), query or Query())
    [row] = feed.rows
    return feed, row


@pytest.mark.parametrize("status", ["pre-migrating", "migrating", "post-migrating", "confirming", "finished"])
async def test_open_record_of_a_deleted_instance_counts_as_finished(cloud, status):
    list_migrations(cloud, record(1, status=status, **COLD, **LONG_AGO))
    serve_deleted(cloud, 1)
    feed, row = await row_of(cloud)
    assert (row.section, row.phase.value, row.available, feed.moving) == (Section.HISTORY, "cancelled", (), False)
    assert (status_text(row), reason_text(row)) == ("Instance deleted", "The instance was deleted.")
    found = row.as_json(reason_text(row))
    assert (found["status"], found["phase"], found["actions"]) == (status, "cancelled", [])


async def test_open_live_record_of_a_deleted_instance_is_not_followed(cloud):
    list_migrations(cloud, record(1, **LONG_AGO))
    serve_deleted(cloud, 1)
    feed, row = await row_of(cloud)
    assert (feed.moving, feed.cursor.followed, feed.cursor.moving) == (False, (), ())
    assert row.available == ()


async def test_deletion_is_not_shown_to_a_reader_who_does_not_see_all(cloud):
    list_migrations(cloud, record(1, status="migrating", **COLD, **LONG_AGO))
    serve_deleted(cloud, 1)
    _feed, row = await row_of(cloud, sees_hosts=False)
    assert (status_text(row), reason_text(row)) == ("Instance not found", "Nova did not find the instance.")


async def test_migration_of_another_projects_instance_stays_in_progress(cloud):
    """Nova did not find the instance for a reader who does not see every project."""
    list_migrations(cloud, record(1, status="migrating", **COLD))
    serve_deleted(cloud, 1)
    feed, row = await row_of(cloud, sees_hosts=False)
    assert (row.section, row.phase.value, feed.moving) == (Section.IN_PROGRESS, "running", True)


@pytest.mark.parametrize(
    ("host", "phase", "words", "reason"),
    [
        (
            "compute-01",
            "failed",
            "No longer in progress",
            UNRECORDED,
        ),
        (
            "compute-02",
            "done",
            "The instance is on compute-02",
            UNRECORDED,
        ),
    ],
    ids=["at the source", "at the destination"],
)
async def test_open_record_of_an_instance_at_rest_counts_as_finished(cloud, host, phase, words, reason):
    list_migrations(cloud, record(1, status="running", **LONG_AGO))
    serve_instance(cloud, 1, **{"OS-EXT-SRV-ATTR:host": host})
    feed, row = await row_of(cloud)
    assert (row.section, row.phase.value, row.available, feed.moving) == (Section.HISTORY, phase, (), False)
    assert (status_text(row), reason_text(row)) == (words, reason)


@pytest.mark.parametrize(
    ("record_changes", "server_changes"),
    [
        ({"status": "queued"}, {"OS-EXT-STS:task_state": "migrating"}),
        ({"status": "migrating", **COLD}, {"OS-EXT-STS:task_state": "resize_migrating"}),
        ({"status": "finished", **COLD}, {"OS-EXT-STS:vm_state": "resized", "status": "VERIFY_RESIZE"}),
        ({"status": "running"}, {"status": "UNKNOWN", "OS-EXT-STS:vm_state": None}),
    ],
    ids=["queue", "large disk", "unconfirmed", "cell down"],
)
async def test_old_record_of_a_busy_instance_is_trusted(cloud, record_changes, server_changes):
    list_migrations(cloud, record(1, **record_changes, **LONG_AGO))
    serve_instance(cloud, 1, **server_changes)
    _feed, row = await row_of(cloud)
    assert row.stale is None
    assert row.section in (Section.IN_PROGRESS, Section.NEEDS_ATTENTION)


async def test_record_that_nova_still_updates_is_trusted(cloud):
    list_migrations(cloud, record(1, updated_at="2026-11-22T10:00:00.000000"))
    cloud.on("GET", progress_path(1), json=progress_answer(1, updated_at="2026-11-22T12:00:58.000000"))
    _feed, row = await row_of(cloud)
    assert row.stale is None


async def test_old_records_cost_no_extra_calls(cloud):
    list_migrations(cloud, *(record(number, status="queued", **LONG_AGO) for number in range(20)))
    await read_feed(nova_of(cloud), Query())
    assert len(take_calls(cloud)) == 2 + 20


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("failed", "Failed, the instance was deleted later"),
        ("error", "Failed, the instance was deleted later"),
        ("cancelled", "Aborted, the instance was deleted later"),
        ("completed", "Completed in 42 s"),
    ],
)
async def test_status_of_a_deleted_instance_names_no_host(cloud, status, words):
    list_migrations(cloud, record(1, status=status))
    serve_deleted(cloud, 1)
    _feed, row = await row_of(cloud)
    assert status_text(row) == words
    assert (row.section, row.retry_kind) == (Section.HISTORY, None)


async def test_completed_migration_of_an_instance_still_at_the_source_needs_attention(cloud, clock_of_the_board):
    list_migrations(cloud, record(1, status="completed"))
    clock_of_the_board(timedelta(minutes=10))
    _feed, row = await row_of(cloud)
    assert (row.section, row.phase.value) == (Section.NEEDS_ATTENTION, "done")
    assert status_text(row) == "Completed, but check the instance"
    assert reason_text(row).startswith(
        "Nova still lists the instance on compute-01, although the migration to compute-02"
    )
    assert "Do not reset the state." in reason_text(row)
    assert "check for the guest on compute-02" in reason_text(row)


async def test_completed_migration_is_trusted_right_after_its_end(cloud):
    list_migrations(cloud, record(1, status="completed", updated_at="2026-11-22T12:00:58.000000"))
    _feed, row = await row_of(cloud)
    assert not row.left_at_source


async def test_clock_of_horizon_that_is_ahead_leaves_no_instance_at_the_source(cloud, clock_of_the_board):
    """The instance was looked up while it was copied; its migration is completed since."""
    cloud.ahead = -300
    begun = {"created_at": "2026-11-22T11:55:30.000000"}
    list_migrations(cloud, record(1, status="running", updated_at="2026-11-22T11:55:50.000000", **begun))
    await row_of(cloud)
    list_migrations(cloud, record(1, status="completed", updated_at="2026-11-22T11:56:05.000000", **begun))
    _feed, row = await row_of(cloud)
    assert not row.left_at_source


async def test_completed_migration_of_a_project_is_trusted(cloud, clock_of_the_board):
    """Nova does not list later migrations by others to the project."""
    cloud.on("GET", "/v2.1/servers/detail", json={"servers": []})
    list_migrations(cloud, record(1, status="completed"))
    clock_of_the_board(timedelta(minutes=10))
    _feed, row = await row_of(cloud, Query(project_id="demo-id"))
    assert not row.left_at_source


async def test_instance_that_was_moved_back_is_not_left_at_the_source(cloud, clock_of_the_board):
    back = {"source_compute": "compute-02", "dest_compute": "compute-01", "created_at": "2026-11-22T12:02:00.000000"}
    list_migrations(
        cloud, record(2, status="completed", instance_uuid=instance(1), **back), record(1, status="completed")
    )
    clock_of_the_board(timedelta(minutes=10))
    feed = await read_feed(nova_of(cloud), Query())
    assert [row.left_at_source for row in feed.rows] == [False, False]


async def test_row_of_an_instance_deleted_meanwhile_ends_without_a_cursor(cloud, clock_of_the_board):
    list_migrations(cloud, record(1, status="migrating", **COLD))
    nova = nova_of(cloud)
    feed = await read_feed(nova, Query())
    assert feed.moving
    serve_deleted(cloud, 1)
    list_migrations(cloud)
    clock_of_the_board(timedelta(minutes=90))
    feed = await read_feed(nova, Query(), Cursor.parse(feed.cursor.encode()))
    assert feed.partial
    # The name has expired by then.
    cache.clear()
    list_migrations(cloud, record(1, status="migrating", **COLD))
    feed = await read_feed(nova, Query())
    assert [status_text(row) for row in feed.rows] == ["Instance deleted"]
    assert not feed.moving
