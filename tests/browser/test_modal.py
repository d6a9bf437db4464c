# SPDX-License-Identifier: Apache-2.0
"""The tab on Horizon's own page of an instance, and the forms in Horizon's modal."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser_steps import (
    POLL_TIMEOUT,
    choose_host,
    destination,
    expect_no_reload,
    mark_page,
    migrate_button,
    release,
    row,
    type_link,
    wait_for_board,
)


@pytest.fixture
def open_tab(page_as):
    """Open Horizon's page of an instance and the panel's tab, which Horizon loads when it is opened."""

    def opened(server: object) -> Page:
        page = page_as("admin", f"/admin/instances/{server.id}/detail")
        mark_page(page)
        page.get_by_role("listitem").get_by_role("link", name="Migrations", exact=True).last.click()
        expect(page.get_by_text("Migrate this instance:")).to_be_visible()
        return page

    return opened


def open_modal(page: Page, kind: str) -> None:
    starts = page.get_by_role("paragraph").filter(has_text="Migrate this instance:")
    starts.get_by_role("link", name=kind, exact=True).click()
    expect(page.get_by_role("heading", name=f"{kind} migration of")).to_be_visible()


def test_tab_follows_the_instances_migrations(open_tab, boot, nova_as):
    server = boot("shared", sim_seconds="2", sim_hold="running")
    page = open_tab(server)
    expect(page.get_by_text("This instance has not been migrated yet.")).to_be_visible()
    nova_as("admin").servers.live_migrate(server, None, False)
    expect(row(page, server.name).get_by_role("progressbar")).to_be_visible(timeout=POLL_TIMEOUT)
    expect(page.get_by_text("This instance has not been migrated yet.")).to_be_hidden()
    release(nova_as("admin"), server)
    expect(row(page, server.name)).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    expect_no_reload(page)


def test_form_in_the_modal_switches_its_type_and_leads_to_the_board(open_tab, boot, nova_as):
    server = boot("local", sim_seconds="4")
    page = open_tab(server)
    open_modal(page, "Live")
    choose_host(page, "compute-03")
    page.get_by_role("textbox", name="Reference").fill("INC-4711")
    command = f"openstack server migrate --live-migration --shared-migration --host compute-03 {server.id}"
    expect(page.get_by_text(command, exact=True)).to_be_visible()
    type_link(page, "Cold").click()
    expect(page.get_by_role("heading", name="Cold migration of")).to_be_visible()
    expect(destination(page)).to_be_disabled()
    type_link(page, "Live block").click()
    expect(page.get_by_role("heading", name="Live block migration of")).to_be_visible()
    expect(destination(page)).to_have_value("compute-03")
    expect(page.get_by_role("textbox", name="Reference")).to_have_value("INC-4711")
    expect(type_link(page, "Live block")).to_be_focused()
    expect_no_reload(page)
    migrate_button(page).click()
    wait_for_board(page)
    requested = f"Live block migration of {server.name} to compute-03 was requested. Reference: INC-4711"
    expect(page.get_by_text(requested)).to_be_visible()
    expect(row(page, server.name)).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    assert getattr(nova_as("admin").servers.get(server.id), "OS-EXT-SRV-ATTR:host") == "compute-03"


def test_refusal_is_shown_in_the_modal(open_tab, boot, nova_as):
    server = boot("shared", sim_converge="never")
    page = open_tab(server)
    open_modal(page, "Live")
    choose_host(page, "compute-03")
    nova_as("admin").servers.live_migrate(server, None, False)
    migrate_button(page).click()
    expect(page.get_by_role("alert").filter(has_text="has changed since this form was opened")).to_be_visible()
    expect(destination(page)).to_have_value("compute-03")
    expect_no_reload(page)
    assert len(nova_as("admin").migrations.list(instance_uuid=server.id)) == 1


# Before a6bfd2665, Horizon's code to enable the links to modals again does not affect links.
HORIZONS_FAULT = """() => {
  const removeAttr = $.fn.removeAttr;
  $.fn.removeAttr = function (name) {
    return removeAttr.call(name === "disabled" ? this.not(".ajax-modal") : this, name);
  };
}"""


@pytest.mark.parametrize("old", [False, True], ids=["Horizon as it is", "older Horizon"])
def test_other_types_open_after_a_refused_form_was_cancelled(open_tab, boot, nova_as, old):
    server = boot("shared", sim_converge="never")
    page = open_tab(server)
    if old:
        page.evaluate(HORIZONS_FAULT)
    open_modal(page, "Live")
    nova_as("admin").servers.live_migrate(server, None, False)
    migrate_button(page).click()
    expect(page.get_by_role("alert").filter(has_text="has changed since this form was opened")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name="Live migration of")).to_be_hidden()
    starts = page.get_by_role("paragraph").filter(has_text="Migrate this instance:")
    for kind in ("Cold", "Live", "Cold block", "Live block"):
        expect(starts.get_by_role("link", name=kind, exact=True)).not_to_have_attribute("disabled", re.compile(".*"))
    # Horizon's own links and menus, too.
    expect(page.locator(".ajax-modal[disabled], .dropdown-toggle[disabled]")).to_have_count(0)
    open_modal(page, "Cold")
    expect_no_reload(page)


def test_cancel_closes_the_modal_and_another_can_be_opened(open_tab, boot):
    page = open_tab(boot("shared"))
    open_modal(page, "Live")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name="Live migration of")).to_be_hidden()
    open_modal(page, "Cold block")
    expect(migrate_button(page)).to_be_enabled()
    expect_no_reload(page)
