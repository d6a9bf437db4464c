# SPDX-License-Identifier: Apache-2.0
"""Evacuation within Horizon's frame: the plan, the guard, the order and what comes of it."""

import re

import pytest

from migration_panel.hosts.evacuate import run as evacuate_run
from tests.answers import SERVER, SIX_HOSTS, fault, listed, services
from tests.unit.board.moves import instance
from tests.unit.hosts.cloud import MIGRATIONS, PAGE, SERVICES, tell_hosts
from tests.unit.hosts.fake_host import FakeHost

HERE = f"{PAGE}compute-05/evacuate/"
SERVERS = "/v2.1/servers/detail"
ORDERS = "/v2.1/servers/*/action"
ODD = """<b>"Ops" & 'QA'</b>"""


def server(number, **given):
    own = {"id": instance(number), "name": f"vm-{number}", "OS-EXT-SRV-ATTR:host": "compute-05"}
    return SERVER | own | given


def has(nova, *servers):
    nova.on("GET", SERVERS, json={"servers": list(servers)})


def evacuations(nova, *changes):
    own = {"migration_type": "evacuation", "source_compute": "compute-05"}
    nova.on("GET", MIGRATIONS, json=listed(*(own | one for one in changes)))


@pytest.fixture
def nova(fake_cloud):
    tell_hosts(fake_cloud, *SIX_HOSTS)
    paused = {"OS-EXT-STS:vm_state": "paused", "status": "PAUSED"}
    has(fake_cloud, server(1), server(2, image=""), server(3, **paused))
    fake_cloud.on("POST", ORDERS, json={})
    return fake_cloud


def text(response):
    return response.content.decode()


def order(client, *numbers, address=HERE, **given):
    fields = {"instances": [instance(number) for number in numbers], "confirmed": "compute-05"}
    return client.post(address, fields | given)


def orders(nova):
    return {call.path.split("/")[3]: call.body for call in nova.made("POST", ORDERS)}


@pytest.mark.parametrize(("links", "told"), [([{"rel": "next", "href": "http://nova"}], True), ([], False)])
def test_plan_says_when_there_may_be_more_instances(nova, admin_client, links, told):
    nova.on("GET", SERVERS, json={"servers": [server(1)], "servers_links": links})
    assert ("Only the first instance is listed." in text(admin_client.get(HERE))) is told


@pytest.fixture
def crowd(nova, settings):
    """More instances on compute-05 than Nova lists at once."""
    # The names of so many would push the session out of Django's cache in memory.
    settings.CACHES = {"default": settings.CACHES["default"] | {"OPTIONS": {"MAX_ENTRIES": 10_000}}}
    host = FakeHost(nova, 2010)
    for one in host.servers.values():
        one["OS-EXT-SRV-ATTR:host"] = "compute-05"
    nova.on("GET", SERVICES, json=services(*SIX_HOSTS))
    nova.on("GET", MIGRATIONS, json=listed())
    nova.on("POST", ORDERS, json={})
    return host


def test_two_thousand_instances_are_listed_and_evacuated_by_one_field(crowd, nova, admin_client):
    page = text(admin_client.get(HERE))
    ids = re.findall(r'name="instances" value="([^"]+)" checked', page)
    assert set(ids) == set(list(crowd.servers)[:2000])
    assert "Only the first 2000 instances are listed." in page
    assert 'data-joined="instances"' in page
    assert "<noscript>" in page[page.index("data-migration-evacuate") :]
    nova.forget()
    response = admin_client.post(HERE, {"instances": " ".join(ids), "confirmed": "compute-05", "destination": ""})
    assert (response.status_code, response["Location"]) == (302, HERE)
    assert set(orders(nova)) <= set(ids)
    assert orders(nova)


def test_one_field_may_hold_several_instances_and_one_that_cannot_go_stops_all(nova, admin_client):
    fields = {"instances": [f"{instance(1)},{instance(3)}"], "confirmed": "compute-05"}
    assert "Not all of them can be evacuated any more" in text(admin_client.post(HERE, fields))
    assert orders(nova) == {}
    admin_client.post(HERE, fields | {"instances": [f"{instance(1)}, {instance(2)}"]})
    assert set(orders(nova)) == {instance(1), instance(2)}


def test_few_instances_need_no_script(nova, admin_client):
    page = text(admin_client.get(HERE))
    assert "needs JavaScript" not in page


def test_plan_tells_what_will_happen_and_orders_nothing(nova, admin_client):
    page = text(admin_client.get(HERE))
    assert "Power compute-05 off first." in page
    assert "Lost." in page
    assert re.findall(r'name="instances" value="([^"]+)" checked', page) == [instance(1), instance(2)]
    assert "Started elsewhere from its volume." in page
    assert "Cannot be evacuated: it is paused" in page
    assert orders(nova) == {}


def test_plan_costs_three_calls_of_ours(nova, admin_client):
    admin_client.get(HERE)
    nova.forget()
    admin_client.get(HERE)
    assert sorted(nova.panel_calls) == sorted(f"GET {path}" for path in (SERVERS, MIGRATIONS, SERVICES))
    [call] = nova.made("GET", SERVERS)
    assert (call.query["host"], call.query["all_tenants"]) == ("compute-05", "1")
    [call] = nova.made("GET", MIGRATIONS)
    assert (call.query["host"], call.query["migration_type"]) == ("compute-05", "evacuation")


def test_order_goes_out_for_each_that_was_ticked_and_keeps_its_power_state(nova, admin_client):
    response = order(admin_client, 1, 2)
    assert (response.status_code, response["Location"]) == (302, HERE)
    assert orders(nova) == {instance(1): {"evacuate": {}}, instance(2): {"evacuate": {}}}
    # From 2.95 on Nova leaves all of them shut off.
    assert {call.microversion for call in nova.made("POST", ORDERS)} == {"2.94"}
    assert "Nova has begun to evacuate 2 instances." in text(admin_client.get(HERE))


def test_named_destination_is_sent_and_never_forced(nova, admin_client):
    order(admin_client, 1, destination="compute-03")
    assert orders(nova) == {instance(1): {"evacuate": {"host": "compute-03"}}}


@pytest.mark.parametrize(
    ("numbers", "given", "words"),
    [
        ((1,), {"confirmed": ""}, "This is not the name of the host that is powered off."),
        ((1,), {"confirmed": "compute-0"}, "This is not the name of the host that is powered off."),
        ((1,), {"confirmed": "compute-055"}, "This is not the name of the host that is powered off."),
        ((), {}, "Choose the instances to evacuate."),
        ((3,), {}, "Not all of them can be evacuated any more"),
        ((1, 7), {}, "Not all of them can be evacuated any more"),
        ((1,), {"destination": "compute-05"}, "Select a valid choice."),
        ((1,), {"destination": "compute-06"}, "Select a valid choice."),
        ((1,), {"destination": "nowhere"}, "Select a valid choice."),
        ((1,), {"confirmed": ODD, "destination": ODD}, "Select a valid choice."),
    ],
)
def test_what_is_not_right_orders_nothing_and_is_told(nova, admin_client, numbers, given, words):
    response = order(admin_client, *numbers, **given)
    assert response.status_code == 200
    assert words in text(response)
    assert ODD not in text(response)
    assert orders(nova) == {}


def test_host_that_is_up_is_refused_before_nova_is_asked(nova, admin_client):
    address = f"{PAGE}compute-01/evacuate/"
    page = text(admin_client.get(address))
    assert "compute-01 is up." in page
    assert 'name="confirmed"' not in page
    response = order(admin_client, 1, address=address, confirmed="compute-01")
    assert response.status_code == 409
    assert orders(nova) == {}


def test_host_that_came_back_meanwhile_is_told_in_novas_words(nova, admin_client):
    in_use = fault("badRequest", 400, "Compute service of compute-05 is still in use.")
    nova.on("POST", ORDERS, status=400, json=in_use)
    order(admin_client, 1, 2)
    page = text(admin_client.get(HERE))
    assert "Not evacuated: vm-1, vm-2. Nova refused. Compute service of compute-05 is still in use." in page
    # Nothing was begun, so that it may be asked for again.
    nova.on("POST", ORDERS, json={})
    order(admin_client, 1)
    assert "Nova has begun to evacuate 1 instance." in text(admin_client.get(HERE))


def test_second_order_at_the_same_moment_does_nothing(nova, admin_client):
    """Nova itself would take it, and its lists do not show the first one yet."""
    order(admin_client, 1)
    order(admin_client, 1, 2)
    assert [call.path.split("/")[3] for call in nova.made("POST", ORDERS)] == [instance(1), instance(2)]
    assert "Not evacuated: vm-1. It has just been asked for." in text(admin_client.get(HERE))


def test_one_without_an_answer_is_not_asked_for_again_at_once(nova, admin_client):
    nova.on("POST", ORDERS, status=503, json=fault("computeFault", 503, "busy"))
    order(admin_client, 1)
    nova.on("POST", ORDERS, json={})
    order(admin_client, 1)
    assert len(nova.made("POST", ORDERS)) == 1


def test_one_under_way_cannot_be_ordered_again(nova, admin_client):
    has(nova, server(1, **{"OS-EXT-STS:task_state": "rebuilding"}), server(2))
    evacuations(nova, {"status": "accepted", "instance_uuid": instance(2)})
    page = text(admin_client.get(HERE))
    assert page.count("Being evacuated.") == 2
    assert "0 evacuated, 1 under way, 0 failed, 0 left on the host." in page
    assert 'name="confirmed"' not in page
    assert "Not all of them" in text(order(admin_client, 1, 2))
    assert orders(nova) == {}


def test_all_done_is_said_when_nova_has_none_left(nova, admin_client):
    has(nova)
    done = {"status": "done", "instance_uuid": instance(1), "uuid": instance(11)}
    evacuations(nova, done)
    nova.on("GET", f"/v2.1/servers/{instance(1)}", json={"server": server(1)})
    page = text(admin_client.get(HERE))
    assert "Nova has no instance on compute-05." in page
    assert "1 evacuated, 0 under way, 0 failed, 0 left on the host." in page
    assert f'id="migration-{instance(11)}"' in page


def test_orders_are_under_way_at_once(nova, admin_client):
    many = range(1, 17)
    has(nova, *(server(number) for number in many))
    nova.on("POST", ORDERS, json={}, together=16)
    order(admin_client, *many)
    assert "Nova has begun to evacuate 16 instances." in text(admin_client.get(HERE))


def test_what_comes_too_late_is_left_for_another_request(nova, admin_client, monkeypatch):
    monkeypatch.setattr(evacuate_run, "PATIENCE", -1)
    order(admin_client, 1, 2)
    assert orders(nova) == {}
    assert "2 instances are still to be asked for" in text(admin_client.get(HERE))


@pytest.mark.parametrize("path", [SERVERS, MIGRATIONS, SERVICES])
def test_nova_that_fails_is_told(nova, admin_client, path):
    nova.on("GET", path, status=503, json=fault("computeFault", 503, "oops"))
    assert admin_client.get(HERE).status_code == 503


def test_lost_session_leads_to_the_login_form(nova, admin_client):
    nova.on("POST", ORDERS, status=401, json=fault("unauthorized", 401, "gone"))
    response = order(admin_client, 1, 2)
    assert response.status_code == 302
    assert "/auth/login/" in response["Location"]


@pytest.mark.parametrize("host", ["compute-5", "compute", "compute-055"])
def test_unknown_host_is_not_found(nova, admin_client, host):
    assert admin_client.get(f"{PAGE}{host}/evacuate/").status_code in (302, 404)
    assert order(admin_client, 1, address=f"{PAGE}{host}/evacuate/", confirmed=host).status_code in (302, 404)
    assert orders(nova) == {}


def test_names_are_never_html(nova, admin_client):
    has(nova, server(1, name=ODD))
    assert ODD not in text(admin_client.get(HERE))
    nova.on("POST", ORDERS, status=409, json=fault("conflictingRequest", 409, ODD))
    order(admin_client, 1)
    assert ODD not in text(admin_client.get(HERE))


def test_who_may_not_evacuate_is_kept_out_and_not_offered_it(nova, admin_client, monkeypatch):
    may = lambda request, rule: "evacuate" not in rule  # noqa: E731
    monkeypatch.setattr("migration_panel.hosts.rights.allowed", may)
    assert admin_client.get(HERE).status_code == 403
    assert order(admin_client, 1).status_code == 403
    assert orders(nova) == {}
    assert HERE not in text(admin_client.get(PAGE))


def test_it_is_offered_for_hosts_that_are_down_only(nova, admin_client):
    nova.on("GET", SERVICES, json=services(*SIX_HOSTS, {"host": "forced", "state": "down", "forced_down": True}))
    found = re.findall(r'href="/admin/migrations/hosts/([^/]+)/evacuate/"', text(admin_client.get(PAGE)))
    assert found == ["compute-05", "forced"]


def test_helpdesk_is_kept_out(nova, helpdesk_client):
    assert helpdesk_client.get(HERE).status_code == 403
