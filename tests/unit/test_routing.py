# SPDX-License-Identifier: Apache-2.0
"""The answers to users without a session or without rights."""

import pytest

from tests.support.nova_answers import INSTANCE, MIGRATION, fault

JSON = {"Accept": "application/json"}
SESSION_EXPIRED = {"error": "Your session has expired. Log in again."}
NOT_ALLOWED = {"error": "Your role does not permit this action."}
ACTION = f"{MIGRATION}/abort/"
SCRIPTS = ["status/", f"{INSTANCE}/live/check/"]

each_board = pytest.mark.parametrize("board", ["/admin/migrations/", "/project/migrations/"])


@each_board
@pytest.mark.parametrize("path", ["", *SCRIPTS, "history/", "instances/", f"{INSTANCE}/live/"])
def test_script_without_a_session_gets_401_as_json(fake_cloud, client, board, path):
    answer = client.get(board + path, headers=JSON)
    assert (answer.status_code, answer.json()) == (401, SESSION_EXPIRED)


@each_board
@pytest.mark.parametrize("path", [ACTION, f"{INSTANCE}/live/"])
def test_post_of_a_script_without_a_session_gets_401_as_json(fake_cloud, client, board, path):
    answer = client.post(board + path, headers=JSON)
    assert (answer.status_code, answer.json()) == (401, SESSION_EXPIRED)


@each_board
@pytest.mark.parametrize("path", SCRIPTS)
def test_address_for_scripts_answers_in_json_without_an_accept_header(fake_cloud, client, viewer_client, board, path):
    client.cookies.clear()
    assert client.get(board + path).json() == SESSION_EXPIRED


@each_board
@pytest.mark.parametrize("path", ["", *SCRIPTS, "history/"])
def test_script_without_permission_gets_403_as_json(fake_cloud, viewer_client, board, path):
    answer = viewer_client.get(board + path, headers=JSON)
    assert (answer.status_code, answer.json()) == (403, NOT_ALLOWED)
    assert fake_cloud.panel_calls == []


@each_board
def test_browser_is_redirected_to_the_login_form_and_back(fake_cloud, client, board):
    answer = client.get(f"{board}history/?status=error")
    assert answer["Location"] == f"http://testserver/auth/login/?next={board}history/%3Fstatus%3Derror"


@each_board
def test_browser_without_permission_gets_horizons_page(fake_cloud, viewer_client, board):
    answer = viewer_client.get(board)
    assert answer.status_code == 403
    assert "<html" in answer.content.decode()


@each_board
def test_form_sent_after_the_session_redirects_back_to_a_page_of_get(fake_cloud, client, board):
    answer = client.post(board + ACTION, {"instance": INSTANCE})
    assert answer["Location"] == f"/auth/login/?next={board}{MIGRATION}/"


def test_form_sent_after_the_token_redirects_back_to_a_page_of_get(fake_cloud, admin_client):
    fake_cloud.on("GET", "/v2.1/os-migrations", status=401, json=fault("unauthorized", 401, "expired"))
    answer = admin_client.post(f"/admin/migrations/{ACTION}", {"instance": INSTANCE})
    assert answer["Location"] == f"/auth/login/?next=/admin/migrations/{MIGRATION}/"


def test_modal_of_horizon_gets_horizons_answer(fake_cloud, client):
    answer = client.get("/admin/migrations/", headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code == 401
    assert "X-Horizon-Location" in answer
