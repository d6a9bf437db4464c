# SPDX-License-Identifier: Apache-2.0
"""Evacuation within Horizon's frame: the plan, the guard, the order and what comes of it."""

import re
import threading
import time
from html import unescape

import pytest
from django.test import Client

from migration_panel.formatting import MAX_NAMES
from migration_panel.hosts.evacuate import service as evacuate_run
from migration_panel.machine_lock import locked
from tests.support.board_migrations import instance
from tests.support.fake_host import FakeHost
from tests.support.host_answers import HYPERVISORS, MIGRATIONS, PAGE, SERVICES, tell_hosts
from tests.support.nova_answers import SERVER, SIX_HOSTS, fault, hypervisors, listed, provider, services

HERE = f"{PAGE}compute-05/evacuate/"
SERVERS = "/v2.1/servers/detail"
ORDERS = "/v2.1/servers/*/action"
ODD = """<b>"Ops" & 'QA'</b>"""
HOLDERS = f"/placement/resource_providers/{provider('compute-05')}/allocations"


def server(number, **given):
    own = {"id": instance(number), "name": f"vm-{number}", "OS-EXT-SRV-ATTR:host": "compute-05"}
    return SERVER | own | given


def has(nova, *servers):
    nova.on("GET", SERVERS, json={"servers": list(servers)})
    for one in servers:
        nova.on("GET", f"/v2.1/servers/{one['id']}", json={"server": one})


def down(nova, *others, **changes):
    """Return compute-05, which is down, with the changes of a test, and other services."""
    rest = [one for one in SIX_HOSTS if one["host"] != "compute-05"]
    nova.on("GET", SERVICES, json=services(*rest, {"host": "compute-05", "state": "down"} | changes, *others))


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
    # The pages are large, and the machine may be busy.
    settings.MIGRATION_PANEL = {"TIMEOUT": 120}
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


def test_one_field_may_hold_several_instances_and_an_impossible_instance_stops_all(nova, admin_client):
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


def test_plan_costs_four_calls(nova, admin_client):
    """The hypervisors show whether their driver can evacuate."""
    admin_client.get(HERE)
    nova.forget()
    admin_client.get(HERE)
    assert sorted(nova.panel_calls) == sorted(f"GET {path}" for path in (SERVERS, MIGRATIONS, SERVICES, HYPERVISORS))
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


def test_host_that_came_back_meanwhile_is_told_in_novas_text(nova, admin_client):
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
    has(nova, server(1, updated="2026-11-22T11:59:00Z", **{"OS-EXT-STS:task_state": "rebuilding"}), server(2))
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
    assert "Nova lists no instance on compute-05" in page
    assert "1 evacuated, 0 under way, 0 failed, 0 left on the host." in page
    assert f'id="migration-{instance(11)}"' in page


def test_orders_are_under_way_at_once(nova, admin_client):
    many = range(1, 17)
    has(nova, *(server(number) for number in many))
    nova.on("POST", ORDERS, json={}, together=16)
    order(admin_client, *many)
    assert "Nova has begun to evacuate 16 instances." in text(admin_client.get(HERE))


def test_what_comes_too_late_is_left_for_another_request(nova, admin_client, monkeypatch):
    monkeypatch.setattr(evacuate_run, "TIME_LIMIT", -1)
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
    monkeypatch.setattr("migration_panel.policy.allowed", may)
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


def boxes(page):
    """Return the instances with a box, and whether the box is checked."""
    return {one: bool(ticked) for one, ticked in re.findall(r'name="instances" value="([^"]+)"( checked)?', page)}


@pytest.mark.parametrize(
    ("holders", "words", "proven"),
    [
        ({}, "Placement confirms this", True),
        ({instance(1): {}}, "Placement confirms this", True),
        ({instance(1): {}, instance(7): {}}, "still holds allocations", False),
        (None, "This could not be confirmed", False),
    ],
    ids=["nothing held", "evacuated ones hold theirs until a restart", "another instance", "no answer"],
)
def test_empty_list_is_reported_empty_only_with_a_second_source(nova, admin_client, holders, words, proven):
    has(nova)
    evacuations(nova, {"status": "done", "instance_uuid": instance(1)})
    if holders is not None:
        nova.on("GET", HOLDERS, json={"allocations": holders})
    page = text(admin_client.get(HERE))
    assert words in page
    assert bool(re.search(r'alert-success" data-migration-empty', page)) is proven
    assert "Nova has no instance" not in page


@pytest.mark.parametrize(
    ("changes", "status", "evacuated_at", "proven"),
    [
        ({}, "done", "2026-11-26T09:00:00", True),
        ({}, "accepted", "2026-11-26T09:00:00", False),
        ({}, "done", "2026-11-01T09:00:00", False),
        ({"state": "up"}, "done", "2026-11-26T09:00:00", False),
    ],
    ids=["evacuated", "evacuation in progress", "may have come back", "host is up"],
)
def test_resources_of_an_instance_not_known_to_have_left_are_no_leftover(
    nova, admin_client, changes, status, evacuated_at, proven
):
    has(nova)
    down(nova, **({"updated_at": "2026-11-26T08:00:00.000000"} | changes))
    times = {"created_at": evacuated_at, "updated_at": evacuated_at}
    evacuations(nova, {"status": status, "instance_uuid": instance(1)} | times)
    nova.on("GET", HOLDERS, json={"allocations": {instance(1): {}}})
    page = text(admin_client.get(HERE))
    assert ("Placement confirms this" in page) is proven
    assert ("still holds allocations" in page) is not proven


def test_empty_list_of_several_pages_that_is_cut_proves_nothing(nova, admin_client):
    elsewhere = server(1, **{"OS-EXT-SRV-ATTR:host": "compute-01"})
    links = [{"rel": "next", "href": "http://nova?marker=1"}]
    nova.on("GET", SERVERS, json={"servers": [elsewhere], "servers_links": links})
    nova.on("GET", HOLDERS, json={"allocations": {}})
    assert "alert-success" not in text(admin_client.get(HERE)).partition("data-migration-empty")[0][-40:]


def test_list_of_nodes_that_is_cut_proves_nothing(nova, admin_client):
    has(nova)
    links = {"hypervisors_links": [{"rel": "next", "href": "http://nova/without-marker"}]}
    nova.on("GET", HYPERVISORS, json=hypervisors("compute-05") | links)
    nova.on("GET", HOLDERS, json={"allocations": {}})
    assert "This could not be confirmed" in text(admin_client.get(HERE))


@pytest.mark.parametrize("record", [{"host": "compute-05", "status": "UNKNOWN", "binary": "nova-compute"}])
def test_host_in_a_cell_that_is_down_is_not_evacuated(nova, admin_client, record):
    has(nova)
    nova.on("GET", SERVICES, json={"services": [*services({"host": "compute-01"})["services"], record]})
    page = text(admin_client.get(HERE))
    assert "Nova cannot reach the cell of compute-05." in page
    assert "lists no instance" not in page
    assert 'name="confirmed"' not in page
    assert order(admin_client, 1).status_code == 409
    assert orders(nova) == {}


def test_bare_metal_is_not_evacuated(nova, admin_client):
    metal = {"host": "compute-05", "hypervisor_type": "ironic"}
    tell_hosts(nova, *SIX_HOSTS, nodes=[metal, metal | {"hypervisor_hostname": "m2"}])
    page = unescape(text(admin_client.get(HERE)))
    assert "Nova's driver for the hypervisor type “ironic” cannot evacuate" in page
    assert 'name="confirmed"' not in page
    assert order(admin_client, 1).status_code == 409
    assert orders(nova) == {}


def test_host_without_hypervisors_is_evacuated_with_a_warning(nova, admin_client):
    nova.on("GET", HYPERVISORS, status=503, json=fault("oops", 503, "Not today"))
    assert "does not list the hypervisor" in text(admin_client.get(HERE))
    order(admin_client, 1)
    assert set(orders(nova)) == {instance(1)}


@pytest.mark.parametrize("name", ["compute-05.example.com", "COMPUTE-05.example.com"])
def test_service_that_may_be_the_same_machine_needs_a_second_confirmation(nova, admin_client, name):
    down(nova, {"host": name})
    page = text(admin_client.get(HERE))
    assert f"{name} is up and may be the same machine as compute-05" in page
    assert f"compute-05 and {name} are different machines" in page
    assert "Confirm that these services run on different machines." in text(order(admin_client, 1))
    assert orders(nova) == {}
    assert order(admin_client, 1, other="on").status_code == 302
    assert set(orders(nova)) == {instance(1)}


@pytest.mark.parametrize("other", [{"host": "compute-050"}, {"host": "compute-05.example.com", "state": "down"}])
def test_other_services_need_no_second_confirmation(nova, admin_client, other):
    down(nova, other)
    assert "different machines" not in text(admin_client.get(HERE))
    assert order(admin_client, 1).status_code == 302


def test_reason_of_a_disabled_host_is_quoted(nova, admin_client):
    down(nova, status="disabled", disabled_reason="Masakari detected host failed.", forced_down=True)
    page = text(admin_client.get(HERE))
    assert "The compute service is disabled: “Masakari detected host failed.”." in page
    assert "forced down" in page


def test_locked_instances_are_not_selected_and_show_the_reason(nova, admin_client):
    has(nova, server(1), server(2, locked=True, locked_reason="masakari at work"), server(3, locked=True))
    page = text(admin_client.get(HERE))
    assert boxes(page) == {instance(1): True, instance(2): False, instance(3): False}
    assert "Locked: “masakari at work”." in page
    order(admin_client, 2)
    assert set(orders(nova)) == {instance(2)}


def test_destination_that_was_not_restarted_since_an_evacuation_is_not_offered(nova, admin_client):
    evacuations(nova, {"status": "done", "source_compute": "compute-03", "instance_uuid": instance(1)})
    page = text(admin_client.get(HERE))
    assert '<option value="compute-03">' not in page
    assert re.search(r"Not offered as a destination[^<]*compute-03", page)
    assert "Select a valid choice." in text(order(admin_client, 1, destination="compute-03"))
    assert orders(nova) == {}


def test_host_not_restarted_since_an_evacuation_says_what_a_restart_does(nova, admin_client):
    evacuations(nova, {"status": "done", "instance_uuid": instance(9)})
    page = text(admin_client.get(HERE))
    assert "nova-compute on compute-05 has not been restarted since 1 instance was evacuated." in page
    assert "The next restart deletes the guests of the evacuated instances" in page
    assert "Once it is back" not in page


def test_instances_of_other_hosts_are_left_out(nova, admin_client):
    """Nova ignores the filter by host for a role that may not use it."""
    has(nova, server(1), server(2, **{"OS-EXT-SRV-ATTR:host": "compute-01"}))
    assert set(boxes(text(admin_client.get(HERE)))) == {instance(1)}
    assert "Not all of them" in text(order(admin_client, 2))
    assert orders(nova) == {}


def test_instances_with_a_hidden_host_are_not_counted_for_the_host(nova, admin_client):
    has(nova, {name: value for name, value in server(1).items() if name != "OS-EXT-SRV-ATTR:host"})
    assert admin_client.get(HERE).status_code == 403
    assert order(admin_client, 1).status_code == 403
    assert orders(nova) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"OS-EXT-STS:task_state": "rebuilding"}, "Being evacuated."),
        ({"OS-EXT-SRV-ATTR:host": "compute-02"}, "The instance is no longer on the host."),
        ({"OS-EXT-STS:task_state": "deleting"}, "it is being deleted"),
    ],
)
def test_instance_that_changed_since_the_list_is_not_requested(nova, admin_client, changes, words):
    """Another administrator, tool or process may have been faster: Nova accepts two requests for one instance."""
    nova.on("GET", f"/v2.1/servers/{instance(1)}", json={"server": server(1, **changes)})
    order(admin_client, 1, 2)
    assert set(orders(nova)) == {instance(2)}
    assert words in text(admin_client.get(HERE))


def test_refused_instance_may_be_requested_again_at_once(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{instance(1)}", status=503, json=fault("oops", 503, "Not today"))
    order(admin_client, 1)
    nova.on("GET", f"/v2.1/servers/{instance(1)}", json={"server": server(1)})
    order(admin_client, 1)
    assert set(orders(nova)) == {instance(1)}


def without_a_cache(settings):
    settings.CACHES = settings.CACHES | {"none": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    settings.MIGRATION_PANEL = {"CACHE": "none"}


def test_instance_that_another_process_is_evacuating_is_not_requested(nova, admin_client, settings, monkeypatch):
    """The other process, on the same machine, has looked the instance up and sends its request at this moment."""
    without_a_cache(settings)
    monkeypatch.setattr("migration_panel.hosts.evacuate.service.TIME_LIMIT", 0.5)
    with locked(f"evacuation {instance(1)}", time.monotonic()):
        order(admin_client, 1, 2)
    assert set(orders(nova)) == {instance(2)}


def test_unanswered_request_is_not_repeated_without_a_cache(nova, admin_client, settings):
    """Nova may have accepted the request, and set no task state yet: another process must not send a second."""
    without_a_cache(settings)
    nova.on("POST", ORDERS, status=503, json=fault("oops", 503, "busy"))
    order(admin_client, 1)
    nova.on("POST", ORDERS, json={})
    nova.forget()
    order(admin_client, 1, 2)
    assert set(orders(nova)) == {instance(2)}


def test_double_click_without_a_cache_makes_one_evacuation(nova, admin_client, settings):
    without_a_cache(settings)
    busy = threading.Event()

    def accept(call):
        busy.set()
        return {}

    def look(call):
        """As Nova does: the task state is set before an evacuation is answered."""
        return {"server": server(1, **({"OS-EXT-STS:task_state": "rebuilding"} if busy.is_set() else {}))}

    nova.on("POST", ORDERS, json=accept, delay=0.3)
    nova.on("GET", f"/v2.1/servers/{instance(1)}", json=look)
    twins = [Client() for _ in range(2)]
    for one in twins:
        one.cookies = admin_client.cookies
    threads = [threading.Thread(target=order, args=(one, 1)) for one in twins]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    order(admin_client, 1)
    assert len(nova.made("POST", ORDERS)) == 1


def test_administrators_of_two_projects_make_one_evacuation(nova, login):
    """The endpoint of a catalogue may hold the project's ID."""
    for project in ("one", "two"):
        for path, answer in (
            (f"/v2.1/{project}/servers/detail", {"servers": [server(1)]}),
            (f"/v2.1/{project}/servers/{instance(1)}", {"server": server(1)}),
            (f"/v2.1/{project}/os-services", services(*SIX_HOSTS)),
            (f"/v2.1/{project}/os-migrations", listed()),
        ):
            nova.on("GET", path, json=answer)
        nova.on("POST", f"/v2.1/{project}/servers/*/action", json={})
        version = nova._nova_version()
        nova.on("GET", f"/v2.1/{project}", json={"version": version})
        nova.on("GET", f"/v2.1/{project}/", json={"version": version})
        client = login(Client(), project=project, project_id=project, nova_url=f"{nova.nova_url}/{project}")
        order(client, 1)
    assert len(nova.made("POST", "/v2.1/*/servers/*/action")) == 1


def test_message_of_many_refusals_stays_short(nova, admin_client):
    many = range(1, 101)
    has(nova, *(server(number, name=f"a-name-of-a-virtual-machine-{number:012}") for number in many))
    nova.on("POST", ORDERS, status=403, json=fault("forbidden", 403, "No. " * 500))
    order(admin_client, *many)
    page = text(admin_client.get(HERE))
    [message] = re.findall(r"Not evacuated: [^<]*", page)
    assert len(message) < 1000
    assert f"and {100 - MAX_NAMES} more." in message


def test_refusals_of_many_reasons_make_few_messages(nova, admin_client):
    many = range(1, 31)
    has(nova, *(server(number) for number in many))
    nova.on("POST", ORDERS, status=409, json=lambda call: fault("conflictingRequest", 409, f"odd {call.path}"))
    order(admin_client, *many)
    page = text(admin_client.get(HERE))
    # The instance's ID is all that these reasons differ in.
    assert len(re.findall(r"Not evacuated: ", page)) == 1
    nova.on("POST", ORDERS, status=409, json=lambda call: fault("conflictingRequest", 409, call.path[-11:-7]))
    order(admin_client, *many)
    page = text(admin_client.get(HERE))
    assert len(re.findall(r"Not evacuated: ", page)) == 3
    assert "27 more instances were not evacuated for other reasons." in page


def test_refusal_for_a_task_state_names_the_remedy(nova, admin_client):
    words = f"Cannot 'evacuate' instance {instance(1)} while it is in task_state powering-off"
    nova.on("POST", ORDERS, status=409, json=fault("conflictingRequest", 409, words))
    order(admin_client, 1)
    page = unescape(text(admin_client.get(HERE)))
    assert "while it is in task_state powering-off" in page
    assert "“openstack server set --state active INSTANCE”" in page


def test_interrupted_task_is_shown_before_the_request(nova, admin_client):
    has(nova, server(1, **{"OS-EXT-STS:task_state": "powering-off"}))
    page = text(admin_client.get(HERE))
    assert f"openstack server set --state active {instance(1)}" in page
    assert boxes(page) == {instance(1): True}


def test_stalled_evacuation_may_be_requested_again(nova, admin_client):
    stuck = {"OS-EXT-STS:task_state": "rebuilding", "updated": "2026-11-22T10:00:00Z"}
    has(nova, server(1, **stuck))
    evacuations(nova, {"status": "pre-migrating", "instance_uuid": instance(1), "updated_at": "2026-11-22T10:00:00Z"})
    page = text(admin_client.get(HERE))
    assert boxes(page) == {instance(1): False}
    assert "nothing has changed for more than an hour" in page
    order(admin_client, 1)
    assert set(orders(nova)) == {instance(1)}


def test_evacuations_of_an_earlier_outage_are_not_counted(nova, admin_client):
    has(nova, server(6))
    down(nova, updated_at="2026-11-22T12:00:00.000000")
    old = {"status": "done", "created_at": "2026-11-01T12:00:00.000000", "updated_at": "2026-11-01T12:10:00.000000"}
    evacuations(nova, *(old | {"id": number, "instance_uuid": instance(number)} for number in range(1, 6)))
    page = text(admin_client.get(HERE))
    assert "5 evacuated" not in page
    assert "has not been restarted since 5 instances were evacuated" in page


def test_lists_in_several_pages_are_read_to_their_end(nova, admin_client):
    link = [{"rel": "next", "href": f"http://nova/servers/detail?marker={instance(1)}"}]
    has(nova, server(2))
    nova.on("GET", SERVERS, json={"servers": [server(1)], "servers_links": link})
    nova.on("GET", SERVERS, json={"servers": [server(2)]}, query={"marker": instance(1)})
    page = text(admin_client.get(HERE))
    assert set(boxes(page)) == {instance(1), instance(2)}
    assert "There may be more" not in page


@pytest.mark.parametrize(("status", "said"), [(200, False), (503, True)])
def test_unknown_past_evacuations_are_reported(nova, admin_client, status, said):
    nova.on("GET", MIGRATIONS, query={"status": "done"}, status=status, json=listed())
    assert (
        "Destinations where nova-compute must be restarted first are not excluded" in text(admin_client.get(HERE))
    ) is said
