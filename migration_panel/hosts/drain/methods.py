# SPDX-License-Identifier: Apache-2.0
"""How an instance can be migrated away from its host, or why not."""

from __future__ import annotations

from dataclasses import dataclass

from migration_panel.api.drivers import can_live_migrate
from migration_panel.api.models import Server
from migration_panel.hosts.drain.request import DrainRequest
from migration_panel.migration_types import COLD, COLD_BLOCK, LIVE, LIVE_BLOCK, Kind

# Nova's vm_state -> our code, whose sentence is in text.py.
STATES = {
    "error": "error",
    "suspended": "suspended",
    "resized": "unconfirmed",
    "rescued": "rescued",
    "shelved": "shelved",
    "shelved_offloaded": "shelved",
    "building": "building",
    "deleted": "deleted",
    "soft-delete": "deleted",
}


@dataclass(frozen=True)
class MoveMethod:
    """The type of migration for an instance, or the code of the obstacle (text.py)."""

    kind: Kind | None = None
    obstacle: str = ""
    # A value in the sentence about the obstacle, for example the task of a busy instance.
    detail: str = ""


NO_METHOD = MoveMethod()


def move_method(server: Server, order: DrainRequest, hypervisor_type: str | None = None) -> MoveMethod:
    """Return the method for an instance, from its present state and from the request.

    ``hypervisor_type``: the host's.  A run does not need it: a drain never starts if the driver cannot migrate.
    """
    if not can_live_migrate(hypervisor_type):
        return MoveMethod(obstacle="driver", detail=hypervisor_type or "")
    if order.excludes(server.id):
        return MoveMethod(obstacle="left-out")
    if server.vm_state in STATES:
        return MoveMethod(obstacle=STATES[server.vm_state])
    if server.task_state:
        return MoveMethod(obstacle="busy", detail=server.task_state)
    # Nova ignores the lock for an administrator, but the user who locked the instance wants no changes to it.
    if server.locked:
        return MoveMethod(obstacle="locked", detail=server.locked_reason or "")
    if server.vm_state in LIVE.vm_states:
        return MoveMethod(LIVE_BLOCK if order.block and server.has_local_disk else LIVE)
    if server.vm_state == "stopped":
        cold = COLD_BLOCK if server.has_local_disk else COLD
        return MoveMethod(cold) if order.cold else MoveMethod(obstacle="shut-off")
    return MoveMethod(obstacle="state", detail=server.vm_state or server.status)
