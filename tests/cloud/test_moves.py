# SPDX-License-Identifier: Apache-2.0
"""The four types, submitted through the forms and followed by ``status/`` on the real Nova until the end."""

from datetime import datetime, timedelta, timezone
from itertools import pairwise

import pytest

from migration_panel.api.models import parse_time
from tests.support.embedded_cloud import eventually
from tests.support.follow_status import BOARD, follow_migration

MORE_PASSES = 2  # Of the simulated copy, see devcloud/virt/copying.py.


@pytest.mark.parametrize(
    ("kind", "storage", "destination"),
    [
        ("live", "shared", "compute-02"),
        ("live", "shared", ""),
        ("live-block", "local", "compute-03"),
        ("live-block", "local", ""),
    ],
)
def test_live_kinds_complete_with_rising_progress(cloud_client, admin_nova, instance, kind, storage, destination):
    # Two of its ten figures must be seen: polls may be four seconds apart.
    client, server = cloud_client("admin"), instance(storage, sim_seconds="10")
    answer = client.post(f"{BOARD}{server.id}/{kind}/", {"destination": destination})
    assert answer.status_code == 302
    seen = follow_migration(client, server)
    assert seen[-1]["status"] == "completed"
    assert seen[-1]["phase"] == "done"
    host = getattr(admin_nova.servers.get(server.id), "OS-EXT-SRV-ATTR:host")
    assert seen[-1]["destination"] == host != "compute-01"
    if destination:
        assert host == destination
    percents = [one["progress"]["percent"] for one in seen if one["progress"]]
    assert len(percents) > 1
    assert percents[0] < percents[-1]
    # They rise within each pass over the memory; two more passes copy what the guest wrote during the pass before.
    assert sum(later < earlier for earlier, later in pairwise(percents)) <= MORE_PASSES
    copied = {bool(one["progress"]["disk_total"]) for one in seen if one["progress"]}
    assert copied == {kind == "live-block"}


@pytest.mark.parametrize(("kind", "storage"), [("cold", "shared"), ("cold-block", "local")])
def test_cold_kinds_wait_for_a_confirmation(cloud_client, admin_nova, instance, kind, storage):
    client, server = cloud_client("admin"), instance(storage, sim_hold="migrating")
    assert client.post(f"{BOARD}{server.id}/{kind}/").status_code == 302
    seen = follow_migration(client, server, until="migrating")
    admin_nova.servers.delete_meta(server, ["sim_hold"])
    seen += follow_migration(client, server)
    assert {one["type"] for one in seen} == {"cold"}
    assert seen[-1]["phase"] == "confirm"
    assert "running" in {one["phase"] for one in seen}
    assert admin_nova.servers.get(server.id).status == "VERIFY_RESIZE"


def test_second_submission_of_one_form_starts_no_second_migration(cloud_client, admin_nova, instance):
    client, server = cloud_client("admin"), instance("shared")
    # Nova reports whole seconds: within the same second, only its task state distinguishes two submissions.
    eventually(lambda: datetime.now(timezone.utc) - parse_time(server.updated) > timedelta(seconds=1))
    form = {"destination": "", "seen": server.updated}
    assert client.post(f"{BOARD}{server.id}/live/", form).status_code == 302
    assert "has changed since this form was opened" in client.post(f"{BOARD}{server.id}/live/", form).content.decode()
    follow_migration(client, server)
    assert "has changed since this form was opened" in client.post(f"{BOARD}{server.id}/live/", form).content.decode()
    assert len(admin_nova.migrations.list(instance_uuid=server.id)) == 1


def test_second_migration_is_refused_before_nova_is_called(cloud_client, instance, admin_nova):
    client, server = cloud_client("admin"), instance("shared", sim_converge="never")
    assert client.post(f"{BOARD}{server.id}/live/").status_code == 302
    again = client.post(f"{BOARD}{server.id}/live/").content.decode()
    assert "A migration or resize of the instance is already in progress." in again
    assert len(admin_nova.migrations.list(instance_uuid=server.id)) == 1
    # The host runs one migration at a time.
    running = follow_migration(client, server, until="running")[-1]
    admin_nova.server_migrations.live_migration_abort(server, running["id"])
    assert follow_migration(client, server)[-1]["status"] == "cancelled"


def test_manager_migrates_instances_of_their_project_and_sees_no_host(cloud_client, nova_as):
    nova, client = nova_as("helpdesk"), cloud_client("helpdesk")
    [server] = nova.servers.list(search_opts={"name": "^mail-01$"})
    nova.servers.set_meta(server, {"sim_seconds": "4"})
    board = "/project/migrations/"
    page = client.get(f"{board}{server.id}/live/").content.decode()
    assert "compute-0" not in page
    refused = client.post(f"{board}{server.id}/live/", {"destination": "compute-01"}).content.decode()
    assert "Your role cannot choose the host" in refused
    assert client.post(f"{board}{server.id}/live/").status_code == 302
    [moving] = eventually(lambda: client.get(f"{board}status/", {"instance": server.id}).json()["migrations"])
    assert moving["type"] == "live"
    assert "compute-0" not in client.get(f"{board}status/", {"html": "1"}).content.decode()
    assert "compute-0" not in client.get(board).content.decode()
    assert follow_migration(client, server, board)[-1]["status"] == "completed"


def test_search_finds_by_part_of_the_name_by_id_and_by_address(cloud_client, admin_nova):
    client = cloud_client("admin")
    [server] = admin_nova.servers.list(search_opts={"all_tenants": 1, "name": "^wiki$"})
    [address] = [port["addr"] for ports in server.addresses.values() for port in ports]
    for text in ("wik", server.id, address):
        answer = client.get(f"{BOARD}instances/", {"q": text})
        assert answer["Location"] == f"{BOARD}instances/{server.id}/", text


def test_name_with_markup_is_found(cloud_client):
    answer = cloud_client("admin").get(f"{BOARD}instances/", {"q": """<b>"Ops" & 'QA'</b>"""})
    assert answer.status_code == 302
