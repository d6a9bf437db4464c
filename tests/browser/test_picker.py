# SPDX-License-Identifier: Apache-2.0
"""The picker of the destination, by keyboard and by typing, and the checks of the chosen host."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser_steps import (
    BOARD,
    choose_host,
    destination,
    host_option,
    migrate_button,
    row,
    wait_for_board,
)
from tests.support.embedded_cloud import eventually


def listbox(page: Page):
    return page.get_by_role("listbox", name="Destination")


def active(page: Page) -> str:
    """Return the active host, as a screen reader announces it."""
    row = destination(page).get_attribute("aria-activedescendant")
    return page.locator(f"#{row} strong").text_content()


def sent(page: Page) -> str:
    """The value that the form would send."""
    return page.evaluate("new FormData(document.getElementById('migration_form')).get('destination')")


def check_again(page: Page) -> None:
    with page.expect_response(re.compile(r"/check/\?")):
        page.get_by_role("button", name="Refresh").click()


@pytest.fixture
def form(page_as, boot) -> Page:
    return page_as("admin", f"{BOARD}{boot('shared').id}/live/")


def test_arrows_reach_all_hosts_and_enter_selects(form):
    destination(form).focus()
    expect(listbox(form)).to_be_hidden()
    form.keyboard.press("ArrowDown")
    expect(destination(form)).to_have_attribute("aria-expanded", "true")
    assert active(form) == "Automatic (scheduler chooses)"
    form.keyboard.press("ArrowDown")
    host = active(form)
    assert host.startswith("compute-")
    form.keyboard.press("Enter")
    expect(listbox(form)).to_be_hidden()
    expect(destination(form)).to_have_value(host)
    expect(destination(form)).to_be_focused()
    assert sent(form) == host


def test_typing_filters_the_list_by_name_zone_and_reason(form):
    destination(form).fill("bad fan")
    expect(listbox(form).get_by_role("option")).to_have_count(1)
    expect(host_option(form, "compute-06")).to_be_visible()
    expect(form.get_by_role("status").filter(has_text="Hosts found: 1")).to_have_count(1)
    destination(form).fill("no such thing")
    expect(listbox(form).get_by_role("option")).to_have_count(0)
    expect(form.get_by_role("status").filter(has_text="No host has “no such thing”")).to_have_count(1)
    form.keyboard.press("Escape")
    expect(listbox(form)).to_be_hidden()
    expect(destination(form)).to_have_value("Automatic (scheduler chooses)")


def test_unfit_host_cannot_be_selected_and_shows_the_reason(form):
    destination(form).fill("compute-05")
    form.keyboard.press("Enter")
    expect(listbox(form)).to_be_visible()
    expect(form.get_by_role("status").filter(has_text=re.compile("compute-05.*down"))).to_have_count(1)
    host_option(form, "compute-05").click(force=True)
    form.keyboard.press("Tab")
    expect(destination(form)).to_have_value("Automatic (scheduler chooses)")
    assert sent(form) == ""


def test_leaving_the_field_accepts_only_a_complete_name(form):
    destination(form).fill("compute-0")
    form.get_by_role("heading", level=1).click()
    expect(destination(form)).to_have_value("Automatic (scheduler chooses)")
    destination(form).fill("compute-03")
    form.get_by_role("heading", level=1).click()
    expect(destination(form)).to_have_value("compute-03")
    assert sent(form) == "compute-03"


def test_mouse_is_enough(form):
    destination(form).click()
    host_option(form, "compute-04").click()
    expect(listbox(form)).to_be_hidden()
    assert sent(form) == "compute-04"


def test_obstacle_of_a_destination_disappears_with_another_destination(page_as, boot):
    server = boot("shared")
    page = page_as("admin", f"{BOARD}{server.id}/live/?destination=compute-05")
    expect(migrate_button(page)).to_be_disabled()
    expect(migrate_button(page)).to_have_accessible_description(re.compile("See the checks"))
    assert sent(page) == "compute-05"
    choose_host(page, "compute-03")
    expect(migrate_button(page)).to_be_enabled()
    expect(page.get_by_role("status").filter(has_text="Check finished.")).to_have_count(1)


def test_form_can_be_sent_after_the_obstacle_is_removed_and_checked_again(page_as, boot, nova_as):
    server, nova = boot("shared", sim_seconds="2"), nova_as("admin")
    nova.servers.migrate(server)
    page = page_as("admin", f"{BOARD}{server.id}/live/")
    expect(migrate_button(page)).to_be_disabled()
    expect(page.get_by_text("Blocked by", exact=True)).to_be_visible()

    eventually(lambda: nova.servers.get(server.id).status == "VERIFY_RESIZE")
    check_again(page)
    expect(page.get_by_text(re.compile("is waiting for confirmation")).first).to_be_visible()
    expect(migrate_button(page)).to_be_disabled()
    nova.servers.confirm_resize(server)
    eventually(lambda: nova.servers.get(server.id).status == "ACTIVE")
    check_again(page)
    expect(migrate_button(page)).to_be_enabled()
    migrate_button(page).click()
    wait_for_board(page)
    expect(page.get_by_text(f"Live migration of {server.name} was requested.")).to_be_visible()


def test_unlocking_enables_the_form_of_a_user_who_may_not_override_the_lock(page_as, boot, nova_as):
    server, nova = boot("shared", project="demo", sim_seconds="2"), nova_as("admin", "demo")
    nova.servers.lock(server)
    page = page_as("helpdesk", f"/project/migrations/{server.id}/live/")
    expect(migrate_button(page)).to_be_disabled()
    nova.servers.unlock(server)
    check_again(page)
    expect(migrate_button(page)).to_be_enabled()
    migrate_button(page).click()
    expect(page.get_by_text(f"Live migration of {server.name} was requested.")).to_be_visible()
    expect(row(page, server.name).first).to_be_visible()


MANY = """() => {
    const group = document.querySelector("select[data-picker] optgroup");
    const first = group.firstElementChild;
    for (let number = 100; number < 600; number++) {
        const option = first.cloneNode(true);
        option.value = `node-${number}.example.org`;
        option.textContent = first.textContent.replace(first.value, option.value);
        group.append(option);
    }
}"""


@pytest.mark.parametrize("width", [1300, 390])
def test_500_hosts_are_found_by_typing_and_by_keyboard(form, width):
    form.set_viewport_size({"width": width, "height": 844})
    form.evaluate(MANY)
    destination(form).click()
    assert listbox(form).get_by_role("option").count() > 500
    assert form.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert listbox(form).evaluate("list => list.scrollWidth - list.clientWidth") <= 0
    destination(form).fill("node-59")
    expect(listbox(form).get_by_role("option")).to_have_count(10)
    form.keyboard.press("ArrowDown")
    assert active(form) == "node-591.example.org"
    expect(host_option(form, "node-591.example.org")).to_be_in_viewport()
    form.keyboard.press("Enter")
    assert sent(form) == "node-591.example.org"
