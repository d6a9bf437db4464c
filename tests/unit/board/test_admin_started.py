# SPDX-License-Identifier: Apache-2.0
"""Migrations that an administrator started in a project: found by the instances, shown, finished."""

import pytest

from migration_panel.board.cursor import Cursor
from migration_panel.board.lists import Query
from tests.support.board_migrations import (
    LIST,
    instance,
    list_migrations,
    migration,
    progress_answer,
    progress_path,
    record,
    take_calls,
)
from tests.support.board_rows import read_feed
from tests.support.nova_answers import SERVER, fault, listed
from tests.support.user_requests import nova_of

JSON = {"Accept": "application/json"}
OWN = Query(project_id="demo-id")
SERVERS = "/v2.1/servers/detail"


def instance_record(number, status, **changes):
    return SERVER | {"id": instance(number), "name": f"vm-{number}", "status": status} | changes


@pytest.fixture
def cloud(fake_cloud):
    """A cloud that lists no migration to the project."""
    fake_cloud.on("GET", "/v2.1/servers/*/migrations", json={"migrations": []})
    list_migrations(fake_cloud)
    return fake_cloud


def serve_instances(cloud, *servers):
    cloud.on("GET", SERVERS, json={"servers": list(servers)})
    for server in servers:
        cloud.on("GET", f"/v2.1/servers/{server['id']}", json={"server": server})


async def poll(nova, feed, *, later=False, query=OWN):
    """Poll as a browser does.  ``later``: whether so much time has passed that the instances are looked up again."""
    cursor = Cursor.parse(feed.cursor.encode())
    if later:
        cursor = Cursor(cursor.newest, cursor.followed, cursor.seen, cursor.moving, cursor.admin_started, 0)
    return await read_feed(nova, query, cursor)


def moves_of(feed):
    return [(one.server.name, one.server.status, one.phase) for one in feed.unrecorded]


@pytest.mark.parametrize(
    ("status", "phase"), [("VERIFY_RESIZE", "confirm"), ("RESIZE", "running"), ("REVERT_RESIZE", "running")]
)
async def test_unrecorded_move_is_found_by_the_instance(cloud, status, phase):
    serve_instances(cloud, instance_record(1, status), instance_record(2, "ACTIVE"), instance_record(3, "SHUTOFF"))
    feed = await read_feed(nova_of(cloud), OWN)
    assert moves_of(feed) == [("vm-1", status, phase)]
    assert feed.rows == ()


async def test_live_migration_of_an_administrator_has_its_record(cloud):
    serve_instances(cloud, instance_record(1, "MIGRATING"))
    cloud.on("GET", progress_path(1), json=progress_answer(1, source_compute=None, dest_compute=None))
    feed = await read_feed(nova_of(cloud), OWN)
    assert feed.unrecorded == ()
    assert [(row.migration.id, row.admin_started, row.progress.percent) for row in feed.rows] == [(1, True, 25)]
    assert feed.moving


async def test_live_migration_that_does_not_copy_yet_is_shown_by_its_status(cloud):
    serve_instances(cloud, instance_record(1, "MIGRATING"))
    assert moves_of(await read_feed(nova_of(cloud), OWN)) == [("vm-1", "MIGRATING", "running")]


@pytest.mark.parametrize(
    ("status", "own"),
    [
        ("MIGRATING", {"status": "running"}),
        ("MIGRATING", {"status": "queued"}),
        ("VERIFY_RESIZE", {"status": "finished", "migration_type": "migration"}),
        ("RESIZE", {"status": "migrating", "migration_type": "resize"}),
    ],
    ids=["live running", "live queued", "cold waiting", "resize"],
)
async def test_own_migration_is_returned_once(cloud, status, own):
    list_migrations(cloud, record(1, **own))
    serve_instances(cloud, instance_record(1, status))
    feed = await read_feed(nova_of(cloud), OWN)
    assert (len(feed.rows), feed.unrecorded) == (1, ())
    assert not feed.rows[0].admin_started


async def test_own_migration_beyond_the_list_is_found(cloud):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    waits = record(1, status="finished", migration_type="migration")
    cloud.on("GET", LIST, query={"instance_uuid": instance(1)}, json=listed(waits))
    feed = await read_feed(nova_of(cloud), OWN)
    assert [row.migration.id for row in feed.rows] == [1]
    assert (feed.rows[0].admin_started, feed.unrecorded) == (False, ())


async def test_earlier_own_migration_does_not_hide_an_unrecorded_move(cloud):
    list_migrations(cloud, record(1, status="completed"))
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    feed = await read_feed(nova_of(cloud), OWN)
    assert moves_of(feed) == [("vm-1", "VERIFY_RESIZE", "confirm")]


async def test_first_page_is_two_calls_when_the_origin_is_stored(cloud):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"), instance_record(2, "RESIZE"))
    nova = nova_of(cloud)
    await read_feed(nova, OWN, figures=False)
    cloud.forget()
    await read_feed(nova, OWN, figures=False)
    assert take_calls(cloud) == [f"GET {LIST}", f"GET {SERVERS}"]


async def test_poll_looks_up_the_instances_rarely(cloud):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    cloud.forget()
    feed = await poll(nova, feed)
    assert take_calls(cloud) == [f"GET {LIST}"]
    assert feed.unrecorded == ()
    feed = await poll(nova, feed, later=True)
    assert take_calls(cloud) == [f"GET {LIST}", f"GET {SERVERS}", f"GET {SERVERS}"]
    assert moves_of(feed) == [("vm-1", "VERIFY_RESIZE", "confirm")]


async def test_poll_requests_each_set_of_statuses_separately(cloud):
    """Nova combines the states and tasks of several statuses."""
    serve_instances(cloud)
    nova = nova_of(cloud)
    list_migrations(cloud, record(1, status="completed"))
    feed = await read_feed(nova, OWN)
    cloud.forget()
    await poll(nova, feed, later=True)
    assert sorted(call.query["status"] for call in cloud.made("GET", SERVERS)) == ["REVERT_RESIZE", "VERIFY_RESIZE"]


@pytest.mark.parametrize(("end", "phase"), [("ACTIVE", "over"), ("ERROR", "over"), ("SHUTOFF", "over")])
@pytest.mark.parametrize("status", ["VERIFY_RESIZE", "RESIZE", "MIGRATING"])
async def test_end_is_returned_once(cloud, status, end, phase):
    serve_instances(cloud, instance_record(1, status))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    serve_instances(cloud, instance_record(1, end))
    feed = await poll(nova, feed, later=True)
    assert moves_of(feed) == [("vm-1", end, phase)]
    assert feed.cursor.admin_started == frozenset()
    assert not feed.moving
    assert (await poll(nova, feed, later=True)).unrecorded == ()


async def test_end_of_a_copy_is_returned_at_once(cloud):
    serve_instances(cloud, instance_record(1, "MIGRATING"))
    cloud.on("GET", progress_path(1), json=progress_answer(1))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    feed = await poll(nova, feed)
    assert feed.moving
    serve_instances(cloud, instance_record(1, "ACTIVE"))
    cloud.on("GET", progress_path(1), json={"migrations": []})
    feed = await poll(nova, feed)
    assert moves_of(feed) == [("vm-1", "ACTIVE", "over")]
    assert not feed.moving


async def test_copy_without_a_record_is_not_over(cloud):
    """After the switch-over, Nova no longer shows the record, although the rest of the memory is still copied."""
    serve_instances(cloud, instance_record(1, "MIGRATING"))
    cloud.on("GET", progress_path(1), json=progress_answer(1))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    cloud.on("GET", progress_path(1), json={"migrations": []})
    feed = await poll(nova, feed)
    assert moves_of(feed) == [("vm-1", "MIGRATING", "running")]
    assert feed.cursor.admin_started == {instance(1)}


async def test_deleted_instance_is_dropped(cloud):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    cloud.on("GET", SERVERS, json={"servers": []})
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", status=404, json=fault("itemNotFound", 404, "gone"))
    feed = await poll(nova, feed, later=True)
    assert (feed.unrecorded, feed.cursor.admin_started) == ((), frozenset())


@pytest.mark.parametrize("status", [400, 403, 500, 503])
async def test_failed_lookup_ends_nothing(cloud, status):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    cloud.on("GET", SERVERS, status=status, json=fault("someFault", status, "not now"))
    feed = await poll(nova, feed, later=True)
    assert (feed.unrecorded, feed.cursor.admin_started) == ((), {instance(1)})


async def test_single_instance_is_looked_up_by_its_id(cloud):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    feed = await read_feed(nova_of(cloud), Query(project_id="demo-id", instance_id=instance(1)))
    assert moves_of(feed) == [("vm-1", "VERIFY_RESIZE", "confirm")]
    assert cloud.made("GET", SERVERS) == []


async def test_all_projects_need_no_lookup(cloud):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    feed = await read_feed(nova_of(cloud), Query())
    assert feed.unrecorded == ()
    assert cloud.made("GET", SERVERS) == []


async def test_lookup_returns_the_names(cloud):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    nova = nova_of(cloud)
    await read_feed(nova, OWN)
    cloud.forget()
    list_migrations(cloud, record(1, status="finished", migration_type="migration"))
    feed = await read_feed(nova, OWN)
    assert feed.rows[0].name == "vm-1"
    assert cloud.made("GET", "/v2.1/servers/0*") == []


PAGE = "/project/migrations/"
FORCE = "force-complete"


@pytest.fixture
def copying(cloud):
    serve_instances(cloud, instance_record(1, "MIGRATING"))
    cloud.on("GET", progress_path(1), json=progress_answer(1, source_compute=None, dest_compute=None))
    cloud.on("GET", f"/v2.1/servers/{instance(1)}/os-instance-actions", json={"instanceActions": []})
    return cloud


def test_page_of_a_live_migration_is_shown(copying, helpdesk_client):
    address = f"{PAGE}{migration(1)}/"
    page = helpdesk_client.get(address, {"instance": instance(1)})
    assert page.status_code == 200
    assert "Started by an administrator." in page.content.decode()
    copying.on("GET", progress_path(1), json={"migrations": []})
    assert helpdesk_client.get(address, {"instance": instance(1)}).status_code == 404


@pytest.mark.parametrize(("action", "method", "path"), [("abort", "DELETE", ""), (FORCE, "POST", "/action")])
def test_manager_acts_on_a_live_migration(copying, helpdesk_client, action, method, path):
    copying.on(method, f"{progress_path(1)}/1{path}", status=202)
    answer = helpdesk_client.post(f"{PAGE}{migration(1)}/{action}/", {"instance": instance(1)}, headers=JSON)
    assert answer.status_code == 202
    assert len(copying.made(method, f"{progress_path(1)}/1{path}")) == 1


def action_path(action, number=1):
    return f"{PAGE}instances/{instance(number)}/{action}/"


@pytest.fixture
def waiting(cloud):
    serve_instances(cloud, instance_record(1, "VERIFY_RESIZE"))
    cloud.on("POST", f"/v2.1/servers/{instance(1)}/action", status=202)
    return cloud


@pytest.mark.parametrize(("action", "order"), [("confirm", "confirmResize"), ("revert", "revertResize")])
def test_waiting_move_is_confirmed_by_its_instance(waiting, helpdesk_client, action, order):
    [one] = helpdesk_client.get(f"{PAGE}status/", {"html": "1"}).json()["unlisted"]
    assert one["actions"] == ["confirm", "revert"]
    assert f'formaction="{action_path(action)}"' in one["html"]
    assert helpdesk_client.post(action_path(action), headers=JSON).status_code == 202
    [sent] = waiting.made("POST", "*")
    assert order in sent.body


def test_confirmation_page_comes_first_without_a_script(waiting, helpdesk_client):
    assert "Migrated or resized, waiting for confirmation" in helpdesk_client.get(PAGE).content.decode()
    question = helpdesk_client.post(action_path("revert"), {"ask": "1"}).content.decode()
    assert "returns to its earlier host and size" in question
    assert f'action="{action_path("revert")}"' in question
    assert waiting.made("POST", "*") == []
    assert helpdesk_client.post(action_path("revert"))["Location"] == PAGE
    assert len(waiting.made("POST", "*")) == 1


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [({"status": "ACTIVE"}, 409, "Nothing was changed"), ({"tenant_id": "another"}, 404, "not found")],
    ids=["active", "another project"],
)
def test_nothing_is_sent_for_an_active_or_another_projects_instance(waiting, helpdesk_client, changes, code, words):
    serve_instances(waiting, instance_record(1, **({"status": "VERIFY_RESIZE"} | changes)))
    answer = helpdesk_client.post(action_path("confirm"), headers=JSON)
    assert answer.status_code == code
    assert words in answer.json()["error"]
    assert waiting.made("POST", "*") == []


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_other_methods_are_405(waiting, helpdesk_client, method):
    assert getattr(helpdesk_client, method)(action_path("confirm")).status_code == 405


@pytest.mark.parametrize("action", ["abort", "force-complete", "reset-state"])
def test_other_actions_of_an_instance_are_404(waiting, helpdesk_client, action):
    assert helpdesk_client.post(action_path(action)).status_code == 404
