# SPDX-License-Identifier: Apache-2.0
"""The filters and the order of the list of compute hosts, as parameters of the address."""

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.hosts.listing.filters import SORT_KEYS, STATES, HostFilter
from migration_panel.hosts.listing.forms import HostFilterForm
from migration_panel.hosts.listing.rows import HostRow
from migration_panel.hosts.listing.text import COLUMN_LABELS, STATE_LABELS


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


def host_filter(**parameters):
    """Return the filter that the parameters of an address select."""
    return HostFilterForm(parameters).host_filter()


def shown_names(**parameters):
    return [row.name for row in host_filter(**parameters).apply(ROWS)]


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
    ids=[
        "default",
        "host",
        "host descending",
        "state",
        "zone",
        "instances descending",
        "vcpus descending",
        "memory",
        "disk descending",
        "migrations descending",
        "unknown column",
        "unknown column descending",
        "two minus signs",
    ],
)
def test_hosts_are_sorted_by_the_column_then_by_name(sort, expected):
    assert shown_names(sort=sort) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"name": "node1"}, ["node1", "node10"]),
        ({"name": " NODE "}, ["node1", "node2", "Node3", "node10"]),
        ({"name": "node.*"}, []),
        ({"name": "n" * 256}, []),
        ({"zone": "az2"}, ["node2"]),
        ({"zone": "az"}, []),
        ({"zone": " az1"}, []),
        ({"state": "up"}, ["node1", "node10"]),
        ({"state": "down"}, ["node2"]),
        ({"state": "forced-down"}, ["Node3"]),
        ({"state": "unknown"}, ["lost"]),
        ({"state": "enabled"}, ["node2", "Node3", "node10"]),
        ({"state": "disabled"}, ["node1"]),
        ({"state": "rubbish"}, ["lost", "node1", "node2", "Node3", "node10"]),
        ({"zone": "az1", "state": "up", "name": "0"}, ["node10"]),
    ],
    ids=[
        "part of a name",
        "spaces and case",
        "no regular expression",
        "name too long",
        "zone",
        "part of a zone",
        "zone with a space",
        "up",
        "down",
        "forced down",
        "no service",
        "enabled",
        "disabled",
        "unknown state",
        "all three",
    ],
)
def test_hosts_are_filtered_by_name_zone_and_state(parameters, expected):
    assert shown_names(**parameters) == expected


def test_links_of_headings_keep_the_filters_and_reverse_the_order():
    by_memory = host_filter(name="node", zone="az1", sort="memory")
    assert by_memory.query("memory") == {"name": "node", "zone": "az1", "sort": "-memory"}
    assert by_memory.query("host") == {"name": "node", "zone": "az1", "sort": "host"}
    assert host_filter(**by_memory.query("memory")).query("memory")["sort"] == "memory"


@pytest.mark.parametrize(
    ("sort", "column", "direction"),
    [("memory", "memory", "ascending"), ("-memory", "memory", "descending"), ("memory", "host", "none")],
    ids=["ascending", "descending", "another column"],
)
def test_headings_have_the_direction_as_aria_sort(sort, column, direction):
    assert host_filter(sort=sort).aria_sort(column) == direction


@pytest.mark.parametrize("sort", ["memory", "-memory"])
def test_order_is_the_parameter_of_the_address(sort):
    assert host_filter(sort=sort).order == sort


def test_invalid_values_do_not_invalidate_the_other_filters():
    assert host_filter(name="node", state="rubbish", sort="rubbish") == HostFilter(name="node")


def test_every_column_and_state_has_a_label():
    assert COLUMN_LABELS.keys() == SORT_KEYS.keys()
    assert STATE_LABELS.keys() == set(STATES)


@pytest.mark.parametrize(
    "name",
    ["", "١٢", "²", "007", "a" * 255, "node-1.example.org", "1"],
    ids=["empty", "Arabic digits", "superscript", "leading zeros", "long", "domain name", "number"],
)
def test_unusual_names_can_be_sorted(name):
    rows = [HostRow(name, None), HostRow("node1", None), HostRow("1node", None)]
    assert len(HostFilter().apply(rows)) == 3
