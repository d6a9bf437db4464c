# SPDX-License-Identifier: Apache-2.0
"""The region is switched in another tab: every page that is open says so, and does nothing in the other region."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from devcloud import Cloud
from devcloud.dashboard.server import Horizon
from tests.support.drain_steps import ANSWER_TIMEOUT, drain_url
from tests.support.embedded_cloud import PASSWORD, free_ports, nova_client
from tests.support.fault_steps import BOARD, CURRENT

HOST = "compute-01"
SWITCHED = re.compile("project or user changed in another tab")
# Polls of a page at rest.
POLLS_MS = 35_000
BUTTONS = {
    drain_url(HOST): "Drain host",
    f"{BOARD}hosts/{HOST}/return/": "Return instances",
}


@dataclass(frozen=True)
class Regions:
    cloud: Cloud
    url: str

    def state(self, region: str) -> tuple[object, ...]:
        """Return what must not change: services, the host of each instance, and all migrations."""
        nova = nova_client(self.cloud.auth_url, "admin", None, region)
        services = [(one.host, one.status) for one in nova.services.list(binary="nova-compute")]
        servers = nova.servers.list(search_opts={"all_tenants": 1})
        hosts = {one.id: getattr(one, "OS-EXT-SRV-ATTR:host") for one in servers}
        return sorted(services), hosts, sorted(one.uuid for one in nova.migrations.list())


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Regions]:
    """A Horizon over a cloud with two regions, whose hosts have the same names."""
    state = tmp_path_factory.mktemp("regions")
    with Cloud(free_ports(), state / "cloud", computes=2, data="few", regions=2, report=print) as cloud:
        horizon = Horizon(free_ports(), state / "horizon", cloud.auth_url)
        horizon.prepare()
        horizon.start()
        try:
            assert horizon.first_login("admin", PASSWORD)
            yield Regions(cloud, horizon.url)
        finally:
            horizon.stop()


def another(page: Page, path: str) -> Page:
    opened = page.context.new_page()
    opened.goto(path)
    return opened


def switch(page: Page, region: str) -> None:
    another(page, f"/auth/switch_services_region/{region}/?next={BOARD}").close()


@pytest.mark.fault("region switched under open pages", "each says so; nothing happens in the other region")
def test_open_pages_do_nothing_by_themselves(regions, opened):
    board = opened(regions.url, "admin", BOARD)
    expect(board.get_by_text(CURRENT)).to_be_visible(timeout=ANSWER_TIMEOUT)
    drain = another(board, drain_url(HOST))
    drain.get_by_role("button", name="Drain host", exact=True).click()
    drain.wait_for_url("**/run/**")
    before = regions.state("RegionTwo")
    switch(board, "RegionTwo")
    for page in (board, drain):
        expect(page.get_by_text(SWITCHED).first).to_be_visible(timeout=ANSWER_TIMEOUT)
    board.wait_for_timeout(POLLS_MS)
    assert regions.state("RegionTwo") == before
    switch(board, "RegionOne")
    nova = nova_client(regions.cloud.auth_url, "admin", None, "RegionOne")
    [service] = nova.services.list(host=HOST, binary="nova-compute")
    nova.services.enable(service.id)


@pytest.mark.fault("region switched, then a form of the first region sent", "refused with a reason; nothing happens")
def test_forms_do_nothing_after_the_switch(regions, opened):
    board = opened(regions.url, "admin", BOARD)
    pages = {another(board, path): button for path, button in BUTTONS.items()}
    before = regions.state("RegionTwo")
    switch(board, "RegionTwo")
    for page, button in pages.items():
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_text(SWITCHED).first).to_be_visible(timeout=ANSWER_TIMEOUT)
    assert regions.state("RegionTwo") == before
