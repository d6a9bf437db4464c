# SPDX-License-Identifier: Apache-2.0
"""What a plan reads: limits, and whether the data is complete."""

import pytest

from migration_panel.api.host_models import ComputeHost
from migration_panel.api.nova import Nova
from migration_panel.migration_types import LIVE
from migration_panel.preflight import fit_query, query
from migration_panel.preflight.fit import Mover, Unchecked
from tests.support.case_ids import case_id
from tests.support.fake_cloud import COMPUTE, PLACEMENT
from tests.support.host_records import HOST, server, uuid_of
from tests.support.nova_answers import candidates, hypervisors, listed
from tests.support.nova_answers import server as server_answer
from tests.support.user_requests import request_of

HOSTS = [ComputeHost(name) for name in (HOST, "compute-02")]


def group(*names, project="other-id"):
    members = [uuid_of(name) for name in names]
    record = {"id": f"g-{names[0]}", "name": names[0], "policy": "anti-affinity", "rules": {}, "members": members}
    return record | {"project_id": project}


@pytest.fixture
def cloud(fake_cloud):
    fake_cloud.on("GET", f"{COMPUTE}/os-hypervisors/detail", json=hypervisors(HOST, "compute-02"))
    fake_cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates(HOST, "compute-02"))
    fake_cloud.on("GET", f"{COMPUTE}/os-migrations", json=listed())
    fake_cloud.on("GET", f"{COMPUTE}/servers/*", json=lambda call: server_answer(id=call.path.split("/")[3]))
    lists(fake_cloud)
    return fake_cloud


def lists(cloud, *groups):
    cloud.on(
        "GET", f"{COMPUTE}/os-server-groups", json=lambda call: {"server_groups": groups[int(call.query["offset"]) :]}
    )


async def read(cloud, *servers, roles=("admin",)):
    request = request_of(cloud, *roles)
    nova = Nova.connect(request)
    cloud.forget()
    movers = [Mover(server, LIVE) for server in servers]
    fit, _type, _evacuated = await fit_query.read_drain(request, nova, HOST, movers, servers, HOSTS)
    return fit


def instance(name, **changes):
    return server(name, pinned_zone_known=True, **changes)


@pytest.fixture
def permissive(monkeypatch):
    """Let Horizon's policy allow what Nova refuses: their policy files differ."""
    for module in (fit_query, query):
        monkeypatch.setattr(module, "allowed", lambda *_args: True)


@pytest.mark.parametrize(
    ("roles", "groups", "unchecked"),
    [
        (("admin",), (), ()),
        (("admin",), (group("x", project="demo-id"),), ()),
        # Nova ignored all_projects, and returned only groups of the user's own project.
        (("member",), (), (Unchecked("groups-not-allowed"),)),
        (("member",), (group("x", project="demo-id"),), (Unchecked("groups-not-allowed"),)),
        (("member",), (group("x", project="other-id"),), ()),
    ],
    ids=case_id,
)
async def test_groups_of_a_single_project_are_reported_as_incomplete(cloud, permissive, roles, groups, unchecked):
    lists(cloud, *groups)
    fit = await read(cloud, instance("web"), roles=roles)
    assert fit.unchecked == unchecked


async def test_groups_are_not_read_when_policy_forbids_it(cloud):
    fit = await read(cloud, instance("web"), roles=("manager", "member", "reader"))
    assert Unchecked("groups-not-allowed") in fit.unchecked
    assert cloud.made("GET", f"{COMPUTE}/os-server-groups") == []


async def test_too_many_groups_are_reported(cloud, monkeypatch):
    monkeypatch.setattr("migration_panel.api.nova_servers.MAX_GROUP_PAGES", 1)
    lists(cloud, group("x"))
    fit = await read(cloud, instance("web"))
    assert fit.unchecked == (Unchecked("groups-many"),)


async def test_number_of_looked_up_members_is_limited(cloud, monkeypatch):
    monkeypatch.setattr(fit_query, "MAX_PLAN_MEMBERS", 3)
    lists(cloud, group("web", "a", "b", "c", "d"))
    fit = await read(cloud, instance("web"))
    assert fit.unchecked == (Unchecked("members", ("web",)),)
    assert len(cloud.made("GET", f"{COMPUTE}/servers/*")) == 3


async def test_number_of_looked_up_flavors_is_limited(cloud, monkeypatch):
    monkeypatch.setattr(fit_query, "MAX_FLAVORS", 2)
    servers = [instance(str(number), memory_mib=1024 * number) for number in (1, 2, 3, 1)]
    fit = await read(cloud, *servers[:3], instance("again", memory_mib=1024), instance("odd", memory_mib=None))
    assert fit.unchecked == (Unchecked("flavors", number=2),)
    assert len(cloud.made("GET", f"{PLACEMENT}/allocation_candidates")) == 2


async def test_groups_are_not_read_without_instances(cloud):
    fit = await read(cloud)
    assert (fit.lacks, fit.unchecked) == ({}, ())
    assert len(cloud.panel_calls) == 1


@pytest.mark.parametrize("path", [f"{COMPUTE}/os-hypervisors/detail", f"{PLACEMENT}/allocation_candidates"])
@pytest.mark.parametrize("status", [403, 404, 500])
async def test_fit_is_unknown_when_capacities_cannot_be_read(cloud, path, status):
    cloud.on("GET", path, json={}, status=status)
    assert await read(cloud, instance("web")) is None
