# SPDX-License-Identifier: Apache-2.0
"""Horizon in this process, over an embedded cloud with two cells.

The cloud starts once for all tests, also for those of regions: its second region is not used here. Cell 1 has
compute-01 and compute-02, cell 2 has compute-03 and compute-04. Each cell holds three instances of project demo, quick
to migrate: `cell2-shared` (shared storage) and `cell2-local` (local disk) on its first host, `cell2-moved` on its last
host; and one completed live migration. Both records have ID 1.

two_cells      The running Cloud. `two_cells.take_down_cell("cell2")` makes Nova's API answer as in a cell outage, from
               the next request on; `two_cells.bring_up_cell("cell2")` ends that. After each test all cells are up.
cell2_down     The same Cloud, with cell 2 taken down for this test.
cloud_client   `cloud_client("admin")`: a Django test client that is logged in. Also "helpdesk" and "viewer".
admin_nova     A novaclient of the administrator. `nova_as("helpdesk")` is one of another user.
find_server    `find_server("cell2-shared")`: an instance by name; only while its cell is up.
instance       `instance("shared", host="compute-03")`: a new instance, quick to migrate, deleted after the test. It can
               only be deleted when its cell is up.
records        Puts Nova's records into any state, see tests/support/nova_database.py. Undone after the test.
count_calls    `with count_calls() as calls:` records every call made to the cloud meanwhile.

A migration in cell 2 continues while the cell is down: its compute hosts keep their own connection to the database.
`two_cells.kill("nova-cell2")` ends those compute hosts, and `two_cells.revive("nova-cell2")` brings them back.
"""

from collections.abc import Callable, Iterator

import pytest
from django.test import override_settings
from novaclient import client as novaclient
from novaclient.v2.servers import Server

from devcloud import Cloud
from devcloud.layout import CELLS
from tests.cloud.conftest import admin_nova, cloud_client, count_calls, nova_as
from tests.cloud.conftest import instance as instance_of_cloud
from tests.support.nova_database import NovaRecords

__all__ = ["admin_nova", "cloud_client", "count_calls", "instance_of_cloud", "nova_as"]


@pytest.fixture(scope="session")
def cloud(places: Cloud) -> Cloud:
    """The same as `two_cells`, but not brought up after each test: for the fixtures of tests/cloud."""
    return places


@pytest.fixture(autouse=True)
def keystone(cloud: Cloud) -> Iterator[None]:
    """Make Horizon use this cloud for one test: the cloud of another folder may run at the same time."""
    with override_settings(OPENSTACK_KEYSTONE_URL=cloud.auth_url):
        yield


@pytest.fixture
def two_cells(cloud: Cloud) -> Iterator[Cloud]:
    """Yield the cloud.  All its cells are up before and after the test."""
    yield cloud
    for cell in CELLS:
        cloud.bring_up_cell(cell)


@pytest.fixture
def cell2_down(two_cells: Cloud) -> Cloud:
    two_cells.take_down_cell("cell2")
    return two_cells


@pytest.fixture
def instance(instance_of_cloud: Callable[..., Server], two_cells: Cloud) -> Iterator[Callable[..., Server]]:
    """Delete the instances after the cells are up."""
    yield instance_of_cloud
    for cell in CELLS:
        two_cells.bring_up_cell(cell)


@pytest.fixture
def find_server(admin_nova: novaclient.Client) -> Callable[[str], Server]:
    def find(name: str) -> Server:
        [server] = admin_nova.servers.list(search_opts={"all_tenants": 1, "name": f"^{name}$"})
        return server

    return find


@pytest.fixture
def records(two_cells: Cloud) -> Iterator[NovaRecords]:
    with NovaRecords(two_cells) as made:
        yield made
