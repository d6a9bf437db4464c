# SPDX-License-Identifier: Apache-2.0
"""Horizon in this process, over an embedded cloud with two regions in one Keystone.

The cloud starts once for all tests, also for those of cells. Each region has its own Nova and Placement with compute-01
and compute-02; the hosts have the same names in both. On these hosts, RegionOne holds the instances `cell1-shared`,
`cell1-local` and `cell1-moved` of project demo, RegionTwo `RegionTwo-shared`, `RegionTwo-local` and `RegionTwo-moved`:
the first two on compute-01, the third on compute-02. The hosts of each region have one completed live migration. Both
records have ID 1. RegionOne also has a second cell, with compute-03 and compute-04, which is not used here.

two_regions    The running Cloud. Its `ports.numbers` name the second region's services `nova-RegionTwo` and
               `placement-RegionTwo`.
cloud_client   `cloud_client("admin")`: a Django test client that is logged in, in RegionOne.
switch_region  `switch_region(client, "RegionTwo")`: as a click in Horizon's menu of regions.
nova_in        `nova_in("RegionTwo")`: a novaclient of the administrator; `nova_in("RegionTwo", "helpdesk")` of a user.
instance       `instance("shared", nova=nova_in("RegionTwo"))`: a new instance on compute-01, deleted after the test.
records_in     `records_in("RegionTwo")`: puts Nova's records into any state, see tests/support/nova_database.py.
               Undone after the test.
count_calls    `with count_calls() as calls:` records every call made to the cloud meanwhile; `call.service` is a name
               as in `ports.numbers`.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from django.test import Client, override_settings
from novaclient import client as novaclient

from devcloud import Cloud
from tests.cloud.conftest import admin_nova, cloud_client, count_calls, instance, nova_as
from tests.support.embedded_cloud import nova_client
from tests.support.nova_database import NovaRecords

__all__ = ["admin_nova", "cloud_client", "count_calls", "instance", "nova_as"]


@pytest.fixture(scope="session")
def two_regions(places: Cloud) -> Cloud:
    """The whole cloud, started once for all tests."""
    return places


@pytest.fixture(scope="session")
def cloud(two_regions: Cloud) -> Cloud:
    """The same, by the name that the fixtures of tests/cloud use."""
    return two_regions


@pytest.fixture(autouse=True)
def keystone(cloud: Cloud) -> Iterator[None]:
    """Make Horizon use this cloud for one test: the cloud of another folder may run at the same time."""
    with override_settings(OPENSTACK_KEYSTONE_URL=cloud.auth_url):
        yield


@pytest.fixture(scope="session")
def nova_in(two_regions: Cloud) -> Callable[..., novaclient.Client]:
    def made(region: str, user: str = "admin", project: str | None = None) -> novaclient.Client:
        return nova_client(two_regions.auth_url, user, project, region)

    return made


@pytest.fixture(scope="session")
def switch_region() -> Callable[[Client, str], None]:
    def switch(client: Client, region: str) -> None:
        answer = client.get(f"/auth/switch_services_region/{region}/")
        assert answer.status_code == 302, answer.content.decode()
        assert client.session["services_region"] == region

    return switch


@pytest.fixture
def records_in(two_regions: Cloud) -> Iterator[Callable[[str], NovaRecords]]:
    with ExitStack() as stack:
        yield lambda region: stack.enter_context(NovaRecords(two_regions, region=region))
