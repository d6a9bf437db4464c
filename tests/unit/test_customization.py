# SPDX-License-Identifier: Apache-2.0
"""The panel's action in the row menus of Horizon's own instance tables."""

from types import SimpleNamespace

import pytest
from openstack_dashboard.dashboards.admin.instances.tables import AdminInstancesTable
from openstack_dashboard.dashboards.project.instances.tables import InstancesTable

from migration_panel import customization
from migration_panel.customization import AdminMigrateInstance, ProjectMigrateInstance, add_row_actions
from tests.support.user_requests import request_of

ID = "6c632c97-9f40-4a5e-8c4c-3f2b8f7a6d10"
OURS = "migration_panel_migrate"
TABLES = [
    pytest.param(AdminInstancesTable, AdminMigrateInstance, "/admin/migrations/", id="admin"),
    pytest.param(InstancesTable, ProjectMigrateInstance, "/project/migrations/", id="project"),
]


@pytest.fixture(autouse=True)
def restored_tables():
    """Restore Horizon's tables after the test, because all tests share them."""
    before = [
        (table, table._meta.row_actions, dict(table.base_actions)) for table in (AdminInstancesTable, InstancesTable)
    ]
    yield
    for table, row_actions, base_actions in before:
        table._meta.row_actions = row_actions
        table.base_actions.clear()
        table.base_actions.update(base_actions)


def instance(project="ops-id", task_state=None):
    return SimpleNamespace(id=ID, tenant_id=project, **{"OS-EXT-STS:task_state": task_state})


def names_of(table):
    return [action.name for action in table._meta.row_actions]


@pytest.mark.parametrize(("table", "action", "address"), TABLES)
def test_action_is_added_beside_horizons_actions(table, action, address):
    before = [name for name in names_of(table) if name != OURS]
    add_row_actions()
    assert [name for name in names_of(table) if name != OURS] == before
    position = names_of(table).index(OURS)
    assert names_of(table)[position + 1] == "soft_reboot"
    assert isinstance(table.base_actions[OURS], action)


@pytest.mark.parametrize(("table", "action", "address"), TABLES)
def test_setting_removes_horizons_actions(table, action, address, settings):
    settings.MIGRATION_PANEL = {"INSTANCE_ACTIONS": "instead"}
    add_row_actions()
    assert OURS in names_of(table)
    assert not {"migrate", "live_migrate"} & set(names_of(table))
    assert {"confirm", "revert", "reboot"} <= set(names_of(table))


@pytest.mark.parametrize(("table", "action", "address"), TABLES)
def test_action_is_added_once(table, action, address):
    add_row_actions()
    add_row_actions()
    assert names_of(table).count(OURS) == 1


@pytest.mark.parametrize(("table", "action", "address"), TABLES)
def test_link_leads_to_the_choice_of_the_type_in_the_same_dashboard(table, action, address):
    assert action().get_link_url(instance()) == f"{address}instances/{ID}/"


@pytest.mark.parametrize(
    ("roles", "project", "task_state", "is_shown"),
    [
        pytest.param(("admin",), "other-id", None, True, id="admin, any project"),
        pytest.param(("manager", "member"), None, None, True, id="manager, own project"),
        pytest.param(("member", "reader"), None, None, False, id="member"),
        pytest.param(("admin",), "other-id", "deleting", False, id="instance that is being deleted"),
    ],
)
def test_action_is_shown_by_policy(fake_cloud, roles, project, task_state, is_shown):
    request = request_of(fake_cloud, *roles)
    shown = instance(project or request.user.tenant_id, task_state)
    assert customization.AdminMigrateInstance().allowed(request, shown) is is_shown
