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
    """A nova-compute service: what live migration takes for a destination."""

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

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> ComputeHost:
        return cls(
            name=str(data["host"]),
            zone=data.get("zone"),
            up=data.get("state") == "up",
            enabled=data.get("status") == "enabled",
            disabled_reason=data.get("disabled_reason"),
            forced_down=bool(data.get("forced_down")),
            cell_down=data.get("state") is None or data.get("status") == "UNKNOWN",
            updated_at=parse_time(data.get("updated_at")),
        )

    @property
    def in_service(self) -> bool:
        """Return whether Nova's scheduler may choose the host."""
        return self.up and self.enabled and not self.forced_down


@dataclass(frozen=True)
class Hypervisor:
    """A compute node.  One service may have several (bare metal) or none as yet."""

    # From 2.53 on also the identity of its resource provider in Placement.
    id: str
    name: str
    # The service's, as a destination has it.
    host: str | None = None
    type: str | None = None
    version: int | None = None
    up: bool = True
    enabled: bool = True
    # Without overcommit; None from 2.88 on and where the hypervisor does not tell.
    vcpus: int | None = None
    vcpus_used: int | None = None
    memory_mib: int | None = None
    memory_used_mib: int | None = None
    disk_gib: int | None = None
    disk_used_gib: int | None = None
    # Instances.
    running: int | None = None
    cpu_vendor: str | None = None
    cpu_model: str | None = None
    cpu_features: frozenset[str] | None = None

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> Hypervisor:
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
        """By Placement's names of resources, but without overcommit; what is not told is left out."""
        told = {
            "VCPU": (self.vcpus, self.vcpus_used),
            "MEMORY_MB": (self.memory_mib, self.memory_used_mib),
            "DISK_GB": (self.disk_gib, self.disk_used_gib),
        }
        return {name: ResourceAmount(*pair) for name, pair in told.items() if None not in pair}


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _features(value: Any) -> frozenset[str] | None:
    """A list of names with libvirt; other hypervisors tell numbers or nothing."""
    return frozenset(map(str, value)) if isinstance(value, list) else None


@dataclass(frozen=True)
class Service:
    """A nova-compute service, as it is enabled and disabled."""

    id: str
    host: str
    zone: str | None = None
    up: bool = True
    enabled: bool = True
    disabled_reason: str | None = None
    # Whether Nova cannot reach the database of the service's cell: only the name of the service is known then.
    cell_down: bool = False

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> Service:
        return cls(
            # Missing in a cell that is down.
            id=str(data.get("id") or ""),
            host=str(data["host"]),
            zone=data.get("zone"),
            up=data.get("state") == "up",
            enabled=data.get("status") == "enabled",
            disabled_reason=data.get("disabled_reason"),
            cell_down=data.get("status") == "UNKNOWN" or "state" not in data,
        )


@dataclass(frozen=True)
class ServerGroup:
    """A server group."""

    id: str
    name: str
    # affinity, anti-affinity, or soft ones of these.
    policy: str
    members: tuple[str, ...] = ()
    # How many of them anti-affinity lets be together.
    most_per_host: int = 1
    project_id: str | None = None

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> ServerGroup:
        """Before 2.64 the policy is the only one of a list, and there are no rules."""
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
    return bool(reason) and reason.startswith(DISABLED_BY_NOVA)
