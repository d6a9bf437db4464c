# SPDX-License-Identifier: Apache-2.0
"""A user who has never seen the panel finds it, and migrates the first instance of the list, in at most five clicks."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser_steps import POLL_TIMEOUT, fill_login, migrate_button, row
from tests.support.scenes import Ids

MAX_CLICKS = 5
# Two instances with local disks, for which the recommended type succeeds.
SEARCHED, INSTANCES = "cache-", ("cache-1", "cache-2")


class Hand:
    """Clicks, and counts the clicks."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1


def open_panel(page: Page, hand: Hand, dashboard: str) -> None:
    """Open what is still closed on the way through Horizon's menu: the dashboard, then the group of panels."""
    slug = dashboard.lower()
    menu = page.locator(f"#sidebar-accordion-{slug}")
    panel = page.locator(f'#sidebar-accordion-{slug}-compute a[href="/{slug}/migrations/"]')
    if not menu.is_visible():
        hand.click(page.locator("#sidebar-accordion").get_by_text(dashboard, exact=True).first)
        wait_until_open(page, menu)
    if not panel.is_visible():
        hand.click(menu.get_by_text("Compute", exact=True).first)
        wait_until_open(page, page.locator(f"#sidebar-accordion-{slug}-compute"))
    hand.click(panel)
    page.wait_for_url(f"**/{slug}/migrations/")


def wait_until_open(page: Page, part: Locator) -> None:
    """Wait until the menu stands still: while it opens and another part closes, a click misses its target."""
    expect(part).to_have_class(re.compile(r"\bin\b"))
    expect(page.locator("#sidebar-accordion .collapsing")).to_have_count(0)


@pytest.fixture
def quick(nova_as):
    """Let the instances migrate quickly, and forget it afterwards."""
    nova = nova_as("admin", "demo")
    ids = Ids(nova_as("admin"))
    for name in INSTANCES:
        nova.servers.set_meta(ids[name], {"sim_seconds": "2", "sim_interval": "1"})
    yield
    for name in INSTANCES:
        nova.servers.delete_meta(ids[name], ["sim_seconds", "sim_interval"])


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("user", "dashboard"), [("admin", "Admin"), ("helpdesk", "Project")], ids=["admin", "helpdesk"]
)
def test_newcomer_migrates_an_instance_in_five_clicks(new_context, user, dashboard):
    page, hand = new_context().new_page(), Hand()
    page.goto("/")
    fill_login(page, user)
    open_panel(page, hand, dashboard)
    page.get_by_role("searchbox", name="Migrate an instance").fill(SEARCHED)
    page.keyboard.press("Enter")
    first = page.get_by_role("listitem").filter(has=page.get_by_role("checkbox")).first
    name = first.get_by_role("checkbox").get_attribute("aria-label").removeprefix("Select ")
    hand.click(first.get_by_role("link", name="Open recommended type"))
    expect(page.get_by_role("navigation", name="Migration type").locator("[aria-current]")).to_contain_text(
        "Recommended"
    )
    hand.click(migrate_button(page))
    expect(page.get_by_role("heading", name="Migrations", exact=True)).to_be_visible()
    expect(row(page, name).first).to_contain_text(re.compile("Completed in"), timeout=2 * POLL_TIMEOUT)
    assert hand.clicks <= MAX_CLICKS
