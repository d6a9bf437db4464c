# SPDX-License-Identifier: Apache-2.0
"""Live migrations that are forced, aborted or fail."""

from itertools import pairwise

import pytest

from devcloud.rest import RestError
from tests.support.embedded_cloud import eventually


def test_copy_without_convergence_completes_when_forced(boot):
    guest = boot("compute-01", sim_seconds="1", sim_converge="never", sim_pause_finish="0.5")
    guest.migrate_live("compute-02")
    guest.shows_figures()
    seen: list[int] = []

    def rises_and_falls() -> bool:
        seen.append(guest.running()["memory_remaining_bytes"])
        changes = [later - earlier for earlier, later in pairwise(seen)]
        return min(changes, default=0) < 0 < max(changes, default=0)

    eventually(rises_and_falls, every=0.25)

    guest.force_complete()
    guest.reaches("completed")
    guest.becomes("ACTIVE")
    assert guest.host == "compute-02"
    with pytest.raises(RestError) as refusal:
        guest.force_complete()
    assert refusal.value.status == 409


def test_running_migration_is_aborted(boot):
    guest = boot("compute-01", with_network=True, sim_converge="never", sim_seconds="1")
    guest.migrate_live("compute-02")
    guest.shows_figures()
    guest.abort()
    guest.reaches("cancelled")
    guest.becomes("ACTIVE")
    assert guest.host == "compute-01"
    assert guest.port["binding:host_id"] == "compute-01"


@pytest.mark.parametrize("phase", ["disk", "memory"])
def test_migration_fails_in_the_copy(boot, cloud, phase):
    knobs = {"sim_seconds": "3", "sim_fail": "qemu unexpectedly closed", "sim_fail_at": phase}
    guest = boot("compute-01", with_network=phase == "memory", **knobs)
    with guest.recorded(cloud) as history:
        guest.migrate_live("compute-02")
        guest.reaches("failed")
    statuses, figures = history
    assert statuses[-2:] == ["running", "failed"]
    assert bool(figures[-1][0]) == (phase == "memory")
    guest.becomes("ACTIVE")
    assert guest.host == "compute-01"
    assert set(guest.events("live-migration").values()) == {None}  # as with libvirt, Nova stores no text of the failure


@pytest.mark.parametrize("cause", ["abort", "failure"])
def test_record_turns_to_error_after_the_end(boot, cause):
    knobs = {"sim_fail": "gone"} if cause == "failure" else {"sim_converge": "never"}
    status = "failed" if cause == "failure" else "cancelled"
    guest = boot("compute-01", sim_seconds="1", sim_flip="true", sim_hold=status, **knobs)
    guest.migrate_live("compute-02")
    if cause == "abort":
        guest.reaches("running")
        guest.abort()
    guest.reaches(status)
    assert guest.server["status"] == "ACTIVE"
    guest.release()
    guest.reaches("error")
    guest.becomes("ERROR")
    assert guest.host == "compute-01"


def test_host_runs_one_migration_at_a_time(boot):
    first, second, elsewhere = (
        boot(host, sim_converge="never", sim_seconds="1") for host in ("compute-03", "compute-03", "compute-04")
    )
    first.migrate_live("compute-01")
    first.reaches("running")
    second.migrate_live("compute-02")
    second.reaches("queued")
    elsewhere.migrate_live("compute-02")
    elsewhere.reaches("running")  # hosts do not wait for one another
    assert second.status == "queued"

    second.abort()
    second.reaches("cancelled")
    second.becomes("ACTIVE")
    assert first.status == "running"
    for guest in first, elsewhere:
        guest.abort()
        guest.reaches("cancelled")
