# SPDX-License-Identifier: Apache-2.0
"""A requested action is in the next poll, and again when it is overdue."""

from datetime import datetime, timezone

import pytest

from migration_panel.board.actions import ABORT, FORCE_COMPLETE
from migration_panel.board.cache import store_action
from migration_panel.board.cursor import Cursor
from migration_panel.board.lists import Query
from tests.support.board_migrations import (
    list_migrations,
    migration,
    migration_ids,
    name_all_instances,
    progress_answer,
    progress_path,
    record,
)
from tests.support.board_rows import read_feed
from tests.support.user_requests import nova_of


@pytest.fixture
def cloud(fake_cloud):
    """A cloud with a migration that runs and makes no progress."""
    name_all_instances(fake_cloud)
    list_migrations(fake_cloud, record(1))
    fake_cloud.on("GET", progress_path(1), json=progress_answer(1))
    return fake_cloud


@pytest.fixture
def poll(cloud):
    """Poll as a browser does: the cursor is encoded and parsed."""
    nova, cursor = nova_of(cloud), ""

    async def one_more():
        nonlocal cursor
        feed = await read_feed(nova, Query(), Cursor.parse(cursor))
        cursor = feed.cursor.encode()
        return feed

    return one_more


def request_action(action) -> None:
    store_action(migration(1), action, datetime.now(timezone.utc))


async def test_row_of_a_requested_action_is_sent_once(poll):
    assert [row.pending for row in (await poll()).rows] == [None]
    assert migration_ids(await poll()) == []
    request_action(ABORT)
    assert [row.pending.action for row in (await poll()).rows] == ["abort"]
    assert migration_ids(await poll()) == []


async def test_row_is_sent_again_when_the_action_is_overdue(poll, settings):
    await poll()
    request_action(FORCE_COMPLETE)
    assert [row.pending.overdue for row in (await poll()).rows] == [False]
    settings.MIGRATION_PANEL = {"PATIENCE": 1e-6}
    assert [row.pending.overdue for row in (await poll()).rows] == [True]
    assert migration_ids(await poll()) == []


async def test_row_is_sent_again_after_another_action(poll):
    await poll()
    request_action(FORCE_COMPLETE)
    await poll()
    request_action(ABORT)
    assert [row.pending.action for row in (await poll()).rows] == ["abort"]


async def test_pending_action_is_dropped_at_the_end(cloud, poll):
    request_action(ABORT)
    await poll()
    cloud.on("GET", progress_path(1), json={"migrations": []})
    list_migrations(cloud, record(1, status="cancelled"))
    assert [(row.migration.status, row.pending) for row in (await poll()).rows] == [("cancelled", None)]
