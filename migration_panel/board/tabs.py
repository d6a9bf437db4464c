# SPDX-License-Identifier: Apache-2.0
"""The tab that Horizon's own pages of an instance get by EXTRA_TABS."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from horizon import tabs
from openstack_dashboard import policy

from migration_panel.board.views import listing
from migration_panel.kinds import KINDS
from migration_panel.launch.words import KINDS as WORDS
from migration_panel.scope import ADMIN, PROJECT


class InstanceMigrationsTab(tabs.Tab):
    name = _("Migrations")
    slug = "migrations"
    template_name = "migration_panel/_instance_tab.html"
    # Read only when it is opened.
    preload = False

    def allowed(self, request: HttpRequest) -> bool:
        return policy.check((("compute", "os_compute_api:os-migrations:index"),), request)

    def get_context_data(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        scope = ADMIN if request.horizon["dashboard"].slug == ADMIN.dashboard else PROJECT
        instance_id = self.tab_group.kwargs["instance_id"]
        kinds = [(WORDS[slug], scope.url("migrate", instance_id, slug)) for slug in KINDS]
        return (
            super().get_context_data(request, **kwargs)
            | listing(request, scope, instance_id)
            | {
                "request": request,
                "kinds": kinds,
            }
        )
