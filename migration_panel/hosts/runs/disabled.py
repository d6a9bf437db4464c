# SPDX-License-Identifier: Apache-2.0
"""Who disabled a compute service, by the reason that Nova keeps with it."""

from __future__ import annotations

# nova/virt/libvirt/driver.py, DISABLE_PREFIX: nova-compute disables its service when libvirt is lost.  It enables the
# service again only while the reason still starts with this prefix (_set_host_enabled).
DISABLED_BY_NOVA = "AUTO: "


def disabled_by_nova(reason: str | None) -> bool:
    """Return whether nova-compute disabled the service itself, because libvirt does not answer."""
    return bool(reason) and reason.startswith(DISABLED_BY_NOVA)
