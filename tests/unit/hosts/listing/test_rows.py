# SPDX-License-Identifier: Apache-2.0
"""One row for each compute host, from its service, its hypervisors and its migrations."""

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
    ids=["up", "down", "forced down", "disabled", "down and disabled", "cell down"],
)
def test_state_is_that_of_the_service(service, state, disabled):
    row = rows([service], [node("a")])["a"]
    assert (row.state, row.disabled) == (state, disabled)
    assert row.reason == (service.disabled_reason or "")


def test_figures_of_bare_metal_nodes_are_added_up():
    metal = [node("a", f"node-{number}", vcpus=8, vcpus_used=number, running=1, type="ironic") for number in (1, 2, 3)]
    row = rows([ComputeHost("a")], metal)["a"]
    assert (row.instances, row.vcpus, len(row.nodes)) == (3, Usage(6, 24), 3)


def test_node_without_figures_is_not_part_of_the_sum():
    metal = [node("a", "one", vcpus=8, vcpus_used=2, type="ironic"), node("a", "two", vcpus=8, type="ironic")]
    assert rows([ComputeHost("a")], metal)["a"].vcpus == Usage(2, 8)


@pytest.mark.parametrize(
    "types", [("QEMU", "QEMU"), (None, None), ("ironic", "QEMU")], ids=["libvirt", "unknown types", "mixed"]
)
def test_figures_are_unknown_when_only_one_of_several_nodes_can_be_current(types):
    """After a machine was renamed, Nova still lists its old node."""
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
    assert (row.state, row.disabled, row.scheduling, row.instances) == (State.UNKNOWN, False, "", 2)


def test_hypervisor_without_a_host_has_a_row_with_its_own_name():
    assert rows([], [Hypervisor(id="1", name="node-1")]).keys() == {"node-1"}


def test_hosts_are_joined_by_whole_names():
    names = ("node1", "node10", "my-node1")
    services = [ComputeHost(name) for name in names]
    nodes = [node(name, running=index) for index, name in enumerate(names)]
    joined = rows(services, nodes, [migration("node10", "my-node1")])
    assert {name: row.instances for name, row in joined.items()} == {"node1": 0, "node10": 1, "my-node1": 2}
    assert {name: (row.leaving, row.arriving) for name, row in joined.items()} == {
        "node1": (0, 0),
        "node10": (1, 0),
        "my-node1": (0, 1),
    }


@pytest.mark.parametrize(
    ("status", "count"),
    [("queued", 1), ("accepted", 1), ("post-migrating", 1), ("finished", 0), ("completed", 0), ("error", 0)],
)
def test_only_migrations_in_progress_are_counted(status, count):
    joined = rows([ComputeHost("a"), ComputeHost("b")], [], [migration("a", "b", status)])
    assert (joined["a"].leaving, joined["b"].arriving) == (count, count)


def test_migration_without_a_destination_counts_only_at_its_source():
    row = rows([ComputeHost("a")], [], [migration("a", None, "accepted")])["a"]
    assert (row.leaving, row.arriving) == (1, 0)


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
    ids=["quarter", "overcommitted", "unused", "nothing there", "unknown", "used unknown"],
)
def test_percent_is_the_share_of_the_physical_resources(usage, percent):
    assert usage.percent == percent


NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(1, (1, 0)), (23, (1, 0)), (25, (0, 1)), (24 * 90, (0, 1))],
    ids=["an hour", "almost a day", "over a day", "three months"],
)
def test_open_record_unchanged_for_a_day_is_counted_separately(hours, expected):
    record = SimpleNamespace(
        source="a", destination=None, status="pre-migrating", changed_at=NOW - timedelta(hours=hours)
    )
    row = rows([ComputeHost("a", updated_at=NOW), ComputeHost("b")], [], [record])["a"]
    assert (row.leaving, row.unchanged) == expected


def test_host_in_a_cell_that_is_down_is_neither_enabled_nor_disabled():
    row = rows([ComputeHost("a", up=False, enabled=False, cell_down=True)])["a"]
    assert row.scheduling == ""


def test_evacuated_instances_are_counted_at_their_source():
    joined = host_rows([ComputeHost("a"), ComputeHost("b")], [], [], {"a": {"i"}})
    assert {row.name: row.evacuated for row in joined} == {"a": 1, "b": 0}
