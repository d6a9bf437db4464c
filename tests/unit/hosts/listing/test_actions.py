# SPDX-License-Identifier: Apache-2.0
"""The actions that are possible on a compute host."""

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.hosts.listing.actions import possible_actions
from migration_panel.hosts.listing.rows import HostRow
from tests.support.host_records import REASON


@pytest.mark.parametrize(
    ("service", "offered"),
    [
        ({}, {"drain"}),
        ({"enabled": False, "disabled_reason": REASON}, {"run", "return"}),
        ({"enabled": False, "disabled_reason": "bad fan"}, {"drain", "return"}),
        ({"enabled": False}, {"drain", "return"}),
        ({"up": False}, set()),
        ({"up": False, "enabled": False, "disabled_reason": REASON}, {"run"}),
        # nova-compute disables its service when libvirt is lost, and enables it only while the reason stays.
        ({"enabled": False, "disabled_reason": "AUTO: Connection to libvirt lost: 1"}, set()),
        ({"up": False, "enabled": False, "cell_down": True}, set()),
    ],
    ids=[
        "up",
        "drain in progress",
        "disabled with a reason",
        "disabled",
        "down",
        "drain in progress and down",
        "disabled by nova-compute",
        "cell down",
    ],
)
def test_drain_and_return_depend_on_the_service(service, offered):
    row = HostRow("compute-01", ComputeHost("compute-01", **service))
    assert set(possible_actions(row)) & {"drain", "run", "return"} == offered


@pytest.mark.parametrize(
    ("service", "type", "offered"),
    [
        ({}, "QEMU", {"drain"}),
        ({}, "ironic", set()),
        ({}, "lxc", {"drain"}),
        ({}, None, {"drain"}),
        ({"enabled": False}, "ironic", set()),
        # A drain of an older version of the panel can be continued and undone.
        ({"enabled": False, "disabled_reason": REASON}, "ironic", {"run", "return"}),
        ({"up": False}, "QEMU", {"evacuate"}),
        ({"up": False}, None, {"evacuate"}),
        ({"up": False}, "ironic", set()),
        ({"up": False}, "VMware vCenter Server", set()),
        ({"up": False, "forced_down": True}, "ironic", set()),
        ({"up": False, "enabled": False, "cell_down": True}, "QEMU", set()),
    ],
    ids=[
        "libvirt",
        "bare metal",
        "lxc",
        "unknown type",
        "bare metal disabled",
        "bare metal with a drain in progress",
        "libvirt down",
        "unknown type down",
        "bare metal down",
        "vCenter down",
        "bare metal forced down",
        "cell down",
    ],
)
def test_actions_depend_on_the_driver(service, type, offered):
    node = Hypervisor(id="1", name="compute-01", host="compute-01", type=type)
    assert set(possible_actions(HostRow("compute-01", ComputeHost("compute-01", **service), (node, node)))) == offered
