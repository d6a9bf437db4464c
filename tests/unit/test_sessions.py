# SPDX-License-Identifier: Apache-2.0
"""An unattended request does not change the session, with Horizon's own session backend."""

from importlib import import_module

import pytest
from django.conf import settings

from migration_panel.board.views import StatusView
from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON
from tests.support.nova_answers import INSTANCE, MIGRATION, listed, server
from tests.support.user_requests import binding_of

BOARD = "/admin/migrations/"
SCRIPT = {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}
OTHER_SCRIPT = {"Accept": "application/json"}
PAGE = {"Accept": "text/html"}
POLLS = (
    "status/",
    "status/?html=1",
    "hosts/compute-01/run/?html=1",
    f"{INSTANCE}/live/check/?html=1",
    f"{MIGRATION}/?instance={INSTANCE}&part=1",
)
RUN = f"{BOARD}hosts/compute-01/run/"


def session_store(client):
    """Return the stored session of the client."""
    engine = import_module(settings.SESSION_ENGINE)
    return engine.SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture
def cloud(fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({}))
    fake_cloud.on("GET", f"{COMPUTE}/servers/{INSTANCE}", json=server())
    return fake_cloud


def switch_while_answering(cloud, client, path, body):
    """Let another tab switch the project while Nova answers a request with ``body``."""

    def answer(call):
        session = session_store(client)
        session["project_of_test"] = "B"
        session.save()
        return body

    cloud.on("GET", f"{COMPUTE}/{path}", json=answer)


def test_tests_use_horizons_session_backend():
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.cache"
    assert settings.SESSION_REFRESH


@pytest.mark.parametrize("headers", [SCRIPT, OTHER_SCRIPT], ids=["script of the page", "other script"])
@pytest.mark.parametrize("path", POLLS)
def test_poll_does_not_extend_the_session(cloud, admin_client, path, headers):
    before = set(session_store(admin_client).keys())
    answer = admin_client.get(BOARD + path, headers=headers)
    assert answer.status_code == 200
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    assert set(session_store(admin_client).keys()) == before
    assert "_session_expiry" not in before


@pytest.mark.parametrize("headers", [SCRIPT, OTHER_SCRIPT], ids=["script of the page", "other script"])
@pytest.mark.parametrize("path", ["status/", "hosts/compute-01/run/"])
def test_poll_does_not_undo_a_switch(cloud, admin_client, path, headers):
    switch_while_answering(cloud, admin_client, "os-migrations", listed({}))
    assert admin_client.get(BOARD + path, headers=headers).status_code == 200
    assert session_store(admin_client)["project_of_test"] == "B"


def test_automatic_request_of_a_run_does_not_undo_a_switch(cloud, admin_client):
    fields = {"action": "resume", "binding": binding_of(admin_client)}
    order = admin_client.post(RUN, fields, headers=SCRIPT).json()["order"]
    switch_while_answering(cloud, admin_client, "os-migrations", listed({}))
    automatic = {"order": order, "binding": binding_of(admin_client)}
    answer = admin_client.post(RUN, automatic, headers=SCRIPT)
    assert (answer.status_code, settings.SESSION_COOKIE_NAME in answer.cookies) == (200, False)
    assert session_store(admin_client)["project_of_test"] == "B"


@pytest.mark.parametrize(("sender", "undone"), [("script", False), ("1", True)], ids=["script", "button"])
def test_update_of_a_plan_by_a_script_does_not_undo_a_switch(cloud, admin_client, sender, undone):
    switch_while_answering(cloud, admin_client, "servers/detail", {"servers": []})
    fields = {"update": sender, "binding": binding_of(admin_client)}
    plan = admin_client.post(f"{BOARD}hosts/compute-01/drain/", fields, headers=PAGE)
    assert plan.status_code == 200
    assert ("project_of_test" not in session_store(admin_client)) is undone


def test_page_that_a_user_opens_extends_the_session(cloud, admin_client):
    answer = admin_client.get(BOARD, headers=PAGE)
    assert settings.SESSION_COOKIE_NAME in answer.cookies
    assert "_session_expiry" in session_store(admin_client)


def test_change_of_the_session_by_a_view_is_stored(cloud, admin_client, monkeypatch):
    def body(view, request, feed):
        request.session["of_view"] = "stored"
        return {}

    monkeypatch.setattr(StatusView, "_body", body)
    admin_client.get(f"{BOARD}status/", headers=SCRIPT)
    assert session_store(admin_client)["of_view"] == "stored"
