# SPDX-License-Identifier: Apache-2.0
"""The board and its status view within Horizon's frame."""

import pytest
from django.test import AsyncClient

from tests.support import nova_answers
from tests.support.nova_answers import INSTANCE, MIGRATION, fault, listed, live_progress, server

STATUS = "/admin/migrations/status/"


@pytest.fixture
def nova(fake_cloud):
    """A cloud with a completed live migration of web-03."""
    fake_cloud.on("GET", "/v2.1/os-migrations", json=listed({}))
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    return fake_cloud


def running(nova, **figures):
    nova.on("GET", "/v2.1/os-migrations", json=listed({"status": "running"}))
    nova.on("GET", f"/v2.1/servers/{INSTANCE}/migrations", json=live_progress(**figures))


def test_board_shows_a_row(nova, admin_client):
    page = admin_client.get("/admin/migrations/").content.decode()
    assert f'id="migration-{MIGRATION}"' in page
    assert "web-03" in page
    assert "Completed in 42 s" in page


def test_status_has_the_fields_of_the_contract(nova, admin_client):
    body = admin_client.get(STATUS).json()
    assert body["poll_after_ms"] == 15000
    assert body["cursor"]
    assert body["migrations"] == [
        {
            "uuid": MIGRATION,
            "id": 42,
            "instance": {"id": INSTANCE, "name": "web-03"},
            "type": "live",
            "status": "completed",
            "phase": "done",
            "progress": None,
            "source": "compute-01",
            "destination": "compute-02",
            "reason": None,
            "actions": [],
            "created_at": "2026-11-22T12:00:00Z",
            "updated_at": "2026-11-22T12:00:42Z",
        }
    ]


def test_running_migration_has_progress(nova, admin_client):
    running(nova)
    body = admin_client.get(STATUS).json()
    assert body["poll_after_ms"] == 3000
    assert body["migrations"][0]["progress"] == {
        "percent": 25,
        "memory_total": 4096 * nova_answers.MIB,
        "memory_remaining": 3072 * nova_answers.MIB,
        "disk_total": 0,
        "disk_remaining": 0,
    }


def test_second_poll_returns_changes_only(nova, admin_client):
    cursor = admin_client.get(STATUS).json()["cursor"]
    again = admin_client.get(STATUS, {"cursor": cursor}).json()
    assert again["migrations"] == []
    nova.on("GET", "/v2.1/os-migrations", json=listed({"status": "error"}))
    after = admin_client.get(STATUS, {"cursor": again["cursor"]}).json()
    assert [one["status"] for one in after["migrations"]] == ["error"]


def test_poll_requests_changes_only(nova, admin_client):
    cursor = admin_client.get(STATUS).json()["cursor"]
    nova.forget()
    admin_client.get(STATUS, {"cursor": cursor})
    [call] = nova.made("GET", "/v2.1/os-migrations")
    assert call.query["changes-since"] == "2026-11-22T11:59:40Z"


def test_html_comes_on_request_and_is_the_row_of_the_page(nova, admin_client):
    [with_html] = admin_client.get(STATUS, {"html": "1"}).json()["migrations"]
    page = admin_client.get("/admin/migrations/").content.decode()
    assert with_html["html"].strip() in page


def test_name_is_escaped(nova, admin_client):
    name = """<b>"Ops" & 'QA'</b>"""
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server(name=name))
    page = admin_client.get("/admin/migrations/").content.decode()
    answer = admin_client.get(STATUS, {"html": "1"})
    assert '<b>"Ops' not in page
    assert "&lt;b&gt;&quot;Ops&quot; &amp; &#x27;QA&#x27;&lt;/b&gt;" in page
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["migrations"][0]["instance"]["name"] == name
    assert "<b>" not in answer.json()["migrations"][0]["html"]


def test_deleted_instance_is_shown_by_its_id(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=404, json=fault("itemNotFound", 404, "gone"))
    [one] = admin_client.get(STATUS).json()["migrations"]
    assert one["instance"] == {"id": INSTANCE, "name": None}
    assert f"<code>{INSTANCE}</code>" in admin_client.get("/admin/migrations/").content.decode()


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_board_reports_an_error_of_nova(nova, admin_client, status):
    nova.on("GET", "/v2.1/os-migrations", status=status, json=fault("computeFault", status, "oops"))
    response = admin_client.get("/admin/migrations/")
    assert response.status_code == 200
    assert "The compute service (Nova) returned no usable answer." in response.content.decode()
    answer = admin_client.get(STATUS)
    assert answer.status_code == 503
    assert "Nova" in answer.json()["error"]


def test_slow_nova_costs_the_timeout_and_no_more(nova, admin_client, settings):
    settings.MIGRATION_PANEL = {"TIMEOUT": 0.2}
    nova.on("GET", "/v2.1/os-migrations", json=listed({}), delay=30)
    answer = admin_client.get(STATUS)
    assert answer.status_code == 503
    assert "did not answer in time" in answer.json()["error"]


def test_poll_returns_401_when_token_expired(nova, admin_client):
    nova.on("GET", "/v2.1/os-migrations", status=401, json={"error": {"code": 401, "message": "expired"}})
    assert admin_client.get(STATUS).status_code == 401
    response = admin_client.get("/admin/migrations/")
    assert response.status_code == 302
    assert "/auth/login/" in response["Location"]


def test_poll_without_session_is_401(client, nova):
    assert client.get(STATUS, headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 401


def test_instance_filter_is_passed_to_nova(nova, admin_client):
    admin_client.get(STATUS, {"instance": INSTANCE})
    [call] = nova.made("GET", "/v2.1/os-migrations")
    assert call.query["instance_uuid"] == INSTANCE


@pytest.mark.parametrize("instance", ["x", "../servers", "6c632c97", "' or 1=1"])
def test_instance_filter_must_be_an_id(nova, admin_client, instance):
    assert admin_client.get(STATUS, {"instance": instance}).status_code == 400
    assert nova.panel_calls == []


@pytest.mark.parametrize(
    "cursor",
    ["x", "AAAA", "é", "A" * 4000, "AQ==", "../.."],
    ids=["letter", "short", "not ASCII", "long", "old format", "path"],
)
def test_invalid_cursor_gets_the_whole_page(nova, admin_client, cursor):
    assert len(admin_client.get(STATUS, {"cursor": cursor}).json()["migrations"]) == 1


def test_post_to_status_is_405(nova, admin_client):
    assert admin_client.post(STATUS).status_code == 405


def test_manager_lists_migrations_of_their_project(nova, helpdesk_client):
    assert helpdesk_client.get("/project/migrations/status/").status_code == 200
    calls = nova.made("GET", "/v2.1/os-migrations")
    assert [call.query["project_id"] for call in calls] == ["demo-id"]


def test_viewer_is_refused(nova, viewer_client):
    assert viewer_client.get("/project/migrations/").status_code == 403
    assert viewer_client.get("/project/migrations/status/").status_code == 403
    assert nova.panel_calls == []


async def test_status_is_served_by_asgi_too(nova, login):
    client = login(AsyncClient())
    response = await client.get(STATUS)
    assert [one["uuid"] for one in response.json()["migrations"]] == [MIGRATION]
    again = await client.get(STATUS, {"cursor": response.json()["cursor"]})
    assert again.json()["migrations"] == []


def test_answers_are_never_cached(nova, admin_client):
    assert "no-store" in admin_client.get(STATUS)["Cache-Control"]


def test_instance_that_is_deleted_has_no_link(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=404, json=fault("itemNotFound", 404, "gone"))
    for address in ("/admin/migrations/", "/project/migrations/"):
        assert f"/instances/{INSTANCE}/" not in admin_client.get(address).content.decode()
    [one] = admin_client.get(STATUS, {"html": "1"}).json()["migrations"]
    assert f"/instances/{INSTANCE}/" not in one["html"]


def test_rows_are_ordered_by_time_for_the_script(nova, admin_client):
    [one] = admin_client.get(STATUS, {"html": "1"}).json()["migrations"]
    assert f'data-order="2026-11-22T12:00:00.000000 {one["uuid"]}"' in one["html"]


def test_open_record_of_a_deleted_instance_does_not_keep_the_board_polling(nova, admin_client):
    nova.on("GET", "/v2.1/os-migrations", json=listed({"status": "running"}))
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=404, json=fault("itemNotFound", 404, "gone"))
    body = admin_client.get(STATUS).json()
    assert body["poll_after_ms"] == 15000
    [one] = body["migrations"]
    assert (one["status"], one["phase"], one["actions"]) == ("running", "cancelled", [])
    assert one["reason"] == "The instance was deleted."


def test_answer_without_all_names_has_no_cursor_and_is_repeated_soon(nova, admin_client):
    many = [
        {"id": number, "uuid": f"00000000-0000-4000-8000-{number:012x}"}
        | {"instance_uuid": f"00000000-0000-4000-9000-{number:012x}", "status": "queued"}
        for number in range(100)
    ]
    nova.on("GET", "/v2.1/os-migrations", json=listed(*many))
    nova.on("GET", "/v2.1/servers/*", json=server())
    first = admin_client.get(STATUS).json()
    assert (first["cursor"], first["poll_after_ms"]) == ("", 3000)
    second = admin_client.get(STATUS).json()
    assert second["cursor"]
    assert all(one["instance"]["name"] for one in second["migrations"])
    assert 'data-cursor=""' not in admin_client.get("/admin/migrations/").content.decode()
