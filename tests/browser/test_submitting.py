# SPDX-License-Identifier: Apache-2.0
"""The submission of a form: it happens once, a refusal keeps the input, and neither mouse nor JavaScript is needed."""

import re

from playwright.sync_api import Route, expect

from tests.support.browser_steps import (
    BOARD,
    POLL_TIMEOUT,
    choose_host,
    destination,
    migrate_button,
    row,
    search_instance,
    tab_to,
    type_link,
    wait_for_board,
)
from tests.support.embedded_cloud import eventually


def migrations(nova, server) -> list:
    return nova.migrations.list(instance_uuid=server.id)


def test_refusal_shows_the_form_with_the_input(page_as, boot, nova_as):
    server, nova = boot("shared"), nova_as("admin")
    page = page_as("admin", f"{BOARD}{server.id}/live/")
    choose_host(page, "compute-03")
    nova.servers.suspend(server)
    eventually(lambda: nova.servers.get(server.id).status == "SUSPENDED")
    migrate_button(page).click()
    expect(page.get_by_text(re.compile("Nothing was changed. The status of the instance is Suspended"))).to_be_visible()
    expect(destination(page)).to_have_value("compute-03")
    expect(migrate_button(page)).to_be_disabled()
    assert migrations(nova, server) == []


def test_form_of_a_second_tab_is_refused_once_the_first_has_started(page_as, boot, nova_as):
    server = boot("shared", sim_converge="never")
    first = page_as("admin", f"{BOARD}{server.id}/live/")
    second = first.context.new_page()
    second.goto(f"{BOARD}{server.id}/live/")
    choose_host(second, "compute-03")
    migrate_button(first).click()
    wait_for_board(first)
    migrate_button(second).click()
    expect(second.get_by_role("alert").filter(has_text="has changed since this form was opened")).to_be_visible()
    expect(destination(second)).to_have_value("compute-03")
    # The checks now show that a migration is in progress.
    expect(second.get_by_text("A migration or resize of the instance is already in progress.").first).to_be_visible()
    assert len(migrations(nova_as("admin"), server)) == 1


def test_double_click_submits_once(page_as, boot, nova_as):
    server = boot("shared", sim_converge="never")
    page = page_as("admin", f"{BOARD}{server.id}/live/")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    migrate_button(page).dblclick()
    wait_for_board(page)
    expect(row(page, server.name)).to_have_count(1, timeout=POLL_TIMEOUT)
    assert len(posts) == 1
    assert len(migrations(nova_as("admin"), server)) == 1


def test_form_after_going_back_shows_that_the_migration_is_in_progress(page_as, boot, nova_as):
    server = boot("shared", sim_converge="never")
    page = page_as("admin", f"{BOARD}{server.id}/live/")
    migrate_button(page).click()
    wait_for_board(page)
    expect(row(page, server.name)).to_be_visible(timeout=POLL_TIMEOUT)
    page.go_back()
    expect(migrate_button(page)).to_be_disabled()
    expect(page.get_by_text("A migration or resize of the instance is already in progress.").first).to_be_visible()
    assert len(migrations(nova_as("admin"), server)) == 1


def test_keyboard_is_enough(page_as, boot, nova_as):
    server = boot("shared", sim_seconds="2")
    page = page_as("admin", BOARD)
    tab_to(page, page.get_by_role("searchbox", name="Migrate an instance"))
    page.keyboard.type(server.name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Migrate {server.name}")).to_be_visible()
    tab_to(page, type_link(page, "Live"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Live migration of {server.name}")).to_be_visible()
    tab_to(page, destination(page))
    page.keyboard.type("compute-03")
    expect(destination(page)).to_have_value("compute-03")
    tab_to(page, migrate_button(page))
    page.keyboard.press("Enter")
    wait_for_board(page)
    expect(page.get_by_text(f"Live migration of {server.name} to compute-03 was requested.")).to_be_visible()
    expect(row(page, server.name)).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    assert getattr(nova_as("admin").servers.get(server.id), "OS-EXT-SRV-ATTR:host") == "compute-03"


def unveil(route: Route) -> None:
    """Show the page: Horizon hides pages until a script finds that they are not in a frame of another site."""
    route.fulfill(content_type="text/css", body="html > body { display: block !important; }")


def test_javascript_is_not_needed(page_as, new_context, boot, nova_as):
    server = boot("shared", sim_seconds="2")
    # Horizon's login form needs JavaScript.
    session = page_as("admin", BOARD).context.storage_state()
    page = new_context(java_script_enabled=False, storage_state=session).new_page()
    page.route("**/*.css", unveil)
    page.goto(BOARD)
    search_instance(page, server.name)
    type_link(page, "Live").click()
    page.get_by_role("combobox", name="Destination").select_option("compute-02")
    migrate_button(page).click()
    wait_for_board(page)
    expect(page.get_by_text(f"Live migration of {server.name} to compute-02 was requested.")).to_be_visible()
    eventually(lambda: [one.status for one in migrations(nova_as("admin"), server)] == ["completed"])
    page.reload()
    expect(row(page, server.name)).to_contain_text("Completed in")
