# SPDX-License-Identifier: Apache-2.0
"""The history in the browser: filters, pages, and polls for migrations in progress."""

import re

import pytest
from novaclient.client import Client
from novaclient.v2.servers import Server
from playwright.sync_api import Locator, Page, expect

from tests.support.browser_steps import POLL_TIMEOUT, expect_no_reload, mark_page, row, tab_to
from tests.support.embedded_cloud import eventually

PAST = "/admin/migrations/history/"


def rows(page: Page) -> list[str]:
    """Return the migrations on the page by the IDs of their rows."""
    lines = page.get_by_role("table", name="Migrations, newest first").get_by_role("row")
    return [one for one in lines.evaluate_all("rows => rows.map(row => row.id)") if one]


def newer(page: Page) -> Locator:
    return page.get_by_role("link", name="Newer migrations")


def older(page: Page) -> Locator:
    return page.get_by_role("link", name="Older migrations")


@pytest.fixture
def past(page_as, demo):
    """The first page of the history, with two rows."""
    page = page_as("admin", PAST)
    page.context.add_cookies([{"name": "API_RESULT_PAGE_SIZE", "value": "2", "url": demo.url}])
    page.reload()
    return page


def test_filter_and_pages_work_with_the_browsers_back_button(past):
    every = rows(past)
    past.get_by_role("combobox", name="Type").select_option(label="Live")
    past.get_by_role("button", name="Filter").click()
    past.wait_for_url(re.compile("[?&]type=live-migration"))
    first = rows(past)
    assert len(first) == len(every) == 2
    expect(newer(past)).to_have_count(0)
    older(past).click()
    past.wait_for_url(re.compile("[?&]marker="))
    second = rows(past)
    assert not set(first) & set(second)
    expect(past.get_by_role("combobox", name="Type")).to_have_value("live-migration")
    older(past).click()
    past.wait_for_url(re.compile("[?&]trail="))
    third = rows(past)
    assert not set(first + second) & set(third)
    newer(past).click()
    past.wait_for_url(lambda address: "trail=" not in address)
    assert rows(past) == second
    newer(past).click()
    past.wait_for_url(lambda address: "marker=" not in address)
    assert rows(past) == first
    for before in (second, third, second, first, every):
        past.go_back()
        assert rows(past) == before
    past.get_by_role("link", name="Clear").click()
    past.wait_for_url(f"**{PAST}")
    assert rows(past) == every


def test_keyboard_is_enough(past):
    first = rows(past)
    tab_to(past, past.get_by_role("combobox", name="Status"))
    past.keyboard.type("completed")
    tab_to(past, past.get_by_role("button", name="Filter"))
    past.keyboard.press("Enter")
    past.wait_for_url(re.compile("[?&]status=completed"))
    tab_to(past, older(past))
    past.keyboard.press("Enter")
    past.wait_for_url(re.compile("[?&]marker="))
    tab_to(past, newer(past))
    past.keyboard.press("Enter")
    past.wait_for_url(lambda address: "marker=" not in address)
    tab_to(past, past.get_by_role("link", name="Clear"))
    past.keyboard.press("Enter")
    past.wait_for_url(f"**{PAST}")
    assert rows(past) == first


def test_running_migration_is_updated_and_no_other_row_is_added(page_as, boot, nova_as):
    nova = nova_as("admin")
    watched, other = (
        boot("shared", sim_seconds="120", sim_converge="never"),
        boot("shared", host="compute-02", sim_seconds="2"),
    )
    page = page_as("admin", PAST)
    move(nova, watched)
    page.get_by_role("textbox", name="Instance name or ID").fill(watched.name)
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url(re.compile("[?&]instance="))
    mark_page(page)
    expect(page.get_by_role("rowheader")).to_have_text([watched.name])
    move(nova, other)
    expect(row(page, watched.name)).to_contain_text(re.compile(r"[1-9]\d* %"), timeout=POLL_TIMEOUT)
    figures = row(page, watched.name).get_by_text(re.compile(r"\d %"))
    expect(figures).not_to_have_text(figures.inner_text(), timeout=POLL_TIMEOUT)
    [running] = nova.server_migrations.list(watched)
    nova.server_migrations.live_migration_abort(watched, running.id)
    expect(row(page, watched.name)).to_contain_text("Aborted, the instance stayed on compute-01", timeout=POLL_TIMEOUT)
    expect(page.get_by_role("rowheader")).to_have_text([watched.name])
    expect_no_reload(page)


def move(nova: Client, server: Server) -> None:
    """Request a migration and wait until Nova lists it."""
    nova.servers.live_migrate(server, None, False)
    eventually(lambda: nova.migrations.list(instance_uuid=server.id))
