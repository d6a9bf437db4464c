# SPDX-License-Identifier: Apache-2.0
"""Checks of the instance: its state, its size and its disks.

Each function returns its finding, or None.
"""

from __future__ import annotations

from migration_panel.api.drivers import can_cold_migrate, can_live_migrate
from migration_panel.preflight.estimate import estimate
from migration_panel.preflight.finding import ERROR, INFO, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput

# Task states of a migration, cold or live (nova/compute/task_states.py).
MOVING_TASK_STATES = frozenset(
    {
        "migrating", "resize_prep", "resize_migrating", "resize_migrated", "resize_finish",
        "resize_confirming", "resize_reverting",
    }
)  # fmt: skip
# Power states that Nova's conductor accepts for a live migration (nova/compute/power_state.py).
POWER_RUNNING, POWER_PAUSED = 1, 3
POWER = {0: "NOSTATE", 1: "RUNNING", 3: "PAUSED", 4: "SHUTDOWN", 6: "CRASHED", 7: "SUSPENDED"}

# Longest time for copying the whole memory once without a warning, s.
MEMORY_COPY_LIMIT = 120


def cell_down(case: PreflightInput) -> Finding | None:
    """Return a finding if Nova reports no state for the instance or for its host's service."""
    unknown = not case.server.vm_state and case.server.status == "UNKNOWN"
    return Finding(ERROR, "cell-down") if unknown or (case.source and case.source.cell_down) else None


def unconfirmed(case: PreflightInput) -> Finding | None:
    return Finding(ERROR, "unconfirmed") if case.server.vm_state == "resized" else None


def vm_state(case: PreflightInput) -> Finding | None:
    state = case.server.vm_state
    if state in case.kind.vm_states or unconfirmed(case) or cell_down(case):
        return None
    return Finding(ERROR, "vm-state", {"state": state or case.server.status})


def moving(case: PreflightInput) -> Finding | None:
    return Finding(ERROR, "moving") if case.server.task_state in MOVING_TASK_STATES else None


def task_state(case: PreflightInput) -> Finding | None:
    task = case.server.task_state
    return Finding(ERROR, "task-state", {"task": task}) if task and task not in MOVING_TASK_STATES else None


def power_state(case: PreflightInput) -> Finding | None:
    """Return a finding for a guest that does not run: Nova accepts the request, and its conductor then refuses it."""
    power = case.server.power_state
    if (
        not case.kind.live
        or power in (None, POWER_RUNNING, POWER_PAUSED)
        or case.server.vm_state not in case.kind.vm_states
    ):
        return None
    return Finding(ERROR, "power-state", {"power": POWER.get(power, str(power))})


def locked(case: PreflightInput) -> Finding | None:
    if not case.server.locked:
        return None
    level = WARNING if case.may_override_lock else ERROR
    return Finding(level, "locked", {"reason": case.server.locked_reason or ""})


def source_down(case: PreflightInput) -> Finding | None:
    """Return a finding if the source is down.

    Not in a cell that is down: the state of the service is unknown then, and must not lead to an evacuation.
    """
    source = case.source
    if source is None or source.up or source.cell_down:
        return None
    return Finding(ERROR, "source-down", {"host": source.name})


def driver(case: PreflightInput) -> Finding | None:
    """Return a finding if the driver cannot migrate: Nova's API accepts the request, and the driver fails later."""
    can_migrate = can_live_migrate if case.kind.live else can_cold_migrate
    types = [node.type for node in case.nodes.get(case.server.host, ()) if node.type]
    refused = next((name for name in types if not can_migrate(name)), None)
    return Finding(ERROR, "driver", {"type": refused}) if refused else None


def evacuated_from(case: PreflightInput) -> Finding | None:
    """Return a finding if the scheduler may choose a host whose next restart deletes the instance."""
    if case.destination and case.kind.accepts_destination:
        return None
    usable = sorted(host.name for host in case.hosts or () if host.in_service and host.name != case.server.host)
    evacuated = case.evacuated or {}
    unsafe = next((host for host in usable if case.server.id in evacuated.get(host, ())), None)
    return Finding(WARNING, "evacuated-from", {"host": unsafe}) if unsafe else None


def evacuations_unknown(case: PreflightInput) -> Finding | None:
    why = case.missing.get("evacuated")
    return Finding(INFO, "evacuations-unknown", {"why": why}) if why and case.host_selectable else None


def source_disabled(case: PreflightInput) -> Finding | None:
    source = case.source
    if not source or not source.up or source.enabled:
        return None
    return Finding(INFO, "source-disabled", {"host": source.name, "reason": source.disabled_reason or ""})


def volume_backed(case: PreflightInput) -> Finding | None:
    return Finding(WARNING, "volume-backed") if case.kind.block and not case.has_local_disk else None


def local_disk(case: PreflightInput) -> Finding | None:
    needs_block = case.kind.live and not case.kind.block and case.has_local_disk
    return Finding(WARNING, "local-disk") if needs_block else None


def copied(case: PreflightInput) -> Finding | None:
    """Return a finding with what is copied, in GiB and MiB, and the estimated duration in seconds."""
    expected = estimate(case.kind, case.server, case.bandwidth)
    if expected is None:
        return None
    sizes = {"disk": expected.disk_gib, "memory": expected.memory_mib}
    return Finding(
        INFO, "copied", sizes | {"least": expected.least, "most": expected.most, "rate": round(case.bandwidth)}
    )


def size_unknown(case: PreflightInput) -> Finding | None:
    expected = estimate(case.kind, case.server, case.bandwidth)
    return Finding(INFO, "size-untold") if expected is None else None


def much_memory(case: PreflightInput) -> Finding | None:
    """Return a finding if the copy is long: memory that is written to meanwhile is copied again."""
    memory = case.server.memory_mib
    if not case.kind.live or memory is None or memory / case.bandwidth < MEMORY_COPY_LIMIT:
        return None
    facts = {"memory": memory, "rate": round(case.bandwidth), "seconds": round(memory / case.bandwidth)}
    return Finding(WARNING, "much-memory", facts)


def config_drive(case: PreflightInput) -> Finding | None:
    """Return a finding for a config drive: a small disk on the host, which Nova treats as a local disk."""
    return Finding(INFO, "config-drive") if case.kind.live and case.server.config_drive else None
