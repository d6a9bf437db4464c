# SPDX-License-Identifier: Apache-2.0
"""The columns of a list: hosts for readers who may see hosts, a checkbox for readers who may act on several rows."""

import re

import pytest

from migration_panel.board.columns import Columns
from tests.support.board_migrations import LIST, instance, migration, name_all_instances, record
from tests.support.nova_answers import listed, server

ALL = ["select", "instance", "type", "source", "destination", "status", "started", "actions"]
NO_HOSTS = [column for column in ALL if column not in ("source", "destination")]


@pytest.fixture
def cloud(fake_cloud):
    name_all_instances(fake_cloud)
    fake_cloud.on("GET", LIST, json=listed(record(1), record(2, status="completed")))
    fake_cloud.on("GET", LIST, query={"status": "finished"}, json=listed())
    moving = server(id=instance(9), status="VERIFY_RESIZE", tenant_id="demo-id")["server"]
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": [moving]})
    fake_cloud.on("GET", LIST, query={"instance_uuid": instance(9)}, json=listed())
    return fake_cloud


def tables(page: str) -> list[list[str]]:
    """Return the columns of each row of the list, head included."""
    [table] = re.findall(r"<table[^>]* data-table>.*?</table>", page, re.S)
    rows = [re.findall(r'data-column="(\w+)"', row) for row in re.findall(r"<tr.*?</tr>", table, re.S)]
    return [row for row in rows if row]


@pytest.mark.parametrize(
    ("dashboard", "columns"), [("admin", ALL), ("project", NO_HOSTS)], ids=["administrator", "manager"]
)
def test_head_rows_and_polls_have_the_same_columns(cloud, request, dashboard, columns):
    client = request.getfixturevalue("admin_client" if dashboard == "admin" else "helpdesk_client")
    page = client.get(f"/{dashboard}/migrations/").content.decode()
    assert len(tables(page)) == 3 + (dashboard == "project")
    assert all(row == columns for row in tables(page))
    assert set(re.findall(r'colspan="(\d+)"', page)) == {str(len(columns))}
    polled = client.get(f"/{dashboard}/migrations/status/", {"html": "1"}).json()
    for one in [*polled["migrations"], *polled["unlisted"]]:
        assert re.findall(r'data-column="(\w+)"', one["html"]) == columns


def test_count_is_the_number_of_columns():
    assert Columns(hosts=True, select=True).count == len(ALL)
    assert Columns(hosts=False, select=False).count == len(NO_HOSTS) - 1


def test_reader_who_may_not_act_has_no_checkboxes(cloud, admin_client, monkeypatch):
    monkeypatch.setattr("migration_panel.board.columns.allowed", lambda request, rule: "migrations:index" in rule)
    page = admin_client.get("/admin/migrations/").content.decode()
    assert all(row == ALL[1:] for row in tables(page))
    assert "data-select" not in page.replace("data-selected", "")


def test_head_of_the_checkboxes_has_a_name(cloud, admin_client):
    page = admin_client.get("/admin/migrations/").content.decode()
    [head] = re.findall(r'<th scope="col" data-column="select">(.*?)</th>', page, re.S)
    assert '<span class="sr-only">Select</span>' in head
    assert 'aria-label="Select all"' in head
    assert 'aria-label="Select vm-1"' in page


@pytest.mark.parametrize(
    ("path", "records", "columns"),
    [
        (f"{migration(1)}/?instance={instance(1)}", [record(1)], ALL[1:]),
        ("history/", [record(1), record(2, status="completed")], ALL),
        ("history/", [record(2, status="completed"), record(3, status="completed")], ALL[1:]),
    ],
    ids=["page of a migration", "history", "history without actions"],
)
def test_list_without_new_rows_has_checkboxes_only_for_several_rows(cloud, admin_client, path, records, columns):
    cloud.on("GET", LIST, json=listed(*records))
    cloud.on("GET", "/v2.1/servers/*/os-instance-actions", json={"instanceActions": []})
    page = admin_client.get(f"/admin/migrations/{path}").content.decode()
    assert all(row == columns for row in tables(page))
