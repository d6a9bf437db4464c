# SPDX-License-Identifier: Apache-2.0
"""Nova's answers, as recorded from release 34 at 2.96, with the changes of a test."""

from copy import deepcopy
from datetime import datetime, timezone
from typing import Any
from uuid import NAMESPACE_DNS, UUID, uuid5

INSTANCE = "6c632c97-7c5c-4f9b-9bd6-2b5a3e8f3c11"
MIGRATION = "d2f1d0b4-5a39-4f6e-8a55-0c1c6c6f1a01"
MIB = 1024 * 1024

SERVER: dict[str, Any] = {
    "id": INSTANCE,
    "name": "web-03",
    "status": "ACTIVE",
    "tenant_id": "demo-id",
    "user_id": "alice-id",
    "image": {"id": "aa7bd1c8-2f2f-4a0b-8f0e-5b2c5f4a7d11"},
    "flavor": {
        "vcpus": 2, "ram": 4096, "disk": 10, "ephemeral": 0, "swap": 0,
        "original_name": "m1.medium", "extra_specs": {},
    },
    "addresses": {"private": [{"addr": "10.0.0.13", "version": 4, "OS-EXT-IPS:type": "fixed"}]},
    "OS-EXT-STS:vm_state": "active",
    "OS-EXT-STS:task_state": None,
    "OS-EXT-STS:power_state": 1,
    "OS-EXT-SRV-ATTR:host": "compute-01",
    "OS-EXT-AZ:availability_zone": "az1",
    "locked": False,
    "locked_reason": None,
    "config_drive": "",
    "created": "2026-11-20T08:00:00Z",
    "updated": "2026-11-20T08:00:10Z",
}  # fmt: skip

LISTED: dict[str, Any] = {
    "id": 42,
    "uuid": MIGRATION,
    "instance_uuid": INSTANCE,
    "migration_type": "live-migration",
    "status": "completed",
    "source_compute": "compute-01",
    "source_node": "compute-01",
    "dest_compute": "compute-02",
    "dest_node": "compute-02",
    "dest_host": "192.168.0.1",
    "old_instance_type_id": 3,
    "new_instance_type_id": 3,
    "user_id": "alice-id",
    "project_id": "admin-id",
    "created_at": "2026-11-22T12:00:00.000000",
    "updated_at": "2026-11-22T12:00:42.000000",
}

COPYING: dict[str, Any] = {
    "id": 42,
    "uuid": MIGRATION,
    "server_uuid": INSTANCE,
    "status": "running",
    "source_compute": "compute-01",
    "source_node": "compute-01",
    "dest_compute": "compute-02",
    "dest_node": "compute-02",
    "dest_host": "192.168.0.1",
    "memory_total_bytes": 4096 * MIB,
    "memory_processed_bytes": 1024 * MIB,
    "memory_remaining_bytes": 3072 * MIB,
    "disk_total_bytes": 0,
    "disk_processed_bytes": 0,
    "disk_remaining_bytes": 0,
    "user_id": "alice-id",
    "project_id": "admin-id",
    "created_at": "2026-11-22T12:00:00.000000",
    "updated_at": "2026-11-22T12:00:12.000000",
}

SERVICE: dict[str, Any] = {
    "id": "f2b3c6a0-3f0e-4a86-8f54-2d0d0b6c1e01",
    "binary": "nova-compute",
    "host": "compute-02",
    "zone": "az1",
    "status": "enabled",
    "state": "up",
    "disabled_reason": None,
    "forced_down": False,
    "updated_at": "2026-11-22T12:00:00.000000",
}

# At 2.87, the last version with capacities.
HYPERVISOR: dict[str, Any] = {
    "id": "5b0f7c5e-0000-4000-8000-000000000002",
    "hypervisor_hostname": "compute-02",
    "state": "up",
    "status": "enabled",
    "hypervisor_type": "QEMU",
    "hypervisor_version": 8002000,
    "host_ip": "192.0.2.2",
    "service": {"id": "f2b3c6a0-3f0e-4a86-8f54-2d0d0b6c1e01", "host": "compute-02", "disabled_reason": None},
    "vcpus": 32,
    "memory_mb": 131072,
    "local_gb": 2000,
    "vcpus_used": 14,
    "memory_mb_used": 53760,
    "local_gb_used": 400,
    "free_ram_mb": 77312,
    "free_disk_gb": 1600,
    "current_workload": 0,
    "running_vms": 7,
    "disk_available_least": 1500,
    "cpu_info": {
        "arch": "x86_64", "vendor": "Intel", "model": "Cascadelake-Server-noTSX",
        "topology": {"cells": 2, "sockets": 1, "cores": 8, "threads": 2}, "features": ["aes", "avx2", "vmx"],
    },
    "uptime": None,
}  # fmt: skip

REQUEST = "req-3f0c3a52-8f0b-4a4e-9d55-7f1c6b2d9e01"

# The request that led to LISTED.  The list of actions has no events; only administrators see details, host and
# traceback.
ACTION: dict[str, Any] = {
    "action": "live-migration",
    "instance_uuid": INSTANCE,
    "request_id": REQUEST,
    "user_id": "alice-id",
    "project_id": "admin-id",
    "start_time": "2026-11-22T11:59:59.000000",
    "message": "Error",
    "updated_at": "2026-11-22T12:00:42.000000",
}

EVENT: dict[str, Any] = {
    "event": "compute_check_can_live_migrate_source",
    "start_time": "2026-11-22T12:00:40.000000",
    "finish_time": "2026-11-22T12:00:41.000000",
    "result": "Error",
    "host": "compute-01",
    "hostId": "5b5d8e3a1e3c3a7b1c0f5f3c8a5e9f4d6b7c8d9e0f1a2b3c4d5e6f70",
    "details": "compute-01 is not on shared storage: Shared storage live-migration requires either shared storage or "
    "boot-from-volume with no local disks.",
    "traceback": "Traceback (most recent call last): …",
}


def server(**changes: Any) -> dict[str, Any]:
    return {"server": deepcopy(SERVER) | changes}


def listed(*migrations: dict[str, Any]) -> dict[str, Any]:
    """Return the list of all migrations; each argument has the changes of one record."""
    return {"migrations": [deepcopy(LISTED) | changes for changes in migrations]}


def failed_migrations(count: int, **changes: Any) -> dict[str, Any]:
    """Return the list of migrations that failed just now, each of another instance; all records get the changes."""
    now = f"{datetime.now(timezone.utc):%FT%T.000000}"
    record = {"status": "error", "created_at": now, "updated_at": now} | changes
    uuids = [str(UUID(int=number)) for number in range(1, count + 1)]
    return listed(*(record | {"id": n, "uuid": uuid, "instance_uuid": uuid} for n, uuid in enumerate(uuids, 1)))


def live_progress(**changes: Any) -> dict[str, Any]:
    """Return the list of an instance's live migrations in progress, which has the numbers of bytes."""
    return {"migrations": [deepcopy(COPYING) | changes]}


def services(*hosts: dict[str, Any]) -> dict[str, Any]:
    """Return the list of services; each argument has the changes of one record."""
    return {"services": [deepcopy(SERVICE) | changes for changes in hosts]}


def hypervisors(*hosts: str | dict[str, Any]) -> dict[str, Any]:
    """Return the list of hypervisors.

    Each argument is a host, or the changes of one record with its ``host``.  The ID is derived from the host.
    """
    return {"hypervisors": [_hypervisor({"host": host} if isinstance(host, str) else host) for host in hosts]}


def _hypervisor(changes: dict[str, Any]) -> dict[str, Any]:
    rest = dict(changes)
    host = rest.pop("host")
    service = HYPERVISOR["service"] | {"host": host}
    return deepcopy(HYPERVISOR) | {"id": provider(host), "hypervisor_hostname": host, "service": service} | rest


def provider(host: str) -> str:
    """Return the UUID of a host's resource provider."""
    return str(uuid5(NAMESPACE_DNS, host))


def candidates(*hosts: str, **used: int) -> dict[str, Any]:
    """Return Placement's candidates at 1.36: each host has 32 CPUs at a ratio of 4, and 128 GiB of memory."""
    capacity = {"VCPU": 128, "MEMORY_MB": 130560, "DISK_GB": 2000}
    resources = {name: {"capacity": total, "used": used.get(name, 0)} for name, total in capacity.items()}
    return {
        "allocation_requests": [
            {"allocations": {provider(host): {"resources": {"VCPU": 2}}}, "mappings": {"": [provider(host)]}}
            for host in hosts
        ],
        "provider_summaries": {
            provider(host): {
                "resources": resources,
                "traits": ["COMPUTE_NODE", "HW_CPU_X86_AVX2"],
                "parent_provider_uuid": None,
                "root_provider_uuid": provider(host),
            }
            for host in hosts
        },
    }


def ports(*kinds: str) -> dict[str, Any]:
    """Return Neutron's list of an instance's ports, with the fields that the panel requests."""
    return {"ports": [{"id": f"port-{number}", "binding:vnic_type": kind} for number, kind in enumerate(kinds)]}


def actions(*requests: dict[str, Any]) -> dict[str, Any]:
    """Return the actions of an instance, newest first."""
    return {"instanceActions": [ACTION | changes for changes in requests]}


def action(*events: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return an action with its events, newest first."""
    return {"instanceAction": ACTION | changes | {"events": [EVENT | event for event in events]}}


def without_admin_fields(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an action as users see it who are not administrators."""
    hidden = ("details", "host", "traceback")
    events = [
        {name: value for name, value in event.items() if name not in hidden}
        for event in answer["instanceAction"]["events"]
    ]
    return {"instanceAction": answer["instanceAction"] | {"events": events}}


def fault(kind: str, code: int, message: str) -> dict[str, Any]:
    """Return the body of an error, such as ``fault("conflictingRequest", 409, "…")``."""
    return {kind: {"code": code, "message": message}}


SIX_HOSTS = (
    {"host": "compute-01"},
    {"host": "compute-02"},
    {"host": "compute-10", "zone": "az2"},
    {"host": "compute-05", "state": "down"},
    {"host": "compute-06", "status": "disabled", "disabled_reason": "bad fan"},
    {"host": "compute-03"},
)
