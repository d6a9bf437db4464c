# SPDX-License-Identifier: Apache-2.0
"""Steps of an administrator on the pages of a drain and a return."""

import re

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
    """Click the button of a bulk action and confirm the action; again while the page reports unprocessed instances."""
    action = name.partition(" (")[0]
    _click_and_confirm(page, name, action)
    while page.get_by_text(f"Click “{action}” again.").count():
        _click_and_confirm(page, re.compile(rf"^{action} \("), action)


def _click_and_confirm(page: Page, name: str | re.Pattern[str], action: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name=action, exact=True).click()
    page.wait_for_url("**/run/**")
