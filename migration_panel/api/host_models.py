# SPDX-License-Identifier: Apache-2.0
"""Records of compute hosts, their services and hypervisors, and of server groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from migration_panel.api.models import optional_int, parse_time
from migration_panel.api.placement_models import ResourceAmount

# nova/virt/libvirt/driver.py, DISABLE_PREFIX: nova-compute disables its service when libvirt is lost.  It enables the
# service again only while the reason still starts with this prefix (_set_host_enabled).
DISABLED_BY_NOVA = "AUTO: "


@dataclass(frozen=True)
class ComputeHost:
    """A compute host, as its nova-compute service reports it (``/os-services``)."""

    name: str
    zone: str | None = None
    up: bool = True
    enabled: bool = True
    disabled_reason: str | None = None
    forced_down: bool = False
    # Whether Nova reports no state, because it cannot reach the cell's database (2.69).
    cell_down: bool = False
    # Last report of nova-compute, or last change of the service by an administrator, by Nova's clock.
    updated_at: datetime | None = field(default=None, compare=False)
    # Of the service; empty in a cell that is down.
    service_id: str = field(default="", compare=False)

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> ComputeHost:
        """Return a record of ``/os-services``."""
        return cls(
            name=str(data["host"]),
            zone=data.get("zone"),
            up=data.get("state") == "up",
            enabled=data.get("status") == "enabled",
            disabled_reason=data.get("disabled_reason"),
            forced_down=bool(data.get("forced_down")),
            cell_down=data.get("state") is None or data.get("status") == "UNKNOWN",
            updated_at=parse_time(data.get("updated_at")),
            service_id=str(data.get("id") or ""),
        )

    @property
    def in_service(self) -> bool:
        """Return whether Nova's scheduler may choose the host."""
        return self.up and self.enabled and not self.forced_down


@dataclass(frozen=True)
class Hypervisor:
    """A compute node.  A service has several nodes for bare metal, and no node before its first report."""

    # Also the UUID of the node's resource provider in Placement.
    id: str
    name: str
    # Name of the compute host.
    host: str | None = None
    type: str | None = None
    version: int | None = None
    up: bool = True
    enabled: bool = True
    # Without overcommit; None from 2.88 on, and if the hypervisor reports no value.
    vcpus: int | None = None
    vcpus_used: int | None = None
    memory_mib: int | None = None
    memory_used_mib: int | None = None
    disk_gib: int | None = None
    disk_used_gib: int | None = None
    # Number of instances.
    running: int | None = None
    cpu_vendor: str | None = None
    cpu_model: str | None = None
    cpu_features: frozenset[str] | None = None

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> Hypervisor:
        """Return a record of ``/os-hypervisors/detail``."""
        service, cpu = data.get("service") or {}, data.get("cpu_info")
        cpu = cpu if isinstance(cpu, dict) else {}
        return cls(
            id=str(data["id"]),
            name=str(data["hypervisor_hostname"]),
            host=service.get("host"),
            type=data.get("hypervisor_type") or None,
            version=optional_int(data.get("hypervisor_version")),
            up=data.get("state") == "up",
            enabled=data.get("status") == "enabled",
            vcpus=optional_int(data.get("vcpus")),
            vcpus_used=optional_int(data.get("vcpus_used")),
            memory_mib=optional_int(data.get("memory_mb")),
            memory_used_mib=optional_int(data.get("memory_mb_used")),
            disk_gib=optional_int(data.get("local_gb")),
            disk_used_gib=optional_int(data.get("local_gb_used")),
            running=optional_int(data.get("running_vms")),
            cpu_vendor=_text(cpu.get("vendor")),
            cpu_model=_text(cpu.get("model")),
            cpu_features=_features(cpu.get("features")),
        )

    @property
    def bare_metal(self) -> bool:
        """Return whether the node is a whole machine; one service manages many of these."""
        return (self.type or "").lower() == "ironic"

    @property
    def amounts(self) -> dict[str, ResourceAmount]:
        """Return the known amounts by Placement's names of resources, without overcommit."""
        amounts = {
            "VCPU": (self.vcpus, self.vcpus_used),
            "MEMORY_MB": (self.memory_mib, self.memory_used_mib),
            "DISK_GB": (self.disk_gib, self.disk_used_gib),
        }
        return {
            name: ResourceAmount(capacity, used)
            for name, (capacity, used) in amounts.items()
            if capacity is not None and used is not None
        }


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _features(value: Any) -> frozenset[str] | None:
    """Return the names of CPU features: a list with libvirt; other hypervisors report numbers or nothing."""
    return frozenset(map(str, value)) if isinstance(value, list) else None


@dataclass(frozen=True)
class ServerGroup:
    """A server group."""

    id: str
    name: str
    # affinity, anti-affinity, soft-affinity or soft-anti-affinity.
    policy: str
    members: tuple[str, ...] = ()
    # Maximum number of members on a host with anti-affinity.
    most_per_host: int = 1
    project_id: str | None = None

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> ServerGroup:
        """Return a record of ``/os-server-groups``: before 2.64 it has a list with one policy, and no rules."""
        rules = data.get("rules") or {}
        return cls(
            id=str(data["id"]),
            name=str(data.get("name") or ""),
            policy=str(data.get("policy") or next(iter(data.get("policies") or ()), "")),
            members=tuple(map(str, data.get("members") or ())),
            most_per_host=int(rules.get("max_server_per_host", 1)),
            project_id=data.get("project_id"),
        )


def disabled_by_nova(reason: str | None) -> bool:
    """Return whether nova-compute disabled the service itself, because libvirt does not answer."""
    return reason is not None and reason.startswith(DISABLED_BY_NOVA)
