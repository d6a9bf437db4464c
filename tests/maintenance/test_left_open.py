# SPDX-License-Identifier: Apache-2.0
"""Nova dies between the arrival of an instance and the update of the record, which stays open forever."""

import pytest
from playwright.sync_api import Page, expect

from devcloud import Cloud
from tests.support.drain_steps import ANSWER_TIMEOUT, DRAIN_TIMEOUT, drain_url, headline, start_run
from tests.support.embedded_cloud import eventually
from tests.support.mixed_instances import HOST as ATTRIBUTE
from tests.support.mixed_instances import SLOW, Fleet

HOST = "compute-04"
# Nova completes the record a fraction of a second after the arrival. A busy machine needs as long to see the arrival:
# half of the attempts may be too late.
ATTEMPTS = 20


@pytest.mark.nova_killed
def test_host_is_emptied_and_filled_although_a_record_stays_open(page_as, cloud, fleet):
    fleet.boot(HOST, [SLOW])
    page = page_as("admin", drain_url(HOST))
    left = cut_off_on_arrival(page, cloud, fleet)
    expect(headline(page)).to_have_text("Host is empty. It is safe to reboot.", timeout=DRAIN_TIMEOUT)
    page.get_by_role("link", name="Return instances", exact=True).click()
    start_run(page, "Return instances")
    expect(headline(page)).to_have_text(f"All instances returned to {HOST} (1).", timeout=DRAIN_TIMEOUT)
    assert fleet.where() == {HOST: 1}
    assert left in {one.id for one in fleet.nova.migrations.list() if one.status == "running"}


def cut_off_on_arrival(page: Page, cloud: Cloud, fleet: Fleet) -> int:
    """Return the ID of the migration that Nova lists as running forever."""
    [server] = fleet.servers.values()
    for _ in range(ATTEMPTS):
        start_run(page, "Drain host")
        eventually(lambda: host_of(cloud, server.id) != HOST, within=DRAIN_TIMEOUT / 1000, every=0.005)
        cloud.restart("nova")
        [last] = fleet.nova.migrations.list(limit=1)
        if last.status == "running":
            return last.id
        bring_back(fleet, server)
        page.goto(drain_url(HOST))
        expect(page.get_by_role("button", name="Drain host", exact=True)).to_be_visible(timeout=ANSWER_TIMEOUT)
    raise AssertionError("Nova was always sooner")


def host_of(cloud: Cloud, instance_id: str) -> str:
    """Return the host from Nova's database: an answer of its API would be too late."""
    with cloud.nova_database() as database:
        return database.execute("SELECT host FROM instances WHERE uuid = ?", (instance_id,)).fetchone()[0]


def bring_back(fleet: Fleet, server) -> None:
    [service] = fleet.nova.services.list(host=HOST, binary="nova-compute")
    fleet.nova.services.enable(service.id)
    server.get()
    if getattr(server, ATTRIBUTE) != HOST:
        server.live_migrate(HOST, False)
    eventually(
        lambda: fleet.is_at_rest(server, "ACTIVE") and getattr(server, ATTRIBUTE) == HOST, within=DRAIN_TIMEOUT / 1000
    )
