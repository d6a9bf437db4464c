# SPDX-License-Identifier: Apache-2.0
"""What Nova reports about its hosts: a missing state is unknown."""

from datetime import datetime, timezone

import pytest

from migration_panel.api.host_models import ComputeHost, Hypervisor
from tests.support.nova_answers import HYPERVISOR, SERVICE


@pytest.mark.parametrize(
    ("record", "cell_down"),
    [
        (SERVICE, False),
        (SERVICE | {"state": "down"}, False),
        (SERVICE | {"status": "disabled"}, False),
        ({"binary": "nova-compute", "host": "h9", "status": "UNKNOWN"}, True),
        (SERVICE | {"status": "UNKNOWN"}, True),
        (SERVICE | {"state": None}, True),
    ],
    ids=["up", "down", "disabled", "name only", "unknown status", "no state"],
)
def test_service_of_a_cell_that_is_down_is_neither_up_nor_down(record, cell_down):
    host = ComputeHost.from_api(record)
    assert host.cell_down is cell_down
    assert not (host.cell_down and host.up and host.enabled)


@pytest.mark.parametrize(
    ("text", "time"),
    [(None, None), ("2026-11-22T12:00:00.000000", datetime(2026, 11, 22, 12, tzinfo=timezone.utc))],
    ids=["no report", "report"],
)
def test_last_report_of_a_host_is_in_utc(text, time):
    assert ComputeHost.from_api(SERVICE | {"updated_at": text}).updated_at == time


@pytest.mark.parametrize(("type", "bare_metal"), [("ironic", True), ("Ironic", True), ("QEMU", False), (None, False)])
def test_bare_metal_is_a_node_with_the_type_ironic(type, bare_metal):
    assert Hypervisor.from_api(HYPERVISOR | {"hypervisor_type": type}).bare_metal is bare_metal
