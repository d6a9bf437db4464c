# SPDX-License-Identifier: Apache-2.0
"""Services, hypervisors and migrations joined: one row a host, whatever is missing or double."""

from types import SimpleNamespace

import pytest

from migration_panel.hosts.listing.rows import State, Usage, host_rows
from migration_panel.nova.host_records import ComputeHost, Hypervisor


def node(host, name="", **figures):
    return Hypervisor(id=name or host, name=name or host, host=host, **figures)


def migration(source, destination, status="running"):
    return SimpleNamespace(source=source, destination=destination, status=status)


def rows(services=(), hypervisors=(), migrations=()):
    return {row.name: row for row in host_rows(services, hypervisors, migrations)}


@pytest.mark.parametrize(
    ("service", "state", "disabled"),
    [
        (ComputeHost("a"), State.UP, False),
        (ComputeHost("a", up=False), State.DOWN, False),
        (ComputeHost("a", up=False, forced_down=True), State.FORCED_DOWN, False),
        (ComputeHost("a", enabled=False, disabled_reason="bad fan"), State.UP, True),
        (ComputeHost("a", up=False, enabled=False), State.DOWN, True),
    ],
)
def test_state_is_the_services(service, state, disabled):
    row = rows([service], [node("a")])["a"]
    assert (row.state, row.disabled) == (state, disabled)
    assert row.reason == (service.disabled_reason or "")


def test_several_nodes_of_a_service_are_summed():
    metal = [node("a", f"node-{number}", vcpus=8, vcpus_used=number, running=1) for number in (1, 2, 3)]
    row = rows([ComputeHost("a")], metal)["a"]
    assert (row.instances, row.vcpus, len(row.nodes)) == (3, Usage(6, 24), 3)


def test_node_that_tells_nothing_is_left_out_of_the_sum():
    row = rows([ComputeHost("a")], [node("a", "one", vcpus=8, vcpus_used=2), node("a", "two", vcpus=8)])["a"]
    assert row.vcpus == Usage(2, 8)


def test_service_without_a_hypervisor_has_no_figures():
    row = rows([ComputeHost("a", zone="az1")])["a"]
    assert (row.instances, row.vcpus.percent, row.memory.percent, row.zone) == (None, None, None, "az1")


def test_hypervisor_without_a_service_is_shown():
    row = rows([], [node("gone", running=2)])["gone"]
    assert (row.state, row.disabled, row.marks, row.instances) == (State.UNKNOWN, False, (), 2)


def test_hypervisor_that_does_not_tell_its_host_stands_by_its_own_name():
    assert rows([], [Hypervisor(id="1", name="node-1")]).keys() == {"node-1"}


def test_names_that_contain_another_are_kept_apart():
    names = ("node1", "node10", "my-node1")
    services = [ComputeHost(name) for name in names]
    nodes = [node(name, running=index) for index, name in enumerate(names)]
    found = rows(services, nodes, [migration("node10", "my-node1")])
    assert {name: row.instances for name, row in found.items()} == {"node1": 0, "node10": 1, "my-node1": 2}
    assert {name: (row.leaving, row.arriving) for name, row in found.items()} == {
        "node1": (0, 0),
        "node10": (1, 0),
        "my-node1": (0, 1),
    }


@pytest.mark.parametrize(
    ("status", "moving"),
    [("queued", 1), ("accepted", 1), ("post-migrating", 1), ("finished", 0), ("completed", 0), ("error", 0)],
)
def test_only_what_moves_now_is_counted(status, moving):
    found = rows([ComputeHost("a"), ComputeHost("b")], [], [migration("a", "b", status)])
    assert (found["a"].leaving, found["b"].arriving) == (moving, moving)


def test_migration_without_a_destination_yet_arrives_nowhere():
    found = rows([ComputeHost("a")], [], [migration("a", None, "accepted")])
    assert (found["a"].leaving, found["a"].arriving) == (1, 0)


@pytest.mark.parametrize(
    ("usage", "percent"),
    [
        (Usage(8, 32), 25),
        (Usage(96, 32), 300),
        (Usage(0, 32), 0),
        (Usage(1, 0), None),
        (Usage(), None),
        (Usage(None, 32), None),
    ],
)
def test_percent_is_of_what_there_is(usage, percent):
    assert usage.percent == percent
