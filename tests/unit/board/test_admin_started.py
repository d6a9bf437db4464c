# SPDX-License-Identifier: Apache-2.0
"""What moves in a project by the wish of others: found by the instances, told, closed when it is over."""

import pytest

from migration_panel.board.cursor import Cursor
from migration_panel.board.lists import Query
from tests.support.board_migrations import LIST, asked, figures, figures_path, instance, lists, migration, record
from tests.support.board_rows import read_feed
from tests.support.nova_answers import SERVER, fault, listed
from tests.support.user_requests import nova_of

JSON = {"Accept": "application/json"}
OWN = Query(project_id="demo-id")
SERVERS = "/v2.1/servers/detail"


def one(number, status, **changes):
    return SERVER | {"id": instance(number), "name": f"vm-{number}", "status": status} | changes


@pytest.fixture
def cloud(fake_cloud):
    """Nothing is listed to the project."""
    fake_cloud.on("GET", "/v2.1/servers/*/migrations", json={"migrations": []})
    lists(fake_cloud)
    return fake_cloud


def stand(cloud, *servers):
    cloud.on("GET", SERVERS, json={"servers": list(servers)})
    for server in servers:
        cloud.on("GET", f"/v2.1/servers/{server['id']}", json={"server": server})


async def poll(nova, feed, *, later=False, query=OWN):
    """``later``: as long after that the instances are looked at again."""
    cursor = Cursor.parse(feed.cursor.encode())
    if later:
        cursor = Cursor(cursor.newest, cursor.followed, cursor.seen, cursor.moving, cursor.admin_started, 0)
    return await read_feed(nova, query, cursor)


def told(feed):
    return [(one.server.name, one.server.status, one.phase) for one in feed.unrecorded]


@pytest.mark.parametrize(
    ("status", "phase"), [("VERIFY_RESIZE", "confirm"), ("RESIZE", "running"), ("REVERT_RESIZE", "running")]
)
async def test_what_others_move_is_found_by_the_instance(cloud, status, phase):
    stand(cloud, one(1, status), one(2, "ACTIVE"), one(3, "SHUTOFF"))
    feed = await read_feed(nova_of(cloud), OWN)
    assert told(feed) == [("vm-1", status, phase)]
    assert feed.rows == ()


async def test_live_one_shows_its_record(cloud):
    stand(cloud, one(1, "MIGRATING"))
    cloud.on("GET", figures_path(1), json=figures(1, source_compute=None, dest_compute=None))
    feed = await read_feed(nova_of(cloud), OWN)
    assert feed.unrecorded == ()
    assert [(row.migration.id, row.admin_started, row.progress.percent) for row in feed.rows] == [(1, True, 25)]
    assert feed.moving


async def test_live_one_that_does_not_copy_yet_is_told_by_its_status(cloud):
    stand(cloud, one(1, "MIGRATING"))
    assert told(await read_feed(nova_of(cloud), OWN)) == [("vm-1", "MIGRATING", "running")]


@pytest.mark.parametrize(
    ("status", "own"),
    [
        ("MIGRATING", {"status": "running"}),
        ("MIGRATING", {"status": "queued"}),
        ("VERIFY_RESIZE", {"status": "finished", "migration_type": "migration"}),
        ("RESIZE", {"status": "migrating", "migration_type": "resize"}),
    ],
)
async def test_own_one_is_told_once(cloud, status, own):
    lists(cloud, record(1, **own))
    stand(cloud, one(1, status))
    feed = await read_feed(nova_of(cloud), OWN)
    assert (len(feed.rows), feed.unrecorded) == (1, ())
    assert not feed.rows[0].admin_started


async def test_own_one_beyond_the_newest_is_found_again(cloud):
    stand(cloud, one(1, "VERIFY_RESIZE"))
    waits = record(1, status="finished", migration_type="migration")
    cloud.on("GET", LIST, query={"instance_uuid": instance(1)}, json=listed(waits))
    feed = await read_feed(nova_of(cloud), OWN)
    assert [row.migration.id for row in feed.rows] == [1]
    assert (feed.rows[0].admin_started, feed.unrecorded) == (False, ())


async def test_earlier_own_one_does_not_hide_that_of_others(cloud):
    lists(cloud, record(1, status="completed"))
    stand(cloud, one(1, "VERIFY_RESIZE"))
    feed = await read_feed(nova_of(cloud), OWN)
    assert told(feed) == [("vm-1", "VERIFY_RESIZE", "confirm")]


async def test_first_page_is_two_calls_once_it_is_known_whose_they_are(cloud):
    stand(cloud, one(1, "VERIFY_RESIZE"), one(2, "RESIZE"))
    nova = nova_of(cloud)
    await read_feed(nova, OWN, figures=False)
    cloud.forget()
    await read_feed(nova, OWN, figures=False)
    assert asked(cloud) == [f"GET {LIST}", f"GET {SERVERS}"]


async def test_poll_looks_at_the_instances_rarely(cloud):
    stand(cloud, one(1, "VERIFY_RESIZE"))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    cloud.forget()
    feed = await poll(nova, feed)
    assert asked(cloud) == [f"GET {LIST}"]
    assert feed.unrecorded == ()
    feed = await poll(nova, feed, later=True)
    assert asked(cloud) == [f"GET {LIST}", f"GET {SERVERS}", f"GET {SERVERS}"]
    assert told(feed) == [("vm-1", "VERIFY_RESIZE", "confirm")]


async def test_questions_of_a_poll_are_narrow(cloud):
    """Nova mixes up what is asked for at once."""
    stand(cloud)
    nova = nova_of(cloud)
    lists(cloud, record(1, status="completed"))
    feed = await read_feed(nova, OWN)
    cloud.forget()
    await poll(nova, feed, later=True)
    assert sorted(call.query["status"] for call in cloud.made("GET", SERVERS)) == ["REVERT_RESIZE", "VERIFY_RESIZE"]


@pytest.mark.parametrize(("end", "phase"), [("ACTIVE", "over"), ("ERROR", "over"), ("SHUTOFF", "over")])
@pytest.mark.parametrize("status", ["VERIFY_RESIZE", "RESIZE", "MIGRATING"])
async def test_end_is_told_once(cloud, status, end, phase):
    stand(cloud, one(1, status))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    stand(cloud, one(1, end))
    feed = await poll(nova, feed, later=True)
    assert told(feed) == [("vm-1", end, phase)]
    assert feed.cursor.admin_started == frozenset()
    assert not feed.moving
    assert (await poll(nova, feed, later=True)).unrecorded == ()


async def test_end_of_a_copy_is_told_at_once(cloud):
    stand(cloud, one(1, "MIGRATING"))
    cloud.on("GET", figures_path(1), json=figures(1))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    feed = await poll(nova, feed)
    assert feed.moving
    stand(cloud, one(1, "ACTIVE"))
    cloud.on("GET", figures_path(1), json={"migrations": []})
    feed = await poll(nova, feed)
    assert told(feed) == [("vm-1", "ACTIVE", "over")]
    assert not feed.moving


async def test_copy_that_goes_on_unseen_is_not_over(cloud):
    """After a switch-over Nova shows the record no more, though the rest of the memory is still fetched."""
    stand(cloud, one(1, "MIGRATING"))
    cloud.on("GET", figures_path(1), json=figures(1))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    cloud.on("GET", figures_path(1), json={"migrations": []})
    feed = await poll(nova, feed)
    assert told(feed) == [("vm-1", "MIGRATING", "running")]
    assert feed.cursor.admin_started == {instance(1)}


async def test_deleted_one_is_forgotten(cloud):
    stand(cloud, one(1, "VERIFY_RESIZE"))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    cloud.on("GET", SERVERS, json={"servers": []})
    cloud.on("GET", f"/v2.1/servers/{instance(1)}", status=404, json=fault("itemNotFound", 404, "gone"))
    feed = await poll(nova, feed, later=True)
    assert (feed.unrecorded, feed.cursor.admin_started) == ((), frozenset())


@pytest.mark.parametrize("status", [400, 403, 500, 503])
async def test_look_that_fails_fails_nothing_and_ends_nothing(cloud, status):
    stand(cloud, one(1, "VERIFY_RESIZE"))
    nova = nova_of(cloud)
    feed = await read_feed(nova, OWN)
    cloud.on("GET", SERVERS, status=status, json=fault("someFault", status, "not now"))
    feed = await poll(nova, feed, later=True)
    assert (feed.unrecorded, feed.cursor.admin_started) == ((), {instance(1)})


async def test_one_instance_alone_is_looked_at_by_itself(cloud):
    stand(cloud, one(1, "VERIFY_RESIZE"))
    feed = await read_feed(nova_of(cloud), Query(project_id="demo-id", instance_id=instance(1)))
    assert told(feed) == [("vm-1", "VERIFY_RESIZE", "confirm")]
    assert cloud.made("GET", SERVERS) == []


async def test_all_projects_need_no_such_look(cloud):
    stand(cloud, one(1, "VERIFY_RESIZE"))
    feed = await read_feed(nova_of(cloud), Query())
    assert feed.unrecorded == ()
    assert cloud.made("GET", SERVERS) == []


async def test_own_names_come_with_the_look(cloud):
    stand(cloud, one(1, "VERIFY_RESIZE"))
    nova = nova_of(cloud)
    await read_feed(nova, OWN)
    cloud.forget()
    lists(cloud, record(1, status="finished", migration_type="migration"))
    feed = await read_feed(nova, OWN)
    assert feed.rows[0].name == "vm-1"
    assert cloud.made("GET", "/v2.1/servers/0*") == []


PAGE = "/project/migrations/"
FORCE = "force-complete"


@pytest.fixture
def copying(cloud):
    stand(cloud, one(1, "MIGRATING"))
    cloud.on("GET", figures_path(1), json=figures(1, source_compute=None, dest_compute=None))
    cloud.on("GET", f"/v2.1/servers/{instance(1)}/os-instance-actions", json={"instanceActions": []})
    return cloud


def test_page_of_a_live_one_is_shown(copying, helpdesk_client):
    address = f"{PAGE}{migration(1)}/"
    page = helpdesk_client.get(address, {"instance": instance(1)})
    assert page.status_code == 200
    assert "Started by an administrator." in page.content.decode()
    copying.on("GET", figures_path(1), json={"migrations": []})
    assert helpdesk_client.get(address, {"instance": instance(1)}).status_code == 404


@pytest.mark.parametrize(("action", "method", "path"), [("abort", "DELETE", ""), (FORCE, "POST", "/action")])
def test_live_one_is_acted_on(copying, helpdesk_client, action, method, path):
    copying.on(method, f"{figures_path(1)}/1{path}", status=202)
    answer = helpdesk_client.post(f"{PAGE}{migration(1)}/{action}/", {"instance": instance(1)}, headers=JSON)
    assert answer.status_code == 202
    assert len(copying.made(method, f"{figures_path(1)}/1{path}")) == 1


def by_instance(action, number=1):
    return f"{PAGE}instances/{instance(number)}/{action}/"


@pytest.fixture
def waiting(cloud):
    stand(cloud, one(1, "VERIFY_RESIZE"))
    cloud.on("POST", f"/v2.1/servers/{instance(1)}/action", status=202)
    return cloud


@pytest.mark.parametrize(("action", "order"), [("confirm", "confirmResize"), ("revert", "revertResize")])
def test_waiting_one_is_answered_by_its_instance(waiting, helpdesk_client, action, order):
    [one] = helpdesk_client.get(f"{PAGE}status/", {"html": "1"}).json()["unlisted"]
    assert one["actions"] == ["confirm", "revert"]
    assert f'formaction="{by_instance(action)}"' in one["html"]
    assert helpdesk_client.post(by_instance(action), headers=JSON).status_code == 202
    [sent] = waiting.made("POST", "*")
    assert order in sent.body


def test_without_a_script_it_is_asked_first(waiting, helpdesk_client):
    assert "waiting for your confirmation" in helpdesk_client.get(PAGE).content.decode()
    question = helpdesk_client.post(by_instance("revert"), {"ask": "1"}).content.decode()
    assert "goes back to the host and the size it had" in question
    assert f'action="{by_instance("revert")}"' in question
    assert waiting.made("POST", "*") == []
    assert helpdesk_client.post(by_instance("revert"))["Location"] == PAGE
    assert len(waiting.made("POST", "*")) == 1


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [({"status": "ACTIVE"}, 409, "Nothing was done"), ({"tenant_id": "another"}, 404, "no such instance")],
)
def test_nothing_is_sent_to_one_that_waits_for_nothing_or_is_anothers(waiting, helpdesk_client, changes, code, words):
    stand(waiting, one(1, "VERIFY_RESIZE", **changes) if "tenant_id" in changes else one(1, "ACTIVE"))
    answer = helpdesk_client.post(by_instance("confirm"), headers=JSON)
    assert answer.status_code == code
    assert words in answer.json()["error"]
    assert waiting.made("POST", "*") == []


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_only_posts_are_taken(waiting, helpdesk_client, method):
    assert getattr(helpdesk_client, method)(by_instance("confirm")).status_code == 405


@pytest.mark.parametrize("action", ["abort", "force-complete", "reset-state"])
def test_other_actions_are_none_of_an_instance(waiting, helpdesk_client, action):
    assert helpdesk_client.post(by_instance(action)).status_code == 404
