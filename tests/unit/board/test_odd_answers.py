# SPDX-License-Identifier: Apache-2.0
"""Answers of Nova that are large or incomplete: the board shows the values that exist."""

from html import unescape

import pytest

from tests.support.nova_answers import COPYING, INSTANCE, LISTED, MIGRATION, fault, server

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


def test_error_text_of_nova_is_a_quotation_on_the_board(nova, admin_client):
    nova.on("GET", "/v2.1/os-migrations", status=403, json=fault("forbidden", 403, "Policy doesn't allow x."))
    page = unescape(admin_client.get(BOARD).content.decode())
    assert "Your role does not permit this action. Reason: “Policy doesn't allow x.”" in page


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00.000000", "9999-12-31T23:59:59.999999"])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_times_that_a_zone_cannot_express_count_as_not_recorded(nova, admin_client, time, zone):
    nova.on("GET", f"/v2.1/servers/{INSTANCE}/migrations", json={"migrations": []})
    admin_client.cookies["django_timezone"] = zone
    times = {"created_at": time, "updated_at": time}
    [one] = statuses_of(nova, admin_client, LISTED | times | {"status": "error"})
    assert (one["created_at"], one["updated_at"]) == (None, None)
    assert admin_client.get(f"{BOARD}{MIGRATION}/", {"instance": INSTANCE}).status_code == 200
