# SPDX-License-Identifier: Apache-2.0
"""Cold migrations until they are confirmed or reverted."""

from tests.support.embedded_cloud import eventually

TASKS = ["resize_prep", "resize_migrating", "resize_migrated", "resize_finish"]
# What holds the guest in each task state.
HOLDS = ["pre-migrating", "migrating", "post-migrating", "resize_finish"]


def _tasks(guest) -> list[str]:
    """Return the task states of the guest until no task is left; hold each state until it was seen."""
    seen: list[str] = []

    def ended() -> bool:
        task = guest.server["OS-EXT-STS:task_state"]
        if task and task not in seen:
            seen.append(task)
            if len(seen) < len(HOLDS):
                guest.hold(HOLDS[len(seen)])
            else:
                guest.release()
        return task is None

    eventually(ended)
    return seen


def test_every_task_state_is_seen_and_confirm_completes_the_migration(boot):
    guest = boot("compute-01", with_network=True, sim_seconds="0", sim_hold=HOLDS[0])
    guest.act("migrate")
    assert _tasks(guest) == TASKS
    guest.becomes("VERIFY_RESIZE")
    assert guest.status == "finished"
    destination = guest.host
    assert destination != "compute-01"

    guest.act("confirmResize")
    guest.reaches("confirmed")
    guest.becomes("ACTIVE")
    assert guest.host == destination
    assert (guest.port["binding:host_id"], guest.port["status"]) == (destination, "ACTIVE")


def test_revert_returns_the_guest_to_its_source(boot):
    guest = boot("compute-01", with_network=True, sim_seconds="0")
    guest.act("migrate", {"host": "compute-03"})
    guest.becomes("VERIFY_RESIZE")
    guest.act("revertResize")
    guest.reaches("reverted")
    guest.becomes("ACTIVE")
    assert guest.host == "compute-01"
    assert guest.port["binding:host_id"] == "compute-01"


def test_stopped_guest_stays_stopped(boot):
    guest = boot("compute-01", sim_seconds="0")
    guest.act("os-stop")
    guest.becomes("SHUTOFF")
    guest.act("migrate")
    guest.becomes("VERIFY_RESIZE")
    guest.act("confirmResize")
    guest.becomes("SHUTOFF")


def test_migration_fails_on_the_destination(boot):
    guest = boot("compute-01", sim_seconds="0", sim_cold_fail="no space left on device")
    guest.act("migrate")
    guest.reaches("error")
    guest.becomes("ERROR")
    fault = eventually(lambda: guest.server.get("fault"))
    assert "no space left on device" in fault["message"]
