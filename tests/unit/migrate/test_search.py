# SPDX-License-Identifier: Apache-2.0
"""Search by part of an ID and by a floating address, and the facts of the hits."""

import pytest

from migration_panel.migrate import search
from tests.support.case_ids import case_id
from tests.support.nova_answers import INSTANCE, SERVER, fault, server

FIND = "/admin/migrations/instances/"
OWN = "/project/migrations/instances/"
OTHER = "6c632c97-0000-4f9b-9bd6-2b5a3e8f3c12"
FLOATING = "/network/v2.0/floatingips"
PORTS = "/network/v2.0/ports"
ADDRESS = "203.0.113.7"


@pytest.fixture
def nova(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": []})
    fake_cloud.on("GET", "/v2.1/servers", json={"servers": IDS[:1], "servers_links": NEXT})
    fake_cloud.on("GET", "/v2.1/servers", json={"servers": IDS[1:]}, query={"marker": OTHER})
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    fake_cloud.on("GET", f"/v2.1/servers/{OTHER}", json=server(id=OTHER, name="web-04"))
    return fake_cloud


IDS = [{"id": OTHER, "name": "web-04"}, {"id": INSTANCE, "name": "web-03"}]
NEXT = [{"rel": "next", "href": f"http://nova/v2.1/servers?limit=1000&marker={OTHER}"}]


@pytest.mark.parametrize("text", ["7c5c", "7C5C-4F9B", "97-7c5c-4f9b-9bd6", INSTANCE[:35], INSTANCE[-4:]])
def test_part_of_an_id_finds_its_instance(nova, admin_client, text):
    assert admin_client.get(FIND, {"q": text})["Location"] == f"{FIND}{INSTANCE}/"


def test_instances_with_the_same_part_of_the_id_are_listed(nova, admin_client):
    page = admin_client.get(FIND, {"q": "6c632c97"}).content.decode()
    assert f"{FIND}{INSTANCE}/" in page
    assert f"{FIND}{OTHER}/" in page


@pytest.mark.parametrize("text", ["web", "7c5", "xyz1", "7c-5c", "7c5c z", "--------"])
def test_text_that_cannot_be_part_of_an_id_reads_no_ids(nova, admin_client, text):
    admin_client.get(FIND, {"q": text})
    assert (nova.made("GET", "/v2.1/servers") == []) is (text != "7c-5c")


def test_all_pages_of_ids_of_the_users_project_are_read(nova, helpdesk_client):
    helpdesk_client.get(OWN, {"q": "7c5c"})
    asked = [call.query for call in nova.made("GET", "/v2.1/servers")]
    assert asked == [{"limit": "1000"}, {"limit": "1000", "marker": OTHER}]


def test_number_of_searched_ids_is_reported(nova, admin_client):
    nova.on("GET", "/v2.1/servers", json={"servers": IDS, "servers_links": NEXT})
    page = admin_client.get(FIND, {"q": "ffff"}).content.decode()
    assert len(nova.made("GET", "/v2.1/servers")) == search.PAGES
    assert f"Only the IDs of the newest {2 * search.PAGES} instances were searched" in page


def test_instance_deleted_meanwhile_is_not_listed(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{OTHER}", status=404, json=fault("itemNotFound", 404, "gone"))
    assert admin_client.get(FIND, {"q": "6c632c97"})["Location"] == f"{FIND}{INSTANCE}/"


@pytest.fixture
def neutron(nova):
    nova.on("GET", FLOATING, json={"floatingips": [{"floating_ip_address": ADDRESS, "port_id": "p1"}]})
    owner = {"id": "p1", "device_id": INSTANCE, "device_owner": "compute:nova"}
    nova.on("GET", PORTS, json={"ports": [owner]})
    return nova


@pytest.mark.parametrize("address", [ADDRESS, "2001:db8::7"])
def test_floating_address_finds_its_instance(neutron, admin_client, address):
    assert admin_client.get(FIND, {"q": address})["Location"] == f"{FIND}{INSTANCE}/"
    [call] = neutron.made("GET", FLOATING)
    assert call.query == {"floating_ip_address": address}


@pytest.mark.parametrize("address", ["203.0.113.", "203.0", "203.0.113.7.1", "1.2.3.4/24"])
def test_part_of_a_floating_address_finds_nothing(neutron, admin_client, address):
    admin_client.get(FIND, {"q": address})
    assert neutron.made("GET", FLOATING) == []


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (FLOATING, {"json": {"floatingips": []}}),
        (FLOATING, {"json": {"floatingips": [{"port_id": None}]}}),
        # Neutron has no routers, refuses, is down, or returns unusable data.
        (FLOATING, {"status": 404}),
        (FLOATING, {"status": 403}),
        (FLOATING, {"status": 503}),
        (FLOATING, {"json": {}}),
        (PORTS, {"json": {"ports": []}}),
        (PORTS, {"json": {"ports": [{"id": "p1", "device_id": "lb-1", "device_owner": "Octavia"}]}}),
    ],
    ids=case_id,
)
def test_floating_address_without_an_instance_finds_nothing(neutron, admin_client, path, answer):
    neutron.on("GET", path, **answer)
    response = admin_client.get(FIND, {"q": ADDRESS})
    assert response.status_code == 200
    assert "No instance has" in response.content.decode()


@pytest.mark.parametrize(("status", "reported"), [(404, False), (403, True), (503, True), (400, True)])
def test_floating_addresses_that_were_not_searched_are_reported(neutron, admin_client, status, reported):
    """A cloud without routers has no floating addresses."""
    neutron.on("GET", FLOATING, status=status)
    page = admin_client.get(FIND, {"q": ADDRESS}).content.decode()
    assert ("Floating IP addresses were not searched" in page) is reported


def test_instance_of_another_project_is_not_found(neutron, client, login):
    """In the Project dashboard, although Neutron and Nova would return it to an administrator."""
    admin = login(client, roles=("admin", "manager", "member"), project_id="another")
    assert "No instance has" in admin.get(OWN, {"q": ADDRESS}).content.decode()
    assert "No instance has" in admin.get(OWN, {"q": INSTANCE}).content.decode()


@pytest.fixture
def two(nova):
    theirs = SERVER | {"id": OTHER, "tenant_id": "shop-id", "flavor": SERVER["flavor"] | {"original_name": "m1.big"}}
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [SERVER, theirs]})
    nova.on("GET", "/v3/projects/shop-id", json={"project": {"id": "shop-id", "name": "<web-shop>"}})
    return nova


def test_hits_of_an_admin_show_projects_flavors_and_ages(two, admin_client):
    page = admin_client.get(FIND, {"q": "web"}).content.decode()
    for words in ("Project: &lt;web-shop&gt;", "Project: demo-id", "Flavor: m1.big", "Flavor: m1.medium", "Created "):
        assert words in page
    two.forget()
    admin_client.get(FIND, {"q": "web"})
    assert two.made("GET", "/v3/projects/*") == []


def test_hits_of_a_manager_read_no_projects(two, helpdesk_client):
    page = helpdesk_client.get(OWN, {"q": "web"}).content.decode()
    assert "Project: demo" not in page
    assert two.made("GET", "/v3/projects/*") == []
