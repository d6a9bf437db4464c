# SPDX-License-Identifier: Apache-2.0
"""Horizon's workers die, sessions and tokens end, rights are taken away while the page is open."""

import os
import re
import signal

import pytest
import requests
from playwright.sync_api import expect

from devcloud.rest import Rest
from tests.support.embedded_cloud import PASSWORD, eventually
from tests.support.fault_steps import BOARD, CURRENT, STATUS, open_page
from tests.support.recording_relay import Fault


def seen_of(form: requests.Response) -> str:
    return re.search(r'name="seen" value="([^"]*)"', form.text)[1]


def kill_a_worker(on) -> None:
    """Any of them: which one answers next is chance, as behind any round robin."""
    before = on.workers()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(on.workers()) == len(before) and before[0] not in on.workers())


@pytest.mark.fault("worker killed between form and submission", "the others accept it; one migration")
def test_worker_dies_between_form_and_submit(on, visitor, boot, moves):
    """Sessions and caches are shared by the workers, so the other one takes the form as if nothing had been."""
    server = boot(sim_seconds="3")
    path = f"{BOARD}{server.id}/live/"
    seen = seen_of(open_page(visitor, path))
    for _ in range(2):
        kill_a_worker(on)
    answer = open_page(visitor, path, destination="", seen=seen)
    assert (answer.status_code, answer.headers["Location"]) == (302, BOARD)
    eventually(lambda: moves(server))
    assert len(moves(server)) == 1


@pytest.mark.fault("worker killed while a board polls", "the board goes on")
def test_worker_dies_while_the_board_polls(on, board, boot, nova):
    server = boot(sim_converge="never")
    nova.servers.live_migrate(server.id, None, False)
    page = board()
    row = page.get_by_role("row").filter(has_text=server.name)
    expect(row.get_by_role("progressbar")).to_be_visible(timeout=30_000)
    kill_a_worker(on)
    nova.server_migrations.live_migration_abort(server.id, nova.server_migrations.list(server.id)[0].id)
    expect(row).to_contain_text("aborted", timeout=20_000)


@pytest.mark.fault("all workers killed within a submission", "the same form makes no second migration")
def test_worker_dies_in_the_middle_of_a_submission(on, visitor, boot, moves):
    """Whether Nova heard of it or not, the same form never makes two."""
    server = boot(sim_seconds="3")
    path = f"{BOARD}{server.id}/live/"
    seen = seen_of(open_page(visitor, path))
    killed = []

    def kill(method, path):
        if method == "POST" and path.endswith("/action") and not killed:
            killed.extend(on.workers())
            for worker in killed:
                os.kill(worker, signal.SIGKILL)
        return

    with on.relays.failing("nova", kill), pytest.raises(requests.ConnectionError):
        open_page(visitor, path, destination="", seen=seen)
    eventually(lambda: moves(server))
    eventually(lambda: len(on.workers()) == len(killed))
    answer = open_page(visitor, path, destination="", seen=seen)
    assert answer.status_code == 200
    assert len(moves(server)) == 1


@pytest.mark.parametrize("user", ["admin", "helpdesk"])
@pytest.mark.fault("session expired ({user})", "led to the login; 401 for scripts")
def test_session_is_gone(on, user):
    visitor = on.visitor(user)
    visitor.session.cookies.clear(domain="127.0.0.1", path="/", name="sessionid")
    assert "/auth/login/" in open_page(visitor, BOARD).headers["Location"]
    answer = visitor.session.get(f"{visitor.horizon}{STATUS}", headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code == 401


@pytest.mark.fault("token revoked", "login requested, nothing submitted")
def test_token_is_revoked(on, board, boot, moves):
    """Horizon still holds it; Keystone and so Nova take it no more."""
    server = boot()
    page = board()
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=20_000)
    visitor = on.visitor()
    assert open_page(visitor, STATUS).status_code == 200
    with on.relays.failing("nova", Fault(401, b'{"error": {"code": 401, "message": "Unauthorized"}}')):
        # An answer that was on its way to all may serve once more.
        eventually(lambda: open_page(visitor, STATUS).status_code == 401, within=10)
        answer = open_page(visitor, f"{BOARD}{server.id}/live/", destination="")
        assert "/auth/login/" in answer.headers["Location"]
        expect(page.get_by_role("link", name="Reload the page")).to_be_visible(timeout=40_000)
    assert moves(server) == []


@pytest.mark.fault("role removed in mid-poll", "marked stale with the reason, nothing more shown")
def test_role_is_taken_away_in_mid_poll(on, board):
    """The token lives on without the role; once Nova knows, the page says that it is no longer current, and why."""
    admin = Rest(on.cloud.auth_url)
    users = admin.get("identity", "/users?name=helpdesk")["users"]
    projects = admin.get("identity", "/projects?name=demo")["projects"]
    roles = admin.get("identity", "/roles?name=manager")["roles"]
    grant = f"/projects/{projects[0]['id']}/users/{users[0]['id']}/roles/{roles[0]['id']}"
    page = board("helpdesk", "/project/migrations/")
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=20_000)
    admin.delete("identity", grant)
    try:
        # Nova remembers for five minutes that a token was good, unless it begins anew.
        on.cloud.restart("nova")
        told = re.compile("^Not current since .* Nova does not allow this to your role")
        expect(page.get_by_text(told)).to_be_visible(timeout=100_000)
        page.reload()
        expect(page.get_by_text("Nova does not allow this to your role").first).to_be_visible()
        expect(page.get_by_role("rowheader")).to_have_count(0)
    finally:
        admin.put("identity", grant)
    assert Rest(on.cloud.auth_url, "helpdesk", "demo", PASSWORD).token


@pytest.mark.fault("Keystone gone while a board polls", "polls answered, with or without Nova")
def test_keystone_is_gone_for_those_who_are_logged_in(visitor, stopped):
    """The panel asks it nothing, so that polls go on."""
    with stopped("keystone"):
        # Nova keeps what it knows of a token for a while; without that it cannot tell whose it is.
        answer = open_page(visitor, STATUS)
        assert answer.status_code in (200, 503)
        assert "error" in answer.json() or "migrations" in answer.json()
