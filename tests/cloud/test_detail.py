# SPDX-License-Identifier: Apache-2.0
"""The page of one migration, with real migrations."""

from tests.support.embedded_cloud import eventually
from tests.support.follow_status import follow_migration


def page_of(client, migration, dashboard="admin"):
    answer = client.get(f"/{dashboard}/migrations/{migration['uuid']}/", follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_block_migration_shows_its_timeline_and_charts(cloud_client, admin_nova, instance):
    client, server = cloud_client(), instance("local", sim_seconds="2", sim_converge="never", sim_pause_finish="0")
    assert client.post(f"/admin/migrations/{server.id}/live-block/").status_code == 302
    amounts: set[int] = set()

    def enough_for_a_chart():
        progress = follow_migration(client, server, until="running")[-1]["progress"] or {}
        amounts.add(progress.get("memory_remaining", 0))
        return len(amounts) > 4

    eventually(enough_for_a_chart, every=0.25)
    running = follow_migration(client, server, until="running")[-1]
    admin_nova.server_migrations.live_migrate_force_complete(server, running["id"])
    one = follow_migration(client, server)[-1]
    assert one["status"] == "completed"
    page = page_of(client, one)
    assert "Migration of mover-local" in page
    for name in ("live-migration", "conductor_live_migrate_instance", "compute_pre_live_migration"):
        assert f'title="Event in Nova: {name}"' in page
    assert 'title="Status in Nova: completed"' in page
    assert "Memory copy" in page
    assert "compute-01" in page
    assert 'aria-label="Memory left to copy. From' in page
    assert "<polyline points=" in page


def test_refused_migration_shows_the_reason_and_a_manager_sees_no_host(cloud_client, instance, nova_as):
    helpdesk = cloud_client("helpdesk")
    server = instance("shared", nova=nova_as("admin", "demo"), sim_refuse="Its CPU is <b>too new</b>.")
    assert helpdesk.post(f"/project/migrations/{server.id}/live/").status_code == 302
    one = follow_migration(helpdesk, server, "/project/migrations/")[-1]
    assert one["phase"] == "failed"
    own = page_of(helpdesk, one, "project")
    assert "compute-0" not in own
    assert "too new" not in own
    assert "Only administrators can see the hosts and the error texts." in own
    client = cloud_client()
    page = eventually(lambda: page_of(client, one))
    assert "Migration pre-check error: Its CPU is &lt;b&gt;too new&lt;/b&gt;." in page
    assert "compute-01" in page
