# SPDX-License-Identifier: Apache-2.0
import pytest

from migration_panel.api.drivers import can_cold_migrate, can_evacuate, can_live_migrate


@pytest.mark.parametrize(
    ("hypervisor_type", "live", "cold", "evacuate"),
    [
        ("QEMU", True, True, True),
        ("fake", True, True, True),
        ("ironic", False, False, False),
        ("Ironic", False, False, False),
        ("zvm", False, False, False),
        ("LXC", False, True, True),
        ("VMware vCenter Server", True, True, False),
        ("a driver of somebody else", True, True, True),
        ("", True, True, True),
        (None, True, True, True),
    ],
)
def test_driver_supports_what_nova_says(hypervisor_type, live, cold, evacuate):
    found = can_live_migrate(hypervisor_type), can_cold_migrate(hypervisor_type), can_evacuate(hypervisor_type)
    assert found == (live, cold, evacuate)
