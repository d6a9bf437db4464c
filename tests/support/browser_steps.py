# SPDX-License-Identifier: Apache-2.0
"""What users do and look at again and again, by the roles and names that they know."""

from novaclient.client import Client
from novaclient.v2.servers import Server
from playwright.sync_api import Locator, Page, expect

BOARD = "/admin/migrations/"
PROJECT_BOARD = "/project/migrations/"
# Polls are 15 seconds apart while nothing moves, and the machine may be busy.
POLLED = 40_000
# For what a page shows by itself: Playwright's own limit of 5 s is too short for a busy machine.
PATIENT = 40_000
MAX_TABS = 200  # Horizon's own links and menus come first


def find(page: Page, text: str) -> None:
    """Search on the board; a single hit leads straight to the choice of its type."""
    page.get_by_role("searchbox", name="Migrate an instance").fill(text)
    page.get_by_role("button", name="Find").click()


def card(page: Page, kind: str) -> Locator:
    """The link to the form of a type, for example "Live block"."""
    types = page.get_by_role("navigation", name="Migration type")
    return types.get_by_role("link").filter(has=page.get_by_text(kind, exact=True))


def destination(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Destination")


def choose_host(page: Page, host: str) -> None:
    """By typing its name; an empty one is the scheduler."""
    destination(page).fill(host or "scheduler")
    page.keyboard.press("Enter")


def host_option(page: Page, text: str) -> Locator:
    """A line of the destination's list, which must be open."""
    return page.get_by_role("listbox", name="Destination").get_by_role("option").filter(has_text=text)


def migrate_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Migrate", exact=True)


def row(page: Page, name: str) -> Locator:
    """The board's line of an instance's only migration."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def release(nova: Client, server: Server) -> None:
    """Let a migration continue that ``sim_hold`` in the instance's metadata keeps in one status."""
    nova.servers.delete_meta(server, ["sim_hold"])


def force(nova: Client, server: Server) -> None:
    """Complete the live migration of an instance with ``sim_converge="never"``."""
    [migration] = nova.server_migrations.list(server)
    nova.server_migrations.live_migrate_force_complete(server, migration.id)


def on_board(page: Page) -> None:
    page.wait_for_url(f"**{BOARD}")
    expect(page.get_by_role("heading", name="Migrations", exact=True)).to_be_visible()


def mark(page: Page) -> None:
    """Leaves a mark that a reload would wipe out."""
    page.evaluate("window.notReloaded = true")


def expect_no_reload(page: Page) -> None:
    assert page.evaluate("window.notReloaded") is True


def tab_to(page: Page, target: Locator) -> None:
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the Tab key does not lead to {target}")
