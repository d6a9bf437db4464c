# SPDX-License-Identifier: Apache-2.0
"""Services, hypervisors and migrations joined: one row a host, whatever is missing or double."""

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.hosts.listing.rows import State, Usage, host_rows


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
        (ComputeHost("a", up=False, enabled=False, cell_down=True), State.CELL_DOWN, False),
    ],
)
def test_state_is_the_services(service, state, disabled):
    row = rows([service], [node("a")])["a"]
    assert (row.state, row.disabled) == (state, disabled)
    assert row.reason == (service.disabled_reason or "")


def test_machines_of_a_bare_metal_service_are_summed():
    metal = [node("a", f"node-{number}", vcpus=8, vcpus_used=number, running=1, type="ironic") for number in (1, 2, 3)]
    row = rows([ComputeHost("a")], metal)["a"]
    assert (row.instances, row.vcpus, len(row.nodes)) == (3, Usage(6, 24), 3)


def test_node_that_tells_nothing_is_left_out_of_the_sum():
    metal = [node("a", "one", vcpus=8, vcpus_used=2, type="ironic"), node("a", "two", vcpus=8, type="ironic")]
    assert rows([ComputeHost("a")], metal)["a"].vcpus == Usage(2, 8)


@pytest.mark.parametrize("types", [("QEMU", "QEMU"), (None, None), ("ironic", "QEMU")])
def test_nodes_of_which_only_one_can_be_current_are_not_summed(types):
    """A machine was renamed: its old node is still listed."""
    nodes = [
        node("a", name, vcpus=64, vcpus_used=20, running=7, type=type) for name, type in zip("xy", types, strict=True)
    ]
    row = rows([ComputeHost("a")], nodes)["a"]
    assert (row.instances, row.vcpus, row.memory, row.disk, row.ambiguous) == (None, Usage(), Usage(), Usage(), True)
    assert len(row.nodes) == 2


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


NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(("hours", "found"), [(1, (1, 0)), (23, (1, 0)), (25, (0, 1)), (24 * 90, (0, 1))])
def test_record_that_stays_open_is_not_leaving_forever(hours, found):
    one = SimpleNamespace(source="a", destination=None, status="pre-migrating", changed_at=NOW - timedelta(hours=hours))
    row = rows([ComputeHost("a", updated_at=NOW), ComputeHost("b")], [], [one])["a"]
    assert (row.leaving, row.silent) == found


def test_cell_down_is_neither_enabled_nor_disabled():
    row = rows([ComputeHost("a", up=False, enabled=False, cell_down=True)])["a"]
    assert row.marks == ()


def test_evacuations_are_counted_for_their_source():
    found = {row.name: row.evacuated for row in host_rows([ComputeHost("a"), ComputeHost("b")], [], [], {"a": {"i"}})}
    assert found == {"a": 1, "b": 0}
