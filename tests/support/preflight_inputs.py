# SPDX-License-Identifier: Apache-2.0
"""Input for the checks: an instance without problems on c1, and hosts that fit."""

from typing import Any

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.api.models import Server
from migration_panel.api.placement_models import AllocationCandidates, ResourceAmount
from migration_panel.migration_types import LIVE, Kind
from migration_panel.preflight.inputs import PreflightInput
from migration_panel.preflight.resource_request import build_resource_request

FEATURES = frozenset({"aes", "avx2"})


def server(**changes: Any) -> Server:
    """Return an instance that suits all types except block: its disk is on a volume."""
    defaults = {
        "id": "i", "name": "web", "status": "ACTIVE", "vm_state": "active", "power_state": 1, "host": "c1",
        "zone": "az1", "vcpus": 2, "memory_mib": 4096, "disk_gib": 10, "root_gib": 10, "ephemeral_gib": 0,
        "swap_mib": 0, "extra_specs": {}, "volume_backed": True, "group_ids": (), "pinned_zone_known": True,
    }  # fmt: skip
    return Server(**{**defaults, **changes})


def host(name: str, **changes: Any) -> ComputeHost:
    return ComputeHost(name, **{"zone": "az1", **changes})


def node(name: str, **changes: Any) -> Hypervisor:
    """Return a node with 32 CPUs and 128 GiB, a quarter of them used."""
    defaults = {
        "id": f"id-of-{name}", "name": name, "host": name, "type": "QEMU", "version": 8002000, "vcpus": 32,
        "vcpus_used": 8, "memory_mib": 131072, "memory_used_mib": 32768, "disk_gib": 2000, "disk_used_gib": 500,
        "running": 4, "cpu_vendor": "Intel", "cpu_model": "Cascadelake", "cpu_features": FEATURES,
    }  # fmt: skip
    return Hypervisor(**{**defaults, **changes})


def rooms(*names: str, cut: bool = False, **used: int) -> AllocationCandidates:
    """Return Placement's answer for these hosts, with an overcommit ratio of 4 for CPUs."""
    amounts = {
        "VCPU": ResourceAmount(128, used.get("VCPU", 8)),
        "MEMORY_MB": ResourceAmount(130560, used.get("MEMORY_MB", 32256)),
        "DISK_GB": ResourceAmount(2000, used.get("DISK_GB", 500)),
    }
    return AllocationCandidates({f"id-of-{name}": amounts for name in names}, cut)


def case(kind: Kind = LIVE, *, of: dict[str, Any] | None = None, **facts: Any) -> PreflightInput:
    """Return an administrator's case in which everything is known.  ``of``: changes of the instance."""
    instance = server(**(of or {}))
    defaults = {
        "hosts": (host("c1"), host("c2"), host("c3")),
        "hypervisors": (node("c1"), node("c2"), node("c3")),
        "candidates": rooms("c1", "c2", "c3"),
        "ports": ("normal",),
        "may_name_host": True,
        "resource_request": build_resource_request(instance),
    }
    return PreflightInput(kind, instance, **{**defaults, **facts})
