# SPDX-License-Identifier: Apache-2.0
"""Records of instances and migrations of a host, with the changes of a test."""

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from migration_panel.api.models import Migration, Server
from migration_panel.hosts.drain.request import DrainRequest

HOST = "compute-01"
START = datetime(2026, 11, 22, 14, 0, 5, tzinfo=timezone.utc)
# Shortly after the migrations of most tests.
NOW = START + timedelta(seconds=10)
REASON = "Drain started 2026-11-22 14:00:05 UTC by admin: kernel patch"
ORDER = DrainRequest(START, "admin", "kernel patch")


def uuid_of(name: str) -> str:
    """Return the UUID of the instance or service with a name."""
    return str(uuid5(NAMESPACE_DNS, name))


def server(name: str = "web", **changes: Any) -> Server:
    """Return an instance on the host."""
    fields: dict[str, Any] = {
        "status": "ACTIVE",
        "vm_state": "active",
        "power_state": 1,
        "host": HOST,
        "vcpus": 2,
        "memory_mib": 4096,
        "disk_gib": 10,
        "updated": "2026-11-22T14:00:05Z",
    }
    return Server(uuid_of(name), name, **(fields | changes))


def move(name: str = "web", status: str = "completed", *, at: float = 1, **changes: Any) -> Migration:
    """Return a migration from the host, created ``at`` seconds after the drain and changed a second later."""
    created = START + timedelta(seconds=at)
    fields: dict[str, Any] = {
        "uuid": uuid_of(f"{name}-{at}"),
        "id": 1000 + round(at * 10),
        "instance_id": uuid_of(name),
        "type": "live-migration",
        "status": status,
        "source": HOST,
        "destination": "compute-02",
        "created_at": created,
        "updated_at": created + timedelta(seconds=1),
    }
    return Migration(**(fields | changes))


def back(name: str = "web", status: str = "completed", *, at: float = 100, **changes: Any) -> Migration:
    """Return a migration back to the host."""
    return move(name, status, at=at, **({"source": "compute-02", "destination": HOST} | changes))
