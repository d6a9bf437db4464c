# SPDX-License-Identifier: Apache-2.0
"""Evacuation on the real Nova, of the instance on the demo's host that is down."""

import re

import pytest

from migration_panel.scope import ADMIN
from tests.support.call_counter import Calls
from tests.support.embedded_cloud import eventually

HOST = "compute-05"
ADDRESS = f"/admin/migrations/hosts/{HOST}/evacuate/"


@pytest.fixture
def evacuable(admin_nova):
    [server] = admin_nova.servers.list(search_opts={"all_tenants": 1, "host": HOST})
    admin_nova.servers.set_meta(server, {"sim_seconds": "2"})
    return server


def host_of(nova, server):
    return getattr(nova.servers.get(server.id), "OS-EXT-SRV-ATTR:host")


def lines(calls: Calls):
    return sorted(f"{call.service} {call.method} {call.path}" for call in calls.panel)


def test_hosts_page_is_four_calls_and_shows_which_host_is_down(cloud_client, count_calls):
    client = cloud_client("admin")
    client.get(ADMIN.url("hosts"))
    with count_calls() as calls:
        page = client.get(ADMIN.url("hosts")).content.decode()
    assert lines(calls) == [
        "nova GET /v2.1/os-hypervisors/detail",
        "nova GET /v2.1/os-migrations",
        "nova GET /v2.1/os-services",
        "placement GET /allocation_candidates",
    ]
    assert re.findall(r'<tr data-host="([^"]+)"', page) == [f"compute-{number:02}" for number in range(1, 7)]
    assert re.findall(r'href="([^"]+/evacuate/)"', page) == [ADDRESS]
    assert "bad fan" in page


def test_instance_is_evacuated_once_and_runs_elsewhere(cloud_client, admin_nova, evacuable):
    client = cloud_client("admin")
    assert evacuable.name in client.get(ADDRESS).content.decode()
    order = {"instances": [evacuable.id], "confirmed": HOST}
    assert client.post(ADDRESS, order | {"confirmed": "compute-0"}).status_code == 200
    assert host_of(admin_nova, evacuable) == HOST
    assert client.post(ADDRESS, order).status_code == 302
    # A second request, as of another administrator.
    client.post(ADDRESS, order)
    progress = "Evacuated: 1 · In progress: 0 · Failed: 0 · Still to evacuate: 0"
    eventually(lambda: progress in client.get(ADDRESS).content.decode())
    page = client.get(ADDRESS).content.decode()
    assert f"Nova lists no instance on {HOST}, and Placement confirms this." in page
    assert f"nova-compute on {HOST} has not been restarted since 1 instance was evacuated." in page
    assert evacuable.name in page
    [record] = admin_nova.migrations.list(instance_uuid=evacuable.id)
    assert (record.migration_type, record.status, record.source_compute) == ("evacuation", "done", HOST)
    # Nova filters by both.
    open_ones = admin_nova.migrations.list(migration_type="evacuation", status="done")
    assert {(one.migration_type, one.status) for one in open_ones} == {("evacuation", "done")}
    assert admin_nova.migrations.list(migration_type="live-migration", status="done") == []
    server = eventually(lambda: active(admin_nova, evacuable))
    assert getattr(server, "OS-EXT-SRV-ATTR:host") == record.dest_compute != HOST
    answer = client.get(ADMIN.url("status"), {"instance": evacuable.id}).json()
    assert [(one["type"], one["phase"]) for one in answer["migrations"]] == [("evacuation", "done")]


def active(nova, server):
    """Return the instance once it is running again; None before."""
    found = nova.servers.get(server.id)
    return found if (found.status, getattr(found, "OS-EXT-STS:task_state")) == ("ACTIVE", None) else None


def test_host_that_is_up_is_not_evacuated(cloud_client, admin_nova):
    client = cloud_client("admin")
    address = ADMIN.url("evacuate", "compute-01")
    assert "compute-01 is up." in client.get(address).content.decode()
    [server, *_] = admin_nova.servers.list(search_opts={"all_tenants": 1, "host": "compute-01"})
    assert client.post(address, {"instances": [server.id], "confirmed": "compute-01"}).status_code == 409
    assert admin_nova.migrations.list(instance_uuid=server.id, migration_type="evacuation") == []


@pytest.mark.parametrize("user", ["helpdesk", "viewer"])
def test_other_users_see_neither_hosts_nor_evacuation(cloud_client, user):
    client = cloud_client(user)
    for address in (ADMIN.url("hosts"), ADDRESS):
        assert client.get(address).status_code == 403
