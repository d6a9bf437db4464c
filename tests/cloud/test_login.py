# SPDX-License-Identifier: Apache-2.0
"""The demo's users log in with a real Keystone, and Nova's policies decide who sees the panel."""

import pytest


@pytest.mark.parametrize(("user", "status"), [("admin", 200), ("helpdesk", 200), ("viewer", 403)])
def test_project_panel_is_for_managers(cloud_client, user, status):
    assert cloud_client(user).get("/project/migrations/").status_code == status


def test_admin_sees_the_admin_panel(cloud_client):
    assert cloud_client("admin").get("/admin/migrations/").status_code == 200


@pytest.mark.parametrize("user", ["helpdesk", "viewer"])
def test_other_users_do_not_see_the_admin_panel(cloud_client, user):
    assert cloud_client(user).get("/admin/migrations/").status_code == 403


def test_wrong_password_is_refused(client, cloud):
    fields = {"username": "admin", "password": "wrong", "region": "default"}
    answer = client.post("/auth/login/", fields)
    assert answer.status_code == 200
    assert "Invalid credentials" in answer.content.decode()


def test_calls_are_counted_by_service(cloud_client, count_calls):
    client = cloud_client("admin")
    with count_calls() as calls:
        client.get("/admin/migrations/")
    # Horizon's menu of projects.  The panels that would call other services are not installed in tests.
    assert [(call.service, call.path.rpartition("/")[2]) for call in calls.frame] == [("keystone", "projects")]
    assert calls.to("nova") == [call for call in calls.panel if call.service == "nova"]


def test_novaclient_works_beside_horizon(admin_nova, nova_as):
    everywhere = admin_nova.servers.list(search_opts={"all_tenants": True})
    in_project = nova_as("helpdesk").servers.list()
    assert len(everywhere) >= len(in_project) > 0
