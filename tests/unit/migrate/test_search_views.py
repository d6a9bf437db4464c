# SPDX-License-Identifier: Apache-2.0
"""The search for an instance by name, ID or IP address."""

import pytest
from django.test.utils import override_settings

from migration_panel.migrate import search
from tests.support.case_ids import case_id
from tests.support.fake_clock import FakeClock
from tests.support.nova_answers import INSTANCE, SERVER, fault, server

FIND = "/admin/migrations/instances/"
OTHER = "0a1b2c3d-7c5c-4f9b-9bd6-2b5a3e8f3c12"


@pytest.fixture
def nova(fake_cloud):
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": []})
    return fake_cloud


def searches(nova):
    return [call.query for call in nova.made("GET", "/v2.1/servers/detail")]


def test_single_hit_redirects_to_the_choice_of_the_type(nova, admin_client):
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [SERVER]})
    response = admin_client.get(FIND, {"q": "web"})
    assert response.status_code == 302
    assert response["Location"] == f"{FIND}{INSTANCE}/"


def test_several_hits_are_listed_with_their_facts(nova, admin_client):
    other = SERVER | {"id": OTHER, "OS-EXT-SRV-ATTR:host": "compute-09"}
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [SERVER, other]})
    page = admin_client.get(FIND, {"q": "web"}).content.decode()
    assert f"{FIND}{INSTANCE}/" in page
    assert f"{FIND}{OTHER}/" in page
    assert "on compute-01" in page
    assert "on compute-09" in page
    assert "10.0.0.13" in page


def test_whole_id_reads_the_instance(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    assert admin_client.get(FIND, {"q": f" {INSTANCE.upper()} "})["Location"] == f"{FIND}{INSTANCE}/"
    assert searches(nova) == []


def test_unknown_id_finds_nothing(nova, admin_client):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}", status=404, json=fault("itemNotFound", 404, "gone"))
    response = admin_client.get(FIND, {"q": INSTANCE})
    assert response.status_code == 200
    assert "No instance has" in response.content.decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("web-03", [{"name": "web-03"}]),
        ("a.b*(c", [{"name": r"a\.b\*\(c"}]),
        ("10.0.0.13", [{"ip": "10.0.0.13"}, {"name": r"10\.0\.0\.13"}]),
        ("10.0.", [{"ip": "10.0."}, {"name": r"10\.0\."}]),
        ("fe80::1", [{"ip6": "fe80::1"}, {"name": "fe80::1"}]),
        ("10", [{"name": "10"}]),
        ("ünï 名", [{"name": "ünï 名"}]),
    ],
    ids=case_id,
)
def test_text_is_escaped_for_nova(nova, admin_client, text, expected):
    admin_client.get(FIND, {"q": text})
    common = {"all_tenants": "1", "limit": "25"}
    assert sorted(searches(nova), key=sorted) == [query | common for query in expected]


def test_manager_searches_their_project(nova, helpdesk_client):
    helpdesk_client.get("/project/migrations/instances/", {"q": "web"})
    assert searches(nova) == [{"name": "web", "limit": "25"}]


def test_empty_text_makes_no_calls(nova, admin_client):
    assert admin_client.get(FIND).status_code == 200
    assert admin_client.get(FIND, {"q": "   "}).status_code == 200
    assert searches(nova) == []


def paged(size, total):
    """Nova with a ``[api]max_limit`` of ``size``: it links to a next page whenever a page is full."""
    everything = [
        SERVER | {"id": f"0a1b2c3d-7c5c-4f9b-9bd6-{number:012d}", "name": f"web-{number}"} for number in range(total)
    ]

    def answer(call):
        after = [record["id"] for record in everything].index(call.query["marker"]) + 1 if "marker" in call.query else 0
        limit = min(size, int(call.query["limit"]))
        found = everything[after : after + limit]
        links = [{"rel": "next", "href": f"http://nova/?marker={found[-1]['id']}"}] if len(found) == limit else []
        return {"servers": found, "servers_links": links}

    return answer


@pytest.mark.parametrize(
    ("size", "total", "shown", "calls", "cut"),
    [
        (1000, 24, 24, 1, False),
        (1000, 30, 25, 1, True),
        (10, 24, 24, 3, False),
        (10, 30, 25, 3, True),
        (2, 30, 10, 5, True),
    ],
    ids=["all on a page", "more than are shown", "pages", "pages and more", "tiny pages"],
)
def test_search_shows_hits_up_to_its_limit_and_reports_further_hits(nova, admin_client, size, total, shown, calls, cut):
    nova.on("GET", "/v2.1/servers/detail", json=paged(size, total))
    page = admin_client.get(FIND, {"q": "web"}).content.decode()
    assert f"{shown} instances found." in page
    assert len(searches(nova)) == calls
    assert ("There may be more" in page) is cut


def test_cut_list_of_addresses_is_reported(nova, admin_client):
    nova.on("GET", "/v2.1/servers/detail", json=paged(1, 30), query={"ip": "10.0.0.1"})
    assert "There may be more" in admin_client.get(FIND, {"q": "10.0.0.1"}).content.decode()


@override_settings(MIGRATION_PANEL={"TIMEOUT": 40})
def test_no_call_starts_after_the_timeout(nova, admin_client, monkeypatch):
    """If Nova answers slowly, the search reads what it can, and reports it."""
    links = [{"rel": "next", "href": "http://nova"}]
    ids = [{"id": f"6c632c97-7c5c-4f9b-9bd6-{number:012d}"} for number in range(3)]
    clock = FakeClock()
    monkeypatch.setattr(search, "time", clock)
    nova.on("GET", "/v2.1/servers", json=lambda call: clock.after(25, {"servers": ids, "servers_links": links}))
    nova.on("GET", "/v2.1/servers/6c632c97*", json=lambda call: server(id=call.path.split("/")[3]))
    page = admin_client.get(FIND, {"q": "6c632c97"}).content.decode()
    assert len(nova.made("GET", "/v2.1/servers")) == 2
    assert nova.made("GET", "/v2.1/servers/6c632c97*") == []
    assert "Only the IDs of the newest 6 instances were searched" in page


def test_text_is_escaped(nova, admin_client):
    page = admin_client.get(FIND, {"q": "<i>x</i>"}).content.decode()
    assert "<i>x</i>" not in page
    assert "&lt;i&gt;x&lt;/i&gt;" in page


def test_page_shows_that_nova_is_down(nova, admin_client):
    nova.on("GET", "/v2.1/servers/detail", status=500, json=fault("computeFault", 500, "oops"))
    response = admin_client.get(FIND, {"q": "web"})
    assert response.status_code == 503
    assert "Nova" in response.content.decode()


def test_dots_of_an_address_match_only_dots(nova, admin_client):
    """In Nova's filter, a dot may match any character."""
    other = SERVER | {"id": OTHER, "addresses": {"private": [{"addr": "10.0.0.13"}]}}
    alike = SERVER | {"addresses": {"private": [{"addr": "10.0.0113"}]}}
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [alike, other]}, query={"ip": "10.0.0.1"})
    assert admin_client.get(FIND, {"q": "10.0.0.1"})["Location"] == f"{FIND}{OTHER}/"


def test_whole_address_finds_only_the_instance_that_has_it(nova, admin_client):
    longer = SERVER | {"id": OTHER, "addresses": {"private": [{"addr": "10.0.0.131"}]}}
    nova.on("GET", "/v2.1/servers/detail", json={"servers": [longer, SERVER]}, query={"ip": "10.0.0.13"})
    assert admin_client.get(FIND, {"q": "10.0.0.13"})["Location"] == f"{FIND}{INSTANCE}/"
