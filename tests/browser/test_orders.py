# SPDX-License-Identifier: Apache-2.0
"""What pages do by themselves, and after a switch in another tab.  Horizon runs in this process, over a fake cloud."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests.support.browser_steps import POLL_TIMEOUT
from tests.support.embedded_cloud import eventually
from tests.support.fake_cloud import COMPUTE, running_fake_cloud
from tests.support.fake_host import FakeHost
from tests.support.host_records import REASON
from tests.support.nova_answers import INSTANCE, listed, server
from tests.support.session_switch import log_in_to_regions, switch_region
from tests.unit.hosts.drain.test_orders import moved_away, start_return

BOARD = "/admin/migrations/"
RUN = f"{BOARD}hosts/compute-01/run/"
DRAIN = f"{BOARD}hosts/compute-01/drain/"
# Several polls long.
A_WHILE = 7000
SWITCHED = re.compile("project or user changed in another tab")


@pytest.fixture
def two(fake_cloud):
    with running_fake_cloud() as second:
        yield second


@pytest.fixture
def user(fake_cloud, two, client) -> Client:
    log_in_to_regions(client, fake_cloud, two)
    return client


@pytest.fixture
def opened(browser: Browser, horizon: str, user: Client) -> Iterator[Callable[[str], Page]]:
    context = browser.new_context(base_url=horizon)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": user.cookies[name].value, "url": horizon}])
    thrown: list[str] = []

    def open_(path: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        page.goto(path)
        return page

    yield open_
    context.close()
    assert thrown == []


def returnable(host: FakeHost) -> None:
    start = datetime.now(timezone.utc).replace(microsecond=0) - timedelta(minutes=10)
    moved_away(host, 3, start + timedelta(minutes=1), apart=timedelta(seconds=1))
    reason = f"Drain started {start:%Y-%m-%d %H:%M:%S} UTC by admin"
    host.service |= {"status": "disabled", "disabled_reason": reason}


def test_link_starts_nothing_and_click_starts_migrations(fake_cloud, opened):
    host = FakeHost(fake_cloud, 3)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    page = opened(RUN)
    expect(page.get_by_text(re.compile(r"^Updated \d"))).to_be_visible()
    page.wait_for_timeout(A_WHILE)
    assert host.requested == []
    page.get_by_role("button", name="Resume (3)").click()
    page.wait_for_url("**/run/?order=*")
    expect(page.locator("[data-headline]")).to_have_text("0 of 3 instances migrated. Queued: 3")
    # From here on the page continues by itself.
    late = host.add("late")
    # The page continues its work while Playwright waits.
    eventually(lambda: page.wait_for_timeout(250) or late in host.requested)


def test_page_of_a_return_continues_by_itself_and_stops_after_a_switch(fake_cloud, two, user, opened):
    host, other = FakeHost(fake_cloud), FakeHost(two)
    returnable(host)
    returnable(other)
    other.service |= {"status": "enabled", "disabled_reason": None}
    # Playwright has an event loop in this thread, which Django's views cannot run in.
    with ThreadPoolExecutor(1) as thread:
        address = thread.submit(start_return, user, host).result()
    page = opened(address)
    expect(page.locator("[data-headline]")).to_have_text(
        "0 of 3 instances returned to compute-01. Queued: 3", timeout=POLL_TIMEOUT
    )
    assert len(host.requested) == 3
    two.forget()
    switch_region(user)
    expect(page.locator("[data-outdated]")).to_be_visible(timeout=POLL_TIMEOUT)
    before = len(two.calls)
    page.wait_for_timeout(A_WHILE)
    assert (other.requested, len(two.calls)) == ([], before)


def test_plan_says_that_it_is_of_another_region(fake_cloud, two, user, opened):
    FakeHost(fake_cloud, 3)
    other = FakeHost(two, 3)
    page = opened(DRAIN)
    switch_region(user)
    page.get_by_label("Copy local disks (live block)").check()
    expect(page.get_by_text("Your session expired or changed in another tab.")).to_be_visible()
    page.get_by_role("button", name="Drain host", exact=True).click()
    expect(page.get_by_role("alert").get_by_text(SWITCHED)).to_be_visible()
    page.get_by_role("link", name="View migrations").click()
    page.wait_for_url(f"**{BOARD}")
    assert (other.requested, two.made("PUT", "*")) == ([], [])


def test_board_stops_after_a_switch(fake_cloud, two, user, opened):
    for cloud, name in ((fake_cloud, "of-one"), (two, "of-two")):
        cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({"status": "running"}))
        cloud.on("GET", f"{COMPUTE}/servers/{INSTANCE}", json=server(name=name))
        cloud.on("GET", f"{COMPUTE}/servers/{INSTANCE}/migrations", json={"migrations": []})
    page = opened(BOARD)
    expect(page.get_by_role("link", name="of-one")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Updated \d"))).to_be_visible()
    switch_region(user)
    expect(page.locator("[data-outdated]")).to_be_visible(timeout=POLL_TIMEOUT)
    two.forget()
    page.wait_for_timeout(A_WHILE)
    assert two.calls == []
    expect(page.get_by_role("link", name="of-two")).to_have_count(0)
    page.get_by_role("link", name="View migrations").click()
    expect(page.get_by_role("link", name="of-two")).to_be_visible()


def test_changed_session_is_reported_once(fake_cloud, user, opened):
    """A login in another tab renews the token that forms carry."""
    cloud = fake_cloud
    cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({"migration_type": "migration", "status": "finished"}))
    resized = {"status": "VERIFY_RESIZE", "OS-EXT-STS:vm_state": "resized"}
    cloud.on("GET", f"{COMPUTE}/servers/{INSTANCE}", json=server(**resized))
    page = opened(BOARD)
    page.evaluate("document.querySelector('#migration-act [name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    page.get_by_role("button", name="Confirm", exact=True).click()
    page.locator("[data-dialog-answer=yes]").click()
    expect(page.locator("[data-refusal]")).to_have_text(
        "Your session expired or changed in another tab. Reload the page."
    )


def test_list_that_slept_drops_finished_migrations(fake_cloud, user, opened):
    """The cursor is old: the list is complete, and no longer has the row."""
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed({"status": "running"}))
    moving = {"status": "MIGRATING", "OS-EXT-STS:task_state": "migrating"}
    fake_cloud.on("GET", f"{COMPUTE}/servers/{INSTANCE}", json=server(**moving))
    fake_cloud.on("GET", f"{COMPUTE}/servers/{INSTANCE}/migrations", json={"migrations": []})
    page = opened(BOARD)
    expect(page.get_by_text(re.compile(r"^Updated \d"))).to_be_visible()
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json={"migrations": []})
    page.locator("[data-migration-board]").dispatch_event("migration-acted")
    expect(page.locator("tr[data-id]")).to_have_count(0)
