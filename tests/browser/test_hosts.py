# SPDX-License-Identifier: Apache-2.0
"""The page of hosts in the browser: order, filters, keyboard, the tab of Horizon's page, and evacuation."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser_steps import POLL_TIMEOUT, expect_no_reload, mark_page, row, tab_to

HOSTS = "/admin/migrations/hosts/"


ALL = [f"compute-{number:02}" for number in range(1, 7)]


def names(page: Page) -> Locator:
    """Return the names of the hosts in the order of the page.  Expect them: a click or a key may load the page."""
    return page.get_by_role("table", name="Compute hosts").get_by_role("rowheader")


def head(page: Page, column: str):
    return page.get_by_role("columnheader", name=column)


@pytest.fixture
def hosts(page_as) -> Page:
    return page_as("admin", HOSTS)


def test_each_click_on_a_heading_reverses_the_order(hosts):
    expect(names(hosts)).to_have_text(ALL)
    expect(head(hosts, "Host")).to_have_attribute("aria-sort", "ascending")
    head(hosts, "Host").get_by_role("link").click()
    hosts.wait_for_url("**sort=-host")
    expect(names(hosts)).to_have_text(ALL[::-1])
    expect(head(hosts, "Host")).to_have_attribute("aria-sort", "descending")
    head(hosts, "State").get_by_role("link").click()
    hosts.wait_for_url("**sort=state")
    expect(names(hosts).first).to_have_text("compute-05")
    hosts.go_back()
    expect(names(hosts).first).to_have_text("compute-06")


def test_typing_filters_at_once_and_enter_puts_the_filter_into_the_address(hosts):
    mark_page(hosts)
    field = hosts.get_by_role("searchbox", name="Name contains")
    field.fill("-06")
    expect(names(hosts)).to_have_text(["compute-06"])
    expect(hosts.get_by_text("Hosts: 1 of 6", exact=True)).to_be_visible()
    field.fill("none")
    expect(hosts.get_by_text("No host matches the filters.")).to_be_visible()
    field.fill("")
    expect(names(hosts)).to_have_text(ALL)
    expect_no_reload(hosts)
    field.fill("-06")
    field.press("Enter")
    hosts.wait_for_url(re.compile("[?&]name=-06"))
    expect(names(hosts)).to_have_text(["compute-06"])
    hosts.get_by_role("link", name="Clear").click()
    expect(names(hosts)).to_have_text(ALL)


def test_keyboard_filters_and_sorts(hosts):
    tab_to(hosts, hosts.get_by_role("combobox", name="Zone"))
    hosts.keyboard.type("az2")
    tab_to(hosts, hosts.get_by_role("button", name="Filter"))
    hosts.keyboard.press("Enter")
    hosts.wait_for_url(re.compile("[?&]zone=az2"))
    expect(names(hosts)).to_have_text(["compute-04", "compute-05", "compute-06"])
    tab_to(hosts, head(hosts, "vCPU").get_by_role("link"))
    hosts.keyboard.press("Enter")
    hosts.wait_for_url(re.compile("zone=az2.*sort=vcpus"))
    expect(names(hosts).last).to_have_text("compute-04")


def test_tab_of_horizons_page_shows_the_same_list(page_as):
    page = page_as("admin", "/admin/hypervisors/")
    page.get_by_role("tab", name="Maintenance").or_(page.get_by_role("link", name="Maintenance")).first.click()
    expect(page.get_by_role("rowheader", name="compute-05")).to_be_visible(timeout=POLL_TIMEOUT)
    head(page, "Host").get_by_role("link").click()
    page.wait_for_url(re.compile("hypervisors/.*maintenance.*sort=-host"))
    expect(names(page).first).to_have_text("compute-06")
    page.get_by_role("searchbox", name="Name contains").fill("-05")
    expect(names(page)).to_have_text(["compute-05"])
    expect(page.get_by_role("link", name="Evacuate instances compute-05")).to_be_visible()


def test_host_that_is_down_is_evacuated_after_its_name_is_typed(hosts):
    hosts.get_by_role("link", name="Evacuate instances compute-05").click()
    expect(hosts.get_by_text("Power off compute-05 first.")).to_be_visible()
    evacuate = hosts.get_by_role("button", name="Evacuate", exact=True)
    evacuate.click()
    expect(
        hosts.get_by_text("The name does not match. Enter the name of the host that is powered off.")
    ).to_be_visible()
    hosts.get_by_label("Enter the name of the host to confirm that compute-05 is powered off").fill("compute-05")
    evacuate.click()
    expect(hosts.get_by_text("Nova accepted the evacuation of 1 instance.")).to_be_visible()
    mark_page(hosts)
    expect(row(hosts, "legacy-crm").last).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    expect_no_reload(hosts)
    hosts.get_by_role("link", name="Refresh").click()
    expect(hosts.get_by_text("Nova lists no instance on compute-05, and Placement confirms this.")).to_be_visible()
