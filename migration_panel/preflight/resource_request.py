# SPDX-License-Identifier: Apache-2.0
"""What an instance needs of a host: the question that Nova's scheduler asks Placement.

As nova/scheduler/utils.py (ResourceRequest) and request_filter.py put it, as far as the instance's flavor tells.
What comes from the image's properties, from ports with a resource request and from aggregates is not in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from migration_panel.api.models import Server
from migration_panel.api.placement_models import RequestGroup, ResourceRequest

RESOURCE = re.compile(r"resources([A-Za-z0-9_-]{1,64})?:([A-Z0-9_]+)")
TRAIT = re.compile(r"trait([A-Za-z0-9_-]{1,64})?:([A-Z0-9_]+)")
TRUE = frozenset({"1", "t", "true", "on", "y", "yes"})

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

PART = re.compile(r"(\^?)(\d+)(?:-(\d+))?")


def ask_for(server: Server) -> ResourceRequest | None:
    """None where Nova tells too little of the flavor."""
    if server.vcpus is None or server.memory_mib is None or server.disk_gib is None:
        return None
    specs = server.extra_specs or {}
    resources = _resources(server, specs)
    traits = _traits(specs)
    suffixes = sorted({*resources, *traits})
    groups = (_group(suffix, resources.get(suffix, {}), traits.get(suffix, {})) for suffix in suffixes)
    return ResourceRequest(
        groups=tuple(group for group in groups if group.resources or group.required or group.forbidden),
        root_required=frozenset(_of_the_root(specs)),
        root_forbidden=frozenset({"COMPUTE_STATUS_DISABLED"}),
        policy=_policy(specs.get("group_policy", "")),
    )


def _group(suffix: str, resources: Mapping[str, int], traits: Mapping[str, str]) -> RequestGroup:
    return RequestGroup(
        suffix,
        {name: amount for name, amount in resources.items() if amount},
        frozenset(name for name, word in traits.items() if word == "required"),
        frozenset(name for name, word in traits.items() if word == "forbidden"),
    )


def _policy(told: str) -> str:
    return told if told in ("none", "isolate") else ""


def _resources(server: Server, specs: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Amounts by class and suffix.  What the flavor says itself counts where no extra spec overrides it."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for name, value in specs.items():
        if (match := RESOURCE.fullmatch(name)) and value.isdigit():
            found[match[1] or ""][match[2]] = int(value)
    found[""] |= _processors(server, specs)
    overridden = {name for group in found.values() for name in group}
    plain = {"MEMORY_MB": server.memory_mib or 0, "DISK_GB": server.local_gib or 0}
    if not overridden & {"VCPU", "PCPU"}:
        plain["VCPU"] = server.vcpus or 0
    found[""] |= {name: amount for name, amount in plain.items() if name not in overridden} | _special(specs)
    return found


def _processors(server: Server, specs: Mapping[str, str]) -> dict[str, int]:
    """Pinned ones are another resource."""
    count, policy = server.vcpus or 0, specs.get("hw:cpu_policy")
    if policy not in ("dedicated", "mixed"):
        return {}
    mask = specs.get("hw:cpu_dedicated_mask") or specs.get("hw:cpu_realtime_mask", "")
    pinned = count if policy == "dedicated" else len(cpus_of(mask, count))
    emulator = 1 if specs.get("hw:emulator_threads_policy") == "isolate" else 0
    shared = {"VCPU": count - pinned} if policy == "mixed" else {}
    return {"PCPU": pinned + emulator} | shared


def _special(specs: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    if _true(specs, "hw:mem_encryption"):
        found["MEM_ENCRYPTION_CONTEXT"] = 1
    for label in filter(None, map(str.strip, specs.get("hw:pmem", "").split(","))):
        found["CUSTOM_PMEM_NAMESPACE_" + re.sub(r"[^0-9A-Z]+", "_", label.upper())] += 1
    return dict(found)


def _traits(specs: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Required or forbidden ones by suffix."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for name, value in specs.items():
        if match := TRAIT.fullmatch(name):
            found[match[1] or ""][match[2]] = value
        if trait := TRAITS.get((name, value)):
            found[""][trait] = "required"
    if specs.get("hw:cpu_thread_policy") == "isolate":
        found[""]["HW_CPU_HYPERTHREADING"] = "forbidden"
    if _true(specs, "hw:mem_encryption"):
        found[""]["HW_CPU_X86_AMD_SEV"] = "required"
    return found


def _of_the_root(specs: Mapping[str, str]) -> Iterator[str]:
    if specs.get("accel:device_profile"):
        yield "COMPUTE_ACCELERATORS"
    if _true(specs, "hw:virtio_packed_ring"):
        yield "COMPUTE_NET_VIRTIO_PACKED"


def _true(specs: Mapping[str, str], name: str) -> bool:
    return specs.get(name, "").strip().lower() in TRUE


def cpus_of(mask: str, count: int) -> frozenset[int]:
    """Those of ``count`` that are meant; a mask that only excludes begins with all.  None if it cannot be read."""
    parts = [PART.fullmatch(part.strip()) for part in mask.split(",")]
    if not all(parts):
        return frozenset()
    meant = set(range(count)) if mask.strip().startswith("^") else set()
    for part in filter(None, parts):
        named = set(range(int(part[2]), min(int(part[3] or part[2]), count) + 1))
        meant = meant - named if part[1] else meant | named
    return frozenset(meant & set(range(count)))
