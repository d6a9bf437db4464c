# SPDX-License-Identifier: Apache-2.0
"""Live migrations that succeed."""

import time

from tests.support.embedded_cloud import eventually

MIB = 1024 * 1024
NULLS = (None,) * 6
ZEROS = (0,) * 6


def test_disk_is_copied_before_the_memory(boot, cloud):
    guest = boot("compute-01", with_network=True, sim_seconds="4")
    address = guest.port["fixed_ips"]

    with guest.recorded(cloud) as history:
        guest.migrate_live("compute-02")
        guest.reaches("completed")
    statuses, figures = history

    assert statuses[-3:] == ["preparing", "running", "completed"]
    assert figures[:2] == [NULLS, ZEROS]
    copying_disk = [each for each in figures[2:] if not each[0]]
    copying_memory = [each for each in figures[2:] if each[0]]
    assert copying_disk
    assert copying_memory
    assert figures[2:] == copying_disk + copying_memory
    assert all(each[:3] == (0, 0, 0) and 0 < each[5] < each[3] for each in copying_disk)
    assert all(each[5] == 0 and each[4] == each[3] >= 1024 * MIB for each in copying_memory)
    assert all(512 * MIB < each[0] < 520 * MIB and 0 <= each[2] <= each[0] for each in copying_memory)
    assert guest.host == "compute-02"
    guest.becomes("ACTIVE")
    assert guest.port["fixed_ips"] == address
    assert (guest.port["binding:host_id"], guest.port["status"]) == ("compute-02", "ACTIVE")


def test_progress_counts_the_memory_only(boot):
    guest = boot("compute-01", with_network=True, sim_seconds="3", sim_storage="shared", sim_hold="running")
    guest.migrate_live("compute-02", block=False)
    figures = guest.shows_figures()
    # Nova saves the migration first and the instance after it.
    progress = eventually(lambda: guest.server["progress"])
    assert figures["disk_total_bytes"] == 0
    assert 0 < progress <= 100
    guest.release()
    guest.reaches("completed")
    guest.becomes("ACTIVE")
    assert (guest.port["binding:host_id"], guest.port["status"]) == ("compute-02", "ACTIVE")


def test_nova_chooses_block_migration_by_the_storage(boot):
    knobs = {"sim_seconds": "2", "sim_hold": "running"}
    local, shared = boot("compute-01", **knobs), boot("compute-02", sim_storage="shared", **knobs)
    for guest in local, shared:
        guest.migrate_live("compute-04", block="auto")
    assert local.shows_figures()["disk_total_bytes"]
    assert shared.shows_figures()["disk_total_bytes"] == 0
    for guest in local, shared:
        guest.release()
        guest.reaches("completed")


def test_migration_of_zero_seconds_goes_there_and_back(boot):
    guest = boot("compute-01", sim_seconds="0")
    for host in "compute-02", "compute-01":
        guest.migrate_live(host)
        guest.reaches("completed")
        guest.becomes("ACTIVE")
        assert guest.host == host


def test_paused_guest_stays_paused(boot):
    guest = boot("compute-01", sim_seconds="0")
    guest.act("pause")
    guest.becomes("PAUSED")
    guest.migrate_live("compute-02")
    guest.reaches("completed")
    guest.becomes("PAUSED")
    assert guest.server["OS-EXT-STS:power_state"] == 3


def test_post_copy_has_a_status_of_its_own(boot):
    guest = boot("compute-01", sim_seconds="1", sim_post_copy="true", sim_hold="running (post-copy)")
    guest.migrate_live("compute-02")
    guest.reaches("running (post-copy)")
    assert guest.running() == {}  # Nova does not list it while in that status
    guest.release()
    guest.reaches("completed")


def test_preparing_lasts_as_long_as_configured(boot):
    guest = boot("compute-01", sim_seconds="1", sim_prepare_seconds="2", sim_hold="running")
    began = time.monotonic()
    guest.migrate_live("compute-02")
    guest.reaches("running")
    assert time.monotonic() - began >= 2
    guest.release()
    guest.reaches("completed")


def test_preparing_migration_is_aborted(boot):
    guest = boot("compute-01", sim_seconds="1", sim_prepare_seconds="0", sim_hold="preparing")
    guest.migrate_live("compute-02")
    guest.reaches("preparing")
    guest.abort()
    guest.release()
    guest.reaches("cancelled")
    assert guest.host == "compute-01"
