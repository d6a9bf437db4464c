# SPDX-License-Identifier: Apache-2.0
"""Checks of devices and guarantees that tie a guest to its host, from flavor and ports.

Each function returns its finding, or None.  Sources of what Nova refuses at once, or later on the hosts, release 34:
nova/compute/api.py (decorators of ``live_migrate`` and ``resize``) and nova/conductor/tasks/live_migrate.py.  Below
microversion 2.98, Nova does not return the image's properties.
"""

from __future__ import annotations

import re

from oslo_utils.strutils import bool_from_string

from migration_panel.preflight.finding import ERROR, INFO, WARNING, Finding
from migration_panel.preflight.inputs import PreflightInput

VGPU = re.compile(r"resources[A-Za-z0-9_-]*:VGPU")
# Ports whose device is unplugged from the guest, and plugged in again on the other host.
PASSED_THROUGH = frozenset({"direct", "direct-physical", "macvtap", "virtio-forwarder", "smart-nic", "remote-managed"})
ACCELERATED = frozenset({"accelerator-direct", "accelerator-direct-physical"})


def pci(case: PreflightInput) -> Finding | None:
    alias = case.specs.get("pci_passthrough:alias")
    return Finding(WARNING, "pci", {"alias": alias}) if case.kind.live and alias else None


def vgpu(case: PreflightInput) -> Finding | None:
    has_vgpu = any(VGPU.fullmatch(name) and value != "0" for name, value in case.specs.items())
    return Finding(WARNING, "vgpu") if case.kind.live and has_vgpu else None


def vtpm(case: PreflightInput) -> Finding | None:
    if not case.kind.live or not case.specs.get("hw:tpm_version"):
        return None
    movable = case.specs.get("hw:tpm_secret_security") == "host"
    return Finding(WARNING if movable else ERROR, "vtpm")


def memory_encryption(case: PreflightInput) -> Finding | None:
    encrypted = bool_from_string(case.specs.get("hw:mem_encryption"))
    return Finding(ERROR, "memory-encryption") if case.kind.live and encrypted else None


def accelerator(case: PreflightInput) -> Finding | None:
    """Return a finding for an accelerator of the flavor: Nova refuses all types."""
    profile = case.specs.get("accel:device_profile")
    return Finding(ERROR, "accelerator", {"profile": profile}) if profile else None


def accelerator_port(case: PreflightInput) -> Finding | None:
    return Finding(ERROR, "accelerator-port") if ACCELERATED & set(case.ports or ()) else None


def pinned(case: PreflightInput) -> Finding | None:
    specs = case.specs
    pinned_to_host = (
        specs.get("hw:cpu_policy") in ("dedicated", "mixed")
        or "hw:numa_nodes" in specs
        or specs.get("hw:mem_page_size", "small") != "small"
    )
    return Finding(WARNING, "pinned") if case.kind.live and pinned_to_host else None


def persistent_memory(case: PreflightInput) -> Finding | None:
    return Finding(WARNING, "persistent-memory") if case.kind.live and case.specs.get("hw:pmem") else None


def sriov(case: PreflightInput) -> Finding | None:
    ports = sorted(PASSED_THROUGH & set(case.ports or ()))
    return Finding(WARNING, "sriov", {"ports": ", ".join(ports)}) if case.kind.live and ports else None


def vdpa(case: PreflightInput) -> Finding | None:
    return Finding(WARNING, "vdpa") if case.kind.live and "vdpa" in (case.ports or ()) else None


def specs_unknown(case: PreflightInput) -> Finding | None:
    unknown = case.server.extra_specs is None and case.server.status != "UNKNOWN"
    return Finding(INFO, "specs-untold") if case.kind.live and unknown else None


def ports_unknown(case: PreflightInput) -> Finding | None:
    return Finding(INFO, "ports-untold") if case.kind.live and "ports" in case.missing else None
