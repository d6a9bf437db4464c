# SPDX-License-Identifier: Apache-2.0
"""From Nova's change of a status to the browser's screen."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from novaclient import client as novaclient
from novaclient.v2.migrations import Migration
from playwright.sync_api import sync_playwright

from benchmarks.acts import BOARD
from benchmarks.crowd import crowd
from benchmarks.stage import Stage
from benchmarks.weights import Weight
from migration_panel.conf import Config
from tests.browser import chromium
from tests.real_cloud import PASSWORD, eventually

# The word that the board shows for Nova's "completed" begins so.
DONE = "completed"


def latencies(stage: Stage, times: int) -> Iterator[Weight]:
    nova = stage.nova()
    seen = []
    with crowd(nova, 1, prefix="seen", sim_seconds="2", sim_interval="1") as [one], sync_playwright() as playwright:
        browser = chromium.launch(playwright.chromium)
        page = browser.new_page()
        page.goto(f"{stage.horizon.url}/auth/login/?next={BOARD}")
        page.get_by_label("User Name").fill("admin")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign In").click()
        page.wait_for_url(f"**{BOARD}")
        for number in range(times):
            eventually(lambda: getattr(nova.servers.get(one), "OS-EXT-STS:task_state") is None)
            nova.servers.live_migrate(one, None, False)
            newest = eventually(lambda number=number: _newest(nova, one, number))
            ended = _ended(nova, one)
            page.locator(f"#migration-{newest.uuid}", has_text=DONE).wait_for(timeout=30_000)
            seen.append(time.monotonic() - ended)
        browser.close()
    limit = Config().poll_ms / 1000 + Config().share + 1
    yield Weight(
        "from Nova's change to the screen",
        f"median {statistics.median(seen):.1f} s, at most {max(seen):.1f} s, of {times}",
        f"< {limit:.1f} s: a poll's interval, the shared answer's age and a second",
        max(seen) < limit,
    )


def _newest(nova: novaclient.Client, instance: str, before: int) -> Migration | None:
    """The one beyond those that were before: Nova makes the record some time after the request."""
    found = nova.migrations.list(instance_uuid=instance)
    return found[0] if len(found) > before else None


def _ended(nova: novaclient.Client, instance: str) -> float:
    """When it had, s of the monotonic clock."""
    while nova.migrations.list(instance_uuid=instance, limit=1)[0].status != DONE:
        time.sleep(0.02)
    return time.monotonic()
