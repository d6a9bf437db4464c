# SPDX-License-Identifier: Apache-2.0
"""Failure reasons from recorded answers of Nova 34: events newest first, only with the values that the panel reads."""

from dataclasses import replace

import pytest

from migration_panel.api.models import InstanceAction, Migration
from migration_panel.board.failure import FailureReason, failure_reason
from tests.support.nova_answers import LISTED, action

FAILED = Migration.from_api(LISTED | {"status": "error"})
SUM = "No valid host was found. There are not enough hosts available."
NOT_SHARED = (
    "compute-01 is not on shared storage: Shared storage live-migration requires either shared storage or "
    "boot-from-volume with no local disks."
)
WRAPPED = f"Error while check_can_live_migrate_source from compute-01 to host controller: {NOT_SHARED}"
NO_CPU = "Migration pre-check error: CPU doesn't have compatibility."
DESTINATION, SOURCE = "compute_check_can_live_migrate_destination", "compute_check_can_live_migrate_source"

# Event, seconds of its start and of its end, result, host, details. Each host that is tried has rows of its own, but
# Nova finishes only the first event of a name.
RECORDED = {
    "refused by three hosts": [
        (SOURCE, 3.14, None, None, "compute-01", None),
        (DESTINATION, 3.05, None, None, "compute-04", None),
        (SOURCE, 2.83, None, None, "compute-01", None),
        (DESTINATION, 2.78, None, None, "compute-03", None),
        (SOURCE, 2.48, 3.17, "Error", "compute-01", NOT_SHARED),
        (DESTINATION, 2.42, 3.2, "Error", "compute-02", WRAPPED),
        ("conductor_live_migrate_instance", 2.04, 3.53, "Error", "controller", SUM),
    ],
    "refused before the source is asked": [
        (DESTINATION, 14.11, None, None, "compute-04", None),
        (DESTINATION, 13.59, 14.13, "Error", "compute-02", NO_CPU),
        ("conductor_live_migrate_instance", 13.18, 14.39, "Error", "controller", SUM),
    ],
    "refused by one, then failed in the copy": [
        ("compute_pre_live_migration", 4.52, 4.62, "Success", "compute-03", None),
        ("compute_live_migration", 4.47, 4.48, "Success", "compute-01", None),
        (SOURCE, 4.42, 4.43, "Success", "compute-01", None),
        (DESTINATION, 4.38, None, None, "compute-03", None),
        (DESTINATION, 4.05, 4.43, "Success", "compute-02", NO_CPU),
        ("conductor_live_migrate_instance", 3.82, 4.44, "Success", "controller", None),
    ],
    "failed in the copy and rolled back": [
        ("compute_rollback_live_migration_at_destination", 58.95, 59.26, "Success", "compute-02", None),
        ("compute_pre_live_migration", 56.76, 57.53, "Success", "compute-02", None),
        ("compute_live_migration", 56.56, 56.6, "Success", "compute-01", None),
        (SOURCE, 56.37, 56.42, "Success", "compute-01", None),
        (DESTINATION, 56.16, 56.45, "Success", "compute-02", None),
        ("conductor_live_migrate_instance", 55.31, 56.54, "Success", "controller", None),
    ],
    "cold, failed at its end": [
        ("compute_finish_resize", 18.31, 18.89, "Error", "compute-02", "Migration error: The image cannot be read"),
        ("compute_resize_instance", 16.75, 18.09, "Success", "compute-01", None),
        ("compute_prep_resize", 16.54, 16.71, "Success", "compute-02", None),
        ("cold_migrate", 16.1, 16.32, "Success", "controller", None),
        ("conductor_migrate_server", 16.09, 16.33, "Success", "controller", None),
    ],
}


def at(seconds: float | None) -> str | None:
    return None if seconds is None else f"2026-11-22T20:50:{seconds:09.6f}"


def read(name: str) -> InstanceAction:
    names = ("event", "start_time", "finish_time", "result", "host", "details")
    events = [
        dict(zip(names, (event, at(start), at(end), *rest), strict=True)) for event, start, end, *rest in RECORDED[name]
    ]
    return InstanceAction.from_api(action(*events)["instanceAction"])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("refused by three hosts", FailureReason("message", NOT_SHARED, "compute-01", refused=True)),
        ("refused before the source is asked", FailureReason("message", NO_CPU, "compute-02", refused=True)),
        ("refused by one, then failed in the copy", FailureReason("copying", host="compute-01")),
        ("failed in the copy and rolled back", FailureReason("copying", host="compute-01")),
        (
            "cold, failed at its end",
            FailureReason("message", "Migration error: The image cannot be read", "compute-02"),
        ),
    ],
    ids=["three hosts refused", "destination refused", "refused, then copied", "rolled back", "cold"],
)
def test_recorded_failure(name, reason):
    migration = replace(FAILED, type="migration") if name.startswith("cold") else FAILED
    assert failure_reason(migration, read(name), None) == reason
