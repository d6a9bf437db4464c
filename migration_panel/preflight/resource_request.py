# SPDX-License-Identifier: Apache-2.0
"""The resources that an instance needs from a host, as Nova's scheduler requests them from Placement.

Built like nova/scheduler/utils.py (ResourceRequest) and request_filter.py, from the instance's flavor only.  Not
included: the image's properties, ports with a resource request, and aggregates.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from oslo_utils.strutils import bool_from_string

from migration_panel.api.models import Server
from migration_panel.api.placement_models import RequestGroup, ResourceRequest

RESOURCE = re.compile(r"resources([A-Za-z0-9_-]{1,64})?:([A-Z0-9_]+)")
TRAIT = re.compile(r"trait([A-Za-z0-9_-]{1,64})?:([A-Z0-9_]+)")

# Extra specs that Nova turns into traits, by name and value.
TRAITS = {
    ("hw:cpu_thread_policy", "require"): "HW_CPU_HYPERTHREADING",
    ("hw:tpm_version", "1.2"): "COMPUTE_SECURITY_TPM_1_2",
    ("hw:tpm_version", "2.0"): "COMPUTE_SECURITY_TPM_2_0",
    ("hw:maxphysaddr_mode", "passthrough"): "COMPUTE_ADDRESS_SPACE_PASSTHROUGH",
    ("hw:maxphysaddr_mode", "emulate"): "COMPUTE_ADDRESS_SPACE_EMULATED",
    ("hw:pci_numa_affinity_policy", "socket"): "COMPUTE_SOCKET_PCI_NUMA_AFFINITY",
    ("os:secure_boot", "required"): "COMPUTE_SECURITY_UEFI_SECURE_BOOT",
}

# A part of a CPU mask: a CPU or a range of CPUs; with a caret, the CPUs are excluded.
MASK_PART = re.compile(r"(\^?)(\d+)(?:-(\d+))?")


def build_resource_request(server: Server) -> ResourceRequest | None:
    """Return the request; None if Nova does not report the flavor's size."""
    if server.vcpus is None or server.memory_mib is None or server.disk_gib is None:
        return None
    specs = server.extra_specs or {}
    resources = _resources(server, specs)
    traits = _traits(specs)
    suffixes = sorted({*resources, *traits})
    groups = (_group(suffix, resources.get(suffix, {}), traits.get(suffix, {})) for suffix in suffixes)
    return ResourceRequest(
        groups=tuple(group for group in groups if group.resources or group.required or group.forbidden),
        root_required=frozenset(_root_traits(specs)),
        root_forbidden=frozenset({"COMPUTE_STATUS_DISABLED"}),
        policy=_policy(specs.get("group_policy", "")),
    )


def _group(suffix: str, resources: Mapping[str, int], traits: Mapping[str, str]) -> RequestGroup:
    return RequestGroup(
        suffix,
        {name: amount for name, amount in resources.items() if amount},
        frozenset(name for name, value in traits.items() if value == "required"),
        frozenset(name for name, value in traits.items() if value == "forbidden"),
    )


def _policy(value: str) -> str:
    return value if value in ("none", "isolate") else ""


def _resources(server: Server, specs: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Return the amounts by suffix and resource class.  An extra spec overrides the flavor's own amount."""
    amounts: dict[str, dict[str, int]] = defaultdict(dict)
    for name, value in specs.items():
        if (match := RESOURCE.fullmatch(name)) and value.isdigit():
            amounts[match[1] or ""][match[2]] = int(value)
    amounts[""] |= _pinned_cpus(server, specs)
    overridden = {name for group in amounts.values() for name in group}
    plain = {"MEMORY_MB": server.memory_mib or 0, "DISK_GB": server.local_gib or 0}
    if not overridden & {"VCPU", "PCPU"}:
        plain["VCPU"] = server.vcpus or 0
    amounts[""] |= {name: amount for name, amount in plain.items() if name not in overridden}
    amounts[""] |= _special_resources(specs)
    return amounts


def _pinned_cpus(server: Server, specs: Mapping[str, str]) -> dict[str, int]:
    """Return the amounts of CPUs for a flavor with pinned CPUs, which are another resource class; else nothing."""
    count, policy = server.vcpus or 0, specs.get("hw:cpu_policy")
    if policy not in ("dedicated", "mixed"):
        return {}
    mask = specs.get("hw:cpu_dedicated_mask") or specs.get("hw:cpu_realtime_mask", "")
    pinned = count if policy == "dedicated" else len(cpus_in_mask(mask, count))
    emulator = 1 if specs.get("hw:emulator_threads_policy") == "isolate" else 0
    shared = {"VCPU": count - pinned} if policy == "mixed" else {}
    return {"PCPU": pinned + emulator} | shared


def _special_resources(specs: Mapping[str, str]) -> dict[str, int]:
    amounts: dict[str, int] = defaultdict(int)
    if bool_from_string(specs.get("hw:mem_encryption")):
        amounts["MEM_ENCRYPTION_CONTEXT"] = 1
    for label in filter(None, map(str.strip, specs.get("hw:pmem", "").split(","))):
        amounts["CUSTOM_PMEM_NAMESPACE_" + re.sub(r"[^0-9A-Z]+", "_", label.upper())] += 1
    return dict(amounts)


def _traits(specs: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return by suffix which traits are required or forbidden."""
    traits: dict[str, dict[str, str]] = defaultdict(dict)
    for name, value in specs.items():
        if match := TRAIT.fullmatch(name):
            traits[match[1] or ""][match[2]] = value
        if trait := TRAITS.get((name, value)):
            traits[""][trait] = "required"
    if specs.get("hw:cpu_thread_policy") == "isolate":
        traits[""]["HW_CPU_HYPERTHREADING"] = "forbidden"
    if bool_from_string(specs.get("hw:mem_encryption")):
        traits[""]["HW_CPU_X86_AMD_SEV"] = "required"
    return traits


def _root_traits(specs: Mapping[str, str]) -> Iterator[str]:
    if specs.get("accel:device_profile"):
        yield "COMPUTE_ACCELERATORS"
    if bool_from_string(specs.get("hw:virtio_packed_ring")):
        yield "COMPUTE_NET_VIRTIO_PACKED"


def cpus_in_mask(mask: str, count: int) -> frozenset[int]:
    """Return which of ``count`` CPUs a mask selects; no CPU if the mask cannot be read.

    A mask that starts with an exclusion selects all other CPUs.
    """
    parts = [MASK_PART.fullmatch(part.strip()) for part in mask.split(",")]
    if not all(parts):
        return frozenset()
    selected = set(range(count)) if mask.strip().startswith("^") else set()
    for part in filter(None, parts):
        cpus = set(range(int(part[2]), min(int(part[3] or part[2]), count) + 1))
        selected = selected - cpus if part[1] else selected | cpus
    return frozenset(selected & set(range(count)))
