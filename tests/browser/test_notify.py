# SPDX-License-Identifier: Apache-2.0
"""The count in the title, and notifications about the user's own and watched migrations, once for all tabs."""

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser_steps import BOARD, POLL_TIMEOUT, row
from tests.support.embedded_cloud import eventually

# A page cannot read notifications, so the test records their creation.
NOTED = """
window.Notification = class extends EventTarget {
  static permission = "granted";
  constructor(title, { body, tag }) {
    super();
    const kept = JSON.parse(localStorage.getItem("noted") || "[]");
    localStorage.setItem("noted", JSON.stringify([...kept, { title, body, tag }]));
  }
};
"""


def noted(page: Page) -> list[dict[str, str]]:
    return page.evaluate("JSON.parse(localStorage.getItem('noted') || '[]')")


def test_title_counts_migrations_that_need_attention(page_as):
    page = page_as("admin", BOARD)
    section = page.locator('tbody[data-section="needs-you"] tr[data-instance-id]')
    expect(section.first).to_be_visible()
    assert page.title().startswith(f"({section.count()}) ")


@pytest.fixture
def moving(boot, nova_as):
    """Start a migration of admin's that runs until it is aborted; return the instance's name."""
    server, nova = boot("shared", sim_converge="never"), nova_as("admin")
    nova.servers.live_migrate(server, None, False)
    [migration] = eventually(lambda: nova.server_migrations.list(server))
    eventually(lambda: nova.server_migrations.list(server)[0].status == "running")
    return server.name, lambda: nova.server_migrations.live_migration_abort(server, migration.id)


def opened(page_as: Callable[..., Page]) -> Page:
    page = page_as("admin", BOARD)
    page.context.add_init_script(NOTED)
    page.reload()
    return page


def test_own_migration_is_notified_once_in_two_tabs(page_as, moving):
    name, abort = moving
    first = opened(page_as)
    second = first.context.new_page()
    second.goto(BOARD)
    for page in (first, second):
        watch = row(page, name).get_by_role("button", name="Watch")
        expect(watch).to_have_attribute("aria-pressed", "true", timeout=POLL_TIMEOUT)
    abort()
    for page in (first, second):
        page.bring_to_front()
        expect(row(page, name)).to_contain_text("Aborted", timeout=2 * POLL_TIMEOUT)
    told = eventually(partial(noted, first))
    assert [(one["title"], name in one["body"]) for one in told] == [("Migrations", True)]


def test_migration_no_longer_watched_is_not_notified(page_as, moving):
    name, abort = moving
    page = opened(page_as)
    watch = row(page, name).get_by_role("button", name="Watch")
    expect(watch).to_have_attribute("aria-pressed", "true", timeout=POLL_TIMEOUT)
    watch.click()
    expect(watch).to_have_attribute("aria-pressed", "false")
    abort()
    page.mouse.move(0, 0)
    expect(row(page, name)).to_contain_text("Aborted", timeout=2 * POLL_TIMEOUT)
    assert noted(page) == []


def test_permission_is_requested_only_after_a_click(page_as):
    page = page_as("admin", BOARD)
    page.evaluate("""() => {
      window.asked = 0;
      Object.defineProperty(Notification, "permission", { value: "default", configurable: true });
      Notification.requestPermission = async () => { window.asked += 1; return "denied"; };
      document.querySelector("[data-migration-board]")
        .dispatchEvent(new CustomEvent("migration-changed", { bubbles: true }));
    }""")
    assert page.evaluate("window.asked") == 0
    page.get_by_role("button", name="Notify me").click()
    assert page.evaluate("window.asked") == 1
