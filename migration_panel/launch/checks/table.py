# SPDX-License-Identifier: Apache-2.0
"""The table of all checks.  doc/checks.rst is made of it, with what sentences.py says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from migration_panel.api.host_models import ComputeHost
from migration_panel.launch.case.facts import Case
from migration_panel.launch.checks import choice, devices, hosts, state, storage
from migration_panel.launch.checks.finding import ERROR, INFO, WARNING, Finding

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
    Check("cell-down", (ERROR,), ALL, state.cell_down),
    Check("unconfirmed", (ERROR,), ALL, state.unconfirmed),
    Check("vm-state", (ERROR,), ALL, state.vm_state),
    Check("moving", (ERROR,), ALL, state.moving),
    Check("task-state", (ERROR,), ALL, state.task_state),
    Check("power-state", (ERROR,), LIVE, state.power_state),
    Check("locked", (ERROR, WARNING), ALL, state.locked),
    Check("driver", (ERROR,), ALL, state.driver),
    Check("source-down", (ERROR,), ALL, state.source_down),
    Check("evacuated-from", (WARNING,), ALL, state.evacuated_from),
    Check("evacuations-unknown", (INFO,), LIVE, state.evacuations_unknown),
    Check("source-disabled", (INFO,), ALL, state.source_disabled),
    Check("volume-backed", (WARNING,), BLOCK, storage.volume_backed),
    Check("local-disk", (WARNING,), NO_BLOCK, storage.local_disk),
    Check("copied", (INFO,), ALL, storage.copied),
    Check("size-untold", (INFO,), ALL, storage.size_untold),
    Check("much-memory", (WARNING,), LIVE, storage.much_memory),
    Check("config-drive", (INFO,), LIVE, storage.config_drive),
    Check("pci", (WARNING,), LIVE, devices.pci),
    Check("vgpu", (WARNING,), LIVE, devices.vgpu),
    Check("vtpm", (ERROR, WARNING), LIVE, devices.vtpm),
    Check("memory-encryption", (ERROR,), LIVE, devices.memory_encryption),
    Check("accelerator", (ERROR,), ALL, devices.accelerator),
    Check("accelerator-port", (ERROR,), ALL, devices.accelerator_port),
    Check("pinned", (WARNING,), LIVE, devices.pinned),
    Check("persistent-memory", (WARNING,), LIVE, devices.persistent_memory),
    Check("sriov", (WARNING,), LIVE, devices.sriov),
    Check("vdpa", (WARNING,), LIVE, devices.vdpa),
    Check("specs-untold", (INFO,), LIVE, devices.specs_untold),
    Check("ports-untold", (INFO,), LIVE, devices.ports_untold),
    Check("room-of-hypervisors", (INFO, WARNING), LIVE, choice.room_of_hypervisors),
    Check("room-unknown", (INFO, WARNING), LIVE, choice.room_unknown),
    Check("room-cut", (INFO,), LIVE, choice.room_cut),
    Check("hypervisors-cut", (INFO,), LIVE, choice.hypervisors_cut),
    Check("rules-untold", (INFO,), LIVE, choice.rules_untold),
)

# Of the field "destination" itself, whichever host it names.
CHOICE_CHECKS = (
    Check("destination-cold", (ERROR,), COLD, choice.cold),
    Check("destination-role", (ERROR,), LIVE, choice.role),
    Check("destination-name", (ERROR,), LIVE, choice.name),
    Check("destination-unknown", (ERROR,), LIVE, choice.unknown),
)

HOST_CHECKS = (
    HostCheck("destination-source", (ERROR,), LIVE, hosts.is_source),
    HostCheck("destination-cell-down", (ERROR,), LIVE, hosts.unknown_state),
    HostCheck("destination-forced-down", (ERROR,), LIVE, hosts.forced_down),
    HostCheck("destination-down", (ERROR,), LIVE, hosts.down),
    HostCheck("destination-disabled", (ERROR,), LIVE, hosts.disabled),
    HostCheck("destination-evacuated", (ERROR,), LIVE, hosts.evacuated),
    HostCheck("destination-evacuated-itself", (ERROR,), LIVE, hosts.evacuated_itself),
    HostCheck("destination-zone", (ERROR,), LIVE, hosts.other_zone),
    HostCheck("destination-anti-affinity", (ERROR,), LIVE, hosts.anti_affinity),
    HostCheck("destination-affinity", (ERROR,), LIVE, hosts.affinity),
    HostCheck("destination-type", (ERROR,), LIVE, hosts.other_type),
    HostCheck("destination-older", (WARNING,), LIVE, hosts.older),
    HostCheck("destination-vcpus", (ERROR,), LIVE, hosts.few_vcpus),
    HostCheck("destination-memory", (ERROR,), LIVE, hosts.little_memory),
    HostCheck("destination-disk", (ERROR,), LIVE, hosts.little_disk),
    HostCheck("destination-room", (ERROR,), LIVE, hosts.no_room),
    HostCheck("destination-room-untold", (WARNING,), LIVE, hosts.room_untold),
    HostCheck("destination-tight", (WARNING,), LIVE, hosts.tight),
    HostCheck("destination-cpu", (INFO, WARNING), LIVE, hosts.other_cpu),
)

# Of all hosts together; launch/preflight.py has the function.
NO_HOST = "no-host"
