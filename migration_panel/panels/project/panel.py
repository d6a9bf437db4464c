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
        """Return whether the user may open the panel.  Horizon's ``policy_rules`` would allow an unknown rule."""
        return allowed(context["request"], "os_compute_api:os-migrations:index")
