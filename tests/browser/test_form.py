# SPDX-License-Identifier: Apache-2.0
"""The choices and texts of a form before its submission."""

import pytest
from playwright.sync_api import expect

from tests.support.browser_steps import BOARD, choose_host, destination, host_option, type_link
from tests.support.embedded_cloud import eventually

COLD_REASON = "Cold migrations: the scheduler chooses the host."


def form(server: object, kind: str) -> str:
    return f"{BOARD}{server.id}/{kind}/"


@pytest.mark.parametrize("kind", ["cold", "cold-block"])
def test_destination_of_cold_kinds_is_disabled_and_says_why(page_as, boot, kind):
    page = page_as("admin", form(boot("shared"), kind))
    expect(destination(page)).to_be_disabled()
    expect(destination(page)).to_have_accessible_description(COLD_REASON)
    expect(page.get_by_text(COLD_REASON)).to_be_visible()


@pytest.mark.parametrize("kind", ["live", "live-block"])
def test_destination_of_live_kinds_offers_fit_hosts_and_says_why_others_are_not(page_as, boot, kind):
    page = page_as("admin", form(boot("shared"), kind))
    expect(destination(page)).to_be_enabled()
    expect(destination(page)).to_have_value("Automatic (scheduler chooses)")
    destination(page).click()
    expect(page.get_by_role("listbox", name="Destination").get_by_role("option").first).to_have_text(
        "Automatic (scheduler chooses)"
    )
    for fit in ("compute-02", "compute-03", "compute-04"):
        expect(host_option(page, fit)).to_be_enabled()
    for host, reason in (
        ("compute-01", "current host of the instance"),
        ("compute-05", "down"),
        ("compute-06", "bad fan"),
    ):
        expect(host_option(page, host)).to_be_disabled()
        expect(host_option(page, host)).to_contain_text(reason)


def test_destination_is_kept_for_other_types_even_after_a_cold_type(page_as, boot):
    page = page_as("admin", form(boot("shared"), "live"))
    choose_host(page, "compute-03")
    type_link(page, "Live block").click()
    expect(page.get_by_role("heading", name="Live block migration of")).to_be_visible()
    expect(destination(page)).to_have_value("compute-03")
    type_link(page, "Cold").click()
    expect(page.get_by_role("heading", name="Cold migration of")).to_be_visible()
    expect(destination(page)).to_be_disabled()
    type_link(page, "Live").click()
    expect(page.get_by_role("heading", name="Live migration of")).to_be_visible()
    expect(destination(page)).to_have_value("compute-03")
    choose_host(page, "")
    type_link(page, "Live block").click()
    expect(page.get_by_role("heading", name="Live block migration of")).to_be_visible()
    expect(destination(page)).to_have_value("Automatic (scheduler chooses)")


def test_command_and_checks_follow_the_destination(page_as, boot, nova_as):
    server = boot("shared")
    permissions = ["clipboard-read", "clipboard-write"]
    page = page_as("admin", form(server, "live"), permissions=permissions)
    command = f"openstack server migrate --live-migration --shared-migration {server.id}"
    expect(page.get_by_text(command, exact=True)).to_be_visible()
    expect(page.get_by_text("The instance is locked")).to_have_count(0)
    # The checks are made again, not only shown again.
    nova_as("admin").servers.lock(server)
    choose_host(page, "compute-02")
    command = f"openstack server migrate --live-migration --shared-migration --host compute-02 {server.id}"
    expect(page.get_by_text(command, exact=True)).to_be_visible()
    expect(page.get_by_text("The instance is locked")).to_be_visible()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == command


def test_impossible_types_show_the_reason(page_as, boot, nova_as):
    server = boot("shared")
    nova_as("admin").servers.pause(server)
    eventually(lambda: nova_as("admin").servers.get(server.id).status == "PAUSED")
    page = page_as("admin", f"{BOARD}instances/{server.id}/")
    expect(type_link(page, "Cold")).to_contain_text("cold migration requires an active or shut off instance")
    expect(type_link(page, "Live block")).not_to_contain_text("only")
    expect(type_link(page, "Live block")).not_to_have_attribute("aria-current", "page")
    type_link(page, "Live block").click()
    expect(type_link(page, "Live block")).to_have_attribute("aria-current", "page")
