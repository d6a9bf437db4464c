# SPDX-License-Identifier: Apache-2.0
"""Whatever the services answer, every page is a page and every JSON is JSON: no exception of ours."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import nova_answers
from tests.unit.fuzz.strategies import damaged

BOARD = "/admin/migrations/"
INSTANCE, MIGRATION = nova_answers.INSTANCE, nova_answers.MIGRATION
OTHER = "6c632c97-7c5c-4f9b-9bd6-2b5a3e8f3c12"

PATHS = (
    BOARD,
    f"{BOARD}status/?html=1",
    f"{BOARD}history/",
    f"{BOARD}instances/?q=web",
    f"{BOARD}instances/{INSTANCE}/",
    f"{BOARD}{INSTANCE}/live/",
    f"{BOARD}{INSTANCE}/cold-block/",
    f"{BOARD}{INSTANCE}/live-block/check/?destination=compute-02",
    f"{BOARD}{MIGRATION}/?instance={INSTANCE}",
    f"{BOARD}several/?instance={INSTANCE}&type=live",
    f"{BOARD}hosts/",
    f"{BOARD}hosts/compute-01/drain/",
    f"{BOARD}hosts/compute-01/run/",
    f"{BOARD}hosts/compute-01/return/",
    f"{BOARD}hosts/compute-01/evacuate/",
)
WHOLE = {
    "/v2.1/os-migrations": nova_answers.listed(
        {"status": "running"},
        {"id": 43, "uuid": "d2f1d0b4-5a39-4f6e-8a55-0c1c6c6f1a02", "status": "error"},
        {"id": 44, "uuid": "d2f1d0b4-5a39-4f6e-8a55-0c1c6c6f1a03", "status": "finished", "migration_type": "migration"},
    ),
    "/v2.1/servers/*/migrations": nova_answers.live_progress(),
    f"/v2.1/servers/{INSTANCE}": nova_answers.server(),
    "/v2.1/servers/detail": {"servers": [nova_answers.SERVER, nova_answers.SERVER | {"id": OTHER, "name": "web-04"}]},
    "/v2.1/servers/*/os-instance-actions": {"instanceActions": [nova_answers.ACTION]},
    "/v2.1/servers/*/os-instance-actions/*": {"instanceAction": nova_answers.ACTION | {"events": [nova_answers.EVENT]}},
    "/v2.1/os-services": nova_answers.services({"host": "compute-01"}, {"host": "compute-02"}),
    "/v2.1/os-hypervisors/detail": nova_answers.hypervisors("compute-01", "compute-02"),
    "/placement/allocation_candidates": nova_answers.candidates("compute-01", "compute-02"),
    "/network/v2.0/ports": {"ports": [{"id": MIGRATION, "device_id": INSTANCE, "binding:vnic_type": "normal"}]},
}
# A page, what it leads to, and refusals; never a failure of ours.
FINE = {200, 302, 400, 401, 403, 404, 405, 409, 503}


@pytest.fixture
def whole_cloud(fake_cloud):
    for path, answer in WHOLE.items():
        fake_cloud.on("GET", path, json=answer)
    # Nova lists the instances of the host that the filter names.
    fake_cloud.on("GET", "/v2.1/servers/detail", query={"host": "compute-02"}, json={"servers": []})
    return fake_cloud


@pytest.mark.parametrize("path", PATHS)
def test_whole_answers_make_whole_pages(admin_client, whole_cloud, path):
    response = admin_client.get(path)
    assert response.status_code == 200
    assert b"gave no usable answer" not in response.content


@pytest.mark.parametrize("path", PATHS)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_answers_break_nothing(admin_client, whole_cloud, path, data):
    spoilt = data.draw(st.sampled_from(sorted(WHOLE)), label="service")
    answer = data.draw(damaged(WHOLE[spoilt]), label="answer")
    whole_cloud.on("GET", spoilt, json=answer)
    try:
        response = admin_client.get(path)
    finally:
        whole_cloud.on("GET", spoilt, json=WHOLE[spoilt])
    assert response.status_code in FINE
    if response["Content-Type"].startswith("application/json"):
        assert isinstance(response.json(), dict)
