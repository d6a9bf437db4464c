# SPDX-License-Identifier: Apache-2.0
from typing import Any

import horizon
from django.utils.translation import gettext_lazy as _

from migration_panel.policy import allowed


class Migrations(horizon.Panel):
    name = _("Migrations")
    slug = "migrations"
    permissions = ("openstack.services.compute",)

    def allowed(self, context: dict[str, Any]) -> bool:
        """Decide for the menu and for every page.  Horizon's ``policy_rules`` would allow what it does not know."""
        return allowed(context["request"], "os_compute_api:os-migrations:index")
