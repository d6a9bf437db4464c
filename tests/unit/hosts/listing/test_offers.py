# SPDX-License-Identifier: Apache-2.0
import pytest

from migration_panel.hosts.listing.offers import fitting
from migration_panel.hosts.listing.rows import HostRow
from migration_panel.nova.host_records import ComputeHost
from tests.unit.hosts.cases import REASON


@pytest.mark.parametrize(
    ("service", "offered"),
    [
        ({}, {"drain"}),
        ({"enabled": False, "disabled_reason": REASON}, {"run", "return"}),
        ({"enabled": False, "disabled_reason": "bad fan"}, {"drain", "return"}),
        ({"enabled": False}, {"drain", "return"}),
        ({"up": False}, set()),
        ({"up": False, "enabled": False, "disabled_reason": REASON}, {"run"}),
    ],
)
def test_what_is_offered_by_the_service(service, offered):
    row = HostRow("compute-01", ComputeHost("compute-01", **service))
    assert set(fitting(row)) & {"drain", "run", "return"} == offered
