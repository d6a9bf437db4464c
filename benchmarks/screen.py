# SPDX-License-Identifier: Apache-2.0
"""From Nova's change of a status to the browser's screen."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from novaclient import client as novaclient
from novaclient.v2.migrations import Migration
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.acts import BOARD
from benchmarks.crowd import crowd
from benchmarks.stage import Stage
from benchmarks.table import seconds
from benchmarks.weights import Weight
from migration_panel.conf import Config
from tests.browser import chromium
from tests.support.embedded_cloud import PASSWORD, eventually

# The word that the board shows for Nova's "completed" begins so.
DONE = "completed"
# Of a migration that is followed: long enough for a page to be loaded meanwhile.
FOLLOWED, SHORT = "6", "1"


def latencies(stage: Stage, times: int) -> Iterator[Weight]:
    """Of migrations that the board follows, and of ones that began and ended between two looks of a board at rest."""
    nova, config = stage.nova(), Config()
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright.chromium)
        page = signed_in(browser, stage)
        for what, sim_seconds, interval in (
            ("from Nova's change to the screen, followed", FOLLOWED, config.poll_ms),
            ("from Nova's change to the screen, board at rest", SHORT, config.idle_poll_ms),
        ):
            with crowd(nova, 1, prefix=f"seen-{sim_seconds}", sim_seconds=sim_seconds, sim_interval="1") as [one]:
                seen = [_latency(nova, page, one, number, sim_seconds == FOLLOWED) for number in range(times)]
            # A poll's interval, the age of a shared answer, and a second for all the rest.
            limit = interval / 1000 + config.share + 1
            yield Weight(
                what,
                f"median {seconds(statistics.median(seen))}, at most {seconds(max(seen))}, of {times}",
                f"< {seconds(limit)}",
                max(seen) < limit,
            )
        browser.close()


def signed_in(browser: Browser, stage: Stage) -> Page:
    """The board, of an admin."""
    page = browser.new_page()
    page.goto(f"{stage.horizon.url}/auth/login/?next={BOARD}")
    page.get_by_label("User Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url(f"**{BOARD}")
    return page


def _latency(nova: novaclient.Client, page: Page, instance: str, before: int, followed: bool) -> float:
    """Seconds from the end of one more migration of the instance until the board tells of it."""
    eventually(lambda: getattr(nova.servers.get(instance), "OS-EXT-STS:task_state") is None)
    nova.servers.live_migrate(instance, None, False)
    newest = eventually(lambda: _newest(nova, instance, before))
    row = page.locator(f"#migration-{newest.uuid}")
    if followed:
        page.reload()
        row.get_by_role("progressbar").wait_for()
    ended = _ended(nova, instance)
    row.filter(has_text=DONE).wait_for(timeout=30_000)
    return time.monotonic() - ended


def _newest(nova: novaclient.Client, instance: str, before: int) -> Migration | None:
    """The one beyond those that were before: Nova makes the record some time after the request."""
    found = nova.migrations.list(instance_uuid=instance)
    return found[0] if len(found) > before else None


def _ended(nova: novaclient.Client, instance: str) -> float:
    """When it had, s of the monotonic clock."""
    while nova.migrations.list(instance_uuid=instance, limit=1)[0].status != DONE:
        time.sleep(0.02)
    return time.monotonic()
