# SPDX-License-Identifier: Apache-2.0
"""What the browser shows, and when: changes of Nova's, a usable page, rows that do not move."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from novaclient import client as novaclient
from novaclient.v2.migrations import Migration
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.acts import BOARD, INSTANCES
from benchmarks.crowd import crowd, moving
from benchmarks.stage import Stage
from benchmarks.table import ms, seconds
from benchmarks.weights import Weight
from migration_panel.conf import Config
from tests.browser import chromium
from tests.support.embedded_cloud import PASSWORD, eventually

# The text that the board shows for Nova's "completed" starts with this word.
DONE = "completed"
# Duration of a migration that the board follows, s: long enough to load a page meanwhile.
FOLLOWED, SHORT = "6", "1"

# Number of rows of the board whose progress changes while the browser measures.
MOVING = 4
# Cumulative layout shift that users do not notice (web.dev/articles/cls).
LITTLE_SHIFT = 0.1
# A page can be used once no task blocks it any longer: long tasks last 50 ms and more.
OBSERVE = """() => {
  window.measured = { tasks: 0, shift: 0 };
  const observe = (type, record) =>
    new PerformanceObserver((list) => list.getEntries().forEach(record)).observe({ type, buffered: true });
  observe("longtask", ({ startTime, duration }) => {
    measured.tasks = Math.max(measured.tasks, startTime + duration);
  });
  observe("layout-shift", ({ value, hadRecentInput }) => {
    if (!hadRecentInput) measured.shift += value;
  });
}"""
USABLE = """() => {
  const [{ domContentLoadedEventEnd }] = performance.getEntriesByType("navigation");
  const [painted] = performance.getEntriesByName("first-contentful-paint");
  return Math.max(domContentLoadedEventEnd, painted?.startTime ?? 0, measured.tasks) / 1000;
}"""


def latencies(stage: Stage, times: int) -> Iterator[Weight]:
    """Measure the delay of migrations that the board follows, and of migrations between two polls at rest."""
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
            # The interval of polls, the age of a shared answer, and a second for everything else.
            limit = interval / 1000 + config.share + 1
            yield Weight(
                what,
                f"median {seconds(statistics.median(seen))}, at most {seconds(max(seen))}, of {times}",
                f"< {seconds(limit)}",
                max(seen) < limit,
            )
        browser.close()


def pages(stage: Stage, times: int) -> Iterator[Weight]:
    """Measure when the board can be used, beside Horizon's list of instances, and how far its rows shift."""
    nova = stage.nova()
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright.chromium)
        page = signed_in(browser, stage)
        page.add_init_script(f"({OBSERVE})()")
        # A migration that does not converge moves to "Needs attention" after a minute: a shift without a poll.
        knobs = {"sim_seconds": "600", "sim_interval": "1"}
        with crowd(nova, MOVING, prefix="usable", **knobs) as instances, moving(nova, instances):
            page.goto(f"{stage.horizon.url}{BOARD}")
            page.get_by_role("progressbar").nth(MOVING - 1).wait_for(timeout=60_000)
            ours, theirs = (_usable(page, f"{stage.horizon.url}{path}", times) for path in (BOARD, INSTANCES))
            page.goto(f"{stage.horizon.url}{BOARD}")
            page.get_by_role("progressbar").nth(MOVING - 1).wait_for()
            loaded = _shift(page)
            page.wait_for_timeout(5 * Config().poll_ms)
            polled = _shift(page) - loaded
        browser.close()
    median = statistics.median(ours)
    yield Weight(
        "board, time to interactive",
        f"median {ms(median)}, at most {ms(max(ours))}, of {times}",
        f"< Horizon's list of instances ({ms(statistics.median(theirs))})",
        median < statistics.median(theirs),
    )
    what = "board, layout shift until its rows have figures"
    yield Weight(what, f"{loaded:.3f}", f"< {LITTLE_SHIFT}", loaded < LITTLE_SHIFT)
    yield Weight(f"board, layout shift of five polls, {MOVING} migrating", f"{polled:.3f}", "0", polled == 0)


def _usable(page: Page, address: str, times: int) -> list[float]:
    """Return the seconds from the click until the page can be used, with a filled browser cache."""
    found = []
    for _ in range(times + 1):
        page.goto(address, wait_until="load")
        # Tasks that start later do not prevent users from working.
        page.wait_for_timeout(1000)
        found.append(page.evaluate(USABLE))
    return found[1:]


def _shift(page: Page) -> float:
    return page.evaluate("measured.shift")


def signed_in(browser: Browser, stage: Stage) -> Page:
    """Open the board as an admin."""
    page = browser.new_page()
    page.goto(f"{stage.horizon.url}/auth/login/?next={BOARD}")
    page.get_by_label("User Name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url(f"**{BOARD}")
    return page


def _latency(nova: novaclient.Client, page: Page, instance: str, before: int, followed: bool) -> float:
    """Return the seconds from the end of one more migration of the instance until the board shows it."""
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
    """Return the new migration.  Nova writes the record some time after the request."""
    found = nova.migrations.list(instance_uuid=instance)
    return found[0] if len(found) > before else None


def _ended(nova: novaclient.Client, instance: str) -> float:
    """Return when the migration ended, in s of the monotonic clock."""
    while nova.migrations.list(instance_uuid=instance, limit=1)[0].status != DONE:
        time.sleep(0.02)
    return time.monotonic()
