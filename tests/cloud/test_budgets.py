# SPDX-License-Identifier: Apache-2.0
"""The calls that reach the real services for each page and action, with warm caches."""

import pytest
from django.core.cache import cache

from migration_panel.board.cursor import Cursor
from tests.support.embedded_cloud import eventually

BOARD = "/admin/migrations/"
STATUS = f"{BOARD}status/"


@pytest.fixture
def admin(cloud_client):
    """A client after the versions were negotiated and the names were read."""
    client = cloud_client("admin")
    client.get(STATUS)
    return client


def lines(calls):
    return sorted(f"{call.service} {call.method} {call.path}" for call in calls)


def instance_id(nova, name):
    [server] = nova.servers.list(search_opts={"all_tenants": 1, "name": f"^{name}$"})
    return server.id


def test_poll_without_a_migration_in_progress_is_one_call(admin, admin_nova, count_calls):
    query = {"instance": instance_id(admin_nova, "notebook-1")}
    cursor = admin.get(STATUS, query).json()["cursor"]
    with count_calls() as calls:
        answer = admin.get(STATUS, query | {"cursor": cursor, "html": "1"})
    assert answer.json()["migrations"] == []
    assert lines(calls) == ["nova GET /v2.1/os-migrations"]


def test_first_page_is_two_calls_beside_the_frame(admin, count_calls):
    with count_calls(at_once=2) as calls:
        admin.get(BOARD)
    assert lines(calls.panel) == ["nova GET /v2.1/os-migrations"] * 2
    assert len(calls.frame) <= 3


def test_each_unknown_name_is_requested_once_and_all_at_once(admin, cloud_client, count_calls):
    """The versions were negotiated for the whole process; the cache with the names is empty."""
    cache.clear()
    client = cloud_client("admin")
    with count_calls() as first:
        client.get(BOARD)
    cache.clear()
    client = cloud_client("admin")
    number = sum(map(shows_an_instance, first.panel))
    with count_calls(at_once=number // 2 + 1, matches=shows_an_instance) as calls:
        client.get(BOARD)
    made = lines(calls.panel)
    lists, names = made[:2], made[2:]
    assert lists == ["nova GET /v2.1/os-migrations"] * 2
    assert len(names) > 5
    assert len(set(names)) == len(names)
    assert all(name.startswith("nova GET /v2.1/servers/") for name in names)
    assert len(names) == number


def shows_an_instance(call):
    return call.path.startswith("/v2.1/servers/")


def test_form_is_five_calls_four_of_them_at_once(admin, admin_nova, count_calls):
    server = instance_id(admin_nova, "wiki")
    form = f"{BOARD}{server}/live/"
    # All forms share a list of evacuations, which is read once a minute.
    admin.get(f"{BOARD}{server}/cold/")
    with count_calls(at_once=4) as calls:
        admin.get(form)
    assert lines(calls.panel) == [
        "neutron GET /v2.0/ports",
        "nova GET /v2.1/os-hypervisors/detail",
        "nova GET /v2.1/os-services",
        f"nova GET /v2.1/servers/{server}",
        "placement GET /allocation_candidates",
    ]


def test_submit_is_three_calls(admin, instance, count_calls):
    form = f"{BOARD}{instance('shared').id}/live/"
    admin.get(form)
    with count_calls() as calls:
        assert admin.post(form, {"destination": "compute-02"}).status_code == 302
    assert len(calls.panel) <= 3


def test_poll_with_running_migrations_is_one_call_and_one_for_each_migration(admin, admin_nova, count_calls, moving):
    """At least three migrations, from three hosts: each host runs one migration at a time."""
    cursor = admin.get(STATUS).json()["cursor"]
    followed = Cursor.parse(cursor).followed
    assert set(moving) <= set(followed)
    with count_calls(at_once=len(moving) + 1) as calls:
        admin.get(STATUS, {"cursor": cursor, "html": "1"})
    assert lines(calls) == sorted(
        ["nova GET /v2.1/os-migrations", *(f"nova GET /v2.1/servers/{one}/migrations" for one in followed)]
    )


def test_running_migrations_beyond_the_limit_are_requested_in_turn(admin, admin_nova, count_calls, moving, settings):
    settings.MIGRATION_PANEL = {"CONCURRENCY": 3}
    cursor = admin.get(STATUS).json()["cursor"]
    followed = {f"/v2.1/servers/{one}/migrations" for one in Cursor.parse(cursor).followed}
    # For some seconds, polls request the state of an instance whose migration an earlier test has just aborted.
    failed = [one for one in admin_nova.migrations.list() if one.status in ("cancelled", "error", "failed")]
    ended = tuple(f"/v2.1/servers/{one.instance_uuid}" for one in failed)
    asked = set()
    for _ in range(-(-len(followed) // 2)):
        with count_calls() as calls:
            cursor = admin.get(STATUS, {"cursor": cursor, "html": "1"}).json()["cursor"]
        paths = {call.path for call in calls if call.path.startswith("/v2.1/servers/")}
        copies = {path for path in paths if path.endswith("/migrations")}
        assert 0 < len(copies) <= 2
        assert all(path.startswith(ended) for path in paths - copies)
        asked |= copies
    assert followed <= asked


@pytest.fixture
def moving(admin_nova):
    """Instances whose migrations run and do not end by themselves."""
    servers = [instance_id(admin_nova, name) for name in ("cache-1", "shop-db", "build-agent-2")]
    for one in servers:
        admin_nova.servers.set_meta(one, {"sim_converge": "never"})
        admin_nova.servers.live_migrate(one, None, True)
    eventually(lambda: all(running(admin_nova, one) for one in servers))
    yield servers
    for one in servers:
        for migration in running(admin_nova, one):
            admin_nova.server_migrations.live_migration_abort(one, migration.id)
    eventually(lambda: not any(running(admin_nova, one) for one in servers))


def running(nova, server):
    return [one for one in nova.server_migrations.list(server) if one.status == "running"]
