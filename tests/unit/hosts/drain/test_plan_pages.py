# SPDX-License-Identifier: Apache-2.0
"""What the plan of a drain or a return says before anything is done, and what it does not say."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from tests.support.fake_cloud import COMPUTE, PLACEMENT
from tests.support.fake_host import FakeHost
from tests.support.host_records import HOST, uuid_of
from tests.support.login import make_token, put_in_session, service_catalog
from tests.support.nova_answers import LISTED, SERVER, SERVICE, candidates, fault, hypervisors, provider, server
from tests.support.user_requests import binding_of

DRAIN = "/admin/migrations/hosts/compute-01/drain/"
RUN = "/admin/migrations/hosts/compute-01/run/"
RETURN = "/admin/migrations/hosts/compute-01/return/"
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html"}
ENOUGH = "There is enough free capacity for all instances together."
LOST = "AUTO: Connection to libvirt lost: 1"
BY_NOVA = "nova-compute on compute-01 disabled its own service, because libvirt does not answer."
ZONES = {HOST: "az1", "compute-02": "az1", "compute-03": "az1", "compute-04": "az2", "compute-05": "az2"}
# What the record of an instance has at the newest microversion.
UNPINNED = {"pinned_availability_zone": None}


def client_for(cloud, seconds):
    """Return the client of an administrator whose token expires in some seconds."""
    urls = {"nova": cloud.nova_url, "keystone": cloud.keystone_url, "neutron": cloud.neutron_url}
    token = make_token(service_catalog(placement=cloud.placement_url, **urls), lasts=timedelta(seconds=seconds))
    client = Client()
    put_in_session(client, token, cloud.keystone_url)
    return client


def text_of(response):
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.content.decode())))


def row_of(response, name):
    rows = re.findall(r"<tr>.*?</tr>", response.content.decode(), re.DOTALL)
    return next(re.sub(r"\s+", " ", unescape(row)) for row in rows if f">{name}<" in row)


class Zones(FakeHost):
    """Three hosts in az1 and two in az2, all with room."""

    def __init__(self, cloud, instances=0):
        super().__init__(cloud)
        self.others = [SERVICE | {"id": uuid_of(name), "host": name, "zone": zone} for name, zone in ZONES.items()][1:]
        self.groups = []
        for number in range(instances):
            self.add(f"vm-{number:03d}", **UNPINNED)
        cloud.on("GET", f"{COMPUTE}/os-hypervisors/detail", json=hypervisors(*ZONES))
        cloud.on("GET", f"{COMPUTE}/os-server-groups", json=self._groups)
        cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates(*ZONES))

    def _groups(self, call):
        return {"server_groups": self.groups[int(call.query["offset"]) :]}

    def group(self, *names, policy="anti-affinity", project="other-id"):
        members = [uuid_of(name) for name in names]
        group = {"id": f"g{len(self.groups)}", "name": "quorum", "policy": policy, "rules": {}, "members": members}
        self.groups.append(group | {"project_id": project})

    def elsewhere(self, name, host):
        changes = {"id": uuid_of(name), "name": name, "OS-EXT-SRV-ATTR:host": host}
        self.cloud.on("GET", f"{COMPUTE}/servers/{uuid_of(name)}", json=server(**changes))


def test_plan_says_enough_room_when_all_was_checked(admin_client, fake_cloud):
    Zones(fake_cloud, 3)
    page = text_of(admin_client.get(DRAIN))
    assert ENOUGH in page
    assert "not checked" not in page


def test_plan_considers_the_zone_that_an_instance_is_pinned_to(admin_client, fake_cloud):
    """The only host of its zone that has room is the host to drain."""
    host = Zones(fake_cloud, 1)
    host.add("pinned", pinned_availability_zone="az1")
    fake_cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates(HOST, "compute-04", "compute-05"))
    response = admin_client.get(DRAIN)
    assert ENOUGH not in text_of(response)
    assert "1 instance fits on no host." in text_of(response)
    assert "The instance is pinned to availability zone az1, where no other host has enough free capacity." in row_of(
        response, "pinned"
    )
    assert "enough free capacity" not in row_of(response, "vm-000")


def test_plan_says_that_a_pinned_zone_has_no_other_host(admin_client, fake_cloud):
    host = Zones(fake_cloud)
    host.add("pinned", pinned_availability_zone="gone")
    response = admin_client.get(DRAIN)
    assert "pinned to availability zone gone, which has no other host in service" in row_of(response, "pinned")
    assert ENOUGH not in text_of(response)


def test_plan_considers_an_anti_affinity_group_of_as_many_members_as_hosts(admin_client, fake_cloud):
    host = Zones(fake_cloud, 1)
    names = ["b", "c", "d", "e"]
    for name, place in zip(names, list(ZONES)[1:], strict=True):
        host.elsewhere(name, place)
    host.group("vm-000", *names)
    response = admin_client.get(DRAIN)
    assert "already has a member of anti-affinity group “quorum”" in row_of(response, "vm-000")
    assert ENOUGH not in text_of(response)
    assert len(fake_cloud.made("GET", f"{COMPUTE}/os-server-groups")) == 2
    assert len(fake_cloud.made("GET", f"{COMPUTE}/servers/*")) == 1 + len(names)


def test_plan_considers_an_affinity_group_that_is_on_the_host_alone(admin_client, fake_cloud):
    host = Zones(fake_cloud, 2)
    host.group("vm-000", "vm-001", policy="affinity")
    response = admin_client.get(DRAIN)
    assert "stay with affinity group “quorum”" in row_of(response, "vm-000")
    assert "2 instances fit on no host." in text_of(response)


def test_deleted_members_are_on_no_host(admin_client, fake_cloud):
    host = Zones(fake_cloud, 1)
    host.group("vm-000", "deleted")
    assert ENOUGH in text_of(admin_client.get(DRAIN))


def test_soft_groups_and_groups_of_others_are_not_looked_up(admin_client, fake_cloud):
    host = Zones(fake_cloud, 1)
    host.group("vm-000", "soft", policy="soft-anti-affinity")
    host.group("x", "y")
    assert ENOUGH in text_of(admin_client.get(DRAIN))
    assert len(fake_cloud.made("GET", f"{COMPUTE}/servers/*")) == 1


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [
        (f"{COMPUTE}/os-server-groups", fault("forbidden", 403, "no"), "Server groups were not checked: your role"),
        (f"{COMPUTE}/os-server-groups", fault("computeFault", 500, "cell"), "Server groups were not checked: Nova did"),
        (
            f"{COMPUTE}/servers/{uuid_of('b')}",
            fault("computeFault", 500, "cell"),
            "hosts of some members are unknown: quorum.",
        ),
        (f"{COMPUTE}/servers/{uuid_of('b')}", None, "hosts of some members are unknown: quorum."),
    ],
    ids=["forbidden", "failed", "member-failed", "member-in-a-cell-that-is-down"],
)
def test_plan_names_the_groups_that_it_could_not_check(admin_client, fake_cloud, path, answer, words):
    host = Zones(fake_cloud, 1)
    host.group("vm-000", "b")
    if answer is None:
        down = {"server": {"id": uuid_of("b"), "status": "UNKNOWN", "tenant_id": "demo-id"}}
        fake_cloud.on("GET", path, json=down)
    else:
        fake_cloud.on("GET", path, json=answer, status=next(iter(answer.values()))["code"])
    page = text_of(admin_client.get(DRAIN))
    assert words in page
    assert "A host was found for each instance, but some checks were not possible." in page
    assert ENOUGH not in page


def test_plan_says_that_this_nova_reports_no_pinned_zone(admin_client, fake_cloud):
    host = Zones(fake_cloud)
    host.add("old")
    page = text_of(admin_client.get(DRAIN))
    assert "Availability zones were not checked" in page
    assert ENOUGH not in page


def test_plan_says_that_placement_cut_its_answer(admin_client, fake_cloud, monkeypatch):
    monkeypatch.setattr("migration_panel.api.placement_models.MAX_CANDIDATES", 2)
    Zones(fake_cloud, 1)
    fake_cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates(HOST, "compute-02"))
    page = text_of(admin_client.get(DRAIN))
    assert "Placement did not return all hosts with free capacity." in page
    assert ENOUGH not in page


def test_plan_gives_no_verdict_when_placement_cut_all_others(admin_client, fake_cloud, monkeypatch):
    monkeypatch.setattr("migration_panel.api.placement_models.MAX_CANDIDATES", 1)
    Zones(fake_cloud, 1)
    fake_cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates(HOST))
    page = text_of(admin_client.get(DRAIN))
    assert "1 instance fits on no host that was checked." in page
    assert "1 instance fits on no host." not in page


def test_plan_reads_hypervisors_to_their_end(admin_client, fake_cloud):
    """The first page has no host with room."""
    Zones(fake_cloud, 1)
    nodes = hypervisors(*ZONES)["hypervisors"]

    def page(call):
        start = 2 if call.query.get("marker") == nodes[1]["id"] else 0
        links = [{"rel": "next", "href": f"http://nova/next?marker={nodes[1]['id']}"}] if start == 0 else []
        return {"hypervisors": nodes[start:] if start else nodes[:2], "hypervisors_links": links}

    fake_cloud.on("GET", f"{COMPUTE}/os-hypervisors/detail", json=page)
    fake_cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates("compute-05"))
    assert ENOUGH in text_of(admin_client.get(DRAIN))


def test_plan_names_the_hosts_without_a_hypervisor(admin_client, fake_cloud):
    """Nova cuts its list without a link if a compute node no longer has a service."""
    Zones(fake_cloud, 1)
    fake_cloud.on("GET", f"{COMPUTE}/os-hypervisors/detail", json=hypervisors(*list(ZONES)[:3]))
    page = text_of(admin_client.get(DRAIN))
    assert "because Nova lists no hypervisor for them: compute-04, compute-05." in page
    assert ENOUGH not in page


def test_destination_applies_to_live_migrations_only(admin_client, fake_cloud):
    """The scheduler chooses the host of a cold migration."""
    host = Zones(fake_cloud, 1)
    host.add("off", **UNPINNED, status="SHUTOFF", **{"OS-EXT-STS:vm_state": "stopped"})
    answer = candidates(*ZONES)
    for name in list(ZONES)[:3]:
        memory = answer["provider_summaries"][provider(name)]["resources"] = {
            "VCPU": {"capacity": 8, "used": 0},
            "MEMORY_MB": {"capacity": 4096, "used": 0},
            "DISK_GB": {"capacity": 100, "used": 0},
        }
        assert memory
    fake_cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=answer)
    fields = {"update": "1", "cold": "1", "destination": "compute-02"}
    assert ENOUGH in text_of(admin_client.post(DRAIN, fields))


@pytest.mark.parametrize(("number", "seconds", "warned"), [(3, 400, True), (2, 400, False), (0, 60, False)])
def test_plan_warns_when_the_token_expires_before_the_queue_ends(fake_cloud, number, seconds, warned):
    """153 s for each at worst, one after the other."""
    Zones(fake_cloud, number)
    page = text_of(client_for(fake_cloud, seconds).get(DRAIN))
    assert bool(re.search(r"Your session's token expires at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", page)) is warned
    assert ("leave instances in Error, unless the cloud uses service tokens" in page) is warned


def test_token_expiry_is_in_the_readers_zone(fake_cloud):
    Zones(fake_cloud, 3)
    client = client_for(fake_cloud, 400)
    client.cookies["django_timezone"] = "Asia/Tokyo"
    assert re.search(r"expires at \d{4}-\d\d-\d\d \d\d:\d\d JST\.", text_of(client.get(DRAIN)))


def test_size_and_duration_count_ephemeral_disk_and_swap(admin_client, fake_cloud):
    host = Zones(fake_cloud)
    flavor = SERVER["flavor"] | {"disk": 20, "ephemeral": 100, "swap": 4096}
    host.add("volume", **UNPINNED, image="", flavor=flavor)
    response = admin_client.post(DRAIN, {"update": "1", "block": "1"})
    assert "104 GiB of disk" in row_of(response, "volume")
    assert "Live, including any local disk" in row_of(response, "volume")


@pytest.mark.parametrize("path", [DRAIN, RETURN])
def test_host_that_nova_disabled_is_named_and_not_offered(admin_client, fake_cloud, path):
    host = FakeHost(fake_cloud, 1)
    host.service |= {"status": "disabled", "disabled_reason": LOST}
    response = admin_client.get(path, headers=HTML)
    page = response.content.decode()
    assert BY_NOVA in text_of(response)
    assert re.search(r'<button type="submit" class="btn btn-primary" disabled>', page)
    assert 'name="replace"' not in page
    assert "somebody" not in page
    assert LOST not in page


@pytest.mark.parametrize("headers", [JSON, HTML], ids=["script", "browser"])
@pytest.mark.parametrize("fields", [{}, {"replace": "1"}], ids=["plain", "replace"])
@pytest.mark.parametrize("path", [DRAIN, RETURN])
def test_host_that_nova_disabled_is_neither_drained_nor_enabled(admin_client, fake_cloud, path, fields, headers):
    host = FakeHost(fake_cloud, 1)
    host.service |= {"status": "disabled", "disabled_reason": LOST}
    response = admin_client.post(path, fields | {"binding": binding_of(admin_client)}, headers=headers)
    assert response.status_code == 409
    text = response.json()["error"] if headers is JSON else text_of(response)
    assert BY_NOVA in text
    assert (host.requested, fake_cloud.made("PUT", "*")) == ([], [])
    assert host.service["disabled_reason"] == LOST


def test_host_that_is_down_has_no_plan(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.service["state"] = "down"
    response = admin_client.get(DRAIN)
    assert "The compute service on compute-01 is down: no instance can be migrated away." in text_of(response)
    assert "will be migrated" not in text_of(response)
    assert "data-drain" not in response.content.decode()
    assert 'href="/admin/migrations/hosts/compute-01/evacuate/"' in response.content.decode()


def ironic(cloud):
    """Two machines of bare metal behind one compute service, up."""
    host = FakeHost(cloud)
    for name in ("metal-1", "metal-2"):
        host.add(name, **{"OS-EXT-SRV-ATTR:hypervisor_hostname": uuid_of(f"node-{name}")})
    nodes = [
        {"host": HOST, "id": uuid_of(name), "hypervisor_hostname": uuid_of(f"node-{name}"), "hypervisor_type": "ironic"}
        for name in ("metal-1", "metal-2")
    ]
    cloud.on("GET", f"{COMPUTE}/os-hypervisors/detail", json=hypervisors(*nodes, "compute-02", "compute-010"))
    return host


def test_plan_of_bare_metal_moves_nothing_and_says_so(admin_client, fake_cloud):
    ironic(fake_cloud)
    response = admin_client.get(DRAIN)
    assert "0 of 2 instances will be migrated. 2 instances will not be migrated." in text_of(response)
    assert "Nova's driver for the hypervisor type “ironic” cannot live-migrate instances." in row_of(
        response, "metal-1"
    )
    assert "compute-01 cannot be drained" in text_of(response)
    assert re.search(r'<button type="submit" class="btn btn-primary" disabled>', response.content.decode())


@pytest.mark.parametrize("headers", [JSON, HTML], ids=["script", "browser"])
def test_drain_of_bare_metal_does_not_start(admin_client, fake_cloud, headers):
    host = ironic(fake_cloud)
    response = admin_client.post(DRAIN, headers=headers)
    assert response.status_code == 409
    assert (host.requested, fake_cloud.made("PUT", "*")) == ([], [])


@pytest.mark.parametrize("status", [200, 403, 404, 500])
def test_drain_starts_when_the_type_can_migrate_or_is_unknown(admin_client, fake_cloud, status):
    host = FakeHost(fake_cloud)
    host.add("web", **{"OS-EXT-SRV-ATTR:hypervisor_hostname": "compute-01.example"})
    # A node of another host, whose name contains this name.
    other = {"host": "x", "hypervisor_hostname": "compute-01.example.org", "hypervisor_type": "ironic"}
    answer = hypervisors({"host": HOST, "hypervisor_hostname": "compute-01.example"}, other)
    fake_cloud.on("GET", f"{COMPUTE}/os-hypervisors/detail", json=answer, status=status)
    admin_client.get(RUN, headers=JSON)
    fake_cloud.forget()
    assert admin_client.post(DRAIN, headers=JSON).status_code == 202
    assert len(fake_cloud.panel_calls) == 1 + 4
    assert len(host.requested) == 1


@pytest.mark.parametrize(("destination", "warned"), [("", True), ("compute-03", False)])
def test_plan_warns_of_hosts_that_would_delete_an_instance_evacuated_from_them(
    admin_client, fake_cloud, destination, warned
):
    host = Zones(fake_cloud, 2)
    own = {"migration_type": "evacuation", "status": "done", "source_compute": "compute-02", "dest_compute": HOST}
    host.migrations.append(LISTED | own | {"instance_uuid": uuid_of("vm-000")})
    page = text_of(admin_client.post(DRAIN, {"update": "1", "destination": destination}))
    assert ("1 instance was evacuated from hosts where nova-compute has not been restarted" in page) is warned
    assert ENOUGH in page


def test_plan_says_when_evacuations_could_not_be_listed(admin_client, fake_cloud):
    Zones(fake_cloud, 1)
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=fault("x", 503, "No."), status=503)
    page = text_of(admin_client.get(DRAIN))
    assert "This was not checked on the other hosts" in page
    assert ENOUGH not in page
