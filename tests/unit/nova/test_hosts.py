# SPDX-License-Identifier: Apache-2.0
"""Services and hypervisors: what is asked, at which microversion, and what is made of the answers."""

import pytest

from migration_panel.nova.host_records import ComputeHost, Hypervisor
from migration_panel.nova.hosts import Hosts
from tests.answers import HYPERVISOR, hypervisors, services
from tests.unit.asking import access

DETAIL = "/v2.1/os-hypervisors/detail"


def hosts_of(fake_cloud, version) -> Hosts:
    fake_cloud.max_microversion = version
    hosts = Hosts(access(fake_cloud))
    fake_cloud.forget()
    return hosts


@pytest.mark.parametrize(("newest", "spoken"), [("2.60", "2.60"), ("2.87", "2.87"), ("2.88", "2.87"), ("2.96", "2.87")])
def test_compute_hosts(fake_cloud, newest, spoken):
    hosts = hosts_of(fake_cloud, newest)
    fake_cloud.on("GET", "/v2.1/os-services", json=services({}, {"host": "c9", "state": "down"}))
    assert hosts.compute_hosts() == [ComputeHost("compute-02", "az1"), ComputeHost("c9", "az1", up=False)]
    [call] = fake_cloud.calls
    assert (call.query, call.microversion) == ({"binary": "nova-compute"}, spoken)


@pytest.mark.parametrize(("newest", "spoken"), [("2.60", "2.60"), ("2.87", "2.87"), ("2.96", "2.87")])
def test_hypervisors_are_asked_for_once_while_nova_tells_their_capacity(fake_cloud, newest, spoken):
    hosts = hosts_of(fake_cloud, newest)
    fake_cloud.on("GET", DETAIL, json=hypervisors("compute-01", "compute-02"))
    assert [one.host for one in hosts.hypervisors()] == ["compute-01", "compute-02"]
    [call] = fake_cloud.calls
    assert (call.path, call.query, call.microversion) == (DETAIL, {}, spoken)


def test_all_hypervisors_are_read_to_the_end(fake_cloud):
    """As Nova does it with ``[api]max_limit`` set to 2: a link goes with each page that is full."""
    hosts = hosts_of(fake_cloud, "2.87")
    nodes = hypervisors(*(f"compute-{number:02d}" for number in range(5)))["hypervisors"]

    def page(call):
        marker = call.query.get("marker")
        start = 1 + [one["id"] for one in nodes].index(marker) if marker else 0
        found = nodes[start:][:2]
        links = [{"rel": "next", "href": f"http://nova/next?limit=2&marker={found[-1]['id']}"}] if found[1:] else []
        return {"hypervisors": found} | ({"hypervisors_links": links} if links else {})

    fake_cloud.on("GET", DETAIL, json=page)
    listing = hosts.all_hypervisors()
    assert [one.host for one in listing.records] == [f"compute-{number:02d}" for number in range(5)]
    assert listing.complete
    assert len(fake_cloud.calls) == 3


def test_hypervisors_like_asks_for_one_name(fake_cloud):
    hosts = hosts_of(fake_cloud, "2.96")
    fake_cloud.on("GET", DETAIL, json=hypervisors({"host": "ironic-01", "hypervisor_type": "ironic"}))
    assert [one.type for one in hosts.hypervisors_like("node 1")] == ["ironic"]
    [call] = fake_cloud.calls
    assert call.query == {"hypervisor_hostname_pattern": "node 1"}


def test_hypervisor():
    assert Hypervisor.from_api(HYPERVISOR) == Hypervisor(
        id="5b0f7c5e-0000-4000-8000-000000000002",
        name="compute-02",
        host="compute-02",
        type="QEMU",
        version=8002000,
        vcpus=32,
        vcpus_used=14,
        memory_mib=131072,
        memory_used_mib=53760,
        disk_gib=2000,
        disk_used_gib=400,
        running=7,
        cpu_vendor="Intel",
        cpu_model="Cascadelake-Server-noTSX",
        cpu_features=frozenset({"aes", "avx2", "vmx"}),
    )


@pytest.mark.parametrize(
    ("cpu", "told"),
    [
        ({}, (None, None, None)),
        (None, (None, None, None)),
        ("", (None, None, None)),
        ("{}", (None, None, None)),
        ({"vendor": "", "model": ""}, (None, None, None)),
        ({"model": ["fake"], "features": {"pae": 1}}, (None, "['fake']", None)),
        ({"vendor": "AMD", "features": []}, ("AMD", None, frozenset())),
    ],
    ids=range(7),
)
def test_cpu_that_is_not_told_or_otherwise(cpu, told):
    one = Hypervisor.from_api(HYPERVISOR | {"cpu_info": cpu})
    assert (one.cpu_vendor, one.cpu_model, one.cpu_features) == told


def test_hypervisor_of_whose_capacity_nothing_is_told():
    told = {"id": "i", "hypervisor_hostname": "c1", "state": "down", "status": "disabled"}
    assert Hypervisor.from_api(told) == Hypervisor("i", "c1", up=False, enabled=False)


def test_service_may_have_several_nodes():
    nodes = hypervisors({"host": "ironic-1", "id": "a"}, {"host": "ironic-1", "id": "b"})["hypervisors"]
    assert [(one.host, one.id) for one in map(Hypervisor.from_api, nodes)] == [("ironic-1", "a"), ("ironic-1", "b")]
