# SPDX-License-Identifier: Apache-2.0
"""Services that are gone, stand still or talk nonsense: said plainly, never a page of errors, never for long."""

import re
import sqlite3
import time
from contextlib import closing

import pytest
from playwright.sync_api import expect

from migration_panel.conf import Config
from tests.chaos.conftest import BOARD, STATUS, asked
from tests.real_cloud import eventually
from tests.relay import Fault

# No request may last longer than two waits for Nova, one after the other, and what Horizon itself needs.
LONGEST = 2 * Config().timeout + 5
# From a fault's end to a board that is current again.
RECOVERY_MS = 10_000

FAULTS = {
    "500": Fault(500, b'{"computeFault": {"code": 500, "message": "Unexpected API Error."}}'),
    "502, a proxy's page": Fault(502, b"<html><h1>Bad Gateway</h1></html>", {"Content-Type": "text/html"}),
    "503, retry later": Fault(503, b"busy", {"Retry-After": "30"}),
    "HTML with 200": Fault(200, b"<html><body>Welcome to nginx!</body></html>", {"Content-Type": "text/html"}),
    "JSON of another shape": Fault(200, b'{"migrations": "none"}', {"Content-Type": "application/json"}),
    "a list": Fault(200, b"[1, 2]", {"Content-Type": "application/json"}),
    "nothing": Fault(200, b""),
    "cut off": Fault(cut=True),
}


def pages(instance: str) -> list[str]:
    return [
        BOARD,
        STATUS,
        f"{BOARD}history/",
        f"{BOARD}instances/?q=web",
        f"{BOARD}instances/{instance}/",
        f"{BOARD}{instance}/live/",
        f"{BOARD}{instance}/cold/",
        f"{BOARD}{instance}/live-block/check/",
        f"{BOARD}hosts/",
    ]


def is_told(answer) -> bool:
    """Whether the reader is told that something is amiss, in whatever form he asked."""
    if answer.headers["Content-Type"].startswith("application/json"):
        return bool(answer.json().get("error"))
    return "gave no usable answer" in answer.text or "could not be" in answer.text or answer.status_code == 302


@pytest.mark.parametrize("fault", FAULTS)
def test_nova_talks_nonsense(on, visitor, boot, moves, fault):
    server = boot()
    with on.relays.failing("nova", FAULTS[fault]):
        for path in pages(server.id):
            answer = asked(visitor, path)
            assert answer.status_code not in (500, 404), (path, answer.status_code)
            assert is_told(answer), (path, answer.text[:2000])
        answer = asked(visitor, f"{BOARD}{server.id}/live/", destination="")
        assert answer.status_code != 500
    assert moves(server) == [] or fault == "cut off"
    assert asked(visitor, BOARD).status_code == 200


@pytest.mark.parametrize("service", ["nova", "keystone", "placement", "neutron"])
def test_service_is_gone(visitor, boot, moves, stopped, service):
    server = boot()
    with stopped(service):
        for path in pages(server.id):
            answer = asked(visitor, path)
            assert answer.status_code != 500 or b"Traceback" not in answer.content, path
            if service == "nova":
                assert is_told(answer), (path, answer.text[:2000])
            if service == "placement":
                assert answer.status_code == 200, path
    assert moves(server) == []
    assert asked(visitor, BOARD).status_code == 200


def test_nova_stands_still(visitor, boot, frozen):
    server = boot()
    with frozen("nova"):
        for path in (BOARD, STATUS, f"{BOARD}{server.id}/live/"):
            began = time.monotonic()
            answer = asked(visitor, path)
            assert time.monotonic() - began < LONGEST
            assert is_told(answer), path
    assert asked(visitor, BOARD).status_code == 200


def test_nova_answers_late(on, visitor):
    with on.relays.failing("nova", Fault(delay=30)):
        began = time.monotonic()
        answer = asked(visitor, STATUS)
        assert time.monotonic() - began < LONGEST
    assert answer.status_code == 503
    assert "in time" in answer.json()["error"]


@pytest.mark.parametrize("how", ["stopped", "frozen", "500", "cut off"])
def test_board_marks_what_is_stale_and_recovers_without_a_reload(on, board, boot, nova, stopped, frozen, how):
    server = boot(sim_converge="never")
    nova.servers.live_migrate(server.id, None, False)
    page = board()
    page.evaluate("window.notReloaded = true")
    row = page.get_by_role("row").filter(has_text=server.name)
    expect(row).to_be_visible(timeout=30_000)
    stale = page.get_by_text(re.compile(r"^Not current since \d"))
    fault = {"stopped": lambda: stopped("nova"), "frozen": lambda: frozen("nova")}.get(
        how, lambda: on.relays.failing("nova", FAULTS[how])
    )
    with fault():
        expect(stale).to_be_visible(timeout=40_000)
        expect(row).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Current as of \d"))).to_be_visible(timeout=RECOVERY_MS)
    assert page.evaluate("window.notReloaded")


def test_nova_dies_during_a_migration(on, board, boot, nova):
    """All its hosts die with it: what copied ends in error, and the board says so by itself."""
    server = boot(sim_converge="never")
    nova.servers.live_migrate(server.id, None, False)
    eventually(lambda: [one for one in nova.server_migrations.list(server.id) if one.status == "running"])
    page = board()
    row = page.get_by_role("row").filter(has_text=server.name)
    expect(row.get_by_role("progressbar")).to_be_visible(timeout=30_000)
    on.cloud.restart("nova")
    expect(row).to_contain_text("failed", timeout=60_000)


def test_database_is_locked(on, visitor, boot, nova):
    """Nova waits for it as long as its driver does; the panel waits no longer than its timeout says."""
    server = boot()
    with closing(sqlite3.connect(on.cloud.state / "data" / "nova_cell1.db", timeout=30)) as database:
        database.isolation_level = None
        database.execute("BEGIN EXCLUSIVE")
        try:
            began = time.monotonic()
            answer = asked(visitor, STATUS)
            assert time.monotonic() - began < LONGEST
            assert answer.status_code in (200, 503)
        finally:
            database.execute("ROLLBACK")
    eventually(lambda: asked(visitor, STATUS).status_code == 200, within=10)
    assert nova.servers.get(server.id).status == "ACTIVE"


def test_late_answer_to_a_submission_is_not_submitted_again(on, visitor, boot, moves):
    """Nova took it, but its answer came too late: the second try meets a busy instance."""
    server = boot(sim_seconds="20")
    form = asked(visitor, f"{BOARD}{server.id}/live/")
    seen = re.search(r'name="seen" value="([^"]*)"', form.text)[1]

    def late(method, path):
        return Fault(hold=Config().timeout + 2) if method == "POST" and path.endswith("/action") else None

    with on.relays.failing("nova", late):
        answer = asked(visitor, f"{BOARD}{server.id}/live/", destination="", seen=seen)
        assert answer.status_code == 200
        assert "in time" in answer.text
    eventually(lambda: moves(server))
    answer = asked(visitor, f"{BOARD}{server.id}/live/", destination="", seen=seen)
    assert answer.status_code == 200
    assert len(moves(server)) == 1
