# SPDX-License-Identifier: Apache-2.0
"""Migrations that fail on the real Nova: the reason on the board, and the actions that it offers."""

import pytest

from migration_panel.scope import ADMIN, PROJECT
from tests.support.embedded_cloud import eventually

QUICK = {"sim_seconds": "2", "sim_interval": "0.5", "sim_prepare_seconds": "0"}
UNHARMED = "Nova set the instance to Error, but the guest is still running on"


@pytest.fixture
def boot(instance, nova_as):
    """``boot("shared", sim_fail="text")``: a new instance on compute-01, whose migration fails soon."""

    def booted(storage="shared", project="admin", **knobs):
        return instance(storage, nova=nova_as("admin", project), **QUICK | knobs)

    return booted


def status_of(nova, server):
    return nova.servers.get(server.id).status


def start(client, server, kind="live", scope=ADMIN):
    answer = client.post(scope.url("migrate", server.id, kind))
    assert answer.status_code == 302, answer.content.decode()


def board(client, server, scope=ADMIN):
    """Return the instance's migrations, newest first, with their rows."""
    query = {"instance": server.id, "html": "1"}
    return client.get(scope.url("status"), query).json()["migrations"]


def failed(client, server, scope=ADMIN, *, number=1, status="", words=""):
    """Wait for ``number`` migrations and the failure of the newest with this status and reason; return it."""

    def newest():
        found = board(client, server, scope)
        if len(found) != number or found[0]["phase"] != "failed" or status not in found[0]["status"]:
            return None
        return found[0] if words in (found[0]["reason"] or "") else None

    return eventually(newest)


def running(client, server, scope=ADMIN):
    return eventually(lambda: [one for one in board(client, server, scope) if one["status"] == "running"])[0]


def act(client, migration, action, scope=ADMIN):
    address = scope.url("act", migration["uuid"], action)
    fields = {"instance": migration["instance"]["id"]}
    return client.post(address, fields, headers={"Accept": "application/json"})


def test_refusal_of_every_host_has_its_text(cloud_client, admin_nova, boot):
    client, server = cloud_client("admin"), boot(sim_refuse="Its CPU is <b>too new</b>.")
    start(client, server)
    one = failed(client, server)
    assert one["reason"] == "Nova refused the migration: “Migration pre-check error: Its CPU is <b>too new</b>.”"
    assert "Migration pre-check error: Its CPU is &lt;b&gt;too new&lt;/b&gt;." in one["html"]
    assert (one["status"], one["actions"]) == ("error", [])
    assert status_of(admin_nova, server) == "ACTIVE"
    assert "data-migration-action" not in one["html"]
    assert f'href="{ADMIN.url("migrate", server.id, "live")}"' in one["html"]


def test_refusal_by_the_named_host_is_shown(cloud_client, boot):
    client, server = cloud_client("admin"), boot(sim_refuse_host="compute-03")
    assert client.post(ADMIN.url("migrate", server.id, "live"), {"destination": "compute-03"}).status_code == 302
    assert "CPU doesn't have compatibility." in failed(client, server)["reason"]


def test_two_failures_in_a_row_keep_their_own_reasons(cloud_client, admin_nova, boot):
    client, server = cloud_client("admin"), boot(sim_refuse="First.")
    start(client, server)
    failed(client, server)
    admin_nova.servers.set_meta(server, {"sim_refuse": "Second."})
    eventually(lambda: status_of(admin_nova, server) == "ACTIVE")
    start(client, server)
    failed(client, server, number=2)
    assert [one["reason"].rpartition(": ")[2] for one in board(client, server)] == ["Second.”", "First.”"]


def test_local_disk_is_recognized_by_libvirts_text_and_live_block_then_works(cloud_client, boot):
    client, server = cloud_client("admin"), boot("local")
    start(client, server)
    one = failed(client, server)
    assert "is not on shared storage: Shared storage live-migration requires either shared storage" in one["reason"]
    again = ADMIN.url("migrate", server.id, "live-block")
    assert f'href="{again}"' in one["html"]
    assert "Retry as live block" in one["html"]
    assert client.get(again).status_code == 200
    start(client, server, "live-block")
    done = eventually(lambda: [one for one in board(client, server) if one["phase"] == "done"])
    assert (done[0]["status"], done[0]["reason"]) == ("completed", None)


def test_block_migration_on_shared_storage_is_recognized_and_live_is_next(cloud_client, boot):
    client, server = cloud_client("admin"), boot()
    start(client, server, "live-block")
    one = failed(client, server)
    assert "is not on local storage" in one["reason"]
    assert f'href="{ADMIN.url("migrate", server.id, "live")}"' in one["html"]


@pytest.mark.parametrize(("kind", "part"), [("live", "memory"), ("live-block", "disk")])
def test_failure_in_the_copy_says_where_to_look(cloud_client, admin_nova, boot, kind, part):
    storage = "local" if kind == "live-block" else "shared"
    client, server = cloud_client("admin"), boot(storage, sim_fail="line lost", sim_fail_at=part)
    start(client, server, kind)
    one = failed(client, server, status="failed", words="The copy failed")
    assert "The copy failed" in one["reason"]
    assert "Check the nova-compute log on compute-01 at 20" in one["reason"]
    assert UNHARMED not in one["reason"]
    assert status_of(admin_nova, server) == "ACTIVE"
    assert f"?failed={one['destination']}" in one["html"]
    form = client.get(ADMIN.url("migrate", server.id, "live"), {"failed": one["destination"]}).content.decode()
    [option] = [line for line in form.split("<option") if "the last attempt failed on this host" in line]
    assert f'value="{one["destination"]}"' in option


def test_earlier_refusal_is_no_reason_for_a_failure_in_the_copy(cloud_client, boot):
    """Nova tries compute-02 first, because the request names no host."""
    client, server = cloud_client("admin"), boot(sim_refuse_host="compute-02", sim_fail="line lost")
    start(client, server)
    assert "The copy failed" in failed(client, server, status="failed")["reason"]


def test_failed_copy_leaves_an_unharmed_instance_that_an_admin_resets(cloud_client, admin_nova, boot):
    client, server = cloud_client("admin"), boot(sim_fail="line lost", sim_flip="true")
    start(client, server)
    one = failed(client, server, status="error", words=UNHARMED)
    assert "The copy failed" in one["reason"]
    assert one["reason"].endswith(f"{UNHARMED} compute-01.")
    assert status_of(admin_nova, server) == "ERROR"
    assert_mends(client, admin_nova, server, one)


def test_abort_leaves_an_unharmed_instance_that_an_admin_resets(cloud_client, admin_nova, boot):
    client, server = cloud_client("admin"), boot(sim_flip="true", sim_converge="never")
    start(client, server)
    assert act(client, running(client, server), "abort").status_code == 202
    one = failed(client, server, status="error", words=UNHARMED)
    assert one["reason"].startswith("You aborted the migration.")
    assert status_of(admin_nova, server) == "ERROR"
    assert_mends(client, admin_nova, server, one)


def assert_mends(client, nova, server, one):
    assert one["actions"] == []
    assert ADMIN.url("act", one["uuid"], "reset-state") in one["html"]
    assert act(client, one, "reset-state").status_code == 202
    assert status_of(nova, server) == "ACTIVE"
    again = act(client, one, "reset-state")
    assert again.status_code == 409
    assert "not in Error" in again.json()["error"]
    mended = eventually(lambda: [now for now in board(client, server) if UNHARMED not in now["reason"]])
    assert "reset-state" not in mended[0]["html"]


def test_abort_without_the_flip_needs_no_reason(cloud_client, admin_nova, boot):
    client, server = cloud_client("admin"), boot(sim_converge="never")
    start(client, server)
    assert act(client, running(client, server), "abort").status_code == 202
    [one] = eventually(lambda: [one for one in board(client, server) if one["phase"] == "cancelled"])
    assert (one["status"], one["reason"], one["actions"]) == ("cancelled", None, [])
    assert "Retry" not in one["html"]
    assert status_of(admin_nova, server) == "ACTIVE"


def test_manager_sees_that_there_is_a_reason_and_no_host(cloud_client, boot):
    client, server = cloud_client("helpdesk"), boot(project="demo", sim_refuse="compute-02 is too old.")
    start(client, server, scope=PROJECT)
    one = failed(client, server, PROJECT)
    assert one["reason"].startswith("Only administrators can see the reason. Ask an administrator.")
    assert "the request ID req-" in one["reason"]
    assert "compute-0" not in str(one)
    told = failed(cloud_client("admin"), server)
    assert "compute-02 is too old." in told["reason"]
    assert board(client, server, PROJECT)[0]["reason"] == one["reason"]


def test_manager_sees_an_unharmed_instance_and_may_not_reset_it(cloud_client, admin_nova, boot):
    client, server = cloud_client("helpdesk"), boot(project="demo", sim_fail="line lost", sim_flip="true")
    start(client, server, scope=PROJECT)
    one = failed(client, server, PROJECT, status="error", words="Nova set the instance to Error.")
    assert UNHARMED not in one["reason"]
    assert "Ask an administrator to check its host" in one["reason"]
    assert "compute-0" not in str(one)
    assert "reset-state" not in one["html"]
    refused = act(client, one, "reset-state", PROJECT)
    assert refused.status_code in (403, 409)
    assert status_of(admin_nova, server) == "ERROR"
    assert act(cloud_client("admin"), one, "reset-state").status_code == 202
    assert status_of(admin_nova, server) == "ACTIVE"


def test_failure_of_a_cold_migration_has_its_reason_and_offers_no_reset(cloud_client, admin_nova, boot):
    client, server = cloud_client("admin"), boot(sim_cold_fail="The image cannot be read")
    start(client, server, "cold")
    one = failed(client, server, words="The image cannot be read")
    assert UNHARMED not in one["reason"]
    assert "reset-state" not in one["html"]
    assert "Retry" in one["html"]
    eventually(lambda: status_of(admin_nova, server) == "ERROR")
