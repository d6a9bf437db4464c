# SPDX-License-Identifier: Apache-2.0
"""The page of one migration recovers from faults: marked while it is not current, and current again by itself."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.chaos.test_services import FAULTS
from tests.support.embedded_cloud import eventually
from tests.support.fault_steps import BOARD, CURRENT, RECOVERY_MS, STALE
from tests.support.recording_relay import Fault


@pytest.fixture
def moving(boot, nova):
    """An instance whose migration does not end by itself."""
    server = boot(sim_converge="never")
    nova.servers.live_migrate(server.id, None, False)
    eventually(lambda: [one for one in nova.server_migrations.list(server.id) if one.status == "running"])
    return server


@pytest.fixture
def detail(moving, nova, board) -> Page:
    [migration] = nova.server_migrations.list(moving.id)
    page = board("admin", f"{BOARD}{migration.uuid}/?instance={moving.id}")
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=20_000)
    page.evaluate("window.notReloaded = true")
    return page


def abort(nova, server) -> None:
    nova.server_migrations.live_migration_abort(server.id, nova.server_migrations.list(server.id)[0].id)


def row_of(page: Page) -> Locator:
    return page.get_by_role("row")


def expect_the_end(page: Page) -> None:
    """Expect the end in the row and in the part below the row."""
    expect(row_of(page)).to_contain_text("Aborted", timeout=20_000)
    expect(page.get_by_role("region", name="Summary for the ticket")).to_contain_text("Aborted", timeout=RECOVERY_MS)
    assert page.evaluate("window.notReloaded")


@pytest.mark.parametrize("how", ["stopped", "frozen", "500"])
@pytest.mark.fault("nova-api under the open page: {how}", "marked stale, current again within 10 s, no reload")
def test_page_recovers_without_a_reload(on, moving, detail, nova, stopped, frozen, how):
    fault = {"stopped": lambda: stopped("nova"), "frozen": lambda: frozen("nova")}.get(
        how, lambda: on.relays.failing("nova", FAULTS[how])
    )
    with fault():
        expect(detail.get_by_text(STALE)).to_be_visible(timeout=40_000)
    expect(detail.get_by_text(CURRENT)).to_be_visible(timeout=RECOVERY_MS)
    if how != "stopped":
        abort(nova, moving)
        expect_the_end(detail)


@pytest.mark.fault(
    "the connection lost just when the page refreshes its details", "read again, not left behind the row"
)
def test_lost_part_is_read_again(moving, detail, nova):
    lost: list[str] = []
    parts = re.compile("part=1")

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort()

    detail.route(parts, lose)
    abort(nova, moving)
    expect(row_of(detail)).to_contain_text("Aborted", timeout=20_000)
    # The row no longer changes, so only another attempt can fetch the part.
    lost.clear()
    eventually(lambda: detail.wait_for_timeout(100) or lost)
    detail.unroute(parts)
    expect_the_end(detail)


@pytest.mark.fault(
    "the instance's actions unavailable when the page opens", "the page says so; read within 10 s of the fault's end"
)
def test_missing_steps_are_read_later(on, moving, detail):
    def no_actions(method, path):
        return Fault(503, b"busy") if "os-instance-actions" in path else None

    untold = detail.get_by_text("The timeline could not be loaded")
    with on.relays.failing("nova", no_actions):
        detail.reload()
        expect(untold).to_be_visible(timeout=20_000)
    expect(untold).to_have_count(0, timeout=RECOVERY_MS)
