# SPDX-License-Identifier: Apache-2.0
"""The form of a retry marks the host where the earlier attempt failed."""

import re
from html import unescape

import pytest

from tests.support.nova_answers import INSTANCE, SIX_HOSTS, server, services

MARK = "the last attempt failed on this host"
FORM = "/admin/migrations/{}/{}/"
ODD = [
    "",
    "compute-77",
    "COMPUTE-02",
    " compute-02",
    "compute-02\x00",
    "compute-02,compute-03",
    "<script>alert(1)</script>",
    '"><i>',
    "../../etc",
    "é" * 500,
]


@pytest.fixture
def nova(fake_cloud):
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    fake_cloud.on("GET", "/v2.1/os-services", json=services(*SIX_HOSTS))
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    fake_cloud.on("POST", f"/v2.1/servers/{INSTANCE}/action", status=202)
    return fake_cloud


def opened(client, failed, kind="live", dashboard="admin"):
    return client.get(FORM.replace("admin", dashboard).format(INSTANCE, kind), {"failed": failed})


def labels(response) -> dict[str, str]:
    """Return the texts of the options by their values."""
    options = re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)<', response.content.decode())
    return {value: unescape(label) for value, label in options}


@pytest.mark.parametrize("kind", ["live", "live-block"])
def test_host_of_the_last_try_is_marked_and_selectable(nova, admin_client, kind):
    response = opened(admin_client, "compute-02", kind)
    marked = {host: label for host, label in labels(response).items() if MARK in label}
    assert marked == {"compute-02": f"compute-02 · az1 ({MARK})"}
    assert not re.search(r'<option value="compute-02"[^>]* disabled', response.content.decode())


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("compute-01", f"compute-01 · az1 (current host of the instance, {MARK})"),
        ("compute-05", f"compute-05 · az1 (down, {MARK})"),
        ("compute-06", f"compute-06 · az1 (disabled: “bad fan”, {MARK})"),
    ],
)
def test_mark_comes_after_the_other_remarks(nova, admin_client, host, label):
    assert labels(opened(admin_client, host))[host] == label


def test_no_host_is_marked_without_a_last_try(nova, admin_client):
    assert MARK not in admin_client.get(FORM.format(INSTANCE, "live")).content.decode()


@pytest.mark.parametrize("failed", ODD)
def test_unknown_failed_host_marks_no_host_and_is_not_shown(nova, admin_client, failed):
    response = opened(admin_client, failed)
    plain = admin_client.get(FORM.format(INSTANCE, "live"))
    assert response.status_code == 200
    assert labels(response) == labels(plain)
    assert MARK not in response.content.decode()
    assert "<script>alert(1)" not in response.content.decode()


@pytest.mark.parametrize("kind", ["cold", "cold-block"])
def test_cold_kinds_offer_no_host_to_mark(nova, admin_client, kind):
    response = opened(admin_client, "compute-02", kind)
    assert response.status_code == 200
    assert list(labels(response)) == [""]


def test_manager_sees_no_host_with_a_failed_host_in_the_address(nova, helpdesk_client):
    page = opened(helpdesk_client, "compute-02", dashboard="project").content.decode()
    assert MARK not in page
    assert nova.made("GET", "/v2.1/os-services") == []


def test_another_try_on_the_failed_host_is_sent(nova, admin_client):
    address = f"{FORM.format(INSTANCE, 'live')}?failed=compute-02"
    assert admin_client.post(address, {"destination": "compute-02"}).status_code == 302
    [call] = nova.made("POST", "*/action")
    assert call.body == {"os-migrateLive": {"host": "compute-02", "block_migration": False}}
