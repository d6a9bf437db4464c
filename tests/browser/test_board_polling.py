# SPDX-License-Identifier: Apache-2.0
"""When and how often the board polls, by a clock that only the test advances."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser_steps import BOARD, PROJECT_BOARD

MOVING_MS, IDLE_MS = 3000, 15000


def current(page: Page) -> Locator:
    return page.get_by_text(re.compile(r"^Updated \d"))


def next_poll(page: Page, after_ms: int) -> None:
    """Let the time pass, and wait until the answer is on the page."""
    before = current(page).inner_text()
    page.clock.run_for(after_ms)
    expect(current(page)).not_to_have_text(before)


@pytest.fixture
def stopped_clock(page_as):
    """A board whose clock is stopped after its first poll, and the requests of the page since then."""

    def opened(user: str, path: str) -> tuple[Page, list[str]]:
        page = page_as(user, path)
        now = datetime.now(timezone.utc)
        page.clock.install(time=now)
        page.reload()
        before = current(page).inner_text()
        # After the quick first polls of a new page.
        page.clock.pause_at(now + timedelta(minutes=1))
        expect(current(page)).not_to_have_text(before)
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        return page, requests

    return opened


def hide(page: Page, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            Object.defineProperty(document, "visibilityState",
                { configurable: true, get: () => (hidden ? "hidden" : "visible") });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_poll_is_one_request_however_many_migrations_are_in_progress(stopped_clock, boot, nova_as):
    servers = [boot("shared", host=host, sim_converge="never") for host in ("compute-01", "compute-02", "compute-03")]
    for server in servers:
        nova_as("admin").servers.live_migrate(server, None, False)
    page, requests = stopped_clock("admin", BOARD)
    for _ in range(4):
        next_poll(page, MOVING_MS)
    assert len(requests) == 4
    assert all("/admin/migrations/status/?" in address for address in requests)


def test_polls_are_rarer_without_a_migration_in_progress(stopped_clock):
    page, requests = stopped_clock("helpdesk", PROJECT_BOARD)
    page.clock.run_for(IDLE_MS - 100)
    next_poll(page, 100)
    assert len(requests) == 1


def test_polls_pause_while_the_tab_is_hidden(stopped_clock):
    page, requests = stopped_clock("admin", BOARD)
    hide(page, True)
    expect(page.get_by_text("Updates are paused while the page is hidden.")).to_be_visible()
    page.clock.run_for(60_000)
    hide(page, False)
    page.clock.run_for(10)
    expect(current(page)).to_be_visible()
    assert len(requests) == 1


def test_ended_session_stops_the_polls_and_offers_the_login(stopped_clock):
    page, requests = stopped_clock("admin", BOARD)
    # An answer that arrives later would set the cookie again.
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="sessionid")
    page.clock.run_for(IDLE_MS)
    login = page.get_by_role("link", name="Reload the page")
    expect(login).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Not updated since \d"))).to_be_visible()
    page.clock.run_for(60_000)
    login.click()
    expect(page.get_by_label("User Name")).to_be_visible()
    assert sum("/status/?" in address for address in requests) == 1
