# SPDX-License-Identifier: Apache-2.0
"""What an administrator does on the pages of a drain and a return."""

from playwright.sync_api import Locator, Page

# Live migrations leave their host one after the other, and the machine may be busy.
ENOUGH = 300_000
# For one answer of a busy machine.
SOON = 40_000


def drain_url(host: str) -> str:
    return f"/admin/migrations/hosts/{host}/drain/"


def run_url(host: str) -> str:
    return f"/admin/migrations/hosts/{host}/run/"


def begin(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url("**/run/**")


def headline(page: Page) -> Locator:
    return page.locator("[data-headline]")


def group(page: Page, outcome: str) -> Locator:
    """The rows of one kind, with the title."""
    return page.locator(f"[data-outcome={outcome}] tr")


def act(page: Page, name: str) -> None:
    """A button for all of a kind, and the question that it asks."""
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name=name.partition(" (")[0], exact=True).click()
    page.wait_for_url("**/run/**")
