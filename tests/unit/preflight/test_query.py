# SPDX-License-Identifier: Apache-2.0
"""The calls that a form makes, and its findings about services that do not answer."""

from functools import partial

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import cache

from migration_panel.api.evacuated import evacuated_hosts
from migration_panel.api.nova import Nova
from migration_panel.api.optional_result import call_or_reason
from migration_panel.exceptions import NotFound, SessionExpired
from migration_panel.migration_types import COLD, LIVE
from migration_panel.preflight.assess import findings
from migration_panel.preflight.destinations import verdicts
from migration_panel.preflight.query import read_case, read_for_submit
from tests.support.case_ids import case_id
from tests.support.nova_answers import INSTANCE, candidates, hypervisors, listed, ports, server, services
from tests.support.nova_answers import SERVER as SERVER_RECORD
from tests.support.user_requests import request_of
from tests.unit.api.test_hosts import paged

HOSTS = ("compute-01", "compute-02", "compute-03")
CANDIDATES, HYPERVISORS = "/placement/allocation_candidates", "/v2.1/os-hypervisors/detail"
PORTS, SERVICES, SERVER = "/network/v2.0/ports", "/v2.1/os-services", f"/v2.1/servers/{INSTANCE}"
MIGRATIONS = "/v2.1/os-migrations"
GROUP, OTHER, THIRD = "/v2.1/os-server-groups/g", "11111111-0000-4000-8000-000000000001", "gone"
ANSWERS = {
    SERVER: server(), SERVICES: services({"host": "c1"}), HYPERVISORS: hypervisors("c1"), PORTS: ports(),
}  # fmt: skip


@pytest.fixture
def cloud(fake_cloud):
    fake_cloud.on("GET", SERVER, json=server(server_groups=[], pinned_availability_zone=None))
    fake_cloud.on("GET", SERVICES, json=services(*({"host": name} for name in HOSTS)))
    fake_cloud.on("GET", HYPERVISORS, json=hypervisors(*HOSTS))
    fake_cloud.on("GET", PORTS, json=ports("normal"))
    fake_cloud.on("GET", CANDIDATES, json=candidates(*HOSTS))
    fake_cloud.on("GET", MIGRATIONS, json=listed())
    yield fake_cloud
    cache.clear()


def in_group(cloud, policy="anti-affinity", members=(INSTANCE, OTHER)):
    cloud.on("GET", SERVER, json=server(server_groups=["g"], pinned_availability_zone=None))
    cloud.on("GET", GROUP, json={"server_group": {"id": "g", "name": "web", "policy": policy, "members": members}})
    there = server(id=OTHER, name="web-2", **{"OS-EXT-SRV-ATTR:host": "compute-02"})
    cloud.on("GET", f"/v2.1/servers/{OTHER}", json=there)


def gathered(cloud, *roles, kind=LIVE, read=read_case, destination="", warm=True, **user):
    """Return the case.  ``warm``: whether the evacuations, which are read once a minute, are in the cache."""
    request = request_of(cloud, *(roles or ("admin",)), **user)
    nova = Nova.connect(request)
    if warm:
        call_or_reason(partial(evacuated_hosts, nova))
    cloud.forget()
    return async_to_sync(read)(request, nova, kind, INSTANCE, destination)


def codes(case):
    return {finding.code: finding.level for finding in findings(case)}


def fitting(case):
    return [verdict.name for verdict in verdicts(case) if verdict.fits]


@pytest.mark.parametrize("kind", [LIVE, COLD], ids=case_id)
def test_form_of_an_admin_makes_five_calls(cloud, kind):
    case = gathered(cloud, kind=kind)
    asked = ["GET " + path for path in (PORTS, CANDIDATES, HYPERVISORS, SERVICES, SERVER)]
    assert sorted(cloud.panel_calls) == sorted(asked)
    assert case.missing == {}
    assert fitting(case) == ["compute-02", "compute-03"]


def test_first_four_calls_run_at_once(cloud):
    """No call is answered before all four have arrived."""
    cloud.on("GET", "/[!p]*/*[a-z0-9]", json=lambda call: ANSWERS[call.path], together=4)
    cloud.on("GET", MIGRATIONS, json=listed())
    gathered(cloud)
    assert {call.path for call in cloud.calls[:4]} == set(ANSWERS)


def test_form_of_a_manager_reads_the_instance_and_its_ports(cloud):
    case = gathered(cloud, "manager")
    assert sorted(cloud.panel_calls) == sorted([f"GET {PORTS}", f"GET {SERVER}"])
    assert (case.hosts, case.hypervisors, case.candidates) == (None, None, None)
    assert set(codes(case)) == {"local-disk", "copied"}


def evacuated(host="compute-02", **changes):
    return {"migration_type": "evacuation", "status": "done", "source_compute": host} | changes


@pytest.mark.parametrize("read", [read_case, read_for_submit], ids=case_id)
def test_evacuations_are_read_once_for_all_forms(cloud, read):
    cloud.on("GET", MIGRATIONS, json=listed(evacuated()))
    case = gathered(cloud, destination="compute-02", read=read, warm=False)
    assert case.evacuated == {"compute-02": {INSTANCE}}
    [call] = cloud.made("GET", MIGRATIONS)
    assert (call.query["migration_type"], call.query["status"]) == ("evacuation", "done")
    again = gathered(cloud, destination="compute-02", read=read, warm=False)
    assert again.evacuated == case.evacuated
    assert cloud.made("GET", MIGRATIONS) == []
    assert codes(again)["destination-evacuated-itself"] == "error"


@pytest.mark.parametrize("status", [403, 503])
def test_evacuations_that_nova_does_not_list_are_a_finding(cloud, status):
    cloud.on("GET", MIGRATIONS, status=status)
    case = gathered(cloud, warm=False)
    assert case.evacuated is None
    assert codes(case)["evacuations-unknown"] == "info"


def test_group_members_are_looked_up(cloud):
    in_group(cloud)
    case = gathered(cloud)
    assert len(cloud.panel_calls) == 7
    assert fitting(case) == ["compute-03"]


@pytest.mark.parametrize("policy", ["soft-anti-affinity", "soft-affinity"])
def test_members_of_a_soft_group_are_not_looked_up(cloud, policy):
    in_group(cloud, policy)
    assert fitting(gathered(cloud)) == ["compute-02", "compute-03"]
    assert len(cloud.panel_calls) == 6


def test_member_deleted_meanwhile_is_on_no_host(cloud):
    in_group(cloud, members=(INSTANCE, OTHER, THIRD))
    case = gathered(cloud)
    assert [member.id for member in case.members] == [OTHER]
    assert "rules-untold" not in codes(case)


@pytest.mark.parametrize(
    ("members", "answer"),
    [
        ((INSTANCE, OTHER), {"status": 500}),
        ((INSTANCE, OTHER, *(f"gone-{number}" for number in range(40))), {"json": server()}),
    ],
    ids=["no answer", "too many"],
)
def test_members_that_cannot_be_read_are_reported(cloud, members, answer):
    in_group(cloud, members=members)
    cloud.on("GET", f"/v2.1/servers/{OTHER}", **answer)
    assert codes(gathered(cloud))["rules-untold"] == "info"
    assert len(cloud.panel_calls) <= 36


def test_group_that_policy_hides_is_reported(cloud):
    in_group(cloud)
    cloud.on("GET", GROUP, status=403)
    assert codes(gathered(cloud))["rules-untold"] == "info"


@pytest.mark.parametrize(
    ("path", "answer", "code", "level"),
    [
        (CANDIDATES, {"status": 503}, "room-of-hypervisors", "warning"),
        (CANDIDATES, {"status": 401}, "room-of-hypervisors", "warning"),
        (CANDIDATES, {"status": 400}, "room-of-hypervisors", "warning"),
        (CANDIDATES, {"status": 404}, "room-of-hypervisors", "warning"),
        (CANDIDATES, {"json": b"<html>"}, "room-of-hypervisors", "warning"),
        (CANDIDATES, {"status": 403}, "room-of-hypervisors", "info"),
        (HYPERVISORS, {"status": 500}, "room-unknown", "warning"),
        (HYPERVISORS, {"status": 403}, "room-unknown", "info"),
        (HYPERVISORS, {"json": {"hypervisors": [{"id": "x"}]}}, "room-unknown", "warning"),
        (PORTS, {"status": 500}, "ports-untold", "info"),
        (PORTS, {"status": 401}, "ports-untold", "info"),
        (PORTS, {"json": {}}, "ports-untold", "info"),
    ],
    ids=case_id,
)
def test_service_without_an_answer_is_reported(cloud, path, answer, code, level):
    cloud.on("GET", path, **answer)
    case = gathered(cloud)
    assert codes(case)[code] == level
    assert fitting(case) == ["compute-02", "compute-03"]


def test_cloud_without_placement_is_reported(cloud):
    request = request_of(cloud, "admin")
    request.user.service_catalog = [
        service for service in request.user.service_catalog if service["type"] != "placement"
    ]
    case = async_to_sync(read_case)(request, Nova.connect(request), LIVE, INSTANCE)
    assert (codes(case)["room-of-hypervisors"], case.missing["candidates"]) == ("info", "absent")


def test_unreadable_hosts_are_no_error(cloud):
    cloud.on("GET", SERVICES, status=500)
    case = gathered(cloud)
    assert case.hosts is None
    assert "no-host" not in codes(case)


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (401, SessionExpired)], ids=case_id)
def test_unreadable_instance_raises_the_error(cloud, status, error):
    cloud.on("GET", SERVER, status=status)
    with pytest.raises(error):
        gathered(cloud)


def test_deleted_flavor_is_read_from_the_instance(cloud):
    cloud.on("GET", "/v2.1/flavors/*", status=404)
    assert fitting(gathered(cloud)) == ["compute-02", "compute-03"]
    assert not cloud.made("GET", "/v2.1/flavors/*")


def test_flavor_without_a_size_makes_no_call_to_placement(cloud):
    cloud.on("GET", SERVER, json=server(flavor={"id": "1"}))
    case = gathered(cloud)
    assert not cloud.made("GET", CANDIDATES)
    assert {"room-of-hypervisors", "size-untold", "specs-untold"} <= set(codes(case))


def test_instance_of_a_cell_that_is_down_is_an_error_finding(cloud):
    cloud.on("GET", SERVER, json={"server": {"id": INSTANCE, "status": "UNKNOWN", "tenant_id": "demo-id"}})
    assert codes(gathered(cloud))["cell-down"] == "error"


def test_instance_in_cell0_is_an_error_finding(cloud):
    broken = {"status": "ERROR", "OS-EXT-STS:vm_state": "error", "OS-EXT-SRV-ATTR:host": None}
    cloud.on("GET", SERVER, json=server(**broken))
    assert codes(gathered(cloud))["vm-state"] == "error"


def test_host_that_is_full_meanwhile_is_an_error_finding(cloud):
    """Another migration was quicker."""
    assert not [code for code in codes(gathered(cloud, destination="compute-02")) if code.startswith("destination")]
    cloud.on("GET", CANDIDATES, json=candidates("compute-01", "compute-03"))
    assert codes(gathered(cloud, destination="compute-02"))["destination-room"] == "error"


def test_host_that_disappears_is_an_error_finding(cloud):
    cloud.on("GET", SERVICES, json=services({"host": "compute-01"}))
    assert codes(gathered(cloud, destination="compute-02"))["destination-unknown"] == "error"


@pytest.mark.parametrize(("kind", "count"), [(LIVE, 2), (COLD, 1)], ids=case_id)
def test_submission_reads_what_can_refuse_a_destination(cloud, kind, count):
    case = gathered(cloud, kind=kind, read=read_for_submit, destination="compute-09")
    assert len(cloud.panel_calls) == count
    assert ("destination-unknown" if kind.live else "destination-cold") in codes(case)


def test_hypervisors_of_all_pages_are_known(cloud):
    cloud.on("GET", HYPERVISORS, json=paged(HOSTS, 2))
    case = gathered(cloud, destination="compute-03")
    assert sorted(str(host) for host in case.nodes) == sorted(HOSTS)
    assert "destination-room-untold" not in codes(case)
    assert "hypervisors-cut" not in codes(case)


def test_incomplete_list_of_hypervisors_is_reported(cloud):
    links = [{"rel": "next", "href": "x"}]
    cloud.on("GET", HYPERVISORS, json=hypervisors("compute-01") | {"hypervisors_links": links})
    found = codes(gathered(cloud, destination="compute-03"))
    assert (found["hypervisors-cut"], found["destination-room-untold"]) == ("info", "warning")
    assert "no-host" not in found


def test_trait_that_placement_does_not_have_is_reported(cloud):
    text = "No such trait(s): CUSTOM_NEW."
    cloud.on("GET", CANDIDATES, json={"errors": [{"title": "Bad Request", "detail": text}]}, status=400)
    flavor = SERVER_RECORD["flavor"] | {"extra_specs": {"trait:CUSTOM_NEW": "required"}}
    cloud.on("GET", SERVER, json=server(flavor=flavor))
    case = gathered(cloud)
    assert case.missing["candidates"] == "trait"
    assert codes(case)["room-of-hypervisors"] == "warning"


def test_placement_older_than_train_offers_hosts(cloud):
    """It answers 400 to a request that names a trait of Train, even as forbidden."""

    def old(call):
        if any("COMPUTE_STATUS_DISABLED" in value for value in call.query.values()):
            return {"errors": [{"title": "Bad Request", "detail": "No such trait(s): COMPUTE_STATUS_DISABLED."}]}
        return candidates("compute-02")

    cloud.on("GET", CANDIDATES, json=old)
    too_new = {"errors": [{"status": 406, "max_version": "1.31", "min_version": "1.0"}]}
    cloud.on("GET", CANDIDATES, json=too_new, status=406, query={"root_required": "!COMPUTE_STATUS_DISABLED"})
    case = gathered(cloud)
    assert (case.missing, fitting(case)) == ({}, ["compute-02"])


def test_member_in_a_cell_that_is_down_is_reported(cloud):
    in_group(cloud)
    cloud.on("GET", f"/v2.1/servers/{OTHER}", json={"server": {"id": OTHER, "status": "UNKNOWN"}})
    assert codes(gathered(cloud))["rules-untold"] == "info"


def test_five_hundred_hosts_are_five_calls(cloud):
    names = [f"compute-{number}" for number in range(1, 501)]
    cloud.on("GET", SERVICES, json=services(*({"host": name} for name in names)))
    cloud.on("GET", HYPERVISORS, json=hypervisors(*names))
    cloud.on("GET", CANDIDATES, json=candidates(*names[:400]))
    case = gathered(cloud)
    assert len(cloud.panel_calls) == 5
    assert len(verdicts(case)) == 500
    assert fitting(case)[:3] == ["compute-1", "compute-2", "compute-3"]
    assert len(fitting(case)) == 400
