# SPDX-License-Identifier: Apache-2.0
"""Which hosts are shown and in which order, as the address says."""

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.hosts.listing.filters import SORTS, STATES, HostFilter
from migration_panel.hosts.listing.rows import HostRow
from migration_panel.hosts.listing.text import COLUMNS
from migration_panel.hosts.listing.text import STATES as STATE_WORDS


def host(name, *, zone=None, up=True, forced_down=False, **figures):
    service = ComputeHost(name, zone=zone, up=up, forced_down=forced_down)
    return HostRow(name, service, (Hypervisor(id=name, name=name, host=name, **figures),))


ROWS = (
    host("node10", zone="az1", running=3, vcpus=8, vcpus_used=8, memory_mib=100, memory_used_mib=10),
    host("node2", zone="az2", up=False, running=9, vcpus=8, vcpus_used=16, memory_mib=100, memory_used_mib=90),
    HostRow("node1", ComputeHost("node1", zone="az1", enabled=False), leaving=2),
    host("Node3", zone="az1", up=False, forced_down=True, running=0, disk_gib=10, disk_used_gib=5),
    HostRow("lost", None),
)


def names(**given):
    return [row.name for row in HostFilter.read(given).of(ROWS)]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["lost", "node1", "node2", "Node3", "node10"]),
        ("host", ["lost", "node1", "node2", "Node3", "node10"]),
        ("-host", ["node10", "Node3", "node2", "node1", "lost"]),
        ("state", ["node2", "Node3", "lost", "node1", "node10"]),
        ("zone", ["lost", "node1", "Node3", "node10", "node2"]),
        ("-instances", ["node2", "node10", "Node3", "lost", "node1"]),
        ("-vcpus", ["node2", "node10", "lost", "node1", "Node3"]),
        ("memory", ["lost", "node1", "Node3", "node10", "node2"]),
        ("-disk", ["Node3", "lost", "node1", "node2", "node10"]),
        ("-moving", ["node1", "lost", "node2", "Node3", "node10"]),
        ("rubbish", ["lost", "node1", "node2", "Node3", "node10"]),
        ("-rubbish", ["lost", "node1", "node2", "Node3", "node10"]),
        ("--host", ["lost", "node1", "node2", "Node3", "node10"]),
    ],
)
def test_sorts_as_asked_and_among_equals_by_name(sort, expected):
    assert names(sort=sort) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": "node1"}, ["node1", "node10"]),
        ({"name": " NODE "}, ["node1", "node2", "Node3", "node10"]),
        ({"name": "node.*"}, []),
        ({"zone": "az2"}, ["node2"]),
        ({"zone": "az"}, []),
        ({"state": "up"}, ["node1", "node10"]),
        ({"state": "down"}, ["node2"]),
        ({"state": "forced-down"}, ["Node3"]),
        ({"state": "unknown"}, ["lost"]),
        ({"state": "enabled"}, ["node2", "Node3", "node10"]),
        ({"state": "disabled"}, ["node1"]),
        ({"state": "rubbish"}, ["lost", "node1", "node2", "Node3", "node10"]),
        ({"zone": "az1", "state": "up", "name": "0"}, ["node10"]),
    ],
)
def test_filters_as_asked(given, expected):
    assert names(**given) == expected


def test_links_keep_the_filters_and_turn_the_order_round():
    choice = HostFilter.read({"name": "node", "zone": "az1", "sort": "memory"})
    assert choice.address("memory") == {"name": "node", "zone": "az1", "sort": "-memory"}
    assert choice.address("host") == {"name": "node", "zone": "az1", "sort": "host"}
    assert HostFilter.read(choice.address("memory")).address("memory")["sort"] == "memory"


@pytest.mark.parametrize(
    ("sort", "column", "direction"),
    [("memory", "memory", "ascending"), ("-memory", "memory", "descending"), ("memory", "host", "none")],
)
def test_direction_is_told_as_aria_has_it(sort, column, direction):
    assert HostFilter.read({"sort": sort}).direction(column) == direction


def test_every_column_and_state_has_its_text():
    assert COLUMNS.keys() == SORTS.keys()
    assert STATE_WORDS.keys() == set(STATES)


@pytest.mark.parametrize("name", ["", "١٢", "²", "007", "a" * 255, "node-1.example.org", "1"])
def test_strange_names_can_be_sorted(name):
    rows = [HostRow(name, None), HostRow("node1", None), HostRow("1node", None)]
    assert len(HostFilter().of(rows)) == 3
