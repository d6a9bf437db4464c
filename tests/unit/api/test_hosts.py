# SPDX-License-Identifier: Apache-2.0
"""Services and hypervisors: the requests, their microversions and the records."""

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.api.nova import Nova
from tests.support.nova_answers import HYPERVISOR, hypervisors, services
from tests.support.user_requests import access

DETAIL = "/v2.1/os-hypervisors/detail"


def hosts_of(fake_cloud, version) -> Nova:
    fake_cloud.max_microversion = version
    hosts = Nova(access(fake_cloud))
    fake_cloud.forget()
    return hosts


@pytest.mark.parametrize("newest", ["2.60", "2.87", "2.88", "2.96"])
def test_compute_hosts_returns_the_nova_compute_services(fake_cloud, newest):
    hosts = hosts_of(fake_cloud, newest)
    fake_cloud.on("GET", "/v2.1/os-services", json=services({}, {"host": "c9", "state": "down"}))
    assert hosts.compute_hosts() == [ComputeHost("compute-02", "az1"), ComputeHost("c9", "az1", up=False)]
    [call] = fake_cloud.calls
    assert (call.query, call.microversion) == ({"binary": "nova-compute"}, newest)


@pytest.mark.parametrize(("newest", "used"), [("2.60", "2.60"), ("2.87", "2.87"), ("2.88", "2.87"), ("2.96", "2.87")])
def test_all_hypervisors_uses_a_microversion_with_capacities(fake_cloud, newest, used):
    hosts = hosts_of(fake_cloud, newest)
    fake_cloud.on("GET", DETAIL, json=hypervisors("compute-01", "compute-02"))
    assert [one.host for one in hosts.all_hypervisors().records] == ["compute-01", "compute-02"]
    [call] = fake_cloud.calls
    assert (call.path, call.query, call.microversion) == (DETAIL, {}, used)


def paged(names, size, links="http://nova.internal/v2.1/os-hypervisors/detail"):
    """Nova with a ``[api]max_limit`` of ``size``: it links to a next page whenever a page is full."""

    def answer(call):
        everything = hypervisors(*names)["hypervisors"]
        after = [one["id"] for one in everything].index(call.query["marker"]) + 1 if "marker" in call.query else 0
        found = everything[after : after + size]
        next_page = [{"rel": "next", "href": f"{links}?marker={found[-1]['id']}"}] if len(found) == size else []
        return {"hypervisors": found, "hypervisors_links": next_page}

    return answer


@pytest.mark.parametrize(("count", "calls"), [(0, 1), (3, 1), (4, 2), (11, 3), (12, 4)])
def test_all_hypervisors_reads_every_page(fake_cloud, count, calls):
    names = [f"compute-{number:02}" for number in range(count)]
    hosts = hosts_of(fake_cloud, "2.96")
    fake_cloud.on("GET", DETAIL, json=paged(names, 4))
    listing = hosts.all_hypervisors()
    assert ([one.host for one in listing.records], listing.complete) == (names, True)
    assert [call.microversion for call in fake_cloud.calls] == ["2.87"] * calls


def test_all_hypervisors_says_that_a_list_without_a_usable_link_is_incomplete(fake_cloud):
    hosts = hosts_of(fake_cloud, "2.96")
    links = [{"rel": "next", "href": "x"}]
    fake_cloud.on("GET", DETAIL, json=hypervisors("compute-01") | {"hypervisors_links": links})
    listing = hosts.all_hypervisors()
    assert ([one.host for one in listing.records], listing.complete) == (["compute-01"], False)


def test_hypervisors_like_requests_one_name(fake_cloud):
    hosts = hosts_of(fake_cloud, "2.96")
    fake_cloud.on("GET", DETAIL, json=hypervisors({"host": "ironic-01", "hypervisor_type": "ironic"}))
    assert [one.type for one in hosts.hypervisors_like("node 1")] == ["ironic"]
    [call] = fake_cloud.calls
    assert call.query == {"hypervisor_hostname_pattern": "node 1"}


def test_hypervisor_has_all_values_of_the_answer():
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
    ("cpu", "values"),
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
def test_hypervisor_accepts_missing_or_odd_cpu_values(cpu, values):
    one = Hypervisor.from_api(HYPERVISOR | {"cpu_info": cpu})
    assert (one.cpu_vendor, one.cpu_model, one.cpu_features) == values


def test_hypervisor_without_capacities_has_none():
    data = {"id": "i", "hypervisor_hostname": "c1", "state": "down", "status": "disabled"}
    assert Hypervisor.from_api(data) == Hypervisor("i", "c1", up=False, enabled=False)


def test_hypervisors_of_one_host_are_separate_records():
    nodes = hypervisors({"host": "ironic-1", "id": "a"}, {"host": "ironic-1", "id": "b"})["hypervisors"]
    assert [(one.host, one.id) for one in map(Hypervisor.from_api, nodes)] == [("ironic-1", "a"), ("ironic-1", "b")]
