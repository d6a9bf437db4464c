# SPDX-License-Identifier: Apache-2.0
"""What the list of hosts says of one."""

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.hosts.listing.rows import HostRow, Usage
from migration_panel.hosts.listing.text import (
    host_notes,
    host_reason_text,
    host_state_text,
    moving_text,
    shown_text,
    usages,
)

OURS = "Drain started 2026-11-22 14:00:07 UTC by admin"


def row(reason=None, leaving=0, arriving=0, **figures):
    service = ComputeHost("a", enabled=reason is None, disabled_reason=reason)
    return HostRow("a", service, (Hypervisor(id="1", name="a", host="a", **figures),), leaving, arriving)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("bad fan", "bad fan"),
        ("", ""),
        (OURS, "Drain by admin since 2026-11-22 14:00:07 UTC"),
        (f"{OURS}: kernel: 6.12", "Drain by admin since 2026-11-22 14:00:07 UTC: kernel: 6.12"),
        (
            OURS.replace(" by", ", stopped, with local disks by"),
            "Drain by admin, stopped, since 2026-11-22 14:00:07 UTC",
        ),
        (f"not {OURS}", f"not {OURS}"),
        (OURS.replace("11-22", "13-45"), OURS.replace("11-22", "13-45")),
    ],
)
def test_reason_of_our_own_is_told_in_short_and_others_as_written(reason, words):
    assert host_reason_text(row(reason)) == words


@pytest.mark.parametrize(("reason", "words"), [(None, "Up"), ("bad fan", "Up, disabled"), ("", "Up, disabled")])
def test_state_tells_whether_it_is_disabled(reason, words):
    assert host_state_text(row(reason)) == words


@pytest.mark.parametrize(
    ("leaving", "arriving", "words"),
    [(0, 0, ""), (1, 0, "1 leaving"), (0, 2, "2 arriving"), (3, 1, "3 leaving, 1 arriving")],
)
def test_what_moves_is_told_by_direction(leaving, arriving, words):
    assert moving_text(row(leaving=leaving, arriving=arriving)) == words


def test_bars_are_empty_where_nothing_is_told():
    assert [(bar["label"], bar["percent"], bar["figures"]) for bar in usages(row(vcpus=4, vcpus_used=5))] == [
        ("vCPU", 125, "5 of 4, 125 %: overcommitted"),
        ("Memory", None, ""),
        ("Disk", None, ""),
    ]


def test_full_is_not_overcommitted():
    assert Usage(4, 4).percent == 100
    assert usages(row(vcpus=4, vcpus_used=4))[0]["figures"] == "4 of 4"


@pytest.mark.parametrize(("shown", "total", "words"), [(1, 1, "1 host"), (2, 2, "2 hosts"), (0, 2, "0 of 2 hosts")])
def test_count_tells_how_many_are_shown(shown, total, words):
    assert shown_text(shown, total) == words


def noted(service=None, nodes=(), **given):
    state = ComputeHost("a", **(service or {}))
    return " ".join(host_notes(HostRow("a", state, tuple(Hypervisor(host="a", **one) for one in nodes), **given)))


@pytest.mark.parametrize(
    ("given", "words"),
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
)
def test_notes_say_why_something_is_not_offered(given, words):
    found = noted(**given)
    assert words in found
    assert bool(found) is bool(words)


def test_cell_that_is_down_is_shown_instead_of_down_and_disabled():
    row = HostRow("a", ComputeHost("a", up=False, enabled=False, cell_down=True))
    assert host_state_text(row) == "Unknown (cell unreachable)"


def test_unchanged_records_are_counted_separately():
    assert moving_text(HostRow("a", ComputeHost("a"), leaving=1, silent=2)) == "1 leaving, 2 unchanged for a day"
