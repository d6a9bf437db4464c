# SPDX-License-Identifier: Apache-2.0
"""The page that selects, checks and migrates several instances."""

import re
from html import unescape

import pytest
from django.test import Client
from django.test.utils import override_settings

from tests.support.case_ids import case_id
from tests.support.nova_answers import SERVER, SIX_HOSTS, fault, listed, server, services

SEVERAL = "/admin/migrations/several/"
IDS = [f"6c632c97-7c5c-4f9b-9bd6-{each:012d}" for each in range(1, 5)]
SEEN = "2026-11-20T08:00:10Z"


def text_of(response):
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def serve(nova, instance_id, **changes):
    nova.on("GET", f"/v2.1/servers/{instance_id}", json=server(id=instance_id, name=instance_id[-2:], **changes))


@pytest.fixture
def nova(fake_cloud):
    """Four instances on compute-01, of which the third is busy and the fourth is deleted."""
    for instance_id in IDS[:2]:
        serve(fake_cloud, instance_id)
    serve(fake_cloud, IDS[2], **{"OS-EXT-STS:task_state": "rebooting"})
    fake_cloud.on("GET", f"/v2.1/servers/{IDS[3]}", status=404, json=fault("itemNotFound", 404, "gone"))
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": []})
    fake_cloud.on("GET", "/v2.1/os-services", json=services(*SIX_HOSTS))
    fake_cloud.on("POST", "/v2.1/servers/*/action", status=202)
    return fake_cloud


def sent(nova):
    return sorted((call.path.split("/")[3], call.body) for call in nova.made("POST", "/v2.1/servers/*/action"))


def line_of(response, instance_id):
    """Return the part of the page about an instance."""
    lines = re.findall(r"<li>.*?</li>", text_of(response))
    return next(line for line in lines if f">{instance_id[-2:]}<" in line or instance_id in line)


def instances_to_send(response):
    """Return the instances that the page would send."""
    return re.findall(r'type="hidden" name="instance" value="([^"]+)"', text_of(response))


def test_instances_that_cannot_migrate_are_excluded_with_the_reason(nova, admin_client):
    response = admin_client.get(SEVERAL, {"instance": IDS, "type": "live", "destination": "compute-02"})
    assert response.status_code == 200
    assert instances_to_send(response) == IDS[:2]
    assert "busy with a task (Rebooting)" in line_of(response, IDS[2])
    assert "not found" in line_of(response, IDS[3])
    assert "Excluded" not in line_of(response, IDS[0])
    assert "Migrate 2 instances" in text_of(response)
    assert "2 of 4 instances can be migrated this way." in text_of(response)
    assert sent(nova) == []


def test_no_type_is_chosen_silently(nova, admin_client):
    response = admin_client.get(SEVERAL, {"instance": IDS[:2]})
    assert not re.search(r'type="radio"[^>]*checked', text_of(response))
    assert instances_to_send(response) == []


@pytest.mark.parametrize(
    ("kind", "destination", "body"),
    [
        ("cold", "", {"migrate": {}}),
        ("cold-block", "", {"migrate": {}}),
        ("live", "", {"os-migrateLive": {"host": None, "block_migration": False}}),
        ("live-block", "compute-02", {"os-migrateLive": {"host": "compute-02", "block_migration": True}}),
    ],
    ids=case_id,
)
def test_post_requests_every_instance_that_can_migrate(nova, admin_client, kind, destination, body):
    given = {"instance": IDS, "type": kind, "destination": destination}
    response = admin_client.post(SEVERAL, given)
    assert sent(nova) == [(instance_id, body) for instance_id in IDS[:2]]
    assert "2 of 4 requests accepted" in text_of(response)
    assert "Requested" in line_of(response, IDS[0])
    assert "Excluded" in line_of(response, IDS[2])
    assert "not found" in line_of(response, IDS[3])


def test_refusal_of_an_instance_does_not_stop_the_others(nova, admin_client):
    refusal = fault("conflictingRequest", 409, "<b>no</b>")
    nova.on("POST", f"/v2.1/servers/{IDS[0]}/action", status=409, json=refusal)
    response = admin_client.post(SEVERAL, {"instance": IDS[:2], "type": "live"})
    assert "Nova refused the request. Reason: “&lt;b&gt;no&lt;/b&gt;”" in re.sub(r"\s+", " ", response.content.decode())
    assert "Requested" in line_of(response, IDS[1])
    assert len(sent(nova)) == 2


def test_host_that_nova_lists_and_does_not_find_may_be_in_another_cell(nova, admin_client):
    refusal = fault("badRequest", 400, "Compute host compute-02 could not be found.")
    nova.on("POST", f"/v2.1/servers/{IDS[0]}/action", status=400, json=refusal)
    response = admin_client.post(SEVERAL, {"instance": IDS[:2], "type": "live", "destination": "compute-02"})
    assert "compute-02 may be in another cell" in line_of(response, IDS[0])


def test_requests_run_at_once(nova, admin_client):
    nova.on("GET", "/v2.1/servers/6c632c97*", json=lambda call: server(id=call.path.split("/")[3]), together=3)
    nova.on("POST", "/v2.1/servers/*/action", status=202, together=3)
    response = admin_client.post(SEVERAL, {"instance": IDS[:3], "type": "live"})
    assert "3 of 3 requests accepted" in text_of(response)


@override_settings(MIGRATION_PANEL={"CONCURRENCY": 2})
def test_low_concurrency_still_requests_all_instances(nova, admin_client):
    many = [f"6c632c97-7c5c-4f9b-9bd6-{each:012d}" for each in range(50)]
    nova.on("GET", "/v2.1/servers/6c632c97*", json=lambda call: server(id=call.path.split("/")[3]))
    assert "50 of 50 requests accepted" in text_of(admin_client.post(SEVERAL, {"instance": many, "type": "live"}))
    assert [instance_id for instance_id, _body in sent(nova)] == many


def test_duplicates_are_requested_once(nova, admin_client):
    admin_client.post(SEVERAL, {"instance": [IDS[0], IDS[0].upper(), IDS[0]], "type": "live"})
    assert len(sent(nova)) == 1


def test_second_submission_sends_nothing(nova, admin_client):
    page = text_of(admin_client.get(SEVERAL, {"instance": IDS[:2], "type": "live"}))
    seen = re.findall(r'name="seen" value="([^"]+)"', page)
    assert seen == [f"{instance_id} {SEEN}" for instance_id in IDS[:2]]
    given = {"instance": IDS[:2], "type": "live", "seen": seen}
    admin_client.post(SEVERAL, given)
    serve(nova, IDS[0], updated="2026-11-22T12:00:01Z")
    serve(nova, IDS[1], updated="2026-11-22T12:00:01Z")
    again = admin_client.post(SEVERAL, given)
    assert "has changed since" in text_of(again)
    assert len(sent(nova)) == 2


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"instance": [], "type": "live"}, "no selected instance can be migrated"),
        ({"instance": ["web-03", "<i>"], "type": "live"}, "no selected instance can be migrated"),
        ({"instance": IDS[3:], "type": "live"}, "no selected instance can be migrated"),
        ({"instance": IDS}, "select a type"),
        ({"instance": IDS, "type": "warm"}, "select a type"),
        ({"instance": [f"6c632c97-7c5c-4f9b-9bd6-{each:012d}" for each in range(51)], "type": "live"}, "at most 50"),
        ({"instance": IDS, "type": "cold", "destination": "compute-02"}, "Cold migrations: the scheduler chooses"),
        ({"instance": IDS, "type": "live", "destination": "compute-77"}, "Compute host “compute-77” does not exist"),
        ({"instance": IDS, "type": "live", "destination": "compute-05"}, "compute-05 is down"),
        ({"instance": IDS, "type": "live", "destination": "a b;<i>"}, "is not a valid host name"),
        ({"instance": IDS, "type": "live", "destination": "compute-01"}, "no selected instance can be migrated"),
    ],
    ids=[
        "nothing", "no-ids", "deleted", "no-type", "unknown-type", "too-many", "cold-with-host", "unknown-host",
        "host-down", "invalid-host-name", "already-there",
    ],
)  # fmt: skip
def test_invalid_selection_sends_nothing_and_shows_the_reason(nova, admin_client, given, reason):
    response = admin_client.post(SEVERAL, given)
    assert response.status_code == 200
    assert "Nothing was changed" in text_of(response)
    assert reason in text_of(response)
    assert "<i>" not in response.content.decode()
    assert sent(nova) == []


def test_instances_on_the_destination_are_excluded(nova, admin_client):
    serve(nova, IDS[0], **{"OS-EXT-SRV-ATTR:host": "compute-02"})
    admin_client.post(SEVERAL, {"instance": IDS[:2], "type": "live", "destination": "compute-02"})
    assert [instance_id for instance_id, _body in sent(nova)] == [IDS[1]]


def test_forged_destination_of_a_manager_is_refused_without_reading_hosts(nova, helpdesk_client):
    address = SEVERAL.replace("admin", "project")
    response = helpdesk_client.post(address, {"instance": IDS[:2], "type": "live", "destination": "compute-02"})
    assert "Your role cannot choose the host" in text_of(response)
    assert sent(nova) == []
    assert nova.made("GET", "/v2.1/os-services") == []
    page = helpdesk_client.get(address, {"instance": IDS[:2], "type": "live"})
    assert instances_to_send(page) == IDS[:2]
    assert 'name="destination" value=""' in text_of(page)
    assert "migration-several-destination" not in text_of(page)


def test_instances_that_the_role_may_not_migrate_are_excluded(nova, login):
    serve(nova, IDS[0], tenant_id="other-id")
    client = login(Client(), roles=("manager", "member", "reader"))
    response = client.post(SEVERAL.replace("admin", "project"), {"instance": IDS[:2], "type": "live"})
    assert "Your role does not permit this action." in line_of(response, IDS[0])
    assert [instance_id for instance_id, _body in sent(nova)] == [IDS[1]]


def test_page_without_selection_offers_instances(nova, admin_client):
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [SERVER]})
    assert f'name="instance" value="{SERVER["id"]}">' in text_of(admin_client.get(SEVERAL))


def test_search_keeps_the_selection(nova, admin_client):
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [SERVER, SERVER | {"id": IDS[0]}]})
    page = text_of(admin_client.get(SEVERAL, {"instance": IDS[:1], "q": "web"}))
    assert f'name="instance" value="{SERVER["id"]}">' in page
    assert f'name="instance" value="{IDS[0]}" checked>' in page
    assert page.count(f'value="{IDS[0]}"') == 1


def test_search_results_can_be_selected(nova, admin_client):
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [SERVER, SERVER | {"id": IDS[0]}]})
    page = text_of(admin_client.get("/admin/migrations/instances/", {"q": "web"}))
    assert f'name="instance" value="{IDS[0]}" form="migration-several"' in page


def test_unreadable_hosts_leave_the_choice_to_the_scheduler(nova, admin_client):
    nova.on("GET", "/v2.1/os-services", status=500, json=fault("computeFault", 500, "oops"))
    response = admin_client.get(SEVERAL, {"instance": IDS[:2], "type": "live"})
    assert instances_to_send(response) == IDS[:2]
    assert "migration-several-destination" not in text_of(response)


def test_page_shows_that_nova_is_down(nova, admin_client):
    nova.on("GET", "/v2.1/servers/*", status=503, json=fault("computeFault", 503, "oops"))
    response = admin_client.post(SEVERAL, {"instance": IDS, "type": "live"})
    assert text_of(response).count("The compute service (Nova) returned no usable answer.") == 4
    assert sent(nova) == []


def test_post_without_csrf_token_is_refused(nova, login):
    response = login(Client(enforce_csrf_checks=True)).post(SEVERAL, {"instance": IDS, "type": "live"})
    assert "/auth/login/?csrf_failure" in response["Location"]
    assert nova.panel_calls == []


@pytest.mark.parametrize("instance_id", [IDS[0], "11111111-0000-4000-8000-000000000001"], ids=["itself", "another"])
def test_host_not_restarted_since_an_evacuation_is_refused_for_all(nova, admin_client, instance_id):
    own = {"migration_type": "evacuation", "status": "done", "source_compute": "compute-02"}
    nova.on("GET", "/v2.1/os-migrations", json=listed(own | {"instance_uuid": instance_id}))
    wanted = {"instance": IDS[:2], "type": "live", "destination": "compute-02"}
    page = text_of(admin_client.get(SEVERAL, wanted))
    assert "deletes all evacuated instances (1) there" in page
    assert re.search(r'<option value="compute-02"[^>]*nova-compute not restarted since an evacuation', page)
    admin_client.post(SEVERAL, wanted)
    assert sent(nova) == []


def test_instance_that_may_return_to_its_evacuated_host_has_a_warning(nova, admin_client):
    own = {"migration_type": "evacuation", "status": "done", "source_compute": "compute-02"}
    nova.on("GET", "/v2.1/os-migrations", json=listed(own | {"instance_uuid": IDS[0]}))
    response = admin_client.get(SEVERAL, {"instance": IDS[:2], "type": "cold"})
    assert "was evacuated from compute-02" in line_of(response, IDS[0])
    assert "evacuated" not in line_of(response, IDS[1])
