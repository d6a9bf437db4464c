# SPDX-License-Identifier: Apache-2.0
"""The project panel never lists the migrations of all projects."""

import pytest

from tests.support.board_migrations import LIST
from tests.support.nova_answers import INSTANCE, MIGRATION, listed

NO_PROJECT = "Select a project to see its migrations"
JSON = {"Accept": "application/json"}


@pytest.fixture
def domain_client(client, login):
    """Return the client of an administrator with a token that is scoped to a domain."""
    return login(client, roles=("admin", "manager"), project_id=None)


@pytest.mark.parametrize("project_id", [None, ""], ids=["none", "empty"])
def test_status_is_403_without_a_project(fake_cloud, client, login, project_id):
    fake_cloud.on("GET", LIST, json=listed({}))
    user_client = login(client, roles=("admin", "manager"), project_id=project_id)
    answer = user_client.get("/project/migrations/status/")
    assert answer.status_code == 403
    assert NO_PROJECT in answer.json()["error"]
    assert fake_cloud.panel_calls == []


@pytest.mark.parametrize(
    "path", ["", "history/", f"{MIGRATION}/?instance={INSTANCE}"], ids=["board", "history", "detail"]
)
def test_page_without_a_project_shows_the_reason(fake_cloud, domain_client, path):
    fake_cloud.on("GET", LIST, json=listed({}))
    assert NO_PROJECT in domain_client.get(f"/project/migrations/{path}").content.decode()
    assert fake_cloud.made("GET", LIST) == []


def test_action_is_403_without_a_project(fake_cloud, domain_client):
    fake_cloud.on("GET", LIST, json=listed({"status": "running"}))
    answer = domain_client.post(f"/project/migrations/{MIGRATION}/abort/", {"instance": INSTANCE}, headers=JSON)
    assert answer.status_code == 403
    assert fake_cloud.panel_calls == []


def test_admin_panel_needs_no_project(fake_cloud, domain_client):
    fake_cloud.on("GET", LIST, json=listed({}))
    assert domain_client.get("/admin/migrations/status/").status_code == 200
