# SPDX-License-Identifier: Apache-2.0
"""A cloud without instances: Nova's clock, ahead of this machine's and behind it, and a Keystone that starts late."""

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
import requests

from devcloud import Cloud
from devcloud.rest import Rest
from tests.devcloud.late_start import KEYSTONE_DELAY, LateStart
from tests.support.embedded_cloud import BARE, free_ports
from tests.support.nova_database import NovaRecords

# Of a busy machine.
NEARLY = timedelta(seconds=10)


@pytest.fixture(scope="module")
def late_start(tmp_path_factory):
    state = tmp_path_factory.mktemp("clock")
    with Cloud(free_ports(), state, **BARE, nova_clock=30, keystone_delay=KEYSTONE_DELAY, report=print) as running:
        yield LateStart.of(running)


@pytest.fixture(scope="module")
def cloud(late_start):
    """In place of the cloud with the demo data."""
    return late_start.cloud


@pytest.fixture(params=[30, -30], scope="module", ids=["ahead", "behind"])
def seconds(request, cloud):
    if cloud.nova_clock != request.param:
        cloud.set_nova_clock(request.param)
    return timedelta(seconds=request.param)


def difference(moment):
    return moment - datetime.now(timezone.utc)


def date_of(url):
    return parsedate_to_datetime(requests.get(url, timeout=30).headers["Date"])


def test_cloud_is_ready_when_keystone_starts_late(late_start):
    late_start.require_ready()


def test_header_and_records_have_the_same_clock(cloud, seconds):
    assert abs(difference(date_of(cloud.ports.url("nova"))) - seconds) < NEARLY
    rest = Rest(cloud.auth_url)
    zone = rest.post("compute", "/os-aggregates", {"aggregate": {"name": f"zone-{seconds}"}})["aggregate"]
    made = datetime.fromisoformat(zone["created_at"]).replace(tzinfo=timezone.utc)
    assert abs(difference(made) - seconds) < NEARLY

    services = rest.get("compute", "/os-services?binary=nova-compute")["services"]
    assert [service["state"] for service in services] == ["up"] * BARE["computes"]
    for service in services:
        seen = datetime.fromisoformat(service["updated_at"]).replace(tzinfo=timezone.utc)
        assert abs(difference(seen) - seconds) < NEARLY + timedelta(seconds=10)  # of the service's report_interval
    assert abs(difference(NovaRecords(cloud).ago()) - seconds) < NEARLY


@pytest.mark.usefixtures("seconds")
def test_clocks_of_other_services_are_unchanged(cloud):
    assert abs(difference(date_of(cloud.auth_url))) < NEARLY
