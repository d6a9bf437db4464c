# SPDX-License-Identifier: Apache-2.0
"""A cursor continues its own list only: not the list of another region or project, and not after an hour."""

import time

import pytest

from migration_panel.board import views
from migration_panel.board.cursor import MAX_AGE, Cursor
from tests.support.fake_cloud import COMPUTE, running_fake_cloud
from tests.support.nova_answers import INSTANCE, listed, server
from tests.support.session_switch import log_in_to_regions, switch_region
from tests.support.user_requests import binding_of

STATUS = "/admin/migrations/status/"
JSON = {"Accept": "application/json"}


@pytest.fixture
def nova(fake_cloud):
    return serve_one_migration(fake_cloud)


def serve_one_migration(cloud):
    cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({}))
    cloud.on("GET", f"{COMPUTE}/servers/{INSTANCE}", json=server())
    return cloud


def is_rejected(answer) -> bool:
    return answer.status_code == 409 and "changed in another tab" in answer.json()["error"]


def test_cursor_has_binding_and_time_of_issue(nova, admin_client):
    cursor = Cursor.parse(admin_client.get(STATUS, headers=JSON).json()["cursor"])
    assert cursor.binding.hex() == binding_of(admin_client)
    assert abs(cursor.issued - time.time()) < 60


@pytest.mark.parametrize("path", ["", "history/", "status/"])
def test_every_list_has_a_cursor_that_can_be_continued(nova, admin_client, path):
    answer = admin_client.get(f"/admin/migrations/{path}")
    if path == "status/":
        cursor = answer.json()["cursor"]
    else:
        cursor = answer.content.decode().partition('data-cursor="')[2].partition('"')[0]
    assert cursor
    assert admin_client.get(STATUS, {"cursor": cursor}).status_code == 200


def test_cursor_of_another_region_is_refused(fake_cloud, client):
    with running_fake_cloud() as two:
        serve_one_migration(fake_cloud)
        serve_one_migration(two)
        log_in_to_regions(client, fake_cloud, two)
        cursor = client.get(STATUS, headers=JSON).json()["cursor"]
        switch_region(client)
        two.forget()
        assert is_rejected(client.get(STATUS, {"cursor": cursor}, headers=JSON))
        assert two.panel_calls == []
        assert client.get(STATUS, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    "other", [{"project_id": "other-id"}, {"user": "bob", "token": "of-bob"}], ids=["project", "user"]
)
def test_cursor_of_another_project_or_user_is_refused(nova, admin_client, login, other):
    cursor = admin_client.get(STATUS, headers=JSON).json()["cursor"]
    login(admin_client, roles=("admin",), **{"project_id": "admin-id"} | other)
    assert is_rejected(admin_client.get(STATUS, {"cursor": cursor}, headers=JSON))


def test_poll_continues_within_the_hour(nova, admin_client, monkeypatch):
    first = admin_client.get(STATUS, headers=JSON).json()
    now = time.time()
    monkeypatch.setattr(views, "time", Clock(now + MAX_AGE - 60))
    body = admin_client.get(STATUS, {"cursor": first["cursor"]}, headers=JSON).json()
    assert (first["complete"], body["complete"], body["migrations"]) == (True, False, [])


def test_expired_cursor_is_ignored(nova, admin_client, monkeypatch):
    """A tab that slept gets a complete first page instead of all changes."""
    first = admin_client.get(STATUS, headers=JSON).json()
    now = time.time()
    monkeypatch.setattr(views, "time", Clock(now + MAX_AGE + 60))
    nova.forget()
    body = admin_client.get(STATUS, {"cursor": first["cursor"]}, headers=JSON).json()
    assert (body["complete"], len(body["migrations"])) == (True, 1)
    assert all("changes-since" not in call.query for call in nova.calls)
    # The next poll continues again.
    assert not admin_client.get(STATUS, {"cursor": body["cursor"]}, headers=JSON).json()["complete"]


class Clock:
    def __init__(self, now):
        self.now = now

    def time(self):
        return self.now
