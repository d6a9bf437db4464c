# SPDX-License-Identifier: Apache-2.0
"""Horizon's ``customization_module``: the panel's action in the row menus of Horizon's own instance tables.

``HORIZON_CONFIG["customization_module"] = "migration_panel.customization"``.  Horizon imports this module once, when it
builds its URLs.  An operator with another customization module calls ``add_row_actions`` in that module.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from horizon import tables
from openstack_dashboard.dashboards.admin.instances import tables as admin_tables
from openstack_dashboard.dashboards.project.instances import tables as project_tables

from migration_panel.conf import get_config
from migration_panel.migration_types import KINDS
from migration_panel.policy import allowed
from migration_panel.scope import ADMIN, PROJECT, Scope

# Horizon's own two actions (openstack_dashboard/dashboards/project/instances/tables.py and admin/instances/tables.py).
HORIZON_ACTIONS = frozenset({"migrate", "live_migrate"})
# The panel's action comes before this action of Horizon's: the actions that reboot, stop or delete an instance follow.
POSITION = "soft_reboot"


class MigrateInstance(tables.LinkAction):
    """A row action that opens the panel's page on which the user chooses the type of migration."""

    name = "migration_panel_migrate"
    verbose_name = _("Migrate instance")
    icon = "exchange"
    scope: Scope

    def get_link_url(self, datum: Any = None) -> str:
        return self.scope.url("choose", datum.id)

    def allowed(self, request: HttpRequest, datum: Any = None) -> bool:
        """Return whether Nova's policy permits the user at least one type of migration of the instance."""
        if datum is None or project_tables.is_deleting(datum):
            return False
        return any(allowed(request, kind.rule, datum.tenant_id) for kind in KINDS.values())


class AdminMigrateInstance(MigrateInstance):
    scope = ADMIN


class ProjectMigrateInstance(MigrateInstance):
    scope = PROJECT


def add_row_actions() -> None:
    """Add the panel's action to Horizon's instance tables, and remove Horizon's own if the setting says so.

    Calling it again changes nothing.
    """
    _add(admin_tables.AdminInstancesTable, AdminMigrateInstance)
    _add(project_tables.InstancesTable, ProjectMigrateInstance)


def _add(table: Any, action: type[MigrateInstance]) -> None:
    options = table._meta
    replaced = HORIZON_ACTIONS if get_config().instance_actions == "instead" else frozenset()
    kept = [present for present in options.row_actions if present.name not in {action.name, *replaced}]
    position = next((index for index, present in enumerate(kept) if present.name == POSITION), len(kept))
    options.row_actions = (*kept[:position], action, *kept[position:])
    # Horizon makes one object of each action when it creates the class of the table (horizon/tables/base.py).
    table.base_actions[action.name] = action()


add_row_actions()
