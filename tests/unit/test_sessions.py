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
PLAIN = {"Accept": "application/json"}
PAGE = {"Accept": "text/html"}
POLLS = (
    "status/",
    "status/?html=1",
    "hosts/compute-01/run/?html=1",
    f"{INSTANCE}/live/check/?html=1",
    f"{MIGRATION}/?instance={INSTANCE}&part=1",
)
RUN = f"{BOARD}hosts/compute-01/run/"


def store(client):
    engine = import_module(settings.SESSION_ENGINE)
    return engine.SessionStore(client.cookies[settings.SESSION_COOKIE_NAME].value)


@pytest.fixture
def cloud(fake_cloud):
    host = FakeHost(fake_cloud, 2)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({}))
    fake_cloud.on("GET", f"{COMPUTE}/servers/{INSTANCE}", json=server())
    return fake_cloud


def switches_meanwhile(cloud, client):
    """Another tab switches the project while Nova answers."""

    def answer(call):
        session = store(client)
        session["project_of_test"] = "B"
        session.save()
        return listed({})

    cloud.on("GET", f"{COMPUTE}/os-migrations", json=answer)


def test_sessions_are_kept_as_horizon_does():
    assert settings.SESSION_ENGINE == "django.contrib.sessions.backends.cache"
    assert settings.SESSION_REFRESH


@pytest.mark.parametrize("headers", [SCRIPT, PLAIN], ids=["ours", "plain"])
@pytest.mark.parametrize("path", POLLS)
def test_poll_does_not_extend_the_session(cloud, admin_client, path, headers):
    before = set(store(admin_client).keys())
    answer = admin_client.get(BOARD + path, headers=headers)
    assert answer.status_code == 200
    assert settings.SESSION_COOKIE_NAME not in answer.cookies
    assert set(store(admin_client).keys()) == before
    assert "_session_expiry" not in before


@pytest.mark.parametrize("headers", [SCRIPT, PLAIN], ids=["ours", "plain"])
@pytest.mark.parametrize("path", ["status/", "hosts/compute-01/run/"])
def test_poll_does_not_undo_a_switch_of_project(cloud, admin_client, path, headers):
    switches_meanwhile(cloud, admin_client)
    assert admin_client.get(BOARD + path, headers=headers).status_code == 200
    assert store(admin_client)["project_of_test"] == "B"


def test_work_that_a_page_continues_by_itself_undoes_no_switch(cloud, admin_client):
    fields = {"action": "resume", "binding": binding_of(admin_client)}
    order = admin_client.post(RUN, fields, headers=SCRIPT).json()["order"]
    switches_meanwhile(cloud, admin_client)
    automatic = {"order": order, "binding": binding_of(admin_client)}
    answer = admin_client.post(RUN, automatic, headers=SCRIPT)
    assert (answer.status_code, settings.SESSION_COOKIE_NAME in answer.cookies) == (200, False)
    assert store(admin_client)["project_of_test"] == "B"


@pytest.mark.parametrize(("sender", "undone"), [("script", False), ("1", True)], ids=["script", "button"])
def test_plan_that_a_script_updates_undoes_no_switch(cloud, admin_client, sender, undone):
    def answer(call):
        session = store(admin_client)
        session["project_of_test"] = "B"
        session.save()
        return {"servers": []}

    cloud.on("GET", f"{COMPUTE}/servers/detail", json=answer)
    fields = {"update": sender, "binding": binding_of(admin_client)}
    plan = admin_client.post(f"{BOARD}hosts/compute-01/drain/", fields, headers=PAGE)
    assert plan.status_code == 200
    assert ("project_of_test" not in store(admin_client)) is undone


def test_page_that_a_user_opens_extends_the_session(cloud, admin_client):
    answer = admin_client.get(BOARD, headers=PAGE)
    assert settings.SESSION_COOKIE_NAME in answer.cookies
    assert "_session_expiry" in store(admin_client)


def test_what_a_view_itself_writes_is_kept(cloud, admin_client, monkeypatch):
    def body(view, request, feed, *, html):
        request.session["of_ours"] = "kept"
        return {}

    monkeypatch.setattr(StatusView, "_body", body)
    admin_client.get(f"{BOARD}status/", headers=SCRIPT)
    assert store(admin_client)["of_ours"] == "kept"
