# SPDX-License-Identifier: Apache-2.0
"""A page of one region, used after a switch to the other, does nothing and says so.

The hosts have the same names in both regions, so an order that was not bound to its region would be carried out.
"""

import re

import pytest

from migration_panel.scope import ADMIN, PROJECT
from tests.support.embedded_cloud import eventually

HOST = "compute-01"
BROWSER = {"headers": {"Accept": "text/html"}}
SCRIPT = {"headers": {"Accept": "application/json", "X-Requested-With": "XMLHttpRequest"}}
READS = ("GET", "HEAD", "OPTIONS")

# Each page of hosts, and what its form sends.
HOST_FORMS = {
    "drain": {"reason": "patch", "block": "1"},
    "return": {},
    "run": {"action": "resume"},
    "evacuate": {"confirmed": HOST},
}


@pytest.fixture
def client(cloud_client):
    return cloud_client("admin")


def binding(page) -> str:
    return re.search(r'name="binding" value="([^"]+)"', page.content.decode())[1]


def orders(calls) -> list[str]:
    """Return the calls that change something.  Horizon logs in to the project again at a switch."""
    return [f"{one.service} {one.method}" for one in calls if one.method not in READS if "keystone" not in one.service]


def says_so(answer) -> bool:
    return answer.status_code == 409 and "changed in another tab" in answer.content.decode()


@pytest.mark.parametrize("asks", [BROWSER, SCRIPT], ids=["browser", "script"])
@pytest.mark.parametrize("page", HOST_FORMS)
def test_form_of_a_host_does_nothing_after_the_switch(client, switch_region, count_calls, page, asks):
    made = binding(client.get(ADMIN.url("index")))
    switch_region(client, "RegionTwo")
    with count_calls() as calls:
        answer = client.post(ADMIN.url(page, HOST), HOST_FORMS[page] | {"binding": made}, **asks)
    assert says_so(answer), answer.content.decode()[:2000]
    assert orders(calls) == []


@pytest.mark.parametrize("asks", [BROWSER, SCRIPT], ids=["browser", "script"])
def test_several_does_nothing_after_the_switch(client, switch_region, count_calls, nova_in, asks):
    ids = [server.id for server in nova_in("RegionTwo").servers.list(search_opts={"all_tenants": 1})]
    made = binding(client.get(ADMIN.url("index")))
    switch_region(client, "RegionTwo")
    fields = {"instance": ids, "type": "live", "kind": "live", "destination": "", "binding": made}
    with count_calls() as calls:
        answer = client.post(ADMIN.url("several"), fields, **asks)
    assert says_so(answer), answer.content.decode()[:2000]
    assert orders(calls) == []


def test_board_starts_again_after_the_switch(client, switch_region):
    first = client.get(ADMIN.url("status")).json()
    assert first["migrations"]
    switch_region(client, "RegionTwo")
    answer = client.get(ADMIN.url("status"), {"cursor": first["cursor"]})
    assert says_so(answer)
    assert "migrations" not in answer.json()
    afresh = client.get(ADMIN.url("status")).json()["migrations"]
    assert {one["uuid"] for one in afresh}.isdisjoint(one["uuid"] for one in first["migrations"])


def test_action_on_a_migration_does_nothing_after_the_switch(client, switch_region, count_calls, nova_in, instance):
    nova = nova_in("RegionOne")
    server = instance("shared", nova=nova, sim_converge="never")
    server.live_migrate("compute-02", False)
    page = client.get(ADMIN.url("index"))

    def running() -> list[dict]:
        found = client.get(ADMIN.url("status"), {"instance": server.id}).json()["migrations"]
        return [one for one in found if one["status"] == "running"]

    # Nova answers before it has a record of the migration.
    [moving] = eventually(running)
    switch_region(client, "RegionTwo")
    with count_calls() as calls:
        answer = client.post(ADMIN.url("act", moving["uuid"], "abort"), {"binding": binding(page)}, **BROWSER)
    assert says_so(answer)
    assert orders(calls) == []
    switch_region(client, "RegionOne")
    client.post(ADMIN.url("act", moving["uuid"], "abort"), {"binding": binding(page)}, **BROWSER)


def test_same_region_again_serves_the_page_that_is_open(client, switch_region, nova_in):
    """The binding names the region, not the moment."""
    made = binding(client.get(ADMIN.url("index")))
    switch_region(client, "RegionTwo")
    switch_region(client, "RegionOne")
    answer = client.post(ADMIN.url("drain", HOST), {"binding": made, "update": "1"}, **BROWSER)
    assert answer.status_code == 200
    assert HOST in answer.content.decode()


def test_project_board_starts_again_after_the_switch(cloud_client, switch_region):
    client = cloud_client("helpdesk")
    first = client.get(PROJECT.url("status")).json()
    switch_region(client, "RegionTwo")
    if first["cursor"]:
        assert says_so(client.get(PROJECT.url("status"), {"cursor": first["cursor"]}))
    assert client.get(PROJECT.url("status")).status_code == 200
