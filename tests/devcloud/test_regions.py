# SPDX-License-Identifier: Apache-2.0
"""Two regions in one Keystone, the first with two cells."""

import socket

import pytest

from devcloud import Cloud, CloudError
from devcloud.layout import REGIONS
from devcloud.rest import Rest
from tests.support.embedded_cloud import free_ports
from tests.support.guest import Guest


@pytest.fixture(params=REGIONS)
def rest(request, places):
    return Rest(places.auth_url, project="demo", region=request.param)


def test_cloud_is_ready_when_keystone_starts_late(late_start_of_places):
    late_start_of_places.require_ready()


def test_catalogue_has_every_service_in_both_regions(places):
    catalogue = Rest(places.auth_url).token["catalog"]
    ports = {
        service["type"]: {
            endpoint["region_id"]: int(endpoint["url"].partition("127.0.0.1:")[2][:5])
            for endpoint in service["endpoints"]
            if endpoint["interface"] == "public"
        }
        for service in catalogue
    }
    numbers = places.ports.numbers
    own = {"compute": "nova", "placement": "placement"}
    shared = {"identity": "keystone", "image": "glance", "network": "neutron"}
    assert ports == {
        kind: {REGIONS[0]: numbers[name], REGIONS[1]: numbers[f"{name}-RegionTwo"]} for kind, name in own.items()
    } | {kind: dict.fromkeys(REGIONS, numbers[name]) for kind, name in shared.items()}
    assert sorted(numbers.values()) == list(range(numbers["keystone"], numbers["keystone"] + 7))


def test_hosts_of_the_same_name_have_different_nodes(places):
    nodes = {}
    for region in REGIONS:
        rest = Rest(places.auth_url, region=region)
        hypervisors = rest.get("compute", "/os-hypervisors/detail")["hypervisors"]
        providers = rest.get("placement", "/resource_providers")["resource_providers"]
        nodes[region] = {each["hypervisor_hostname"]: each["id"] for each in hypervisors}
        assert nodes[region] == {each["name"]: each["uuid"] for each in providers}
    assert nodes[REGIONS[0]].keys() == {"compute-01", "compute-02", "compute-03", "compute-04"}
    assert nodes[REGIONS[1]].keys() == {"compute-01", "compute-02"}
    assert not set(nodes[REGIONS[0]].values()) & set(nodes[REGIONS[1]].values())


def test_instance_migrates_between_the_hosts_of_its_region(rest):
    guest = Guest.boot(rest, "compute-01", "m1.tiny", {"sim_seconds": "0"}, with_network=True)
    try:
        guest.migrate_live("compute-02")
        guest.reaches("completed")
        guest.becomes("ACTIVE")
        assert guest.host == "compute-02"
    finally:
        guest.delete()


def test_busy_port_of_the_second_region_is_named(tmp_path):
    port = free_ports()
    with (
        socket.create_server(("127.0.0.1", port + 6)),
        pytest.raises(CloudError, match=f"port {port + 6}.*nova-RegionTwo"),
    ):
        Cloud(port, tmp_path / "state", regions=2).start()
    assert not (tmp_path / "state").exists()
