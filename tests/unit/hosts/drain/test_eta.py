# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import timedelta

import pytest

from migration_panel.hosts.drain.drain_state import drain_of
from migration_panel.hosts.drain.eta import remaining_time
from migration_panel.hosts.drain.return_state import return_of
from tests.support.host_records import HOST, ORDER, START, back, move, server
from tests.support.record_ids import record_id

BUSY = {"task_state": "migrating"}
LATER = START + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("order", "here", "migrations", "span"),
    [
        # Nothing is left to be done.
        (ORDER, [], [], None),
        (ORDER, [], [move("a"), move("b")], None),
        (ORDER, [server(vm_state="error")], [], None),
        # By the amount of data: 4096 MiB at 100 MiB/s.
        (ORDER, [server("a")], [], (46, 153)),
        (ORDER, [server("a", **BUSY)], [move("a", "queued")], (46, 153)),
        (replace(ORDER, block=True), [server("a", **BUSY)], [move("a", "queued")], (148, 255)),
        # By the pace: 60 s for two instances.
        (ORDER, [server("c")], [move("a"), move("b")], (22, 60)),
        (ORDER, [server("c"), server("d")], [move("a"), move("b")], (45, 120)),
        # Stopped.
        (replace(ORDER, stopped=True), [server("c")], [move("a"), move("b")], None),
    ],
    ids=record_id,
)
def test_remaining_time_is_estimated_by_pace_or_by_size(order, here, migrations, span):
    assert remaining_time(drain_of(HOST, order, here, migrations, now=LATER), LATER, 100.0, 4) == span


def test_pace_of_a_return_counts_only_its_own_migrations():
    """The drain was a year ago; two of three instances returned within the last minute."""
    now = START + timedelta(days=365)
    at = (now - START).total_seconds() - 60
    there = {instance.id: instance for instance in [server("c", host="compute-02")]}
    migrations = [move("a"), move("b"), move("c"), back("a", at=at), back("b", at=at + 20)]
    run = return_of(HOST, START, [server("a"), server("b")], migrations, there, now=now)
    assert remaining_time(run, now, 100.0, 4) == (22, 60)
