# SPDX-License-Identifier: Apache-2.0
"""The evacuation page: the plan, the checks of the form, the requests to Nova and their results."""

import re
import threading
import time
from html import unescape

import pytest
from django.test import Client

from migration_panel.formatting import MAX_NAMES
from migration_panel.hosts.evacuate import service
from migration_panel.machine_lock import locked
from tests.support.board_migrations import instance
from tests.support.fake_host import FakeHost
from tests.support.host_answers import HYPERVISORS, MIGRATIONS, PAGE, SERVICES, list_hosts
from tests.support.nova_answers import SERVER, SIX_HOSTS, fault, hypervisors, listed, provider, services

ADDRESS = f"{PAGE}compute-05/evacuate/"
SERVERS = "/v2.1/servers/detail"
ACTIONS = "/v2.1/servers/*/action"
HTML_TEXT = """<b>"Ops" & 'QA'</b>"""
ALLOCATIONS = f"/placement/resource_providers/{provider('compute-05')}/allocations"


def server(number, **changes):
    """Return Nova's record of instance ``number`` on compute-05."""
    own = {"id": instance(number), "name": f"vm-{number}", "OS-EXT-SRV-ATTR:host": "compute-05"}
    return SERVER | own | changes


def list_servers(nova, *records):
    nova.on("GET", SERVERS, json={"servers": list(records)})
    for record in records:
        nova.on("GET", f"/v2.1/servers/{record['id']}", json={"server": record})


def list_services(nova, *others, **changes):
    """Let Nova list compute-05 with changes of its record, the other five hosts, and further services."""
    rest = [host for host in SIX_HOSTS if host["host"] != "compute-05"]
    nova.on("GET", SERVICES, json=services(*rest, {"host": "compute-05", "state": "down"} | changes, *others))


def list_evacuations(nova, *records):
    """Let Nova list evacuations from compute-05, with changes of their records."""
    common = {"migration_type": "evacuation", "source_compute": "compute-05"}
    nova.on("GET", MIGRATIONS, json=listed(*(common | record for record in records)))


@pytest.fixture
def nova(fake_cloud):
    list_hosts(fake_cloud, *SIX_HOSTS)
    paused = {"OS-EXT-STS:vm_state": "paused", "status": "PAUSED"}
    list_servers(fake_cloud, server(1), server(2, image=""), server(3, **paused))
    fake_cloud.on("POST", ACTIONS, json={})
    return fake_cloud


def text(response):
    return response.content.decode()


def evacuate(client, *numbers, address=ADDRESS, **changes):
    """Submit the form for the instances, with changes of its fields."""
    fields = {"instances": [instance(number) for number in numbers], "confirmed": "compute-05"}
    return client.post(address, fields | changes)


def requested(nova):
    """Return the bodies of the requests to Nova by the instance's ID."""
    return {call.path.split("/")[3]: call.body for call in nova.made("POST", ACTIONS)}


@pytest.mark.parametrize(
    ("links", "expected"),
    [([{"rel": "next", "href": "http://nova"}], True), ([], False)],
    ids=["more pages", "last page"],
)
def test_plan_says_when_there_may_be_more_instances(nova, admin_client, links, expected):
    nova.on("GET", SERVERS, json={"servers": [server(1)], "servers_links": links})
    assert ("Only the first instance is listed." in text(admin_client.get(ADDRESS))) is expected


@pytest.fixture
def large_host(nova, settings):
    """Return compute-05 with more instances than one page of Nova's list has."""
    # The names of so many instances would evict the session from Django's cache in memory.
    settings.CACHES = {"default": settings.CACHES["default"] | {"OPTIONS": {"MAX_ENTRIES": 10_000}}}
    # The pages are large, and the machine may be busy.
    settings.MIGRATION_PANEL = {"TIMEOUT": 120}
    host = FakeHost(nova, 2010)
    for record in host.servers.values():
        record["OS-EXT-SRV-ATTR:host"] = "compute-05"
    nova.on("GET", SERVICES, json=services(*SIX_HOSTS))
    nova.on("GET", MIGRATIONS, json=listed())
    nova.on("POST", ACTIONS, json={})
    return host


def test_two_thousand_instances_are_listed_and_evacuated_by_one_field(large_host, nova, admin_client, monkeypatch):
    monkeypatch.setattr(service, "TIME_LIMIT", 0.5)
    page = text(admin_client.get(ADDRESS))
    ids = re.findall(r'name="instances" value="([^"]+)" checked', page)
    assert set(ids) == set(list(large_host.servers)[:2000])
    assert "Only the first 2000 instances are listed." in page
    assert 'data-joined="instances"' in page
    assert "<noscript>" in page[page.index("data-migration-evacuate") :]
    nova.forget()
    response = admin_client.post(ADDRESS, {"instances": " ".join(ids), "confirmed": "compute-05", "destination": ""})
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    assert set(requested(nova)) <= set(ids)
    assert requested(nova)


def test_one_field_may_contain_several_ids_and_an_invalid_id_stops_the_submission(nova, admin_client):
    fields = {"instances": [f"{instance(1)},{instance(3)}"], "confirmed": "compute-05"}
    assert "Some selected instances can no longer be evacuated" in text(admin_client.post(ADDRESS, fields))
    assert requested(nova) == {}
    admin_client.post(ADDRESS, fields | {"instances": [f"{instance(1)}, {instance(2)}"]})
    assert set(requested(nova)) == {instance(1), instance(2)}


def test_few_instances_need_no_script(nova, admin_client):
    page = text(admin_client.get(ADDRESS))
    assert "This form requires JavaScript" not in page


def test_plan_shows_what_will_happen_and_requests_nothing(nova, admin_client):
    page = text(admin_client.get(ADDRESS))
    assert "Power off compute-05 first." in page
    assert "Lost." in page
    assert re.findall(r'name="instances" value="([^"]+)" checked', page) == [instance(1), instance(2)]
    assert "Rebuilt on another host from its volume." in page
    assert "Cannot be evacuated: the status of the instance is Paused." in page
    assert requested(nova) == {}


def test_plan_costs_four_calls(nova, admin_client):
    """The hypervisors show whether their driver can evacuate."""
    admin_client.get(ADDRESS)
    nova.forget()
    admin_client.get(ADDRESS)
    assert sorted(nova.panel_calls) == sorted(f"GET {path}" for path in (SERVERS, MIGRATIONS, SERVICES, HYPERVISORS))
    [call] = nova.made("GET", SERVERS)
    assert (call.query["host"], call.query["all_tenants"]) == ("compute-05", "1")
    [call] = nova.made("GET", MIGRATIONS)
    assert (call.query["host"], call.query["migration_type"]) == ("compute-05", "evacuation")


def test_selected_instances_are_requested_and_keep_their_power_state(nova, admin_client):
    response = evacuate(admin_client, 1, 2)
    assert (response.status_code, response["Location"]) == (302, ADDRESS)
    assert requested(nova) == {instance(1): {"evacuate": {}}, instance(2): {"evacuate": {}}}
    # From 2.95 on, Nova leaves evacuated instances shut off.
    assert {call.microversion for call in nova.made("POST", ACTIONS)} == {"2.94"}
    assert "Nova accepted the evacuation of 2 instances." in text(admin_client.get(ADDRESS))


def test_named_destination_is_sent_and_never_forced(nova, admin_client):
    evacuate(admin_client, 1, destination="compute-03")
    assert requested(nova) == {instance(1): {"evacuate": {"host": "compute-03"}}}


@pytest.mark.parametrize(
    ("numbers", "changes", "expected"),
    [
        ((1,), {"confirmed": ""}, "The name does not match. Enter the name of the host that is powered off."),
        ((1,), {"confirmed": "compute-0"}, "The name does not match. Enter the name of the host that is powered off."),
        (
            (1,),
            {"confirmed": "compute-055"},
            "The name does not match. Enter the name of the host that is powered off.",
        ),
        ((), {}, "Select the instances to evacuate."),
        ((3,), {}, "Some selected instances can no longer be evacuated"),
        ((1, 7), {}, "Some selected instances can no longer be evacuated"),
        ((1,), {"destination": "compute-05"}, "Select a valid choice."),
        ((1,), {"destination": "compute-06"}, "Select a valid choice."),
        ((1,), {"destination": "nowhere"}, "Select a valid choice."),
        ((1,), {"confirmed": HTML_TEXT, "destination": HTML_TEXT}, "Select a valid choice."),
    ],
    ids=[
        "no confirmation",
        "part of the name",
        "longer name",
        "no instance",
        "paused instance",
        "unknown instance",
        "the host itself",
        "disabled destination",
        "unknown destination",
        "HTML",
    ],
)
def test_invalid_form_shows_the_error_and_requests_nothing(nova, admin_client, numbers, changes, expected):
    response = evacuate(admin_client, *numbers, **changes)
    assert response.status_code == 200
    assert expected in text(response)
    assert HTML_TEXT not in text(response)
    assert requested(nova) == {}


def test_host_that_is_up_is_refused_before_any_request(nova, admin_client):
    address = f"{PAGE}compute-01/evacuate/"
    page = text(admin_client.get(address))
    assert "compute-01 is up." in page
    assert 'name="confirmed"' not in page
    response = evacuate(admin_client, 1, address=address, confirmed="compute-01")
    assert response.status_code == 409
    assert requested(nova) == {}


def test_refusal_because_the_host_is_up_again_shows_novas_text(nova, admin_client):
    in_use = fault("badRequest", 400, "Compute service of compute-05 is still in use.")
    nova.on("POST", ACTIONS, status=400, json=in_use)
    evacuate(admin_client, 1, 2)
    page = text(admin_client.get(ADDRESS))
    assert (
        "Not evacuated: vm-1, vm-2. Nova refused the request. Reason: “Compute service of compute-05 is still in use.”"
    ) in page
    # Nova started no evacuation, so the instance can be requested again.
    nova.on("POST", ACTIONS, json={})
    evacuate(admin_client, 1)
    assert "Nova accepted the evacuation of 1 instance." in text(admin_client.get(ADDRESS))


def test_instance_is_not_requested_twice_within_a_moment(nova, admin_client):
    """Nova would accept the second request, and its lists do not show the first evacuation yet."""
    evacuate(admin_client, 1)
    evacuate(admin_client, 1, 2)
    assert [call.path.split("/")[3] for call in nova.made("POST", ACTIONS)] == [instance(1), instance(2)]
    assert "Not evacuated: vm-1. The evacuation was requested a moment ago." in text(admin_client.get(ADDRESS))


def test_unanswered_request_is_not_repeated_at_once(nova, admin_client):
    nova.on("POST", ACTIONS, status=503, json=fault("computeFault", 503, "busy"))
    evacuate(admin_client, 1)
    nova.on("POST", ACTIONS, json={})
    evacuate(admin_client, 1)
    assert len(nova.made("POST", ACTIONS)) == 1


def test_evacuation_in_progress_cannot_be_requested_again(nova, admin_client):
    list_servers(nova, server(1, updated="2026-11-22T11:59:00Z", **{"OS-EXT-STS:task_state": "rebuilding"}), server(2))
    list_evacuations(nova, {"status": "accepted", "instance_uuid": instance(2)})
    page = text(admin_client.get(ADDRESS))
    assert page.count("Evacuation in progress.") == 2
    assert "Evacuated: 0 · In progress: 1 · Failed: 0 · Still to evacuate: 0" in page
    assert 'name="confirmed"' not in page
    assert "Some selected instances" in text(evacuate(admin_client, 1, 2))
    assert requested(nova) == {}


def test_page_shows_the_evacuations_when_no_instance_is_left(nova, admin_client):
    list_servers(nova)
    done = {"status": "done", "instance_uuid": instance(1), "uuid": instance(11)}
    list_evacuations(nova, done)
    nova.on("GET", f"/v2.1/servers/{instance(1)}", json={"server": server(1)})
    page = text(admin_client.get(ADDRESS))
    assert "Nova lists no instance on compute-05" in page
    assert "Evacuated: 1 · In progress: 0 · Failed: 0 · Still to evacuate: 0" in page
    assert f'id="migration-{instance(11)}"' in page
    # The sentence for an empty list.
    assert re.search(r'<p class="migration-empty" hidden>', page)


def test_requests_are_sent_at_once(nova, admin_client):
    many = range(1, 17)
    list_servers(nova, *(server(number) for number in many))
    nova.on("POST", ACTIONS, json={}, together=16)
    evacuate(admin_client, *many)
    assert "Nova accepted the evacuation of 16 instances." in text(admin_client.get(ADDRESS))


def test_requests_without_time_are_left_for_another_submission(nova, admin_client, monkeypatch):
    monkeypatch.setattr(service, "TIME_LIMIT", -1)
    evacuate(admin_client, 1, 2)
    assert requested(nova) == {}
    assert "2 instances were not requested in time" in text(admin_client.get(ADDRESS))


@pytest.mark.parametrize("path", [SERVERS, MIGRATIONS, SERVICES])
def test_page_is_503_when_nova_does_not_answer(nova, admin_client, path):
    nova.on("GET", path, status=503, json=fault("computeFault", 503, "oops"))
    assert admin_client.get(ADDRESS).status_code == 503


def test_expired_session_redirects_to_the_login_form(nova, admin_client):
    nova.on("POST", ACTIONS, status=401, json=fault("unauthorized", 401, "gone"))
    response = evacuate(admin_client, 1, 2)
    assert response.status_code == 302
    assert "/auth/login/" in response["Location"]


@pytest.mark.parametrize("host", ["compute-5", "compute", "compute-055"])
def test_unknown_host_is_not_found(nova, admin_client, host):
    assert admin_client.get(f"{PAGE}{host}/evacuate/").status_code in (302, 404)
    assert evacuate(admin_client, 1, address=f"{PAGE}{host}/evacuate/", confirmed=host).status_code in (302, 404)
    assert requested(nova) == {}


def test_names_are_never_html(nova, admin_client):
    list_servers(nova, server(1, name=HTML_TEXT))
    assert HTML_TEXT not in text(admin_client.get(ADDRESS))
    nova.on("POST", ACTIONS, status=409, json=fault("conflictingRequest", 409, HTML_TEXT))
    evacuate(admin_client, 1)
    assert HTML_TEXT not in text(admin_client.get(ADDRESS))


def test_user_who_may_not_evacuate_gets_403_and_no_link(nova, admin_client, monkeypatch):
    may = lambda request, rule: "evacuate" not in rule  # noqa: E731
    monkeypatch.setattr("migration_panel.policy.allowed", may)
    assert admin_client.get(ADDRESS).status_code == 403
    assert evacuate(admin_client, 1).status_code == 403
    assert requested(nova) == {}
    assert ADDRESS not in text(admin_client.get(PAGE))


def test_evacuation_is_offered_only_for_hosts_that_are_down(nova, admin_client):
    nova.on("GET", SERVICES, json=services(*SIX_HOSTS, {"host": "forced", "state": "down", "forced_down": True}))
    hosts = re.findall(r'href="/admin/migrations/hosts/([^/]+)/evacuate/"', text(admin_client.get(PAGE)))
    assert hosts == ["compute-05", "forced"]


def test_helpdesk_gets_403(nova, helpdesk_client):
    assert helpdesk_client.get(ADDRESS).status_code == 403


def checkboxes(page):
    """Return the IDs of the instances with a checkbox, and whether it is checked."""
    return {
        instance_id: bool(checked)
        for instance_id, checked in re.findall(r'name="instances" value="([^"]+)"( checked)?', page)
    }


@pytest.mark.parametrize(
    ("consumers", "expected", "confirmed"),
    [
        ({}, "Placement confirms this", True),
        ({instance(1): {}}, "Placement confirms this", True),
        ({instance(1): {}, instance(7): {}}, "still holds allocations", False),
        (None, "This could not be confirmed", False),
    ],
    ids=["nothing", "evacuated instance", "another instance", "no answer"],
)
def test_empty_list_is_reported_empty_only_with_a_second_source(nova, admin_client, consumers, expected, confirmed):
    list_servers(nova)
    list_evacuations(nova, {"status": "done", "instance_uuid": instance(1)})
    if consumers is not None:
        nova.on("GET", ALLOCATIONS, json={"allocations": consumers})
    page = text(admin_client.get(ADDRESS))
    assert expected in page
    assert bool(re.search(r'alert-success" data-migration-empty', page)) is confirmed
    assert "Nova has no instance" not in page


@pytest.mark.parametrize(
    ("changes", "status", "evacuated_at", "confirmed"),
    [
        ({}, "done", "2026-11-26T09:00:00", True),
        ({}, "accepted", "2026-11-26T09:00:00", False),
        ({}, "done", "2026-11-01T09:00:00", False),
        ({"state": "up"}, "done", "2026-11-26T09:00:00", False),
    ],
    ids=["evacuated", "evacuation in progress", "may have come back", "host is up"],
)
def test_allocation_of_an_instance_not_known_to_have_left_is_no_leftover(
    nova, admin_client, changes, status, evacuated_at, confirmed
):
    list_servers(nova)
    list_services(nova, **({"updated_at": "2026-11-26T08:00:00.000000"} | changes))
    times = {"created_at": evacuated_at, "updated_at": evacuated_at}
    list_evacuations(nova, {"status": status, "instance_uuid": instance(1)} | times)
    nova.on("GET", ALLOCATIONS, json={"allocations": {instance(1): {}}})
    page = text(admin_client.get(ADDRESS))
    assert ("Placement confirms this" in page) is confirmed
    assert ("still holds allocations" in page) is not confirmed


def test_empty_list_without_its_last_page_proves_nothing(nova, admin_client):
    elsewhere = server(1, **{"OS-EXT-SRV-ATTR:host": "compute-01"})
    links = [{"rel": "next", "href": "http://nova?marker=1"}]
    nova.on("GET", SERVERS, json={"servers": [elsewhere], "servers_links": links})
    nova.on("GET", ALLOCATIONS, json={"allocations": {}})
    assert "alert-success" not in text(admin_client.get(ADDRESS)).partition("data-migration-empty")[0][-40:]


def test_list_of_nodes_without_its_last_page_proves_nothing(nova, admin_client):
    list_servers(nova)
    links = {"hypervisors_links": [{"rel": "next", "href": "http://nova/without-marker"}]}
    nova.on("GET", HYPERVISORS, json=hypervisors("compute-05") | links)
    nova.on("GET", ALLOCATIONS, json={"allocations": {}})
    assert "This could not be confirmed" in text(admin_client.get(ADDRESS))


def test_host_in_a_cell_that_is_down_is_not_evacuated(nova, admin_client):
    record = {"host": "compute-05", "status": "UNKNOWN", "binary": "nova-compute"}
    list_servers(nova)
    nova.on("GET", SERVICES, json={"services": [*services({"host": "compute-01"})["services"], record]})
    page = text(admin_client.get(ADDRESS))
    assert "Nova cannot reach the cell of compute-05." in page
    assert "lists no instance" not in page
    assert 'name="confirmed"' not in page
    assert evacuate(admin_client, 1).status_code == 409
    assert requested(nova) == {}


def test_bare_metal_is_not_evacuated(nova, admin_client):
    metal = {"host": "compute-05", "hypervisor_type": "ironic"}
    list_hosts(nova, *SIX_HOSTS, nodes=[metal, metal | {"hypervisor_hostname": "m2"}])
    page = unescape(text(admin_client.get(ADDRESS)))
    assert "Nova's driver for the hypervisor type “ironic” cannot evacuate" in page
    assert 'name="confirmed"' not in page
    assert evacuate(admin_client, 1).status_code == 409
    assert requested(nova) == {}


def test_host_without_hypervisors_is_evacuated_with_a_warning(nova, admin_client):
    nova.on("GET", HYPERVISORS, status=503, json=fault("oops", 503, "Not today"))
    assert "does not list the hypervisor" in text(admin_client.get(ADDRESS))
    evacuate(admin_client, 1)
    assert set(requested(nova)) == {instance(1)}


@pytest.mark.parametrize("name", ["compute-05.example.com", "COMPUTE-05.example.com"])
def test_service_that_may_be_the_same_machine_needs_a_second_confirmation(nova, admin_client, name):
    list_services(nova, {"host": name})
    page = text(admin_client.get(ADDRESS))
    assert f"{name} is up and may be the same machine as compute-05" in page
    assert f"compute-05 and {name} are different machines" in page
    assert "Confirm that these services run on different machines." in text(evacuate(admin_client, 1))
    assert requested(nova) == {}
    assert evacuate(admin_client, 1, other="on").status_code == 302
    assert set(requested(nova)) == {instance(1)}


@pytest.mark.parametrize(
    "other",
    [{"host": "compute-050"}, {"host": "compute-05.example.com", "state": "down"}],
    ids=["longer name", "down"],
)
def test_other_services_need_no_second_confirmation(nova, admin_client, other):
    list_services(nova, other)
    assert "different machines" not in text(admin_client.get(ADDRESS))
    assert evacuate(admin_client, 1).status_code == 302


def test_disabled_reason_of_the_host_is_quoted(nova, admin_client):
    list_services(nova, status="disabled", disabled_reason="Masakari detected host failed.", forced_down=True)
    page = text(admin_client.get(ADDRESS))
    assert "The compute service is disabled: “Masakari detected host failed.”." in page
    assert "forced down" in page


def test_locked_instances_are_not_selected_and_show_the_reason(nova, admin_client):
    list_servers(nova, server(1), server(2, locked=True, locked_reason="masakari at work"), server(3, locked=True))
    page = text(admin_client.get(ADDRESS))
    assert checkboxes(page) == {instance(1): True, instance(2): False, instance(3): False}
    assert "Locked: “masakari at work”." in page
    evacuate(admin_client, 2)
    assert set(requested(nova)) == {instance(2)}


def test_destination_that_was_not_restarted_since_an_evacuation_is_not_offered(nova, admin_client):
    list_evacuations(nova, {"status": "done", "source_compute": "compute-03", "instance_uuid": instance(1)})
    page = text(admin_client.get(ADDRESS))
    assert '<option value="compute-03">' not in page
    assert re.search(r"Not offered as a destination[^<]*compute-03", page)
    assert "Select a valid choice." in text(evacuate(admin_client, 1, destination="compute-03"))
    assert requested(nova) == {}


def test_host_not_restarted_since_an_evacuation_says_what_a_restart_does(nova, admin_client):
    list_evacuations(nova, {"status": "done", "instance_uuid": instance(9)})
    page = text(admin_client.get(ADDRESS))
    assert "nova-compute on compute-05 has not been restarted since 1 instance was evacuated." in page
    assert "The next restart deletes the guests of the evacuated instances" in page
    assert "Once it is back" not in page


def test_instances_of_other_hosts_are_excluded(nova, admin_client):
    """Nova ignores the filter by host for a role that may not use it."""
    list_servers(nova, server(1), server(2, **{"OS-EXT-SRV-ATTR:host": "compute-01"}))
    assert set(checkboxes(text(admin_client.get(ADDRESS)))) == {instance(1)}
    assert "Some selected instances" in text(evacuate(admin_client, 2))
    assert requested(nova) == {}


def test_page_is_403_when_nova_hides_the_host(nova, admin_client):
    list_servers(nova, {name: value for name, value in server(1).items() if name != "OS-EXT-SRV-ATTR:host"})
    assert admin_client.get(ADDRESS).status_code == 403
    assert evacuate(admin_client, 1).status_code == 403
    assert requested(nova) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"OS-EXT-STS:task_state": "rebuilding"}, "Evacuation in progress."),
        ({"OS-EXT-SRV-ATTR:host": "compute-02"}, "The instance is no longer on the host."),
        ({"OS-EXT-STS:task_state": "deleting"}, "the instance is being deleted"),
    ],
    ids=["rebuilding", "on another host", "deleting"],
)
def test_instance_that_changed_since_the_list_is_not_requested(nova, admin_client, changes, expected):
    """Another administrator, tool or process may have been faster: Nova accepts two requests for one instance."""
    nova.on("GET", f"/v2.1/servers/{instance(1)}", json={"server": server(1, **changes)})
    evacuate(admin_client, 1, 2)
    assert set(requested(nova)) == {instance(2)}
    assert expected in text(admin_client.get(ADDRESS))


def test_refused_instance_may_be_requested_again_at_once(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{instance(1)}", status=503, json=fault("oops", 503, "Not today"))
    evacuate(admin_client, 1)
    nova.on("GET", f"/v2.1/servers/{instance(1)}", json={"server": server(1)})
    evacuate(admin_client, 1)
    assert set(requested(nova)) == {instance(1)}


def use_no_cache(settings):
    settings.CACHES = settings.CACHES | {"none": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    settings.MIGRATION_PANEL = {"CACHE": "none"}


def test_instance_that_another_process_is_evacuating_is_not_requested(nova, admin_client, settings, monkeypatch):
    """The other process, on the same machine, has looked the instance up and sends its request at this moment."""
    use_no_cache(settings)
    monkeypatch.setattr("migration_panel.hosts.evacuate.service.TIME_LIMIT", 0.5)
    with locked(f"evacuation {instance(1)}", time.monotonic()):
        evacuate(admin_client, 1, 2)
    assert set(requested(nova)) == {instance(2)}


def test_unanswered_request_is_not_repeated_without_a_cache(nova, admin_client, settings):
    """Nova may have accepted the request, and set no task state yet: another process must not send a second."""
    use_no_cache(settings)
    nova.on("POST", ACTIONS, status=503, json=fault("oops", 503, "busy"))
    evacuate(admin_client, 1)
    nova.on("POST", ACTIONS, json={})
    nova.forget()
    evacuate(admin_client, 1, 2)
    assert set(requested(nova)) == {instance(2)}


def test_double_click_without_a_cache_makes_one_evacuation(nova, admin_client, settings):
    use_no_cache(settings)
    accepted = threading.Event()

    def accept(call):
        accepted.set()
        return {}

    def show(call):
        """Nova sets the task state before it answers the request."""
        return {"server": server(1, **({"OS-EXT-STS:task_state": "rebuilding"} if accepted.is_set() else {}))}

    nova.on("POST", ACTIONS, json=accept, delay=0.3)
    nova.on("GET", f"/v2.1/servers/{instance(1)}", json=show)
    clients = [Client() for _ in range(2)]
    for client in clients:
        client.cookies = admin_client.cookies
    threads = [threading.Thread(target=evacuate, args=(client, 1)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    evacuate(admin_client, 1)
    assert len(nova.made("POST", ACTIONS)) == 1


def test_administrators_of_two_projects_make_one_evacuation(nova, login):
    """The endpoint in a catalog may contain the project's ID."""
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
        evacuate(client, 1)
    assert len(nova.made("POST", "/v2.1/*/servers/*/action")) == 1


def test_message_of_many_refusals_stays_short(nova, admin_client):
    many = range(1, 101)
    list_servers(nova, *(server(number, name=f"a-name-of-a-virtual-machine-{number:012}") for number in many))
    nova.on("POST", ACTIONS, status=403, json=fault("forbidden", 403, "No. " * 500))
    evacuate(admin_client, *many)
    page = text(admin_client.get(ADDRESS))
    [message] = re.findall(r"Not evacuated: [^<]*", page)
    assert len(message) < 1000
    assert f"and {100 - MAX_NAMES} more." in message


def test_refusals_of_many_reasons_make_few_messages(nova, admin_client):
    many = range(1, 31)
    list_servers(nova, *(server(number) for number in many))
    nova.on("POST", ACTIONS, status=409, json=lambda call: fault("conflictingRequest", 409, f"odd {call.path}"))
    evacuate(admin_client, *many)
    page = text(admin_client.get(ADDRESS))
    # These reasons differ only in the instance's ID.
    assert len(re.findall(r"Not evacuated: ", page)) == 1
    nova.on("POST", ACTIONS, status=409, json=lambda call: fault("conflictingRequest", 409, call.path[-11:-7]))
    evacuate(admin_client, *many)
    page = text(admin_client.get(ADDRESS))
    assert len(re.findall(r"Not evacuated: ", page)) == 3
    assert "27 more instances were not evacuated for other reasons." in page


def test_refusal_for_a_task_state_names_the_remedy(nova, admin_client):
    message = f"Cannot 'evacuate' instance {instance(1)} while it is in task_state powering-off"
    nova.on("POST", ACTIONS, status=409, json=fault("conflictingRequest", 409, message))
    evacuate(admin_client, 1)
    page = unescape(text(admin_client.get(ADDRESS)))
    assert "while it is in task_state powering-off" in page
    assert "“openstack server set --state active INSTANCE”" in page


def test_interrupted_task_is_shown_before_the_request(nova, admin_client):
    list_servers(nova, server(1, **{"OS-EXT-STS:task_state": "powering-off"}))
    page = text(admin_client.get(ADDRESS))
    assert f"openstack server set --state active {instance(1)}" in page
    assert checkboxes(page) == {instance(1): True}


def test_stalled_evacuation_may_be_requested_again(nova, admin_client):
    stuck = {"OS-EXT-STS:task_state": "rebuilding", "updated": "2026-11-22T10:00:00Z"}
    list_servers(nova, server(1, **stuck))
    list_evacuations(
        nova, {"status": "pre-migrating", "instance_uuid": instance(1), "updated_at": "2026-11-22T10:00:00Z"}
    )
    page = text(admin_client.get(ADDRESS))
    assert checkboxes(page) == {instance(1): False}
    assert "nothing has changed for more than an hour" in page
    evacuate(admin_client, 1)
    assert set(requested(nova)) == {instance(1)}


def test_evacuations_of_an_earlier_outage_are_not_counted(nova, admin_client):
    list_servers(nova, server(6))
    list_services(nova, updated_at="2026-11-22T12:00:00.000000")
    old = {"status": "done", "created_at": "2026-11-01T12:00:00.000000", "updated_at": "2026-11-01T12:10:00.000000"}
    list_evacuations(nova, *(old | {"id": number, "instance_uuid": instance(number)} for number in range(1, 6)))
    page = text(admin_client.get(ADDRESS))
    assert "5 evacuated" not in page
    assert "has not been restarted since 5 instances were evacuated" in page


def test_lists_in_several_pages_are_read_to_their_end(nova, admin_client):
    link = [{"rel": "next", "href": f"http://nova/servers/detail?marker={instance(1)}"}]
    list_servers(nova, server(2))
    nova.on("GET", SERVERS, json={"servers": [server(1)], "servers_links": link})
    nova.on("GET", SERVERS, json={"servers": [server(2)]}, query={"marker": instance(1)})
    page = text(admin_client.get(ADDRESS))
    assert set(checkboxes(page)) == {instance(1), instance(2)}
    assert "There may be more" not in page


@pytest.mark.parametrize(("status", "reported"), [(200, False), (503, True)])
def test_unknown_past_evacuations_are_reported(nova, admin_client, status, reported):
    nova.on("GET", MIGRATIONS, query={"status": "done"}, status=status, json=listed())
    assert (
        "Destinations where nova-compute must be restarted first are not excluded" in text(admin_client.get(ADDRESS))
    ) is reported
