# SPDX-License-Identifier: Apache-2.0
"""Nova answers, but cannot reach the cell of the host: it reports only the host's name."""

import pytest

from tests.support.fake_cloud import COMPUTE
from tests.support.fake_host import FakeHost
from tests.support.host_records import HOST, REASON

HOSTS = "/admin/migrations/hosts/compute-01"
PATHS = [f"{HOSTS}/{slug}/" for slug in ("drain", "return", "run")]
JSON = {"accept": "application/json"}
HTML = {"accept": "text/html,application/xhtml+xml"}
MINIMAL = {"binary": "nova-compute", "host": HOST, "status": "UNKNOWN"}


@pytest.fixture
def host(fake_cloud):
    """A host whose cell went down during its drain."""
    host = FakeHost(fake_cloud, 2)
    host.service |= {"status": "disabled", "disabled_reason": REASON}
    host.known, host.service = host.service, MINIMAL
    host.fail_cell()
    return host


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_answer_is_503_and_nothing_is_done(admin_client, fake_cloud, host, path, method):
    answer = getattr(admin_client, method)(path, headers=JSON)
    text = answer.content.decode()
    assert (answer.status_code, "Nova cannot reach the cell of compute-01." in text) == (503, True)
    assert "safe to reboot" not in text
    assert (host.requested, fake_cloud.made("PUT", "*")) == ([], [])


@pytest.mark.parametrize("path", PATHS)
def test_page_names_the_unreachable_cell(admin_client, host, path):
    page = admin_client.get(path, headers=HTML)
    assert (page.status_code, "Nova cannot reach the cell of compute-01." in page.content.decode()) == (503, True)


def test_page_recovers_with_the_cell(admin_client, host):
    admin_client.get(PATHS[2], headers=JSON)
    host.service = host.known
    host.recover_cell()
    assert admin_client.get(PATHS[2], headers=JSON).json()["headline"] == "0 of 2 instances migrated. Not started: 2"


def test_destination_in_an_unreachable_cell_is_refused(admin_client, fake_cloud):
    host = FakeHost(fake_cloud, 1)
    host.others.append(MINIMAL | {"host": "compute-03"})
    answer = admin_client.post(PATHS[0], {"destination": "compute-03"}, headers=JSON)
    assert (answer.status_code, "cannot reach the cell of compute-03" in answer.json()["error"]) == (400, True)
    page = admin_client.get(PATHS[0], headers=HTML).content.decode()
    assert "compute-03 (cell unreachable)" in " ".join(page.split())


def test_instances_in_an_unreachable_cell_are_not_shown_as_deleted(admin_client, fake_cloud):
    """The list of their destination lacks the instances, which proves nothing."""
    host = FakeHost(fake_cloud, 2)
    admin_client.post(PATHS[0], headers=JSON)
    host.finish()
    host.fail_cell()
    data = admin_client.post(PATHS[1], headers=JSON).json()
    assert {instance["outcome"] for instance in data["instances"]} == {"left"}
    assert all("or Nova cannot reach the cell" in instance["reason"] for instance in data["instances"])
    assert len(fake_cloud.made("POST", f"{COMPUTE}/servers/*/action")) == 2
    host.recover_cell()
    assert {instance["name"] for instance in admin_client.get(PATHS[2], headers=JSON).json()["instances"]} == {
        "vm-000",
        "vm-001",
    }
