# SPDX-License-Identifier: Apache-2.0
"""Write what Nova would have written in years, through its own objects.

    python -m benchmarks.nova_objects STATE WHAT START END

Runs in the virtualenv of OpenStack's services, beside a running Nova with the same databases. WHAT is ``migrations``
(completed long ago), ``hosts`` (compute hosts like the first host) or ``instances`` (active instances like the first
instance and on its host, without guests). START and END number the records.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmarks.made import host_name, instance_name, instance_uuid, node_uuid
from devcloud.services import sqlite

# Older than all records that Nova wrote by itself.
LATEST = datetime(2020, 1, 1, tzinfo=timezone.utc)
# Other processes may write between two batches.
AT_ONCE = 500
NEW = ("id", "uuid", "created_at", "updated_at")


def _admin(etc: Path) -> object:
    """Return Nova's context of an admin, with configuration and objects loaded."""
    sqlite.wait_for_locks()
    sqlite.lock_at_begin()
    sys.argv = ["nova", "--config-file", str(etc / "nova.conf")]
    from nova import config, context, objects, rpc
    from nova.conf import CONF

    config.parse_args(sys.argv)
    rpc.init(CONF)
    objects.register_all()
    return context.get_admin_context()


def _same(pattern: object, but: tuple[str, ...] = NEW) -> dict[str, object]:
    """Return the values for another record like this record."""
    known = [name for name in pattern.fields if name not in but and pattern.obj_attr_is_set(name)]
    return {name: getattr(pattern, name) for name in known}


def _portions(numbers: range) -> Iterator[range]:
    return (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))


def migrations(admin: object, numbers: range) -> None:
    from nova.db.main.api import context_manager
    from nova.objects import Migration, MigrationList

    same = _same(MigrationList.get_by_filters(admin, {"status": "completed"}, limit=1)[0])
    for portion in _portions(numbers):
        with context_manager.writer.using(admin):
            for minutes in portion:
                moment = LATEST - timedelta(minutes=minutes)
                Migration(admin, **same, created_at=moment, updated_at=moment).create()


def hosts(admin: object, numbers: range) -> None:
    from nova.objects import CellMappingList, ComputeNode, ComputeNodeList, HostMapping, Service

    pattern = ComputeNodeList.get_all(admin)[0]
    node = _same(pattern, (*NEW, "host", "hypervisor_hostname", "service_id", "mapped"))
    service = _same(
        Service.get_by_id(admin, pattern.service_id), (*NEW, "host", "version", "compute_node", "availability_zone")
    )
    [cell] = [one for one in CellMappingList.get_all(admin) if not one.is_cell0()]
    for name in map(host_name, numbers):
        made = Service(admin, **service, host=name)
        made.create()
        ComputeNode(
            admin, **node, host=name, hypervisor_hostname=name, uuid=node_uuid(name), service_id=made.id, mapped=1
        ).create()
        HostMapping(admin, host=name, cell_mapping=cell).create()


def instances(admin: object, numbers: range) -> None:
    from nova.network.model import NetworkInfo
    from nova.objects import CellMappingList, Instance, InstanceInfoCache, InstanceList, InstanceMapping

    copied = ("user_id", "project_id", "image_ref", "vm_state", "power_state", "host", "node", "compute_id", "flavor")
    copied += ("memory_mb", "vcpus", "root_gb", "ephemeral_gb", "instance_type_id", "availability_zone", "launched_at")
    attributes = ["flavor", "metadata", "system_metadata"]
    pattern = InstanceList.get_by_filters(admin, {"deleted": False}, limit=1, expected_attrs=attributes)[0]
    same = {name: getattr(pattern, name) for name in (*copied, "system_metadata")}
    [cell] = [one for one in CellMappingList.get_all(admin) if not one.is_cell0()]
    for number in numbers:
        made = Instance(admin, **same, uuid=instance_uuid(number), display_name=instance_name(number), metadata={})
        # Nova cannot list an instance without this cache. An empty cache means that the instance has no addresses.
        made.info_cache = InstanceInfoCache(instance_uuid=made.uuid, network_info=NetworkInfo())
        made.create()
        owner = {"project_id": pattern.project_id, "user_id": pattern.user_id}
        InstanceMapping(admin, instance_uuid=made.uuid, cell_mapping=cell, **owner).create()


if __name__ == "__main__":
    state, what, start, end = sys.argv[1:]
    write = {"migrations": migrations, "hosts": hosts, "instances": instances}[what]
    write(_admin(Path(state) / "etc" / "nova"), range(int(start), int(end)))
