# SPDX-License-Identifier: Apache-2.0
"""Nova's records of instances, migrations and actions, immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from uuid import UUID

from migration_panel.clock import YEARS


@dataclass(frozen=True)
class Figures:
    """Progress of a live migration in bytes; None while Nova reports no value."""

    memory_total: int | None = None
    memory_remaining: int | None = None
    disk_total: int | None = None
    disk_remaining: int | None = None

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> Figures:
        """Return the progress in a record of ``/servers/{id}/migrations``."""
        return cls(*(optional_int(data.get(f"{name}_bytes")) for name in cls.__dataclass_fields__))


@dataclass(frozen=True)
class Migration:
    """A migration of any type."""

    uuid: str
    id: int
    instance_id: str
    # Nova's own words: live-migration, migration, resize, evacuation.
    type: str
    status: str
    source: str | None
    destination: str | None
    created_at: datetime | None
    updated_at: datetime | None
    figures: Figures | None = None
    # The user who requested the migration, from 2.80 on.
    user_id: str | None = None

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> Migration:
        """Return a record of ``/os-migrations``, or of ``/servers/{id}/migrations``: only live migrations."""
        live = "server_uuid" in data
        return cls(
            # Both become parts of addresses.
            uuid=str(UUID(data["uuid"])),
            id=int(data["id"]),
            instance_id=str(UUID(data["server_uuid"] if live else data["instance_uuid"])),
            type="live-migration" if live else str(data.get("migration_type") or "migration"),
            status=str(data.get("status") or ""),
            source=data.get("source_compute"),
            destination=data.get("dest_compute"),
            created_at=parse_time(data.get("created_at")),
            updated_at=parse_time(data.get("updated_at")),
            figures=Figures.from_api(data) if live else None,
            user_id=data.get("user_id"),
        )

    @property
    def changed_at(self) -> datetime | None:
        """Return when the record was last written: a new record has no ``updated_at`` yet."""
        return self.updated_at or self.created_at


@dataclass(frozen=True)
class Server:
    """An instance."""

    id: str
    # None in a cell that is down: Nova then knows little more than the ID.
    name: str | None
    status: str
    vm_state: str = ""
    task_state: str | None = None
    power_state: int | None = None
    project_id: str | None = None
    host: str | None = None
    # The hypervisor's own name; each bare metal machine has its own.
    node: str | None = None
    zone: str | None = None
    vcpus: int | None = None
    memory_mib: int | None = None
    # Root, ephemeral and swap together.
    disk_gib: int | None = None
    root_gib: int | None = None
    ephemeral_gib: int | None = None
    swap_mib: int | None = None
    # The name at the time of the last resize: the flavor may have been deleted since.
    flavor_name: str | None = None
    # None if policy hides the extra specs.
    extra_specs: Mapping[str, str] | None = field(default=None, hash=False)
    volume_backed: bool = False
    locked: bool = False
    locked_reason: str | None = None
    config_drive: bool = False
    addresses: tuple[str, ...] = ()
    updated: str = ""
    # The server group, from 2.71 on; the requested availability zone, from 2.96 on.
    group_ids: tuple[str, ...] | None = None
    pinned_zone: str | None = None
    pinned_zone_known: bool = False
    created: datetime | None = None

    @property
    def changed_at(self) -> datetime | None:
        """Return when Nova last changed the instance; None if ``updated`` is not a time."""
        try:
            return parse_time(self.updated)
        except ValueError:
            return None

    @property
    def local_gib(self) -> int | None:
        """Return the size of the disks on the host, with ephemeral disk and swap; None if the flavor is unknown."""
        if self.disk_gib is None or not self.volume_backed:
            return self.disk_gib
        return (self.ephemeral_gib or 0) + _in_gib(self.swap_mib)

    @property
    def has_local_disk(self) -> bool:
        """Return whether a disk is on the host.  A flavor may have 0 for a root disk with the size of the image."""
        return not self.volume_backed or bool(self.local_gib)

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> Server:
        """Return a record of ``/servers/detail`` or ``/servers/{id}``."""
        flavor = data.get("flavor") or {}
        return cls(
            # It becomes part of addresses.
            id=str(UUID(data["id"])),
            name=data.get("name"),
            status=str(data.get("status") or ""),
            vm_state=str(data.get("OS-EXT-STS:vm_state") or ""),
            task_state=data.get("OS-EXT-STS:task_state"),
            power_state=data.get("OS-EXT-STS:power_state"),
            project_id=data.get("tenant_id"),
            host=data.get("OS-EXT-SRV-ATTR:host"),
            node=data.get("OS-EXT-SRV-ATTR:hypervisor_hostname") or None,
            zone=data.get("OS-EXT-AZ:availability_zone") or None,
            vcpus=optional_int(flavor.get("vcpus")),
            memory_mib=optional_int(flavor.get("ram")),
            disk_gib=_disk(flavor),
            root_gib=optional_int(flavor.get("disk")),
            ephemeral_gib=_ephemeral(flavor),
            swap_mib=_swap(flavor),
            flavor_name=flavor.get("original_name"),
            extra_specs=flavor.get("extra_specs"),
            # Nova returns an empty image for an instance that boots from a volume.
            volume_backed=data.get("image") == "",
            locked=bool(data.get("locked")),
            locked_reason=data.get("locked_reason"),
            config_drive=bool(data.get("config_drive")),
            addresses=_addresses(data.get("addresses") or {}),
            updated=str(data.get("updated") or ""),
            group_ids=_texts(data.get("server_groups")),
            pinned_zone=data.get("pinned_availability_zone") or None,
            pinned_zone_known="pinned_availability_zone" in data,
            created=parse_time(data.get("created")),
        )


@dataclass(frozen=True)
class Event:
    """A step of an action.  ``details``: text of an error, for administrators only, from 2.84 on."""

    name: str
    result: str | None
    host: str | None
    details: str | None
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> Event:
        """Return an event of an action."""
        return cls(
            name=str(data["event"]),
            result=data.get("result"),
            host=data.get("host"),
            details=data.get("details"),
            started_at=parse_time(data.get("start_time")),
            finished_at=parse_time(data.get("finish_time")),
        )


@dataclass(frozen=True)
class InstanceAction:
    """A request to change an instance.  Nova returns events only with a single action, not in a list."""

    name: str
    request_id: str
    started_at: datetime | None
    user_id: str | None = None
    events: tuple[Event, ...] = ()

    @classmethod
    def from_api(cls, data: dict[str, Any]) -> InstanceAction:
        """Return a record of ``/servers/{id}/os-instance-actions``."""
        return cls(
            name=str(data["action"]),
            request_id=str(data["request_id"]),
            started_at=parse_time(data.get("start_time")),
            user_id=data.get("user_id"),
            events=tuple(Event.from_api(event) for event in data.get("events") or ()),
        )


def parse_time(text: str | None) -> datetime | None:
    """Return a time in Nova's format: UTC, with or without microseconds and a Z.  Raise ValueError.

    A year beyond YEARS counts as no time: programs write the first year in place of a missing time.
    """
    if not text:
        return None
    value = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if value.year not in YEARS:
        return None
    return value if value.tzinfo else value.replace(tzinfo=timezone.utc)


def optional_int(value: Any) -> int | None:
    """Return a number; None if Nova reports no value."""
    return None if value is None else int(value)


def _disk(flavor: dict[str, Any]) -> int | None:
    if "disk" not in flavor:
        return None
    return int(flavor["disk"]) + (_ephemeral(flavor) or 0) + _in_gib(_swap(flavor))


def _in_gib(mib: int | None) -> int:
    """Return the size in GiB, rounded up as Nova does for Placement."""
    return -(-(mib or 0) // 1024)


def _ephemeral(flavor: dict[str, Any]) -> int | None:
    if "disk" not in flavor:
        return None
    return int(flavor.get("OS-FLV-EXT-DATA:ephemeral", flavor.get("ephemeral")) or 0)


def _swap(flavor: dict[str, Any]) -> int | None:
    return int(flavor.get("swap") or 0) if "disk" in flavor else None


def _texts(values: list[Any] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(str(value) for value in values)


def _addresses(networks: dict[str, list[dict[str, Any]]]) -> tuple[str, ...]:
    return tuple(str(port["addr"]) for ports in networks.values() for port in ports if port.get("addr"))
