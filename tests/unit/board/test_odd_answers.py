# SPDX-License-Identifier: Apache-2.0
"""Answers of Nova that are large or incomplete: the board shows the values that exist."""

import pytest

from tests.support.nova_answers import COPYING, INSTANCE, LISTED, MIGRATION, server

BOARD = "/admin/migrations/"
IDENTITY = ("id", "uuid", "instance_uuid", "server_uuid")


@pytest.fixture
def nova(fake_cloud):
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}/os-instance-actions", json={"instanceActions": []})
    return fake_cloud


def statuses_of(nova, admin_client, *records):
    nova.on("GET", "/v2.1/os-migrations", json={"migrations": list(records)})
    answer = admin_client.get(f"{BOARD}status/", {"html": "1"})
    assert answer.status_code == 200
    assert admin_client.get(BOARD).status_code == 200
    return answer.json()["migrations"]


@pytest.mark.parametrize("status", ["running", "finished", "error", "completed", "something new", None])
@pytest.mark.parametrize("kind", ["live-migration", "migration", "evacuation", "something new", None])
def test_nulls_in_all_other_fields(nova, admin_client, status, kind):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}/migrations", json={"migrations": [dict.fromkeys(COPYING)]})
    holes = {name: value if name in IDENTITY else None for name, value in LISTED.items()}
    [one] = statuses_of(nova, admin_client, holes | {"status": status, "migration_type": kind})
    assert (one["uuid"], one["status"]) == (MIGRATION, status or "")


@pytest.mark.parametrize("status", ["running", "finished", "error"])
def test_all_other_fields_missing(nova, admin_client, status):
    bare = {"id": 42, "server_uuid": INSTANCE, "uuid": MIGRATION}
    nova.on("GET", f"/v2.1/servers/{INSTANCE}/migrations", json={"migrations": [bare]})
    [one] = statuses_of(nova, admin_client, {"id": 42, "uuid": MIGRATION, "instance_uuid": INSTANCE, "status": status})
    assert one["progress"] is None


def test_answer_of_five_megabytes_is_shown(nova, admin_client):
    records = [LISTED | {"id": number, "uuid": f"{number:032x}", "more": "x" * 25_000} for number in range(200)]
    assert len(statuses_of(nova, admin_client, *records)) == 20
