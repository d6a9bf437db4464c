# SPDX-License-Identifier: Apache-2.0
"""The content of the demo cloud after its start."""

from collections import Counter

import pytest

from devcloud.rest import Rest, RestError


@pytest.fixture(scope="module")
def servers(admin):
    """The demo's instances by name, without those of other tests."""
    listed = admin.get("compute", "/servers/detail?all_tenants=1")["servers"]
    return {server["name"]: server for server in listed if server["name"] != "guest"}


def test_hosts_have_their_states(admin):
    services = admin.get("compute", "/os-services?binary=nova-compute")["services"]
    seen = {each["host"]: (each["state"], each["status"], each["disabled_reason"]) for each in services}
    well = ("up", "enabled", None)
    assert seen == {f"compute-0{number}": well for number in (1, 2, 3, 4)} | {
        "compute-05": ("down", "enabled", None),
        "compute-06": ("up", "disabled", "bad fan"),
    }


def test_hosts_are_in_two_zones(admin):
    zones = {
        each["availability_zone"]: sorted(each["hosts"])
        for each in admin.get("compute", "/os-aggregates")["aggregates"]
    }
    assert zones == {
        "az1": ["compute-01", "compute-02", "compute-03"],
        "az2": ["compute-04", "compute-05", "compute-06"],
    }


def test_instances_have_their_states(servers):
    assert len(servers) >= 24
    statuses = Counter(server["status"] for server in servers.values())
    assert set(statuses) == {"ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED", "VERIFY_RESIZE"}
    assert statuses["ACTIVE"] > len(servers) / 2
    powers = {"ACTIVE": {1}, "SHUTOFF": {4}, "PAUSED": {3}, "SUSPENDED": {7}, "VERIFY_RESIZE": {1, 4}}
    assert all(server["OS-EXT-STS:power_state"] in powers[server["status"]] for server in servers.values())
    assert not [name for name, server in servers.items() if server["OS-EXT-STS:task_state"]]


def test_every_instance_has_an_address(servers):
    addresses = [net["addr"] for server in servers.values() for net in server["addresses"]["internal"]]
    assert len(set(addresses)) == len(servers)


def test_special_instances_have_their_properties(servers):
    assert "<b>\"Ops\" & 'QA'</b>" in servers
    assert max(map(len, servers)) > 200
    assert [name for name, server in servers.items() if server["locked"]] == ["vault"]
    assert [n for n, server in servers.items() if server["OS-EXT-SRV-ATTR:host"] == "compute-05"] == ["legacy-crm"]
    assert servers["simulation-1"]["pinned_availability_zone"] == "az2"


def test_members_of_the_anti_affinity_group_are_on_different_hosts(admin, servers):
    groups = admin.get("compute", "/os-server-groups?all_projects=1")["server_groups"]
    (web,) = (group for group in groups if group["name"] == "web")
    assert web["policy"] == "anti-affinity"
    members = [server for server in servers.values() if server["id"] in web["members"]]
    assert len({server["OS-EXT-SRV-ATTR:host"] for server in members}) == len(members) == 3


def test_past_migrations_exist(admin):
    migrations = admin.get("compute", "/os-migrations")["migrations"]
    seen = {(each["migration_type"], each["status"]) for each in migrations}
    assert seen >= {("live-migration", end) for end in ("completed", "failed", "cancelled", "error")}
    assert seen >= {("migration", end) for end in ("confirmed", "reverted", "finished")}


@pytest.mark.parametrize(
    ("user", "project", "roles"),
    [
        ("admin", "admin", {"admin", "manager", "member", "reader"}),
        ("helpdesk", "demo", {"manager", "member", "reader"}),
        ("viewer", "demo", {"member", "reader"}),
        ("shopkeeper", "web-shop", {"manager", "member", "reader"}),
        ("scientist", "research", {"manager", "member", "reader"}),
    ],
)
def test_demo_users_can_log_in(cloud, user, project, roles):
    rest = Rest(cloud.auth_url, user, project)
    assert {role["name"] for role in rest.token["roles"]} == roles
    rest.get("compute", "/servers")


def test_admin_has_a_role_in_the_demo_project_and_not_in_web_shop(cloud):
    Rest(cloud.auth_url, "admin", "demo")
    with pytest.raises(RestError):
        Rest(cloud.auth_url, "admin", "web-shop")
