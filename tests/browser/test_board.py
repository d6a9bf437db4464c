# SPDX-License-Identifier: Apache-2.0
"""The board updates itself, and moves no row that the reader is using."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser_steps import (
    BOARD,
    POLL_TIMEOUT,
    expect_no_reload,
    mark_page,
    release,
    row,
    search_instance,
    type_link,
)
from tests.support.looks import THEMES

# The height of the cell with each age that the script can show in a language.
HEIGHTS_OF_AGES = """(age, languages) => {
    const heights = {};
    for (const language of languages) {
        const format = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
        for (const [unit, count] of [["second", 1], ["minute", 60], ["hour", 24], ["day", 100]]) {
            for (let number = 0; number < count; number++) {
                age.textContent = format.format(-number, unit);
                heights[age.textContent] = age.getBoundingClientRect().height;
            }
        }
    }
    return heights;
}"""
ODD_NAME = "<b>\"Ops\" & 'QA'</b> again"


def current(page: Page) -> Locator:
    return page.get_by_text(re.compile(r"^Updated \d"))


def tops(page: Page) -> dict[str, float]:
    """Return the upper edge of each row of the table."""
    rows = page.get_by_role("table", name="Migrations, newest first").get_by_role("row")
    return dict(rows.evaluate_all("rows => rows.map(row => [row.id, row.getBoundingClientRect().top])"))


def point(page: Page) -> None:
    page.get_by_role("rowheader").nth(1).hover()


def focus(page: Page) -> None:
    page.get_by_role("rowheader").nth(1).get_by_role("link").focus()


def test_new_migration_appears_and_is_announced_without_a_reload(page_as, boot, nova_as):
    server = boot("shared", sim_seconds="2", sim_hold="running")
    page = page_as("admin", BOARD)
    mark_page(page)
    nova_as("admin").servers.live_migrate(server, None, False)
    expect(row(page, server.name)).to_be_visible(timeout=POLL_TIMEOUT)
    release(nova_as("admin"), server)
    expect(row(page, server.name)).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    expect(page.get_by_role("status")).to_contain_text(f"{server.name}: Completed in")
    expect_no_reload(page)


def test_name_with_markup_is_shown_as_text(page_as, boot, nova_as):
    server = boot("shared", name=ODD_NAME, sim_seconds="2", sim_hold="running")
    page = page_as("admin", BOARD)
    nova_as("admin").servers.live_migrate(server, None, False)
    # First as the script inserts the row, then as the page contains it.
    expect(row(page, ODD_NAME)).to_be_visible(timeout=POLL_TIMEOUT)
    release(nova_as("admin"), server)
    expect(row(page, ODD_NAME)).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    expect(page.get_by_role("status")).to_contain_text(f"{ODD_NAME}: Completed in")
    page.reload()
    expect(row(page, ODD_NAME)).to_be_visible()
    search_instance(page, ODD_NAME)
    expect(page.get_by_role("heading", name=f"Migrate {ODD_NAME}", exact=True)).to_be_visible()
    type_link(page, "Live").click()
    expect(page.get_by_role("heading", name=f"Live migration of {ODD_NAME}", exact=True)).to_be_visible()


@pytest.mark.parametrize("stay_at", [point, focus])
def test_new_row_waits_while_the_reader_is_in_the_table(page_as, boot, nova_as, stay_at):
    server = boot("shared", sim_converge="never")
    page = page_as("admin", BOARD)
    expect(current(page)).to_be_visible()
    stay_at(page)
    before = tops(page)
    assert len(before) > 2
    nova_as("admin").servers.live_migrate(server, None, False)
    held = page.get_by_role("button", name="Show new migrations (1)")
    expect(held).to_be_visible(timeout=POLL_TIMEOUT)
    expect(row(page, server.name)).to_have_count(0)
    assert tops(page) == before
    held.click()
    expect(row(page, server.name)).to_be_visible()
    expect(held).to_be_hidden()


@pytest.mark.parametrize("theme", THEMES)
def test_age_of_any_length_leaves_the_row_at_its_height(page_as, wardrobe, theme):
    page = page_as("admin", BOARD)
    wardrobe.put_on(page, theme)
    expect(current(page)).to_be_visible()
    age = page.locator("[data-migration-board] time[data-age]").first
    heights = age.evaluate(HEIGHTS_OF_AGES, ["en", "de", "es", "fr", "ja", "pl", "pt-BR", "ru"])
    assert len(heights) > 100
    assert len(set(heights.values())) == 1, heights


def test_row_that_ends_under_the_pointer_moves_no_other(page_as, boot, nova_as):
    # Its rate is shown while the figures change, for 20 s; then it waits.
    server = boot("shared", sim_seconds="20", sim_hold="running")
    page = page_as("admin", BOARD)
    nova_as("admin").servers.live_migrate(server, None, False)
    line = row(page, server.name)
    # It has all its lines and buttons then.
    expect(line.get_by_role("button", name="Force complete")).to_be_visible(timeout=POLL_TIMEOUT)
    expect(line).to_contain_text("/s", timeout=POLL_TIMEOUT)
    page.get_by_role("rowheader").nth(1).hover()
    before = tops(page)
    release(nova_as("admin"), server)
    expect(line).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    expect(line.get_by_role("progressbar")).to_have_count(0)
    assert tops(page) == before


def test_board_marks_a_network_failure_and_recovers_without_a_reload(page_as):
    page = page_as("admin", BOARD)
    mark_page(page)
    expect(current(page)).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text(re.compile(r"^Not updated since \d.*cannot be reached"))).to_be_visible(
        timeout=POLL_TIMEOUT
    )
    page.context.set_offline(False)
    expect(current(page)).to_be_visible(timeout=POLL_TIMEOUT)
    expect_no_reload(page)
