# SPDX-License-Identifier: Apache-2.0
"""The form with 500 hosts: how much time the panel takes for itself, and how large it gets."""

import re
import time

from migration_panel.api.host_models import ComputeHost, Hypervisor
from migration_panel.api.models import Server
from migration_panel.api.placement_models import AllocationCandidates, RequestGroup, ResourceAmount, ResourceRequest
from migration_panel.migrate.widgets import host_options, select
from migration_panel.migration_types import LIVE
from migration_panel.preflight.inputs import PreflightInput

NUMBER = 500
NAMES = [f"compute-{each}" for each in range(1, NUMBER + 1)]


def case() -> PreflightInput:
    amounts = {"VCPU": ResourceAmount(128, 10), "MEMORY_MB": ResourceAmount(131072, 4096)}
    return PreflightInput(
        LIVE,
        Server("6c632c97-7c5c-4f9b-9bd6-2b5a3e8f3c11", "web", "ACTIVE", "active", host="compute-1"),
        hosts=tuple(ComputeHost(name, "az1") for name in NAMES),
        may_name_host=True,
        hypervisors=tuple(Hypervisor(name, name, name, "QEMU", 8002000) for name in NAMES),
        rooms=AllocationCandidates(dict.fromkeys(NAMES, amounts)),
        ask=ResourceRequest((RequestGroup(resources={"VCPU": 2, "MEMORY_MB": 4096}),)),
    )


def test_every_host_is_told_of_in_natural_order_with_its_room():
    html = select(host_options(case()), "", {"name": "destination"})
    assert re.findall(r'<option value="([^"]+)"', html) == [*NAMES[1:], NAMES[0]]
    assert html.count("data-vcpus-words") == NUMBER - 1
    assert len(html) < 400 * NUMBER


def test_own_time_is_well_within_the_budget():
    known = case()
    begun = time.process_time()
    select(host_options(known), "", {"name": "destination"})
    assert time.process_time() - begun < 0.2
