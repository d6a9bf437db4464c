# SPDX-License-Identifier: Apache-2.0
"""Migrations that a pre-check refuses after Nova has accepted the request."""

import pytest


@pytest.mark.parametrize(
    ("storage", "block", "words"),
    [
        (
            "local",
            False,
            (
                "compute-01 is not on shared storage: Shared storage live-migration requires either shared storage "
                "or boot-from-volume with no local disks."
            ),
        ),
        (
            "shared",
            True,
            "compute-01 is not on local storage: Block migration can not be used with shared storage.",
        ),
    ],
)
def test_type_that_does_not_suit_the_storage_is_refused(boot, storage, block, words):
    guest = boot("compute-01", sim_storage=storage)
    guest.migrate_live("compute-02", block=block)
    guest.reaches("error")
    guest.becomes("ACTIVE")
    assert guest.host == "compute-01"
    assert guest.record["dest_compute"] is None
    assert guest.events("live-migration")["compute_check_can_live_migrate_source"] == words


def test_migration_fails_if_the_destination_refuses(boot):
    guest = boot("compute-01", sim_refuse="CPU doesn't have compatibility.")
    guest.migrate_live("compute-02")
    guest.reaches("error")
    guest.becomes("ACTIVE")
    details = guest.events("live-migration")["compute_check_can_live_migrate_destination"]
    assert details == "Migration pre-check error: CPU doesn't have compatibility."


def test_migration_to_another_host_completes_if_only_one_host_refuses(boot):
    guest = boot("compute-01", with_network=True, sim_refuse_host="compute-02", sim_seconds="0")
    guest.migrate_live("compute-02")
    guest.reaches("error")
    guest.becomes("ACTIVE")
    guest.migrate_live("compute-03")
    guest.reaches("completed")
    assert guest.host == "compute-03"
