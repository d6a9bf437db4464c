# SPDX-License-Identifier: Apache-2.0
"""A host is reported empty only if a second source agrees with Nova's lists, which omit a cell that fails."""

import pytest

from tests.support.fake_cloud import COMPUTE, PLACEMENT
from tests.support.fake_host import ALLOCATIONS, FakeHost
from tests.support.host_records import HOST, REASON, uuid_of
from tests.support.nova_answers import fault, hypervisors
from tests.support.user_requests import binding_of

HOSTS = "/admin/migrations/hosts/compute-01"
DRAIN, RUN = f"{HOSTS}/drain/", f"{HOSTS}/run/"
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml"}
HYPERVISORS = f"{COMPUTE}/os-hypervisors/detail"


@pytest.fixture
def draining(fake_cloud):
    """``draining(5)``: a host with a drain in progress and five instances."""

    def start(instances: int) -> FakeHost:
        host = FakeHost(fake_cloud, instances)
        host.service |= {"status": "disabled", "disabled_reason": REASON}
        return host

    return start


def state(client):
    data = client.get(RUN, headers=JSON).json()
    return data["empty"], data["headline"]


def test_host_in_a_failing_cell_is_not_reported_empty(admin_client, draining):
    host = draining(5)
    host.fail_cell()
    empty, headline = state(admin_client)
    assert not empty
    assert headline == ("Nova lists no instance on compute-01, but Placement still holds 5 allocations on this host.")
    page = admin_client.get(RUN, headers=HTML).content.decode()
    assert "safe to reboot" not in page
    assert 'data-part="head" class="alert alert-success"' not in page
    host.recover_cell()
    assert state(admin_client) == (False, "0 of 5 instances migrated. Not started: 5")


def test_host_is_empty_when_two_sources_agree(admin_client, draining):
    draining(0)
    assert state(admin_client) == (True, "Host is empty. It is safe to reboot.")
    assert "safe to reboot" in admin_client.get(RUN, headers=HTML).content.decode()


def test_second_source_costs_two_calls_only_when_nova_lists_nothing(admin_client, fake_cloud, draining):
    host = draining(1)
    admin_client.get(RUN, headers=JSON)
    fake_cloud.forget()
    admin_client.get(RUN, headers=JSON)
    assert len(fake_cloud.panel_calls) == 4
    host.delete("vm-000")
    fake_cloud.forget()
    admin_client.get(RUN, headers=JSON)
    assert len(fake_cloud.panel_calls) == 6
    [call] = fake_cloud.made("GET", HYPERVISORS)
    assert call.query == {"hypervisor_hostname_pattern": HOST}


NO_VALUE = hypervisors({"host": HOST, "running_vms": None})
OTHERS = hypervisors("compute-010", "compute-02")


@pytest.mark.parametrize(
    ("placement", "nodes", "empty"),
    [
        ((403, fault("forbidden", 403, "No.")), hypervisors({"host": HOST, "running_vms": 0}), True),
        ((403, fault("forbidden", 403, "No.")), hypervisors({"host": HOST, "running_vms": 3}), False),
        ((403, fault("forbidden", 403, "No.")), NO_VALUE, False),
        ((503, fault("x", 503, "No.")), hypervisors({"host": HOST, "running_vms": 0}), False),
        ((404, fault("x", 404, "No resource provider.")), hypervisors({"host": HOST, "running_vms": 0}), False),
        ((200, {"allocations": {}}), hypervisors({"host": HOST, "running_vms": 3}), True),
        ((200, {"allocations": {}}), OTHERS, False),
        ((200, {"allocations": {}}), {"hypervisors": []}, False),
        ((200, {"unexpected": {}}), hypervisors({"host": HOST, "running_vms": 0}), False),
    ],
    ids=[
        "closed, none running",
        "closed, three running",
        "closed, count unknown",
        "down",
        "no provider",
        "no allocation",
        "no record of the host's node",
        "no record at all",
        "nonsense",
    ],
)
def test_empty_depends_on_placement_and_hypervisors(admin_client, fake_cloud, draining, placement, nodes, empty):
    draining(0)
    fake_cloud.on("GET", ALLOCATIONS, status=placement[0], json=placement[1])
    fake_cloud.on("GET", HYPERVISORS, json=nodes)
    answer = state(admin_client)
    assert answer[0] is empty
    assert ("safe to reboot" in answer[1]) is empty


@pytest.mark.parametrize("status", [403, 404, 503])
def test_without_hypervisors_nothing_is_proven(admin_client, fake_cloud, draining, status):
    draining(0)
    fake_cloud.on("GET", HYPERVISORS, json=fault("x", status, "No."), status=status)
    empty, headline = state(admin_client)
    assert (empty, "could not be confirmed" in headline) == (False, True)


def test_node_of_another_name_is_found_in_the_whole_list(admin_client, fake_cloud, draining):
    draining(0)
    gone = fault("itemNotFound", 404, "No hypervisor matching 'compute-01' could be found.")
    fake_cloud.on("GET", HYPERVISORS, json=gone, status=404, query={"hypervisor_hostname_pattern": HOST})
    assert state(admin_client)[0]
    assert len(fake_cloud.made("GET", HYPERVISORS)) == 2


def test_list_of_nodes_that_nova_cuts_proves_nothing(admin_client, fake_cloud, draining):
    """The other nodes of the host may be on the pages that were not read."""
    draining(0)
    gone = fault("itemNotFound", 404, "No hypervisor matching 'compute-01' could be found.")
    links = {"hypervisors_links": [{"rel": "next", "href": "http://nova/without-marker"}]}
    fake_cloud.on("GET", HYPERVISORS, json=hypervisors(HOST) | links)
    fake_cloud.on("GET", HYPERVISORS, json=gone, status=404, query={"hypervisor_hostname_pattern": HOST})
    empty, headline = state(admin_client)
    assert (empty, "could not be confirmed" in headline) == (False, True)


def test_allocations_of_every_node_are_read(admin_client, fake_cloud, draining):
    draining(0)
    second = uuid_of("second node")
    fake_cloud.on("GET", HYPERVISORS, json=hypervisors(HOST, {"host": HOST, "id": second}))
    allocations = {"allocations": {uuid_of("web"): {"resources": {"VCPU": 2}}}}
    fake_cloud.on("GET", f"{PLACEMENT}/resource_providers/{second}/allocations", json=allocations)
    assert not state(admin_client)[0]


def test_drain_of_unlisted_instances_does_nothing(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 3)
    host.fail_cell()
    fields = {"chosen": "1", "shown": list(host.servers), "instance": list(host.servers)[1:], "reason": "patch"}
    answer = admin_client.post(DRAIN, fields, headers=JSON)
    assert answer.status_code == 409
    assert "now lists no instance on this host" in answer.json()["error"]
    assert (host.service["status"], host.requested, fake_cloud.made("PUT", "*")) == ("enabled", [], [])
    page = admin_client.post(DRAIN, fields | {"binding": binding_of(admin_client)}, headers=HTML)
    assert (page.status_code, "now lists no instance on this host" in page.content.decode()) == (409, True)


def test_selection_of_unlisted_instances_by_a_script_does_nothing(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 3)
    host.fail_cell()
    answer = admin_client.post(DRAIN, {"instance": list(host.servers)[:1]}, headers=JSON)
    assert (answer.status_code, host.service["status"]) == (409, "enabled")


def test_instances_that_were_shown_and_not_selected_are_left_out(admin_client, fake_cloud):
    """An excluded instance is not listed at the moment of the click, and is on the host again later."""
    host = FakeHost(fake_cloud, 3)
    ids = list(host.servers)
    hidden = host.servers.pop(ids[0])
    fields = {"chosen": "1", "shown": ids, "instance": ids[1:]}
    admin_client.post(DRAIN, fields, headers=JSON)
    assert f", without {ids[0][:8]} by" in host.service["disabled_reason"]
    host.servers[ids[0]] = hidden
    for _ in range(3):
        admin_client.post(RUN, headers=JSON)
    assert ids[0] not in host.requested


def test_text_that_is_no_instance_id_is_not_written_into_the_reason(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 1)
    admin_client.post(DRAIN, {"chosen": "1", "shown": ["no ID", *host.servers], "instance": ""}, headers=JSON)
    assert "no ID" not in host.service["disabled_reason"]
    assert admin_client.get(RUN, headers=JSON).status_code == 200


def test_instance_that_arrived_after_the_plan_migrates_too(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 2)
    ids = list(host.servers)
    late = host.add("late")
    admin_client.post(DRAIN, {"chosen": "1", "shown": ids, "instance": ids[1:]}, headers=JSON)
    assert sorted(host.requested) == sorted([ids[1], late])
