# SPDX-License-Identifier: Apache-2.0
"""Failure reasons on the pages: texts, escaping, and the actions that are offered."""

import re
from html import unescape

import pytest

from tests.support.board_actions import JSON, SERVER, action_url, changing_calls
from tests.support.board_migrations import LIST
from tests.support.nova_answers import (
    EVENT,
    INSTANCE,
    MIGRATION,
    REQUEST,
    action,
    actions,
    fault,
    listed,
    server,
    without_admin_fields,
)

ACTIONS = f"{SERVER}/os-instance-actions"
BOARD = "/{}/migrations/"
UNHARMED = "Nova set the instance to Error, but the guest is still running on compute-01."
REFUSAL = "Policy doesn't allow os_compute_api:os-admin-actions:reset_state to be performed."
REFUSED = "Nova refused the migration: “{}”"
RESET = {"os-resetState": {"state": "active"}}


@pytest.fixture
def nova(fake_cloud):
    """A cloud with a failed live migration of web-03, refused by the check at its source."""
    serve_failure(fake_cloud)
    fake_cloud.on("GET", SERVER, json=server())
    fake_cloud.on("POST", f"{SERVER}/action", status=202)
    return fake_cloud


def serve_failure(cloud, *events: dict, request: str = "live-migration", **changes) -> None:
    cloud.on("GET", LIST, json=listed({"status": "error"} | changes))
    cloud.on("GET", LIST, query={"status": "finished"}, json=listed())
    cloud.on("GET", ACTIONS, json=actions({"action": request}))
    cloud.on("GET", f"{ACTIONS}/{REQUEST}", json=action(*(events or [{}]), action=request))


def page(client, dashboard="admin") -> str:
    return client.get(BOARD.format(dashboard)).content.decode()


def status(client, dashboard="admin") -> dict:
    """Return the only migration in the JSON, with its row."""
    [one] = client.get(f"{BOARD.format(dashboard)}status/", {"html": "1"}).json()["migrations"]
    return one


def shown(html: str) -> str:
    """Return the text of the reason in the row."""
    [words] = re.findall(r'<span class="migration-reason">(.*?)</span>', html, re.S) or [""]
    return words


def cursor(client) -> str:
    return re.search(r'data-cursor="([^"]*)"', page(client)).group(1)


def retry_links(html: str) -> list[tuple[str, str]]:
    """Return address and text of the links that retry the migration."""
    links = re.findall(r'<a class="btn btn-default btn-sm" href="([^"]*)"[^>]*>([^<]*)</a>', html)
    return [(unescape(href), words) for href, words in links]


def offers_reset(html: str) -> bool:
    return "/reset-state/" in html


def test_json_and_row_have_the_reason(nova, admin_client):
    one = status(admin_client)
    assert one["reason"] == REFUSED.format(EVENT["details"])
    assert unescape(shown(one["html"])) == REFUSED.format(EVENT["details"])


def test_page_has_the_reason_after_a_poll(nova, admin_client):
    assert shown(page(admin_client)) == ""
    assert nova.made("GET", f"{ACTIONS}*") == []
    status(admin_client)
    assert unescape(shown(page(admin_client))) == REFUSED.format(EVENT["details"])


def test_first_poll_has_no_cursor_while_a_reason_is_missing(nova, admin_client):
    assert cursor(admin_client) == ""
    status(admin_client)
    nova.forget()
    assert cursor(admin_client) != ""
    assert nova.made("GET", f"{ACTIONS}*") == []


@pytest.mark.parametrize("state", ["completed", "running", "queued"])
def test_first_poll_has_the_cursor_of_a_page_without_failures(nova, admin_client, state):
    serve_failure(nova, status=state)
    assert cursor(admin_client) != ""


def test_page_and_status_show_the_same_row(nova, admin_client):
    assert status(admin_client)["html"].strip() in page(admin_client)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a & 'b' {{ c }}"])
def test_text_of_nova_is_escaped(nova, admin_client, text):
    serve_failure(nova, {"details": text})
    answer = admin_client.get(f"{BOARD.format('admin')}status/", {"html": "1"})
    assert answer["Content-Type"] == "application/json"
    [one] = answer.json()["migrations"]
    assert one["reason"] == REFUSED.format(text)
    for html in (one["html"], page(admin_client)):
        assert text not in html
        assert unescape(shown(html)) == REFUSED.format(text)


def test_manager_gets_no_details(nova, helpdesk_client):
    nova.on("GET", f"{ACTIONS}/{REQUEST}", json=without_admin_fields(action({})))
    one = status(helpdesk_client, "project")
    assert one["reason"] == (
        "Only administrators can see the reason. Ask an administrator. Hand over the instance ID, the request ID "
        f"{REQUEST} and this time: 2026-11-22 12:00:42 UTC."
    )
    assert shown(one["html"]) == one["reason"]


@pytest.mark.parametrize("code", [403, 500])
def test_reason_is_null_while_nova_does_not_answer(nova, admin_client, code):
    nova.on("GET", ACTIONS, status=code, json=fault("someFault", code, "not now"))
    one = status(admin_client)
    assert (one["reason"], shown(one["html"])) == (None, "")


def test_cancelled_migration_has_no_reason(nova, admin_client):
    serve_failure(nova, status="cancelled")
    one = status(admin_client)
    assert (one["reason"], shown(one["html"]), retry_links(one["html"])) == (None, "", [])


@pytest.mark.parametrize("state", ["error", "failed", "cancelled"])
def test_administrator_can_reset_an_unharmed_instance(nova, admin_client, state):
    serve_failure(nova, status=state)
    nova.on("GET", SERVER, json=server(status="ERROR"))
    one = status(admin_client)
    assert one["reason"].endswith(UNHARMED)
    assert offers_reset(one["html"])
    assert offers_reset(page(admin_client))
    assert one["actions"] == []


def test_manager_sees_an_unharmed_instance_and_cannot_reset_it(nova, helpdesk_client):
    nova.on("GET", SERVER, json=server(status="ERROR"))
    one = status(helpdesk_client, "project")
    assert one["reason"].endswith(UNHARMED)
    assert not offers_reset(one["html"])
    assert one["actions"] == []


@pytest.mark.parametrize(
    "fact",
    [
        {"status": "ACTIVE"},
        {"status": "SHUTOFF"},
        {"status": "ERROR", "OS-EXT-STS:power_state": 4},
        {"status": "ERROR", "OS-EXT-SRV-ATTR:host": "compute-03"},
        {"status": "ERROR", "OS-EXT-STS:task_state": "migrating"},
    ],
    ids=str,
)
def test_reset_is_offered_for_unharmed_instances_only(nova, admin_client, fact):
    nova.on("GET", SERVER, json=server(**fact))
    one = status(admin_client)
    assert UNHARMED not in one["reason"]
    assert not offers_reset(one["html"])
    answer = admin_client.post(action_url("reset-state"), {"instance": INSTANCE}, headers=JSON)
    assert answer.status_code == 409
    assert (
        answer.json()["error"]
        == "Nothing was changed: the instance is not in Error, or Nova does not report that its guest is still running."
    )
    assert changing_calls(nova) == []


@pytest.mark.parametrize("hint", [{"instance": INSTANCE}, {}], ids=["hint", "no hint"])
def test_reset_sends_exactly_one_request_and_shows_at_once(nova, admin_client, hint):
    nova.on("GET", SERVER, json=server(status="ERROR"))
    assert UNHARMED in status(admin_client)["reason"]
    answer = admin_client.post(action_url("reset-state"), hint, headers=JSON)
    assert answer.status_code == 202
    assert changing_calls(nova) == [f"POST {SERVER}/action"]
    assert nova.made("POST", "*")[0].body == RESET
    nova.on("GET", SERVER, json=server())
    one = status(admin_client)
    assert one["reason"] == REFUSED.format(EVENT["details"])
    assert not offers_reset(one["html"])
    # A second click, on an older page.
    assert admin_client.post(action_url("reset-state"), hint, headers=JSON).status_code == 409
    assert len(changing_calls(nova)) == 1


def test_rejected_reset_has_the_text_of_nova(nova, helpdesk_client):
    nova.on("GET", SERVER, json=server(status="ERROR"))
    nova.on("POST", f"{SERVER}/action", status=403, json=fault("forbidden", 403, REFUSAL))
    answer = helpdesk_client.post(action_url("reset-state", "project"), {"instance": INSTANCE}, headers=JSON)
    assert answer.status_code == 403
    assert REFUSAL in answer.json()["error"]


OTHER_REASON = {"details": "CPU doesn't have compatibility."}
NO_BLOCK = {"details": "compute-01 is not on local storage: Block migration can not be used with shared storage."}


@pytest.mark.parametrize(
    ("changes", "event", "kind", "words"),
    [
        ({}, {}, "live-block", "Retry as live block"),
        ({}, NO_BLOCK, "live", "Retry"),
        ({}, OTHER_REASON, "live", "Retry"),
        ({"status": "failed"}, {"event": "compute_live_migration", "result": "Success"}, "live", "Retry"),
        ({"migration_type": "migration"}, OTHER_REASON, "cold", "Retry"),
        ({"migration_type": "resize"}, OTHER_REASON, None, ""),
        ({"migration_type": "evacuation"}, OTHER_REASON, None, ""),
    ],
    ids=["not shared", "not local", "other message", "no message", "cold", "resize", "evacuation"],
)
@pytest.mark.parametrize("dashboard", ["admin", "project"])
def test_retry_is_offered_as_a_suitable_type(nova, request, dashboard, changes, event, kind, words):
    request_name = {"migration": "migrate", "resize": "resize"}.get(changes.get("migration_type"), "live-migration")
    serve_failure(nova, event, request=request_name, **changes)
    client = request.getfixturevalue("admin_client" if dashboard == "admin" else "helpdesk_client")
    link = f"{BOARD.format(dashboard)}{INSTANCE}/{kind}/?failed=compute-02"
    assert retry_links(status(client, dashboard)["html"]) == ([(link, words)] if kind else [])


@pytest.mark.parametrize(
    ("destination", "query"),
    [
        (None, ""),
        ("", ""),
        ("compute-02", "?failed=compute-02"),
        ('a b&c=d"><i>', "?failed=a%20b%26c%3Dd%22%3E%3Ci%3E"),
    ],
)
def test_retry_names_the_failed_host(nova, admin_client, destination, query):
    serve_failure(nova, OTHER_REASON, dest_compute=destination)
    [(link, _words)] = retry_links(status(admin_client)["html"])
    assert link == f"{BOARD.format('admin')}{INSTANCE}/live/{query}"


def test_deleted_instance_has_a_reason_and_no_retry(nova, admin_client):
    nova.on("GET", SERVER, status=404, json=fault("itemNotFound", 404, "gone"))
    one = status(admin_client)
    assert one["instance"] == {"id": INSTANCE, "name": None}
    assert one["reason"] == REFUSED.format(EVENT["details"])
    assert retry_links(one["html"]) == []


def test_reason_is_in_the_row_of_its_migration(nova, admin_client):
    one = status(admin_client)
    assert one["html"].strip().startswith(f'<tr id="migration-{MIGRATION}"')
    cell = re.search(r'<td data-column="status".*?</td>', one["html"], re.S).group()
    assert "migration-reason" in cell
