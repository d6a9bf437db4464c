# SPDX-License-Identifier: Apache-2.0
"""What browsers and people do: go offline, sleep, go back, click twice, meet each other, have a wrong clock."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser_steps import migrate_button
from tests.support.embedded_cloud import eventually
from tests.support.fault_steps import BOARD, CURRENT, RECOVERY_MS, STALE


def form_of(server) -> str:
    return f"{BOARD}{server.id}/live/"


@pytest.mark.fault("browser offline and back", "marked stale, current again by itself within 10 s")
def test_board_recovers_after_the_browser_was_offline(board, boot, nova):
    server = boot(sim_converge="never")
    nova.servers.live_migrate(server.id, None, False)
    page = board()
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=20_000)
    page.context.set_offline(True)
    expect(page.get_by_text(STALE)).to_be_visible(timeout=40_000)
    page.context.set_offline(False)
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=RECOVERY_MS)


@pytest.mark.fault("tab asleep for five hours", "current within 10 s, without a burst of requests")
def test_board_recovers_after_hours_of_sleep(board, boot, nova):
    """Like a closed laptop: no timer runs for hours, then all timers run at once."""
    server = boot(sim_seconds="2")
    page = board()
    page.clock.install()
    page.reload()
    expect(page.get_by_text(CURRENT)).to_be_visible(timeout=20_000)
    nova.servers.live_migrate(server.id, None, False)
    eventually(lambda: [one for one in nova.migrations.list(instance_uuid=server.id) if one.status == "completed"])
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.clock.fast_forward("05:00:00")
    expect(page.get_by_role("row").filter(has_text=server.name)).to_contain_text("Completed", timeout=RECOVERY_MS)
    assert len(requests) < 5


@pytest.mark.parametrize("clicks", [2, 3])
@pytest.mark.fault("{clicks} clicks on Migrate", "one migration")
def test_many_clicks_submit_once(board, boot, moves, clicks):
    server = boot(sim_seconds="3")
    page = board("admin", form_of(server))
    migrate_button(page).click(click_count=clicks, delay=5)
    page.wait_for_url(f"**{BOARD}")
    eventually(lambda: moves(server))
    assert len(moves(server)) == 1


@pytest.mark.fault("Enter three times on Migrate", "one migration")
def test_repeated_enter_submits_once(board, boot, moves):
    server = boot(sim_seconds="3")
    page = board("admin", form_of(server))
    migrate_button(page).focus()
    for _ in range(3):
        page.keyboard.press("Enter", delay=1)
    page.wait_for_url(f"**{BOARD}")
    eventually(lambda: moves(server))
    assert len(moves(server)) == 1


@pytest.mark.fault(
    "back button after the submission, then submitted again",
    "the page says that it is in progress; refused; one migration",
)
def test_second_submission_after_going_back_is_refused(board, boot, moves):
    """The form is checked again and its button is disabled.  If the form is sent anyway, it is refused."""
    server = boot(sim_seconds="60")
    page = board("admin", form_of(server))
    migrate_button(page).click()
    page.wait_for_url(f"**{BOARD}")
    eventually(lambda: moves(server))
    page.go_back()
    expect(page.get_by_text("is already in progress").first).to_be_visible()
    expect(migrate_button(page)).to_be_disabled()
    page.evaluate("document.querySelector('[data-migration-form]').requestSubmit()")
    expect(page.get_by_text(re.compile("^Nothing was changed|has changed since|Nova refused")).first).to_be_visible()
    assert len(moves(server)) == 1


def submit_both(first: Page, second: Page) -> None:
    """Submit both forms at once: neither waits for the answer to the other."""
    for page in (first, second):
        page.evaluate("setTimeout(() => document.querySelector('[data-migrate]').click(), 50)")


@pytest.mark.parametrize("who", ["two tabs", "two admins"])
@pytest.mark.fault("{who} submit the same instance at once", "one migration, the other user sees why")
def test_two_submissions_of_the_same_instance_make_one_migration(board, boot, moves, who):
    server = boot(sim_seconds="5")
    first = board("admin", form_of(server))
    if who == "two tabs":
        second = first.context.new_page()
        second.goto(form_of(server))
    else:
        second = board("admin", form_of(server))
    submit_both(first, second)
    eventually(lambda: moves(server))
    refused = re.compile("is already in progress|has changed since|Nova refused")
    for page in (first, second):
        expect(page.get_by_text(refused).first).to_be_visible(timeout=20_000)
    assert len(moves(server)) == 1


@pytest.mark.parametrize("hours", [-1, 1])
@pytest.mark.fault("clock off by {hours} h", "no row lost or doubled, ages right")
def test_wrong_clock_of_the_browser_loses_and_doubles_no_row(board, boot, nova, hours):
    """Ages and durations come from the server, by Nova's clock: a wrong clock must not lose or double a row."""
    server = boot(sim_seconds="2")
    page = board()
    page.clock.install(time=datetime.now(timezone.utc) + timedelta(hours=hours))
    page.reload()
    nova.servers.live_migrate(server.id, None, False)
    row = page.get_by_role("row").filter(has_text=server.name)
    page.clock.run_for(15_000)
    expect(row).to_have_count(1, timeout=20_000)
    eventually(lambda: [one for one in nova.migrations.list(instance_uuid=server.id) if one.status == "completed"])
    page.clock.run_for(15_000)
    expect(row).to_contain_text("Completed", timeout=20_000)
    expect(row).to_have_count(1)
    expect(row.locator("time")).to_have_text(re.compile(r"now|sec|[1-3] min"))
