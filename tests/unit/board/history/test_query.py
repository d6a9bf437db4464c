# SPDX-License-Identifier: Apache-2.0
"""A page of past migrations is one list and nothing beyond its rows."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.board.cursor import short_name
from migration_panel.board.history.query import Filters, read_page
from migration_panel.board.poll import SKEW
from migration_panel.exceptions import RequestRejected, ServiceUnavailable, TooOld
from tests.support.board_migrations import (
    LIST,
    NOON,
    instance,
    list_migrations,
    migration,
    name_all_instances,
    progress_answer,
    progress_path,
    record,
    take_calls,
)
from tests.support.nova_answers import LISTED, MIB, action, actions, fault, live_progress
from tests.support.user_requests import nova_of

PAST = {"status": "completed"}


@pytest.fixture
def cloud(fake_cloud):
    return name_all_instances(fake_cloud)


async def page_of(cloud, filters=None, marker=None, size=2, version=""):
    nova = nova_of(cloud, version)
    return await read_page(nova, filters or Filters(), marker, size)


def numbers(page):
    return [row.migration.id for row in page.rows]


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, {}),
        ({"status": "running (post-copy)"}, {"status": "running (post-copy)"}),
        ({"type": "live-migration"}, {"migration_type": "live-migration"}),
        ({"host": "compute-01"}, {"host": "compute-01"}),
        ({"instance_id": instance(7)}, {"instance_uuid": instance(7)}),
        ({"project_id": "demo-id"}, {"project_id": "demo-id"}),
        ({"user_id": "alice-id"}, {"user_id": "alice-id"}),
        ({"changed_since": NOON}, {"changes-since": "2026-11-22T12:00:00Z"}),
        (
            {"changed_before": NOON.astimezone(timezone(timedelta(hours=9)))},
            {"changes-before": "2026-11-22T12:00:00Z"},
        ),
    ],
    ids=["none", "status", "type", "host", "instance", "project", "user", "since", "until elsewhere"],
)
async def test_page_is_one_list_with_one_row_more(cloud, filters, query):
    list_migrations(cloud)
    page = await page_of(cloud, Filters(**filters), size=20)
    [call] = cloud.made("GET", LIST)
    assert call.query == {"limit": "21"} | query
    assert (page.rows, page.older) == ((), None)


async def test_all_filters_go_together_with_the_marker(cloud):
    list_migrations(cloud)
    await page_of(cloud, Filters("error", "resize", "h", instance(1), "p", "u", NOON, NOON), instance(9))
    [call] = cloud.made("GET", LIST)
    assert call.query == {
        "limit": "3",
        "marker": instance(9),
        "status": "error",
        "migration_type": "resize",
        "host": "h",
        "instance_uuid": instance(1),
        "project_id": "p",
        "user_id": "u",
        "changes-since": "2026-11-22T12:00:00Z",
        "changes-before": "2026-11-22T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("listed", "shown", "older"),
    [(1, [9], None), (2, [9, 8], None), (3, [9, 8], migration(8))],
    ids=["fewer than a page", "one page", "more than a page"],
)
async def test_record_beyond_the_page_leads_to_an_older_page(cloud, listed, shown, older):
    list_migrations(cloud, *(record(9 - number, **PAST) for number in range(listed)))
    page = await page_of(cloud)
    assert numbers(page) == shown
    assert page.older == older


async def test_only_instances_of_the_page_are_named(cloud):
    list_migrations(cloud, *(record(number, **PAST) for number in (9, 8, 7)))
    assert [row.name for row in (await page_of(cloud)).rows] == ["vm-9", "vm-8"]
    assert take_calls(cloud) == [f"GET {LIST}", f"GET /v2.1/servers/{instance(8)}", f"GET /v2.1/servers/{instance(9)}"]


async def test_page_with_known_names_is_one_call(cloud):
    list_migrations(cloud, record(9, **PAST), record(8, **PAST))
    await page_of(cloud)
    await page_of(cloud)
    assert take_calls(cloud) == [f"GET {LIST}"]


async def test_progress_is_fetched_with_the_page(cloud):
    list_migrations(cloud, record(9), record(8, **PAST))
    cloud.on("GET", progress_path(9), json=progress_answer(9))
    running, over = (await page_of(cloud)).rows
    assert running.progress.percent == 25
    assert running.migration.figures.memory_remaining == 3072 * MIB
    assert over.progress is None


async def test_reasons_are_fetched_with_the_page(cloud):
    list_migrations(cloud, record(9, status="error"))
    cloud.on("GET", f"/v2.1/servers/{instance(9)}/os-instance-actions", json=actions({}))
    cloud.on("GET", f"/v2.1/servers/{instance(9)}/os-instance-actions/*", json=action({}))
    [row] = (await page_of(cloud)).rows
    assert "shared storage" in row.reason.text


async def test_order_is_novas_and_not_that_of_ids(cloud):
    """Each cell has its own sequence of IDs."""
    list_migrations(cloud, record(3, **PAST), record(9, **PAST), record(5, **PAST))
    page = await page_of(cloud)
    assert numbers(page) == [3, 9]
    assert page.older == migration(9)


async def test_migration_that_came_with_the_progress_is_no_row(cloud):
    """The other migration of the same instance does not match the filters or the page."""
    list_migrations(cloud, record(5))
    others = live_progress(id=6, uuid=migration(6), server_uuid=instance(5))["migrations"]
    cloud.on("GET", progress_path(5), json={"migrations": others + progress_answer(5)["migrations"]})
    assert numbers(await page_of(cloud)) == [5]


async def test_first_poll_of_an_old_page_requests_new_changes_only(cloud):
    list_migrations(cloud, record(9, **PAST, created_at="2020-01-01T00:00:00", updated_at="2020-01-01T00:00:10"))
    before = datetime.now(timezone.utc)
    cursor = (await page_of(cloud)).cursor
    assert before - SKEW - timedelta(seconds=1) <= cursor.newest <= datetime.now(timezone.utc)


async def test_empty_page_has_a_cursor_too(cloud):
    """Without a cursor, the poll would return a first page of all migrations."""
    list_migrations(cloud)
    assert (await page_of(cloud)).cursor


async def test_cursor_follows_what_copies(cloud):
    list_migrations(cloud, record(9), record(8, **PAST))
    cursor = (await page_of(cloud)).cursor
    assert cursor.followed == (instance(9),)
    assert cursor.moving == (short_name(migration(9)),)


@pytest.mark.parametrize(
    ("filters", "version", "words"),
    [
        ({"changed_before": NOON}, "2.65", r"2\.66 or newer"),
        ({"user_id": "u"}, "2.79", r"2\.80 or newer"),
        ({"project_id": "p"}, "2.79", r"2\.80 or newer"),
    ],
    ids=["until", "user", "project"],
)
async def test_filter_that_an_older_nova_lacks_is_rejected(cloud, filters, version, words):
    with pytest.raises(TooOld, match=words):
        await page_of(cloud, Filters(**filters), version=version)
    assert cloud.calls == []


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, RequestRejected), (503, ServiceUnavailable)],
)
async def test_failed_list_is_no_empty_page(cloud, status, error):
    cloud.on("GET", LIST, status=status, json=fault("badRequest", status, "Marker is gone"))
    with pytest.raises(error, match="Marker is gone"):
        await page_of(cloud, marker=instance(1))


@pytest.mark.parametrize("max_limit", [1, 2])
async def test_page_that_nova_cuts_has_a_link_to_the_next(cloud, max_limit):
    """With [api]max_limit at or below the size of a page, Nova never returns the row beyond the page."""
    records = [LISTED | record(9 - number, **PAST) for number in range(5)]

    def answer(call):
        start = 1 + [one["uuid"] for one in records].index(call.query["marker"]) if "marker" in call.query else 0
        page = records[start : start + max_limit]
        link = {"rel": "next", "href": f"http://nova.example/os-migrations?marker={page[-1]['uuid']}"} if page else {}
        return {"migrations": page} | ({"migrations_links": [link]} if len(page) == max_limit else {})

    cloud.on("GET", LIST, json=answer)
    marker, seen = None, []
    while True:
        page = await page_of(cloud, marker=marker)
        seen += numbers(page)
        if page.older is None:
            break
        marker = page.older
    assert seen == [9, 8, 7, 6, 5]
