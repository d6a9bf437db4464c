# SPDX-License-Identifier: Apache-2.0
"""The texts of one compute host in the list."""

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.hosts.listing.rows import HostRow, Usage
from migration_panel.hosts.listing.text import (
    host_notes,
    host_reason_text,
    host_state_text,
    moving_text,
    shown_text,
    usage_bars,
)

DRAIN_REASON = "Drain started 2026-11-22 14:00:07 UTC by admin"


def row(reason=None, leaving=0, arriving=0, **figures):
    service = ComputeHost("a", enabled=reason is None, disabled_reason=reason)
    return HostRow("a", service, (Hypervisor(id="1", name="a", host="a", **figures),), leaving, arriving)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("bad fan", "bad fan"),
        ("", ""),
        (DRAIN_REASON, "Drain by admin since 2026-11-22 14:00:07 UTC"),
        (f"{DRAIN_REASON}: kernel: 6.12", "Drain by admin since 2026-11-22 14:00:07 UTC: kernel: 6.12"),
        (
            DRAIN_REASON.replace(" by", ", stopped, with local disks by"),
            "Drain by admin since 2026-11-22 14:00:07 UTC, stopped",
        ),
        (f"not {DRAIN_REASON}", f"not {DRAIN_REASON}"),
        (DRAIN_REASON.replace("11-22", "13-45"), DRAIN_REASON.replace("11-22", "13-45")),
    ],
    ids=["other reason", "empty", "drain", "drain with a note", "stopped drain", "other prefix", "invalid date"],
)
def test_reason_is_shortened_for_a_drain_and_unchanged_otherwise(reason, expected):
    assert host_reason_text(row(reason)) == expected


@pytest.mark.parametrize(("reason", "expected"), [(None, "Up"), ("bad fan", "Up, disabled"), ("", "Up, disabled")])
def test_state_includes_disabled(reason, expected):
    assert host_state_text(row(reason)) == expected


@pytest.mark.parametrize(
    ("leaving", "arriving", "expected"),
    [(0, 0, ""), (1, 0, "1 leaving"), (0, 2, "2 arriving"), (3, 1, "3 leaving, 1 arriving")],
    ids=["none", "leaving", "arriving", "both"],
)
def test_migrations_are_counted_by_direction(leaving, arriving, expected):
    assert moving_text(row(leaving=leaving, arriving=arriving)) == expected


def test_bars_without_figures_are_empty():
    assert usage_bars(row(vcpus=4, vcpus_used=5)) == [
        ("vCPU", 125, "5 of 4 (125 %, overcommitted)"),
        ("Memory", None, ""),
        ("Disk", None, ""),
    ]


def test_fully_used_host_is_not_overcommitted():
    assert Usage(4, 4).percent == 100
    assert usage_bars(row(vcpus=4, vcpus_used=4))[0].figures == "4 of 4"


@pytest.mark.parametrize(("shown", "total", "expected"), [(1, 1, "1 host"), (2, 2, "2 hosts"), (0, 2, "0 of 2 hosts")])
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
            "nova-compute disabled its own service",
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


def test_state_of_a_host_in_a_cell_that_is_down_is_unknown():
    row = HostRow("a", ComputeHost("a", up=False, enabled=False, cell_down=True))
    assert host_state_text(row) == "Unknown (cell unreachable)"


def test_migrations_unchanged_for_a_day_are_counted_separately():
    assert moving_text(HostRow("a", ComputeHost("a"), leaving=1, unchanged=2)) == "1 leaving, 2 unchanged for a day"
