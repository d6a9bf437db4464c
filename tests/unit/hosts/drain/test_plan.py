# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import timedelta

import pytest

from migration_panel.hosts.drain.plan import plan_of
from migration_panel.preflight.estimate import outlasts
from migration_panel.preflight.fit import Fit, Lack
from tests.support.host_records import HOST, NOW, ORDER, server, uuid_of
from tests.support.record_ids import record_id

OFF = {"vm_state": "stopped", "status": "SHUTOFF"}


def test_entries_are_sorted_and_say_whether_they_go():
    plan = plan_of(HOST, ORDER, [server("c"), server("b", **OFF), server("a", vm_state="error")])
    assert [(entry.server.name, entry.migrates, entry.possible) for entry in plan.entries] == [
        ("a", False, False),
        ("b", False, True),
        ("c", True, True),
    ]
    assert ([entry.server.name for entry in plan.migrating], len(plan.staying)) == (["c"], 2)


@pytest.mark.parametrize(
    ("fit", "number"),
    [(None, 0), (Fit(), 0), (Fit({uuid_of("a"): Lack("room")}), 1)],
    ids=["unknown", "enough", "lacking"],
)
def test_plan_counts_instances_without_a_host(fit, number):
    plan = plan_of(HOST, ORDER, [server("a"), server("b")], fit=fit)
    assert (plan.fit, plan.unplaceable) == (fit, number)
    assert [entry.lack for entry in plan.entries] == [Lack("room") if number else None, None]


@pytest.mark.parametrize(
    ("servers", "order", "span"),
    [
        ([], ORDER, (0, 0)),
        # 4096 MiB at 100 MiB/s, up to three times, with 5 to 30 s besides.
        ([server("a")], ORDER, (46, 153)),
        ([server("a"), server("b")], ORDER, (92, 306)),
        # Cold migrations run beside live migrations, four at once.
        ([server(str(n), **OFF) for n in range(8)], replace(ORDER, cold=True), (107 * 8 // 4, 132 * 8 // 4)),
        ([server("a"), server("b", **OFF)], replace(ORDER, cold=True), (46, 153)),
        ([server("a", memory_mib=None)], ORDER, (None, None)),
    ],
    ids=record_id,
)
def test_duration_includes_live_migrations_in_sequence_and_cold_migrations_in_waves(servers, order, span):
    plan = plan_of(HOST, order, servers, bandwidth=100.0, wave=4)
    assert (plan.least, plan.most) == span


@pytest.mark.parametrize("hypervisor_type", ["ironic", "zvm", "LXC"])
def test_no_instance_leaves_a_host_whose_driver_cannot_live_migrate(hypervisor_type):
    order = replace(ORDER, cold=True)
    plan = plan_of(HOST, order, [server("a"), server("b", **OFF)], hypervisor_type=hypervisor_type)
    entries = [(entry.migrates, entry.possible, entry.method.obstacle, entry.method.detail) for entry in plan.entries]
    assert entries == [(False, False, "driver", hypervisor_type)] * 2
    assert not plan.movable


@pytest.mark.parametrize(
    ("most", "lasts", "expected"),
    [(600, 599, True), (600, 600, False), (600, -1, True), (None, 10, False), (600, None, False), (10**30, 10, True)],
)
def test_outlasts_compares_the_longest_duration_with_the_token(most, lasts, expected):
    expires = None if lasts is None else NOW + timedelta(seconds=lasts)
    assert outlasts(most, NOW, expires) is expected
