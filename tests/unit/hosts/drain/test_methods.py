# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import pytest

from migration_panel.hosts.drain.methods import move_method
from tests.support.host_records import ORDER, server, uuid_of
from tests.support.record_ids import record_id

WITH_DISKS = replace(ORDER, block=True)
WITH_COLD = replace(ORDER, cold=True)
OFF = {"vm_state": "stopped", "status": "SHUTOFF", "power_state": 4}
# On a volume, with disks on the host beside it.
EPHEMERAL = {"volume_backed": True, "root_gib": 10, "ephemeral_gib": 100, "disk_gib": 110}

WAYS = [
    ({}, ORDER, "live", ""),
    ({"vm_state": "paused", "status": "PAUSED"}, ORDER, "live", ""),
    ({}, WITH_DISKS, "live-block", ""),
    ({"volume_backed": True}, WITH_DISKS, "live", ""),
    ({"volume_backed": True, "ephemeral_gib": 100}, WITH_DISKS, "live-block", ""),
    ({"volume_backed": True, "swap_mib": 4096}, WITH_DISKS, "live-block", ""),
    (OFF | {"volume_backed": True, "ephemeral_gib": 100}, WITH_COLD, "cold-block", ""),
    (EPHEMERAL, WITH_DISKS, "live-block", ""),
    (OFF | EPHEMERAL, WITH_COLD, "cold-block", ""),
    (OFF, ORDER, None, "shut-off"),
    (OFF, WITH_COLD, "cold-block", ""),
    (OFF | {"volume_backed": True}, WITH_COLD, "cold", ""),
    ({"vm_state": "error"}, WITH_COLD, None, "error"),
    ({"vm_state": "suspended"}, WITH_COLD, None, "suspended"),
    ({"vm_state": "resized"}, WITH_COLD, None, "unconfirmed"),
    ({"vm_state": "rescued"}, WITH_COLD, None, "rescued"),
    ({"vm_state": "shelved"}, WITH_COLD, None, "shelved"),
    ({"vm_state": "building", "task_state": "spawning"}, WITH_COLD, None, "building"),
    ({"vm_state": "soft-delete"}, WITH_COLD, None, "deleted"),
    ({"vm_state": "hibernating"}, WITH_COLD, None, "state"),
    ({"task_state": "rebooting"}, WITH_COLD, None, "busy"),
    ({"locked": True}, WITH_COLD, None, "locked"),
    ({}, ORDER.excluding([uuid_of("web")]), None, "left-out"),
]


@pytest.mark.parametrize(("changes", "order", "kind", "obstacle"), WAYS, ids=record_id)
def test_method_depends_on_state_and_request(changes, order, kind, obstacle):
    method = move_method(server(**changes), order)
    assert (method.kind and method.kind.slug, method.obstacle) == (kind, obstacle)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"disk_gib": 124}, 124),
        ({"disk_gib": None}, None),
        ({"volume_backed": True, "disk_gib": 20, "root_gib": 20}, 0),
        ({"volume_backed": True, "disk_gib": 124, "root_gib": 20, "ephemeral_gib": 100, "swap_mib": 4096}, 104),
        ({"volume_backed": True, "disk_gib": 21, "root_gib": 20, "swap_mib": 1}, 1),
        ({"volume_backed": True, "disk_gib": None, "ephemeral_gib": None}, None),
    ],
    ids=record_id,
)
def test_local_disk_counts_ephemeral_disk_and_swap(changes, expected):
    assert server(**changes).local_gib == expected


@pytest.mark.parametrize(
    ("hypervisor_type", "obstacle"), [(None, ""), ("QEMU", ""), ("ironic", "driver"), ("zvm", "driver")]
)
def test_method_depends_on_the_driver_of_the_host(hypervisor_type, obstacle):
    assert move_method(server(), WITH_DISKS, hypervisor_type).obstacle == obstacle
