# SPDX-License-Identifier: Apache-2.0
"""A host with two thousand instances: its forms can be sent, and act only on the selected instances."""

import pytest
from playwright.sync_api import expect

from benchmarks.made import made_instances
from tests.support.drain_steps import ENOUGH, begin, drain_url, group
from tests.support.embedded_cloud import eventually
from tests.support.fault_steps import BOARD, forced_down
from tests.support.mixed_instances import Guest

HOST = "compute-03"
MANY = 1_999


@pytest.fixture
def crowded(pair, fleet):
    """A real instance, and as many more as make two thousand on the same host."""
    fleet.boot(HOST, [Guest("ACTIVE", seconds=1)])
    [real] = fleet.servers.values()
    with made_instances(pair.cloud, range(MANY)):
        yield real
    [service] = fleet.nova.services.list(host=HOST, binary="nova-compute")
    fleet.nova.services.enable(service.id)


def untick_all_but(page, server) -> None:
    page.evaluate(
        """id => document.querySelectorAll("main input[type=checkbox], form input[type=checkbox]").forEach(box => {
            if (/^[0-9a-f-]{36}$/.test(box.value) && box.checked !== (box.value === id)) box.click();
        })""",
        server.id,
    )


@pytest.mark.fault("2,000 instances on a host: drain", "the form is sent; the one that is ticked moves, no other")
def test_drain_of_a_crowded_host(pair, fleet, crowded, opened):
    page = opened(pair.url, "admin", drain_url(HOST))
    untick_all_but(page, crowded)
    begin(page, "Drain")
    expect(group(page, "moved")).to_have_count(1, timeout=ENOUGH)
    moved = [one.instance_uuid for one in fleet.nova.migrations.list(source_compute=HOST)]
    assert set(moved) <= {crowded.id}


@pytest.mark.fault("2,000 instances on a host: evacuation", "the form is sent; the one that is ticked moves, no other")
def test_evacuation_of_a_crowded_host(pair, fleet, crowded, opened):
    with forced_down(pair.cloud, fleet.nova, HOST):
        page = opened(pair.url, "admin", f"{BOARD}hosts/{HOST}/evacuate/")
        untick_all_but(page, crowded)
        page.get_by_label("powered off").fill(HOST)
        page.get_by_role("button", name="Evacuate", exact=True).click()
        eventually(lambda: evacuated(fleet, crowded))
        assert len(fleet.nova.migrations.list(migration_type="evacuation", source_compute=HOST)) == 1


def evacuated(fleet, server) -> bool:
    found = fleet.nova.migrations.list(migration_type="evacuation", instance_uuid=server.id)
    return [one.status for one in found] in (["done"], ["completed"])
