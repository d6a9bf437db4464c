# SPDX-License-Identifier: Apache-2.0
"""The panel in the Project dashboard: helpdesk migrates its instances without seeing hosts; viewer has no access."""

import re

from playwright.sync_api import Route, expect

from tests.support.browser_steps import (
    POLL_TIMEOUT,
    PROJECT_BOARD,
    destination,
    migrate_button,
    release,
    row,
    search_instance,
    type_link,
)

HOST = "compute-"


def test_helpdesk_migrates_without_ever_seeing_a_host(page_as, boot, nova_as):
    server = boot("shared", project="demo", sim_seconds="2", sim_hold="running")
    page = page_as("helpdesk", PROJECT_BOARD)
    bodies: dict[str, str] = {}

    def keep(route: Route) -> None:
        answer = route.fetch(max_redirects=0, max_retries=3)
        bodies[f"{route.request.method} {answer.url}"] = answer.text()
        route.fulfill(response=answer)

    page.route("**/migrations/**", keep)
    page.reload()
    expect(page.get_by_role("heading", name="Migrations", exact=True)).to_be_visible()
    search_instance(page, server.name)
    which = page.get_by_role("region", name="Which type should I choose?")
    expect(which.get_by_role("listitem")).to_have_text(
        [
            re.compile("If not, choose live or live block"),
            re.compile("Probably"),
            re.compile("Recommended type: Live block"),
        ]
    )
    type_link(page, "Live").click()
    expect(destination(page)).to_be_disabled()
    reason = "Your role cannot choose the host: the scheduler chooses the host."
    expect(destination(page)).to_have_accessible_description(reason)
    migrate_button(page).click()
    expect(page.get_by_text(f"Live migration of {server.name} was requested.")).to_be_visible()
    expect(row(page, server.name).get_by_role("progressbar")).to_be_visible(timeout=POLL_TIMEOUT)
    release(nova_as("admin", "demo"), server)
    expect(row(page, server.name)).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    assert any(address.endswith("/migrations/") for address in bodies)
    assert any("/status/?" in address for address in bodies)
    assert any(address.endswith("/live/") for address in bodies)
    assert [address for address, body in bodies.items() if HOST in body] == []


def test_helpdesk_finds_by_id_and_by_address(page_as, nova_as):
    page = page_as("helpdesk", PROJECT_BOARD)
    [server] = nova_as("helpdesk").servers.list(search_opts={"name": "^mail-01$"})
    [[address]] = [[one["addr"] for one in all_of] for all_of in server.addresses.values()]
    for text in (server.id, address):
        page.goto(PROJECT_BOARD)
        search_instance(page, text)
        expect(page.get_by_text(server.id, exact=True).first).to_be_visible()
        expect(page.get_by_text("mail-01").first).to_be_visible()


def test_viewer_has_no_panel_in_the_menu(page_as):
    page = page_as("viewer", "/project/instances/")
    menu = page.get_by_role("navigation")
    expect(menu.get_by_role("link", name="Instances", exact=True)).to_have_count(1)
    expect(menu.get_by_role("link", name="Migrations", exact=True)).to_have_count(0)


def test_viewer_has_no_access_to_any_address(page_as):
    page = page_as("viewer", "/project/instances/")
    for address in (
        f"/{board}/migrations/{path}" for board in ("admin", "project") for path in ("", "status/", "instances/")
    ):
        assert page.request.get(address, headers={"Accept": "application/json"}).status == 403
        assert page.goto(address).status == 403


def test_helpdesk_answers_a_caller(page_as, nova_as):
    """Find the instance by the caller's address, migrate it, follow the migration, and copy the summary."""
    page = page_as("helpdesk", PROJECT_BOARD, permissions=["clipboard-read", "clipboard-write"])
    [server] = nova_as("helpdesk").servers.list(search_opts={"name": "^wiki$"})
    [[address]] = [[one["addr"] for one in all_of] for all_of in server.addresses.values()]
    search_instance(page, address)
    type_link(page, "Live").click()
    migrate_button(page).click()
    expect(row(page, "wiki")).to_contain_text("Completed in", timeout=3 * POLL_TIMEOUT)
    row(page, "wiki").get_by_role("link", name="Completed in").click()
    page.get_by_role("button", name="Copy summary").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    lines = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert lines[:2] == [f"Migration of wiki ({server.id})", "Type: Live"]
    assert any(line.startswith("Result: Completed in") for line in lines)
    assert any(line.startswith("Request ID: req-") for line in lines)
    assert HOST not in "\n".join(lines)


def test_migration_of_an_admin_is_shown_and_confirmed(page_as, nova_as, boot):
    server = boot("shared", project="demo", sim_seconds="1")
    nova_as("admin").servers.migrate(server)
    page = page_as("helpdesk", PROJECT_BOARD)
    expect(row(page, server.name)).to_contain_text("Migrated or resized, waiting", timeout=2 * POLL_TIMEOUT)
    expect(row(page, server.name)).to_contain_text("Started by an administrator")
    row(page, server.name).get_by_role("button", name="Confirm").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(row(page, server.name)).to_contain_text("No longer in progress", timeout=2 * POLL_TIMEOUT)
