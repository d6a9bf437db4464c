# SPDX-License-Identifier: Apache-2.0
"""Actions on migrations from the board, by mouse and by keyboard, without a reload."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser_steps import BOARD, POLL_TIMEOUT, expect_no_reload, mark_page, release, row
from tests.support.embedded_cloud import eventually


def click(button: Locator) -> None:
    button.click()


def press(button: Locator) -> None:
    button.focus()
    button.press("Enter")


by_mouse_and_keyboard = pytest.mark.parametrize("act", [click, press])


def do(page: Page, name: str, action: str, act) -> None:
    """Click the button of the row, then the button of the dialog."""
    act(row(page, name).get_by_role("button", name=action, exact=True))
    dialog = page.get_by_role("dialog", name=f"{action}: {name}")
    expect(dialog).to_be_visible()
    act(dialog.get_by_role("button", name=action, exact=True))
    expect(dialog).to_be_hidden()


def away(page: Page) -> None:
    """Move pointer and focus out of the table: rows do not move while either is in the table."""
    page.mouse.move(5, 5)
    page.evaluate("document.activeElement.blur()")


@pytest.fixture
def board(page_as) -> Page:
    page = page_as("admin", BOARD)
    mark_page(page)
    return page


@pytest.fixture
def endless(boot, nova_as):
    """A live migration that copies without an end; a force-complete ends it only after its release."""
    server = boot("shared", sim_converge="never", sim_pause_finish="0", sim_hold="running")
    nova = nova_as("admin")
    nova.servers.live_migrate(server, None, False)
    eventually(lambda: [one for one in nova.server_migrations.list(server) if one.memory_total_bytes])
    return server


@pytest.fixture
def unconfirmed(boot, nova_as):
    server = boot("shared", sim_seconds="0")
    nova = nova_as("admin")
    nova.servers.migrate(server)
    eventually(lambda: nova.servers.get(server.id).status == "VERIFY_RESIZE")
    yield server
    if nova.servers.get(server.id).status == "VERIFY_RESIZE":
        nova.servers.confirm_resize(server)


@by_mouse_and_keyboard
def test_running_migration_is_aborted(board, endless, act):
    do(board, endless.name, "Abort", act)
    expect(row(board, endless.name)).to_contain_text("Aborted, the instance stayed on compute-01", timeout=POLL_TIMEOUT)
    expect_no_reload(board)


@by_mouse_and_keyboard
def test_endless_migration_is_force_completed(board, endless, nova_as, act):
    do(board, endless.name, "Force complete", act)
    expect(row(board, endless.name)).to_contain_text("Force complete requested.")
    expect(row(board, endless.name).get_by_role("button", name="Force complete")).to_be_hidden()
    release(nova_as("admin"), endless)
    expect(row(board, endless.name)).to_contain_text("Completed in", timeout=POLL_TIMEOUT)
    expect_no_reload(board)


@by_mouse_and_keyboard
def test_queued_migration_is_aborted(board, endless, boot, nova_as, act):
    """The endless migration uses the only place of the host."""
    queued, nova = boot("shared"), nova_as("admin")
    nova.servers.live_migrate(queued, None, False)
    expect(row(board, queued.name)).to_contain_text(
        "Queued behind other live migrations from compute-01", timeout=POLL_TIMEOUT
    )
    expect(row(board, queued.name).get_by_role("button", name="Force complete")).to_be_hidden()
    do(board, queued.name, "Abort", act)
    expect(row(board, queued.name)).to_contain_text("Aborted, the instance stayed on compute-01", timeout=POLL_TIMEOUT)
    expect_no_reload(board)


@by_mouse_and_keyboard
@pytest.mark.parametrize(("action", "end"), [("Confirm", "Confirmed"), ("Revert", "Reverted to compute-01")])
def test_cold_migration_is_confirmed_or_reverted(board, unconfirmed, action, end, act):
    expect(row(board, unconfirmed.name)).to_contain_text("Waiting for confirmation", timeout=POLL_TIMEOUT)
    do(board, unconfirmed.name, action, act)
    expect(row(board, unconfirmed.name)).to_contain_text(end, timeout=POLL_TIMEOUT)
    expect_no_reload(board)


def test_dialog_shows_the_consequence_and_does_nothing_on_cancel_or_escape(board, endless, nova_as):
    for leave in ("Cancel", "Escape"):
        row(board, endless.name).get_by_role("button", name="Force complete").click()
        dialog = board.get_by_role("dialog")
        expect(dialog).to_contain_text("Either Nova pauses the instance until the rest is copied")
        if leave == "Cancel":
            dialog.get_by_role("button", name="Cancel").click()
        else:
            board.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
    assert [one.status for one in nova_as("admin").migrations.list(instance_uuid=endless.id)] == ["running"]


def test_action_on_a_finished_migration_shows_that_it_has_finished(board, endless, nova_as):
    row(board, endless.name).get_by_role("button", name="Abort").click()
    nova = nova_as("admin")
    [migration] = nova.server_migrations.list(endless)
    nova.server_migrations.live_migration_abort(endless, migration.id)
    eventually(lambda: nova.migrations.list(instance_uuid=endless.id)[0].status == "cancelled")
    board.get_by_role("dialog").get_by_role("button", name="Abort").click()
    expect(board.get_by_role("alert").filter(has_text="Nothing was changed")).to_be_visible()


def test_selected_migrations_are_confirmed_at_once(board, boot, nova_as):
    nova, servers = nova_as("admin"), [boot("shared", sim_seconds="0") for _ in range(2)]
    for server in servers:
        nova.servers.migrate(server)
    for server in servers:
        expect(row(board, server.name)).to_contain_text("Waiting for confirmation", timeout=POLL_TIMEOUT)
        board.get_by_role("checkbox", name=f"Select {server.name}").check()
    board.get_by_role("button", name="Confirm selected (2)").click()
    board.get_by_role("dialog", name="Confirm selected (2)").get_by_role("button", name="Confirm").click()
    away(board)
    for server in servers:
        expect(row(board, server.name)).to_contain_text("Confirmed", timeout=POLL_TIMEOUT)
    expect_no_reload(board)


def test_failed_migration_shows_the_reason_and_can_be_retried(board, boot, nova_as):
    server = boot("local")
    nova_as("admin").servers.live_migrate(server, None, False)
    expect(row(board, server.name)).to_contain_text("is not on shared storage", timeout=POLL_TIMEOUT)
    expect_no_reload(board)
    row(board, server.name).get_by_role("link", name="Retry as live block").press("Enter")
    expect(board.get_by_role("heading", name=f"Live block migration of {server.name}")).to_be_visible()
