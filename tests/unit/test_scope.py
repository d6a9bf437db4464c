# SPDX-License-Identifier: Apache-2.0
"""Whose migrations are listed: never all, for want of a project."""

import pytest

from tests.support.board_migrations import LIST
from tests.support.nova_answers import INSTANCE, MIGRATION, listed

NONE = "Choose a project first"
JSON = {"Accept": "application/json"}


@pytest.fixture
def unplaceable(client, login):
    """An admin who is logged in to a domain."""
    return login(client, roles=("admin", "manager"), project_id=None)


@pytest.mark.parametrize("project_id", [None, ""])
def test_project_of_a_user_without_a_project_is_an_error(fake_cloud, client, login, project_id):
    fake_cloud.on("GET", LIST, json=listed({}))
    someone = login(client, roles=("admin", "manager"), project_id=project_id)
    answer = someone.get("/project/migrations/status/")
    assert answer.status_code == 403
    assert NONE in answer.json()["error"]
    assert fake_cloud.panel_calls == []


@pytest.mark.parametrize("path", ["", "history/", f"{MIGRATION}/?instance={INSTANCE}"])
def test_page_asks_to_select_a_project(fake_cloud, unplaceable, path):
    fake_cloud.on("GET", LIST, json=listed({}))
    assert NONE in unplaceable.get(f"/project/migrations/{path}").content.decode()
    assert fake_cloud.made("GET", LIST) == []


def test_action_without_a_project_does_nothing(fake_cloud, unplaceable):
    fake_cloud.on("GET", LIST, json=listed({"status": "running"}))
    answer = unplaceable.post(f"/project/migrations/{MIGRATION}/abort/", {"instance": INSTANCE}, headers=JSON)
    assert answer.status_code == 403
    assert fake_cloud.panel_calls == []


def test_panel_of_all_projects_needs_no_project(fake_cloud, unplaceable):
    fake_cloud.on("GET", LIST, json=listed({}))
    assert unplaceable.get("/admin/migrations/status/").status_code == 200
