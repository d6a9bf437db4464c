# SPDX-License-Identifier: Apache-2.0
"""The overview above the board: what needs attention, what is in progress, and the results of the last day."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from migration_panel.api.models import Migration
from migration_panel.board.lists import LIST_LIMIT, OPEN
from migration_panel.board.overview import recent_results, result_of
from tests.support.board_migrations import LIST, instance, migration, record
from tests.support.nova_answers import LISTED, listed, server

# By the clock of the fake cloud.
NOW = datetime(2026, 11, 22, 12, 1, tzinfo=timezone.utc)
BOARD = "/admin/migrations/"
STATUS = f"{BOARD}status/"


def ago(**span) -> str:
    return (NOW - timedelta(**span)).isoformat()


def at(status: str, hours: float, number: int = 1, **changes) -> dict:
    """Return a record that changed last some hours ago."""
    times = {"created_at": ago(hours=hours, minutes=1), "updated_at": ago(hours=hours)}
    return record(number, status=status) | times | changes


def parsed(*records: dict) -> list[Migration]:
    return [Migration.from_api(LISTED | one) for one in records]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        (at("completed", 1), "c"),
        (at("confirmed", 1, migration_type="migration"), "c"),
        (at("done", 1, migration_type="evacuation"), "c"),
        (at("error", 1), "f"),
        (at("failed", 1), "f"),
        (at("reverted", 1, migration_type="migration"), None),
        (at("cancelled", 1), None),
        (at("finished", 1, migration_type="migration"), None),
        (at("running", 1), None),
        (at("completed", 1, created_at=None, updated_at=None), None),
    ],
)
def test_result_is_completed_or_failed(changes, kind):
    [one] = parsed(changes)
    result = result_of(one)
    assert (result.encode()[8] if result else None) == kind


def test_evacuation_that_changes_late_counts_when_it_started():
    [one] = parsed(at("completed", 1, migration_type="evacuation", created_at=ago(days=3)))
    assert result_of(one).at == NOW - timedelta(days=3)


def test_results_are_of_the_last_day():
    found = recent_results(parsed(at("completed", 23, 1), at("completed", 25, 2), at("error", 1, 3)), NOW, cut=False)
    assert [result.uuid for result in found.results] == [migration(1), migration(3)]


def test_encoded_result_has_the_start_of_the_id_and_the_time():
    [result] = recent_results(parsed(at("error", 1)), NOW, cut=False).results
    assert result.encode() == f"{migration(1)[:8]}f{int((NOW - timedelta(hours=1)).timestamp())}"


@pytest.mark.parametrize(
    ("hours", "cut", "complete"),
    [(23, True, False), (24, True, True), (48, True, True), (1, False, True)],
    ids=["less than a day", "a day", "two days", "whole list"],
)
def test_results_are_complete_if_the_list_reaches_back_a_day(hours, cut, complete):
    assert recent_results(parsed(at("completed", hours)), NOW, cut=cut).complete is complete


def test_old_migration_that_waits_for_confirmation_does_not_make_the_list_reach_back():
    found = parsed(at("completed", 2, 1), at("finished", 100, 2))
    assert not recent_results(found, NOW, cut=True).complete
    assert not recent_results([], NOW, cut=True).complete


@pytest.fixture
def cloud(fake_cloud):
    # On the destination of the migrations.
    fake_cloud.on("GET", "/v2.1/servers/*", json=server(**{"OS-EXT-SRV-ATTR:host": "compute-02"}))
    fake_cloud.on("GET", "/v2.1/servers/*/migrations", json={"migrations": []})
    fake_cloud.on("GET", "/v2.1/servers/*/os-instance-actions", json={"instanceActions": []})
    return fake_cloud


def serve(cloud, *records: dict) -> None:
    """List the records up to the limit of the request, with a link if there are more."""

    def answer(call):
        limit = int(call.query.get("limit", 1000))
        link = {"rel": "next", "href": f"http://nova.example{LIST}?marker={migration(limit)}"}
        return listed(*records[:limit]) | ({"migrations_links": [link]} if len(records) > limit else {})

    cloud.on("GET", LIST, json=answer)
    cloud.on("GET", LIST, query={"status": "finished"}, json=listed())


def shown(html: str) -> list[str]:
    """Return the texts of the overview."""
    return re.findall(r"<li data-count=[^>]*>([^<]*)</li>", html)


def test_board_shows_the_overview_for_no_additional_call(cloud, admin_client):
    serve(
        cloud,
        *(at("completed", 1, number) for number in range(1, 42)),
        at("error", 2, 50),
        at("error", 30, 51),
        at("running", 0, 60),
        at("queued", 0, 61),
        at("finished", 0, 62, migration_type="migration"),
    )
    page = admin_client.get(BOARD).content.decode()
    # The older failure is not recent, and 21 of the completed migrations have no row.
    assert shown(page) == [
        "Needs attention: 2",
        "In progress: 2 (running: 1, queued: 1)",
        "Completed in the last 24 hours: 41",
        "Failed in the last 24 hours: 1",
    ]
    assert len(cloud.made("GET", LIST)) == 2


def test_overview_says_that_the_list_does_not_reach_back_a_day(cloud, admin_client):
    serve(cloud, *(at("completed", 1, number) for number in range(1, LIST_LIMIT + 2)))
    page = admin_client.get(BOARD).content.decode()
    assert shown(page)[2:] == [
        f"Completed in the last 24 hours: {LIST_LIMIT} or more",
        "Failed in the last 24 hours: 0 or more",
    ]


def test_overview_says_that_failures_beyond_the_list_may_need_attention(cloud, admin_client):
    serve(cloud, at("error", 0.5, 1), *(at("completed", 1, number) for number in range(2, LIST_LIMIT + 2)))
    assert shown(admin_client.get(BOARD).content.decode())[0] == "Needs attention: 1 or more"


def test_overview_says_that_migrations_in_progress_beyond_the_list_are_not_read_yet(cloud, admin_client):
    """The page leaves these migrations to the first poll."""
    records = [at("completed", hours, hours) for hours in range(1, LIST_LIMIT + 1)]
    old = at("queued", 0, LIST_LIMIT + 1, created_at=ago(hours=LIST_LIMIT + 1))
    serve(cloud, *records, old)
    for status in OPEN:
        cloud.on("GET", LIST, query={"status": status}, json=listed())
    cloud.on("GET", LIST, query={"status": "queued"}, json=listed(old))
    assert shown(admin_client.get(BOARD).content.decode())[:2] == [
        "Needs attention: 0",
        "In progress: 0 or more (running: 0, queued: 0)",
    ]
    polled = admin_client.get(STATUS, {"html": "1"}).json()
    assert shown(polled["overview"])[:2] == ["Needs attention: 0", "In progress: 1 (running: 0, queued: 1)"]
    # The next page has them from the cache.
    assert shown(admin_client.get(BOARD).content.decode())[1] == "In progress: 1 (running: 0, queued: 1)"


def test_overview_says_that_a_list_of_migrations_in_progress_is_cut(cloud, admin_client):
    queued = [at("queued", 1, number) for number in range(1, LIST_LIMIT + 2)]
    serve(cloud, *queued)
    for status in OPEN:
        cloud.on("GET", LIST, query={"status": status}, json=listed())
    link = {"rel": "next", "href": f"http://nova.example{LIST}?marker={migration(LIST_LIMIT)}"}
    cut = listed(*queued[:LIST_LIMIT]) | {"migrations_links": [link]}
    cloud.on("GET", LIST, query={"status": "queued"}, json=cut)
    for _ in range(2):
        polled = admin_client.get(STATUS, {"html": "1"}).json()
        expected = f"In progress: {LIST_LIMIT} or more (running: 0, queued: {LIST_LIMIT})"
        assert shown(polled["overview"])[1] == expected


def test_overview_says_that_a_list_of_waiting_migrations_is_cut(cloud, admin_client):
    serve(cloud, *(at("completed", hours, hours) for hours in range(1, LIST_LIMIT + 2)))
    waiting = [at("finished", 0, 1000 + number, created_at=ago(hours=300)) for number in range(LIST_LIMIT)]
    link = {"rel": "next", "href": f"http://nova.example{LIST}?marker={migration(1000)}"}
    cloud.on("GET", LIST, query={"status": "finished"}, json=listed(*waiting) | {"migrations_links": [link]})
    page = admin_client.get(BOARD).content.decode()
    assert shown(page)[0] == f"Needs attention: {LIST_LIMIT} or more"


@pytest.mark.parametrize(
    ("answer", "more"), [({"json": {"servers": []}}, ""), ({"status": 503, "json": {}}, " or more")], ids=["200", "503"]
)
def test_overview_of_a_project_says_that_its_instances_were_not_listed(cloud, helpdesk_client, answer, more):
    serve(cloud, at("completed", 1))
    cloud.on("GET", "/v2.1/servers/detail", **answer)
    assert shown(helpdesk_client.get("/project/migrations/").content.decode())[:2] == [
        f"Needs attention: 0{more}",
        f"In progress: 0{more} (running: 0, queued: 0)",
    ]


def test_poll_has_the_overview_only_if_it_is_complete_and_for_the_page(cloud, admin_client):
    serve(cloud, at("completed", 1))
    first = admin_client.get(STATUS, {"html": "1"}).json()
    assert shown(first["overview"])[2] == "Completed in the last 24 hours: 1"
    assert "overview" not in admin_client.get(STATUS, {"html": "1", "cursor": first["cursor"]}).json()
    assert "overview" not in admin_client.get(STATUS).json()


def test_rows_have_their_results_for_the_script(cloud, admin_client):
    serve(cloud, at("error", 1, 1), at("queued", 0, 2))
    rows = [one["html"] for one in admin_client.get(STATUS, {"html": "1"}).json()["migrations"]]
    found = {re.search(r'data-result="(.*?)"', row).group(1)[:9] for row in rows}
    assert found == {f"{migration(1)[:8]}f", ""}
    assert [re.search(r'data-queued="(.*?)"', row).group(1) for row in rows] == ["1", ""]


def test_board_without_an_answer_of_nova_has_no_overview_until_a_poll(cloud, admin_client):
    cloud.on("GET", LIST, status=503, json={})
    page = admin_client.get(BOARD).content.decode()
    assert "data-overview" in page
    assert shown(page) == []


@pytest.mark.parametrize("path", ["history/", f"{migration(1)}/?instance={instance(1)}"])
def test_other_lists_have_no_overview(cloud, admin_client, path):
    serve(cloud, at("completed", 1))
    assert "data-overview" not in admin_client.get(f"{BOARD}{path}").content.decode()


def test_empty_board_has_a_link_to_migrate_an_instance(cloud, admin_client):
    serve(cloud)
    page = admin_client.get(BOARD).content.decode()
    [empty] = re.findall(r'<p class="migration-empty" (.*?)</p>', page, re.S)
    assert "hidden" not in empty
    assert "No instance has been migrated yet." in empty
    assert f'href="{BOARD}instances/"' in empty
    assert shown(page)[0] == "Needs attention: 0"
