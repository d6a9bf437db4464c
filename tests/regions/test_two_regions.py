# SPDX-License-Identifier: Apache-2.0
"""What each region has of its own, and that Horizon's switch changes the region."""

import pytest

from migration_panel.scope import ADMIN
from tests.support.embedded_cloud import eventually

HOST = "OS-EXT-SRV-ATTR:host"
# Both regions have hosts of these names.
HOSTS = {"compute-01", "compute-02"}
# The other hosts of RegionOne are in its second cell.
HOSTS_OF = {"RegionOne": HOSTS | {"compute-03", "compute-04"}, "RegionTwo": HOSTS}
# What the names of a region's instances start with. Tests of cells migrate those of the second cell.
PLACES_OF = {"RegionOne": ("cell1", "cell2"), "RegionTwo": ("RegionTwo",)}


@pytest.fixture(params=["RegionOne", "RegionTwo"])
def region(request):
    return request.param


def instances(nova):
    return {server.name: getattr(server, HOST) for server in nova.servers.list(search_opts={"all_tenants": 1})}


def test_each_region_has_its_own_instances_on_hosts_of_the_same_names(nova_in, region):
    nova = nova_in(region)
    assert {service.host for service in nova.services.list(binary="nova-compute")} == HOSTS_OF[region]
    listed, place = instances(nova), PLACES_OF[region][0]
    assert listed.keys() == {f"{each}-{kind}" for each in PLACES_OF[region] for kind in ("shared", "local", "moved")}
    assert {name: host for name, host in listed.items() if name.startswith(place)} == {
        f"{place}-shared": "compute-01",
        f"{place}-local": "compute-01",
        f"{place}-moved": "compute-02",
    }
    assert [(record.id, record.status) for record in nova.migrations.list(host="compute-02")] == [(1, "completed")]


def test_instance_migrates_within_its_region(nova_in, region, instance):
    nova = nova_in(region)
    server = instance("shared", nova=nova, sim_seconds="0")
    server.live_migrate("compute-02", False)
    [record] = eventually(lambda: [move for move in nova.migrations.list(instance_uuid=server.id) if ended(move)])
    assert record.status == "completed"
    assert getattr(nova.servers.get(server.id), HOST) == "compute-02"


def test_horizon_offers_both_regions_and_switches(cloud_client, switch_region, count_calls):
    client = cloud_client("admin")
    page = client.get(ADMIN.url("hosts"))
    assert "switch_services_region/RegionTwo" in page.content.decode()
    for region, nova in (("RegionTwo", "nova-RegionTwo"), ("RegionOne", "nova")):
        switch_region(client, region)
        with count_calls() as calls:
            page = client.get(ADMIN.url("hosts"))
        assert page.status_code == 200
        assert {call.service for call in calls if call.service.startswith("nova")} == {nova}
        assert b"compute-02" in page.content


def test_changed_record_stays_in_its_region(nova_in, records_in):
    records = records_in("RegionTwo")
    records.change_service("compute-02", disabled=True, disabled_reason="bad fan")
    reasons = {region: reason_of(nova_in(region)) for region in ("RegionOne", "RegionTwo")}
    assert reasons == {"RegionOne": None, "RegionTwo": "bad fan"}
    records.undo()
    assert reason_of(nova_in("RegionTwo")) is None


def reason_of(nova):
    [service] = nova.services.list(host="compute-02", binary="nova-compute")
    return service.disabled_reason


def ended(move):
    return move.status in ("completed", "failed", "error")
