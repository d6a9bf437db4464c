# SPDX-License-Identifier: Apache-2.0
"""Devices and guarantees that tie a guest to its host, from flavor and ports: one function each.

Which Nova refuses at once and which only on the hosts: nova/compute/api.py (decorators of ``live_migrate`` and
``resize``) and nova/conductor/tasks/live_migrate.py, release 34.  What the image asks for is not told below 2.98.
"""

from __future__ import annotations

import re

from migration_panel.preflight.finding import ERROR, INFO, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput

VGPU = re.compile(r"resources[A-Za-z0-9_-]*:VGPU")
TRUE = frozenset({"1", "t", "true", "on", "y", "yes"})
# Ports whose device is taken from the guest and given back on the other host.
PASSED_THROUGH = frozenset({"direct", "direct-physical", "macvtap", "virtio-forwarder", "smart-nic", "remote-managed"})
ACCELERATED = frozenset({"accelerator-direct", "accelerator-direct-physical"})


def pci(case: PreflightInput) -> Finding | None:
    alias = case.specs.get("pci_passthrough:alias")
    return Finding(WARNING, "pci", {"alias": alias}) if case.kind.live and alias else None


def vgpu(case: PreflightInput) -> Finding | None:
    asked = any(VGPU.fullmatch(name) and value != "0" for name, value in case.specs.items())
    return Finding(WARNING, "vgpu") if case.kind.live and asked else None


def vtpm(case: PreflightInput) -> Finding | None:
    if not case.kind.live or not case.specs.get("hw:tpm_version"):
        return None
    movable = case.specs.get("hw:tpm_secret_security") == "host"
    return Finding(WARNING if movable else ERROR, "vtpm")


def memory_encryption(case: PreflightInput) -> Finding | None:
    asked = case.specs.get("hw:mem_encryption", "").strip().lower() in TRUE
    return Finding(ERROR, "memory-encryption") if case.kind.live and asked else None


def accelerator(case: PreflightInput) -> Finding | None:
    """Refused for all types."""
    profile = case.specs.get("accel:device_profile")
    return Finding(ERROR, "accelerator", {"profile": profile}) if profile else None


def accelerator_port(case: PreflightInput) -> Finding | None:
    return Finding(ERROR, "accelerator-port") if ACCELERATED & set(case.ports or ()) else None


def pinned(case: PreflightInput) -> Finding | None:
    specs = case.specs
    asked = (
        specs.get("hw:cpu_policy") in ("dedicated", "mixed")
        or "hw:numa_nodes" in specs
        or specs.get("hw:mem_page_size", "small") != "small"
    )
    return Finding(WARNING, "pinned") if case.kind.live and asked else None


def persistent_memory(case: PreflightInput) -> Finding | None:
    return Finding(WARNING, "persistent-memory") if case.kind.live and case.specs.get("hw:pmem") else None


def sriov(case: PreflightInput) -> Finding | None:
    found = sorted(PASSED_THROUGH & set(case.ports or ()))
    return Finding(WARNING, "sriov", {"ports": ", ".join(found)}) if case.kind.live and found else None


def vdpa(case: PreflightInput) -> Finding | None:
    return Finding(WARNING, "vdpa") if case.kind.live and "vdpa" in (case.ports or ()) else None


def specs_untold(case: PreflightInput) -> Finding | None:
    untold = case.server.extra_specs is None and case.server.status != "UNKNOWN"
    return Finding(INFO, "specs-untold") if case.kind.live and untold else None


def ports_untold(case: PreflightInput) -> Finding | None:
    return Finding(INFO, "ports-untold") if case.kind.live and "ports" in case.missing else None
