# SPDX-License-Identifier: Apache-2.0
"""The table of all checks.  doc/checks.rst is made of it, with the sentences of finding_words.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from migration_panel.launch import choice_checks, device_checks, host_checks, state_checks, storage_checks
from migration_panel.launch.facts import Case
from migration_panel.launch.finding import ERROR, INFO, WARNING, Finding
from migration_panel.nova.host_records import ComputeHost

# The types a check is for: every one, or these.
ALL, LIVE, NO_BLOCK, BLOCK = "all", "live, live block", "live", "cold block, live block"
COLD = "cold, cold block"


@dataclass(frozen=True)
class Check:
    """Of the instance and the choice as a whole."""

    code: str
    levels: tuple[str, ...]
    kinds: str
    check: Callable[[Case], Finding | None]


@dataclass(frozen=True)
class HostCheck:
    """Of one host that may be the destination."""

    code: str
    levels: tuple[str, ...]
    kinds: str
    check: Callable[[Case, ComputeHost], Finding | None]


CHECKS = (
    Check("cell-down", (ERROR,), ALL, state_checks.cell_down),
    Check("unconfirmed", (ERROR,), ALL, state_checks.unconfirmed),
    Check("vm-state", (ERROR,), ALL, state_checks.vm_state),
    Check("moving", (ERROR,), ALL, state_checks.moving),
    Check("task-state", (ERROR,), ALL, state_checks.task_state),
    Check("power-state", (ERROR,), LIVE, state_checks.power_state),
    Check("locked", (ERROR, WARNING), ALL, state_checks.locked),
    Check("source-down", (ERROR,), ALL, state_checks.source_down),
    Check("source-disabled", (INFO,), ALL, state_checks.source_disabled),
    Check("volume-backed", (WARNING,), BLOCK, storage_checks.volume_backed),
    Check("local-disk", (WARNING,), NO_BLOCK, storage_checks.local_disk),
    Check("copied", (INFO,), ALL, storage_checks.copied),
    Check("size-untold", (INFO,), ALL, storage_checks.size_untold),
    Check("much-memory", (WARNING,), LIVE, storage_checks.much_memory),
    Check("config-drive", (INFO,), LIVE, storage_checks.config_drive),
    Check("pci", (WARNING,), LIVE, device_checks.pci),
    Check("vgpu", (WARNING,), LIVE, device_checks.vgpu),
    Check("vtpm", (ERROR, WARNING), LIVE, device_checks.vtpm),
    Check("memory-encryption", (ERROR,), LIVE, device_checks.memory_encryption),
    Check("accelerator", (ERROR,), ALL, device_checks.accelerator),
    Check("accelerator-port", (ERROR,), ALL, device_checks.accelerator_port),
    Check("pinned", (WARNING,), LIVE, device_checks.pinned),
    Check("persistent-memory", (WARNING,), LIVE, device_checks.persistent_memory),
    Check("sriov", (WARNING,), LIVE, device_checks.sriov),
    Check("vdpa", (WARNING,), LIVE, device_checks.vdpa),
    Check("specs-untold", (INFO,), LIVE, device_checks.specs_untold),
    Check("ports-untold", (INFO,), LIVE, device_checks.ports_untold),
    Check("room-of-hypervisors", (INFO, WARNING), LIVE, choice_checks.room_of_hypervisors),
    Check("room-unknown", (INFO, WARNING), LIVE, choice_checks.room_unknown),
    Check("room-cut", (INFO,), LIVE, choice_checks.room_cut),
    Check("rules-untold", (INFO,), LIVE, choice_checks.rules_untold),
)

# Of the field "destination" itself, whichever host it names.
CHOICE_CHECKS = (
    Check("destination-cold", (ERROR,), COLD, choice_checks.cold),
    Check("destination-role", (ERROR,), LIVE, choice_checks.role),
    Check("destination-name", (ERROR,), LIVE, choice_checks.name),
    Check("destination-unknown", (ERROR,), LIVE, choice_checks.unknown),
)

HOST_CHECKS = (
    HostCheck("destination-source", (ERROR,), LIVE, host_checks.is_source),
    HostCheck("destination-forced-down", (ERROR,), LIVE, host_checks.forced_down),
    HostCheck("destination-down", (ERROR,), LIVE, host_checks.down),
    HostCheck("destination-disabled", (ERROR,), LIVE, host_checks.disabled),
    HostCheck("destination-zone", (ERROR,), LIVE, host_checks.other_zone),
    HostCheck("destination-anti-affinity", (ERROR,), LIVE, host_checks.anti_affinity),
    HostCheck("destination-affinity", (ERROR,), LIVE, host_checks.affinity),
    HostCheck("destination-type", (ERROR,), LIVE, host_checks.other_type),
    HostCheck("destination-older", (ERROR,), LIVE, host_checks.older),
    HostCheck("destination-vcpus", (ERROR,), LIVE, host_checks.few_vcpus),
    HostCheck("destination-memory", (ERROR,), LIVE, host_checks.little_memory),
    HostCheck("destination-disk", (ERROR,), LIVE, host_checks.little_disk),
    HostCheck("destination-room", (ERROR,), LIVE, host_checks.no_room),
    HostCheck("destination-room-untold", (WARNING,), LIVE, host_checks.room_untold),
    HostCheck("destination-tight", (WARNING,), LIVE, host_checks.tight),
    HostCheck("destination-cpu", (INFO, WARNING), LIVE, host_checks.other_cpu),
)

# Of all hosts together; verdicts.py has the function.
NO_HOST = "no-host"
