# SPDX-License-Identifier: Apache-2.0
"""The plan for several instances: capacity for all together, server groups and zones."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from tests.support.fake_cloud import COMPUTE, PLACEMENT
from tests.support.login import make_token, put_in_session, service_catalog
from tests.support.nova_answers import candidates, fault, hypervisors, server, services

SEVERAL = "/admin/migrations/several/"
IDS = [f"6c632c97-7c5c-4f9b-9bd6-{each:012d}" for each in range(1, 4)]
OTHER = "6c632c97-7c5c-4f9b-9bd6-000000000099"
ENOUGH = "There is enough free capacity for all instances together."
ZONES = {"compute-01": "az1", "compute-02": "az1", "compute-03": "az1", "compute-04": "az2", "compute-05": "az2"}
APART = "compute-02 cannot host another instance of anti-affinity group “quorum”."


def text_of(response):
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def line_of(response, instance_id):
    lines = re.findall(r"<li>.*?</li>", text_of(response))
    return next(line for line in lines if f">{instance_id[-2:]}<" in line)


def sent(cloud):
    return sorted(call.path.split("/")[3] for call in cloud.made("POST", f"{COMPUTE}/servers/*/action"))


def serve(cloud, instance_id, *groups, **changes):
    record = {"id": instance_id, "name": instance_id[-2:], "server_groups": list(groups)}
    record |= {"pinned_availability_zone": None} | changes
    cloud.on("GET", f"{COMPUTE}/servers/{instance_id}", json=server(**record))


def group(cloud, *members, policy="anti-affinity", most=1):
    rules = {"max_server_per_host": most} if policy == "anti-affinity" else {}
    record = {"id": "g", "name": "quorum", "policy": policy, "rules": rules, "members": members}
    cloud.on("GET", f"{COMPUTE}/os-server-groups/g", json={"server_group": record})


@pytest.fixture
def cloud(fake_cloud):
    """Five hosts in two zones, and three instances on the first of them."""
    hosts = [{"host": name, "zone": zone} for name, zone in ZONES.items()]
    fake_cloud.on("GET", f"{COMPUTE}/os-services", json=services(*hosts))
    fake_cloud.on("GET", f"{COMPUTE}/os-hypervisors/detail", json=hypervisors(*ZONES))
    fake_cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates(*ZONES))
    fake_cloud.on("POST", f"{COMPUTE}/servers/*/action", status=202)
    for instance_id in IDS:
        serve(fake_cloud, instance_id)
    return fake_cloud


def plan(client, destination="", kind="live", ids=IDS):
    return client.get(SEVERAL, {"instance": ids, "type": kind, "destination": destination})


def test_plan_shows_enough_room_when_all_was_checked(cloud, admin_client):
    page = text_of(plan(admin_client))
    assert ENOUGH in page
    assert "not checked" not in page


def test_plan_excludes_a_second_group_member_for_the_named_host(cloud, admin_client):
    for instance_id in IDS[:2]:
        serve(cloud, instance_id, "g")
    group(cloud, *IDS[:2])
    response = plan(admin_client, "compute-02")
    assert "Excluded" not in line_of(response, IDS[0])
    assert APART in line_of(response, IDS[1])
    assert "Excluded" not in line_of(response, IDS[2])
    # A script that has not read a plan gets the same answer.
    done = admin_client.post(SEVERAL, {"instance": IDS, "type": "live", "destination": "compute-02"})
    assert sent(cloud) == [IDS[0], IDS[2]]
    assert APART in line_of(done, IDS[1])


def test_plan_excludes_nobody_when_the_group_allows_two_per_host(cloud, admin_client):
    for instance_id in IDS:
        serve(cloud, instance_id, "g")
    group(cloud, *IDS, most=2)
    response = plan(admin_client, "compute-02")
    assert [instance_id for instance_id in IDS if "Excluded" in line_of(response, instance_id)] == IDS[2:]


def test_plan_considers_members_on_the_destination(cloud, admin_client):
    serve(cloud, IDS[0], "g")
    serve(cloud, OTHER, "g", **{"OS-EXT-SRV-ATTR:host": "compute-02"})
    group(cloud, IDS[0], OTHER)
    assert "already has “99” of the same anti-affinity group “quorum”" in line_of(
        plan(admin_client, "compute-02"), IDS[0]
    )
    assert "Excluded" not in line_of(plan(admin_client, "compute-03"), IDS[0])


def test_plan_reports_an_affinity_group_that_has_to_stay(cloud, admin_client):
    for instance_id in IDS[:2]:
        serve(cloud, instance_id, "g")
    group(cloud, *IDS[:2], policy="affinity")
    response = plan(admin_client)
    assert "The instance fits on no host (hosts checked: 5)." in line_of(response, IDS[0])
    assert "Excluded" not in line_of(response, IDS[2])


def test_plan_checks_groups_when_the_scheduler_chooses(cloud, admin_client):
    """Three members, and two hosts with enough room."""
    for instance_id in IDS:
        serve(cloud, instance_id, "g")
    group(cloud, *IDS)
    cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates("compute-02", "compute-03"))
    response = plan(admin_client)
    assert "1 instance fits on no host." in text_of(response)
    assert "Other instances of anti-affinity group “quorum” occupy each host" in line_of(response, IDS[2])
    assert ENOUGH not in text_of(response)
    # The instance is requested nevertheless: Nova decides.
    assert "Migrate 3 instances" in text_of(response)


def test_plan_reports_a_pinned_zone_without_room(cloud, admin_client):
    serve(cloud, IDS[0], pinned_availability_zone="az1")
    cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=candidates("compute-01", "compute-04", "compute-05"))
    response = plan(admin_client)
    assert "The instance fits on no host (hosts checked: 5)." in line_of(response, IDS[0])
    assert "Excluded" not in line_of(response, IDS[1])


def test_plan_reports_instances_that_fit_only_alone(cloud, admin_client):
    answer = candidates("compute-02")
    for summary in answer["provider_summaries"].values():
        summary["resources"]["MEMORY_MB"] = {"capacity": 8192, "used": 0}
    cloud.on("GET", f"{PLACEMENT}/allocation_candidates", json=answer)
    response = plan(admin_client, "compute-02")
    assert "1 instance fits on no host." in text_of(response)
    assert "compute-02 does not have enough free capacity after the larger instances are migrated." in line_of(
        response, IDS[2]
    )


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"{COMPUTE}/os-server-groups/g", 403, "Server groups were not checked: your role"),
        (f"{COMPUTE}/os-server-groups/g", 500, "Server groups were not checked: Nova did not return the groups."),
        (f"{COMPUTE}/servers/{OTHER}", 500, "hosts of some members are unknown: quorum."),
        (f"{PLACEMENT}/allocation_candidates", 500, "The free capacity is unknown"),
        (f"{COMPUTE}/os-hypervisors/detail", 403, "The free capacity is unknown"),
    ],
)
def test_plan_names_what_was_not_checked(cloud, admin_client, path, status, words):
    serve(cloud, IDS[0], "g")
    group(cloud, IDS[0], OTHER)
    cloud.on("GET", path, json=fault("computeFault", status, "no"), status=status)
    page = text_of(plan(admin_client))
    assert words in page
    assert ENOUGH not in page


def test_plan_on_old_nova_checks_neither_groups_nor_zones(cloud, admin_client):
    for instance_id in IDS:
        cloud.on("GET", f"{COMPUTE}/servers/{instance_id}", json=server(id=instance_id, name=instance_id[-2:]))
    page = text_of(plan(admin_client))
    assert "Server groups were not checked: this version of Nova does not report the groups." in page
    assert "Availability zones were not checked" in page
    assert ENOUGH not in page


def test_plan_makes_one_call_per_flavor_and_group(cloud, admin_client):
    for instance_id in IDS:
        serve(cloud, instance_id, "g")
    group(cloud, *IDS)
    plan(admin_client)
    cloud.forget()
    plan(admin_client)
    made = [call.removeprefix("GET ") for call in cloud.panel_calls]
    rest = [
        f"{COMPUTE}/os-services",
        f"{COMPUTE}/os-hypervisors/detail",
        f"{COMPUTE}/os-server-groups/g",
        f"{PLACEMENT}/allocation_candidates",
    ]
    assert sorted(made) == sorted([*(f"{COMPUTE}/servers/{instance_id}" for instance_id in IDS), *rest])


@pytest.mark.parametrize(("destination", "groups"), [("", 0), ("compute-02", 1)])
def test_submission_reads_groups_for_a_named_host_only(cloud, admin_client, destination, groups):
    for instance_id in IDS:
        serve(cloud, instance_id, "g")
    group(cloud, *IDS, most=3)
    admin_client.post(SEVERAL, {"instance": IDS, "type": "live", "destination": destination})
    assert sent(cloud) == IDS
    assert len(cloud.made("GET", f"{COMPUTE}/os-server-groups/g")) == groups
    assert cloud.made("GET", f"{COMPUTE}/os-hypervisors/*") == cloud.made("GET", f"{PLACEMENT}/*") == []


def test_plan_of_helpdesk_reads_no_hosts(cloud, helpdesk_client):
    for instance_id in IDS:
        serve(cloud, instance_id, "g")
    page = text_of(helpdesk_client.get(SEVERAL.replace("admin", "project"), {"instance": IDS, "type": "live"}))
    assert ENOUGH not in page
    assert "<dt>Room</dt>" not in page
    assert {call.partition(" ")[2] for call in cloud.panel_calls} - {COMPUTE} == {
        f"{COMPUTE}/servers/{instance_id}" for instance_id in IDS
    }


@pytest.mark.parametrize(("seconds", "warned"), [(400, True), (600, False)])
def test_plan_warns_when_the_token_expires_before_the_queue_ends(cloud, seconds, warned):
    """At most 153 s for each of three instances, which leave the same host."""
    urls = {"nova": cloud.nova_url, "keystone": cloud.keystone_url, "neutron": cloud.neutron_url}
    token = make_token(service_catalog(placement=cloud.placement_url, **urls), lasts=timedelta(seconds=seconds))
    client = Client()
    put_in_session(client, token, cloud.keystone_url)
    page = text_of(plan(client))
    assert bool(re.search(r"Your session's token expires at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", page)) is warned
    assert ("Log in again first, or migrate fewer instances at once." in page) is warned
