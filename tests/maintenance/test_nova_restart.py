# SPDX-License-Identifier: Apache-2.0
"""Nova is restarted in the middle of a drain: the page shows the state, and interrupted migrations are retried."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.drain_steps import ANSWER_TIMEOUT, DRAIN_TIMEOUT, drain_url, headline, start_run
from tests.support.embedded_cloud import eventually
from tests.support.mixed_instances import ARRIVED, HELD, Fleet
from tests.support.mixed_instances import HOST as ATTRIBUTE

HOST = "compute-03"


@pytest.mark.nova_killed
def test_migrations_that_a_restart_interrupts_are_retried(page_as, cloud, fleet):
    fleet.boot(HOST, [HELD] * 5)
    page = page_as("admin", drain_url(HOST))
    start_run(page, "Drain host")
    first = eventually(lambda: running(fleet))[0]
    fleet.nova.servers.delete_meta(first, ["sim_hold"])
    # The other migrations stay in the copy until Nova is killed.
    expect(headline(page)).to_contain_text("1 of 5 instances migrated", timeout=DRAIN_TIMEOUT)
    eventually(lambda: running(fleet))
    cloud.kill("nova")
    with cloud.nova_database() as database:
        database.execute("UPDATE instance_metadata SET value = '' WHERE key = 'sim_hold'")
    cloud.revive("nova")
    again = page.get_by_role("button", name=re.compile(r"Retry \(\d\)"))
    empty = "Host is empty. It is safe to reboot."
    expect(again).to_be_visible(timeout=DRAIN_TIMEOUT)
    expect(headline(page)).not_to_have_text(empty)
    # Migrations that are still in progress may be interrupted too.
    expect(headline(page)).not_to_contain_text(re.compile("Running|Queued"), timeout=DRAIN_TIMEOUT)
    again.click()
    expect(headline(page)).to_have_text(empty, timeout=DRAIN_TIMEOUT)
    done = [one for one in fleet.nova.migrations.list() if one.instance_uuid in fleet.servers]
    moved = [one.instance_uuid for one in done if one.status in ARRIVED]
    assert sorted(moved) == sorted(fleet.servers)
    assert all(one.source_compute == HOST for one in done)
    assert all(getattr(server, ATTRIBUTE) != HOST for server in fleet.nova.servers.list(search_opts={"all_tenants": 1}))
    expect(page.get_by_text("Not updated since")).to_have_count(0, timeout=ANSWER_TIMEOUT)


def running(fleet: Fleet) -> list[str]:
    """Return the instances that are being copied."""
    found = fleet.nova.migrations.list(status="running")
    return [one.instance_uuid for one in found if one.instance_uuid in fleet.servers]
