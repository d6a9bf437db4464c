# SPDX-License-Identifier: Apache-2.0
"""Lists that Nova cuts, and the limits of one request."""

from urllib.parse import urlencode

import pytest
from django.core.cache import cache

from migration_panel.board.build import MAX_NAMES, MAX_REASONS
from migration_panel.board.cursor import Cursor
from migration_panel.board.detail.query import instance_of
from migration_panel.board.lists import LIST_LIMIT, OPEN, Query
from tests.support.board_migrations import LIST, NOON, instance, migration, migration_ids, name_all_instances, record
from tests.support.board_rows import read_feed
from tests.support.nova_answers import LISTED, actions, fault, server
from tests.support.user_requests import nova_of

NAMES = "/v2.1/servers/00000000-0000-0000-0000-????????????"


@pytest.fixture
def cloud(fake_cloud):
    name_all_instances(fake_cloud)
    fake_cloud.on("GET", "/v2.1/servers/*/os-instance-actions", json=actions())
    return fake_cloud


def serve(cloud, records: list[dict], max_limit: int = 1000) -> None:
    """List migrations as Nova does: filtered, in pages of at most ``max_limit``, with a link on each full page."""

    def answer(call):
        fit = [LISTED | one for one in records if call.query.get("status") in (None, one["status"])]
        uuids = [one["uuid"] for one in fit]
        start = uuids.index(call.query["marker"]) + 1 if "marker" in call.query else 0
        limit = min(int(call.query.get("limit", max_limit)), max_limit)
        page = fit[start : start + limit]
        found = {"migrations": page}
        if len(page) == limit:
            query = urlencode(call.query | {"marker": page[-1]["uuid"]})
            found["migrations_links"] = [{"rel": "next", "href": f"http://nova.example/v2.1/os-migrations?{query}"}]
        return found

    cloud.on("GET", LIST, json=answer)


async def poll(nova, feed=None):
    cursor = Cursor.parse(feed.cursor.encode()) if feed and feed.cursor and not feed.partial else None
    return await read_feed(nova, Query(), cursor)


def past(number: int) -> dict:
    return record(number, status="completed")


@pytest.mark.parametrize("max_limit", [3, 7, 1000])
async def test_poll_reads_all_that_changed(cloud, max_limit):
    serve(cloud, [past(1)], 1000)
    nova = nova_of(cloud)
    feed = await poll(nova)
    serve(cloud, [record(number, status="error") for number in range(20, 0, -1)], max_limit)
    feed = await poll(nova, feed)
    assert migration_ids(feed) == list(range(20, 0, -1))
    assert not feed.partial


async def test_incomplete_poll_returns_no_cursor(cloud):
    serve(cloud, [past(1)])
    nova = nova_of(cloud)
    feed = await poll(nova)
    serve(cloud, [past(number) for number in range(30, 0, -1)], max_limit=1)
    cloud.forget()
    feed = await poll(nova, feed)
    assert feed.partial
    assert len(cloud.made("GET", LIST)) <= 20


@pytest.mark.parametrize("max_limit", [25, 1000])
async def test_migration_in_progress_is_found_behind_many_newer_records(cloud, max_limit):
    open_ones = [record(1, status="queued"), record(2, status="migrating", migration_type="migration")]
    serve(cloud, [*(past(number) for number in range(LIST_LIMIT + 50, 2, -1)), *reversed(open_ones)], max_limit)
    feed = await poll(nova_of(cloud))
    assert migration_ids(feed)[-2:] == [2, 1]
    assert feed.moving


async def test_window_is_read_over_several_pages(cloud):
    waits = record(1, status="error", updated_at="2026-11-22T12:00:50.000000")
    serve(cloud, [*(past(number) for number in range(100, 1, -1)), waits], max_limit=30)
    assert 1 in migration_ids(await read_feed(nova_of(cloud), Query()))


async def test_open_migrations_beyond_the_window_cost_one_call_a_status_once_a_minute(cloud):
    serve(cloud, [past(number) for number in range(LIST_LIMIT + 1, 0, -1)])
    nova = nova_of(cloud)
    await poll(nova)
    assert len(cloud.made("GET", LIST)) == 2 + len(OPEN)
    cloud.forget()
    await poll(nova)
    assert len(cloud.made("GET", LIST)) == 2
    cache.clear()
    cloud.forget()
    await poll(nova)
    assert len(cloud.made("GET", LIST)) == 2 + len(OPEN)


async def test_page_leaves_open_migrations_beyond_the_window_to_its_first_poll(cloud):
    serve(cloud, [*(past(number) for number in range(LIST_LIMIT + 1, 1, -1)), record(1, status="queued")])
    nova = nova_of(cloud)
    feed = await read_feed(nova, Query(), figures=False)
    assert len(cloud.made("GET", LIST)) == 2
    assert (feed.partial, 1 in migration_ids(feed)) == (True, False)
    feed = await poll(nova, feed)
    assert (feed.partial, 1 in migration_ids(feed)) == (False, True)
    cloud.forget()
    feed = await read_feed(nova, Query(), figures=False)
    assert len(cloud.made("GET", LIST)) == 2
    assert (feed.partial, 1 in migration_ids(feed)) == (False, True)


async def test_page_of_a_migration_is_found_behind_many_newer_records(cloud):
    serve(cloud, [*(past(number) for number in range(LIST_LIMIT + 50, 1, -1)), record(1, status="queued")])
    assert await instance_of(nova_of(cloud), Query(), migration(1)) == instance(1)


async def test_names_of_one_request_are_limited_and_the_next_request_adds_more(cloud):
    number = MAX_NAMES + 10
    serve(cloud, [record(one, status="queued") for one in range(number, 0, -1)])
    nova = nova_of(cloud)
    feed = await poll(nova)
    assert len(cloud.made("GET", NAMES)) == MAX_NAMES
    assert [row.name is None for row in feed.rows] == [False] * MAX_NAMES + [True] * 10
    assert feed.partial
    feed = await poll(nova, feed)
    assert not feed.partial
    assert all(row.name for row in feed.rows)


async def test_poll_with_an_old_cursor_is_limited(cloud):
    serve(cloud, [record(one, status="error") for one in range(500, 0, -1)])
    cursor = Cursor(NOON)
    feed = await read_feed(nova_of(cloud), Query(), cursor)
    assert len(cloud.calls) <= 1 + MAX_NAMES + 2 * MAX_REASONS + MAX_REASONS
    assert len(feed.rows) == 500
    # Nothing is missed: the same rows are returned again, with names.
    assert feed.cursor.newest == cursor.newest


async def test_later_polls_add_names_and_reasons(cloud):
    serve(cloud, [past(1)])
    nova = nova_of(cloud)
    feed = await poll(nova)
    number = MAX_NAMES + 20
    serve(cloud, [record(one, status="error") for one in range(number, 1, -1)])
    named: dict[int, str | None] = {}
    for _ in range(3):
        feed = await poll(nova, feed)
        named |= {row.migration.id: row.name for row in feed.rows if row.reason}
    assert len(named) == number - 1
    assert all(named.values())


async def test_poller_does_not_start_again_forever_without_a_cache(cloud, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    serve(cloud, [record(one, status="queued") for one in range(MAX_NAMES + 10, 0, -1)])
    feed = await poll(nova_of(cloud))
    assert not feed.partial
    assert feed.cursor


async def test_poller_does_not_start_again_forever_when_nova_returns_no_names(cloud):
    serve(cloud, [record(one, status="queued") for one in range(MAX_NAMES + 10, 0, -1)])
    cloud.on("GET", NAMES, status=403, json=fault("forbidden", 403, "no"))
    assert not (await poll(nova_of(cloud))).partial


async def test_instances_of_a_project_are_read_to_the_end(cloud):
    serve(cloud, [])
    servers = [server(id=instance(one), name=f"vm-{one}")["server"] for one in range(1, 4)]
    servers[2]["status"] = "VERIFY_RESIZE"

    def answer(call):
        start = 1 + [one["id"] for one in servers].index(call.query["marker"]) if "marker" in call.query else 0
        page = servers[start : start + 2]
        link = {"rel": "next", "href": f"http://nova.example/servers/detail?marker={page[-1]['id']}"} if page else {}
        return {"servers": page} | ({"servers_links": [link]} if len(page) == 2 else {})

    cloud.on("GET", "/v2.1/servers/detail", json=answer)
    feed = await read_feed(nova_of(cloud), Query(project_id="demo-id"))
    assert [one.server.name for one in feed.unrecorded] == ["vm-3"]
