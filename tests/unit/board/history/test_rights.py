# SPDX-License-Identifier: Apache-2.0
"""Which past migrations each user sees."""

import pytest

from tests.support.board_migrations import LIST
from tests.support.history_pages import PAGE, PROJECT_PAGE, link, list_ten_migrations, queries, row_numbers, text
from tests.support.nova_answers import INSTANCE, fault


@pytest.fixture
def nova(fake_cloud):
    return list_ten_migrations(fake_cloud)


@pytest.fixture
def by_three(settings):
    settings.API_RESULT_PAGE_SIZE = 3


@pytest.mark.parametrize("typed", [{}, {"instance": "web"}], ids=["no filter", "name"])
def test_page_redirects_to_login_when_session_expired(nova, admin_client, typed):
    for path in (LIST, "/v2.1/servers/detail"):
        nova.on("GET", path, status=401, json={"error": {"code": 401, "message": "expired"}})
    response = admin_client.get(PAGE, typed)
    assert response.status_code == 302
    assert "/auth/login/" in response["Location"]


def test_user_without_session_is_redirected_to_login(nova, client):
    response = client.get(PAGE)
    assert response.status_code == 302
    assert "/auth/login/" in response["Location"]
    assert nova.panel_calls == []


def test_manager_searches_in_their_project_only(nova, helpdesk_client):
    response = helpdesk_client.get(PROJECT_PAGE)
    page = text(response)
    assert row_numbers(response) == list(range(10, 0, -1))
    assert 'name="user"' in page
    assert 'name="host"' not in page
    assert 'name="project"' not in page
    assert "Migrations started by an administrator are not listed here." in page
    assert queries(nova) == [{"project_id": "demo-id"}]


@pytest.mark.usefixtures("by_three")
@pytest.mark.parametrize(
    "typed",
    [{}, {"status": "completed"}, {"status": "rubbish"}, {"marker": "x"}],
    ids=["no filter", "status", "unknown status", "marker"],
)
def test_forged_project_and_host_are_ignored(nova, helpdesk_client, typed):
    forged = {"project": "other-id", "project_id": "other-id", "own_project": "", "host": "compute-01"}
    response = helpdesk_client.get(PROJECT_PAGE, typed | forged)
    older = link(response, "Older")
    helpdesk_client.get(older)
    made = queries(nova)
    assert len(made) == 2
    assert {one["project_id"] for one in made} == {"demo-id"}
    assert all(one.keys() <= {"project_id", "status"} for one in made)


def test_page_that_nova_refuses_stays_within_the_project(nova, helpdesk_client):
    nova.on("GET", LIST, status=400, json=fault("badRequest", 400, "no"))
    assert helpdesk_client.get(PROJECT_PAGE, {"marker": INSTANCE, "user": "u"}).status_code == 409
    assert {one["project_id"] for one in queries(nova)} == {"demo-id"}


@pytest.mark.parametrize("address", [PAGE, PROJECT_PAGE])
def test_viewer_is_refused(nova, viewer_client, address):
    assert viewer_client.get(address).status_code == 403
    assert nova.panel_calls == []


def test_manager_has_no_page_of_all_projects(nova, helpdesk_client):
    assert helpdesk_client.get(PAGE).status_code == 403
    assert nova.panel_calls == []
