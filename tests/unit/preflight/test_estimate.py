# SPDX-License-Identifier: Apache-2.0
"""The estimated duration of a migration."""

import pytest

from migration_panel.api.models import Server
from migration_panel.migration_types import COLD, COLD_BLOCK, LIVE, LIVE_BLOCK
from migration_panel.preflight.estimate import Estimate, estimate
from tests.support.case_ids import case_id


def server(**changes) -> Server:
    return Server(**{"id": "i", "name": "web", "status": "ACTIVE", "memory_mib": 4096, "disk_gib": 10, **changes})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (COLD, Estimate(5, 30, 0, 0)),
        (LIVE, Estimate(46, 153, 0, 4096)),
        (COLD_BLOCK, Estimate(107, 132, 10, 0)),
        (LIVE_BLOCK, Estimate(148, 255, 10, 4096)),
    ],
    ids=case_id,
)
def test_estimate_depends_on_what_is_copied(kind, expected):
    assert estimate(kind, server(), 100.0) == expected


@pytest.mark.parametrize(
    ("kind", "expected"), [(COLD_BLOCK, Estimate(5, 30, 0, 0)), (LIVE_BLOCK, Estimate(46, 153, 0, 4096))], ids=case_id
)
def test_estimate_does_not_include_a_volume(kind, expected):
    assert estimate(kind, server(volume_backed=True), 100.0) == expected


def test_estimate_is_longer_for_a_slower_network():
    assert estimate(LIVE_BLOCK, server(), 10.0) == Estimate(1439, 2283, 10, 4096)


@pytest.mark.parametrize("kind", [COLD, LIVE, COLD_BLOCK, LIVE_BLOCK], ids=case_id)
@pytest.mark.parametrize("hidden", ["memory_mib", "disk_gib"])
def test_estimate_is_none_without_a_size(kind, hidden):
    assert estimate(kind, server(**{hidden: None}), 100.0) is None


def test_estimate_accepts_an_instance_without_disk():
    assert estimate(LIVE_BLOCK, server(disk_gib=0, memory_mib=0), 100.0) == Estimate(5, 30, 0, 0)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (COLD, Estimate(5, 30, 0, 0)),
        (LIVE, Estimate(46, 153, 0, 4096)),
        (COLD_BLOCK, Estimate(1070, 1095, 104, 0)),
        (LIVE_BLOCK, Estimate(1111, 1218, 104, 4096)),
    ],
    ids=case_id,
)
def test_ephemeral_disk_and_swap_of_an_instance_on_a_volume_are_copied(kind, expected):
    sizes = {"root_gib": 20, "ephemeral_gib": 100, "swap_mib": 4096, "disk_gib": 124}
    assert estimate(kind, server(volume_backed=True, **sizes), 100.0) == expected
