# SPDX-License-Identifier: Apache-2.0
"""A host with two thousand instances: its forms can be sent, and act only on the selected instances."""

import pytest

from benchmarks.made import made_instances
from devcloud.dashboard.server import Horizon
from tests.support.drain_steps import DRAIN_TIMEOUT, drain_url, start_run
from tests.support.embedded_cloud import PASSWORD, eventually, free_ports
from tests.support.fault_steps import BOARD, forced_down
from tests.support.mixed_instances import Guest

HOST = "compute-03"
MANY = 1_999
# The embedded Nova lists 1,000 instances in 5 s to 15 s, and the pages need 2,000: the TIMEOUT for these tests, s.
TIMEOUT = 60
FAULT = f"2,000 instances on a host, TIMEOUT {TIMEOUT}"


@pytest.fixture(scope="module")
def patient(pair, tmp_path_factory):
    """The address of a Horizon with that TIMEOUT, over the cloud of the pair."""
    horizon = Horizon(free_ports(), tmp_path_factory.mktemp("patient"), pair.cloud.auth_url, panel_timeout=TIMEOUT)
    horizon.prepare()
    horizon.start()
    try:
        assert horizon.first_login("admin", PASSWORD)
        yield horizon.url
    finally:
        horizon.stop()


@pytest.fixture
def crowded(pair, fleet):
    """A real instance, and database records of other instances on the same host: two thousand instances in all."""
    fleet.boot(HOST, [Guest("ACTIVE", seconds=1)])
    [real] = fleet.servers.values()
    with made_instances(pair.cloud, MANY):
        yield real
    [service] = fleet.nova.services.list(host=HOST, binary="nova-compute")
    fleet.nova.services.enable(service.id)


@pytest.fixture
def page_of(patient, opened):
    """``page_of(path)``: a page that loads slowly, after a login on a page that loads quickly."""

    def one(path):
        page = opened(patient, "admin", BOARD, longest=2 * TIMEOUT + 5)
        page.goto(path, timeout=DRAIN_TIMEOUT)
        page.set_default_timeout(DRAIN_TIMEOUT)
        return page

    return one


@pytest.fixture
def migrated(fleet):
    """``migrated("evacuation")``: instance and status of the new migrations of this type from the host."""
    known = {one.uuid for one in fleet.nova.migrations.list(source_compute=HOST)}

    def found(kind):
        listed = fleet.nova.migrations.list(migration_type=kind, source_compute=HOST)
        return {(one.instance_uuid, one.status) for one in listed if one.uuid not in known}

    return found


def untick_all_but(page, server) -> None:
    page.evaluate(
        """id => document.querySelectorAll("main input[type=checkbox], form input[type=checkbox]").forEach(box => {
            if (/^[0-9a-f-]{36}$/.test(box.value) && box.checked !== (box.value === id)) box.click();
        })""",
        server.id,
    )


@pytest.mark.fault(f"{FAULT}: drain", "the form is sent; only the selected instance moves")
def test_drain_of_a_crowded_host_migrates_only_the_selected_instance(crowded, page_of, migrated):
    page = page_of(drain_url(HOST))
    sent = []
    page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    untick_all_but(page, crowded)
    start_run(page, "Drain host")
    page.close()
    # The order, a plan for the first change, and a plan for all changes. Each request reads both pages of Nova's list.
    assert len(sent) <= 3
    eventually(lambda: migrated("live-migration") == {(crowded.id, "completed")})


@pytest.mark.fault(f"{FAULT}: evacuation", "the form is sent; only the selected instance moves")
def test_evacuation_of_a_crowded_host_requests_only_the_selected_instance(pair, fleet, crowded, page_of, migrated):
    with forced_down(pair.cloud, fleet.nova, HOST):
        page = page_of(f"{BOARD}hosts/{HOST}/evacuate/")
        untick_all_but(page, crowded)
        page.get_by_label("powered off").fill(HOST)
        page.get_by_role("button", name="Evacuate", exact=True).click()
        page.wait_for_load_state()
        page.close()
        eventually(lambda: migrated("evacuation") == {(crowded.id, "done")})
