# SPDX-License-Identifier: Apache-2.0
"""Steps of users on the board and on the forms, by roles and accessible names."""

from novaclient.client import Client
from novaclient.v2.servers import Server
from playwright.sync_api import Locator, Page, expect

from tests.support.embedded_cloud import PASSWORD

BOARD = "/admin/migrations/"
PROJECT_BOARD = "/project/migrations/"
# For a change by a poll, ms: without migrations in progress, polls are 15 s apart, and the machine may be busy.
POLL_TIMEOUT = 40_000
# For a change without a poll, ms: Playwright's default of 5 s is too short for a busy machine.
PAGE_TIMEOUT = 40_000
MAX_TABS = 200  # Horizon's links and menus come first


def log_in(page: Page, user: str, path: str) -> None:
    page.goto(f"/auth/login/?next={path}")
    fill_login(page, user)
    page.wait_for_url(f"**{path}")


def fill_login(page: Page, user: str) -> None:
    """Fill in and send Horizon's login form."""
    page.get_by_label("User Name").fill(user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In").click()


def search_instance(page: Page, text: str) -> None:
    """Search on the board; a single match leads directly to the choice of the type."""
    page.get_by_role("searchbox", name="Migrate an instance").fill(text)
    page.get_by_role("button", name="Find").click()


def type_link(page: Page, kind: str) -> Locator:
    """Return the link to the form of a type, for example "Live block"."""
    types = page.get_by_role("navigation", name="Migration type")
    return types.get_by_role("link").filter(has=page.get_by_text(kind, exact=True))


def destination(page: Page) -> Locator:
    """Return the field of the destination: the list has the same name until a script replaces it.

    No script replaces the list of a cold type, which is disabled.
    """
    return page.get_by_role("combobox", name="Destination").and_(page.locator("input, :disabled"))


def choose_host(page: Page, host: str) -> None:
    """Type the name of a destination; empty for the scheduler."""
    destination(page).fill(host or "scheduler")
    page.keyboard.press("Enter")


def host_option(page: Page, text: str) -> Locator:
    """Return a line of the list of destinations, which must be open."""
    return page.get_by_role("listbox", name="Destination").get_by_role("option").filter(has_text=text)


def migrate_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Migrate", exact=True)


def row(page: Page, name: str) -> Locator:
    """Return the row on the board of an instance with a single migration."""
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name, exact=True))


def release(nova: Client, server: Server) -> None:
    """Let a migration continue that is held in one status by ``sim_hold`` in the instance's metadata."""
    nova.servers.delete_meta(server, ["sim_hold"])


def force_complete(nova: Client, server: Server) -> None:
    """Complete the live migration of an instance with ``sim_converge="never"``."""
    [migration] = nova.server_migrations.list(server)
    nova.server_migrations.live_migrate_force_complete(server, migration.id)


def wait_for_board(page: Page) -> None:
    """Wait until the page is the board."""
    page.wait_for_url(f"**{BOARD}")
    expect(page.get_by_role("heading", name="Migrations", exact=True)).to_be_visible()


def mark_page(page: Page) -> None:
    """Set a mark that a reload of the page would remove."""
    page.evaluate("window.notReloaded = true")


def expect_no_reload(page: Page) -> None:
    assert page.evaluate("window.notReloaded") is True


def tab_to(page: Page, target: Locator) -> None:
    """Press the Tab key until the target has the focus."""
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"the Tab key does not lead to {target}")
