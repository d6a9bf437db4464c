# SPDX-License-Identifier: Apache-2.0
"""The actions within Horizon's frame: requests, answers, and what is never sent."""

import re
from html import unescape

import pytest
from django.test import AsyncClient, Client

from tests.support.board_actions import (
    ACTIONS,
    COLD,
    JSON,
    SCRIPT,
    accept_all_actions,
    action_url,
    changing_calls,
    list_migration_for,
    page_text,
)
from tests.support.board_migrations import LIST
from tests.support.nova_answers import INSTANCE, MIGRATION, fault, listed
from tests.support.user_requests import binding_of

OTHER = "11111111-2222-4333-8444-555555555555"

each_action = pytest.mark.parametrize("action", ACTIONS)


@pytest.fixture
def nova(fake_cloud):
    return accept_all_actions(fake_cloud)


@each_action
@pytest.mark.parametrize("dashboard", ["admin", "project"])
def test_action_redirects_to_the_board_with_a_message(nova, admin_client, action, dashboard):
    list_migration_for(nova, action)
    response = admin_client.post(action_url(action, dashboard), {"instance": INSTANCE})
    assert response.status_code == 302
    assert response["Location"] == f"/{dashboard}/migrations/"
    method, path, done = ACTIONS[action]
    assert changing_calls(nova) == [f"{method} {path}"]
    assert done in page_text(admin_client.get(response["Location"]))


@each_action
def test_script_gets_202_with_the_migration(nova, admin_client, action):
    list_migration_for(nova, action)
    response = admin_client.post(
        action_url(action), {"instance": INSTANCE, "binding": binding_of(admin_client)}, headers=SCRIPT
    )
    assert response.status_code == 202
    assert "no-store" in response["Cache-Control"]
    assert set(response.json()) == {"migration"}
    found = response.json()["migration"]
    assert (found["uuid"], found["instance"]["id"]) == (MIGRATION, INSTANCE)
    assert found["phase"] == ("confirm" if action in COLD else "running")
    method, path, _done = ACTIONS[action]
    assert changing_calls(nova) == [f"{method} {path}"]


@each_action
def test_instance_in_the_form_costs_one_call_besides_the_action(nova, admin_client, action):
    list_migration_for(nova, action)
    admin_client.get("/admin/migrations/status/")
    nova.forget()
    admin_client.post(action_url(action), {"instance": INSTANCE, "binding": binding_of(admin_client)}, headers=SCRIPT)
    method, path, _done = ACTIONS[action]
    assert nova.panel_calls == [f"GET {LIST}", f"{method} {path}"]


@each_action
def test_script_needs_no_instance(nova, admin_client, action):
    list_migration_for(nova, action)
    assert admin_client.post(action_url(action), headers=JSON).status_code == 202
    assert len(changing_calls(nova)) == 1


@each_action
@pytest.mark.parametrize("hint", ["x", "../servers", "6c632c97", "' or 1=1", "", "*"])
def test_instance_that_is_no_uuid_is_ignored(nova, admin_client, action, hint):
    list_migration_for(nova, action)
    assert admin_client.post(action_url(action), {"instance": hint}, headers=JSON).status_code == 202
    assert all("instance_uuid" not in call.query for call in nova.made("GET", LIST))


@each_action
def test_another_instance_in_the_form_is_404(nova, admin_client, action):
    nova.on("GET", LIST, query={"instance_uuid": OTHER}, json=listed({"uuid": OTHER, "instance_uuid": OTHER}))
    response = admin_client.post(action_url(action), {"instance": OTHER}, headers=JSON)
    assert response.status_code == 404
    assert changing_calls(nova) == []


@each_action
@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (409, 409, "Nova refused the request. Reason: “It is locked”"),
        (400, 409, "Nova refused the request. Reason: “It is locked”"),
        (403, 403, "Your role does not permit this action. Reason: “It is locked”"),
        (503, 503, "The compute service (Nova) returned no usable answer. Reason: “HTTP 503: It is locked”"),
        (401, 401, "Your session has expired. Log in again. Reason: “It is locked”"),
    ],
)
def test_script_gets_the_error_of_nova(nova, admin_client, action, status, code, error):
    list_migration_for(nova, action)
    method, path, _done = ACTIONS[action]
    nova.on(method, path, status=status, json=fault("someFault", status, "It is locked"))
    response = admin_client.post(action_url(action), {"instance": INSTANCE}, headers=JSON)
    assert (response.status_code, set(response.json())) == (code, {"error"})
    assert response.json()["error"].startswith(error)


@each_action
def test_error_of_nova_is_a_message_on_the_board(nova, admin_client, action):
    list_migration_for(nova, action)
    method, path, done = ACTIONS[action]
    nova.on(method, path, status=409, json=fault("conflictingRequest", 409, "<b>It</b> is locked"))
    response = admin_client.post(action_url(action), {"instance": INSTANCE}, follow=True)
    assert response.redirect_chain == [("/admin/migrations/", 302)]
    assert "Nova refused the request. Reason: “&lt;b&gt;It&lt;/b&gt; is locked”" in page_text(response)
    assert done not in page_text(response)


@each_action
def test_finished_migration_is_409_and_nothing_is_sent(nova, admin_client, action):
    list_migration_for(nova, action, status="completed")
    response = admin_client.post(action_url(action), {"instance": INSTANCE}, headers=JSON)
    assert response.status_code == 409
    error = "Nothing was changed: the migration has already finished. Status in Nova: completed"
    assert response.json() == {"error": error}
    assert changing_calls(nova) == []


@each_action
@pytest.mark.parametrize("hint", [{}, {"instance": INSTANCE}], ids=["no hint", "hint"])
def test_unknown_migration_is_404_and_nothing_is_sent(nova, admin_client, action, hint):
    nova.on("GET", LIST, json=listed())
    response = admin_client.post(action_url(action), hint, headers=JSON)
    assert response.status_code == 404
    assert "instance or migration was not found" in response.json()["error"]
    assert changing_calls(nova) == []


@pytest.mark.parametrize(
    "path",
    [
        action_url("delete"),
        action_url("Abort"),
        action_url("abort", migration="42"),
        action_url("abort", migration=".."),
    ],
)
def test_unknown_action_or_invalid_uuid_is_404(nova, admin_client, path):
    assert admin_client.post(path, headers=JSON).status_code == 404
    assert nova.panel_calls == []


@each_action
@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
def test_anything_but_post_is_405(nova, admin_client, action, method):
    list_migration_for(nova, action)
    assert getattr(admin_client, method)(action_url(action)).status_code == 405
    assert nova.panel_calls == []


@pytest.fixture
def strict(login):
    """A client whose CSRF tokens are checked, like a browser's."""
    roles = ("admin", "manager", "member", "reader")
    return login(Client(enforce_csrf_checks=True), roles=roles, project="admin", project_id="admin-id")


@each_action
@pytest.mark.parametrize("headers", [{}, JSON], ids=["page", "script"])
def test_without_a_csrf_token_nothing_is_done(nova, strict, action, headers):
    list_migration_for(nova, action)
    response = strict.post(action_url(action), {"instance": INSTANCE}, headers=headers)
    # Horizon's own way to say so.
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/auth/login/")
    assert nova.panel_calls == []


@each_action
def test_script_of_a_page_without_a_csrf_token_is_401(nova, strict, action):
    list_migration_for(nova, action)
    assert strict.post(action_url(action), {"instance": INSTANCE}, headers=SCRIPT).status_code == 401
    assert nova.panel_calls == []


@each_action
@pytest.mark.parametrize("as_header", [True, False], ids=["header", "field"])
def test_csrf_token_of_the_board_is_accepted(nova, strict, action, as_header):
    list_migration_for(nova, action)
    page = strict.get("/admin/migrations/").content.decode()
    form = re.search(r'<form[^>]*id="migration-act".*?</form>', page, re.DOTALL).group()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form).group(1)
    fields = {} if as_header else {"csrfmiddlewaretoken": token}
    headers = JSON | ({"X-CSRFToken": token} if as_header else {})
    assert strict.post(action_url(action), fields, headers=headers).status_code == 202


@each_action
def test_confirmation_page_sends_nothing(nova, admin_client, action):
    list_migration_for(nova, action)
    response = admin_client.post(action_url(action), {"instance": INSTANCE, "ask": "1"})
    page = page_text(response)
    assert response.status_code == 200
    assert changing_calls(nova) == []
    form = re.search(rf'<form method="post" action="{action_url(action)}".*?</form>', page).group()
    assert f'name="instance" value="{INSTANCE}"' in form
    assert 'name="ask"' not in form
    assert 'href="/admin/migrations/"' in form
    assert "compute-0" in form


@each_action
def test_confirmed_action_is_sent(nova, strict, action):
    list_migration_for(nova, action)
    board = strict.get("/admin/migrations/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', board).group(1)
    fields = {"instance": INSTANCE, "ask": "1", "csrfmiddlewaretoken": token}
    form = re.search(
        r'<form method="post" action="[^"]*migrations/.*?</form>', page_text(strict.post(action_url(action), fields))
    )
    answer = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.group()))
    response = strict.post(re.search('action="([^"]+)"', form.group()).group(1), answer)
    assert response.status_code == 302
    assert len(changing_calls(nova)) == 1


def test_confirmation_of_an_unknown_migration_redirects_to_the_board(nova, admin_client):
    nova.on("GET", LIST, json=listed())
    response = admin_client.post(action_url("abort"), {"instance": INSTANCE, "ask": "1"}, follow=True)
    assert response.redirect_chain == [("/admin/migrations/", 302)]
    assert "The instance or migration was not found." in page_text(response)


@each_action
def test_confirmation_page_is_escaped(nova, admin_client, action):
    host = """<b>"h" & 'q'</b>"""
    list_migration_for(nova, action, source_compute=host, dest_compute=host)
    board = admin_client.get("/admin/migrations/").content.decode()
    page = admin_client.post(action_url(action), {"instance": INSTANCE, "ask": "1"}).content.decode()
    for text in (board, page):
        assert '<b>"h"' not in text
    questions = [unescape(one) for one in re.findall(r'data-question="([^"]*)"', board)]
    assert len(questions) == 2
    assert all(host in question for question in questions)


async def test_actions_are_served_by_asgi_too(nova, login):
    list_migration_for(nova, "abort")
    client = login(AsyncClient())
    assert (await client.post(action_url("abort"), headers=JSON)).status_code == 202


@each_action
def test_long_text_of_nova_is_cut_in_a_message(nova, admin_client, action):
    """Django may keep messages in a cookie of 4 KB, and the session with them."""
    list_migration_for(nova, action)
    method, path, _done = ACTIONS[action]
    nova.on(method, path, status=409, json=fault("conflictingRequest", 409, "No. " * 1000))
    admin_client.post(action_url(action), {"instance": INSTANCE})
    page = page_text(admin_client.get("/admin/migrations/"))
    assert "No. No." in page
    assert "No. " * 130 not in page
