# SPDX-License-Identifier: Apache-2.0
"""The first page of the board: its calls and its rows."""

import pytest

from migration_panel.board.cursor import Cursor
from migration_panel.board.lists import Query
from migration_panel.board.overview import RecentResults
from migration_panel.board.poll import Feed
from migration_panel.exceptions import NotAllowed, ServiceUnavailable, SessionExpired
from tests.support.board_migrations import (
    LIST,
    NOON,
    instance,
    list_migrations,
    migration_ids,
    name_all_instances,
    progress_answer,
    progress_path,
    record,
    take_calls,
)
from tests.support.board_rows import read_feed
from tests.support.nova_answers import fault, listed, server
from tests.support.user_requests import nova_of


@pytest.fixture
def cloud(fake_cloud):
    return name_all_instances(fake_cloud)


async def test_first_page_is_newest_first_with_names(cloud):
    list_migrations(cloud, record(1, status="completed"), record(3, status="error"), record(2, status="queued"))
    feed = await read_feed(nova_of(cloud), Query())
    assert [(row.migration.id, row.name) for row in feed.rows] == [(3, "vm-3"), (2, "vm-2"), (1, "vm-1")]


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        (Query(), [{"limit": "200"}, {"limit": "200", "status": "finished"}]),
        (Query(limit=5), [{"limit": "200"}, {"limit": "200", "status": "finished"}]),
        (
            Query(project_id="p"),
            [{"limit": "200", "project_id": "p"}, {"status": "VERIFY_RESIZE"}],
        ),
        (Query(instance_id=instance(1)), [{"limit": "200", "instance_uuid": instance(1)}]),
    ],
    ids=["all", "short", "project", "instance"],
)
async def test_first_page_lists_the_newest_and_those_that_wait(cloud, query, sent):
    list_migrations(cloud)
    await read_feed(nova_of(cloud), query)
    assert sorted((call.query for call in cloud.calls), key=len) == sorted(sent, key=len)


async def test_first_page_requests_both_lists_at_once(cloud):
    cloud.on("GET", LIST, json=listed(record(1, status="finished", migration_type="migration")), together=2)
    assert migration_ids(await read_feed(nova_of(cloud), Query())) == [1]


@pytest.mark.parametrize(("limit", "history"), [(1, [9]), (2, [9, 8]), (20, [9, 8, 7, 6])], ids=["one", "two", "all"])
async def test_only_history_is_cut_to_the_readers_page(cloud, limit, history):
    long_ago = [record(number, status="completed") for number in (6, 7, 8, 9)]
    urgent = [record(1, status="queued"), record(2, status="accepted"), record(3, migration_type="migration")]
    list_migrations(cloud, *long_ago, *urgent, record(4, status="finished", migration_type="migration"))
    feed = await read_feed(nova_of(cloud), Query(limit=limit))
    assert migration_ids(feed) == [*history, 4, 3, 2, 1]


async def test_waiting_migration_is_found_beyond_the_newest(cloud):
    waiting = {"status": "finished", "migration_type": "migration"}
    list_migrations(cloud, record(9, status="completed"))
    cloud.on("GET", LIST, query={"status": "finished"}, json=listed(record(1, **waiting)))
    assert migration_ids(await read_feed(nova_of(cloud), Query(limit=1))) == [9, 1]


async def test_empty_first_page_has_no_cursor(cloud):
    list_migrations(cloud)
    assert await read_feed(nova_of(cloud), Query()) == Feed((), None, results=RecentResults())


async def test_first_page_costs_the_list_the_names_and_the_figures(cloud):
    list_migrations(cloud, record(1), record(2, status="completed"))
    nova = nova_of(cloud)
    await read_feed(nova, Query())
    named = [f"GET /v2.1/servers/{instance(number)}" for number in (1, 2)]
    assert take_calls(cloud) == sorted([*[f"GET {LIST}"] * 2, f"GET {progress_path(1)}", *named])


async def test_first_page_requests_names_and_progress_at_once(cloud):
    list_migrations(cloud, *(record(number) for number in range(10)))
    answers = {f"/v2.1/servers/{instance(number)}": server(name=f"vm-{number}") for number in range(10)}
    answers |= {progress_path(number): progress_answer(number) for number in range(10)}
    cloud.on("GET", "/v2.1/servers/*", json=lambda call: answers[call.path], together=20)
    feed = await read_feed(nova_of(cloud), Query())
    assert [(row.name, row.progress.percent) for row in feed.rows] == [(f"vm-{n}", 25) for n in range(9, -1, -1)]


async def test_progress_is_requested_for_running_migrations_only(cloud):
    others = ["accepted", "queued", "preparing", "running (post-copy)", "completed", "error"]
    list_migrations(
        cloud,
        *(record(number, status=status) for number, status in enumerate(others)),
        record(10, migration_type="migration"),
        record(11),
    )
    await read_feed(nova_of(cloud), Query())
    assert [call.path for call in cloud.made("GET", "*/migrations")] == [progress_path(11)]


async def test_page_requests_no_progress(cloud):
    list_migrations(cloud, record(1))
    feed = await read_feed(nova_of(cloud), Query(), figures=False)
    assert feed.rows[0].progress is None
    assert cloud.made("GET", "*/migrations") == []


async def test_list_is_the_truth_about_the_status(cloud):
    list_migrations(cloud, record(1, status="completed"), record(2))
    cloud.on("GET", progress_path(2), json=progress_answer(2, status="preparing"))
    feed = await read_feed(nova_of(cloud), Query(), Cursor(NOON, (instance(1), instance(2))))
    assert [(row.migration.status, bool(row.progress)) for row in feed.rows] == [
        ("running", True),
        ("completed", False),
    ]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 500, 503])
async def test_failed_progress_does_not_fail_the_feed(cloud, status):
    list_migrations(cloud, record(1), record(2))
    cloud.on("GET", progress_path(1), status=status, json=fault("someFault", status, "not now"))
    cloud.on("GET", progress_path(2), json=progress_answer(2))
    feed = await read_feed(nova_of(cloud), Query())
    assert [bool(row.progress) for row in feed.rows] == [True, False]


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_failed_name_does_not_fail_the_feed(cloud, status):
    list_migrations(cloud, record(1, status="completed"))
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", status=status, json=fault("someFault", status, "not now"))
    assert [row.name for row in (await read_feed(nova_of(cloud), Query())).rows] == [None]


@pytest.mark.parametrize(("status", "again"), [(404, 0), (403, 1), (500, 1)])
async def test_only_a_deleted_instance_is_not_requested_again(cloud, status, again):
    list_migrations(cloud, record(1, status="completed"))
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", status=status, json=fault("someFault", status, "not now"))
    nova = nova_of(cloud)
    await read_feed(nova, Query())
    cloud.forget()
    await read_feed(nova, Query())
    assert len(cloud.made("GET", "/v2.1/servers/*")) == again


@pytest.mark.parametrize(("status", "error"), [(403, NotAllowed), (401, SessionExpired), (500, ServiceUnavailable)])
async def test_failed_list_fails_the_feed(cloud, status, error):
    cloud.on("GET", LIST, status=status, json=fault("someFault", status, "no"))
    with pytest.raises(error):
        await read_feed(nova_of(cloud), Query())


async def test_session_that_expires_with_the_progress_raises(cloud):
    list_migrations(cloud, record(1))
    cloud.on("GET", progress_path(1), status=401, json=fault("unauthorized", 401, "expired"))
    with pytest.raises(SessionExpired):
        await read_feed(nova_of(cloud), Query())


@pytest.mark.parametrize(
    ("statuses", "moving"),
    [
        (["completed", "error", "finished"], False),
        (["completed", "queued"], True),
        (["running"], True),
        (["new"], True),
    ],
    ids=["finished", "queued", "running", "unknown status"],
)
async def test_feed_is_moving_with_a_migration_in_progress(cloud, statuses, moving):
    list_migrations(cloud, *(record(number, status=status) for number, status in enumerate(statuses)))
    assert (await read_feed(nova_of(cloud), Query())).moving is moving
