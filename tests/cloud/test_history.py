# SPDX-License-Identifier: Apache-2.0
"""The history in the panel, compared with Nova's own lists."""

import re
from html import unescape

import pytest

from tests.support.embedded_cloud import eventually
from tests.support.old_migrations import older_migrations

BOARD = "/admin/migrations/"
PAGE = f"{BOARD}history/"
PROJECT_PAGE = "/project/migrations/history/"
LIST = "nova GET /v2.1/os-migrations"
ODD_NAME = "<b>\"Ops\" & 'QA'</b>"


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def shown(response):
    return re.findall(r'<tr id="migration-([^"]+)" data-id', text(response))


def link(response, name):
    found = re.search(rf'href="([^"]*)" rel="\w+">{name} migrations</a>', text(response))
    return PAGE + unescape(found[1]) if found else None


def uuids(migrations):
    return [one.uuid for one in migrations]


def lines(calls):
    return sorted(f"{call.service} {call.method} {call.path}" for call in calls)


def instance(nova, name):
    [server] = nova.servers.list(search_opts={"all_tenants": 1, "name": f"^{re.escape(name)}$"})
    return server.id


@pytest.fixture
def admin(cloud_client):
    """A client with pages large enough for all past migrations of the demo, after a first request."""
    client = cloud_client("admin")
    client.cookies["API_RESULT_PAGE_SIZE"] = "500"
    client.get(PAGE)
    return client


def test_page_shows_all_migrations_that_nova_lists(admin, admin_nova):
    everything = admin_nova.migrations.list()
    assert len(everything) > 5
    response = admin.get(PAGE)
    assert shown(response) == uuids(everything)
    assert link(response, "Older") is None
    assert "No matching migrations" in text(admin.get(PAGE, {"marker": everything[-1].uuid}))


@pytest.mark.parametrize(
    ("typed", "query"),
    [
        *(
            ({"status": status}, {"status": status})
            for status in ("completed", "failed", "error", "cancelled", "confirmed", "reverted")
        ),
        ({"type": "live-migration"}, {"migration_type": "live-migration"}),
        ({"type": "migration"}, {"migration_type": "migration"}),
        ({"host": "compute-01"}, {"host": "compute-01"}),
        (
            {"host": "compute-03", "type": "live-migration", "status": "error"},
            {"host": "compute-03", "migration_type": "live-migration", "status": "error"},
        ),
    ],
    ids=lambda value: " ".join(value.values()),
)
def test_filters_match_those_of_nova(admin, admin_nova, typed, query):
    expected = admin_nova.migrations.list(**query)
    assert 0 < len(expected) < len(admin_nova.migrations.list())
    assert shown(admin.get(PAGE, typed)) == uuids(expected)


@pytest.mark.parametrize("typed", [{"status": "post-migrating"}, {"type": "resize"}, {"host": "compute-99"}])
def test_filter_without_a_match_shows_no_migration(admin, typed):
    response = admin.get(PAGE, typed)
    assert shown(response) == []
    assert "No matching migrations" in text(response)


@pytest.mark.parametrize("name", ["ledger", "gpu-legacy", "notebook-1"])
def test_instance_is_found_by_name_and_by_id(admin, admin_nova, name):
    one = instance(admin_nova, name)
    expected = uuids(admin_nova.migrations.list(instance_uuid=one))
    assert expected
    assert shown(admin.get(PAGE, {"instance": name})) == expected
    assert shown(admin.get(PAGE, {"instance": one})) == expected


def test_name_with_markup_is_found(admin, admin_nova):
    expected = uuids(admin_nova.migrations.list(instance_uuid=instance(admin_nova, ODD_NAME)))
    response = admin.get(PAGE, {"instance": ODD_NAME})
    assert shown(response) == expected
    assert 'role="alert">' not in text(response).partition('aria-label="Filters"')[2].partition("</form>")[0]


def test_part_of_a_name_lists_the_instances_that_have_it(admin, admin_nova):
    page = text(admin.get(PAGE, {"instance": "web-0"}))
    assert "Several instances match: " in page
    for name in ("web-01", "web-02", "web-03"):
        assert f"{name} ({instance(admin_nova, name)})" in page


def test_filters_by_user_and_project_of_the_request(admin, admin_nova):
    asker = admin_nova.migrations.list(instance_uuid=instance(admin_nova, "gpu-legacy"))[-1]
    by_user = uuids(admin_nova.migrations.list(user_id=asker.user_id))
    by_project = uuids(admin_nova.migrations.list(project_id=asker.project_id))
    assert shown(admin.get(PAGE, {"user": asker.user_id})) == by_user
    assert shown(admin.get(PAGE, {"project": asker.project_id})) == by_project
    assert 0 < len(by_user) < len(admin_nova.migrations.list())


def test_filters_by_a_period(admin, admin_nova):
    """Times are in minutes, as in the browser's field."""
    ends = sorted(one.updated_at or one.created_at for one in admin_nova.migrations.list())
    minute = ends[len(ends) // 2][:16]
    since = uuids(admin_nova.migrations.list(changes_since=f"{minute}:00Z"))
    until = uuids(admin_nova.migrations.list(changes_before=f"{minute}:00Z"))
    assert since
    assert shown(admin.get(PAGE, {"since": minute})) == since
    assert shown(admin.get(PAGE, {"until": minute})) == until


def test_unknown_marker_shows_novas_text_and_the_first_page(admin, admin_nova):
    gone = "6c632c97-7c5c-4f9b-9bd6-2b5a3e8f3c11"
    response = admin.get(PAGE, {"marker": gone, "status": "error"})
    assert f"Nova refused the request. Reason: “Marker {gone} could not be found.”" in text(response)
    assert shown(response) == uuids(admin_nova.migrations.list(status="error"))


def test_pages_hold_every_migration_once_there_and_back(admin, admin_nova):
    admin.cookies["API_RESULT_PAGE_SIZE"] = "3"
    response, pages = admin.get(PAGE), []
    while older := link(response, "Older"):
        pages.append(shown(response))
        response = admin.get(older)
    pages.append(shown(response))
    assert [one for page in pages for one in page] == uuids(admin_nova.migrations.list())
    assert [len(page) for page in pages[:-1]] == [3] * (len(pages) - 1)
    back = [pages[-1]]
    while newer := link(response, "Newer"):
        response = admin.get(newer)
        back.append(shown(response))
    assert back == pages[::-1]


def test_manager_sees_past_migrations_of_their_project(cloud_client, nova_as, admin_nova):
    client = cloud_client("helpdesk")
    project = nova_as("helpdesk").client.get_project_id()
    expected = uuids(admin_nova.migrations.list(project_id=project))
    assert 0 < len(expected) < len(admin_nova.migrations.list())
    response = client.get(PROJECT_PAGE, {"project": admin_nova.client.get_project_id(), "host": "compute-01"})
    assert shown(response) == expected[:20]
    assert "compute-0" not in text(response).replace("host=compute-01", "")


def test_page_has_progress_at_once(admin, admin_nova, instance_that_runs):
    page = text(admin.get(PAGE, {"instance": instance_that_runs, "status": "running"}))
    assert re.search(r'max="100" value="\d+"', page)


@pytest.fixture
def instance_that_runs(admin_nova):
    """The ID of an instance whose copy does not end by itself."""
    one = instance(admin_nova, "cache-1")
    admin_nova.servers.set_meta(one, {"sim_converge": "never"})
    admin_nova.servers.live_migrate(one, None, True)

    def counted():
        return [found for found in admin_nova.server_migrations.list(one) if found.memory_total_bytes]

    [migration] = eventually(counted)
    yield one
    admin_nova.server_migrations.live_migration_abort(one, migration.id)
    eventually(lambda: getattr(admin_nova.servers.get(one), "OS-EXT-STS:task_state") is None)


def test_page_is_one_list_however_many_past_migrations(cloud, admin, count_calls):
    """More past migrations than Nova returns in one list; benchmarks/ measures the pages with 50,000."""
    admin.cookies["API_RESULT_PAGE_SIZE"] = "20"
    text(admin.get(BOARD))
    with older_migrations(cloud, 3_000) as older:
        for marker, expected in ((older[0], older[1:21]), (older[1_500], older[1_501:1_521])):
            with count_calls() as calls:
                response = admin.get(PAGE, {"marker": marker, "status": "completed"})
            assert shown(response) == expected
            assert lines(calls.panel) == [LIST]
        with count_calls() as calls:
            assert shown(admin.get(PAGE, {"marker": older[-2]})) == older[-1:]
        assert lines(calls.panel) == [LIST]
        with count_calls() as calls:
            assert text(admin.get(BOARD)).count("<tr id=") < 100
        assert lines(calls.panel) == [LIST] * 2
        for query in ({"status": "error"}, {"instance": "ledger"}):
            found = shown(admin.get(PAGE, query))
            assert found
            assert not set(older) & set(found)


def test_first_poll_of_an_old_page_returns_no_past_migration(cloud, admin, count_calls):
    admin.cookies["API_RESULT_PAGE_SIZE"] = "20"
    with older_migrations(cloud, 1_000) as older:
        cursor = re.search(r'data-cursor="([^"]+)"', text(admin.get(PAGE, {"marker": older[900]})))[1]
        told = admin.get(f"{BOARD}status/", {"cursor": cursor}).json()["migrations"]
    assert not set(older) & {one["uuid"] for one in told}
