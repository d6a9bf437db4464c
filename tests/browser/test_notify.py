# SPDX-License-Identifier: Apache-2.0
"""Being told: the count in the title, and notifications for one's own and for watched ones, once for all tabs."""

from functools import partial

from playwright.sync_api import Page, expect

from tests.browser.steps import BOARD, POLLED, row
from tests.real_cloud import eventually

# Notifications leave no trace that a page could read: they are noted where they are made.
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


def test_title_counts_what_needs_somebody(page_as):
    page = page_as("admin", BOARD)
    section = page.locator('tbody[data-section="needs-you"] tr[data-instance-id]')
    expect(section.first).to_be_visible()
    assert page.title().startswith(f"({section.count()}) ")


def test_watched_one_is_told_once_in_two_tabs(page_as, boot, nova_as):
    server = boot("shared", sim_seconds="8")
    nova_as("admin", "demo").servers.live_migrate(server, None, False)
    admin = page_as("admin", BOARD)
    admin.context.add_init_script(NOTED)
    admin.reload()
    second = admin.context.new_page()
    second.goto(BOARD)
    # It is admin's own, and thus watched without a click.
    watch = row(admin, server.name).get_by_role("button", name="Watch")
    expect(watch).to_have_attribute("aria-pressed", "true", timeout=POLLED)
    expect(row(second, server.name)).to_contain_text("completed in", timeout=POLLED)
    admin.bring_to_front()
    expect(row(admin, server.name)).to_contain_text("completed in", timeout=POLLED)
    told = eventually(partial(noted, admin))
    assert [(one["title"], server.name in one["body"]) for one in told] == [("Migrations", True)]


def test_one_that_is_no_longer_watched_is_not_told(page_as, boot, nova_as):
    server = boot("shared", sim_seconds="10")
    nova_as("admin", "demo").servers.live_migrate(server, None, False)
    page = page_as("admin", BOARD)
    page.context.add_init_script(NOTED)
    page.reload()
    watch = row(page, server.name).get_by_role("button", name="Watch")
    watch.click(timeout=POLLED)
    expect(watch).to_have_attribute("aria-pressed", "false")
    expect(row(page, server.name)).to_contain_text("completed in", timeout=POLLED)
    assert noted(page) == []


def test_nobody_is_asked_unless_he_clicks(page_as):
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
