# SPDX-License-Identifier: Apache-2.0
"""The texts of one compute host in the list."""

from dataclasses import replace

import pytest
from django.utils import timezone

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.api.placement_models import ResourceAmount
from migration_panel.hosts.listing.rows import HostRow, Usage
from migration_panel.hosts.listing.text import (
    host_notes,
    host_reason_text,
    host_state_text,
    limits_text,
    moving_texts,
    shown_text,
    usage_cells,
)

DRAIN_REASON = "Drain started 2026-11-22 14:00:07 UTC by admin"


def row(reason=None, leaving=0, arriving=0, **figures):
    service = ComputeHost("a", enabled=reason is None, disabled_reason=reason)
    return HostRow("a", service, (Hypervisor(id="1", name="a", host="a", **figures),), leaving, arriving)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("bad fan", "“bad fan”"),
        ("", ""),
        (DRAIN_REASON, "admin started a drain at 2026-11-22 14:00:07 UTC."),
        (
            f"{DRAIN_REASON}: kernel: 6.12",
            "admin started a drain at 2026-11-22 14:00:07 UTC. Reason: “kernel: 6.12”",
        ),
        (
            DRAIN_REASON.replace(" by", ", stopped, with local disks by"),
            "admin started a drain at 2026-11-22 14:00:07 UTC. The drain is stopped.",
        ),
        (
            DRAIN_REASON.replace(" by", ", stopped by") + ": patch",
            "admin started a drain at 2026-11-22 14:00:07 UTC. The drain is stopped. Reason: “patch”",
        ),
        (f"not {DRAIN_REASON}", f"“not {DRAIN_REASON}”"),
        (DRAIN_REASON.replace("11-22", "13-45"), f"“{DRAIN_REASON.replace('11-22', '13-45')}”"),
    ],
    ids=[
        "other reason",
        "empty",
        "drain",
        "drain with a note",
        "stopped drain",
        "stopped drain with a note",
        "other prefix",
        "invalid date",
    ],
)
def test_reason_is_a_sentence_for_a_drain_and_a_quotation_otherwise(reason, expected):
    with timezone.override("UTC"):
        assert host_reason_text(row(reason)) == expected


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ({}, "Up"),
        ({"enabled": False, "disabled_reason": "bad fan"}, "Up, disabled"),
        ({"enabled": False}, "Up, disabled"),
        ({"up": False}, "Down"),
        ({"up": False, "enabled": False}, "Down, disabled"),
        ({"up": False, "forced_down": True}, "Forced down"),
        ({"up": False, "forced_down": True, "enabled": False}, "Forced down, disabled"),
        ({"up": False, "enabled": False, "cell_down": True}, "Unknown (cell unreachable)"),
    ],
    ids=[
        "up",
        "disabled with a reason",
        "disabled",
        "down",
        "down and disabled",
        "forced down",
        "forced down and disabled",
        "cell down",
    ],
)
def test_each_pair_of_state_and_status_has_a_label(service, expected):
    assert host_state_text(HostRow("a", ComputeHost("a", **service))) == expected


@pytest.mark.parametrize(
    ("leaving", "arriving", "expected"),
    [(0, 0, []), (1, 0, ["1 leaving"]), (0, 2, ["2 arriving"]), (3, 1, ["3 leaving", "1 arriving"])],
    ids=["none", "leaving", "arriving", "both"],
)
def test_migrations_are_counted_by_direction(leaving, arriving, expected):
    assert moving_texts(row(leaving=leaving, arriving=arriving)) == expected


def figures(row):
    """Return the label, percentage and figures of each bar, for each resource."""
    return [[(bar.label, bar.percent, bar.figures) for bar in cell.bars] for cell in usage_cells(row)]


def test_resources_without_figures_have_no_bars():
    cells = usage_cells(row(vcpus=4, vcpus_used=5))
    assert [cell.label for cell in cells] == ["vCPU", "Memory (GiB)", "Disk (GiB)"]
    assert [cell.overcommit for cell in cells] == ["Overcommitted: 125 %", "", ""]
    assert figures(row(vcpus=4, vcpus_used=5)) == [[("Physical", 125, "5 of 4")], [], []]


def test_resources_are_compared_with_the_physical_amount_and_with_the_limit():
    amounts = {
        "VCPU": ResourceAmount(64, 16),
        "MEMORY_MB": ResourceAmount(130560, 53248),
        "DISK_GB": ResourceAmount(0, 0),
    }
    sizes = {"vcpus": 16, "vcpus_used": 14, "memory_mib": 131072, "memory_used_mib": 53760}
    host = replace(row(**sizes, disk_gib=2048, disk_used_gib=400), amounts={"1": amounts})
    assert figures(host) == [
        [("Physical", 88, "14 of 16"), ("Limit", 25, "16 of 64")],
        [("Physical", 41, "52.5 of 128"), ("Limit", 41, "52 of 127.5")],
        # The whole disk is reserved.
        [("Physical", 20, "400 of 2048"), ("Limit", 100, "0 of 0")],
    ]
    [physical, limit] = usage_cells(host)[0].bars
    assert physical.name == "Allocated vCPUs of a, compared with the physical CPUs"
    assert limit.name == "Allocated vCPUs of a, compared with the limit of the scheduler"


def test_limit_is_shown_alone_when_the_hypervisor_reports_no_figures():
    host = replace(row(), amounts={"1": {"VCPU": ResourceAmount(64, 16)}})
    assert figures(host) == [[("Limit", 25, "16 of 64")], [], []]


def test_fully_used_host_is_not_overcommitted():
    assert Usage(4, 4).percent == 100
    assert usage_cells(row(vcpus=4, vcpus_used=4))[0].overcommit == ""


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"known": True, "cut": False, "missing": False}, ""),
        ({"known": True, "cut": True, "missing": False}, ""),
        ({"known": False, "cut": False, "missing": True}, "The limits of the scheduler are unknown."),
        ({"known": True, "cut": True, "missing": True}, "Placement did not return the limits of all hosts."),
        ({"known": True, "cut": False, "missing": True}, "A limit is missing if the host has no free memory"),
    ],
    ids=["all", "all shown", "no answer", "answer cut", "full host"],
)
def test_missing_limits_have_a_reason(state, expected):
    assert limits_text(**state).startswith(expected)
    assert bool(limits_text(**state)) is bool(expected)


@pytest.mark.parametrize(
    ("shown", "total", "expected"), [(1, 1, "Hosts: 1 of 1"), (2, 2, "Hosts: 2 of 2"), (0, 2, "Hosts: 0 of 2")]
)
def test_count_shows_how_many_hosts_are_shown(shown, total, expected):
    assert shown_text(shown, total) == expected


def notes_text(service=None, nodes=(), **fields):
    """Return the notes of a host; ``service`` and ``nodes`` are fields of its service and of its hypervisors."""
    hypervisors = tuple(Hypervisor(host="a", **node) for node in nodes)
    return " ".join(host_notes(HostRow("a", ComputeHost("a", **(service or {})), hypervisors, **fields)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ""),
        ({"service": {"enabled": False, "disabled_reason": "bad fan"}}, ""),
        (
            {"service": {"enabled": False, "disabled_reason": "AUTO: Connection to libvirt lost: 1"}},
            "nova-compute on a disabled its own service",
        ),
        ({"evacuated": 1}, "since 1 instance was evacuated. The next restart deletes"),
        ({"evacuated": 2}, "since 2 instances were evacuated."),
        ({"nodes": [{"id": "1", "name": "y"}, {"id": "2", "name": "x"}]}, "several nodes for this service: x, y."),
        (
            {"nodes": [{"id": "1", "name": "x", "type": "ironic"}, {"id": "2", "name": "y", "type": "ironic"}]},
            "“ironic” can neither migrate nor evacuate instances.",
        ),
        ({"nodes": [{"id": "1", "name": "x", "type": "VMware vCenter Server"}]}, "cannot evacuate instances."),
        ({"nodes": [{"id": "1", "name": "x", "type": "QEMU"}]}, ""),
    ],
    ids=[
        "enabled",
        "disabled by a user",
        "disabled by nova-compute",
        "an instance evacuated",
        "two instances evacuated",
        "two nodes",
        "bare metal",
        "vCenter",
        "libvirt",
    ],
)
def test_notes_say_why_an_action_is_not_offered(fields, expected):
    notes = notes_text(**fields)
    assert expected in notes
    assert bool(notes) is bool(expected)


def test_migrations_unchanged_for_a_day_are_counted_separately():
    assert moving_texts(HostRow("a", ComputeHost("a"), leaving=1, unchanged=2)) == [
        "1 leaving",
        "2 unchanged for a day",
    ]
