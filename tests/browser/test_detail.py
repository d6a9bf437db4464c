# SPDX-License-Identifier: Apache-2.0
"""The page of one migration updates itself until the migration is finished."""

from playwright.sync_api import expect

from tests.support.browser_steps import BOARD, POLL_TIMEOUT, expect_no_reload, force_complete, mark_page, row


def test_page_follows_a_copy_to_its_end(page_as, boot, nova_as):
    server = boot("local", sim_seconds="5", sim_converge="never", sim_pause_finish="0")
    nova_as("admin").servers.live_migrate(server, None, True)
    page = page_as("admin", BOARD)
    line = row(page, server.name)
    expect(line.get_by_role("progressbar")).to_be_visible(timeout=POLL_TIMEOUT)
    line.locator(".migration-words").get_by_role("link").click()
    expect(page.get_by_role("heading", name=f"Migration of {server.name}", exact=True)).to_be_visible()
    mark_page(page)
    steps = page.get_by_role("region", name="Timeline").get_by_role("listitem")
    expect(steps.first).to_contain_text("Live migration requested")
    expect(steps.first).to_contain_text("By you")
    expect(page.get_by_role("img", name="Memory left to copy")).to_be_visible(timeout=POLL_TIMEOUT)
    force_complete(nova_as("admin"), server)
    # The only row, without its other columns.
    expect(page.get_by_role("row")).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    expect(steps.last).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    expect(page.get_by_role("code").filter(has_text="migration list --server")).to_be_visible()
    expect_no_reload(page)
