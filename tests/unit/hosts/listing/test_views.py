# SPDX-License-Identifier: Apache-2.0
"""The page of all compute hosts: its calls to Nova, its rows and its access rules."""

import re
from html import unescape

import pytest

from tests.support.host_answers import HYPERVISORS, MIGRATIONS, PAGE, SERVICES, list_hosts
from tests.support.nova_answers import SIX_HOSTS, fault, hypervisors, listed, provider
from tests.unit.api.test_hosts import paged

CANDIDATES = "/placement/allocation_candidates"
NO_VALUE = "\N{EN DASH}"
HTML_TEXT = """<b>"rack" & '7'</b>"""


@pytest.fixture
def nova(fake_cloud):
    list_hosts(fake_cloud, *SIX_HOSTS)
    return fake_cloud


def text(response):
    return response.content.decode()


def shown_hosts(response):
    """Return the names of the rows in their order."""
    return [unescape(name) for name in re.findall(r'<tr data-host="([^"]*)"', text(response))]


def cells(response, host):
    """Return the text of each cell of the host's row."""
    [row] = re.findall(rf'<tr data-host="{re.escape(host)}">(.*?)</tr>', text(response), re.S)
    contents = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", content).split()) for content in contents]


def test_page_shows_all_hosts_sorted_by_name(nova, admin_client):
    response = admin_client.get(PAGE)
    assert response.status_code == 200
    assert shown_hosts(response) == [f"compute-{number:02}" for number in (1, 2, 3, 5, 6, 10)]
    assert "Hosts: 6 of 6" in text(response)


def test_row_shows_state_reason_zone_instances_and_figures(nova, admin_client):
    response = admin_client.get(PAGE)
    assert cells(response, "compute-01")[:7] == [
        "compute-01", "Up", "az1", "7", "Physical 14 of 32", "Physical 52.5 of 128", "Physical 400 of 2000",
    ]  # fmt: skip
    assert cells(response, "compute-05")[1] == "Down"
    assert cells(response, "compute-06")[1] == "Up, disabled “bad fan”"


def test_row_of_an_overcommitted_host_shows_more_than_100_percent(fake_cloud, admin_client):
    list_hosts(fake_cloud, {"host": "a"}, nodes=[{"host": "a", "vcpus_used": 96}])
    response = admin_client.get(PAGE)
    assert cells(response, "a")[4] == "Physical 96 of 32 Overcommitted: 300 %"
    assert 'max="100" value="300" aria-label="Allocated vCPUs of a, compared with the physical CPUs"' in text(response)


def list_limits(cloud, *hosts, **answer):
    """Let Placement report a limit of 128 vCPUs for hosts; ``answer``: another answer."""
    amounts = {"VCPU": {"capacity": 128, "used": 16}, "MEMORY_MB": {"capacity": 130560, "used": 53248}}
    summaries = {provider(host): {"resources": amounts} for host in hosts}
    answer = answer or {"json": {"allocation_requests": [{}] * len(hosts), "provider_summaries": summaries}}
    cloud.on("GET", CANDIDATES, **answer)


def test_row_shows_the_limit_of_the_scheduler(nova, admin_client):
    list_limits(nova, *(host["host"] for host in SIX_HOSTS))
    response = admin_client.get(PAGE)
    assert cells(response, "compute-01")[4:7] == [
        "Physical 14 of 32 Limit 16 of 128",
        "Physical 52.5 of 128 Limit 52 of 127.5",
        "Physical 400 of 2000",
    ]
    assert 'value="12" aria-label="Allocated vCPUs of compute-01, compared with the limit' in text(response)
    assert [call.query["resources"] for call in nova.made("GET", CANDIDATES)] == ["MEMORY_MB:1"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"status": 403, "json": fault("forbidden", 403, "No.")}, "The limits of the scheduler are unknown."),
        ({"status": 503, "json": fault("oops", 503, "No.")}, "The limits of the scheduler are unknown."),
        ({"json": {"nonsense": True}}, "The limits of the scheduler are unknown."),
        (
            {"json": {"allocation_requests": [], "provider_summaries": {}}},
            "A limit is missing if the host has no free memory",
        ),
    ],
    ids=["closed to the role", "down", "nonsense", "full hosts"],
)
def test_page_says_when_only_physical_resources_are_known(nova, admin_client, answer, reason):
    list_limits(nova, **answer)
    response = admin_client.get(PAGE)
    assert response.status_code == 200
    assert reason in text(response)
    assert cells(response, "compute-01")[4] == "Physical 14 of 32"


def test_migrations_in_progress_are_counted_at_both_hosts(nova, admin_client):
    running = {"status": "running"}
    nova.on("GET", MIGRATIONS, json=listed(running, running | {"dest_compute": "compute-10"}, {}))
    response = admin_client.get(PAGE)
    assert {host: cells(response, host)[7] for host in ("compute-01", "compute-02", "compute-10", "compute-03")} == {
        "compute-01": "2 leaving",
        "compute-02": "1 arriving",
        "compute-10": "1 arriving",
        "compute-03": NO_VALUE,
    }


def test_hosts_without_a_service_or_without_a_hypervisor_are_shown(fake_cloud, admin_client):
    metal = {"host": "metal", "hypervisor_type": "ironic"}
    nodes = [{"host": "lost"}, metal | {"hypervisor_hostname": "m1"}, metal]
    list_hosts(fake_cloud, {"host": "bare"}, {"host": "metal"}, nodes=nodes)
    response = admin_client.get(PAGE)
    assert shown_hosts(response) == ["bare", "lost", "metal"]
    assert cells(response, "bare")[3:8] == [NO_VALUE] * 5
    assert cells(response, "lost")[1] == "No compute service"
    [name, state, *rest] = cells(response, "metal")
    assert (name, state.partition(" ")[0], *rest[:2]) == ("metal 2 nodes", "Up", "az1", "14")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"sort": "-host"}, ["compute-10", "compute-06", "compute-05", "compute-03", "compute-02", "compute-01"]),
        ({"name": "compute-1"}, ["compute-10"]),
        ({"zone": "az2"}, ["compute-10"]),
        ({"state": "disabled"}, ["compute-06"]),
        ({"state": "down"}, ["compute-05"]),
        ({"name": HTML_TEXT}, []),
    ],
    ids=["sorted", "by name", "by zone", "disabled", "down", "HTML"],
)
def test_parameters_of_the_address_sort_and_filter(nova, admin_client, query, expected):
    response = admin_client.get(PAGE, query)
    assert shown_hosts(response) == expected
    assert f">Hosts: {len(expected)} of 6<" in text(response)
    assert (
        "No host matches the filters." in text(response).partition("migration-empty")[2].partition("hidden")[0]
    ) == (not expected)


def test_filter_form_shows_the_filters_of_the_address(nova, admin_client):
    page = text(admin_client.get(PAGE, {"name": "compute", "zone": "az2", "state": "up", "sort": "-memory"}))
    assert re.search(r'<input type="search" name="name" value="compute"[^>]* data-host-filter', page)
    assert re.findall(r'<option value="([^"]*)" selected>', page) == ["az2", "up"]
    assert '<input type="hidden" name="sort" value="-memory">' in page


def test_headings_are_links_with_the_order(nova, admin_client):
    page = text(admin_client.get(PAGE, {"sort": "memory", "zone": "az1"}))
    assert re.search(
        r'aria-sort="ascending"><a href="/admin/migrations/hosts/\?zone=az1&amp;sort=-memory" target="_self">Memory ',
        page,
    )
    assert page.count('aria-sort="none"') == 7
    assert 'href="/admin/migrations/hosts/?zone=az1&amp;sort=memory" target="_self">Refresh<' in page


def test_names_and_reasons_are_never_html(fake_cloud, admin_client):
    list_hosts(fake_cloud, {"host": HTML_TEXT, "zone": HTML_TEXT, "status": "disabled", "disabled_reason": HTML_TEXT})
    response = admin_client.get(PAGE, {"name": HTML_TEXT, "zone": HTML_TEXT})
    assert shown_hosts(response) == [HTML_TEXT]
    assert "rack&quot; &amp;" in text(response)
    assert HTML_TEXT not in text(response)


def test_five_hundred_hosts_cost_four_calls(fake_cloud, admin_client):
    hosts = [{"host": f"node-{number}", "zone": f"az{number % 5}"} for number in range(500)]
    list_hosts(fake_cloud, *hosts)
    admin_client.get(PAGE)  # stores the API version and, for a minute, the evacuations
    fake_cloud.forget()
    response = admin_client.get(PAGE)
    assert len(shown_hosts(response)) == 500
    assert sorted(fake_cloud.panel_calls) == [f"GET {path}" for path in (CANDIDATES, HYPERVISORS, MIGRATIONS, SERVICES)]


def test_page_makes_its_three_calls_at_once(fake_cloud, admin_client):
    answers = {
        SERVICES: {"services": []},
        HYPERVISORS: {"hypervisors": []},
        MIGRATIONS: {"migrations": []},
    }
    fake_cloud.on("GET", "/v2.1/os-*", json=lambda call: answers[call.path])
    admin_client.get(PAGE)
    # No call is answered until all three have arrived.
    fake_cloud.on("GET", "/v2.1/os-*", json=lambda call: answers[call.path], together=3)
    response = admin_client.get(PAGE)
    assert response.status_code == 200
    assert "There are no compute hosts." in text(response)


@pytest.mark.parametrize(
    ("path", "status", "shown_as"),
    [
        (SERVICES, 403, 403),
        (SERVICES, 503, 503),
        (MIGRATIONS, 403, 403),
        (MIGRATIONS, 503, 503),
        (HYPERVISORS, 403, 403),
    ],
)
def test_page_has_the_status_of_the_failed_call(nova, admin_client, path, status, shown_as):
    nova.on("GET", path, status=status, json=fault("oops", status, "Not today"))
    assert admin_client.get(PAGE).status_code == shown_as


@pytest.mark.parametrize(
    "answer",
    [{"status": 503, "json": fault("oops", 503, "Not today")}, {"json": b"<html>"}],
    ids=["503", "not JSON"],
)
def test_hosts_are_shown_without_figures_when_hypervisors_cannot_be_read(nova, admin_client, answer):
    """With hundreds of hosts, Nova may need longer for the hypervisors than for all other lists."""
    nova.on("GET", HYPERVISORS, **answer)
    response = admin_client.get(PAGE)
    assert response.status_code == 200
    assert len(shown_hosts(response)) == len(SIX_HOSTS)
    assert "could not be loaded. The compute service (Nova) returned no usable answer." in text(response)
    assert cells(response, "compute-01")[3:7] == [NO_VALUE] * 4


def test_figures_of_all_pages_of_hypervisors_are_shown(nova, admin_client):
    nova.on("GET", HYPERVISORS, json=paged([host["host"] for host in SIX_HOSTS], 2))
    response = admin_client.get(PAGE)
    assert [cells(response, host["host"])[3] for host in SIX_HOSTS] == ["7"] * 6
    assert "did not return all hypervisors" not in text(response)


def test_incomplete_list_of_hypervisors_is_reported(nova, admin_client):
    nova.on("GET", HYPERVISORS, json=hypervisors("compute-01") | {"hypervisors_links": [{"rel": "next", "href": "x"}]})
    assert "did not return all hypervisors" in text(admin_client.get(PAGE))


def test_expired_session_redirects_to_the_login_form(nova, admin_client):
    nova.on("GET", SERVICES, status=401, json=fault("unauthorized", 401, "gone"))
    response = admin_client.get(PAGE)
    assert response.status_code == 302
    assert "/auth/login/" in response["Location"]


@pytest.mark.parametrize(
    "path",
    ["/project/migrations/hosts/", "/project/migrations/hosts/compute-01/evacuate/"],
    ids=["list", "evacuation"],
)
def test_project_dashboard_has_no_pages_of_hosts(nova, admin_client, path):
    assert admin_client.get(path).status_code == 404


def test_user_who_may_not_list_hosts_gets_403_and_no_link(nova, admin_client, settings, monkeypatch):
    monkeypatch.setattr("migration_panel.policy.allowed", lambda request, rule: False)
    assert admin_client.get(PAGE).status_code == 403
    assert nova.made("GET", SERVICES) == []
    assert PAGE not in text(admin_client.get("/admin/migrations/"))


def test_board_links_to_the_hosts_in_the_admin_dashboard_only(nova, admin_client):
    assert f'href="{PAGE}"' in text(admin_client.get("/admin/migrations/"))
    assert "/hosts/" not in text(admin_client.get("/project/migrations/"))


def test_helpdesk_gets_403(nova, helpdesk_client):
    assert helpdesk_client.get(PAGE).status_code == 403
    assert "/hosts/" not in text(helpdesk_client.get("/project/migrations/"))


def test_hosts_not_restarted_since_an_evacuation_cost_one_call_a_minute(nova, admin_client):
    done = {"migration_type": "evacuation", "status": "done", "source_compute": "compute-03"}
    nova.on("GET", MIGRATIONS, json=listed(done))
    response = admin_client.get(PAGE)
    assert "nova-compute has not been restarted since 1 instance was evacuated." in cells(response, "compute-03")[1]
    assert "nova-compute" not in cells(response, "compute-01")[1]
    queries = [call.query for call in nova.made("GET", MIGRATIONS)]
    assert sum((query.get("migration_type"), query.get("status")) == ("evacuation", "done") for query in queries) == 1
    nova.forget()
    admin_client.get(PAGE)
    assert len(nova.made("GET", MIGRATIONS)) == 1


def test_evacuations_that_nova_does_not_list_are_reported(nova, admin_client):
    nova.on("GET", MIGRATIONS, query={"status": "done"}, status=503, json=fault("oops", 503, "Not today"))
    assert "Nova did not list past evacuations" in text(admin_client.get(PAGE))


def offered_actions(response, host):
    return re.findall(rf'href="{PAGE}{host}/([^/]+)/"', text(response))


def test_host_in_a_cell_that_is_down_is_unknown_and_has_no_actions(nova, admin_client):
    """Nova reports only the name of the service."""
    record = {"binary": "nova-compute", "host": "h9", "status": "UNKNOWN"}
    nova.on("GET", SERVICES, json={"services": [record]})
    response = admin_client.get(PAGE, {"state": "cell-down"})
    assert cells(response, "h9")[1] == "Unknown (cell unreachable)"
    assert offered_actions(response, "h9") == []


@pytest.mark.parametrize("state", ["up", "down"])
def test_bare_metal_has_no_actions_and_shows_why(fake_cloud, admin_client, state):
    metal = [{"host": "metal", "hypervisor_hostname": name, "hypervisor_type": "ironic"} for name in ("m1", "m2")]
    list_hosts(fake_cloud, {"host": "metal", "state": state}, nodes=metal)
    response = admin_client.get(PAGE)
    assert offered_actions(response, "metal") == []
    assert "can neither migrate nor evacuate instances." in unescape(cells(response, "metal")[1])


def test_host_that_nova_disabled_has_no_actions_and_shows_why(fake_cloud, admin_client):
    list_hosts(
        fake_cloud, {"host": "a", "status": "disabled", "disabled_reason": "AUTO: Connection to libvirt lost: 1"}
    )
    response = admin_client.get(PAGE)
    assert offered_actions(response, "a") == []
    assert "nova-compute on a disabled its own service" in cells(response, "a")[1]


def test_host_with_two_nodes_of_one_machine_has_no_figures(fake_cloud, admin_client):
    nodes = [{"host": "h1", "hypervisor_hostname": "h1"}, {"host": "h1", "hypervisor_hostname": "h1.example.com"}]
    list_hosts(fake_cloud, {"host": "h1"}, nodes=nodes)
    response = admin_client.get(PAGE)
    assert cells(response, "h1")[3:7] == [NO_VALUE] * 4
    assert "several nodes for this service: h1, h1.example.com." in cells(response, "h1")[1]


def test_record_open_for_months_is_not_counted_as_leaving(nova, admin_client):
    old = {"status": "pre-migrating", "created_at": "2026-08-22T12:00:00", "updated_at": "2026-08-22T12:00:00"}
    nova.on("GET", MIGRATIONS, json=listed(old))
    assert cells(admin_client.get(PAGE), "compute-01")[7] == "1 unchanged for a day"
