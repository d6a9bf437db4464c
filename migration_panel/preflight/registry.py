# SPDX-License-Identifier: Apache-2.0
"""The table of all checks.  doc/checks.rst is built from it and from the sentences of messages.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from migration_panel.api.host_models import ComputeHost
from migration_panel.preflight import destination_checks, device_checks, instance_checks
from migration_panel.preflight.finding import ERROR, INFO, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput

# The types that a check applies to.
ALL_KINDS, LIVE, NO_BLOCK, BLOCK = "all", "live, live block", "live", "cold block, live block"
COLD_KINDS = "cold, cold block"


@dataclass(frozen=True)
class Check:
    """A check of the instance, or of the whole choice."""

    code: str
    levels: tuple[str, ...]
    kinds: str
    check: Callable[[PreflightInput], Finding | None]


@dataclass(frozen=True)
class HostCheck:
    """A check of one host as destination."""

    code: str
    levels: tuple[str, ...]
    kinds: str
    check: Callable[[PreflightInput, ComputeHost], Finding | None]


CHECKS = (
    Check("cell-down", (ERROR,), ALL_KINDS, instance_checks.cell_down),
    Check("unconfirmed", (ERROR,), ALL_KINDS, instance_checks.unconfirmed),
    Check("vm-state", (ERROR,), ALL_KINDS, instance_checks.vm_state),
    Check("moving", (ERROR,), ALL_KINDS, instance_checks.moving),
    Check("task-state", (ERROR,), ALL_KINDS, instance_checks.task_state),
    Check("power-state", (ERROR,), LIVE, instance_checks.power_state),
    Check("locked", (ERROR, WARNING), ALL_KINDS, instance_checks.locked),
    Check("driver", (ERROR,), ALL_KINDS, instance_checks.driver),
    Check("source-down", (ERROR,), ALL_KINDS, instance_checks.source_down),
    Check("evacuated-from", (WARNING,), ALL_KINDS, instance_checks.evacuated_from),
    Check("evacuations-unknown", (INFO,), LIVE, instance_checks.evacuations_unknown),
    Check("source-disabled", (INFO,), ALL_KINDS, instance_checks.source_disabled),
    Check("volume-backed", (WARNING,), BLOCK, instance_checks.volume_backed),
    Check("local-disk", (WARNING,), NO_BLOCK, instance_checks.local_disk),
    Check("copied", (INFO,), ALL_KINDS, instance_checks.copied),
    Check("size-untold", (INFO,), ALL_KINDS, instance_checks.size_unknown),
    Check("much-memory", (WARNING,), LIVE, instance_checks.much_memory),
    Check("config-drive", (INFO,), LIVE, instance_checks.config_drive),
    Check("pci", (WARNING,), LIVE, device_checks.pci),
    Check("vgpu", (WARNING,), LIVE, device_checks.vgpu),
    Check("vtpm", (ERROR, WARNING), LIVE, device_checks.vtpm),
    Check("memory-encryption", (ERROR,), LIVE, device_checks.memory_encryption),
    Check("accelerator", (ERROR,), ALL_KINDS, device_checks.accelerator),
    Check("accelerator-port", (ERROR,), ALL_KINDS, device_checks.accelerator_port),
    Check("pinned", (WARNING,), LIVE, device_checks.pinned),
    Check("persistent-memory", (WARNING,), LIVE, device_checks.persistent_memory),
    Check("sriov", (WARNING,), LIVE, device_checks.sriov),
    Check("vdpa", (WARNING,), LIVE, device_checks.vdpa),
    Check("specs-untold", (INFO,), LIVE, device_checks.specs_unknown),
    Check("ports-untold", (INFO,), LIVE, device_checks.ports_unknown),
    Check("room-of-hypervisors", (INFO, WARNING), LIVE, destination_checks.capacity_of_hypervisors),
    Check("room-unknown", (INFO, WARNING), LIVE, destination_checks.all_capacity_unknown),
    Check("room-cut", (INFO,), LIVE, destination_checks.candidates_cut),
    Check("hypervisors-cut", (INFO,), LIVE, destination_checks.hypervisors_cut),
    Check("rules-untold", (INFO,), LIVE, destination_checks.rules_unknown),
)

# Checks of the field "destination", before the host itself is judged.
CHOICE_CHECKS = (
    Check("destination-cold", (ERROR,), COLD_KINDS, destination_checks.cold_with_host),
    Check("destination-role", (ERROR,), LIVE, destination_checks.not_allowed),
    Check("destination-name", (ERROR,), LIVE, destination_checks.invalid_name),
    Check("destination-unknown", (ERROR,), LIVE, destination_checks.unknown_name),
)

HOST_CHECKS = (
    HostCheck("destination-source", (ERROR,), LIVE, destination_checks.is_source),
    HostCheck("destination-cell-down", (ERROR,), LIVE, destination_checks.host_cell_down),
    HostCheck("destination-forced-down", (ERROR,), LIVE, destination_checks.forced_down),
    HostCheck("destination-down", (ERROR,), LIVE, destination_checks.down),
    HostCheck("destination-disabled", (ERROR,), LIVE, destination_checks.disabled),
    HostCheck("destination-evacuated", (ERROR,), LIVE, destination_checks.evacuated),
    HostCheck("destination-evacuated-itself", (ERROR,), LIVE, destination_checks.evacuated_itself),
    HostCheck("destination-zone", (ERROR,), LIVE, destination_checks.other_zone),
    HostCheck("destination-anti-affinity", (ERROR,), LIVE, destination_checks.anti_affinity),
    HostCheck("destination-affinity", (ERROR,), LIVE, destination_checks.affinity),
    HostCheck("destination-type", (ERROR,), LIVE, destination_checks.other_type),
    HostCheck("destination-older", (WARNING,), LIVE, destination_checks.older),
    HostCheck("destination-vcpus", (ERROR,), LIVE, destination_checks.too_few_vcpus),
    HostCheck("destination-memory", (ERROR,), LIVE, destination_checks.too_little_memory),
    HostCheck("destination-disk", (ERROR,), LIVE, destination_checks.too_little_disk),
    HostCheck("destination-room", (ERROR,), LIVE, destination_checks.not_offered),
    HostCheck("destination-room-untold", (WARNING,), LIVE, destination_checks.capacity_unknown),
    HostCheck("destination-tight", (WARNING,), LIVE, destination_checks.needs_overcommit),
    HostCheck("destination-cpu", (INFO, WARNING), LIVE, destination_checks.other_cpu),
)

# The code of the finding about all hosts together; assess.py has the function.
NO_HOST = "no-host"
