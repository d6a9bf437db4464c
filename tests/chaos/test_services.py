# SPDX-License-Identifier: Apache-2.0
"""Services that are down, hang or send unusable answers: the pages say so in time, without an error 500."""

import re

import pytest
from playwright.sync_api import expect

from migration_panel.conf import Config
from tests.support.embedded_cloud import eventually
from tests.support.fault_steps import BOARD, CURRENT, RECOVERY_MS, STALE, STATUS, open_page
from tests.support.recording_relay import Fault

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
    """Return whether the answer reports a problem, in the format of the request."""
    if answer.headers["Content-Type"].startswith("application/json"):
        return bool(answer.json().get("error"))
    return "returned no usable answer" in answer.text or "could not be" in answer.text or answer.status_code == 302


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.fault("nova-api answers: {fault}", "every page says so, no 500, nothing submitted; works afterwards")
def test_unusable_answers_of_nova_are_reported(on, visitor, boot, moves, fault):
    server = boot()
    with on.relays.failing("nova", FAULTS[fault]):
        for path in pages(server.id):
            answer = open_page(visitor, path)
            assert answer.status_code not in (500, 404), (path, answer.status_code)
            assert is_told(answer), (path, answer.text[:2000])
        answer = open_page(visitor, f"{BOARD}{server.id}/live/", destination="")
        assert answer.status_code != 500
    assert moves(server) == [] or fault == "cut off"
    assert open_page(visitor, BOARD).status_code == 200


@pytest.mark.parametrize("service", ["nova", "keystone", "placement", "neutron"])
@pytest.mark.fault("{service} stopped", "no 500 of ours; said where it matters, nothing submitted")
def test_stopped_service_is_reported(visitor, boot, moves, stopped, service):
    server = boot()
    with stopped(service):
        for path in pages(server.id):
            answer = open_page(visitor, path)
            assert answer.status_code != 500 or b"Traceback" not in answer.content, path
            if service == "nova":
                assert is_told(answer), (path, answer.text[:2000])
            if service == "placement":
                assert answer.status_code == 200, path
    assert moves(server) == []
    assert open_page(visitor, BOARD).status_code == 200


@pytest.mark.fault("nova-api frozen", "every page says so within two timeouts; works afterwards")
def test_frozen_nova_is_reported_in_time(visitor, boot, frozen):
    server = boot()
    with frozen("nova"):
        for path in (BOARD, STATUS, f"{BOARD}{server.id}/live/"):
            answer = open_page(visitor, path)
            assert is_told(answer), path
    assert open_page(visitor, BOARD).status_code == 200


@pytest.mark.parametrize("service", ["keystone", "placement", "neutron"])
@pytest.mark.fault("{service} frozen", "answered within two timeouts, or the page says that Nova waits")
def test_answers_of_the_panel_are_in_time_while_another_service_is_frozen(visitor, boot, frozen, service):
    """Horizon's own frame waits for Keystone and Neutron without a limit, so the test reads the panel's answers."""
    server = boot()
    with frozen(service):
        answers = [open_page(visitor, path) for path in (STATUS, f"{BOARD}{server.id}/live/check/")]
    # Nova itself may have to wait for Keystone, whose token this is, and for Neutron's security groups.
    fine = {200} if service == "placement" else {200, 503}
    assert {answer.status_code for answer in answers} <= fine
    assert all(answer.status_code == 200 or is_told(answer) for answer in answers)


@pytest.mark.fault("nova-api answers 30 s late", "the poll says so within two timeouts")
def test_late_answer_of_nova_is_reported_in_time(on, visitor):
    with on.relays.failing("nova", Fault(delay=30)):
        answer = open_page(visitor, STATUS)
    assert answer.status_code == 503
    assert "in time" in answer.json()["error"]


@pytest.mark.parametrize("how", ["stopped", "frozen", "500", "cut off"])
@pytest.mark.fault("nova-api under an open board: {how}", "marked stale, current again within 10 s, no reload")
def test_board_is_marked_while_stale_and_recovers_without_a_reload(on, board, boot, nova, stopped, frozen, how):
    server = boot(sim_converge="never")
    nova.servers.live_migrate(server.id, None, False)
    page = board()
    page.evaluate("window.notReloaded = true")
    row = page.get_by_role("row").filter(has_text=server.name)
    expect(row).to_be_visible(timeout=30_000)
    stale = page.get_by_text(STALE)
    fault = {"stopped": lambda: stopped("nova"), "frozen": lambda: frozen("nova")}.get(
        how, lambda: on.relays.failing("nova", FAULTS[how])
    )
    with fault():
        expect(stale).to_be_visible(timeout=40_000)
        expect(row).to_be_visible()
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=RECOVERY_MS)
    assert page.evaluate("window.notReloaded")


@pytest.mark.fault("nova-compute killed during a migration", "the board says that it failed; it can be retried")
def test_migration_interrupted_by_a_killed_nova_is_shown_as_failed_and_can_be_retried(on, board, boot, nova, moves):
    """The embedded Nova is one process, so the API and all compute hosts are killed at once.

    Nova itself sets what was copying to error when a compute host starts again; the guest runs on at its source.
    """
    server = boot(sim_converge="never")
    nova.servers.live_migrate(server.id, None, False)
    eventually(lambda: [one for one in nova.server_migrations.list(server.id) if one.status == "running"])
    page = board()
    row = page.get_by_role("row").filter(has_text=server.name)
    expect(row.get_by_role("progressbar")).to_be_visible(timeout=30_000)
    on.cloud.kill("nova")
    expect(page.get_by_text(STALE)).to_be_visible(timeout=40_000)
    on.cloud.revive("nova")
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=RECOVERY_MS)
    expect(row).to_contain_text("Failed", timeout=60_000)
    expect(row.get_by_role("link", name="Retry")).to_be_visible()
    assert getattr(server.manager.get(server.id), "OS-EXT-SRV-ATTR:host") == "compute-01"
    assert [one.status for one in moves(server)] == ["error"]


@pytest.mark.fault("Nova's database locked", "answered within two timeouts, nothing lost")
def test_answers_are_in_time_while_the_database_is_locked(on, visitor, boot, nova):
    """Nova waits for the database as long as its driver does; the panel waits no longer than its timeout."""
    server = boot()
    with on.cloud.nova_database() as database:
        database.isolation_level = None
        database.execute("BEGIN EXCLUSIVE")
        try:
            answer = open_page(visitor, STATUS)
            assert answer.status_code in (200, 503)
        finally:
            database.execute("ROLLBACK")
    eventually(lambda: open_page(visitor, STATUS).status_code == 200, within=10)
    assert nova.servers.get(server.id).status == "ACTIVE"


@pytest.mark.fault(
    "nova-api accepts a submission but answers too late", "the form says so; it makes no second migration"
)
def test_late_answer_to_a_submission_is_not_submitted_again(on, visitor, boot, moves):
    """Nova accepted the request, but its answer was too late.  The second submission finds a busy instance."""
    server = boot(sim_seconds="20")
    form = open_page(visitor, f"{BOARD}{server.id}/live/")
    seen = re.search(r'name="seen" value="([^"]*)"', form.text)[1]

    def late(method, path):
        return Fault(hold=Config().timeout + 2) if method == "POST" and path.endswith("/action") else None

    with on.relays.failing("nova", late):
        answer = open_page(visitor, f"{BOARD}{server.id}/live/", destination="", seen=seen)
        assert answer.status_code == 200
        assert "in time" in answer.text
    eventually(lambda: moves(server))
    answer = open_page(visitor, f"{BOARD}{server.id}/live/", destination="", seen=seen)
    assert answer.status_code == 200
    assert len(moves(server)) == 1
