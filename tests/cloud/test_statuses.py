# SPDX-License-Identifier: Apache-2.0
"""Every status of live and cold migrations on the real Nova, compared with the panel."""

import re

import pytest

from tests.support.embedded_cloud import eventually
from tests.support.follow_status import BOARD, OVER

NOTHING: set[str] = set()

# What the panel has to show for each status: phase and actions.
TOLD = {
    "accepted": ("waiting", NOTHING),
    "queued": ("waiting", {"abort"}),
    "preparing": ("waiting", {"abort"}),
    "running": ("running", {"abort", "force-complete"}),
    "running (post-copy)": ("running", NOTHING),
    "completed": ("done", NOTHING),
    "cancelled": ("cancelled", NOTHING),
    "failed": ("failed", NOTHING),
    "error": ("failed", NOTHING),
    "pre-migrating": ("waiting", NOTHING),
    "migrating": ("running", NOTHING),
    "post-migrating": ("running", NOTHING),
    "finished": ("confirm", {"confirm", "revert"}),
    "confirming": ("running", NOTHING),
    "confirmed": ("done", NOTHING),
    "reverting": ("running", NOTHING),
    "reverted": ("done", NOTHING),
}


def compared(client, nova, server, until):
    """Compare repeatedly until the status ``until``.  Return the compared statuses."""
    statuses: set[str] = set()

    def status_in_nova():
        return nova.migrations.list(instance_uuid=server.id)[0].status

    def arrived():
        before = status_in_nova()
        [one] = client.get(f"{BOARD}status/", {"instance": server.id, "html": "1"}).json()["migrations"]
        # The status may have changed between the three requests: then there is nothing to compare.
        if before == one["status"] == status_in_nova():
            statuses.add(before)
            assert (one["phase"], set(one["actions"])) == TOLD[before]
            assert set(re.findall(r'data-migration-action="([^"]+)"', one["html"])) == set(one["actions"])
        assert one["status"] == until or one["phase"] not in OVER, one["status"]
        return until in statuses

    eventually(lambda: nova.migrations.list(instance_uuid=server.id))
    eventually(arrived)
    return statuses


def compare_held(client, nova, server, statuses):
    """Hold the instance's migration in each status until the status was compared."""
    for status in statuses:
        # In sequence: the migration reaches the next status only when that status is held.
        nova.servers.set_meta(server, {"sim_hold": status})
        assert status in compared(client, nova, server, status)


def test_statuses_of_a_live_migration_through_preparing_running_and_post_copy(cloud_client, admin_nova, instance):
    server = instance("shared", sim_hold="preparing", sim_seconds="2", sim_post_copy="true")
    client = cloud_client("admin")
    admin_nova.servers.live_migrate(server, None, False)
    compare_held(client, admin_nova, server, ["preparing", "running", "running (post-copy)"])
    admin_nova.servers.delete_meta(server, ["sim_hold"])
    assert "completed" in compared(client, admin_nova, server, "completed")


def test_statuses_of_a_live_migration_from_the_queue_to_its_abort(cloud_client, admin_nova, instance):
    first, server = instance("shared", sim_converge="never"), instance("shared")
    admin_nova.servers.live_migrate(first, None, False)
    [running] = eventually(lambda: admin_nova.server_migrations.list(first))
    admin_nova.servers.live_migrate(server, None, False)
    client = cloud_client("admin")
    assert "queued" in compared(client, admin_nova, server, "queued")
    [queued] = admin_nova.server_migrations.list(server)
    admin_nova.server_migrations.live_migration_abort(server, queued.id)
    assert "cancelled" in compared(client, admin_nova, server, "cancelled")
    admin_nova.server_migrations.live_migration_abort(first, running.id)


@pytest.mark.parametrize(("knob", "status"), [("sim_fail", "failed"), ("sim_refuse", "error")])
def test_statuses_of_a_live_migration_that_fails(cloud_client, admin_nova, instance, knob, status):
    server = instance("shared", **{knob: "the reason"})
    admin_nova.servers.live_migrate(server, None, False)
    assert status in compared(cloud_client("admin"), admin_nova, server, status)


@pytest.mark.parametrize(
    ("answer", "passing", "end"), [("confirm", "confirming", "confirmed"), ("revert", "reverting", "reverted")]
)
def test_statuses_of_a_cold_migration(cloud_client, admin_nova, instance, answer, passing, end):
    server, client = instance("shared", sim_hold="migrating", sim_seconds="2"), cloud_client("admin")
    admin_nova.servers.migrate(server)
    compare_held(client, admin_nova, server, ["migrating", "post-migrating"])
    admin_nova.servers.delete_meta(server, ["sim_hold"])
    assert "finished" in compared(client, admin_nova, server, "finished")
    getattr(admin_nova.servers, f"{answer}_resize")(server)
    # Nova may pass through the status between two requests; if a request sees the status, it is compared.
    assert compared(client, admin_nova, server, end) <= {"finished", passing, end}
