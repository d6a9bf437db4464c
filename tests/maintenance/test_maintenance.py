# SPDX-License-Identifier: Apache-2.0
"""A host is drained, reported safe to reboot, and gets its instances back, in the browser."""

import re
from collections import Counter

from playwright.sync_api import Page, expect

from tests.support.drain_steps import (
    ANSWER_TIMEOUT,
    DRAIN_TIMEOUT,
    confirm_action,
    drain_url,
    group,
    headline,
    run_url,
    start_run,
)
from tests.support.mixed_instances import BROKEN, LOCAL, LOCKED, OFF, OFF_LOCAL, PAUSED, RUNNING, SUSPENDED

HOST = "compute-01"
GUESTS = [*[RUNNING] * 14, *[LOCAL] * 4, *[PAUSED] * 3, *[OFF] * 4, *[OFF_LOCAL] * 2, SUSPENDED, BROKEN, LOCKED]


def test_host_with_thirty_instances_is_drained_and_all_instances_return(page_as, fleet):
    fleet.boot(HOST, GUESTS)
    before = fleet.states()
    assert len(before) == 30
    page = page_as("admin", drain_url(HOST))
    expect(page.get_by_text("21 of 30 instances will be migrated. 9 instances will not be migrated.")).to_be_visible(
        timeout=ANSWER_TIMEOUT
    )
    page.get_by_label("Migrate shut off instances too (cold)").check()
    page.get_by_label("Copy local disks (live block)").check()
    expect(page.get_by_text("27 of 30 instances will be migrated. 3 instances will not be migrated.")).to_be_visible(
        timeout=ANSWER_TIMEOUT
    )
    expect(page.get_by_text("Live, including any local disk")).to_have_count(21, timeout=ANSWER_TIMEOUT)
    expect(page.get_by_text("There is enough free capacity for all instances together.")).to_be_visible(
        timeout=ANSWER_TIMEOUT
    )
    page.get_by_label("Reason").fill("kernel patch")
    start_run(page, "Drain host")
    expect(headline(page)).to_contain_text("of 30 instances migrated", timeout=ANSWER_TIMEOUT)
    expect(group(page, "left")).to_have_count(4, timeout=ANSWER_TIMEOUT)
    mend(page, fleet)
    expect(headline(page)).to_have_text(
        "24 of 30 instances migrated. Waiting for confirmation: 6", timeout=DRAIN_TIMEOUT
    )
    expect(page.get_by_text(re.compile("Confirm or revert the migrations before you reboot the host"))).to_be_visible(
        timeout=ANSWER_TIMEOUT
    )
    confirm_action(page, "Confirm all (6)")
    expect(headline(page)).to_have_text("Host is empty. It is safe to reboot.", timeout=DRAIN_TIMEOUT)
    assert fleet.where()[HOST] == 0
    bring_back(page, fleet)
    assert {name: host for name, (host, _) in fleet.states().items()} == dict.fromkeys(before, HOST)
    states = Counter(status for _, status in fleet.states().values())
    assert states == {"ACTIVE": 21, "PAUSED": 3, "SHUTOFF": 6}


def mend(page: Page, fleet) -> None:
    """Correct by hand what could not be migrated; the run continues by itself."""
    remarks = group(page, "left")
    expect(remarks.filter(has_text="Suspended: resume the instance first.")).to_have_count(1, timeout=ANSWER_TIMEOUT)
    expect(remarks.filter(has_text="in error")).to_have_count(1, timeout=ANSWER_TIMEOUT)
    expect(remarks.filter(has_text="Locked: unlock the instance first.")).to_have_count(1, timeout=ANSWER_TIMEOUT)
    for server in fleet.servers.values():
        if "suspended" in server.name:
            server.resume()
        if "error" in server.name:
            server.reset_state("active")
        server.unlock()


def bring_back(page: Page, fleet) -> None:
    page.get_by_role("link", name="Return instances", exact=True).click()
    expect(page.get_by_text("30 instances will return.")).to_be_visible(timeout=ANSWER_TIMEOUT)
    start_run(page, "Return instances")
    assert f"{run_url(HOST)}?since=" in page.url
    expect(headline(page)).to_have_text(
        f"24 of 30 instances returned to {HOST}. Waiting for confirmation: 6", timeout=DRAIN_TIMEOUT
    )
    confirm_action(page, "Confirm all (6)")
    expect(headline(page)).to_have_text(f"All instances returned to {HOST} (30).", timeout=DRAIN_TIMEOUT)
    service = fleet.nova.services.list(host=HOST, binary="nova-compute")[0]
    assert (service.status, service.disabled_reason) == ("enabled", None)
