# SPDX-License-Identifier: Apache-2.0
"""What Nova shows of a cell that is down, and that the pages answer meanwhile."""

import re

import pytest

from devcloud.rest import Rest, RestError
from migration_panel.scope import ADMIN
from tests.real_cloud import eventually

CELL1, CELL2 = {"compute-01", "compute-02"}, {"compute-03", "compute-04"}
HOST = "OS-EXT-SRV-ATTR:host"


def statuses(rest):
    services = rest.get("compute", "/os-services?binary=nova-compute")["services"]
    return {service["host"]: service["status"] for service in services}


def moves(rest, host):
    return rest.get("compute", f"/os-migrations?host={host}")["migrations"]


def instances_on(rest, host):
    return rest.get("compute", f"/servers/detail?all_tenants=1&host={host}")["servers"]


@pytest.fixture
def rest(two_cells):
    return Rest(two_cells.auth_url)


@pytest.fixture
def restarted_nova(cell2_down):
    cell2_down.restart("nova")


def test_nova_lists_both_cells(rest):
    assert statuses(rest) == dict.fromkeys(CELL1 | CELL2, "enabled")
    assert len(instances_on(rest, "compute-01")) == len(instances_on(rest, "compute-03")) == 2
    assert [record["id"] for record in moves(rest, "compute-01")] == [1]
    assert [record["id"] for record in moves(rest, "compute-03")] == [1]


def test_nova_hides_a_cell_that_is_down(rest, cell2_down):
    assert statuses(rest) == dict.fromkeys(CELL1, "enabled") | dict.fromkeys(CELL2, "UNKNOWN")
    assert instances_on(rest, "compute-03") == []
    assert moves(rest, "compute-03") == []
    assert len(instances_on(rest, "compute-01")) == 2
    everything = rest.get("compute", "/servers/detail?all_tenants=1")["servers"]
    assert [server["status"] for server in everything].count("UNKNOWN") == 3
    with pytest.raises(RestError, match="DBConnectionError"):
        rest.get("compute", "/os-hypervisors/detail")


def test_nova_recovers_when_the_cell_is_up_again(rest, cell2_down):
    cell2_down.bring_up_cell("cell2")
    assert statuses(rest) == dict.fromkeys(CELL1 | CELL2, "enabled")
    assert len(instances_on(rest, "compute-03")) == 2
    assert len(moves(rest, "compute-03")) == 1


@pytest.mark.usefixtures("restarted_nova")
def test_nova_restarts_while_the_cell_is_down(rest):
    assert statuses(rest) == dict.fromkeys(CELL1, "enabled") | dict.fromkeys(CELL2, "UNKNOWN")


def test_migration_finishes_while_its_cell_is_down(two_cells, instance, rest):
    server = instance("shared", host="compute-03", sim_seconds="2")
    server.live_migrate("compute-04", False)
    eventually(lambda: [move for move in moves(rest, "compute-03") if move["status"] == "running"])
    two_cells.take_down_cell("cell2")
    with two_cells.nova_database("cell2") as database:
        query = "SELECT status FROM migrations WHERE instance_uuid = ?"
        eventually(lambda: database.execute(query, (server.id,)).fetchall() == [("completed",)])
    two_cells.bring_up_cell("cell2")
    assert getattr(server.manager.get(server.id), HOST) == "compute-04"


def test_compute_hosts_of_a_cell_can_be_killed_alone(two_cells, rest, records):
    two_cells.kill("nova-cell2")
    try:
        for host in CELL2:
            records.change_service(host, cell="cell2", last_seen_up=records.ago(minutes=5))
        services = rest.get("compute", "/os-services?binary=nova-compute")["services"]
        assert {service["host"] for service in services if service["state"] == "down"} == CELL2
    finally:
        records.undo()
        two_cells.revive("nova-cell2")


def test_hosts_page_lists_both_cells(two_cells, cloud_client):
    page = cloud_client("admin").get(ADMIN.url("hosts"))
    assert page.status_code == 200
    assert set(re.findall(r'<tr data-host="([^"]+)"', page.content.decode())) == CELL1 | CELL2


def test_hosts_page_answers_while_a_cell_is_down(cell2_down, cloud_client):
    page = cloud_client("admin").get(ADMIN.url("hosts"))
    assert page.status_code == 200
    assert set(re.findall(r'<tr data-host="([^"]+)"', page.content.decode())) == CELL1 | CELL2
