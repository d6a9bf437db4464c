# SPDX-License-Identifier: Apache-2.0
"""Each type from the search to the end of the migration, followed on the board without a reload."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from migration_panel.conf import Config
from tests.support.browser_steps import (
    BOARD,
    POLL_TIMEOUT,
    choose_host,
    expect_no_reload,
    mark_page,
    migrate_button,
    release,
    row,
    search_instance,
    type_link,
    wait_for_board,
)

ENOUGH = 90  # seconds


def submit(page: Page, name: str, kind: str, host: str = "") -> None:
    search_instance(page, name)
    type_link(page, kind).click()
    if host:
        choose_host(page, host)
    migrate_button(page).click()
    wait_for_board(page)
    mark_page(page)


def percents(page: Page, name: str, go_on: Callable[[], None]) -> list[float]:
    """Return every value of the progress bar until it disappears.  After two values, ``go_on`` lets the copy end."""
    line = row(page, name)
    bar = line.get_by_role("progressbar", name=f"Progress of {name}")
    expect(bar).to_be_visible(timeout=POLL_TIMEOUT)
    seen: list[float] = []
    end = time.monotonic() + ENOUGH
    while bar.count() and time.monotonic() < end:
        value = bar.evaluate_all("bars => bars.map(bar => bar.position)")
        if value and value[0] >= 0 and value[0] not in seen[-1:]:
            seen.append(value[0])
            if len(seen) == 2:
                go_on()
    return seen


@pytest.mark.parametrize(
    ("kind", "storage", "host"),
    [("Live", "shared", "compute-02"), ("Live block", "local", "")],
    ids=["live to a named host", "live block to the scheduler's choice"],
)
def test_live_kinds_copy_and_complete(page_as, boot, nova_as, kind, storage, host):
    server = boot(storage, sim_seconds="10", sim_hold="running")
    page = page_as("admin", BOARD)
    submit(page, server.name, kind, host)
    asked = f"to {host} was requested." if host else "was requested."
    expect(page.get_by_text(f"{kind} migration of {server.name} {asked}")).to_be_visible()
    seen = percents(page, server.name, lambda: release(nova_as("admin"), server))
    assert len(seen) >= 2
    # The percentage may fall a little, because the guest writes to its memory.
    assert seen[0] < seen[-1]
    expect(row(page, server.name)).to_contain_text(re.compile(r"Completed in \d+ s"))
    now_on = getattr(nova_as("admin").servers.get(server.id), "OS-EXT-SRV-ATTR:host")
    assert now_on == host if host else now_on != "compute-01"
    expect(row(page, server.name).get_by_role("cell", name=now_on, exact=True)).to_be_visible()
    expect_no_reload(page)


def test_cold_kinds_end_in_waiting_for_a_confirmation(page_as, boot, nova_as):
    knobs = {"sim_seconds": "2", "sim_hold": "migrating"}
    kinds = {"Cold": boot("shared", **knobs), "Cold block": boot("local", **knobs)}
    page = page_as("admin", BOARD)
    for kind, server in kinds.items():
        submit(page, server.name, kind)
    for server in kinds.values():
        expect(row(page, server.name)).to_contain_text("Migrating, the instance is shut down", timeout=POLL_TIMEOUT)
    for server in kinds.values():
        release(nova_as("admin"), server)
    for server in kinds.values():
        expect(row(page, server.name)).to_contain_text("Waiting for confirmation", timeout=POLL_TIMEOUT)
        assert nova_as("admin").servers.get(server.id).status == "VERIFY_RESIZE"
    expect_no_reload(page)


def test_requested_migration_appears_within_seconds(page_as, boot):
    """Nova records a migration after its answer: a board that polls only at that moment would show it much later."""
    server = boot("shared", sim_converge="never")
    page = page_as("admin", BOARD)
    submit(page, server.name, "Live")
    expect(row(page, server.name)).to_be_visible(timeout=Config().idle_poll_ms - 1_000)
