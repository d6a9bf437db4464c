# SPDX-License-Identifier: Apache-2.0
"""A cloud without instances: Nova's clock, ahead of this machine's and behind it, and a Keystone that starts late."""

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

import pytest
import requests

from devcloud import Cloud
from devcloud.rest import Rest
from tests.devcloud.late_start import KEYSTONE_DELAY, LateStart
from tests.support.embedded_cloud import BARE, eventually, free_ports
from tests.support.nova_database import NovaRecords

# Of a busy machine.
NEARLY = timedelta(seconds=10)
AHEAD = 30  # seconds


@pytest.fixture(scope="module")
def late_start(tmp_path_factory):
    state = tmp_path_factory.mktemp("clock")
    with Cloud(free_ports(), state, **BARE, nova_clock=AHEAD, keystone_delay=KEYSTONE_DELAY, report=print) as running:
        yield LateStart.of(running)


@pytest.fixture(scope="module")
def cloud(late_start):
    """In place of the cloud with the demo data."""
    return late_start.cloud


def difference(moment):
    return moment - datetime.now(timezone.utc)


def date_of(url):
    return parsedate_to_datetime(requests.get(url, timeout=30).headers["Date"])


def test_cloud_is_ready_when_keystone_starts_late(late_start):
    late_start.require_ready()


def test_header_and_records_have_the_same_clock_and_other_services_another(cloud):
    require_clock(cloud, timedelta(seconds=AHEAD))
    cloud.set_nova_clock(-AHEAD)
    require_clock(cloud, timedelta(seconds=-AHEAD))


def require_clock(cloud, seconds):
    assert abs(difference(date_of(cloud.ports.url("nova"))) - seconds) < NEARLY
    rest = Rest(cloud.auth_url)
    zone = rest.post("compute", "/os-aggregates", {"aggregate": {"name": f"zone-{seconds}"}})["aggregate"]
    made = datetime.fromisoformat(zone["created_at"]).replace(tzinfo=timezone.utc)
    assert abs(difference(made) - seconds) < NEARLY

    eventually(lambda: all(has_reported(service, seconds) for service in compute_services(rest)))
    assert abs(difference(NovaRecords(cloud).ago()) - seconds) < NEARLY
    assert abs(difference(date_of(cloud.auth_url))) < NEARLY  # Keystone's


def compute_services(rest):
    services = rest.get("compute", "/os-services?binary=nova-compute")["services"]
    assert [service["state"] for service in services] == ["up"] * BARE["computes"]
    return services


def has_reported(service, seconds):
    """Return whether the last heartbeat is as old as the service's report_interval at most, by Nova's clock."""
    seen = datetime.fromisoformat(service["updated_at"]).replace(tzinfo=timezone.utc)
    return abs(difference(seen) - seconds) < NEARLY + timedelta(seconds=10)
