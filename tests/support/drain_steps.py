# SPDX-License-Identifier: Apache-2.0
"""Steps of an administrator on the pages of a drain and a return."""

from playwright.sync_api import Locator, Page

# For a whole drain, ms: live migrations leave their host one after the other, and the machine may be busy.
DRAIN_TIMEOUT = 300_000
# For one answer of a busy machine, ms.
ANSWER_TIMEOUT = 40_000


def drain_url(host: str) -> str:
    return f"/admin/migrations/hosts/{host}/drain/"


def run_url(host: str) -> str:
    return f"/admin/migrations/hosts/{host}/run/"


def start_run(page: Page, name: str) -> None:
    """Click the button of a plan that starts the run."""
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url("**/run/**")


def headline(page: Page) -> Locator:
    return page.locator("[data-headline]")


def group(page: Page, outcome: str) -> Locator:
    """Return the rows with an outcome, and the row with their title."""
    return page.locator(f"[data-outcome={outcome}] tr")


def confirm_action(page: Page, name: str) -> None:
    """Click a button for all instances with an outcome, and confirm it."""
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name=name.partition(" (")[0], exact=True).click()
    page.wait_for_url("**/run/**")
