# SPDX-License-Identifier: Apache-2.0
"""The resource request equals Nova's: each case was compared with nova/scheduler/utils.py of release 34."""

import pytest

from migration_panel.api.models import Server
from migration_panel.preflight.resource_request import build_resource_request, cpus_in_mask
from tests.support.case_ids import case_id

PLAIN = {"resources": "DISK_GB:15,MEMORY_MB:4096,VCPU:4"}
ROOT = {"limit": "1000", "root_required": "!COMPUTE_STATUS_DISABLED"}


def server(specs=None, **changes) -> Server:
    """Return an instance with 4 CPUs, a root disk of 10 GiB, an ephemeral disk of 4 GiB and 512 MiB of swap."""
    sound = {"vcpus": 4, "memory_mib": 4096, "disk_gib": 15, "root_gib": 10, "ephemeral_gib": 4, "swap_mib": 512}
    return Server("i", "web", "ACTIVE", **{**sound, "extra_specs": specs or {}, **changes})


def query(instance: Server) -> dict[str, str]:
    asked = build_resource_request(instance).query((1, 36))
    assert ROOT.items() <= asked.items() | {"root_required": ROOT["root_required"]}.items()
    return {name: value for name, value in asked.items() if name != "limit" and value != ROOT["root_required"]}


@pytest.mark.parametrize(
    ("specs", "asked"),
    [
        ({}, PLAIN),
        ({"quota:cpu_shares": "5", "trait:": "required", "resources:lower": "1", "resources:VGPU": "many"}, PLAIN),
        ({"resources:VGPU": "1"}, {"resources": "DISK_GB:15,MEMORY_MB:4096,VCPU:4,VGPU:1"}),
        ({"resources:MEMORY_MB": "8192"}, {"resources": "DISK_GB:15,MEMORY_MB:8192,VCPU:4"}),
        ({"resources:DISK_GB": "0"}, {"resources": "MEMORY_MB:4096,VCPU:4"}),
        (
            {"resources:VCPU": "0", "resources:MEMORY_MB": "0", "resources:DISK_GB": "0", "resources:CUSTOM_X": "1"},
            {"resources": "CUSTOM_X:1"},
        ),
        (
            {"resources1:VGPU": "1", "trait1:CUSTOM_A": "required"},
            PLAIN | {"resources1": "VGPU:1", "required1": "CUSTOM_A"},
        ),
        (
            {"resources_a:VGPU": "1", "resources_b:VGPU": "1", "group_policy": "isolate"},
            PLAIN | {"resources_a": "VGPU:1", "resources_b": "VGPU:1", "group_policy": "isolate"},
        ),
        ({"group_policy": "together"}, PLAIN),
        (
            {"trait:HW_CPU_X86_AVX2": "required", "trait:CUSTOM_SLOW": "forbidden", "trait:CUSTOM_ODD": "maybe"},
            PLAIN | {"required": "HW_CPU_X86_AVX2,!CUSTOM_SLOW"},
        ),
        ({"hw:cpu_policy": "shared"}, PLAIN),
        ({"hw:cpu_policy": "dedicated"}, {"resources": "DISK_GB:15,MEMORY_MB:4096,PCPU:4"}),
        (
            {"hw:cpu_policy": "dedicated", "hw:emulator_threads_policy": "isolate"},
            {"resources": "DISK_GB:15,MEMORY_MB:4096,PCPU:5"},
        ),
        (
            {"hw:cpu_policy": "dedicated", "hw:cpu_thread_policy": "require"},
            {"resources": "DISK_GB:15,MEMORY_MB:4096,PCPU:4", "required": "HW_CPU_HYPERTHREADING"},
        ),
        (
            {"hw:cpu_policy": "dedicated", "hw:cpu_thread_policy": "isolate"},
            {"resources": "DISK_GB:15,MEMORY_MB:4096,PCPU:4", "required": "!HW_CPU_HYPERTHREADING"},
        ),
        (
            {"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "2-3"},
            {"resources": "DISK_GB:15,MEMORY_MB:4096,PCPU:2,VCPU:2"},
        ),
        (
            {"hw:cpu_policy": "mixed", "hw:cpu_dedicated_mask": "^0"},
            {"resources": "DISK_GB:15,MEMORY_MB:4096,PCPU:3,VCPU:1"},
        ),
        ({"resources:PCPU": "4"}, {"resources": "DISK_GB:15,MEMORY_MB:4096,PCPU:4"}),
        # Nova requests the model too, by a trait that an older Placement does not have and would refuse.
        ({"hw:tpm_version": "2.0", "hw:tpm_model": "tpm-crb"}, PLAIN | {"required": "COMPUTE_SECURITY_TPM_2_0"}),
        ({"os:secure_boot": "required"}, PLAIN | {"required": "COMPUTE_SECURITY_UEFI_SECURE_BOOT"}),
        ({"hw:maxphysaddr_mode": "emulate"}, PLAIN | {"required": "COMPUTE_ADDRESS_SPACE_EMULATED"}),
        ({"hw:pci_numa_affinity_policy": "socket"}, PLAIN | {"required": "COMPUTE_SOCKET_PCI_NUMA_AFFINITY"}),
        (
            {"hw:mem_encryption": "True"},
            {
                "resources": "DISK_GB:15,MEMORY_MB:4096,MEM_ENCRYPTION_CONTEXT:1,VCPU:4",
                "required": "HW_CPU_X86_AMD_SEV",
            },
        ),
        (
            {"hw:pmem": "6GB, my-x,6GB"},
            {"resources": "CUSTOM_PMEM_NAMESPACE_6GB:2,CUSTOM_PMEM_NAMESPACE_MY_X:1,DISK_GB:15,MEMORY_MB:4096,VCPU:4"},
        ),
    ],
    ids=range(24),
)
def test_extra_specs_are_requested_as_nova_does(specs, asked):
    assert query(server(specs)) == asked


@pytest.mark.parametrize(
    ("specs", "traits"),
    [
        ({"accel:device_profile": "fpga"}, "COMPUTE_ACCELERATORS,!COMPUTE_STATUS_DISABLED"),
        ({"hw:virtio_packed_ring": "true"}, "COMPUTE_NET_VIRTIO_PACKED,!COMPUTE_STATUS_DISABLED"),
        ({}, "!COMPUTE_STATUS_DISABLED"),
    ],
    ids=case_id,
)
def test_root_provider_must_be_enabled_and_have_traits(specs, traits):
    assert build_resource_request(server(specs)).query((1, 36))["root_required"] == traits


@pytest.mark.parametrize(
    ("changes", "resources"),
    [
        ({}, "DISK_GB:15,MEMORY_MB:4096,VCPU:4"),
        ({"volume_backed": True}, "DISK_GB:5,MEMORY_MB:4096,VCPU:4"),
        ({"volume_backed": True, "disk_gib": 10, "ephemeral_gib": 0, "swap_mib": 0}, "MEMORY_MB:4096,VCPU:4"),
        ({"disk_gib": 0, "root_gib": 0}, "MEMORY_MB:4096,VCPU:4"),
        ({"extra_specs": None}, "DISK_GB:15,MEMORY_MB:4096,VCPU:4"),
    ],
    ids=["local", "volume", "volume alone", "diskless", "specs hidden"],
)
def test_disk_on_the_host_is_requested(changes, resources):
    assert query(server(**changes)) == {"resources": resources}


@pytest.mark.parametrize("missing", ["vcpus", "memory_mib", "disk_gib"])
def test_request_is_none_without_the_flavors_size(missing):
    assert build_resource_request(server(**{missing: None})) is None


@pytest.mark.parametrize(
    ("mask", "meant"),
    [
        ("0", {0}),
        ("0-1,3", {0, 1, 3}),
        (" 0-3 , ^2 ", {0, 1, 3}),
        ("^0", {1, 2, 3}),
        ("^0-2", {3}),
        ("2-99999999999", {2, 3}),
        ("9", set()),
        ("", set()),
        ("a", set()),
        ("0,,1", set()),
    ],
    ids=case_id,
)
def test_cpus_in_mask_returns_the_selected_cpus(mask, meant):
    assert cpus_in_mask(mask, 4) == meant
