# SPDX-License-Identifier: Apache-2.0
"""The tab that Horizon's own page of the hypervisors gets by EXTRA_TABS."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from horizon import tabs
from horizon.exceptions import NotAuthenticated

from migration_panel.deadline import limits
from migration_panel.exceptions import MigrationPanelError, SignedOut
from migration_panel.hosts.listing.views import listing
from migration_panel.policy import may_list
from migration_panel.times import readers_zone


class MaintenanceTab(tabs.Tab):
    name = _("Maintenance")
    slug = "maintenance"
    template_name = "migration_panel/_hosts_tab.html"
    # Read only when it is opened.
    preload = False

    def allowed(self, request: HttpRequest) -> bool:
        return may_list(request)

    def render(self) -> str:
        """Set the reader's time zone: Horizon loads the tab with a script, for which it sets no time zone."""
        with readers_zone(self.request):
            return super().render()

    def get_context_data(self, request: HttpRequest, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(request, **kwargs) | {"request": request}
        try:
            with limits(request):
                return context | listing(request, reverse("horizon:admin:hypervisors:index"), tab=self.get_id())
        except SignedOut as error:
            raise NotAuthenticated() from error
        except MigrationPanelError as error:
            return context | {"error": error}
