# SPDX-License-Identifier: Apache-2.0
"""What Nova shows of a cell that is down, and that the hosts page answers meanwhile."""

import re

import pytest

from devcloud.rest import Rest
from migration_panel.scope import ADMIN

CELL1, CELL2 = {"compute-01", "compute-02"}, {"compute-03", "compute-04"}


@pytest.fixture
def rest(two_cells):
    return Rest(two_cells.auth_url)


def statuses(rest):
    services = rest.get("compute", "/os-services?binary=nova-compute")["services"]
    return {service["host"]: service["status"] for service in services}


def listed_hosts(client):
    page = client.get(ADMIN.url("hosts"))
    assert page.status_code == 200
    return set(re.findall(r'<tr data-host="([^"]+)"', page.content.decode()))


def test_nova_lists_both_cells_when_both_are_up(rest):
    assert statuses(rest) == dict.fromkeys(CELL1 | CELL2, "enabled")


def test_nova_lists_hosts_of_a_cell_as_unknown_when_it_is_down(rest, cell2_down):
    assert statuses(rest) == dict.fromkeys(CELL1, "enabled") | dict.fromkeys(CELL2, "UNKNOWN")
    cell2_down.bring_up_cell("cell2")
    assert statuses(rest) == dict.fromkeys(CELL1 | CELL2, "enabled")


def test_hosts_page_lists_both_cells_when_both_are_up(cloud_client, two_cells):
    assert listed_hosts(cloud_client("admin")) == CELL1 | CELL2


def test_hosts_page_lists_both_cells_when_a_cell_is_down(cloud_client, cell2_down):
    assert listed_hosts(cloud_client("admin")) == CELL1 | CELL2
