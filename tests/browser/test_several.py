# SPDX-License-Identifier: Apache-2.0
"""Several instances at once, from the search to the board, with and without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_submitting import unveil
from tests.support.browser_steps import BOARD, POLL_TIMEOUT, choose_host, destination, row
from tests.support.embedded_cloud import eventually


@pytest.fixture
def three(boot, nova_as):
    """Two instances that can be migrated and a suspended instance."""
    servers = [boot("shared", name=f"trio-{number}", sim_seconds="4") for number in range(3)]
    nova_as("admin").servers.suspend(servers[2])
    eventually(lambda: nova_as("admin").servers.get(servers[2].id).status == "SUSPENDED")
    return servers


def choose_type(page: Page, kind: str) -> None:
    page.get_by_role("radio", name=kind, exact=False).first.check()
    page.get_by_role("button", name="Check selection").click()


def select_all(page: Page, servers: list) -> None:
    page.goto(f"{BOARD}instances/?q=trio-")
    for server in servers:
        page.get_by_role("checkbox", name=f"Select {server.name}").check()
    page.get_by_role("button", name="Migrate selected instances").click()


def expect_moved(page: Page, servers: list, nova) -> None:
    expect(page.get_by_text("2 of 2 requests accepted")).to_be_visible()
    page.get_by_role("link", name="View migrations").click()
    for server in servers[:2]:
        expect(row(page, server.name)).to_be_visible(timeout=POLL_TIMEOUT)
    for server in servers[:2]:
        eventually(lambda id=server.id: [one.status for one in nova.migrations.list(instance_uuid=id)] == ["completed"])
    assert nova.migrations.list(instance_uuid=servers[2].id) == []


def test_possible_migrations_start_and_the_board_shows_them(page_as, three, nova_as):
    page = page_as("admin", BOARD)
    select_all(page, three)
    choose_type(page, "Live")
    left_out = page.get_by_role("listitem").filter(has_text="trio-2")
    expect(left_out).to_contain_text("Excluded: The status of the instance is Suspended")
    migrate = page.get_by_role("button", name="Migrate 2 instances")
    expect(migrate).to_be_enabled()
    choose_host(page, "compute-03")
    expect(migrate).to_be_disabled()
    page.get_by_role("button", name="Check selection").click()
    expect(destination(page)).to_have_value("compute-03")
    choose_host(page, "")
    page.get_by_role("button", name="Check selection").click()
    # The checked instances can be sent.
    page.get_by_role("radio", name="Cold block").check()
    expect(migrate).to_be_disabled()
    expect(migrate).to_have_accessible_description("The selection has changed. Click Check selection first.")
    page.get_by_role("textbox", name="Reference").fill("INC-4711")
    # Another check keeps the reference.
    choose_type(page, "Live")
    page.get_by_role("button", name="Migrate 2 instances").click()
    expect(page.get_by_text("Reference: INC-4711")).to_be_visible()
    expect_moved(page, three, nova_as("admin"))


def test_javascript_is_not_needed(page_as, new_context, three, nova_as):
    session = page_as("admin", BOARD).context.storage_state()
    page = new_context(java_script_enabled=False, storage_state=session).new_page()
    page.route("**/*.css", unveil)
    select_all(page, three)
    choose_type(page, "Live")
    page.get_by_role("button", name="Migrate 2 instances").click()
    expect_moved(page, three, nova_as("admin"))
