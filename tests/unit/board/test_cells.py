# SPDX-License-Identifier: Apache-2.0
"""A cloud with several cells: integer IDs overlap, and a cell may be unreachable for a while."""

from datetime import timedelta

import pytest

from migration_panel.board.cursor import DEEP_EVERY, Cursor, short_name
from migration_panel.board.lists import Query
from tests.support.board_migrations import (
    NOON,
    instance,
    list_migrations,
    migration,
    name_all_instances,
    record,
    take_calls,
)
from tests.support.board_rows import read_feed
from tests.support.nova_answers import LISTED
from tests.support.user_requests import nova_of

DONE = {"status": "completed"}
DEEP = timedelta(seconds=DEEP_EVERY)


@pytest.fixture
def cloud(fake_cloud):
    return name_all_instances(fake_cloud)


def at(minutes: float) -> str:
    return (NOON + timedelta(minutes=minutes)).isoformat()


def record_at(number: int, minutes: float, **changes) -> dict:
    """Return a record that was created and changed ``minutes`` after noon."""
    return record(number, created_at=at(minutes), updated_at=at(minutes), **changes)


def uuids(feed) -> list[str]:
    return [row.migration.uuid for row in feed.rows]


async def poll(nova, feed=None):
    cursor = Cursor.parse(feed.cursor.encode()) if feed and feed.cursor and not feed.partial else None
    return await read_feed(nova, Query(), cursor)


async def test_new_cell_with_small_ids_is_on_the_first_page(cloud):
    old = [record_at(9000 + number, -600 + number, **DONE) for number in range(60)]
    new = [record_at(50 + number, -3 + number, **DONE) for number in range(3)]
    list_migrations(cloud, *reversed(new), *reversed(old))
    feed = await read_feed(nova_of(cloud), Query(limit=20))
    assert [row.migration.id for row in feed.rows[:4]] == [52, 51, 50, 9059]
    assert len(feed.rows) == 20


async def test_same_id_in_two_cells_ends_only_one_migration(cloud):
    moves = {"migration_type": "migration", "status": "migrating"}
    here, there = record_at(57, -2, **moves), record_at(58, -1, **moves) | {"id": 57}
    list_migrations(cloud, there, here)
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, here | {"status": "finished", "updated_at": at(0)})
    feed = await poll(nova, feed)
    assert feed.moving
    assert feed.cursor.moving == (short_name(migration(58)),)


async def test_last_migration_of_an_instance_is_the_last_by_time(cloud):
    """After a migration between cells, the earlier record has the larger ID."""
    failed = record_at(9001, -30, status="error", instance_uuid=instance(1))
    again = record_at(5, -10, instance_uuid=instance(1), **DONE)
    list_migrations(cloud, again, failed)
    feed = await read_feed(nova_of(cloud), Query())
    assert [(row.migration.id, row.newest) for row in feed.rows] == [(5, True), (9001, False)]


async def test_poll_looks_back_an_hour_now_and_then_in_one_call(cloud, clock_of_the_board):
    list_migrations(cloud, record_at(1, 0, **DONE))
    nova = nova_of(cloud)
    feed = await poll(nova)
    sent = []
    for _ in range(4):
        cloud.forget()
        feed = await poll(nova, feed)
        sent += [call.query["changes-since"] for call in cloud.calls]
        clock_of_the_board(DEEP / 2)
    ordinary, deep = "2026-11-22T11:59:00Z", "2026-11-22T10:59:00Z"
    assert sent == [ordinary, ordinary, deep, ordinary]


async def test_change_in_a_cell_that_came_back_is_returned(cloud, clock_of_the_board):
    """While the cell was unreachable, changes in other cells have advanced the cursor past the change."""
    list_migrations(cloud, record_at(1, -20), record_at(2, 0, **DONE))
    nova = nova_of(cloud)
    feed = await poll(nova)
    back = record_at(1, -20, status="completed") | {"updated_at": at(-10)}

    def changed(call):
        records = [record_at(2, 0, **DONE)]
        return {"migrations": answers_since(call.query["changes-since"], [back, *records])}

    cloud.on("GET", "/v2.1/os-migrations", json=changed)
    feed = await poll(nova, feed)
    assert uuids(feed) == []
    clock_of_the_board(DEEP)
    feed = await poll(nova, feed)
    assert migration(1) in uuids(feed)
    assert not feed.moving


def answers_since(since: str, records: list[dict]) -> list[dict]:
    return [LISTED | one for one in records if one["updated_at"][:19] >= since[:19]]


async def test_unchanged_record_makes_the_poller_start_again(cloud, clock_of_the_board):
    moves = {"migration_type": "migration", "status": "migrating"}
    list_migrations(cloud, record_at(1, -5, **moves))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record_at(2, 0, **DONE))
    feed = await poll(nova, feed)
    assert (feed.moving, feed.partial) == (True, False)
    clock_of_the_board(DEEP)
    feed = await poll(nova, feed)
    assert feed.partial


async def test_poll_that_looks_back_requests_no_known_names(cloud, clock_of_the_board):
    list_migrations(cloud, *(record_at(number, -number, **DONE) for number in range(20)))
    nova = nova_of(cloud)
    feed = await poll(nova)
    clock_of_the_board(DEEP)
    cloud.forget()
    await poll(nova, feed)
    assert take_calls(cloud) == ["GET /v2.1/os-migrations"]
