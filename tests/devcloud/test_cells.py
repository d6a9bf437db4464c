# SPDX-License-Identifier: Apache-2.0
"""Two cells: what Nova's API answers while a cell is down, and what continues in that cell."""

import time

import pytest

from devcloud import Cloud, CloudError
from devcloud.rest import Rest, RestError
from tests.support.embedded_cloud import eventually, free_ports
from tests.support.guest import Guest
from tests.support.nova_database import NovaRecords

CELL1, CELL2 = {"compute-01", "compute-02"}, {"compute-03", "compute-04"}


@pytest.fixture
def two_cells(places):
    yield places
    places.bring_up_cell("cell1")
    places.bring_up_cell("cell2")


@pytest.fixture
def rest(two_cells):
    return Rest(two_cells.auth_url)


@pytest.fixture
def demo(two_cells):
    """The administrator in project demo, in place of the fixture for the cloud with the demo data."""
    return Rest(two_cells.auth_url, project="demo")


@pytest.fixture
def cell2_down(two_cells):
    two_cells.take_down_cell("cell2")
    return two_cells


@pytest.fixture
def boot(demo, two_cells):
    guests = []

    def booted(host, *, with_network=False, **knobs):
        metadata = {"sim_interval": "0.3"} | knobs
        guests.append(Guest.boot(demo, host, "m1.tiny", metadata, with_network=with_network))
        return guests[-1]

    yield booted
    two_cells.bring_up_cell("cell2")
    for guest in guests:
        guest.delete()
    # The next test may compare all instances that Nova lists.
    eventually(lambda: not {guest.id for guest in guests} & all_instances(demo))


def all_instances(rest):
    return {server["id"] for server in rest.get("compute", "/servers?all_tenants=1")["servers"]}


def computes(rest):
    services = rest.get("compute", "/os-services?binary=nova-compute")["services"]
    return {service["host"]: service for service in services}


def statuses(rest):
    return {host: service["status"] for host, service in computes(rest).items()}


def records_of(rest, host):
    return rest.get("compute", f"/os-migrations?host={host}")["migrations"]


def instances_on(rest, host):
    return {server["name"] for server in rest.get("compute", f"/servers/detail?all_tenants=1&host={host}")["servers"]}


def test_each_cell_has_its_own_records(rest):
    assert statuses(rest) == dict.fromkeys(CELL1 | CELL2, "enabled")
    assert instances_on(rest, "compute-01") == {"cell1-shared", "cell1-local"}
    assert instances_on(rest, "compute-03") == {"cell2-shared", "cell2-local"}
    assert [record["id"] for record in records_of(rest, "compute-01")] == [1]
    assert [record["id"] for record in records_of(rest, "compute-03")] == [1]


@pytest.mark.parametrize(
    ("cell", "others", "host"), [("cell1", CELL2, "compute-01"), ("cell2", CELL1, "compute-03")], ids=["cell1", "cell2"]
)
def test_api_hides_the_records_of_a_cell_that_is_down(rest, two_cells, cell, others, host):
    two_cells.take_down_cell(cell)
    assert statuses(rest) == dict.fromkeys(CELL1 | CELL2, "UNKNOWN") | dict.fromkeys(others, "enabled")
    assert "state" not in computes(rest)[host]
    assert instances_on(rest, host) == set()
    assert records_of(rest, host) == []
    everything = rest.get("compute", "/servers/detail?all_tenants=1")["servers"]
    assert sorted(server["status"] for server in everything) == ["ACTIVE"] * 3 + ["UNKNOWN"] * 3
    with pytest.raises(RestError, match="DBConnectionError"):
        rest.get("compute", "/os-hypervisors/detail")

    two_cells.bring_up_cell(cell)
    assert statuses(rest) == dict.fromkeys(CELL1 | CELL2, "enabled")
    assert len(instances_on(rest, host)) == 2
    assert len(records_of(rest, host)) == 1


def test_query_of_a_cell_that_is_down_fails_after_the_delay(rest, two_cells):
    two_cells.take_down_cell("cell2", delay=1.5)
    before = time.monotonic()
    assert statuses(rest)["compute-03"] == "UNKNOWN"
    assert time.monotonic() - before >= 1.5


def test_nova_starts_while_a_cell_is_down(rest, cell2_down):
    cell2_down.restart("nova")
    assert statuses(rest) == dict.fromkeys(CELL1, "enabled") | dict.fromkeys(CELL2, "UNKNOWN")


def test_migration_finishes_while_its_cell_is_down(two_cells, boot):
    guest = boot("compute-03", sim_seconds="2", sim_hold="running")
    guest.migrate_live("compute-04")
    guest.shows_figures()
    two_cells.take_down_cell("cell2")
    assert guest.record is None
    with two_cells.nova_database("cell2") as database:
        database.execute("UPDATE instance_metadata SET value = '' WHERE key = 'sim_hold'")
    with two_cells.nova_database("cell2") as database:
        query = "SELECT status FROM migrations WHERE instance_uuid = ?"
        eventually(lambda: database.execute(query, (guest.id,)).fetchall() == [("completed",)])
    two_cells.bring_up_cell("cell2")
    guest.becomes("ACTIVE")
    assert guest.host == "compute-04"


def test_cold_migration_completes_in_the_second_cell(boot):
    guest = boot("compute-03", with_network=True, sim_seconds="0")
    guest.act("migrate")
    guest.becomes("VERIFY_RESIZE")
    assert guest.host == "compute-04"
    guest.act("confirmResize")
    guest.becomes("ACTIVE")


def test_refusal_of_a_host_in_the_second_cell_reaches_the_api(boot):
    guest = boot("compute-03", sim_refuse="CPU doesn't have compatibility.")
    guest.migrate_live("compute-04")
    guest.reaches("error")
    guest.becomes("ACTIVE")
    details = guest.events("live-migration")["compute_check_can_live_migrate_destination"]
    assert details.startswith("Migration pre-check error: CPU doesn't have compatibility.")


def test_compute_hosts_of_the_second_cell_stop_alone(two_cells, rest):
    two_cells.kill("nova-cell2")
    with NovaRecords(two_cells) as records:
        for host in CELL2:
            records.change_service(host, cell="cell2", last_seen_up=records.ago(minutes=5))
        assert {host for host, service in computes(rest).items() if service["state"] == "down"} == CELL2
    two_cells.revive("nova-cell2")
    assert {service["state"] for service in computes(rest).values()} == {"up"}


def test_unknown_cell_is_refused(two_cells):
    with pytest.raises(CloudError, match="no such cell: cell3"):
        two_cells.take_down_cell("cell3")
    with pytest.raises(CloudError, match="no such process: nova-cell3"):
        two_cells.kill("nova-cell3")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cells": 3}, "one or two cells"),
        ({"regions": 0}, "one or two regions"),
        ({"cells": 2, "computes": 1}, "two compute hosts"),
        ({"data": "many"}, "demo, bare, few"),
    ],
)
def test_impossible_cloud_is_refused(tmp_path, options, words):
    with pytest.raises(CloudError, match=words):
        Cloud(free_ports(), tmp_path, **({"data": "bare"} | options))
