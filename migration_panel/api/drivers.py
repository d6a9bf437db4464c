# SPDX-License-Identifier: Apache-2.0
"""What Nova's drivers can do with an instance, by the type of a host's hypervisor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Driver:
    """What a driver of Nova supports."""

    live: bool = True
    cold: bool = True
    evacuate: bool = True


# By ``hypervisor_type`` of ``/os-hypervisors/detail`` in lower case.  A type that is not listed supports everything.
# Nova's API accepts each of these requests; the driver refuses it only later, and the instance may end in Error.
DRIVERS = {
    # nova/virt/ironic/driver.py: supports_evacuate False, no live_migration, no migrate_disk_and_power_off.
    "ironic": Driver(live=False, cold=False, evacuate=False),
    # nova/virt/zvm/driver.py: the same; supports_evacuate is False in nova/virt/driver.py.
    "zvm": Driver(live=False, cold=False, evacuate=False),
    # doc/source/user/support-matrix.ini: operation.live-migrate of libvirt-lxc is missing.
    "lxc": Driver(live=False),
    # nova/virt/vmwareapi/host.py: the type is the product's name; driver.py: supports_evacuate False.
    "vmware vcenter server": Driver(evacuate=False),
}


def can_live_migrate(hypervisor_type: str | None) -> bool:
    """Return whether the driver can live-migrate; True for an unknown type."""
    return _driver(hypervisor_type).live


def can_cold_migrate(hypervisor_type: str | None) -> bool:
    """Return whether the driver can cold-migrate; True for an unknown type."""
    return _driver(hypervisor_type).cold


def can_evacuate(hypervisor_type: str | None) -> bool:
    """Return whether the driver can rebuild an instance on another host; True for an unknown type."""
    return _driver(hypervisor_type).evacuate


def _driver(hypervisor_type: str | None) -> Driver:
    return DRIVERS.get((hypervisor_type or "").lower(), Driver())
