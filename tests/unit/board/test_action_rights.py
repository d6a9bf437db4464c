# SPDX-License-Identifier: Apache-2.0
"""Which actions and pages each user gets, by the real policies of Nova and Horizon."""

import re

import pytest
from django.test import Client

from migration_panel.api.models import Migration
from migration_panel.board.cache import InstanceSummary
from migration_panel.board.failure import FailureReason
from migration_panel.board.views import offered
from tests.support.board_actions import (
    ACTIONS,
    JSON,
    SCRIPT,
    SERVER,
    accept_all_actions,
    action_url,
    changing_calls,
    list_migration_for,
)
from tests.support.board_migrations import LIST
from tests.support.board_rows import row_of
from tests.support.nova_answers import INSTANCE, LISTED, fault, server
from tests.support.user_requests import request_of

ADMIN = ("admin", "manager", "member", "reader")
MANAGER = ("manager", "member", "reader")
MEMBER = ("member", "reader")
READER = ("reader",)

RUNNING = {"status": "running"}
FINISHED = {"status": "finished", "migration_type": "migration"}
FLIPPED = {"status": "error"}

LIVE_ONES = ["force-complete", "abort"]
COLD_ONES = ["confirm", "revert"]

each_action = pytest.mark.parametrize("action", ACTIONS)


@pytest.fixture
def nova(fake_cloud):
    return accept_all_actions(fake_cloud)


def offers(request, state: dict, project_id: str | None = "demo-id") -> list[str]:
    why = FailureReason("message", "oops", unharmed=True) if state is FLIPPED else None
    row = row_of(Migration.from_api(LISTED | state), InstanceSummary("web-03", 4096, project_id), reason=why)
    return [action.slug for one in offered(request, [row]) for action in one.actions]


@pytest.mark.parametrize(
    ("roles", "running", "finished", "flipped"),
    [
        (ADMIN, LIVE_ONES, COLD_ONES, ["reset-state"]),
        (("admin",), LIVE_ONES, COLD_ONES, ["reset-state"]),
        (MANAGER, LIVE_ONES, COLD_ONES, []),
        (MEMBER, [], COLD_ONES, []),
        (READER, [], [], []),
    ],
    ids=["admin", "admin alone", "manager", "member", "reader"],
)
def test_policy_decides_what_is_offered(fake_cloud, roles, running, finished, flipped):
    request = request_of(fake_cloud, *roles)
    assert offers(request, RUNNING) == running
    assert offers(request, FINISHED) == finished
    assert offers(request, FLIPPED) == flipped


@pytest.mark.parametrize("roles", [MANAGER, MEMBER, READER], ids=["manager", "member", "reader"])
@pytest.mark.parametrize("state", [RUNNING, FINISHED], ids=["running", "finished"])
def test_instance_of_another_project_is_offered_to_admins_only(fake_cloud, roles, state):
    assert offers(request_of(fake_cloud, *roles), state, "other-id") == []
    assert offers(request_of(fake_cloud, *ADMIN), state, "other-id") != []


def test_instance_of_an_unknown_project_counts_as_the_users_own(fake_cloud):
    assert offers(request_of(fake_cloud, *MANAGER), RUNNING, None) == LIVE_ONES
    assert offers(request_of(fake_cloud, *READER), FINISHED, None) == []


def buttons(html: str) -> list[str]:
    return re.findall(r'<button type="submit" form="migration-act" formaction="[^"]*/([a-z-]+)/"', html)


@pytest.mark.parametrize(("action", "both"), [("abort", LIVE_ONES), ("confirm", COLD_ONES)], ids=["abort", "confirm"])
@pytest.mark.parametrize("user", ["admin", "helpdesk"])
def test_page_and_status_offer_the_same(nova, request, user, action, both):
    list_migration_for(nova, action)
    client = request.getfixturevalue(f"{user}_client")
    board = "/admin/migrations/" if user == "admin" else "/project/migrations/"
    assert buttons(client.get(board).content.decode()) == both
    [found] = client.get(f"{board}status/", {"html": "1"}).json()["migrations"]
    assert found["actions"] == both
    assert buttons(found["html"]) == both


def test_manager_is_offered_nothing_of_another_projects_instance(nova, helpdesk_client):
    list_migration_for(nova, "abort")
    nova.on("GET", SERVER, json=server(tenant_id="other-id"))
    [found] = helpdesk_client.get("/project/migrations/status/", {"html": "1"}).json()["migrations"]
    assert (found["actions"], buttons(found["html"])) == ([], [])


def test_repair_is_a_button_but_nothing_for_scripts(nova, admin_client):
    list_migration_for(nova, "abort", status="error")
    nova.on("GET", SERVER, json=server(status="ERROR"))
    nova.on("GET", f"{SERVER}/os-instance-actions", json={"instanceActions": []})
    [found] = admin_client.get("/admin/migrations/status/", {"html": "1"}).json()["migrations"]
    assert (found["actions"], buttons(found["html"])) == ([], ["reset-state"])


@pytest.mark.parametrize(("status", "both"), [("paused", ["abort"]), ("active", LIVE_ONES)])
def test_paused_instance_is_not_offered_to_be_forced(nova, admin_client, status, both):
    list_migration_for(nova, "abort")
    nova.on("GET", SERVER, json=server(**{"OS-EXT-STS:vm_state": status}))
    [found] = admin_client.get("/admin/migrations/status/").json()["migrations"]
    assert found["actions"] == both


@pytest.mark.parametrize(("version", "offer"), [("2.64", []), ("2.65", ["abort"])])
def test_queued_migration_can_be_aborted_from_2_65_on(nova, admin_client, version, offer):
    nova.max_microversion = version
    list_migration_for(nova, "abort", status="queued")
    [found] = admin_client.get("/admin/migrations/status/").json()["migrations"]
    assert found["actions"] == offer


@each_action
def test_manager_acts_in_their_project(nova, helpdesk_client, action):
    list_migration_for(nova, action, source_compute=None, dest_compute=None)
    response = helpdesk_client.post(action_url(action, "project"), {"instance": INSTANCE}, headers=JSON)
    assert response.status_code == 202
    assert {call.query["project_id"] for call in nova.made("GET", LIST)} == {"demo-id"}
    assert len(changing_calls(nova)) == 1


@each_action
@pytest.mark.parametrize("headers", [{}, JSON, SCRIPT], ids=["page", "json", "script"])
def test_manager_is_kept_out_of_the_admin_panel(nova, helpdesk_client, action, headers):
    list_migration_for(nova, action)
    assert helpdesk_client.post(action_url(action), headers=headers).status_code == 403
    assert nova.panel_calls == []


@each_action
@pytest.mark.parametrize("dashboard", ["admin", "project"])
@pytest.mark.parametrize("headers", [{}, JSON, SCRIPT], ids=["page", "json", "script"])
def test_viewer_is_refused_and_nothing_is_sent(nova, viewer_client, action, dashboard, headers):
    list_migration_for(nova, action)
    assert viewer_client.post(action_url(action, dashboard), headers=headers).status_code == 403
    assert nova.panel_calls == []


@each_action
def test_page_without_session_redirects_to_login(nova, admin_client, action):
    list_migration_for(nova, action)
    method, path, _done = ACTIONS[action]
    nova.on(method, path, status=401, json=fault("unauthorized", 401, "expired"))
    for browser in (admin_client, Client()):
        response = browser.post(action_url(action), {"instance": INSTANCE})
        assert response.status_code == 302
        assert "/auth/login/" in response["Location"]


@each_action
def test_script_without_a_session_is_401(nova, client, action):
    assert client.post(action_url(action), headers=SCRIPT).status_code == 401
    assert nova.panel_calls == []
