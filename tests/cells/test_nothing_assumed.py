# SPDX-License-Identifier: Apache-2.0
"""A cell is down while its host is listed, drained and evacuated, and while its instances return.

Nova then omits the instances and migrations of the cell.  No page reports the host empty, no instance migrates without
an order, and the pages are right again when the cell is up.
"""

import re

import pytest

from migration_panel.scope import ADMIN
from tests.support.embedded_cloud import eventually

HOST, OTHER = "compute-03", "compute-04"
BROWSER = {"headers": {"Accept": "text/html"}}
SCRIPT = {"headers": {"Accept": "application/json"}}
READS = ("GET", "HEAD", "OPTIONS")
# Between two looks at a run, s: Horizon and Nova need half a second of processor time for each.
PAUSE = 3
# What no page may say of a host whose instances Nova does not list, because its cell is down.
WORDS_OF_AN_EMPTY_HOST = re.compile(r"safe to reboot|Host is empty|(has|lists) no instance", re.IGNORECASE)


@pytest.fixture
def client(cloud_client, two_cells):
    return cloud_client("admin")


@pytest.fixture
def enabled(admin_nova, two_cells):
    """Enable the host again when its cell is up, whatever the test did."""
    yield HOST
    two_cells.bring_up_cell("cell2")
    [service] = admin_nova.services.list(host=HOST, binary="nova-compute")
    admin_nova.services.enable(service.id)


def orders(calls) -> list[str]:
    return [f"{one.service} {one.method} {one.path}" for one in calls if one.method not in READS]


def run(client) -> dict:
    return client.get(ADMIN.url("run", HOST), **SCRIPT).json()


def test_hosts_page_says_that_the_state_is_unknown(client, cell2_down):
    page = client.get(ADMIN.url("hosts")).content.decode()
    line = re.search(rf'<tr data-host="{HOST}".*?</tr>', page, re.DOTALL)[0]
    assert "Unknown" in line
    for name in ("evacuate", "drain", "return"):
        assert ADMIN.url(name, HOST) not in line
    assert ADMIN.url("drain", "compute-01") in page


@pytest.mark.parametrize("name", ["drain", "return", "evacuate", "run"])
def test_no_page_reports_the_host_empty(client, cell2_down, count_calls, name):
    with count_calls() as calls:
        page = client.get(ADMIN.url(name, HOST), **BROWSER)
    assert page.status_code < 500 or page.status_code == 503
    assert WORDS_OF_AN_EMPTY_HOST.search(page.content.decode()) is None
    assert orders(calls) == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("drain", {"reason": "patch"}),
        ("drain", {"reason": "patch", "replace": "1"}),
        ("return", {}),
        ("run", {}),
        ("run", {"action": "resume"}),
        ("run", {"action": "retry"}),
        ("evacuate", {"confirmed": HOST, "instances": []}),
    ],
    ids=["drain", "drain-replace", "return", "run", "run-resume", "run-retry", "evacuate"],
)
def test_no_order_is_carried_out(client, cell2_down, count_calls, name, fields):
    with count_calls() as calls:
        answer = client.post(ADMIN.url(name, HOST), fields, **SCRIPT)
    assert answer.status_code in (200, 400, 404, 409, 503), answer.content.decode()[:2000]
    assert orders(calls) == []


def test_drain_survives_an_outage_of_the_cell(client, two_cells, instance, enabled, admin_nova):
    """Three instances are on the host, one is not selected, and the cell is down for a while."""
    stays = {server.id for server in admin_nova.servers.list(search_opts={"all_tenants": 1, "host": HOST})}
    moves = instance("shared", host=HOST, sim_seconds="2", sim_hold="running")
    shown = [*stays, moves.id]
    form = {"reason": "patch", "shown": shown, "instance": [moves.id], "chosen": "1"}
    assert client.post(ADMIN.url("drain", HOST), form, **SCRIPT).status_code == 202
    # Nova loses a request whose cell fails before the migration runs on the host.
    eventually(lambda: [one.status for one in admin_nova.migrations.list(instance_uuid=moves.id)] == ["running"])
    two_cells.take_down_cell("cell2")
    during = client.get(ADMIN.url("run", HOST), **SCRIPT)
    assert not during.json().get("empty")
    assert WORDS_OF_AN_EMPTY_HOST.search(during.content.decode()) is None
    two_cells.bring_up_cell("cell2")
    admin_nova.servers.delete_meta(moves, ["sim_hold"])
    # Not the number of migrated instances: it includes one of the seed data that left up to a minute before.
    eventually(lambda: [one["outcome"] for one in run(client)["instances"] if one["id"] == moves.id] == ["moved"])
    # The next request continues with the remaining instances, without the deselected instance.
    client.post(ADMIN.url("run", HOST), {}, **SCRIPT)
    assert not run(client)["empty"]
    moved = {one.instance_uuid for one in admin_nova.migrations.list(host=HOST) if one.id != 1}
    assert stays.isdisjoint(moved - _moved_before(admin_nova, stays))


def _moved_before(nova, ids) -> set[str]:
    """Return the instances with a completed migration: an instance of the seed data had migrated before any test."""
    old = [one for one in nova.migrations.list() if one.instance_uuid in ids]
    return {one.instance_uuid for one in old if one.status == "completed"}


def test_drain_that_was_planned_before_the_cell_went_down_is_refused(
    client, two_cells, enabled, admin_nova, count_calls
):
    """The form shows instances that Nova no longer lists: the host is not empty."""
    here = [server.id for server in admin_nova.servers.list(search_opts={"all_tenants": 1, "host": HOST})]
    assert here
    two_cells.take_down_cell("cell2")
    with count_calls() as calls:
        answer = client.post(
            ADMIN.url("drain", HOST), {"reason": "x", "shown": here, "instance": here[:1], "chosen": "1"}, **SCRIPT
        )
    assert answer.status_code in (409, 503), answer.content.decode()
    assert orders(calls) == []


def test_empty_host_is_reported_empty_when_its_cell_is_up(client, two_cells, records, enabled, admin_nova):
    """Without this, the tests above could not fail."""
    assert client.post(ADMIN.url("drain", HOST), {"reason": "patch", "block": "1"}, **SCRIPT).status_code == 202

    def is_empty() -> bool:
        client.post(ADMIN.url("run", HOST), {}, **SCRIPT)
        return run(client)["empty"]

    eventually(is_empty, within=120, every=PAUSE)
    assert "safe to reboot" in run(client)["headline"]
    two_cells.take_down_cell("cell2")
    assert not client.get(ADMIN.url("run", HOST), **SCRIPT).json().get("empty")
    two_cells.bring_up_cell("cell2")
    assert run(client)["empty"]
    # Bring them back for the other tests.
    assert client.post(ADMIN.url("return", HOST), {}, **SCRIPT).status_code == 202

    def all_back() -> bool:
        state = client.get(ADMIN.url("run", HOST), **SCRIPT).json()
        return state["total"] == state["moved"]

    eventually(all_back, within=120, every=PAUSE)


def test_board_shows_what_happened_while_the_cell_was_down(client, two_cells, instance, admin_nova):
    server = instance("shared", host=HOST, sim_seconds="2", sim_hold="running")
    cursor = client.get(ADMIN.url("status")).json()["cursor"]
    server.live_migrate(OTHER, False)
    eventually(lambda: [one.status for one in admin_nova.migrations.list(instance_uuid=server.id)] == ["running"])
    two_cells.take_down_cell("cell2")
    answer = client.get(ADMIN.url("status"), {"cursor": cursor})
    assert answer.status_code == 200
    # Nova's API cannot change records of this cell, so the test changes the database.
    with two_cells.nova_database("cell2") as database:
        database.execute("UPDATE instance_metadata SET value = '' WHERE key = 'sim_hold'")
    with two_cells.nova_database("cell2") as database:
        query = "SELECT status FROM migrations WHERE instance_uuid = ?"
        eventually(lambda: database.execute(query, (server.id,)).fetchall() == [("completed",)])
    two_cells.bring_up_cell("cell2")

    def seen() -> bool:
        found = client.get(ADMIN.url("status"), {"cursor": cursor}).json()["migrations"]
        return any(one["instance"]["id"] == server.id and one["status"] == "completed" for one in found)

    eventually(seen)
