# SPDX-License-Identifier: Apache-2.0
"""Policy files of a Nova before 32, without the role manager: only administrators have the panels."""

import pytest
from django.test import override_settings
from openstack_auth import policy

NAMES = (
    "os-migrations:index",
    "os-migrations:index:all_projects",
    "os-migrations:index:host",
    "os-migrate-server:migrate",
    "os-migrate-server:migrate:host",
    "os-migrate-server:migrate_live",
    "os-migrate-server:migrate_live:host",
)
RULES = "\n".join(f'"os_compute_api:{name}": "rule:context_is_admin"' for name in NAMES)
PROJECT = "/project/migrations/"


@pytest.fixture
def old_policy(tmp_path):
    (tmp_path / "old.yaml").write_text(RULES)
    with override_settings(POLICY_DIRS={"compute": [str(tmp_path)]}):
        policy.reset()
        yield
    policy.reset()


def test_managers_get_403(old_policy, fake_cloud, helpdesk_client):
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": []})
    for path in ("", "status/", "history/", "instances/"):
        assert helpdesk_client.get(PROJECT + path).status_code == 403
    assert fake_cloud.panel_calls == []


def test_administrators_have_both_panels(old_policy, fake_cloud, admin_client):
    fake_cloud.on("GET", "/v2.1/os-migrations", json={"migrations": []})
    fake_cloud.on("GET", "/v2.1/servers/detail", json={"servers": []})
    page = admin_client.get("/admin/migrations/")
    assert page.status_code == 200
    assert f'href="{PROJECT}"' in page.content.decode()
