# SPDX-License-Identifier: Apache-2.0
"""Horizon's workers die, sessions and tokens expire, and roles are removed while the page is open."""

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
    """Kill any worker: which worker answers next is random."""
    before = on.workers()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(on.workers()) == len(before) and before[0] not in on.workers())


@pytest.mark.fault("worker killed between form and submission", "the others accept it; one migration")
def test_other_worker_accepts_the_form_of_a_killed_worker(on, visitor, boot, moves):
    """The workers share sessions and caches, so the other worker accepts the form."""
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
def test_board_continues_after_a_worker_is_killed(on, board, boot, nova):
    server = boot(sim_converge="never")
    nova.servers.live_migrate(server.id, None, False)
    page = board()
    row = page.get_by_role("row").filter(has_text=server.name)
    expect(row.get_by_role("progressbar")).to_be_visible(timeout=30_000)
    kill_a_worker(on)
    nova.server_migrations.live_migration_abort(server.id, nova.server_migrations.list(server.id)[0].id)
    expect(row).to_contain_text("Aborted", timeout=20_000)


@pytest.mark.fault("all workers killed within a submission", "the same form makes no second migration")
def test_submission_interrupted_by_a_killed_worker_makes_one_migration(on, visitor, boot, moves):
    """Whether Nova got the request or not, the same form never makes two migrations."""
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
def test_expired_session_leads_to_the_login(on, user):
    visitor = on.visitor(user)
    visitor.session.cookies.clear(domain="127.0.0.1", path="/", name="sessionid")
    assert "/auth/login/" in open_page(visitor, BOARD).headers["Location"]
    answer = visitor.session.get(f"{visitor.horizon}{STATUS}", headers={"X-Requested-With": "XMLHttpRequest"})
    assert answer.status_code == 401


@pytest.mark.fault("token revoked", "login requested, nothing submitted")
def test_revoked_token_leads_to_the_login(on, board, boot, moves):
    """Horizon still stores the token; Keystone and Nova no longer accept it."""
    server = boot()
    page = board()
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=20_000)
    visitor = on.visitor()
    assert open_page(visitor, STATUS).status_code == 200
    with on.relays.failing("nova", Fault(401, b'{"error": {"code": 401, "message": "Unauthorized"}}')):
        # An answer that polls share may be used once more.
        eventually(lambda: open_page(visitor, STATUS).status_code == 401, within=10)
        answer = open_page(visitor, f"{BOARD}{server.id}/live/", destination="")
        assert "/auth/login/" in answer.headers["Location"]
        expect(page.get_by_role("link", name="Reload the page")).to_be_visible(timeout=40_000)
    assert moves(server) == []


@pytest.mark.fault("role removed in mid-poll", "marked stale with the reason, nothing more shown")
def test_board_is_marked_when_a_role_is_removed(on, board):
    """The token stays valid without the role.  Once Nova knows, the page says that it is not current, and why."""
    admin = Rest(on.cloud.auth_url)
    users = admin.get("identity", "/users?name=helpdesk")["users"]
    projects = admin.get("identity", "/projects?name=demo")["projects"]
    roles = admin.get("identity", "/roles?name=manager")["roles"]
    grant = f"/projects/{projects[0]['id']}/users/{users[0]['id']}/roles/{roles[0]['id']}"
    page = board("helpdesk", "/project/migrations/")
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=20_000)
    admin.delete("identity", grant)
    try:
        # Nova caches for five minutes that a token is valid, unless it is restarted.
        on.cloud.restart("nova")
        stale = re.compile("^Not updated since .* Your role does not permit this action")
        expect(page.get_by_text(stale)).to_be_visible(timeout=100_000)
        page.reload()
        expect(page.get_by_text("Your role does not permit this action").first).to_be_visible()
        expect(page.get_by_role("rowheader")).to_have_count(0)
    finally:
        admin.put("identity", grant)
    assert Rest(on.cloud.auth_url, "helpdesk", "demo", PASSWORD).token


@pytest.mark.fault("Keystone gone while a board polls", "polls answered, with or without Nova")
def test_polls_continue_without_keystone(visitor, stopped):
    """The panel does not call Keystone, so polls continue."""
    with stopped("keystone"):
        # Nova caches the validation of a token for a while; without the cache, it cannot find the token's user.
        answer = open_page(visitor, STATUS)
        assert answer.status_code in (200, 503)
        assert "error" in answer.json() or "migrations" in answer.json()
