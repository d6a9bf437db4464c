# SPDX-License-Identifier: Apache-2.0
"""The tab on Horizon's own page of an instance."""

import pytest

from migration_panel.board.detail.views import InstanceMigrationsTab
from tests.support.nova_answers import INSTANCE, LISTED, MIGRATION, server
from tests.support.tabs import TabGroup
from tests.support.user_requests import request_of


@pytest.fixture
def nova(fake_cloud):
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}", json=server())
    fake_cloud.on("GET", f"/v2.1/servers/{INSTANCE}/os-instance-actions", json={"instanceActions": []})
    return fake_cloud


def shown(nova, *migrations):
    nova.on("GET", "/v2.1/os-migrations", json={"migrations": list(migrations)})
    request = request_of(nova, "admin")
    request.horizon = {"dashboard": type("Admin", (), {"slug": "admin"})}
    tab = InstanceMigrationsTab(TabGroup(), request)
    return tab.get_context_data(request)


def test_tab_shows_details_of_the_latest_migration(nova):
    older = LISTED | {"id": 41, "uuid": INSTANCE}
    assert shown(nova, LISTED, older)["latest"]["row"].migration.uuid == MIGRATION


def test_tab_of_an_instance_without_migrations_has_no_details(nova):
    context = shown(nova)
    assert context["latest"] is None
    assert len(context["kinds"]) == 4


def test_tab_offers_the_types_when_nova_is_down(nova):
    nova.on("GET", "/v2.1/os-migrations", status=503, json={"computeFault": {"code": 503, "message": "oops"}})
    request = request_of(nova, "admin")
    request.horizon = {"dashboard": type("Admin", (), {"slug": "admin"})}
    context = InstanceMigrationsTab(TabGroup(), request).get_context_data(request)
    assert context["error"]
    assert context["latest"] is None
