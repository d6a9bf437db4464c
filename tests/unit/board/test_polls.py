# SPDX-License-Identifier: Apache-2.0
"""A poll of the board: one wait, only changes, and nothing twice."""

from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.board.actions import ABORT
from migration_panel.board.cache import store_action
from migration_panel.board.cursor import MAX_FOLLOWED, MAX_MOVING, Cursor
from migration_panel.board.lists import Query
from tests.support.board_migrations import (
    LIST,
    NOON,
    instance,
    list_migrations,
    migration,
    migration_ids,
    name_all_instances,
    progress_answer,
    progress_path,
    record,
    take_calls,
)
from tests.support.board_rows import read_feed
from tests.support.nova_answers import MIB, fault, listed
from tests.support.user_requests import nova_of

LATER = "2026-11-22T12:05:00.000000"


@pytest.fixture
def cloud(fake_cloud):
    return name_all_instances(fake_cloud)


async def poll(nova, feed=None):
    """Poll as a browser does: the cursor is encoded and parsed."""
    cursor = Cursor.parse(feed.cursor.encode()) if feed and feed.cursor else None
    return await read_feed(nova, Query(), cursor)


async def first_page(nova):
    """Return a first page, requested again until it has all names."""
    feed = await poll(nova)
    while feed.partial:
        feed = await poll(nova)
    return feed


async def test_poll_requests_changes_since_the_newest_change_less_the_overlap(cloud):
    list_migrations(cloud, record(1, status="completed", updated_at=LATER), record(2, status="completed"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    cloud.forget()
    await poll(nova, feed)
    assert [call.query for call in cloud.calls] == [{"changes-since": "2026-11-22T12:04:00Z"}]


async def test_row_of_the_overlap_is_not_sent_again(cloud):
    list_migrations(cloud, record(1, status="completed"), record(2, status="queued"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    assert migration_ids(feed) == [2, 1]
    for _ in range(3):
        feed = await poll(nova, feed)
        assert migration_ids(feed) == []
        assert feed.moving


async def test_only_changed_and_new_rows_are_sent(cloud):
    list_migrations(cloud, record(1, status="completed"), record(2, status="queued"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record(1, status="completed"), record(2, status="cancelled"), record(3, status="accepted"))
    feed = await poll(nova, feed)
    assert [(row.migration.id, row.migration.status) for row in feed.rows] == [(3, "accepted"), (2, "cancelled")]


async def test_change_within_the_same_second_is_sent(cloud):
    times = {"created_at": "2026-11-22T12:00:00.000000", "updated_at": "2026-11-22T12:00:42.000000"}
    list_migrations(cloud, record(1, status="finished", **times))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record(1, status="confirming", **times))
    assert migration_ids(await poll(nova, feed)) == [1]


async def test_poll_without_changes_keeps_its_cursor(cloud):
    list_migrations(cloud, record(1, status="completed", updated_at=LATER))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud)
    nothing = await poll(nova, feed)
    assert (nothing.rows, nothing.moving) == ((), False)
    assert nothing.cursor.newest == feed.cursor.newest


async def test_empty_board_requests_the_first_page_again(cloud):
    list_migrations(cloud)
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record(1, status="accepted"))
    assert migration_ids(await poll(nova, feed)) == [1]
    assert [call.query["limit"] for call in cloud.made("GET", LIST)] == ["200"] * 4


@pytest.mark.parametrize("running", [1, 2, 19])
async def test_progress_and_list_are_requested_at_once(cloud, running):
    records = [record(number) for number in range(running)]
    answers = {LIST: listed(*records)} | {progress_path(number): progress_answer(number) for number in range(running)}
    list_migrations(cloud, *records)
    nova = nova_of(cloud)
    feed = await poll(nova)
    cloud.forget()
    cloud.on("GET", "*migrations", json=lambda call: answers[call.path], together=running + 1)
    feed = await poll(nova, feed)
    assert [row.progress.percent for row in feed.rows] == [25] * running
    assert take_calls(cloud) == sorted(f"GET {path}" for path in answers)


async def test_new_copy_is_requested_after_the_list_and_later_with_the_list(cloud):
    list_migrations(cloud, record(1, status="preparing"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record(1))
    cloud.on("GET", progress_path(1), json=progress_answer(1))
    cloud.forget()
    feed = await poll(nova, feed)
    assert cloud.panel_calls == [f"GET {LIST}", f"GET {progress_path(1)}"]
    assert feed.rows[0].progress.percent == 25
    assert feed.cursor.followed == (instance(1),)


async def test_new_figures_make_a_row_new(cloud):
    list_migrations(cloud, record(1))
    cloud.on("GET", progress_path(1), json=progress_answer(1))
    nova = nova_of(cloud)
    feed = await poll(nova)
    cloud.on("GET", progress_path(1), json=progress_answer(1, memory_remaining_bytes=1024 * MIB))
    feed = await poll(nova, feed)
    assert [row.progress.percent for row in feed.rows] == [75]
    assert migration_ids(await poll(nova, feed)) == []


async def test_copy_with_an_unchanged_record_is_followed_and_not_sent_again(cloud):
    list_migrations(cloud, record(1), record(2, status="completed", updated_at=LATER))
    cloud.on("GET", progress_path(1), json=progress_answer(1))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record(2, status="completed", updated_at=LATER))
    feed = await poll(nova, feed)
    for _ in range(3):
        feed = await poll(nova, feed)
        assert migration_ids(feed) == []
        assert feed.moving
    cloud.on("GET", progress_path(1), json=progress_answer(1, memory_remaining_bytes=1024 * MIB))
    assert migration_ids(await poll(nova, feed)) == [1]


async def test_unchanged_migration_counts_as_in_progress(cloud):
    silent = {"migration_type": "migration", "status": "migrating"}
    list_migrations(cloud, record(1, **silent))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record(2, status="completed", updated_at=LATER))
    for _ in range(3):
        feed = await poll(nova, feed)
        assert feed.moving
    list_migrations(cloud, record(1, **silent | {"status": "finished"}, updated_at=LATER))
    assert not (await poll(nova, feed)).moving


async def test_copy_is_followed_after_its_progress_failed_once(cloud):
    list_migrations(cloud, record(1))
    cloud.on("GET", progress_path(1), json=progress_answer(1))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record(2, status="completed", updated_at=LATER))
    cloud.on("GET", progress_path(1), status=503, json=fault("computeFault", 503, "not now"))
    feed = await poll(nova, feed)
    cloud.on("GET", progress_path(1), json=progress_answer(1, memory_remaining_bytes=1024 * MIB))
    assert migration_ids(await poll(nova, feed)) == [1]


async def test_end_of_a_copy_is_sent_and_ends_the_requests(cloud):
    list_migrations(cloud, record(1))
    cloud.on("GET", progress_path(1), json=progress_answer(1))
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, record(1, status="completed", updated_at=LATER))
    feed = await poll(nova, feed)
    assert [(row.migration.status, row.progress) for row in feed.rows] == [("completed", None)]
    cloud.forget()
    await poll(nova, feed)
    assert take_calls(cloud) == [f"GET {LIST}"]


@pytest.mark.parametrize("status", [403, 404, 500, 503])
async def test_failed_progress_does_not_fail_a_poll(cloud, status):
    list_migrations(cloud, record(1), record(2))
    cloud.on("GET", progress_path(1), json=progress_answer(1))
    nova = nova_of(cloud)
    feed = await poll(nova)
    cloud.on("GET", progress_path(1), status=status, json=fault("someFault", status, "not now"))
    feed = await poll(nova, feed)
    assert [(row.migration.id, row.progress) for row in feed.rows] == [(1, None)]
    assert feed.moving


def serve_figures(cloud, **changes):
    def answer(call):
        return progress_answer(int(call.path.split("/")[3][-12:], 16), **changes)

    cloud.on("GET", "/v2.1/servers/*/migrations", json=answer)


@pytest.mark.parametrize("number", [8, 20, MAX_FOLLOWED + 3, MAX_MOVING + 5])
async def test_more_copies_than_calls_are_requested_in_turns(cloud, settings, number):
    """Each poll is one wave of calls. As few polls as possible return all copies, each with new figures."""
    settings.MIGRATION_PANEL = {"CONCURRENCY": 8}
    list_migrations(cloud, *(record(one) for one in range(number)))
    serve_figures(cloud)
    nova = nova_of(cloud)
    feed = await first_page(nova)
    assert [row.progress.percent for row in feed.rows] == [25] * number
    serve_figures(cloud, memory_remaining_bytes=2048 * MIB, updated_at="2026-11-22T12:00:20.000000")
    found = set()
    for _ in range(-(-number // 7)):
        cloud.forget()
        feed = await poll(nova, feed)
        assert 0 < len(cloud.made("GET", "/v2.1/servers/*/migrations")) <= 7
        assert len(cloud.calls) <= 8
        assert [row.progress.percent for row in feed.rows] == [50] * len(feed.rows)
        assert feed.moving
        found |= set(migration_ids(feed))
    assert found == set(range(number))


async def two_at_a_time(cloud, settings, number):
    """Let ``number`` migrations copy; beside its list, each poll requests the figures of two migrations."""
    settings.MIGRATION_PANEL = {"CONCURRENCY": 3}
    list_migrations(cloud, *(record(one) for one in range(number)))
    serve_figures(cloud)
    nova = nova_of(cloud)
    return nova, await poll(nova)


async def test_copy_with_the_oldest_figures_is_next(cloud, settings):
    nova, feed = await two_at_a_time(cloud, settings, 6)
    turns = []
    for second in range(20, 29):
        serve_figures(cloud, updated_at=f"2026-11-22T12:00:{second}.000000", memory_remaining_bytes=second * MIB)
        feed = await poll(nova, feed)
        turns.append(frozenset(migration_ids(feed)))
    assert all(len(turn) == 2 for turn in turns)
    assert turns[:3] == turns[3:6] == turns[6:]
    assert set().union(*turns[:3]) == set(range(6))


async def test_end_of_a_postponed_copy_is_sent_at_once(cloud, settings):
    nova, feed = await two_at_a_time(cloud, settings, 6)
    last = int(feed.cursor.followed[-1][-12:], 16)
    others = [record(one) for one in range(6) if one != last]
    list_migrations(cloud, record(last, status="completed", updated_at=LATER), *others)
    cloud.forget()
    feed = await poll(nova, feed)
    assert [row.migration.id for row in feed.rows if row.migration.status == "completed"] == [last]
    assert cloud.made("GET", progress_path(last)) == []
    assert instance(last) not in feed.cursor.followed


async def test_copy_with_an_action_is_next(cloud, settings):
    nova, feed = await two_at_a_time(cloud, settings, 8)
    last = int(feed.cursor.followed[-1][-12:], 16)
    store_action(migration(last), ABORT, datetime.now(timezone.utc))
    feed = await poll(nova, feed)
    assert last not in migration_ids(feed)
    feed = await poll(nova, feed)
    assert [row.pending.action for row in feed.rows if row.migration.id == last] == [ABORT.slug]


async def test_new_copy_is_sent_although_it_is_postponed(cloud, settings):
    settings.MIGRATION_PANEL = {"CONCURRENCY": 3}
    list_migrations(cloud, *(record(one) for one in range(1, 5)))
    serve_figures(cloud)
    nova = nova_of(cloud)
    feed = await poll(nova)
    list_migrations(cloud, *(record(one) for one in range(1, 6)))
    feed = await poll(nova, feed)
    assert [(row.migration.id, row.progress) for row in feed.rows if row.progress is None] == [(5, None)]
    assert feed.cursor.followed[0] == instance(5)


async def test_cursor_of_unknown_instances_does_no_harm(cloud):
    list_migrations(cloud, record(1, status="completed"))
    feed = await read_feed(nova_of(cloud), Query(), Cursor(NOON, (instance(8), instance(9)), frozenset({b"nobody"})))
    assert migration_ids(feed) == [1]
    assert feed.cursor.followed == ()


async def test_row_is_sent_again_once_when_its_figures_get_old(cloud, clock_of_the_board):
    list_migrations(cloud, record(1))
    cloud.on("GET", progress_path(1), json=progress_answer(1, updated_at="2026-11-22T12:00:30.000000"))
    nova = nova_of(cloud)
    feed = await poll(nova)
    assert [row.quiet_since for row in feed.rows] == [None]
    clock_of_the_board(timedelta(seconds=100))
    feed = await poll(nova, feed)
    assert [str(row.quiet_since) for row in feed.rows] == ["2026-11-22 12:00:30+00:00"]
    feed = await poll(nova, feed)
    assert migration_ids(feed) == []
    assert feed.moving
    cloud.on("GET", progress_path(1), json=progress_answer(1, updated_at="2026-11-22T12:02:35.000000"))
    assert [row.quiet_since for row in (await poll(nova, feed)).rows] == [None]
