# SPDX-License-Identifier: Apache-2.0
"""Verdicts compared with Nova: it refuses no fit host for a predictable reason, and accepts no unfit host."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, product

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings
from novaclient.api_versions import APIVersion
from novaclient.client import Client as NovaClient
from novaclient.v2.hypervisors import Hypervisor
from novaclient.v2.servers import Server
from openstack_auth.utils import get_user

from devcloud import Cloud
from tests.cloud.conftest import active, delete_all
from tests.support.embedded_cloud import PASSWORD, eventually, free_ports, nova_client
from tests.support.verdict_trial import PATIENCE, QUICK, Trial, Trials, table

HOSTS = [f"compute-0{number}" for number in range(1, 7)]
AT_ONCE = 4


@pytest.fixture(scope="module")
def nova(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NovaClient]:
    """A separate cloud, because the test migrates all its instances."""
    state = tmp_path_factory.mktemp("verdicts")
    with (
        Cloud(free_ports(), state, data="demo", report=print) as cloud,
        override_settings(OPENSTACK_KEYSTONE_URL=cloud.auth_url),
    ):
        yield nova_client(cloud.auth_url)


@pytest.fixture(scope="module")
def trials(nova: NovaClient) -> Trials:
    client = Client()
    client.post("/auth/login/", {"username": "admin", "password": PASSWORD, "region": "default"})
    request: HttpRequest = RequestFactory().get("/")
    request.session = client.session
    request.user = get_user(request)
    return Trials(nova, request)


@dataclass(frozen=True)
class Facts:
    """What decides about the migrations of an instance.  Instances with the same facts are of one kind.

    The flavor is not among them: each host of the demo has room for each flavor, and another test fills the hosts.
    """

    vm_state: str
    power_state: int
    task_state: str | None
    locked: bool
    storage: str
    # The hypervisors' reason against each destination.
    refusal: str
    pinned_zone: str | None
    group: str
    # Status and state of the source's compute service.
    source: tuple[str, str]


@dataclass
class Scene:
    """All instances of the demo, with what Nova does not list with them."""

    servers: list[Server]
    services: dict[str, tuple[str, str]]
    groups: dict[str, str]

    @classmethod
    def read(cls, nova: NovaClient) -> Scene:
        return cls(
            nova.servers.list(search_opts={"all_tenants": 1}),
            {one.host: (one.status, one.state) for one in nova.services.list(binary="nova-compute")},
            {member: one.id for one in nova.server_groups.list(all_projects=True) for member in one.members},
        )

    def facts(self, server: Server) -> Facts:
        return Facts(
            vm_state=getattr(server, "OS-EXT-STS:vm_state"),
            power_state=getattr(server, "OS-EXT-STS:power_state"),
            task_state=getattr(server, "OS-EXT-STS:task_state"),
            locked=server.locked,
            storage=server.metadata.get("sim_storage", "local"),
            refusal=server.metadata.get("sim_refuse", ""),
            pinned_zone=server.pinned_availability_zone,
            group=self.groups.get(server.id, ""),
            source=self.services[host_of(server)],
        )

    def kinds(self) -> dict[Facts, list[Server]]:
        members = defaultdict(list)
        for server in self.servers:
            members[self.facts(server)].append(server)
        return dict(members)

    def together(self) -> list[list[Server]]:
        """Return lists of instances to migrate in sequence: a member of a server group affects the other members."""
        lists = defaultdict(list)
        for server in self.servers:
            lists[self.groups.get(server.id, server.id)].append(server)
        return list(lists.values())


def host_of(server: Server) -> str:
    return getattr(server, "OS-EXT-SRV-ATTR:host")


def spread(members: list[Server]) -> dict[str, list[str]]:
    """Return the hosts to try with each member of a kind, by its ID: first its own host, then at least one other host.

    Each host is tried with one member from another host, if there is one.
    """
    hosts = {member.id: [host_of(member)] for member in members}
    for host in HOSTS:
        others = [member for member in members if host_of(member) != host]
        if others:
            hosts[min(others, key=lambda member: len(hosts[member.id])).id].append(host)
    rest = cycle(HOSTS)
    for tried in hosts.values():
        if len(tried) == 1:
            tried.append(next(host for host in rest if host != tried[0]))
    return hosts


def make_quick(server: Server) -> Server:
    """Let the instance migrate quickly, unless it waits for confirmation: Nova then refuses changes and migrations."""
    if server.status != "VERIFY_RESIZE":
        server.manager.set_meta(server, QUICK)
    return server


def assert_same_verdicts(kinds: dict[Facts, list[Server]], found: list[Trial]) -> None:
    """Check that, at first, all members of a kind have the same errors for each host that is not their own.

    Not in a server group, whose members affect each other.
    """
    first = {one.instance: one for one in reversed(found)}
    for facts, members in kinds.items():
        judged = [first[member.name] for member in members]
        for host in HOSTS:
            errors = {one.verdicts[host] for one in judged if one.host != host}
            assert len(errors) <= 1 or facts.group, (facts, host)


def assert_right(found: list[Trial]) -> None:
    sys.stdout.write(f"\n{table(found)}\n")
    wrong = [one for one in found if one.cell in (("fit", "refused"), ("unfit", "accepted"))]
    assert wrong == []


def test_verdicts_of_every_kind_of_instance_and_host_match_nova(nova, trials):
    scene = Scene.read(nova)
    kinds = scene.kinds()
    hosts = {server: tried for members in kinds.values() for server, tried in spread(members).items()}

    def all_of(group: list[Server]) -> list[Trial]:
        return [one for server in group for one in trials.of(make_quick(server), hosts[server.id])]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [one for group in pool.map(all_of, scene.together()) for one in group]
    kind = {member.name: facts for facts, members in kinds.items() for member in members}
    assert len(kind) == len(scene.servers) > 30
    assert {(kind[one.instance], one.host) for one in found} == set(product(kinds, HOSTS))
    tried = Counter(one.instance for one in found)
    assert min(tried[name] for name in kind) > 1
    assert_same_verdicts(kinds, found)
    assert_right(found)
    cells = Counter(one.cell for one in found)
    assert min(cells["fit", "accepted"], cells["fit", "unpredictable"], cells["unfit", "refused"]) > 0
    codes = {code for one in found for code in one.errors}
    assert codes >= {
        "destination-source", "destination-down", "destination-disabled", "destination-zone",
        "destination-anti-affinity", "source-down", "vm-state", "unconfirmed",
    }  # fmt: skip
    every = {code for one in found for errors in one.verdicts.values() for code in errors}
    assert every.isdisjoint({"destination-vcpus", "destination-memory", "destination-disk", "destination-room"})


@pytest.fixture
def boot(nova: NovaClient) -> Iterator:
    """Boot an instance with a flavor of its own, and delete both at the end."""
    made = []

    def booted(name: str, host: str, vcpus: int = 1, ram: int = 64, **more) -> Server:
        flavor = nova.flavors.create(name, ram, vcpus, 0)
        server = nova.servers.create(name, nova.glance.list()[0], flavor, nics="none", host=host, meta=QUICK, **more)
        made.extend([server, flavor])
        return eventually(lambda: active(server))

    yield booted
    delete_all(made)


def node_of(nova: NovaClient, host: str) -> Hypervisor:
    """Return the hypervisor with its used resources, which Nova reports before 2.88 only."""
    nova.api_version, newest = APIVersion("2.87"), nova.api_version
    [node] = [one for one in nova.hypervisors.list(detailed=True) if one.service["host"] == host]
    nova.api_version = newest
    return node


def free_of(nova: NovaClient, host: str) -> tuple[int, int]:
    """Return the free vCPUs and MiB of memory by Placement, once the host reports the same usage."""

    def left() -> tuple[int, int] | None:
        node = node_of(nova, host)
        provider = {"endpoint_filter": {"service_type": "placement"}}
        used, stock = (
            nova.client.session.get(f"/resource_providers/{node.id}/{what}", **provider).json()[what]
            for what in ("usages", "inventories")
        )
        cpus, memory = stock["VCPU"], stock["MEMORY_MB"]
        if node.memory_mb_used != memory["reserved"] + used["MEMORY_MB"]:
            return None
        return int(cpus["total"] * cpus["allocation_ratio"]) - used["VCPU"], memory["total"] - node.memory_mb_used

    return eventually(left, PATIENCE)


def shares(whole: int, most: int) -> list[int]:
    return [most] * (whole // most) + [whole % most] * bool(whole % most)


def test_verdicts_on_full_hosts_match_nova(nova, trials, boot):
    cpus, _ = free_of(nova, "compute-02")
    _, memory = free_of(nova, "compute-03")
    # An instance may have no more vCPUs than the host has physical CPUs.
    for number, share in enumerate(shares(cpus - 1, 32)):
        boot(f"cpus-{number}", "compute-02", vcpus=share)
    boot("all-memory-but-a-gigabyte", "compute-03", ram=memory - 1024)
    movers = [
        boot("one-small", "compute-01"),
        boot("two-cpus", "compute-01", vcpus=2),
        boot("much-memory", "compute-01", ram=2048),
    ]
    found = [one for server in movers for one in trials.of(server, ["compute-02", "compute-03", "compute-01"])]
    assert_right(found)
    said = {(one.instance, one.host): one.errors for one in found}
    assert said["one-small", "compute-02"] == said["one-small", "compute-03"] == ()
    assert said["two-cpus", "compute-02"] == ("destination-vcpus",)
    assert said["much-memory", "compute-03"] == ("destination-memory",)


def test_verdict_on_a_single_member_of_an_affinity_group_matches_nova(nova, trials, boot):
    group = nova.server_groups.create("close", "affinity")
    server = boot("alone", "compute-01", scheduler_hints={"group": group.id})
    found = trials.of(server, ["compute-03"])
    assert_right(found)
    assert set(found[0].errors) == {"destination-affinity", "no-host"}


def test_verdict_on_a_host_that_is_forced_down_matches_nova(nova, trials, boot):
    server = boot("wanderer", "compute-01")
    [service] = nova.services.list(host="compute-03", binary="nova-compute")
    nova.services.force_down(service.id, True)
    found = trials.of(server, ["compute-03"])
    nova.services.force_down(service.id, False)
    assert_right(found)
    assert found[0].errors == ("destination-forced-down",)
